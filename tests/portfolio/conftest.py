from collections.abc import Iterator

import pytest
import time_machine

from readiness.portfolio import overview
from readiness.portfolio.insights import counting, rollup
from readiness.portfolio.kept import Kept
from tests.cast import NOW


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test counted is nothing to the next: rows that are made by hand leave no entry in the history."""
    for module in (overview, counting, rollup):
        monkeypatch.setattr(module, "_kept", Kept(most=8, seconds=30))


@pytest.fixture
def monday() -> Iterator[None]:
    """The clock stands at the cast's Monday morning: pages ask it for the day."""
    with time_machine.travel(NOW, tick=False):
        yield
