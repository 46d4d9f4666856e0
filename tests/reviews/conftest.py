from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine

from tests.reviews.meetings import LATER


@pytest.fixture
def at_the_meeting() -> Iterator[datetime]:
    """The clock of the pages stands at five minutes into the meeting."""
    with time_machine.travel(LATER, tick=False):
        yield LATER
