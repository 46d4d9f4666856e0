"""The quick way for what machines say again leaves the same standing as the way that does everything."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from readiness.assessments import actions
from readiness.assessments.actions import Word
from readiness.assessments.models import Assessment, Evidence, Gap, Item
from readiness.assessments.outcome import Outcome, Result
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
        assessment.pk, item_key, criterion, how, kind, outcome, Strength.OBSERVED, f"check #{check_id}", key, BOT, check_id
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
        "gaps": list(Gap.objects.filter(service=assessment.service).values_list("status", "reopened", "closed_how", "gate")),
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
    max_size=14,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
                try:
                    record(word(assessment, place, result, f"{key} {assessment.pk}", observed_at=at, said=said), now)
                except actions_refused() as refusal:
                    assert "future" in str(refusal)
                _also(also, assessment, cast, PLACES[place][4], now)
            assert standing(left) == standing(right)
        transaction.set_rollback(True)


def actions_refused() -> type[Exception]:
    from readiness.accounts.policy import Refused

    return Refused


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
