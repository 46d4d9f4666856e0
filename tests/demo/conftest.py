"""The demo organisation, loaded once for all tests that look at it: it takes seconds. Nothing of it stays in the database."""

from collections.abc import Iterator
from datetime import datetime
from time import process_time

import pytest
import time_machine
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from readiness.demo import loading
from tests.cast import NOW


@pytest.fixture(scope="module")
def seconds_to_load(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[float]:
    with django_db_blocker.unblock(), transaction.atomic():
        began = process_time()
        with time_machine.travel(NOW, tick=False):  # guests' grants end by the clock
            loading.load(now=NOW)
        yield process_time() - began
        transaction.set_rollback(True)


@pytest.fixture
def loaded(seconds_to_load: float, db: None) -> datetime:
    """The moment of loading. A test may change what it finds; that is undone."""
    return NOW
