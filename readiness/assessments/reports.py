"""Which reports a service's items ask for, as far as they can be read here."""

from collections.abc import Sequence
from dataclasses import dataclass

from readiness.assessments.formats import FORMATS
from readiness.assessments.models import Assessment, Item
from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import How


@dataclass(frozen=True, slots=True)
class WantedReport:
    """A kind of report, and the items that ask for one."""

    kind: str
    title: str
    items: Sequence[Item]


def wanted_reports(assessment: Assessment) -> list[WantedReport]:
    """In the order of the formats' table. One query."""
    items = assessment.items.filter(retired_at=None).exclude(status=ItemStatus.NOT_APPLICABLE.value)
    kinds = [(item, kinds_of(assessment, item)) for item in items]
    wanted = [
        WantedReport(kind, one.title, [item for item, asked in kinds if kind in asked]) for kind, one in FORMATS.items()
    ]
    return [one for one in wanted if one.items]


def kinds_of(assessment: Assessment, item: Item) -> frozenset[str]:
    """The kinds of report that the criteria of this item take."""
    service = assessment.service
    criteria = assessment.version.pack.item(item.key).criteria_for(tier=service.tier, traits=service.traits)
    ways = [way for criterion in criteria for way in criterion.ways if way.how is How.ARTIFACT]
    return frozenset(way.kind for way in ways if way.kind in FORMATS)
