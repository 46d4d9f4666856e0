"""The day of a launch: who is told, how traffic grows, what the figures said."""

import random
from datetime import datetime, timedelta

from readiness.assessments import actions as assessments
from readiness.assessments.actions import SeenValue
from readiness.assessments.launch import line_key
from readiness.assessments.launch_figures import SHOWN_FOR
from readiness.assessments.models import Launch, LaunchPlan
from readiness.assessments.promql.thresholds import key_of
from readiness.demo import steps
from readiness.demo.stage import Acts, Scene

SCRAPED_BEFORE = timedelta(seconds=6)
EACH = timedelta(minutes=1)


def tell(scene: Scene, step: steps.Told) -> None:
    plan = LaunchPlan.objects.get(service__slug=scene.slug)
    key = next(line_key(line) for line in plan.audiences if line["who"] == step.who)
    assessments.tell(by=scene.stage.person(step.by), service=scene.service, key=key, now=scene.now)


def start(scene: Scene, step: steps.LaunchStarted) -> None:
    # Asked for where the demo is loaded just after midnight, and forgotten on the day itself.
    reason = "The provider has time for us now."
    assessments.start_launch(by=scene.stage.person(step.by), service=scene.service, reason=reason, now=scene.now)


def go_on(scene: Scene, step: steps.LaunchStepped) -> None:
    launch = _running(scene)
    assessments.next_step(by=scene.stage.person(step.by), service=scene.service, step=launch.step + 1, now=scene.now)


def measure(scene: Scene, step: steps.Measured) -> None:
    """As a worker does, once a minute until now."""
    launch, chance = _running(scene), random.Random(scene.slug)
    now = scene.now - SHOWN_FOR
    at = {query: (least + most) / 2 for query, least, most in step.courses}
    while now <= scene.now:
        for query, least, most in step.courses:
            at[query] = min(most, max(least, at[query] + chance.uniform(-0.1, 0.1) * (most - least)))
        _note(launch, at, now)
        now += EACH


def _note(launch: Launch, values: dict[str, float], now: datetime) -> None:
    seen = {key_of(query): SeenValue(now - SCRAPED_BEFORE, value) for query, value in values.items()}
    assessments.note_readings(launch=launch, seen=seen, now=now)


def _running(scene: Scene) -> Launch:
    return Launch.objects.running().get(service__slug=scene.slug)


ACTS: Acts = {
    steps.Told: tell,
    steps.LaunchStarted: start,
    steps.LaunchStepped: go_on,
    steps.Measured: measure,
}
