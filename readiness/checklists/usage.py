"""Which services are measured against which version: as many as this person may see.

Assessments live in a room above this one; from here they are only the relation that the service has to its version.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count

from readiness.accounts.models import User
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.checklists.models import Checklist, Version


class Usage(NamedTuple):
    """How many services stand on this version, and on older ones of the same checklist."""

    here: int
    older: int


def services_of(person: User | AnonymousUser, checklist: Checklist) -> ServiceQuerySet:
    return Service.objects.visible_to(person).in_force().filter(assessment__version__checklist=checklist)


def counts_by_version(person: User | AnonymousUser) -> Mapping[int, int]:
    """Version's id → services; one query, whatever there is."""
    services = Service.objects.visible_to(person).in_force().filter(assessment__isnull=False)
    rows = services.order_by().values_list("assessment__version").annotate(Count("pk"))
    return dict(rows)


def usage_of(person: User | AnonymousUser, version: Version) -> Usage:
    numbers = services_of(person, version.checklist).order_by().values_list("assessment__version__number")
    counts = dict(numbers.annotate(Count("pk")))
    return Usage(
        here=counts.get(version.number, 0),
        older=sum(count for number, count in counts.items() if number < version.number),
    )
