"""Services whose next review is due: within thirty days, or overdue; those that have one planned are left out."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from readiness.assessments.models import Assessment
from readiness.assessments.rules import REVIEW_SOON
from readiness.catalog.models import Service, ServiceQuerySet
from reviews import rules
from reviews.models import Review, go_live_of
from reviews.rules import ParticipantRole


def due_again(services: ServiceQuerySet, today: date) -> QuerySet[Assessment]:
    """Their assessments with service and people, the most overdue first."""
    planned = Review.objects.live().filter(service=OuterRef("service"))
    due = Assessment.objects.filter(service__in=services.in_force(), next_review_due_on__lte=today + REVIEW_SOON)
    people = ("service__team", "service__tech_lead")
    return due.exclude(Exists(planned)).select_related(*people).order_by("next_review_due_on", "service__name", "pk")


def like_the_last(service: Service, today: date) -> dict[str, Any]:
    """What the form for the next review begins with: place, length and guests of the last decided one, and a day in time for
    when it is due. Empty before the first decision. Two queries.
    """
    decided = Review.objects.decided().filter(service=service).order_by("-decided_at")
    last = decided.select_related("assessment").defer("notes").first()
    if last is None:
        return {}
    initial: dict[str, Any] = {"minutes": last.minutes, "place": last.place}
    guests = {row.role: row.person_id for row in last.participants.filter(person__is_active=True)}
    initial |= {
        name: guests[role]
        for name, role in (("outside", ParticipantRole.OUTSIDE), ("also", ParticipantRole.MEMBER))
        if role in guests
    }
    due_on = last.assessment.next_review_due_on
    if due_on and go_live_of(service) is None:
        initial["day"] = rules.day_to_meet_again(due_on, today)
    return initial
