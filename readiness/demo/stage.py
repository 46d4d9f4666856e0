"""Who and what the steps speak of: from short names to rows, always as they are now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from readiness.accounts.models import Team, User
from readiness.assessments.models import Assessment, Gap, Item, Waiver
from readiness.catalog.models import Service
from readiness.demo.steps import Step
from readiness.demo.story.people import PEOPLE
from readiness.demo.timeline import Timeline
from reviews.models import Review

type Acts = dict[type[Step], Callable[[Scene, Any], object]]
"""The kind of a step → what carries it out, at its own moment."""

ZONES = {person.key: ZoneInfo(person.time_zone) for person in PEOPLE}
MACHINES = ZoneInfo("UTC")


def zone_of(key: str) -> ZoneInfo:
    return ZONES.get(key, MACHINES)


@dataclass(slots=True)
class Stage:
    timeline: Timeline
    people: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)

    def planned_on(self, day: int) -> date:
        return self.timeline.planned_on(day)

    def person(self, key: str) -> User:
        return self.people[key]

    def person_or_nobody(self, key: str) -> User | None:
        return self.people[key] if key else None


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of one story."""

    stage: Stage
    slug: str
    facts: Mapping[str, object]
    now: datetime

    @property
    def service(self) -> Service:
        return Service.objects.with_people().get(slug=self.slug)

    @property
    def assessment(self) -> Assessment:
        rows = Assessment.objects.select_related("service", "version").defer("version__body")
        return rows.get(service__slug=self.slug)

    def item(self, key: str) -> Item:
        return Item.objects.select_related("assessment__service", "assessment__version").get(
            assessment__service__slug=self.slug, key=key
        )

    def gap(self, key: str) -> Gap:
        return Gap.objects.select_related("item", "service", "owner").get(service__slug=self.slug, item__key=key)

    def waiver(self, key: str) -> Waiver:
        return (
            Waiver.objects.select_related("item", "service").filter(service__slug=self.slug, item__key=key).latest("pk")
        )

    @property
    def review(self) -> Review:
        """The last one that was scheduled."""
        rows = Review.objects.select_related(
            "service__team",
            "service__tech_lead",
            "assessment__service",
            "assessment__version",
            "current",
            "facilitator",
        )
        return rows.filter(service__slug=self.slug).latest("pk")
