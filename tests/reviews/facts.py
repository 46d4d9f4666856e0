"""Short ways to write down the facts that the rules of the meeting judge."""

from datetime import date, timedelta
from typing import Any

from readiness.assessments.rules import GapFacts, ItemFacts, ItemStatus
from readiness.checklists.rules import Gate
from reviews.rules import ParticipantRole, PointFacts, ReviewFacts, ReviewStatus, Word

TODAY = date(2026, 3, 2)
GO_LIVE = TODAY + timedelta(days=17)
ALL_ROLES = frozenset({ParticipantRole.LEAD, ParticipantRole.ON_CALL, ParticipantRole.PLATFORM})


def planned(due_on: date | None = TODAY + timedelta(days=5), *, owner: bool = True, plan: bool = True) -> GapFacts:
    return GapFacts(has_owner=owner, due_on=due_on, has_plan=plan)


def item(status: str = "not_met", gate: str = "hard", **fields: Any) -> ItemFacts:
    values: dict[str, Any] = {"key": "obs-alerting", "title": "Alerting", "reason": "No rule pages."} | fields
    return ItemFacts(gate=Gate(gate), status=ItemStatus(status), **values)


def point(
    facts: ItemFacts | None = None, word: str = Word.GAP, agenda_id: int | None = 1, excused_by: str = ""
) -> PointFacts:
    return PointFacts(facts or item(gap=planned()), agenda_id, word, excused_by)


def review(*points: PointFacts, **fields: Any) -> ReviewFacts:
    values: dict[str, Any] = {
        "status": ReviewStatus.IN_PROGRESS,
        "today": TODAY,
        "go_live_on": GO_LIVE,
        "lead": "Theo",
        "roles_present": ALL_ROLES,
        "unacknowledged": 0,
    } | fields
    return ReviewFacts(points=points, **values)
