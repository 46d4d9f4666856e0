"""Proof comes in: one way for machines, one for people. The item it speaks of is judged anew in the same transaction."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import Token, User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments import rules
from readiness.assessments.actions.files import keep_file
from readiness.assessments.actions.holding import WrongFields, evidence_subject, hold, require
from readiness.assessments.actions.judging import NOT_READ
from readiness.assessments.actions.standing import settle
from readiness.assessments.models import Assessment, Evidence, EvidenceFile, Item
from readiness.assessments.outcome import Outcome, Result
from readiness.checklists.pack import PackCriterion, PackItem
from readiness.checklists.rules import How, Strength
from readiness.history.actions import TIME, Actor, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a machine or a structured record says of one criterion; the fields as `record_evidence` has them."""

    item_key: str
    criterion_key: str
    how: How
    kind: str
    outcome: Outcome
    strength: Strength
    source: str
    idempotency_key: str
    by: User | Actor
    valid_days: int | None = None
    check_id: int | None = None
    file: EvidenceFile | None = None
    is_active: bool = True
    envelope: Mapping[str, str] = field(default_factory=dict)
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """`is_new` False: this very fact was recorded before, and nothing changed."""

    evidence: Evidence
    is_new: bool


@transaction.atomic
def record_evidence(
    *,
    assessment: Assessment,
    item_key: str,
    criterion_key: str,
    how: How,
    kind: str,
    outcome: Outcome,
    strength: Strength,
    source: str,
    idempotency_key: str,
    by: User | Actor,
    now: datetime,
    valid_days: int | None = None,
    check_id: int | None = None,
    file: EvidenceFile | None = None,
    is_active: bool = True,
) -> Recorded:
    """What a machine or a structured record says of one criterion. Idempotent by `idempotency_key`; ten statements at most.

    Age runs from `outcome.observed_at` (rule *three-dates*); the time of arrival is kept beside it. `is_active` False: the check
    that ran was switched off meanwhile. A person needs the right to attach evidence, a machine has asked before.
    Raises Refused: proof from the future, an item or criterion that the pinned checklist does not know.
    """
    held = hold(assessment.pk)
    require(by, Action.ATTACH_EVIDENCE, held.service.target)
    said = Said(
        item_key=item_key, criterion_key=criterion_key, how=how, kind=kind, outcome=outcome, strength=strength, source=source,
        idempotency_key=idempotency_key, by=by, valid_days=valid_days, check_id=check_id, file=file, is_active=is_active,
    )  # fmt: skip
    return take_in(held, said, now=now)


def take_in(held: Assessment, said: Said, *, now: datetime) -> Recorded:
    """`record_evidence` for an action that holds the assessment and has asked policy."""
    existing = Evidence.objects.filter(idempotency_key=said.idempotency_key).first()
    if existing:
        return Recorded(existing, is_new=False)
    evidence = make_evidence(held, said, now=now)
    _add(held, evidence, now, said.by)
    return Recorded(evidence, is_new=True)


def make_evidence(held: Assessment, said: Said, *, now: datetime) -> Evidence:
    """The row, its dates judged, not yet in the database. Raises Refused."""
    pack_item, criterion = _asked_for(held, said.item_key, said.criterion_key)
    outcome, by = said.outcome, said.by
    observed_at = outcome.observed_at or now
    if problem := rules.date_problem(observed_at, now):
        raise Refused("three-dates", problem)
    validity = timedelta(days=said.valid_days or pack_item.valid_days_for(criterion))
    return Evidence(
        assessment=held, item_key=said.item_key, criterion_key=said.criterion_key, how=said.how.value, kind=said.kind,
        result=outcome.result.value, strength=said.strength.value, reason=outcome.reason, figures=dict(outcome.figures),
        findings=_findings(outcome), source=said.source[:120], check_id=said.check_id, is_active=said.is_active,
        idempotency_key=said.idempotency_key, observed_at=observed_at, received_at=now, valid_until=observed_at + validity,
        is_backdated=rules.is_backdated(observed_at, now), file=said.file, added_by=by if isinstance(by, User) else None,
        envelope=dict(said.envelope), token=said.token,
    )  # fmt: skip


def _add(held: Assessment, evidence: Evidence, now: datetime, by: User | Actor) -> None:
    """Writes the row, marks what it supersedes, judges the item."""
    counting = list(Evidence.objects.of_item(held.pk, evidence.item_key).that_counts().defer(*NOT_READ))
    evidence.save(force_insert=True)
    proof = evidence.as_proof()
    same = [row for row in counting if row.criterion_key == evidence.criterion_key]
    outdone = {row.pk for row in same if rules.supersedes(proof, row.as_proof())}
    if _came_late(evidence, same):
        outdone.add(evidence.pk)
    if outdone:
        Evidence.objects.filter(pk__in=outdone).update(is_superseded=True)
        evidence.is_superseded = evidence.pk in outdone
    left = [row for row in (*counting, evidence) if row.pk not in outdone]
    settle(held, now=now, by=by, keys=[evidence.item_key], evidence=left)


def _came_late(evidence: Evidence, same: Sequence[Evidence]) -> bool:
    """Whether a later observation of its origin arrived before it. A failure that was replaced since still ends what it ended."""
    proof = evidence.as_proof()
    later = [row for row in same if row.as_proof().origin == proof.origin and row.observed_at > evidence.observed_at]
    if any(rules.supersedes(row.as_proof(), proof) for row in later):
        return True
    failures = Evidence.objects.of_origin(evidence).filter(result=Result.FAIL, observed_at__gt=evidence.observed_at)
    return bool(later) and failures.exists()


def _asked_for(held: Assessment, item_key: str, criterion_key: str) -> tuple[PackItem, PackCriterion]:
    """Raises Refused (rule *pinned*) when the pinned version knows no such item or criterion."""
    try:
        pack_item = held.version.pack.item(item_key)
    except KeyError:
        raise Refused("pinned", f"The checklist this service is measured against has no item “{item_key}”.") from None
    criterion = next((criterion for criterion in pack_item.criteria if criterion.key == criterion_key), None)
    if criterion is None:
        raise Refused("pinned", f"The item “{pack_item.title}” has no criterion “{criterion_key}”.")
    return pack_item, criterion


def _findings(outcome: Outcome) -> list[dict[str, str]]:
    return [
        {"rule": finding.rule, "level": finding.level.value, "message": finding.message, "where": finding.where}
        for finding in outcome.findings
    ]


@transaction.atomic
def attest(
    *,
    by: User,
    item: Item,
    criterion_key: str,
    link: str,
    performed_on: date,
    performed_by: User,
    witness: User,
    note: str,
    now: datetime,
    strength: Strength | None = None,
    file: "UploadedFile[Any] | None" = None,
    kind: str = "",
) -> Evidence:
    """People's proof (rule *attestation*). It counts once the witness has confirmed it. The same words twice are one row.

    `kind`: document, drill or plan; by default the first one that the criterion asks for. `strength` is what is claimed; it is
    never worth more than its kind (a drill was exercised, a file uploaded, a link linked).
    Raises WrongFields with the sentence for each field.
    """
    held = hold(item.assessment_id)
    require(by, Action.ATTEST, held.service.target)
    pack_item, criterion = _asked_for(held, item.key, criterion_key)
    kind = kind or next((way.kind for way in criterion.ways if way.how is How.ATTESTATION), "document")
    valid_days = pack_item.valid_days_for(criterion)
    problems = rules.attestation_problems(
        link=link, performed_on=performed_on, performed_by=performed_by.pk, witness=witness.pk, note=note,
        today=now.astimezone(by.zone).date(), recorded_by=by.pk, valid_days=valid_days,
    )  # fmt: skip
    if "witness" not in problems and not policy.may(witness, Action.WITNESS, held.service.target):
        problems["witness"] = f"{witness} has no role here that may witness; choose somebody of the team or on call."
    if problems:
        raise WrongFields("attestation", problems)
    key = _same_words(item.pk, criterion_key, by.pk, performed_on, link, note.strip())
    existing = Evidence.objects.filter(idempotency_key=key).first()
    if existing:
        return existing
    observed_at = datetime.combine(performed_on, time(), by.zone)
    worth = _worth(kind, has_file=file is not None)
    evidence = Evidence(
        assessment=held, item_key=item.key, criterion_key=criterion_key, how=How.ATTESTATION.value, kind=kind,
        result=Result.PASS.value, strength=min(strength or worth, worth, key=lambda s: s.rank).value,
        reason=f"{performed_by} did it on {performed_on:%d %B %Y}; {witness} is the witness.", source="attestation",
        idempotency_key=key, observed_at=observed_at, received_at=now, valid_until=observed_at + timedelta(days=valid_days),
        is_backdated=rules.is_backdated(observed_at, now), file=keep_file(file, now) if file else None, link=link,
        note=note.strip(), added_by=by, performed_on=performed_on, performed_by=performed_by, witness=witness,
    )  # fmt: skip
    _add(held, evidence, now, by)
    after = {"criterion": criterion_key, "kind": kind, "strength": evidence.strength, "performed_on": performed_on,
             "performed_by": str(performed_by), "witness": str(witness), "link": link}  # fmt: skip
    record(
        "evidence.attested",
        evidence_subject(evidence, item, held.service),
        by=by,
        at=now,
        after=after,
        reason=evidence.note,
    )
    return evidence


def _worth(kind: str, *, has_file: bool) -> Strength:
    if kind == "drill":
        return Strength.EXERCISED
    return Strength.UPLOADED if has_file else Strength.LINKED


def _same_words(*words: object) -> str:
    return f"attestation:{hashlib.sha256('\n'.join(map(str, words)).encode()).hexdigest()}"


@transaction.atomic
def confirm_witness(*, by: User, evidence: Evidence, now: datetime) -> Evidence:
    """The witness says: yes, I was there. Only the person who was named can."""
    held = hold(evidence.assessment_id)
    require(by, Action.WITNESS, held.service.target)
    if evidence.witness_id != by.pk:
        name = evidence.witness or "The witness"
        raise Refused("attestation", f"{name} was named as the witness; nobody else can confirm it.")
    if not Evidence.objects.filter(pk=evidence.pk, witnessed_at=None).update(witnessed_at=now):
        raise Conflict("You have confirmed this already.", Evidence.objects.get(pk=evidence.pk))
    evidence.witnessed_at = now
    item = held.items.get(key=evidence.item_key)
    after = {"witnessed_at": now, "criterion": evidence.criterion_key}
    record("evidence.witnessed", evidence_subject(evidence, item, held.service), by=by, at=now, after=after)
    settle(held, now=now, by=by, keys=[evidence.item_key])
    return evidence


@transaction.atomic
def switch_evidence(*, check_id: int, is_active: bool, now: datetime, by: User | Actor = TIME) -> None:
    """What a check said stops blocking when the check is switched off, and counts again when it is back on (*machine-first*)."""
    rows = Evidence.objects.that_counts().filter(check_id=check_id)
    found = rows.order_by("-id").values_list("assessment_id", "item_key").first()
    if found is None:
        return
    held = hold(found[0])
    if rows.exclude(is_active=is_active).update(is_active=is_active):
        settle(held, now=now, by=by, keys=[found[1]])
