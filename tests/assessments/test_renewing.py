"""The quick way for what machines say again leaves the same standing as the way that does everything."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st
from pytest_django import DjangoAssertNumQueries

from readiness.accounts.policy import Refused
from readiness.assessments import actions
from readiness.assessments.actions import Word
from readiness.assessments.models import Assessment, Evidence, Gap, Item
from readiness.assessments.outcome import Outcome, Result
from readiness.assessments.writing import Values, write_each
from readiness.checklists.models import Version
from readiness.checklists.rules import How, Strength
from readiness.history.models import Entry
from tests.assessments.small import BOT, LINK, NOTE, item_yaml, pack
from tests.cast import NOW, Cast, published, service

PACK = pack(
    item_yaml("one", {"answers": "{probe: health_pair}"}, strength="observed", days=2),
    item_yaml(
        "two",
        {"queried": "{query: prom_query}, {attestation: drill}", "also": "{probe: tls_expiry}"},
        strength="linked",
        days=3,
        gate="tracked",
    ),
)
PLACES = [
    ("one", "answers", How.PROBE, "health_pair", 1),
    ("one", "answers", How.PROBE, "health_pair", 2),
    ("two", "queried", How.QUERY, "prom_query", 3),
    ("two", "also", How.PROBE, "tls_expiry", 4),
]
_keys = count(1)


def word(
    assessment: Assessment, place: int, result: Result, key: str, *, observed_at: datetime | None = None, said: str = ""
) -> Word:
    item_key, criterion, how, kind, check_id = PLACES[place]
    outcome = Outcome(result, said or f"{kind} said {result}.", {"ms": place}, (), observed_at)
    return Word(
        assessment_id=assessment.pk, item_key=item_key, criterion_key=criterion, how=how, kind=kind, outcome=outcome,
        strength=Strength.OBSERVED, source=f"check #{check_id}", idempotency_key=key, by=BOT, check_id=check_id,
    )  # fmt: skip


def fully(one: Word, now: datetime) -> None:
    actions.record_evidence(
        assessment=Assessment.objects.get(pk=one.assessment_id), item_key=one.item_key, criterion_key=one.criterion_key,
        how=one.how, kind=one.kind, outcome=one.outcome, strength=one.strength, source=one.source,
        idempotency_key=one.idempotency_key, by=one.by, now=now, check_id=one.check_id,
    )  # fmt: skip


def quickly(one: Word, now: datetime) -> bool:
    with transaction.atomic():
        is_renewed = one.idempotency_key in actions.renew([one], now=now)
    if not is_renewed:
        fully(one, now)
    return is_renewed


def two_alike(cast: Cast) -> tuple[Assessment, Assessment]:
    version: Version = published(PACK)
    twins = [service(name, cast.payments, tech_lead=cast.theo) for name in ("left", "right")]
    left, right = (actions.start(service=twin, by=cast.theo, now=NOW, version=version) for twin in twins)
    return left, right


def standing(assessment: Assessment) -> dict[str, Any]:
    """All that may be seen of it, with evidence named by its place instead of its id."""
    evidence = list(Evidence.objects.filter(assessment=assessment).order_by("observed_at", "received_at", "reason"))
    places = {row.pk: place for place, row in enumerate(evidence)}
    items = []
    for item in Item.objects.filter(assessment=assessment).order_by("position"):
        criteria = [{**criterion, "evidence": places.get(criterion["evidence"])} for criterion in item.criteria]
        names = ("status", "reason", "strength", "valid_until", "changes_at", "status_since", "next_step", "gate")
        items.append({name: getattr(item, name) for name in names} | {"criteria": criteria})
    assessment.refresh_from_db()
    entries = Entry.objects.filter(service_id=assessment.service_id).exclude(verb="service.assessed")
    return {
        "items": items,
        "counts": assessment.counts,
        "decision": assessment.computed_decision,
        "evidence": [(row.result, row.reason, row.valid_until, row.is_superseded, row.is_active) for row in evidence],
        "gaps": list(
            Gap.objects.filter(service=assessment.service).values_list("status", "reopened", "closed_how", "gate")
        ),
        "history": list(entries.order_by("pk").values_list("verb", "reason")),
    }


steps = st.lists(
    st.tuples(
        st.integers(0, len(PLACES) - 1),
        st.sampled_from([Result.PASS, Result.PASS, Result.FAIL, Result.UNKNOWN]),
        st.sampled_from([timedelta(minutes=1), timedelta(hours=5), timedelta(days=2), timedelta(days=4)]),
        st.sampled_from([None, None, None, timedelta(hours=-7), timedelta(hours=3), timedelta(days=-3)]),
        st.sampled_from(["", "", "", "attest", "switch off", "switch on", "sweep"]),
    ),
    max_size=10,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_happens_the_quick_way_leaves_the_same_standing(cast: Cast, steps: Any) -> None:
    with transaction.atomic():
        left, right = two_alike(cast)
        now = NOW
        for place, result, later, observed, also in steps:
            now += later
            key = f"step {next(_keys)}"
            at = now + observed if observed else None
            for assessment, record in ((left, quickly), (right, fully)):
                said = f"{place} {result} at {now:%d %H:%M}"
                with suppress(Refused):  # from the future, on both sides
                    record(word(assessment, place, result, f"{key} {assessment.pk}", observed_at=at, said=said), now)
                _also(also, assessment, cast, PLACES[place][4], now)
            assert standing(left) == standing(right)
        transaction.set_rollback(True)


def _also(what: str, assessment: Assessment, cast: Cast, check_id: int, now: datetime) -> None:
    if what.startswith("switch"):
        # check ids are the same on both sides, so only this side's evidence is switched
        rows = Evidence.objects.that_counts().filter(assessment=assessment, check_id=check_id)
        rows.update(is_active=what == "switch on")
        actions.refresh(assessment=assessment, now=now)
    elif what == "sweep":
        actions.refresh(assessment=assessment, now=now)
    elif what == "attest":
        item = Item.objects.select_related("assessment__version").get(assessment=assessment, key="two")
        actions.attest(
            by=cast.theo, item=item, criterion_key="queried", link=LINK, performed_on=now.date(), performed_by=cast.olga,
            witness=cast.mia, note=f"{NOTE} {now}", now=now, kind="drill",
        )  # fmt: skip


# What is renewed, and what is left to the other way


def renewed(*words: Word, at: datetime = NOW) -> set[str]:
    with transaction.atomic():
        return set(actions.renew(list(words), now=at))


def later(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


@pytest.fixture
def assessment(cast: Cast) -> Assessment:
    """Every criterion has passed."""
    assessment = cast.assessed(version=published(PACK))
    for place in range(len(PLACES)):
        fully(word(assessment, place, Result.PASS, f"first {place}"), NOW)
    return assessment


def test_what_says_the_same_again_is_renewed_and_is_valid_longer(assessment: Assessment) -> None:
    before = assessment.items.get(key="one")
    assert renewed(word(assessment, 0, Result.PASS, "again"), at=later(5)) == {"again"}
    after = assessment.items.get(key="one")
    assert (before.valid_until, after.valid_until) == (NOW + timedelta(days=2), later(5) + timedelta(days=2))
    evidence = Evidence.objects.get(idempotency_key="again")
    assert [criterion["evidence"] for criterion in after.criteria] == [evidence.pk]
    assert Evidence.objects.get(idempotency_key="first 0").is_superseded
    assert evidence.figures == {"ms": 0}


@pytest.mark.parametrize(
    ("place", "result", "at"),
    [
        (0, Result.FAIL, later(1)),  # it is not met any more
        (0, Result.PASS, NOW),  # not later than what it said before
        (0, Result.PASS, NOW - timedelta(hours=1)),
    ],
)
def test_what_changes_something_or_is_odd_is_left(
    assessment: Assessment, place: int, result: Result, at: datetime
) -> None:
    assert renewed(word(assessment, place, result, "odd", observed_at=at), at=later(2)) == set()
    assert not Evidence.objects.filter(idempotency_key="odd").exists()


def test_what_is_recorded_already_is_left(assessment: Assessment) -> None:
    assert renewed(word(assessment, 0, Result.PASS, "first 0"), at=later(1)) == set()


def test_a_second_word_about_the_same_item_is_left(assessment: Assessment) -> None:
    words = [word(assessment, place, Result.PASS, f"again {place}") for place in range(4)]
    assert renewed(*words, at=later(1)) == {"again 0", "again 2"}


def test_what_was_switched_off_is_left(assessment: Assessment) -> None:
    actions.switch_evidence(check_id=1, is_active=False, now=NOW, by=BOT)
    assert renewed(word(assessment, 0, Result.PASS, "again"), at=later(1)) == set()


def test_what_no_checklist_asks_for_is_left(assessment: Assessment) -> None:
    assessment.items.filter(key="one").update(retired_at=NOW)
    assert renewed(word(assessment, 0, Result.PASS, "again"), at=later(1)) == set()


def test_a_pass_that_closes_a_gap_is_left(cast: Cast, assessment: Assessment) -> None:
    item, opened = cast.item("one"), {"opened_at": later(1), "open_since": later(1)}
    Gap.objects.create(item=item, service=cast.checkout, gate="hard", opened_because="We doubt it.", **opened)
    assert renewed(word(assessment, 0, Result.PASS, "again"), at=later(2)) == set()


def test_a_failure_that_goes_on_is_renewed_and_keeps_its_gap(assessment: Assessment) -> None:
    fully(word(assessment, 0, Result.FAIL, "fail"), later(1))
    assert renewed(word(assessment, 0, Result.FAIL, "fail again"), at=later(2)) == {"fail again"}
    assert Gap.objects.get().status == "open"


def test_many_cost_the_same_as_few(
    cast: Cast, assessment: Assessment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    version = assessment.version
    words = [word(assessment, 0, Result.PASS, "mine")]
    for number in range(15):
        twin = service(f"twin-{number}", cast.payments, tech_lead=cast.theo)
        other = actions.start(service=twin, by=cast.theo, now=NOW, version=version)
        fully(word(other, 0, Result.PASS, f"twin {number}"), NOW)
        words.append(word(other, 0, Result.PASS, f"twin {number} again"))
    with django_assert_max_num_queries(11):
        assert len(renewed(*words, at=later(1))) == 16


# Many rows, each in its own way


def test_each_row_gets_its_own_values_where_it_is_as_expected(assessment: Assessment) -> None:
    one, two = assessment.items.order_by("position")
    changes: list[tuple[Values, Values]] = [
        ({"reason": "first", "criteria": [{"a": 1}], "valid_until": NOW}, {"id": one.pk, "version": one.version}),
        ({"reason": "second", "criteria": [], "valid_until": None}, {"id": two.pk, "version": two.version + 1}),
    ]
    assert write_each(Item, changes) == 1
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.reason, one.criteria, one.valid_until) == ("first", [{"a": 1}], NOW)
    assert two.reason != "second"


def test_nothing_to_write_is_nothing(db: None) -> None:
    assert write_each(Item, []) == 0
