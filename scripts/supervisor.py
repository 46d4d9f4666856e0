"""Keeps the processes of a Procfile up: one that dies is started again, and all of them end together within five seconds.

Honcho itself ends everything when one process dies. Here a worker killed in the middle of a check must come back by itself.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

GRACE = 3.0  # seconds between asking a process to end and ending it; checks survive that, their leases run out
SETTLED = 10.0  # seconds after which a process counts as up
TRIES = 4  # starts in a row that may fail before we give up
LONGEST_PAUSE = 8.0  # seconds


@dataclass
class Supervised:
    """One process, the leader of a group of its own, whose output goes to `log`."""

    name: str
    command: str
    log: Path
    environment: Mapping[str, str]
    failures: int = 0
    start_at: float = 0.0
    started: float = 0.0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.started = time.monotonic()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {self.command}"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                start_new_session=True,  # so that Ctrl-C reaches us alone, and what it leaves behind can be ended with it
            )

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_end(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def end(self) -> None:
        """Ends the whole group: a worker's children outlive it otherwise."""
        if self.process:
            _kill_group(self.process.pid)
            self.process.wait()

    def plan_restart(self, now: float) -> None:
        self.failures = self.failures + 1 if now - self.started < SETTLED else 1
        self.start_at = now + min(0.3 * 2 ** (self.failures - 1), LONGEST_PAUSE)
        self.process = None


@dataclass
class Supervisor:
    """`run` returns the exit code once everything has ended: 0 when asked to stop, 1 when a process would not stay up."""

    processes: list[Supervised]
    say: Callable[[str], None]
    exit_code: int | None = None
    asked: int = field(default=0, init=False)

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        while self.exit_code is None:
            for one in self.processes:
                self._look_after(one, time.monotonic())
            time.sleep(0.1)
        self._stop_all()
        return self.exit_code

    def _asked_to_stop(self, _number: int, _frame: object) -> None:
        self.asked += 1
        self.exit_code = 0

    def _look_after(self, one: Supervised, now: float) -> None:
        if one.process is None:
            if now >= one.start_at:
                one.start()
        elif one.ended():
            code = one.process.returncode
            one.end()
            one.plan_restart(now)
            if one.failures > TRIES:
                self.say(f"{one.name} does not stay up (exit code {code}). The end of {one.log}:\n{_tail(one.log)}")
                self.exit_code = 1
            else:
                self.say(f"{one.name} ended (exit code {code}); starting it again.")

    def _stop_all(self) -> None:
        for one in self.processes:
            one.ask_to_end()
        deadline = time.monotonic() + GRACE
        # A second Ctrl-C means now.
        while self.asked < 2 and time.monotonic() < deadline and not all(map(_is_down, self.processes)):
            time.sleep(0.02)
        for one in self.processes:
            one.end()


def _is_down(one: Supervised) -> bool:
    return one.process is None or one.ended()


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # nobody is left
        os.killpg(leader, signal.SIGKILL)


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-20:])
