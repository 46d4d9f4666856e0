"""What the rules ask of the database: the facts of an assessment, and the verdict that follows from them."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from readiness.assessments import rules
from readiness.assessments.models import Assessment, Gap, Item
from readiness.assessments.rules import GapFacts, ItemFacts, ItemStatus, Verdict
from readiness.checklists.rules import Gate


def house_day(now: datetime) -> date:
    """The calendar day of the installation (setting TIME_ZONE). Waivers end and grace runs out on the same day for everybody."""
    return now.astimezone(timezone.get_default_timezone()).date()


def gap_of(item: Item) -> Gap | None:
    """The item's gap if it ever had one. No query when it was fetched with the item."""
    return getattr(item, "gap", None)


def blocks(today: date, item: str = "") -> Q:
    """Hard, still asked for, neither met nor waived, and no newcomer of an upgrade: the items that `Verdict.blockers` calls bare,
    and that `Assessment.hard_open` counts. `item`: the way to it, such as "assessment__items__".
    """
    is_open = ~Q(**{f"{item}status__in": [ItemStatus.MET, ItemStatus.NOT_APPLICABLE]})
    is_bare = Q(**{f"{item}waived_until": None}) | Q(**{f"{item}waived_until__lte": today})
    is_old = Q(**{f"{item}new_until": None}) | Q(**{f"{item}new_until__lte": today})
    return Q(**{f"{item}gate": Gate.HARD, f"{item}retired_at": None}) & is_open & is_bare & is_old


def facts(assessment: Assessment, today: date) -> list[ItemFacts]:  # noqa: ARG001 - the day belongs to every question about standing
    """One query. Retired items are left out."""
    items = assessment.items.filter(retired_at=None).select_related("gap")
    return [fact_of(item) for item in items]


def verdict(assessment: Assessment, today: date) -> Verdict:
    return rules.decide(facts(assessment, today), today=today)


def facts_of(items: Iterable[Item]) -> list[ItemFacts]:
    return [fact_of(item) for item in items if not item.is_retired]


def fact_of(item: Item) -> ItemFacts:
    return ItemFacts(
        key=item.key,
        title=item.title,
        gate=Gate(item.gate),
        status=ItemStatus(item.status),
        reason=item.reason,
        waived_until=item.waived_until,
        gap=_gap_facts(gap_of(item)),
        new_until=item.new_until,
    )


def _gap_facts(gap: Gap | None) -> GapFacts | None:
    if gap is None:
        return None
    return GapFacts(
        has_owner=gap.owner_id is not None, due_on=gap.due_on, has_plan=bool(gap.plan.strip()), is_closed=gap.is_closed
    )
