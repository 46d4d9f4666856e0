"""A due date that moves later is counted, while the gap is open, with the reason why."""

from datetime import date, timedelta
from typing import Any

import pytest

from readiness.accounts.policy import Conflict, Refused
from readiness.assessments import actions
from readiness.assessments.models import Gap
from readiness.assessments.rules.extensions import extension_words, is_extension
from readiness.history.models import Entry
from tests.assessments.small import attested, refused, see, small
from tests.cast import NOW, Cast, day

OPENED, FIRST, LATER = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 10)


@pytest.mark.parametrize(
    ("was", "to", "counts"),
    [
        (FIRST, LATER, True),
        (FIRST, None, True),
        (FIRST, FIRST, False),
        (LATER, FIRST, False),
        (None, LATER, False),
        (None, None, False),
        (OPENED, LATER, True),
        (OPENED - timedelta(days=1), LATER, False),
    ],
)
def test_what_counts(was: date | None, to: date | None, *, counts: bool) -> None:
    assert is_extension(was, to, open_since=OPENED) is counts


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (0, ""),
        (1, "first extension"),
        (3, "third extension"),
        (10, "tenth extension"),
        (11, "11th extension"),
        (12, "12th extension"),
        (21, "21st extension"),
        (22, "22nd extension"),
        (113, "113th extension"),
        (133, "133rd extension"),
    ],
)
def test_words(times: int, words: str) -> None:
    assert extension_words(times) == words


@pytest.fixture
def gap(cast: Cast) -> Gap:
    small(cast)
    gap = actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=NOW)
    return plan(cast, gap, due_on=day(10))


def plan(cast: Cast, gap: Gap, **changes: Any) -> Gap:
    values = {"by": cast.theo, "gap": gap, "version": gap.version, "owner": gap.owner, "due_on": gap.due_on, "plan": ""}
    return actions.plan_gap(**{**values, "now": NOW, **changes})


def test_each_later_date_is_counted_with_its_reason(cast: Cast, gap: Gap) -> None:
    assert gap.extended == 0, "the first date is none"
    gap = plan(cast, gap, due_on=day(12), reason=" The parts are late. ")
    gap = plan(cast, gap, owner=cast.olga)
    gap = plan(cast, gap, due_on=day(11))
    gap = plan(cast, gap, due_on=None, reason="Nobody knows.")
    gap = plan(cast, gap, due_on=day(30))
    gap.refresh_from_db()
    assert (gap.extended, gap.extension) == (2, "second extension")
    reasons = Entry.objects.filter(verb="gap.planned").order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["", "The parts are late.", "", "", "Nobody knows.", ""]


def test_without_a_reason_nothing_is_changed(cast: Cast, gap: Gap) -> None:
    with refused(Refused, "Say why it takes longer", rule="accountable-output"):
        plan(cast, gap, due_on=day(12), owner=cast.olga, reason="  ")
    gap.refresh_from_db()
    assert (gap.due_on, gap.owner, gap.extended, gap.version) == (day(10), None, 0, 2)


def test_who_comes_second_hears_of_the_other_first(cast: Cast, gap: Gap) -> None:
    plan(cast, gap, due_on=day(12), reason="Late.")
    with refused(Conflict):
        plan(cast, gap, version=2, due_on=day(14))
    assert Gap.objects.get(pk=gap.pk).extended == 1


def test_a_gap_that_opens_again_begins_anew(cast: Cast, gap: Gap) -> None:
    gap = plan(cast, gap, due_on=day(12), reason="Late.")
    attested(cast)
    gap = actions.propose_closed(by=cast.olga, gap=gap, version=gap.version, note="", now=NOW)
    actions.verify_closed(by=cast.mia, gap=gap, version=gap.version, now=NOW)
    assert Gap.objects.get(pk=gap.pk).extended == 1, "closed, it still says what it took"
    month = NOW + timedelta(days=100)
    actions.refresh(assessment=cast.item("drilled").assessment, now=month)
    gap = actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="The proof is old.", now=month)
    assert (gap.extended, gap.due_on) == (0, day(12))
    assert plan(cast, gap, due_on=day(130), now=month).extended == 0, "the old date has passed with what it was for"


def test_a_machine_that_opens_it_again_forgets_the_extensions(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, "probed", "fail")
    gap = plan(cast, plan(cast, Gap.objects.get(item__key="probed"), due_on=day(3)), due_on=day(5), reason="Late.")
    assert gap.extended == 1
    see(assessment, "probed", "pass", now=NOW + timedelta(hours=1))
    assert Gap.objects.get(pk=gap.pk).is_closed
    see(assessment, "probed", "fail", now=NOW + timedelta(hours=2))
    gap = Gap.objects.get(pk=gap.pk)
    assert (gap.status, gap.reopened, gap.extended) == ("open", 1, 0)
