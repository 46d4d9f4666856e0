"""What holds for every test: no way out of this machine, and a test that needs a program is skipped by that program's name."""

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import expect
from redis import Redis

from tests.cast import cast, now  # noqa: F401 - fixtures of every test
from tests.infrastructure.flush import flush_past_triggers  # noqa: F401 - the same
from tests.infrastructure.programs import find

# How long an example takes says more about the machine than about the code; what has to be quick measures its processor time.
hypothesis_settings.register_profile("readiness", deadline=None)
hypothesis_settings.load_profile("readiness")

# A browser on a shared processor was seen to take six seconds for what takes half a second alone.
expect.set_options(timeout=20_000)

HERE = Path(__file__).parent
MARKED_FOLDERS = ("browser", "bench", "torture")
ASKED_ONCE = ("permissions",)
"""Folders that one database answers for both: who may do what is decided in Python."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)
        if not _asks_the_database(item):
            item.add_marker("pure")
        if folder in ASKED_ONCE:
            item.add_marker(pytest.mark.needs("sqlite"))
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.needs("chromium"))


def _asks_the_database(item: pytest.Item) -> bool:
    """What needs no database is not run again on the second one."""
    fixtures = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            if reason := missing(name):
                pytest.skip(reason)


def missing(name: str) -> str:
    """Why what a test needs is not there; empty when it is."""
    if name in {"sqlite", "postgresql"}:
        return "" if connection.vendor == name else f"runs on {name} only"
    if name == "redis":
        return "" if os.environ.get("TEST_REDIS_URL") else "redis is not running (TEST_REDIS_URL)"
    return "" if find(name) else f"{name} is not installed"


@pytest.fixture
def redis_url(worker_id: str) -> str:
    """An empty Redis for this test; ask for it together with `needs("redis")`. Each xdist worker has a database of its own."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    url = urlsplit(os.environ["TEST_REDIS_URL"])._replace(path=f"/{number}").geturl()
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(autouse=True, scope="session")
def no_way_out() -> Iterator[None]:
    """Python's sockets connect to this machine only. (libcurl's and libpq's are their own; egress judges what curl dials.)"""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Any) -> Any:
    def connect_locally(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_this_machine(address[0]):
            pytest.fail(f"A test tried to leave this machine: {address}")
        return connect(self, address)

    return connect_locally


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
