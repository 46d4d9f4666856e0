from collections.abc import Iterator

import pytest
import time_machine

import readiness.celery  # noqa: F401 - asking for checks wakes workers, as in a web process
from tests.api.stage import MOMENT, Stage, set_stage
from tests.cast import Cast


@pytest.fixture(autouse=True)
def at_a_quiet_moment() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return set_stage(cast)
