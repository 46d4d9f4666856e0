"""What happened, in the few words a page has room for. The history keeps verbs ("gap.closed") and values."""

from collections.abc import Mapping
from typing import Any

from readiness.assessments.rules import ItemStatus
from readiness.history.models import Entry

WORDS: Mapping[str, str] = {
    "service.created": "registered",
    "service.edited": "edited",
    "service.assessed": "measured for the first time",
    "service.launched": "launched",
    "service.linked": "linked to an imported catalog",
    "service.checks_planned": "checks planned",
    "service.checks_requested": "checks asked to run",
    "service.on_call_confirmed": "on-call confirmed",
    "service.metric_owner": "owner of the core metric named",
    "service.launch_plan": "launch plan written",
    "service.upgraded": "moved to a newer checklist",
    "service.decided": "decided",
    "check.run_requested": "asked to run",
    "evidence.attested": "attested",
    "evidence.witnessed": "witnessed",
    "item.excused": "said not to apply",
}


def words_for(entry: Entry) -> str:
    if entry.verb == "item.status":
        return f"{_status(entry.before)} → {_status(entry.after)}"
    if entry.verb == "service.edited":
        return f"edited: {', '.join(name.replace('_', ' ') for name in entry.after)}"
    plain = entry.verb.partition(".")[2].replace("_", " ")
    return WORDS.get(entry.verb, plain)


def _status(values: Mapping[str, Any]) -> str:
    status = values.get("status", "")
    return ItemStatus(status).label.lower() if status in set(ItemStatus) else str(status)
