"""Steps about the service itself and its checks."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from readiness.catalog import actions as catalog
from readiness.catalog.models import Service
from readiness.catalog.rules import EndpointValue
from readiness.checks import actions as checks
from readiness.checks.models import Check
from readiness.demo import steps
from readiness.demo.stage import Acts, Scene
from readiness.history.actions import Actor
from readiness.portfolio import registration

DEMO = Actor.machine("the demo organisation")
STATEMENT_MS = "40"


def own_endpoints() -> dict[str, EndpointValue]:
    """Where this very installation answers."""
    base = settings.BASE_URL.rstrip("/")
    return {"base_url": base, "live_url": f"{base}/healthz/live", "ready_url": f"{base}/healthz/ready"}


def register(scene: Scene, step: steps.Registered) -> None:
    stage = scene.stage
    service = registration.register(
        by=stage.person(step.by),
        now=scene.now,
        slug=scene.slug,
        name=step.name,
        team=stage.teams[step.team],
        dependencies=step.needs,
        description=step.description,
        tier=step.tier,
        traits=list(step.traits),
        lifecycle=step.lifecycle,
        tech_lead=stage.person_or_nobody(step.tech_lead),
        on_call=stage.person_or_nobody(step.on_call),
        platform_owner=stage.person_or_nobody(step.platform),
        go_live_on=None if step.go_live is None else stage.planned_on(step.go_live),
        repository=step.repository,
        endpoints=own_endpoints() if step.has_live_checks else {**step.endpoints, **_budgets(scene.facts)},
    )
    if not step.has_live_checks:
        _switch_off(service, scene, is_all="prometheus_url" in step.endpoints)


def _budgets(facts: Mapping[str, object]) -> dict[str, EndpointValue]:
    """What load tests and query audits are held against: the lower end of the story's peak, and its latency budget."""
    peak = str(facts.get("peak", "")).partition("-")[0]
    said = {"peak_rps": peak, "latency_p99_ms": str(facts.get("budget", "")), "statement_budget_ms": STATEMENT_MS}
    return {name: value for name, value in said.items() if value} if peak else {}


def _switch_off(service: Service, scene: Scene, *, is_all: bool) -> None:
    """An invented service has no address. Its checks would call hosts that don't exist, and say nothing, for ever.

    What still waits for its set-up runs no more than that, and stays on where the story has not come so far.
    """
    checks_of = Check.objects.filter(service=service).select_related("service", "item").order_by("pk")
    for check in checks_of if is_all else checks_of.filter(is_set_up=True):
        checks.switch(by=DEMO, check=check, version=check.version, is_enabled=False, now=scene.now)


def change(scene: Scene, step: steps.Changed) -> None:
    stage, service = scene.stage, scene.service
    people = {"tech_lead": step.tech_lead, "on_call": step.on_call, "platform_owner": step.platform}
    changes: dict[str, Any] = {field: stage.person(key) for field, key in people.items() if key}
    if step.go_live is not None:
        changes["go_live_on"] = stage.planned_on(step.go_live)
    changes |= {
        field: value for field, value in (("lifecycle", step.lifecycle), ("description", step.description)) if value
    }
    registration.change(
        by=stage.person(step.by), now=scene.now, service=service, version=service.version, changes=changes
    )


def launch(scene: Scene, step: steps.Launched) -> None:
    service = scene.service
    catalog.mark_launched(
        by=scene.stage.person(step.by),
        now=scene.now,
        service=service,
        version=service.version,
        launched_on=scene.now.date(),
    )


def configure(scene: Scene, step: steps.Configured) -> None:
    check = Check.objects.select_related("service", "item").get(service__slug=scene.slug, type=step.check)
    checks.configure(
        by=scene.stage.person(step.by),
        check=check,
        version=check.version,
        config={**check.config, **step.settings},
        now=scene.now,
    )


ACTS: Acts = {
    steps.Registered: register,
    steps.Changed: change,
    steps.Launched: launch,
    steps.Configured: configure,
}
