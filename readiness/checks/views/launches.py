"""Figures of a launch for its page, and the trial of a threshold in the form of its plan. A worker asks; these only look."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.rules import Action
from readiness.assessments.actions import READ_EVERY
from readiness.assessments.forms.launch import LaunchForm
from readiness.assessments.launch_day import LaunchDay, launch_day
from readiness.assessments.models import LaunchPlan
from readiness.assessments.people import people_of
from readiness.assessments.promql.thresholds import Metric, metric_of
from readiness.assessments.views.asking import is_htmx, person, service_or_404
from readiness.catalog.models import Service
from readiness.checks import actions, connections, tasks
from readiness.checks.measuring import prometheus_of
from readiness.checks.models import Trial
from readiness.checks.trying import tried


@require_safe
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """What the page of the day asks for every few seconds: the figures, and with `?beat=` of an older board the board as well.
    `?opened`: somebody just came, and need not wait for the scheduler's next beat.
    """
    service = service_or_404(request, slug)
    if not is_htmx(request):
        return redirect("assessments:launch-day", slug)
    day = launch_day(service, person(request), timezone.now())
    # Once for each visit: a broker that is down takes seconds to say so.
    if "opened" in request.GET and _is_behind(day):
        tasks.measure_soon()
    both = request.GET.get("beat") != day.beat
    return render(request, "assessments/_launch_both.html" if both else "assessments/_launch_live.html", {"day": day})


def _is_behind(day: LaunchDay) -> bool:
    """No worker has read what there is to be read."""
    if not day.is_running or day.launch is None or not day.is_measured:
        return False
    return day.launch.read_at is None or day.now - day.launch.read_at > READ_EVERY


@require_POST
def try_threshold(request: HttpRequest, slug: str) -> HttpResponse:
    """`?row=` is the number of the row whose button was pressed. Nothing of the plan is saved."""
    service = service_or_404(request, slug)
    policy.require(person(request), Action.EDIT_SERVICE, service.target)
    row = _row(request)
    metric = metric_of(" ".join(request.POST.get(f"thresholds-{row}-metric", "").split()))
    limit = request.POST.get(f"thresholds-{row}-limit", "")
    trial = None
    if metric.query and prometheus_of(service, connections.connected()):
        trial = actions.try_query(by=person(request), service=service, query=metric.query, now=timezone.now())
    context = _context(service, row, metric, limit, trial)
    if is_htmx(request):
        return render(request, "checks/_trial.html", context)
    return _whole_form(request, service, context)


def _row(request: HttpRequest) -> int:
    said = request.GET.get("row", "")
    return int(said) if said.isdecimal() and len(said) < 4 else 0


def _context(service: Service, row: int, metric: Metric, limit: str, trial: Trial | None) -> dict[str, Any]:
    return {"service": service, "row": row, "limit": limit, "trial": tried(metric, limit, trial, timezone.now())}


def _whole_form(request: HttpRequest, service: Service, context: dict[str, Any]) -> HttpResponse:
    """Without JavaScript: the form as it was sent, with what is known so far at its row."""
    plan = LaunchPlan.objects.filter(service=service).first()
    form = LaunchForm(plan, people_of(service, timezone.now()), request.POST)
    return render(request, "assessments/launch_plan.html", {**context, "form": form, "tried_row": context["row"]})


@require_safe
def trial(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Asked every second until there is an answer."""
    service = service_or_404(request, slug)
    policy.require(person(request), Action.EDIT_SERVICE, service.target)
    found = get_object_or_404(Trial, service=service, key=key)
    context = _context(service, _row(request), metric_of(found.query), request.GET.get("limit", ""), found)
    return render(request, "checks/_trial.html", context)
