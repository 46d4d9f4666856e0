"""A report comes in: read once, and judged by each criterion of the service that takes such a report, each by its own settings.

Age runs from the report's own time, else from when its envelope says it ended (rule *three-dates*). The same file for the same
commit is one piece of evidence for a criterion. A report that can't be read, that is of something else, or that nothing asks for,
is refused and nothing is stored.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments import formats
from readiness.assessments.actions.declared import asked
from readiness.assessments.actions.envelope import SHORTEST_COMMIT, Envelope, observed_at, refuse_what_does_not_fit
from readiness.assessments.actions.evidence import Said, take_in
from readiness.assessments.actions.files import LARGEST, keep_file
from readiness.assessments.actions.holding import WrongFields, evidence_subject, hold, require
from readiness.assessments.formats.contract import UnreadableError
from readiness.assessments.models import Assessment, Evidence, EvidenceFile, Item
from readiness.assessments.outcome import Figure, Outcome, Result, unknown
from readiness.assessments.rules import ItemStatus
from readiness.checklists.pack import PackCriterion, Way
from readiness.checklists.rules import How, Strength
from readiness.history.actions import Actor, record

RULE = "upload"
NOTHING_SAID = Envelope()


class TooLarge(WrongFields):
    """413: more than is read of any report."""


@dataclass(frozen=True, slots=True)
class JudgedCriterion:
    """What the report says of one criterion. `evidence` None: it says nothing about it, and nothing was recorded."""

    item: Item
    criterion: PackCriterion
    outcome: Outcome
    evidence: Evidence | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Uploaded:
    """`changed`: the items whose status is another one now. `is_kept` False: the file holds secrets, only its words were kept."""

    kind: str
    title: str
    tool: str
    observed_at: datetime
    sha256: str
    figures: Mapping[str, Figure]
    judged: Sequence[JudgedCriterion]
    changed: Sequence[Item]
    is_kept: bool = True

    @property
    def recorded(self) -> list[JudgedCriterion]:
        return [one for one in self.judged if one.evidence]


@dataclass(frozen=True, slots=True)
class _Sent:
    """The file as it was read, and what was said about it."""

    report: formats.Read
    file: "UploadedFile[Any]"
    sha256: str
    envelope: Envelope
    commit: str
    observed_at: datetime
    item_key: str
    by: User | Actor
    now: datetime

    @property
    def kind(self) -> str:
        return self.report.format.kind

    def way_of(self, criterion: PackCriterion) -> Way | None:
        """The way by which the criterion takes such a report."""
        return next((way for way in criterion.ways if way.how is How.ARTIFACT and way.kind == self.kind), None)


def upload_artifact(
    *,
    by: User | Actor,
    assessment: Assessment,
    file: "UploadedFile[Any]",
    now: datetime,
    kind: str = "",
    item_key: str = "",
    envelope: Envelope = NOTHING_SAID,
) -> Uploaded:
    """`kind` empty: told by the content. `item_key`: only for this item; then also for criteria that ask nothing particular.

    Raises WrongFields (`file`, `kind`, `item`, and the envelope's fields), TooLarge, and Mismatch for what is of another service,
    host or commit. For a machine, its caller has asked policy.
    """
    require(by, Action.ATTACH_EVIDENCE, assessment.service.target)
    content = _content(file)  # read before anything is locked: it takes a moment
    try:
        report = formats.read(content, kind)
    except UnreadableError as error:
        raise WrongFields(RULE, {"kind" if kind and kind not in formats.FORMATS else "file": str(error)}) from error
    reading = report.reading
    sent = _Sent(
        report=report, file=file, sha256=hashlib.sha256(content).hexdigest(), envelope=envelope,
        commit=refuse_what_does_not_fit(envelope, reading, assessment.service, now),
        observed_at=observed_at(reading.observed_at, envelope, by, now), item_key=item_key, by=by, now=now,
    )  # fmt: skip
    return _record(assessment.pk, sent)


def _content(file: "UploadedFile[Any]") -> bytes:
    size = file.size or 0
    if not size:
        raise WrongFields(RULE, {"file": "The file is empty."})
    if size > LARGEST:
        most = LARGEST // 1024 // 1024
        raise TooLarge(RULE, {"file": f"The file has {size / 1024 / 1024:,.1f} MiB; at most {most} are read."})
    file.seek(0)
    return bytes(file.read())


@transaction.atomic
def _record(assessment_id: int, sent: _Sent) -> Uploaded:
    held = hold(assessment_id)
    items = list(held.items.filter(retired_at=None))
    judged = [
        JudgedCriterion(item, criterion, _judge(held, sent, way)) for item, criterion, way in _takers(held, items, sent)
    ]
    if not judged:
        raise WrongFields(RULE, _nothing_asks(items, sent))
    is_kept = not sent.report.reading.holds_secrets
    speaks = [_speaks(one, sent) for one in judged]
    kept = keep_file(sent.file, sent.now) if is_kept and any(speaks) else None
    before = {item.pk: item.status for item in items}
    results = [_take(held, one, sent, kept) if is_said else one for one, is_said in zip(judged, speaks, strict=True)]
    _tell(held, results, sent)
    changed = [item for item in held.items.filter(pk__in=before) if item.status != before[item.pk]]
    return Uploaded(
        kind=sent.kind, title=sent.report.format.title, tool=sent.report.reading.tool, observed_at=sent.observed_at,
        sha256=sent.sha256, figures=sent.report.reading.figures, judged=results, changed=changed, is_kept=is_kept,
    )  # fmt: skip


def _takers(held: Assessment, items: Sequence[Item], sent: _Sent) -> Iterator[tuple[Item, PackCriterion, Way]]:
    """Every criterion that counts here and takes such a report."""
    service = held.service
    for item in items:
        if item.status == ItemStatus.NOT_APPLICABLE or (sent.item_key and item.key != sent.item_key):
            continue
        for criterion in held.version.pack.item(item.key).criteria_for(tier=service.tier, traits=service.traits):
            if way := sent.way_of(criterion):
                yield item, criterion, way


def _nothing_asks(items: Sequence[Item], sent: _Sent) -> dict[str, str]:
    title = sent.report.format.title
    item = next((item for item in items if item.key == sent.item_key), None)
    if item:
        return {"item": f"“{item.title}” takes no {sent.report.format.name}."}
    if sent.item_key:
        return {"item": f"There is no item “{sent.item_key}” here."}
    return {"file": f"This is a report of the kind “{title}”, and no item of this service asks for one."}


def _judge(held: Assessment, sent: _Sent, way: Way) -> Outcome:
    params = asked(held, way)
    figures = sent.report.reading.figures
    if sent.report.format.is_general and not params and not sent.item_key:
        return unknown(
            "Such a report may be about anything. If it is about this, upload it for this item alone.", figures
        )
    outcome, lacking = sent.report.judged(params), sent.report.lacks(params)
    return unknown(lacking, figures) if lacking and outcome.result is Result.PASS else outcome


def _speaks(one: JudgedCriterion, sent: _Sent) -> bool:
    """A general report that can't tell says nothing about a criterion that nobody sent it for."""
    return bool(sent.item_key) or not sent.report.format.is_general or one.outcome.result is not Result.UNKNOWN


def _take(held: Assessment, one: JudgedCriterion, sent: _Sent, kept: EvidenceFile | None) -> JudgedCriterion:
    said = Said(
        item_key=one.item.key, criterion_key=one.criterion.key, how=How.ARTIFACT, kind=sent.kind,
        outcome=replace(one.outcome, observed_at=sent.observed_at), strength=Strength.UPLOADED,
        source=f"upload: {sent.report.reading.tool}{f' @ {sent.commit[:12]}' if sent.commit else ''}",
        idempotency_key=_key(held, one, sent), by=sent.by, file=kept,
        envelope=sent.envelope.as_mapping(sent.commit), token=sent.envelope.token,
    )  # fmt: skip
    recorded = take_in(held, said, now=sent.now)
    return replace(one, evidence=recorded.evidence, is_new=recorded.is_new)


def _key(held: Assessment, one: JudgedCriterion, sent: _Sent) -> str:
    """What is asked belongs to it: the same file is judged anew when the service declares more, or the checklist asks more.
    A commit is the same one however many of its digits were sent.
    """
    way = sent.way_of(one.criterion)
    wanted = json.dumps(asked(held, way) if way else {}, sort_keys=True, default=str)
    parts = (
        str(held.pk),
        one.item.key,
        one.criterion.key,
        sent.kind,
        sent.sha256,
        sent.commit[:SHORTEST_COMMIT],
        wanted,
    )
    return f"upload:{hashlib.sha256('\n'.join(parts).encode()).hexdigest()}"


def _tell(held: Assessment, results: Sequence[JudgedCriterion], sent: _Sent) -> None:
    """One entry for each item that got new proof."""
    fresh: dict[str, list[tuple[JudgedCriterion, Evidence]]] = {}
    for one in results:
        if one.evidence and one.is_new:
            fresh.setdefault(one.item.key, []).append((one, one.evidence))
    for ones in fresh.values():
        first, evidence = ones[0]
        after = {
            "file": (sent.file.name or "")[:200], "kind": sent.kind, "sha256": sent.sha256, "commit": sent.commit,
            "environment": sent.envelope.environment, "target": sent.envelope.target_url,
            "observed_at": sent.observed_at, "criteria": {one.criterion.key: one.outcome.result.value for one, _ in ones},
        }  # fmt: skip
        record(
            "evidence.uploaded",
            evidence_subject(evidence, first.item, held.service),
            by=sent.by,
            at=sent.now,
            after=after,
        )
