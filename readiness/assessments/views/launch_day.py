"""The page a team has open on the day of a launch, and what is ticked there. Figures come to it by `checks:launch-live`."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.assessments import actions
from readiness.assessments.forms.launch_day import FinishForm, LineForm, ReasonForm, StepForm
from readiness.assessments.launch_day import LaunchDay, confirmation_of, launch_day as day_of
from readiness.assessments.rules.launching import AS_PLANNED
from readiness.assessments.views.asking import cleaned, done, is_htmx, person, service_or_404
from readiness.catalog.models import Service

type Act = Callable[..., object]


@require_safe
def launch_day(request: HttpRequest, slug: str) -> HttpResponse:
    """One page to have open, or on paper, while it happens."""
    service = service_or_404(request, slug)
    context = {"day": _day(request, service), "confirmed": confirmation_of(service)}
    return render(request, "assessments/launch_day.html", context)


def _day(request: HttpRequest, service: Service) -> LaunchDay:
    return day_of(service, person(request), timezone.now())


def _act(request: HttpRequest, slug: str, act: Act, sentence: str, form: forms.Form | None = None) -> HttpResponse:
    """The service first: a stranger hears nothing, not even what the form lacks."""
    service = service_or_404(request, slug)
    said: dict[str, Any] = cleaned(form, AS_PLANNED) if form else {}
    act(by=person(request), service=service, now=timezone.now(), **said)
    if not is_htmx(request):
        return done(request, sentence, "assessments:launch-day", slug)
    fresh = service_or_404(request, slug)
    return render(request, "assessments/_launch_both.html", {"day": _day(request, fresh)})


@require_POST
def prepare(request: HttpRequest, slug: str) -> HttpResponse:
    return _act(request, slug, actions.prepare_launch, "Prepared: nobody has been told yet.")


@require_POST
def tell(request: HttpRequest, slug: str) -> HttpResponse:
    return _act(request, slug, actions.tell, "Ticked: they were told.", LineForm(request.POST))


@require_POST
def untell(request: HttpRequest, slug: str) -> HttpResponse:
    return _act(request, slug, actions.untell, "Taken back.", LineForm(request.POST))


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    return _act(request, slug, actions.start_launch, "The launch has started.", ReasonForm(request.POST))


@require_POST
def next_step(request: HttpRequest, slug: str) -> HttpResponse:
    return _act(request, slug, actions.next_step, "The next step has begun.", StepForm(request.POST))


@require_POST
def roll_back(request: HttpRequest, slug: str) -> HttpResponse:
    sentence = "Rolled back. Tell whoever was told of the launch."
    return _act(request, slug, actions.roll_back, sentence, ReasonForm(request.POST))


@require_POST
def finish(request: HttpRequest, slug: str) -> HttpResponse:
    return _act(request, slug, actions.finish_launch, "Launched.", FinishForm(request.POST))


@require_POST
def adopt_plan(request: HttpRequest, slug: str) -> HttpResponse:
    return _act(request, slug, actions.adopt_plan, "The launch goes by the changed plan now.")
