"""May this service go live? What a pipeline asks, so nothing may be out of date when it is answered.

Lists show what is stored; the sweep brings that up to date each minute. Here a sweep that stands still must not let expired
proof pass: what has run out is judged again before answering.
"""

from datetime import datetime

from readiness.assessments.actions import refresh
from readiness.assessments.actions.sweep import ran_out
from readiness.assessments.models import Assessment
from readiness.assessments.queries import house_day, verdict
from readiness.assessments.rules import Blocker, Decision, Verdict
from readiness.catalog.models import Service

UNMEASURED = Verdict(
    Decision.NO_GO,
    (
        Blocker(
            "",
            "unknown-blocks",
            "The service is not measured yet. Once a checklist is published, “Measure it now” stands on its page.",
        ),
    ),
)
"""`item_key` is empty: it is about no item."""


def answer(service: Service, now: datetime) -> Verdict:
    assessment = Assessment.objects.filter(service=service).first()
    if assessment is None:
        return UNMEASURED
    if assessment.items.filter(ran_out(now), retired_at=None).exists():
        refresh(assessment=assessment, now=now)
    return verdict(assessment, house_day(now))
