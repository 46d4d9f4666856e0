"""How history names a check and what runs it."""

from readiness.checks.models import Check, Drill
from readiness.checks.types import title_of
from readiness.history.actions import Actor, Subject


def subject_of(check: Check) -> Subject:
    service = check.service
    label = f"check “{title_of(check.type)}” of {check.item} · {service}"
    return Subject("check", check.pk, label, service.pk, service.team_id)


def machine(check: Check) -> Actor:
    return Actor.machine(f"check “{title_of(check.type)}”")


def drill_subject(drill: Drill) -> Subject:
    service = drill.service
    return Subject("drill", drill.pk, f"delivery drill of {service}", service.pk, service.team_id)
