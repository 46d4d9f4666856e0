from collections.abc import Iterator

import pytest
import time_machine

from tests.cast import NOW


@pytest.fixture
def monday() -> Iterator[None]:
    """The clock stands at the cast's Monday morning: pages ask it for the day."""
    with time_machine.travel(NOW, tick=False):
        yield
