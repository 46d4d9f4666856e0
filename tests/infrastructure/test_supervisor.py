"""What `make run` rests on: who dies comes back, and nobody is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.infrastructure.waiting import eventually

ROOT = Path(__file__).parents[2]
DRIVER = """
import os, sys
from pathlib import Path
from scripts.supervisor import Supervised, Supervisor
processes = [Supervised(f"p{n}", command, Path(f"p{n}.log"), os.environ) for n, command in enumerate(sys.argv[1:])]
sys.exit(Supervisor(processes, lambda text: print(text, flush=True)).run())
"""
# Writes its own id and its child's, as a worker with a pool has children.
WITH_CHILD = """sh -c 'sleep 300 & echo $! >child; echo $$ >leader.tmp; mv leader.tmp leader; wait'"""
DEAF = """sh -c 'trap "" TERM INT; echo $$ >leader.tmp; mv leader.tmp leader; while :; do sleep 300; done'"""

type Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(*commands: str) -> subprocess.Popen[str]:
        one = subprocess.Popen(
            [sys.executable, "-c", DRIVER, *commands],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(one)
        return one

    yield start
    for one in started:
        one.send_signal(signal.SIGTERM)
        one.communicate()


def pid_in(path: Path) -> int:
    return int(eventually(lambda: path.exists() and path.read_text().strip(), what=str(path)))


def is_running(pid: int) -> bool:
    with suppress(OSError):
        # A zombie that nobody collects yet has ended all the same.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_killed_process_comes_back_and_its_children_do_not_outlive_it(supervise: Start, tmp_path: Path) -> None:
    supervise(WITH_CHILD)
    leader, child = pid_in(tmp_path / "leader"), pid_in(tmp_path / "child")
    os.kill(leader, signal.SIGKILL)
    eventually(lambda: pid_in(tmp_path / "leader") != leader)
    eventually(lambda: not is_running(child))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_ends_everything(supervise: Start, tmp_path: Path, number: signal.Signals) -> None:
    supervisor = supervise(WITH_CHILD, "sleep 300")
    leader, child = pid_in(tmp_path / "leader"), pid_in(tmp_path / "child")
    supervisor.send_signal(number)
    assert supervisor.wait(timeout=5) == 0
    eventually(lambda: not is_running(leader) and not is_running(child))


def test_a_process_that_ignores_the_request_is_ended_within_five_seconds(supervise: Start, tmp_path: Path) -> None:
    supervisor = supervise(DEAF)
    leader, asked = pid_in(tmp_path / "leader"), time.monotonic()
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(timeout=10) == 0
    assert time.monotonic() - asked < 5
    eventually(lambda: not is_running(leader))


def test_a_second_request_means_now(supervise: Start, tmp_path: Path) -> None:
    supervisor = supervise(DEAF)
    pid_in(tmp_path / "leader")
    asked = time.monotonic()

    def has_ended_when_asked_again() -> bool:
        # Asked again and again: two requests that arrive together count as one.
        supervisor.send_signal(signal.SIGINT)
        return supervisor.poll() is not None

    eventually(has_ended_when_asked_again)
    assert time.monotonic() - asked < 2


def test_a_process_that_never_stays_up_ends_the_run_and_shows_its_log(
    supervise: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READINESS_TEST", "the reason")
    supervisor = supervise("sh -c 'echo $READINESS_TEST; exit 3'", "sleep 300")
    said, _ = supervisor.communicate(timeout=timedelta(seconds=60).total_seconds())
    assert supervisor.returncode == 1
    assert "does not stay up (exit code 3)" in said
    assert "the reason" in said
