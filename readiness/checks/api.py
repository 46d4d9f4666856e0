"""Asking for a service's checks to run."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from readiness.accounts.api.callers import PERSON_OR_TOKEN, actor_of, caller_of, require
from readiness.accounts.api.contract import answers
from readiness.accounts.rules import Action
from readiness.catalog.api import the_service
from readiness.checks import actions
from readiness.checks.models import Check

services = Router(tags=["Services"])


class RunOut(BaseModel):
    run: int
    check: str = Field(description="The type of the check.")
    item: str


class PassedOver(BaseModel):
    check: str
    item: str
    reason: str


class RunsOut(BaseModel):
    runs: list[RunOut] = Field(description="Queued now, or waiting already.")
    passed_over: list[PassedOver] = Field(description="Checks that can't run, and what would make them.")
    look_at: str = Field(description="Where the outcome will stand: the assessment, once the runs have ended.")


@services.post(
    "/{slug:slug}/checks/run",
    auth=PERSON_OR_TOKEN,
    response=answers(202, RunsOut, 403, 404),
    operation_id="runChecks",
)
def run_checks(request: HttpRequest, response: HttpResponse, slug: str) -> Status[RunsOut]:
    """Asks every check that is ready to run at once. Asked twice, it is the same runs."""
    caller, service = caller_of(request), the_service(request, slug)
    require(caller, Action.RUN_CHECK, service.target)
    requested = {
        run.check_row_id: run for run in actions.run_all(by=actor_of(caller), service=service, now=timezone.now())
    }
    checks = list(
        Check.objects.in_force().filter(service=service).select_related("item").order_by("item__position", "pk")
    )
    look_at = request.build_absolute_uri(reverse("api:get_assessment", args=[slug]))
    response["Location"] = look_at
    answer = RunsOut(
        runs=[RunOut(run=requested[c.pk].pk, check=c.type, item=c.item.key) for c in checks if c.pk in requested],
        passed_over=[_passed_over(check) for check in checks if check.pk not in requested],
        look_at=look_at,
    )
    return Status(202, answer)


def _passed_over(check: Check) -> PassedOver:
    started = "It runs only when a person starts it, on its page." if check.is_on_demand else ""
    reason = check.blocked_because or started or "Its item does not count for this service."
    return PassedOver(check=check.type, item=check.item.key, reason=reason)
