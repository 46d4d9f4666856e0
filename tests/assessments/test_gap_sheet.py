"""Gaps changed from a CSV file: a look first, a sentence for every wrong line, and all of it or nothing."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, strategies as st

from readiness.accounts.policy import Refused
from readiness.assessments import actions
from readiness.assessments.actions import GapPlan, NotStored
from readiness.assessments.models import Gap
from readiness.assessments.register.sheet import read_sheet
from readiness.assessments.spreadsheet import HEADING
from readiness.history.models import Entry
from tests.assessments.registered import day, many_gaps
from tests.assessments.small import body_of
from tests.cast import Cast, login

ADDRESS = "/gaps/from-file/"


def look(client: Client, text: str | bytes) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(ADDRESS, {"file": SimpleUploadedFile("gaps.csv", content, "text/csv")})


def doubts(response: Any) -> list[tuple[int, str, str]]:
    return [(doubt.line, doubt.column, doubt.sentence) for doubt in response.context["seen"].doubts]


def store(client: Client, response: Any) -> Any:
    return client.post(ADDRESS, {"seen": response.context["store"].initial["seen"]}, follow=True)


def lines(*rows: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def test_a_file_is_looked_at_first_and_then_stored(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    Gap.objects.update(open_since=timezone.now() - timedelta(days=30))
    text = lines(
        ("gap", "owner_email", "due_on", "plan", "reason"),
        (gaps["probed"].pk, "Theo@example.com", day(9), "Mend\nit.", "Parts are late."),
        (gaps["drilled"].pk, "", "", "", ""),
        (gaps["written"].pk, "olga@example.com", "", "", ""),
    )
    seen = look(login(client, cast.mia), text)
    assert seen.status_code == 200
    assert "2 gaps would change, 1 stays as it is" in seen.text
    assert not Entry.objects.filter(verb="gap.planned").exists(), "nothing is stored yet"
    done = store(client, seen)
    assert "2 gaps changed, as the file says." in done.text
    probed = Gap.objects.get(pk=gaps["probed"].pk)
    assert (probed.owner, probed.due_on, probed.plan, probed.extended) == (cast.theo, day(9), "Mend\nit.", 1)
    written = Gap.objects.get(pk=gaps["written"].pk)
    assert (written.owner, written.due_on) == (cast.olga, day(40))


def test_what_was_taken_away_can_be_brought_back_as_it_is(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    Gap.objects.filter(pk=gaps["drilled"].pk).update(plan="=cmd|' /C calc'!A0\r\n- and more")
    exported = body_of(login(client, cast.theo).get("/gaps.csv?status=all"))
    seen = look(client, exported)
    assert doubts(seen) == []
    assert "There is nothing to change." in seen.text
    assert (seen.context["seen"].changes, seen.context["seen"].unchanged) == ([], 4)


def test_every_wrong_line_gets_its_sentence_and_nothing_can_be_stored(
    cast: Cast, client: Client, gaps: dict[str, Gap]
) -> None:
    drilled, written = gaps["drilled"].pk, gaps["written"].pk
    text = lines(
        ("gap", "version", "owner_email", "due_on", "reason"),
        ("x1", "", "olga@example.com", "", ""),
        (987654321, "", "olga@example.com", "", ""),
        (drilled, 9, "olga@example.com", day(4), ""),
        (gaps["probed"].pk, "", "nobody@example.com", "", ""),
        (written, "", "sam@example.com", day(50), ""),
        (gaps["mixed"].pk, "", "olga@example.com", "", ""),
        ("", "", "olga@example.com", "1/3/2026", ""),
        (written, "", "", "", ""),
        (drilled, "", "", "", "", "too", "many"),
    )
    seen = look(login(client, cast.theo), text)
    said = doubts(seen)
    assert [(line, column) for line, column, _ in said] == [
        (2, "gap"), (3, "gap"), (4, "version"), (5, "owner_email"), (6, "owner_email"), (6, "reason"), (7, "gap"),
        (8, "gap"), (8, "due_on"), (9, "gap"), (10, ""),
    ]  # fmt: skip
    words = " ".join(sentence for _, _, sentence in said)
    for part in (
        "“x1” is no number", "no gap 987654321 that you may see", "Somebody changed this gap since",
        "Nobody here has the address “nobody@example.com”", "Sam Example can't see this service",
        "say why in the column “reason”", "This gap is closed", "“1/3/2026” is no day", "there twice: in line 6",
        "7 cells",
    ):  # fmt: skip
        assert part in words, part
    assert seen.context["store"] is None
    assert "disabled" in seen.text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"owner_email\r\nx@example.com\r\n", "“gap” is missing"),
        (b"gap,version\r\n1,1\r\n", "There is nothing to change"),
        (b"gap,colour\r\n1,red\r\n", "“colour” is none of the columns"),
        (b"gap,plan,plan\r\n1,a,b\r\n", "there twice"),
        (b'gap,plan\r\n1,"open\r\n', "no CSV"),
        (b"gap\0,plan\r\n", "This is no CSV file"),
    ],
)
def test_a_file_that_is_none_is_told_so(
    cast: Cast, client: Client, gaps: dict[str, Gap], text: bytes, sentence: str
) -> None:
    assert sentence in " ".join(words for _, _, words in doubts(look(login(client, cast.theo), text)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"gap,plan\r\n1,\xff\r\n", "This is not UTF-8 text (byte 13"),
        (b"x" * (2 * 1024 * 1024 + 1), "more than 2 MiB"),
        (b"", "empty"),
    ],
)
def test_a_file_that_can_not_be_read(cast: Cast, client: Client, content: bytes, sentence: str) -> None:
    response = look(login(client, cast.theo), content)
    assert response.status_code == 422
    assert sentence in response.text


def test_when_one_gap_changed_meanwhile_nothing_is_stored(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    rows = [(gaps[key].pk, "pia@example.com") for key in ("probed", "drilled", "written")]
    seen = look(login(client, cast.mia), lines(("gap", "owner_email"), *rows))
    Gap.objects.filter(pk=gaps["drilled"].pk).update(version=2)
    lost = store(client, seen)
    assert lost.status_code == 409
    assert "Nothing was stored: 1 gap stands otherwise" in lost.text
    assert "Drilled of Checkout" in lost.text
    assert not Gap.objects.filter(owner=cast.pia).exists()
    assert not Entry.objects.filter(verb="gap.planned").exists()


def test_what_was_looked_at_is_nobody_elses_and_can_not_be_exchanged(
    cast: Cast, client: Client, gaps: dict[str, Gap]
) -> None:
    seen = look(login(client, cast.mia), lines(("gap", "owner_email"), (gaps["probed"].pk, "pia@example.com")))
    for who, value in ((cast.theo, seen.context["store"].initial["seen"]), (cast.mia, "nonsense")):
        response = login(client, who).post(ADDRESS, {"seen": value})
        assert response.status_code == 422
        assert "has expired" in response.text


def test_who_may_plan_nowhere_has_no_such_page(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    assert login(client, cast.vera).get(ADDRESS).status_code == 403
    seen = look(login(client, cast.sam), lines(("gap", "plan"), (gaps["probed"].pk, "Mine.")))
    assert "that you may see" in doubts(seen)[0][2], "for a stranger it does not exist"


def test_a_thousand_lines_cost_what_ten_cost(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    many_gaps(cast, 150)
    login(client, cast.mia)
    pks = list(Gap.objects.open().values_list("pk", flat=True))

    def cost(number: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            seen = look(client, lines(("gap", "owner_email"), *((pk, "rob@example.com") for pk in pks[:number])))
        assert len(seen.context["seen"].changes) + seen.context["seen"].unchanged == number, doubts(seen)[:3]
        return len(asked)

    cost(2)
    assert cost(10) == cost(150)


def test_the_action_stores_all_or_nothing(cast: Cast, gaps: dict[str, Gap]) -> None:
    def plans(version: int) -> list[GapPlan]:
        return [
            GapPlan(gaps["probed"].pk, 1, cast.pia, day(2), "One.", ""),
            GapPlan(gaps["written"].pk, version, cast.pia, day(40), "Two.", ""),
        ]

    Gap.objects.filter(pk=gaps["probed"].pk).update(due_on=day(3))
    for by, version in ((cast.vera, 1), (cast.sam, 1), (cast.theo, 5)):
        with pytest.raises(NotStored) as refused:
            actions.plan_gaps(by=by, plans=plans(version), now=timezone.now())
        assert isinstance(refused.value, Refused)
        assert not Gap.objects.filter(owner=cast.pia).exists()
    assert actions.plan_gaps(by=cast.theo, plans=plans(1), now=timezone.now()) == 2
    assert Gap.objects.filter(owner=cast.pia).count() == 2


@given(
    text=st.text(st.characters(codec="utf-8"), max_size=300)
    | st.text("gapduenow_,;\t\r\n\"'=+-@0123456789", max_size=300)
)
def test_no_text_is_too_strange_to_be_doubted(text: str) -> None:
    for prefix in ("", "gap,due_on,plan\n"):
        sheet = read_sheet(prefix + text, HEADING)
        assert all(line.gap_id >= 0 for line in sheet.lines)
        assert all(doubt.sentence for doubt in sheet.doubts)
