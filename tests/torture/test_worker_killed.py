"""A real Celery worker is killed, or frozen, in the middle of a check. Whatever happens to it, each run ends once.

The promise: *a check happens at least once and has one recorded effect.*
"""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection

from readiness.assessments.models import Evidence
from readiness.checks.models import Check, Run, RunStatus
from readiness.history.models import Entry
from tests.cast import Cast
from tests.checks.cases import town
from tests.infrastructure.waiting import eventually
from tests.servers.misbehaving import Application, Page, misbehaving

LEASE = 3  # seconds
SERVICES = 5
ROOT = Path(__file__).parents[2]
ROUNDS = range(int(os.environ.get("TORTURE_ROUNDS", "1")))
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
    pytest.mark.parametrize("turn", ROUNDS),
]


class Stall:
    """A page that answers nobody until it is told to go on, and counts who asked."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.asked = Counter[str]()

    def page(self) -> Page:
        self.asked["live"] += 1
        self.goes_on.wait(60)
        return Page("")


class Works:
    """Workers of one installation: its database is the test's, its broker a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "broker/queue").mkdir(parents=True)
        where = {"data_folder_in": f"{folder}/broker/queue", "data_folder_out": f"{folder}/broker/queue"}
        self.broker = Celery("test", broker="filesystem://", set_as_current=False)
        self.broker.conf.broker_transport_options = where | {"control_folder": f"{folder}/broker/control"}

    def wake(self) -> None:
        self.broker.send_task("readiness.checks.tasks.wake", expires=30)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        log = self.folder / "worker.log"
        command = [sys.executable, "-m", "celery", "-A", "readiness.celery", "worker", "--concurrency", "1"]
        with log.open("ab") as output:
            worker = subprocess.Popen(
                [*command, "--without-gossip", "--without-mingle", "--loglevel", "info"],
                cwd=ROOT, env=self._environment(), stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        try:
            yield worker
        finally:
            kill(worker)

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "readiness.settings",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": database_url(),
            "BROKER_URL": "embedded",
            "EGRESS_ALLOW": "127.0.0.0/8",
            "CHECK_LEASE_SECONDS": str(LEASE),
            "SECRET_KEY": "for tests only, " + "x" * 32,
            "LOG_LEVEL": "INFO",
        }


def database_url() -> str:
    """The database that this test itself writes to."""
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    return f"postgresql://{place['USER']}:{place['PASSWORD']}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


def kill(worker: subprocess.Popen[bytes]) -> None:
    """All of it at once, as when the machine loses power: no farewell, no child that ends its work."""
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.fixture
def works(tmp_path: Path) -> Works:
    return Works(tmp_path)


@pytest.fixture
def application() -> Iterator[Application]:
    with misbehaving() as running:
        yield running


@pytest.fixture
def stall(application: Application) -> Iterator[Stall]:
    stalled = Stall()
    application.behaviour.pages["/healthz/live"] = stalled.page
    yield stalled
    stalled.goes_on.set()


def are_running() -> bool:
    return Run.objects.filter(status=RunStatus.RUNNING).count() == SERVICES


def are_over() -> bool:
    return Run.objects.filter(status=RunStatus.FINISHED).count() == SERVICES


def assert_each_ended_once(attempts: int) -> None:
    runs = list(Run.objects.all())
    assert [(run.status, run.result, run.attempts) for run in runs] == [("finished", "pass", attempts)] * SERVICES
    assert sorted(Evidence.objects.values_list("idempotency_key", flat=True)) == sorted(f"run:{run.pk}" for run in runs)
    assert set(Check.objects.filter(type="health_pair").values_list("finished_runs", flat=True)) == {1}
    turned = Entry.objects.filter(verb="item.status", actor_kind="machine")
    assert turned.count() == SERVICES


def wake_until_all_are_over(works: Works) -> None:
    """As the scheduler does, only more often."""

    def woken() -> bool:
        works.wake()
        return are_over()

    eventually(woken, within=timedelta(seconds=60), what="every run is finished")


def test_a_worker_killed_in_the_middle_loses_no_run_and_doubles_none(
    cast: Cast, works: Works, application: Application, stall: Stall, turn: int
) -> None:
    town(cast, SERVICES, application.url)
    works.wake()
    with works.worker() as worker:
        eventually(lambda: stall.asked["live"] and are_running(), within=timedelta(seconds=60), what="in the middle")
        kill(worker)
    assert not Evidence.objects.exists()
    stall.goes_on.set()
    with works.worker():
        wake_until_all_are_over(works)
    assert_each_ended_once(attempts=2)


def test_a_frozen_worker_that_wakes_up_late_records_nothing(
    cast: Cast, works: Works, application: Application, stall: Stall, turn: int
) -> None:
    town(cast, SERVICES, application.url)
    works.wake()
    with works.worker() as frozen:
        eventually(lambda: stall.asked["live"] and are_running(), within=timedelta(seconds=60), what="in the middle")
        os.killpg(frozen.pid, signal.SIGSTOP)
        stall.goes_on.set()
        with works.worker():
            wake_until_all_are_over(works)
        holders = set(Run.objects.values_list("worker", flat=True))
        os.killpg(frozen.pid, signal.SIGCONT)
        log = works.folder / "worker.log"
        eventually(
            lambda: log.read_text().count("lease lost") == SERVICES, within=timedelta(seconds=30), what="noticed"
        )
    assert set(Run.objects.values_list("worker", flat=True)) == holders
    assert_each_ended_once(attempts=2)
