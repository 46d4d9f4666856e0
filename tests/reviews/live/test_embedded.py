"""The live stream as `make run` serves it: a process of its own, no proxy, no Redis."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from readiness.accounts.models import Grant
from reviews import actions
from reviews.models import AgendaItem, Participant, Review
from reviews.rules import Word
from tests.cast import Cast
from tests.infrastructure.slowness import slower
from tests.infrastructure.waiting import eventually
from tests.reviews.live.following import cookie_of, following, screens, status_of, still_there
from tests.reviews.meetings import again, say
from tests.servers.readiness import Site, embedded

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = timedelta(seconds=3)  # a tenth of it where nothing else is going on; without the stream nothing comes at all


@pytest.fixture(scope="module")
def site(django_db_setup: None) -> Iterator[Site]:
    with embedded() as site:
        yield site


def parked(review: Review, key: str, cast: Cast) -> AgendaItem:
    return say(again(review), key, cast.theo, Word.PARKED, note="Later.", now=timezone.now())


# Who may


def test_only_who_sees_the_review_has_a_stream(site: Site, meeting: Review, cast: Cast) -> None:
    asked = {person: status_of(site, meeting.pk, cookie_of(person)) for person in cast.people}
    assert {person: status for person, status in asked.items() if status != 200} == {cast.sam: 404}
    assert status_of(site, meeting.pk, "") == 404
    assert status_of(site, meeting.pk, "sessionid=made-up") == 404
    assert status_of(site, meeting.pk + 1, cookie_of(cast.ada)) == 404


def test_an_item_that_is_not_on_the_agenda_has_none(site: Site, meeting: Review, cast: Cast) -> None:
    cookie = cookie_of(cast.olga)
    there = meeting.agenda.last()
    assert there
    assert status_of(site, meeting.pk, cookie, f"item={there.pk}") == 200
    assert status_of(site, meeting.pk, cookie, "item=end") == 200
    for wrong in (there.pk + 1, "x", "9" * 30, "-1"):
        assert status_of(site, meeting.pk, cookie, f"item={wrong}") == 404


def test_pages_of_this_site_alone_may_read_it_across_ports(site: Site, meeting: Review, cast: Cast) -> None:
    cookie = cookie_of(cast.olga)
    for origin, allowed in ((site.url, site.url), ("https://evil.example", None), ("null", None)):
        with following(site, meeting.pk, cookie, headers={"Origin": origin}) as olga:
            assert olga.response.getheader("Access-Control-Allow-Origin") == allowed
    with following(site, meeting.pk, cookie) as olga:
        assert olga.response.getheader("Content-Type") == "text/event-stream; charset=utf-8"
        assert olga.response.getheader("Cache-Control") == "no-store"
        assert olga.response.getheader("X-Accel-Buffering") == "no"


def test_the_stream_ends_for_who_signed_out(site: Site, meeting: Review, cast: Cast) -> None:
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        olga.next("heartbeat")
        Session.objects.all().delete()
        assert olga.ends()


def test_the_stream_ends_with_the_grant(site: Site, meeting: Review, cast: Cast) -> None:
    with following(site, meeting.pk, cookie_of(cast.vera)) as vera:
        vera.next("heartbeat")
        Grant.objects.filter(user=cast.vera).delete()
        assert vera.ends()
    assert status_of(site, meeting.pk, cookie_of(cast.vera)) == 404


# What is sent


def test_a_verdict_is_on_the_other_screen_within_a_second(site: Site, meeting: Review, cast: Cast) -> None:
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        first = olga.next()
        parked(meeting, "drilled", cast)
        seen = olga.next(within=AT_ONCE)
        assert seen.id != first.id
        assert "Parked" in seen.text
        assert 0 < len(seen.text) < len(first.text) / 2  # only what looks different


@pytest.mark.parametrize("says", ["in the address", "as the last event"])
def test_a_page_that_is_up_to_date_is_sent_nothing(site: Site, meeting: Review, cast: Cast, says: str) -> None:
    cookie = cookie_of(cast.vera)

    def is_left_in_peace() -> bool:
        """Now and then somebody's silence is news in the meantime."""
        with following(site, meeting.pk, cookie) as vera:
            beat = vera.next().id
        query = {"in the address": f"beat={beat}", "as the last event": "beat=1-1"}[says]
        headers = {"in the address": {}, "as the last event": {"Last-Event-ID": beat}}[says]
        with following(site, meeting.pk, cookie, query=query, headers=headers) as vera:
            vera.next("heartbeat")
            return vera.next_of_any().name == "heartbeat"

    eventually(is_left_in_peace, within=timedelta(seconds=30))


def test_a_page_that_is_behind_is_sent_the_whole_room(site: Site, meeting: Review, cast: Cast) -> None:
    with following(site, meeting.pk, cookie_of(cast.olga), query="beat=1-1") as olga:
        assert 'hx-target="#standing"' in olga.next().text


def test_who_looks_elsewhere_gets_what_they_look_at(site: Site, meeting: Review, cast: Cast) -> None:
    there = meeting.agenda.last()
    assert there
    with following(site, meeting.pk, cookie_of(cast.olga), query=f"item={there.pk}") as olga:
        assert there.item.title in olga.next().text
        parked(meeting, there.item.key, cast)
        olga.next(holding="Parked", within=AT_ONCE)


def test_who_comes_in_may_speak_from_then_on(site: Site, meeting: Review, cast: Cast) -> None:
    with following(site, meeting.pk, cookie_of(cast.rob)) as rob:
        assert 'name="word"' not in rob.next().text
        actions.join(by=cast.rob, review=again(meeting), now=timezone.now())
        rob.next(holding='name="word"', within=AT_ONCE)


def test_the_end_of_the_meeting_leads_to_its_page(site: Site, meeting: Review, cast: Cast) -> None:
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        olga.next()
        review = again(meeting)
        actions.cancel(by=cast.theo, review=review, version=review.version, reason="Fire alarm.", now=timezone.now())
        assert olga.next("over", within=AT_ONCE).text == f"/reviews/{meeting.pk}/"
        assert olga.ends()


# Who is there


def test_who_answers_heartbeats_is_heard_of(site: Site, meeting: Review, cast: Cast) -> None:
    started = timezone.now()
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        name = olga.next("heartbeat").text

        def is_written_down() -> bool:
            assert olga.next("heartbeat").text == name
            assert still_there(site, meeting.pk, name) == 204
            return Participant.objects.filter(review=meeting, person=cast.olga, seen_at__gt=started).exists()

        eventually(is_written_down)
    assert not Participant.objects.filter(review=meeting, person=cast.pia, seen_at__gt=started).exists()
    assert eventually(lambda: still_there(site, meeting.pk, name) == 404)


def test_a_closed_window_leaves_nothing_behind(site: Site, meeting: Review, cast: Cast) -> None:
    cookie = cookie_of(cast.olga)
    with following(site, meeting.pk, cookie) as one, following(site, meeting.pk, cookie) as other:
        one.next("heartbeat")
        other.next("heartbeat")
        eventually(lambda: screens(site) == 2)
    eventually(lambda: screens(site) == 0)


def test_one_person_has_a_limited_number_of_screens(site: Site, meeting: Review, cast: Cast) -> None:
    cookie = cookie_of(cast.olga)
    with ExitStack() as stack:
        for _ in range(20):
            assert stack.enter_context(following(site, meeting.pk, cookie)).response.status == 200
        assert status_of(site, meeting.pk, cookie) == 429
        assert status_of(site, meeting.pk, cookie_of(cast.pia)) == 200


# Without it


def test_the_pages_say_that_they_have_no_stream(site: Site, meeting: Review, cast: Cast) -> None:
    elsewhere = Site(site.url, site.url, site.live_port, site.live_process)
    assert status_of(elsewhere, meeting.pk, cookie_of(cast.olga)) == 204
    assert status_of(elsewhere, meeting.pk, cookie_of(cast.sam)) == 404


# At last


def test_told_to_stop_it_ends_its_streams_at_once(site: Site, meeting: Review, cast: Cast) -> None:
    """The last test of this file: nobody starts the process again."""
    with following(site, meeting.pk, cookie_of(cast.olga)) as olga:
        olga.next("heartbeat")
        asked = time.monotonic()
        site.live_process.send_signal(signal.SIGTERM)
        assert olga.ends()
        site.live_process.wait(timeout=5)
        assert time.monotonic() - asked < 2 * slower()
