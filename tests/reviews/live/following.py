"""A browser's end of a live stream, as far as a test needs it, and the same person's clicks."""

import http.client
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from readiness.accounts.models import User
from tests.servers.readiness import Site

SOON = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    id: str
    text: str


@dataclass(slots=True)
class Follower:
    """Reads what is sent; answers heartbeats only when told to."""

    response: http.client.HTTPResponse
    connection: http.client.HTTPConnection

    def next(self, name: str = "message", *, holding: str = "", within: timedelta = SOON) -> Event:
        """The next event of that name with these words; others are passed over."""
        deadline = monotonic() + within.total_seconds()
        for event in self.events():
            if event.name == name and holding in event.text:
                return event
            assert monotonic() < deadline, f"no {name} with {holding!r} within {within}"
        raise AssertionError("the stream ended")

    def next_of_any(self) -> Event:
        return next(self.events())

    def ends(self) -> bool:
        """Reads to the end; there is one within the socket's patience."""
        for _ in self.events():
            pass
        return True

    def events(self) -> Iterator[Event]:
        name, event_id, lines = "message", "", []
        while raw := self.response.readline():
            field, _, value = raw.decode().rstrip("\n").partition(": ")
            match field:
                case "event":
                    name = value
                case "id":
                    event_id = value
                case "data":
                    lines.append(value)
                case "":
                    yield Event(name, event_id, "\n".join(lines))
                    name, event_id, lines = "message", "", []


@contextmanager
def following(
    site: Site, review_id: int, cookie: str, *, query: str = "", headers: dict[str, str] | None = None
) -> Iterator[Follower]:
    connection = http.client.HTTPConnection(urlsplit(site.live).netloc, timeout=SOON.total_seconds())
    try:
        connection.request("GET", f"/reviews/{review_id}/stream/?{query}", headers={"Cookie": cookie} | (headers or {}))
        yield Follower(connection.getresponse(), connection)
    finally:
        connection.close()


def screens(site: Site) -> int:
    """How many the live process serves."""
    with urllib.request.urlopen(f"http://127.0.0.1:{site.live_port}/healthz/live") as answer:
        return int(json.load(answer)["screens"])


def status_of(site: Site, review_id: int, cookie: str, query: str = "") -> int:
    with following(site, review_id, cookie, query=query) as follower:
        return follower.response.status


def still_there(site: Site, review_id: int, screen: str) -> int:
    """A browser's answer to a heartbeat."""
    connection = http.client.HTTPConnection(urlsplit(site.live).netloc, timeout=SOON.total_seconds())
    try:
        connection.request("POST", f"/reviews/{review_id}/stream/?screen={screen}")
        return connection.getresponse().status
    finally:
        connection.close()


def cookie_of(person: User) -> str:
    """Signed in through the database that the servers share."""
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def post(site: Site, path: str, cookie: str, fields: dict[str, object] | None = None) -> int:
    """As htmx sends it."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=SOON.total_seconds())
    token = "t" * 32
    headers = {
        "Cookie": f"{cookie}; {settings.CSRF_COOKIE_NAME}={token}",
        "X-CSRFToken": token,
        "Origin": site.url,
        "HX-Request": "true",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    try:
        connection.request("POST", path, urllib.parse.urlencode(fields or {}), headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
