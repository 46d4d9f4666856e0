"""A verdict typed as one line: the server says what it would record, and records exactly that."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments import actions as assessments
from reviews.models import Review
from reviews.rules import Word
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day, login
from tests.reviews.meetings import LATER, WATCHED, begun, gap_of, point, say

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}


def address(review: Review, key: str, end: str = "") -> str:
    return f"/reviews/{review.pk}/say/{point(review, key).pk}/{end}"


def read(client: Client, review: Review, key: str, line: str) -> str:
    """What the screen says below the line, in one row."""
    answer = client.get(address(review, key, "line/"), {"line": line}, headers=HTMX)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gap pia +5d run it // as ever", ("Gap</strong>: Pia Example, due", "7 Mar 2026", "“run it”", "“as ever”")),
        ("gap run it", ("Olga Example", "(suggested)", "9 Mar 2026", "“run it”")),
        ("gap", ("without a plan",)),
        ("park come back", ("Parked</strong> — “come back”",)),
        ("na There is no queue here at all.", ("Not applicable</strong>",)),
        ("na why", ("at least 20 characters",)),
        ("gap @nobody run it", ("Nobody who may own it is called “@nobody”.",)),
        ("gap e run it 19 march", ("Gap</strong>", "“e run it 19 march”")),
        ("gap pia 19 march run it", ("due before go-live on 19 March 2026",)),
        (
            "gap example +5d run it",
            ("“example” may be", "Olga Example (olga@example.com)", "others; type a little more"),
        ),
        ("met", ("Attach proof or run its check",)),
        ("fine", ("Begin with gap, met, na or park.",)),
        ("", ("owner, date and plan",)),
        ("<b>x</b>", ("Begin with gap",)),
    ],
)
def test_it_says_what_it_would_record_or_what_is_missing(
    cast: Cast, client: Client, line: str, words: tuple[str, ...]
) -> None:
    review = begun(cast)
    said = read(login(client, cast.theo), review, "drilled", line)
    for part in words:
        assert part in said
    assert ("records" in said) == ("<strong>" in said)


def test_reading_a_line_writes_nothing_and_is_cheap(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.theo).get("/")
    before = [list(model._default_manager.order_by("pk").values()) for model in WATCHED]
    where = address(review, "drilled", "line/")
    with CaptureQueriesContext(connection) as queries:
        assert "records" in client.get(where, {"line": "gap pia +5d run it"}, headers=HTMX).text
    assert len(queries) <= 6
    assert [list(model._default_manager.order_by("pk").values()) for model in WATCHED] == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_was_typed_is_recorded(cast: Cast, client: Client, headers: dict[str, str]) -> None:
    review = begun(cast)
    sent = {"version": 1, "line": "gap pia +5d Run the drill. // Never done."}
    answer = login(client, cast.theo).post(address(review, "drilled"), sent, headers=headers)
    assert answer.status_code in {200, 302}
    said, gap = point(review, "drilled"), gap_of(cast, "drilled")
    assert (said.word, said.note, said.said_by) == ("gap", "Never done.", cast.theo)
    assert (gap.owner, gap.due_on, gap.plan) == (cast.pia, day(5), "Run the drill.")


def test_what_nobody_typed_is_as_the_gap_has_it(cast: Cast, client: Client) -> None:
    small(cast)
    gap = assessments.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=NOW)
    assessments.plan_gap(by=cast.theo, gap=gap, version=1, owner=cast.theo, due_on=day(12), plan="In spring.", now=NOW)
    review = begun(cast)
    login(client, cast.olga).post(address(review, "drilled"), {"version": 1, "line": "gap pia"}, headers=HTMX)
    gap = gap_of(cast, "drilled")
    assert (gap.owner, gap.due_on, gap.plan) == (cast.pia, day(12), "In spring.")


def test_a_refused_line_comes_back_with_the_reason(cast: Cast, client: Client) -> None:
    review = begun(cast)
    for line, words in (("gap @nobody x", "Nobody who may own it"), ("met", "Attach proof")):
        answer = login(client, cast.theo).post(address(review, "drilled"), {"version": 1, "line": line}, headers=HTMX)
        assert answer.status_code == 422
        assert f'value="{line}"' in answer.text
        assert words in answer.text
    assert point(review, "drilled").word == ""


def test_of_two_lines_at_once_the_second_sees_the_first_and_keeps_its_own(cast: Cast, client: Client) -> None:
    review = begun(cast)
    say(review, "drilled", cast.pia, Word.PARKED, note="Theirs.")
    sent = {"version": 1, "line": "gap olga +5d Mine."}
    answer = login(client, cast.theo).post(address(review, "drilled"), sent, headers=HTMX)
    assert answer.status_code == 409
    for part in ("Pia Example wrote here", "Theirs.", 'value="gap olga +5d Mine."', 'value="Mine."', "Keep theirs"):
        assert part in answer.text
    assert client.post(address(review, "drilled"), sent | {"version": 2}, headers=HTMX).status_code == 200


def test_a_verdict_is_suggested_that_can_be_kept(cast: Cast, client: Client) -> None:
    assessment = small(cast)
    see(assessment, result="fail")
    review = begun(cast)
    form = login(client, cast.theo).get(f"/reviews/{review.pk}/room/").text
    assert f'<option value="{cast.olga.pk}" selected>Olga Example' in form
    assert 'value="2026-03-09"' in form
    assert LATER.date() == day(0)
