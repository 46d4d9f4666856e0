"""The live stream as it is deployed: the nginx configuration that we ship, two web processes, Redis, one live process."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import monotonic

import pytest
from django.db import connection

from reviews.models import AgendaItem, Review
from tests.cast import Cast
from tests.infrastructure.servers import free_port, redis
from tests.infrastructure.waiting import eventually
from tests.reviews.live.following import Follower, cookie_of, following, post, screens, still_there
from tests.servers.readiness import Site, behind_nginx

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("nginx", "redis")]
BY_THE_DATABASE = timedelta(seconds=2)


class Broker:
    """A Redis that can be killed and comes back empty, at the same address."""

    def __init__(self, stack: ExitStack) -> None:
        self.port, self.stack, self._running = free_port(), stack, ExitStack()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        stack.callback(self.stop)
        self.start()

    def start(self) -> None:
        self._running.enter_context(redis(self.port))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with ExitStack() as stack:
        yield Broker(stack)


@pytest.fixture(scope="module")
def site(django_db_setup: None, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("nginx")
    with behind_nginx(broker.url, folder) as site:
        yield site


def write(site: Site, meeting: Review, cookie: str, words: str) -> None:
    """Everybody sees it: notes of these words."""
    meeting.refresh_from_db(fields=["notes_version"])
    fields = {"notes-version": meeting.notes_version, "notes-notes": words}
    assert post(site, f"/reviews/{meeting.pk}/notes/", cookie, fields) == 200


def seconds_until(follower: Follower, words: str, since: float, within: timedelta = timedelta(seconds=10)) -> float:
    follower.next(holding=words, within=within)
    return monotonic() - since


def test_what_one_writes_is_on_the_other_screen_at_once(site: Site, meeting: Review, cast: Cast) -> None:
    theo, took = cookie_of(cast.theo), []
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        assert olga.response.status == 200
        olga.next()
        for number in range(7):
            write(site, meeting, theo, f"Word {number}.")
            took.append(seconds_until(olga, f"Word {number}.", monotonic()))
    # After the answer. By the database alone it would be half a second in the middle.
    assert median(took) < 0.3


def test_redis_may_die_and_come_back(site: Site, meeting: Review, cast: Cast, broker: Broker) -> None:
    theo = cookie_of(cast.theo)
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        olga.next()
        broker.stop()
        write(site, meeting, theo, "Redis is gone.")
        seconds_until(olga, "Redis is gone.", monotonic(), within=BY_THE_DATABASE)
        broker.start()
        write(site, meeting, theo, "Redis is back.")
        seconds_until(olga, "Redis is back.", monotonic(), within=BY_THE_DATABASE)


@pytest.mark.needs("postgresql")
def test_a_database_that_drops_everybody_is_asked_again(site: Site, meeting: Review, cast: Cast) -> None:
    theo = cookie_of(cast.theo)
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        olga.next()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        AgendaItem.objects.filter(review=meeting).update(reason_note="Nobody saw this.")
        eventually(lambda: _is_written(site, meeting, theo), what="the pages have their database again")
        seconds_until(olga, "The database is back.", monotonic())


def _is_written(site: Site, meeting: Review, cookie: str) -> bool:
    fields = {"notes-version": meeting.notes_version, "notes-notes": "The database is back."}
    return post(site, f"/reviews/{meeting.pk}/notes/", cookie, fields) == 200


def test_a_closed_window_leaves_nothing_behind(site: Site, meeting: Review, cast: Cast) -> None:
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        name = olga.next("heartbeat").text
        assert still_there(site, meeting.pk, name) == 204
        assert screens(site) == 1
    eventually(lambda: screens(site) == 0)


def test_a_window_that_takes_nothing_in_is_given_up(site: Site, meeting: Review, cast: Cast) -> None:
    """Asked at the live process itself, which has no proxy's buffers before it."""
    theo, cookie = cookie_of(cast.theo), cookie_of(cast.olga)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", site.live_port))
        deaf.sendall(
            f"GET /reviews/{meeting.pk}/stream/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        with following(site, meeting.pk, cookie_of(cast.pia)) as pia:
            pia.next()
            eventually(lambda: screens(site) == 2)
            for number in range(60):
                write(site, meeting, theo, f"{number} " + "Much is said here. " * 1000)
                pia.next(holding=f"{number} Much")
                if screens(site) == 1:
                    break
            assert screens(site) == 1
            pia.next("heartbeat")  # nobody else is held up
