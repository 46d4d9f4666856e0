"""How often each item of a checklist caught something before launch, and how often it let something through: counted here, kept
where the checklists show it.

Caught: its gap was opened before the service went live, by a check or in a review, and was closed afterwards. Let through: an
incident that nobody withdrew names it as passed or as waived at the last decision before.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, F, Q

from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.models.gap import ClosedHow
from readiness.catalog.models import Service
from readiness.checklists import actions as checklists
from readiness.checklists.models import Checklist
from reviews.models import Incident, IncidentItem
from reviews.rules.incidents import Standing

LET_THROUGH = (Standing.PASSED, Standing.WAIVED)


def count_all(now: datetime) -> int:
    """Of every checklist that is in use; answers how many counts were written anew. Four statements and what changed."""
    used = Checklist.objects.filter(versions__assessments__isnull=False).distinct()
    return sum(_count(checklist, now) for checklist in used)


def count_for(service: Service, now: datetime) -> None:
    """Of the checklist that this service is measured against: an incident is seen there at once."""
    checklist = Checklist.objects.filter(versions__assessments__service=service).first()
    if checklist:
        _count(checklist, now)


def _count(checklist: Checklist, now: datetime) -> int:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for key, number in _caught(checklist):
        counts[key][0] = number
    for key, number in _let_through(checklist):
        counts[key][1] = number
    tallies = {key: (caught, through) for key, (caught, through) in counts.items()}
    return checklists.keep_tallies(checklist=checklist, tallies=tallies, now=now)


def _caught(checklist: Checklist) -> Iterable[tuple[str, int]]:
    before_launch = Q(service__launched_on=None) | Q(opened_at__date__lt=F("service__launched_on"))
    gaps = Gap.objects.filter(before_launch, status=GapStatus.CLOSED, item__assessment__version__checklist=checklist)
    return gaps.exclude(closed_how=ClosedHow.EXCUSED).values_list("item__key").annotate(Count("pk")).order_by()


def _let_through(checklist: Checklist) -> Iterable[tuple[str, int]]:
    """Each incident once, however many of its items it names."""
    named = IncidentItem.objects.filter(
        standing__in=LET_THROUGH, incident__in=Incident.objects.standing().filter(_measured_by(checklist))
    )
    return named.values_list("key").annotate(Count("pk")).order_by()


def _measured_by(checklist: Checklist) -> Q:
    return Q(service__assessment__version__checklist=checklist)
