"""What is different between two wordings of a launch plan, in sentences. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PARTS = {"audiences": "Who is told", "ramp": "Traffic", "thresholds": "Thresholds"}


@dataclass(frozen=True, slots=True)
class PlanChange:
    """`was` or `now` is empty for what is new or gone."""

    part: str
    was: str
    now: str


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[PlanChange]:
    """Nothing before means that nobody reviewed a plan: all of it is new, which is one change."""
    if not before:
        return [PlanChange("Plan", "", "written after the decision; the review saw none")]
    return list(_changes(before, after))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[PlanChange]:
    for name, part in PARTS.items():
        yield from _lines(
            part, [_said(name, line) for line in before[name]], [_said(name, line) for line in after[name]]
        )
    if before.get("decider", "") != after["decider"]:
        yield PlanChange("Who decides", before.get("decider", ""), after["decider"])
    if before.get("note", "") != after["note"]:
        yield PlanChange("Note", "", "changed")


def _lines(part: str, before: Sequence[str], after: Sequence[str]) -> Iterator[PlanChange]:
    """A line that stands in its place with other words is one change, not two."""
    gone = [line for line in before if line not in after]
    new = [line for line in after if line not in before]
    for was, now in zip(gone, new, strict=False):
        yield PlanChange(part, was, now)
    shared = min(len(gone), len(new))
    yield from (PlanChange(part, line, "") for line in gone[shared:])
    yield from (PlanChange(part, "", line) for line in new[shared:])
    if not gone and not new and list(before) != list(after):
        yield PlanChange(part, "", "in another order")


def _said(name: str, line: Mapping[str, Any]) -> str:
    if name == "audiences":
        return ", ".join(filter(None, (line["who"], line["when"], line["channel"])))
    if name == "ramp":
        return f"{line['percent']} % for {line['hold_minutes']} min, watching {line['metric'] or 'nothing'}"
    return f"{line['metric']} {line['limit']}: {line['action']}"
