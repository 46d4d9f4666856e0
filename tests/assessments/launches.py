"""A launch plan and a decision that it can rest on, for tests about the day."""

from datetime import datetime, timedelta
from typing import Any

from readiness.accounts.models import User
from readiness.assessments import actions
from readiness.assessments.actions import SeenValue
from readiness.assessments.launch import line_key
from readiness.assessments.models import Launch, LaunchPlan
from readiness.assessments.promql.thresholds import key_of
from readiness.assessments.rules import Decision
from tests.assessments.small import small
from tests.cast import NOW, Cast

ERRORS = "sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))"
SUPPORT = {"who": "Support", "when": "the day before", "channel": "#support"}
EVERYBODY = {"who": "Everybody", "when": "when it is done", "channel": "#general"}
RAMP = [
    {"percent": 5, "hold_minutes": 30, "metric": "errors"},
    {"percent": 50, "hold_minutes": 60, "metric": "errors"},
    {"percent": 100, "hold_minutes": 60, "metric": "errors"},
]
THRESHOLDS = [
    {"metric": f"Error ratio: {ERRORS}", "limit": "> 1 %", "action": "roll back"},
    {"metric": f"Error ratio: {ERRORS}", "limit": "below 0.5 %", "action": "go on"},
    {"metric": "Complaints", "limit": "three", "action": "roll back"},
]
KEY = key_of(ERRORS)
SUPPORT_KEY = line_key(SUPPORT)  # type: ignore[arg-type]  # a dict with the fields of an Audience
MINUTE = timedelta(minutes=1)


def planned(cast: Cast, *, decision: Decision | None = Decision.GO, now: datetime = NOW, **plan: Any) -> LaunchPlan:
    """Mia decides; go-live is today; the review decided a moment ago."""
    assessment = small(cast, now=now)
    cast.checkout.go_live_on = now.date()
    cast.checkout.save(update_fields=["go_live_on"])
    said: dict[str, Any] = {
        "version": 0, "audiences": [SUPPORT, EVERYBODY], "ramp": RAMP, "thresholds": THRESHOLDS, "decider": cast.mia,
        "note": "",
    }  # fmt: skip
    saved = actions.save_launch_plan(by=cast.theo, service=cast.checkout, now=now, **(said | plan))
    if decision is not None:
        actions.note_decision(assessment=assessment, decision=decision, review_id=7, by=cast.theo, now=now)
    return saved


def replanned(cast: Cast, plan: LaunchPlan, *, by: User, now: datetime = NOW, **changes: Any) -> LaunchPlan:
    said: dict[str, Any] = {
        name: getattr(plan, name) for name in ("audiences", "ramp", "thresholds", "decider", "note")
    }
    return actions.save_launch_plan(by=by, service=cast.checkout, version=plan.version, now=now, **(said | changes))


def measured(launch: Launch, value: float | None, now: datetime, problem: str = "") -> None:
    actions.note_readings(launch=launch, seen={KEY: SeenValue(now, value, problem)}, now=now)


def started(cast: Cast, now: datetime = NOW, **plan: Any) -> Launch:
    """At 5 % since `now`, with the error ratio at 0.2 %."""
    planned(cast, now=now, **plan)
    launch = actions.start_launch(by=cast.theo, service=cast.checkout, now=now)
    measured(launch, 0.002, now)
    return launch


def at_the_last_step(cast: Cast, now: datetime = NOW) -> Launch:
    """100 % was reached two hours after `now`."""
    launch = started(cast, now)
    for step, minutes in ((2, 31), (3, 120)):
        at = now + minutes * MINUTE
        measured(launch, 0.002, at)
        actions.next_step(by=cast.theo, service=cast.checkout, step=step, now=at)
    return launch
