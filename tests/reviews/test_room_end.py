"""The end of the meeting: what is missing, each with its way to be mended; who signed the draft; the decision."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews import actions
from reviews.meeting import Meeting
from reviews.models import Review
from reviews.rules import ParticipantRole, Word
from reviews.signing import Sheet
from reviews.typed_line import gap_version
from tests.assessments.small import see, small
from tests.cast import Cast, day, login
from tests.reviews.meetings import EXCUSE, LATER, again, begun, decided, gap_of, point, proved, say, say_all

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}


def room(review: Review, query: str = "") -> str:
    return f"/reviews/{review.pk}/room/{query}"


def the_end(client: Client, review: Review) -> str:
    return client.get(room(review, "?item=end")).text


def test_the_end_lists_what_is_missing_with_a_way_there(cast: Cast, client: Client) -> None:
    see(small(cast))
    review = begun(cast)
    page = login(client, cast.theo).get(room(review, "?item=end"))
    assert "“Drilled” has not been talked about." in page.text
    assert "1 item passed and nobody has acknowledged it by name." in page.text
    drilled = point(review, "drilled").pk
    assert f'name="to" value="{drilled}"' in page.text
    assert f'href="?item={drilled}"' in login(client, cast.olga).get(room(review, "?item=end")).text
    assert "disabled" in page.text


def test_the_agenda_counts_what_the_end_lists(cast: Cast, client: Client) -> None:
    """A parked item lacks an owner, a date and a plan: three sentences, one form, one thing to settle."""
    review = begun(cast)
    say(review, "written", cast.theo, Word.PARKED)
    meeting = Meeting.of(again(review), LATER)
    lacking = [blocker for blocker in meeting.blockers if blocker.item_key == "written"]
    assert len(lacking) > 1
    assert meeting.to_settle == len(meeting.blockers) - len(lacking) + 1
    page = the_end(login(client, cast.theo), review)
    assert f'To settle before the decision <span class="count">{meeting.to_settle}</span>' in page
    assert f'title="to settle before the decision">{meeting.to_settle}</span>' in page


def test_a_refused_decision_comes_back_with_what_was_typed(cast: Cast, client: Client) -> None:
    proved(cast)
    review = begun(cast)
    login(client, cast.theo)
    values = {
        "version": review.version,
        "decision": "no_go",
        "stricter_reason": "The drill was chaotic.",
        "is_sure": "on",
    }
    answer = client.post(f"/reviews/{review.pk}/decide/", values)
    assert answer.status_code == 422
    assert "nobody has acknowledged them by name" in answer.text
    assert "The drill was chaotic." in answer.text
    answer = client.post(f"/reviews/{review.pk}/decide/", values | {"stricter_reason": ""})
    assert "Say why the room decides no-go" in answer.text


def test_a_looser_decision_is_not_even_offered(cast: Cast, client: Client) -> None:
    review = begun(cast)
    page = login(client, cast.theo).get(room(review, "?item=end"))
    assert 'value="no_go"' in page.text
    assert 'value="go"' not in page.text
    answer = client.post(
        f"/reviews/{review.pk}/decide/", {"version": review.version, "decision": "go", "is_sure": "on"}
    )
    assert answer.status_code == 422
    assert not again(review).is_decided


def test_who_does_not_lead_is_told_who_decides(cast: Cast, client: Client) -> None:
    review = begun(cast)
    assert "Theo Example decides, as the service" in login(client, cast.olga).get(room(review, "?item=end")).text


# Mending in place


def parked(cast: Cast) -> Review:
    """Everything is said, and two items were parked: they lack whatever a gap needs."""
    review = begun(cast)
    say_all(cast, review)
    for key in ("probed", "written"):
        gap = gap_of(cast, key)
        gap.owner, gap.due_on, gap.plan = None, None, ""
        gap.save()
        say(review, key, cast.pia, Word.PARKED, note="Ask the platform team.")
    return again(review)


def mend(review: Review, key: str, **fields: object) -> tuple[str, dict[str, object]]:
    row = point(review, key)
    values = {
        "version": row.version,
        "gap_version": gap_version(row),
        "due_on": day(5).isoformat(),
        "plan": "Drill.",
        "item": "end",
    } | fields
    return f"/reviews/{review.pk}/settle/{row.pk}/", values


def test_gaps_that_lack_something_are_mended_at_the_end_each_by_its_own_small_form(cast: Cast, client: Client) -> None:
    review = parked(cast)
    page = the_end(login(client, cast.olga), review)
    assert "2 gaps lack an owner, a date or a plan" in page
    assert "Name the person who will close it. Give the day by which it is closed." in page
    url, values = mend(review, "probed", owner=cast.olga.pk)
    assert f'action="{url}"' in page
    answer = client.post(url, values)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reviews/{review.pk}/room/?item=end")
    said, gap = point(review, "probed"), gap_of(cast, "probed")
    assert (said.word, said.note, gap.owner, gap.due_on, gap.plan) == (
        "gap", "Ask the platform team.", cast.olga, day(5), "Drill.",
    )  # fmt: skip
    assert "1 gap lacks an owner, a date or a plan" in the_end(client, review)
    url, values = mend(review, "written", owner=cast.pia.pk)
    page = client.post(url, values, headers=HTMX).text
    assert "Everything is settled" in page


def test_what_is_wrong_with_a_mended_gap_stands_beside_it_with_what_was_typed(cast: Cast, client: Client) -> None:
    review = parked(cast)
    login(client, cast.olga)
    url, values = mend(review, "written", owner=cast.olga.pk, plan="")
    answer = client.post(url, values)
    assert answer.status_code == 422
    assert "a tracked gap may ship open only with a plan" in answer.text
    assert f'value="{day(5).isoformat()}"' in answer.text
    assert point(review, "written").word == "parked"


def test_two_who_mend_the_same_gap_the_loser_sees_what_the_other_wrote(cast: Cast, client: Client) -> None:
    review = parked(cast)
    url, values = mend(review, "probed", owner=cast.olga.pk)
    login(client, cast.pia).post(url, values | {"owner": cast.pia.pk, "due_on": day(3).isoformat(), "plan": ""})
    answer = login(client, cast.olga).post(url, values)
    assert answer.status_code == 409
    assert gap_of(cast, "probed").owner == cast.pia


def test_a_lost_race_for_a_gap_that_still_lacks_something_keeps_ones_own_words(cast: Cast, client: Client) -> None:
    review = parked(cast)
    url, values = mend(review, "probed", owner=cast.olga.pk)
    say(review, "probed", cast.pia, Word.PARKED, note="Later.")
    answer = login(client, cast.olga).post(url, values)
    assert answer.status_code == 409
    assert "Pia Example wrote here while you were writing:" in answer.text
    assert 'value="Drill."' in answer.text
    version = point(review, "probed").version
    assert f'name="version" value="{version}"' in answer.text
    assert client.post(url, values | {"version": version}).status_code == 302


def test_who_may_not_speak_mends_nothing(cast: Cast, client: Client) -> None:
    review = parked(cast)
    url, values = mend(review, "probed", owner=cast.olga.pk)
    assert "/settle/" not in the_end(login(client, cast.vera), review)
    assert client.post(url, values).status_code == 403
    assert login(client, cast.sam).post(url, values).status_code == 404
    assert login(client, cast.mia).post(url, values).status_code == 422  # not in the room
    assert point(review, "probed").word == "parked"


def test_many_gaps_cost_no_query_each(cast: Cast, client: Client) -> None:
    review = parked(cast)
    login(client, cast.olga)
    with CaptureQueriesContext(connection) as two:
        the_end(client, review)
    for key in ("drilled", "mixed", "either"):
        gap = gap_of(cast, key)
        gap.owner = None
        gap.save()
        say(review, key, cast.pia, Word.PARKED)
    with CaptureQueriesContext(connection) as five:
        assert "5 gaps lack" in the_end(client, review)
    assert len(five) <= len(two) + 1


# The people, the second pair


def test_whoever_is_missing_is_named_and_marks_themselves_present_there(cast: Cast, client: Client) -> None:
    review = begun(cast, present=False)
    page = the_end(login(client, cast.olga), review)
    assert "Nobody is present for on-call" in page
    assert "Olga Example is invited and not here." in page
    assert f'data-for="{cast.olga.pk}"' in page
    assert f"/reviews/{review.pk}/?role=on_call&amp;back=end#people" in page
    client.post(f"/reviews/{review.pk}/join/", {"item": "end"})
    assert "Nobody is present for on-call" not in the_end(client, review)


def test_who_invites_somebody_because_of_the_end_comes_back_to_it(cast: Cast, client: Client) -> None:
    review = begun(cast, present=False)
    page = login(client, cast.theo).get(f"/reviews/{review.pk}/?role=platform&back=end").text
    assert '<input type="hidden" name="back" value="end">' in page
    assert '<option value="platform" selected>' in page
    values = {"person": cast.rob.pk, "role": "platform", "back": "end"}
    answer = client.post(f"/reviews/{review.pk}/participants/", values)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reviews/{review.pk}/room/?item=end")


def test_the_second_pair_of_eyes_is_given_at_the_end(cast: Cast, client: Client) -> None:
    review = begun(cast)
    say_all(cast, review)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE, note=EXCUSE)
    row = point(review, "queued")
    page = the_end(login(client, cast.pia), review)
    assert "on a hard gate a second person confirms that" in page
    assert f'data-not-for="{cast.theo.pk}"' in page
    answer = client.post(f"/reviews/{review.pk}/confirm/{row.pk}/", {"version": row.item.version, "item": "end"})
    assert answer.status_code == 302
    assert [b.sentence for b in Meeting.of(again(review), LATER).blockers] == []
    assert "Everything is settled" in the_end(client, review)


# The draft


def test_the_end_shows_who_signed_the_draft_and_whose_name_is_stale(cast: Cast, client: Client) -> None:
    review = begun(cast)
    say_all(cast, review)
    digest = Sheet.of_draft(Meeting.of(again(review), LATER)).digest
    actions.sign_off(
        by=cast.olga, review=again(review), role=ParticipantRole.ON_CALL, digest=digest, comment="", now=LATER
    )
    page = the_end(login(client, cast.vera), review)
    assert "1 of 3 signed" in page
    say(review, "probed", cast.pia, due_on=day(3))
    page = the_end(client, review)
    assert "0 of 3 signed" in page
    assert "Stale, sign again" in page
    assert "changed since: what the room said of “Probed” (Pia Example)" in page


# The deciding moment


def test_when_it_is_decided_every_screen_goes_to_the_packet(cast: Cast, client: Client) -> None:
    review = decided(cast).review
    answer = login(client, cast.olga).get(room(review))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reviews/{review.pk}/packet/")
    polled = client.get(room(review, "?since=1-1"), headers=HTMX)
    assert (polled.status_code, polled.headers["HX-Redirect"], polled.content) == (
        200, f"/reviews/{review.pk}/packet/", b"",
    )  # fmt: skip
