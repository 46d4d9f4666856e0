"""What the answer to an upload shows: the outcome for each criterion by item, the figures once, and what else was seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from readiness.assessments.actions.uploads import JudgedCriterion, Uploaded
from readiness.assessments.figures import Figure, figures_in_words
from readiness.assessments.models import Item
from readiness.assessments.outcome import Finding, Result
from readiness.assessments.rules import ItemStatus

FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class CriterionAnswer:
    judged: JudgedCriterion
    findings: Sequence[Finding]
    findings_more: int

    @property
    def is_recorded(self) -> bool:
        return self.judged.evidence is not None


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """`item` as it stands now."""

    item: Item
    criteria: Sequence[CriterionAnswer]
    has_changed: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """`silent`: criteria about which a report of this kind says nothing unless it is sent for their item."""

    uploaded: Uploaded
    sentence: str
    figures: Sequence[Figure]
    items: Sequence[ItemAnswer]
    silent: Sequence[JudgedCriterion]
    item_key: str

    @property
    def was_known(self) -> bool:
        return bool(self.items) and not any(one.is_new for one in self.uploaded.judged)


def answer_of(uploaded: Uploaded, *, item_key: str = "") -> Answer:
    recorded = uploaded.recorded
    changed = {item.pk: item for item in uploaded.changed}
    items = {one.item.pk: changed.get(one.item.pk, one.item) for one in recorded}
    return Answer(
        uploaded=uploaded,
        sentence=_sentence(uploaded),
        figures=figures_in_words(uploaded.figures),
        items=[
            ItemAnswer(item, [_criterion(one) for one in recorded if one.item.pk == pk], pk in changed)
            for pk, item in items.items()
        ],
        silent=[one for one in uploaded.judged if one.evidence is None],
        item_key=item_key,
    )


def _criterion(one: JudgedCriterion) -> CriterionAnswer:
    findings = one.outcome.findings
    return CriterionAnswer(one, findings[:FINDINGS_SHOWN], max(0, len(findings) - FINDINGS_SHOWN))


def _sentence(uploaded: Uploaded) -> str:
    """`2 criteria are met by it, 1 is not. 1 item is met now.`"""
    results = [one.outcome.result for one in uploaded.recorded]
    if not results:
        return "It was read, and speaks of nothing that this service has to show. Nothing was recorded."
    words = {Result.PASS: "met by it", Result.FAIL: "not met", Result.UNKNOWN: "not settled by it"}
    parts = [f"{results.count(result)} {word}" for result, word in words.items() if result in results]
    noun = "criterion" if len(results) == 1 else "criteria"
    met = [item.title for item in uploaded.changed if item.status == ItemStatus.MET]
    now_met = f" Met now: {', '.join(met)}." if met else ""
    return f"Of {len(results)} {noun}: {', '.join(parts)}.{now_met}"
