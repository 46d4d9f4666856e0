"""The demo organisation in a real browser, one window a person."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import cast

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from readiness import environment
from readiness.demo.story.people import HOST, PASSWORD
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.servers.misbehaving import Application, misbehaving
from tests.servers.postbox import Postbox, postbox

type SignIn = Callable[[str], Page]
PATIENCE = timedelta(seconds=10)
LOADED: list[sqlite3.Connection] = []
"""The demo as it was when it was loaded, once: a copy is put back for each journey."""


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.MAILERS = {"default": environment.email(box.url)}
        yield box


@pytest.fixture
def demo(transactional_db: None, live_server: LiveServer, settings: Settings) -> LiveServer:
    settings.BASE_URL = live_server.url
    if LOADED:
        _copy(LOADED[0], _connection())
    else:
        call_command("demo", verbosity=0)
        LOADED.append(sqlite3.connect(":memory:", check_same_thread=False))
        _copy(_connection(), LOADED[0])
    return live_server


def _connection() -> sqlite3.Connection:
    connection.ensure_connection()
    return cast("sqlite3.Connection", connection.connection)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    source.backup(target)


@pytest.fixture
def probed(settings: Settings) -> Iterator[Application]:
    """A running service that behaves, and that checks may reach."""
    with misbehaving() as service:
        settings.EGRESS_ALLOW = "127.0.0.0/8"
        yield service


@pytest.fixture
def sign_in(chromium: Browser, demo: LiveServer) -> Iterator[SignIn]:  # noqa: F811 - the imported fixture
    """`sign_in("theo")` opens a window in which that person of the demo is signed in. No page may complain in its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(key: str) -> Page:
        zone = str(timezone.get_default_timezone())
        context = chromium.new_context(
            base_url=demo.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce", timezone_id=zone
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE.total_seconds() * 1000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(f"{key}@{HOST}")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="My work").wait_for()
        page.wait_for_load_state()
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def choose(page: Page, select: str, name: str) -> None:
    """The option that begins with `name`."""
    labels = page.locator(f"{select} option").all_text_contents()
    page.locator(select).select_option(label=next(label for label in labels if label.strip().startswith(name)).strip())
