"""Throwaway servers for tests: own folder, own free port on 127.0.0.1, gone at the end.

Each is a context manager that yields when the server answers:

    with postgresql() as url: ...      # postgresql://readiness@127.0.0.1:41234/readiness
    with redis() as url: ...           # redis://127.0.0.1:41235/0
    with running(["nginx", …], answers=port_open(port)): ...
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.infrastructure.programs import find

PATIENCE = timedelta(seconds=60)
# A test database may be lost at any moment; what waits for the disk is switched off.
POSTGRES_OPTIONS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"),
    *("max_connections=200", "autovacuum=off", "shared_buffers=128MB", "log_min_messages=fatal", "jit=off"),
)


class ServerDidNotStartError(Exception):
    """Says which program, and what it printed last."""


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on now. Prefer port 0 where the server can tell what it got."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_open(port: int) -> Callable[[], bool]:
    def is_open() -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return is_open


@contextmanager
def running(
    command: Sequence[object],
    *,
    answers: Callable[[], bool],
    user: str | None = None,
    folder: Path | None = None,
    stop_with: signal.Signals = signal.SIGTERM,
    within: timedelta = PATIENCE,
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts `command`, waits until `answers()`, stops it and all its children at the end. Raises ServerDidNotStartError."""
    with tempfile.TemporaryFile() as output:
        server = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=output, cwd=folder, user=user, start_new_session=True
        )
        try:
            _wait(server, answers, lambda: _tail(output.fileno()), within)
            yield server
        finally:
            _stop(server, stop_with)


def _wait(
    server: subprocess.Popen[bytes], answers: Callable[[], bool], printed: Callable[[], str], within: timedelta
) -> None:
    deadline = time.monotonic() + within.total_seconds()
    while not answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServerDidNotStartError(f"{server.args!r} did not start: {printed()}")
        time.sleep(0.02)  # there is nothing to wait on: a port opens without telling


def _tail(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, 2000, max(0, size - 2000)).decode(errors="replace")


def _stop(server: subprocess.Popen[bytes], stop_with: signal.Signals) -> None:
    if server.poll() is None:
        server.send_signal(stop_with)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@contextmanager
def redis(port: int | None = None) -> Iterator[str]:
    """redis://127.0.0.1:port/0, nothing kept on disk. With a `port`, one that was there before comes back empty."""
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="readiness-redis-") as folder:
        command = [
            _need("redis"),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            folder,
        ]
        with running(command, answers=port_open(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgresql() -> Iterator[str]:
    """postgresql://readiness@127.0.0.1:port/readiness; the person may create databases."""
    binaries, port, owner = _need("postgresql").resolve().parent, free_port(), _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="readiness-pg-"))
    try:
        _initialise(binaries, folder, owner)
        options = [part for option in POSTGRES_OPTIONS for part in ("-c", option)]
        where = [
            "-D",
            folder / "cluster",
            "-p",
            str(port),
            "-k",
            folder,
            "-c",
            "listen_addresses=127.0.0.1",
        ]
        command = [binaries / "postgres", *where, *options]
        with running(command, answers=_accepts(binaries, port), user=owner, folder=folder, stop_with=signal.SIGINT):
            _run(
                [binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "readiness", "readiness"],
                folder,
                owner,
            )
            yield f"postgresql://readiness@127.0.0.1:{port}/readiness"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _accepts(binaries: Path, port: int) -> Callable[[], bool]:
    question = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-d", "postgres"]

    def accepts() -> bool:
        return subprocess.run(question, check=False).returncode == 0

    return accepts


def _initialise(binaries: Path, folder: Path, owner: str | None) -> None:
    if owner:
        shutil.chown(folder, owner)
    options = ["--auth=trust", "--username=readiness", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    _run([binaries / "initdb", "-D", folder / "cluster", *options], folder, owner)


def _run(command: Sequence[str | Path], folder: Path, user: str | None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=folder, user=user, capture_output=True, check=False)
    if done.returncode:
        raise ServerDidNotStartError(f"{command[0]}: {done.stderr.decode(errors='replace')[-2000:]}")


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as the user its package brings, or as nobody."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _need(name: str) -> Path:
    if path := find(name):
        return path
    raise ServerDidNotStartError(f"{name} is not installed")
