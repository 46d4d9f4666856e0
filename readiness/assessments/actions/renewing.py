"""What machines say again. Most runs of most checks change nothing but how long their proof is valid, and there are
thousands of them: those are recorded together, in a constant number of statements.

What changes a standing, moves a gap or is odd in any way is left to `record_evidence`, which does everything.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from readiness.accounts.policy import Refused
from readiness.assessments import rules
from readiness.assessments.actions import gap_keeping
from readiness.assessments.actions.evidence import Said, make_evidence
from readiness.assessments.actions.judging import COMPUTED, NOT_READ, judge_all
from readiness.assessments.models import Assessment, Evidence, Item
from readiness.assessments.queries import house_day
from readiness.assessments.writing import write_each
from readiness.checklists.models import Version

WRITTEN = tuple(
    name for name in COMPUTED if name not in {"status", "status_since", "gate", "waived_until", "new_until"}
)
JUDGED_BY = ("service__tier", "service__traits", "service__on_call_id")
NEVER_READ = (*WRITTEN, "title", "gap__plan", "gap__opened_because", "gap__proposal_note", "gap__sent_back_note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Said):
    """What one run of an active check says of one criterion."""

    assessment_id: int


type Place = tuple[int, str]
"""An item, by its assessment and key."""


@dataclass(slots=True)
class _Renewal:
    evidence: Evidence
    outdone: list[int]
    item: Item


def renew(words: Sequence[Word], *, now: datetime) -> dict[str, Evidence]:
    """Records those of `words` that change no standing: idempotency key → evidence. The caller is in a transaction, and
    records the others by `record_evidence`.

    Assessments are held in the order of their ids, so that two of these never wait for each other for ever.
    """
    held = _hold_all({word.assessment_id for word in words})
    items = _items(words)
    counting = _counting(words)
    known = set(_known(words))
    renewals: dict[Place, _Renewal] = {}
    for word in words:
        place = word.assessment_id, word.item_key
        # A second word about the same item would have to be judged after the first.
        if word.idempotency_key in known or place in renewals or place not in items or word.assessment_id not in held:
            continue
        if renewal := _renewal(held[word.assessment_id], items[place], counting[place], word, now):
            renewals[place] = renewal
    _write(list(renewals.values()), now)
    return {renewal.evidence.idempotency_key: renewal.evidence for renewal in renewals.values()}


def _hold_all(ids: Iterable[int]) -> dict[int, Assessment]:
    """With what judging reads of the service, and the versions: a few that all of them share."""
    rows = Assessment.objects.select_for_update(of=("self",)).select_related("service").filter(pk__in=ids)
    held = {row.pk: row for row in rows.only("version_id", *JUDGED_BY).order_by("pk")}
    versions = Version.objects.defer("body").in_bulk({row.version_id for row in held.values()})
    for row in held.values():
        row.version = versions[row.version_id]
    return held


def _items(words: Sequence[Word]) -> dict[Place, Item]:
    rows = Item.objects.filter(
        assessment__in={word.assessment_id for word in words},
        key__in={word.item_key for word in words},
        retired_at=None,
    )
    return {(row.assessment_id, row.key): row for row in rows.select_related("gap").defer(*NEVER_READ)}


def _counting(words: Sequence[Word]) -> Mapping[Place, list[Evidence]]:
    rows = Evidence.objects.that_counts().filter(
        assessment__in={word.assessment_id for word in words}, item_key__in={word.item_key for word in words}
    )
    found: dict[Place, list[Evidence]] = defaultdict(list)
    for row in rows.defer(*NOT_READ):
        found[row.assessment_id, row.item_key].append(row)
    return found


def _known(words: Sequence[Word]) -> Iterable[str]:
    rows = Evidence.objects.filter(idempotency_key__in=[word.idempotency_key for word in words])
    return rows.values_list("idempotency_key", flat=True)


def _renewal(held: Assessment, item: Item, counting: list[Evidence], word: Word, now: datetime) -> _Renewal | None:
    """None when it is not merely a renewal. The item, on which its new standing is written, is then not to be used."""
    try:
        evidence = make_evidence(held, word, now=now)
    except Refused:
        return None
    evidence.pk = 0  # until the database gives it one: the rules name proof by its id
    proof = evidence.as_proof()
    own = [row for row in counting if row.criterion_key == word.criterion_key and row.as_proof().origin == proof.origin]
    if any(row.observed_at >= evidence.observed_at or not row.is_active for row in own) or _has_run_out(item, now):
        return None
    outdone = [row.pk for row in own if rules.supersedes(proof, row.as_proof())]
    gate = item.gate
    [judged] = judge_all(held, [item], [row for row in (*counting, evidence) if row.pk not in outdone], now)
    if judged.status is not judged.was or item.gate != gate or not gap_keeping.stays(judged):
        return None
    return _Renewal(evidence, outdone, item)


def _has_run_out(item: Item, now: datetime) -> bool:
    today = house_day(now)
    return any(day is not None and day <= today for day in (item.waived_until, item.new_until))


def _write(renewals: Sequence[_Renewal], now: datetime) -> None:
    if not renewals:
        return
    for renewal in renewals:
        renewal.evidence.pk = None
    Evidence.objects.bulk_create([renewal.evidence for renewal in renewals])
    Evidence.objects.filter(pk__in=[pk for renewal in renewals for pk in renewal.outdone]).update(is_superseded=True)
    for renewal in renewals:
        for criterion in renewal.item.criteria:
            criterion["evidence"] = renewal.evidence.pk if criterion["evidence"] == 0 else criterion["evidence"]
    write_each(Item, [({name: getattr(one.item, name) for name in WRITTEN}, {"id": one.item.pk}) for one in renewals])
    touched = {renewal.item.assessment_id for renewal in renewals}
    Assessment.objects.filter(pk__in=touched).update(refreshed_at=now)
