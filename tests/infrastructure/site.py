"""The site as it is served: granian with its processes, on a database of the test's choice."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.infrastructure.servers import free_port, port_open, running

ROOT = Path(__file__).parents[2]
LOADED_WITHIN = timedelta(minutes=2)
"""On a busy machine two processes take their time to import it all."""


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Of a program beside this one, with the tests' settings."""
    return os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DATABASE_URL": database_url} | more


def beside(module: str, *arguments: str, env: Mapping[str, str]) -> str:
    """What a module of ours prints that has the database to itself."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout


@contextmanager
def serving(env: Mapping[str, str], *, workers: int = 2) -> Iterator[int]:
    """The port at which `workers` processes answer."""
    port = free_port()
    where = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--log-level", "warning", "--no-access-log"]
    size = ["--workers", workers, "--blocking-threads", 4, "--workers-kill-timeout", 2]
    changed = [f"{name}={value}" for name, value in env.items() if os.environ.get(name) != value]
    command = ["env", *changed, sys.executable, "-m", "granian", *where, *size, "readiness.wsgi:application"]
    with running(command, answers=port_open(port), folder=ROOT, within=LOADED_WITHIN):
        yield port
