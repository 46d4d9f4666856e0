"""The records a service's page asks for: the launch plan, who is on call, who owns the core metric."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.policy import Conflict, NotAllowed, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.forms.launch import LaunchForm
from readiness.assessments.forms.records import MetricOwnerForm
from readiness.assessments.launch import missing
from readiness.assessments.models import LaunchPlan
from readiness.assessments.people import people_of
from readiness.assessments.views.asking import done, form_page, is_htmx, person, service_or_404
from readiness.assessments.views.launch_day import launch_day
from readiness.catalog.models import Service


@require_http_methods(["GET", "HEAD", "POST"])
def launch_plan(request: HttpRequest, slug: str) -> HttpResponse:
    """The plan to be written, for those who may; the page of the day for everybody else."""
    service = service_or_404(request, slug)
    if request.method != "POST" and not policy.may(person(request), Action.EDIT_SERVICE, service.target):
        return launch_day(request, slug)
    policy.require(person(request), Action.EDIT_SERVICE, service.target)
    plan = _plan(service)
    form = LaunchForm(plan, people_of(service, timezone.now()), request.POST if request.method == "POST" else None)
    if request.method != "POST" or form.add:
        return _form(request, service, form)
    return _save(request, service, form) if form.is_valid() else _form(request, service, form, status=422)


def _save(request: HttpRequest, service: Service, form: LaunchForm) -> HttpResponse:
    try:
        plan = actions.save_launch_plan(by=person(request), service=service, now=timezone.now(), **form.arguments)
    except NotAllowed:
        raise
    except Conflict as conflict:
        form.whole.take_refusal(conflict)
        return _form(request, service, form, status=409, other=conflict.current)
    except Refused as refusal:
        form.whole.take_refusal(refusal)
        return _form(request, service, form, status=422)
    sentence = (
        "The launch plan is saved; it is not complete yet."
        if _missing(plan)
        else "The launch plan is saved. This is the page for the day."
    )
    return done(request, sentence, "assessments:launch-day", service.slug)


def _form(
    request: HttpRequest, service: Service, form: LaunchForm, *, status: int = 200, other: object = None
) -> HttpResponse:
    template = "assessments/launch_plan.html#form" if is_htmx(request) else "assessments/launch_plan.html"
    return render(request, template, {"service": service, "form": form, "other": other}, status=status)


def _plan(service: Service) -> LaunchPlan | None:
    return LaunchPlan.objects.filter(service=service).select_related("decider").first()


def _missing(plan: LaunchPlan) -> list[str]:
    return missing(plan.audiences, plan.ramp, plan.thresholds, has_decider=plan.decider_id is not None)


@require_POST
def confirm_on_call(request: HttpRequest, slug: str) -> HttpResponse:
    service = service_or_404(request, slug)
    actions.confirm_on_call(by=person(request), service=service, now=timezone.now())
    return done(request, "Confirmed: you know the scope, the runbooks and the escalation.", service)


@require_http_methods(["GET", "HEAD", "POST"])
def metric_owner(request: HttpRequest, slug: str) -> HttpResponse:
    service = service_or_404(request, slug)
    policy.require(person(request), Action.ATTACH_EVIDENCE, service.target)
    form = MetricOwnerForm(request.POST or None, people=people_of(service, timezone.now()))
    if form.is_valid():
        try:
            actions.name_metric_owner(by=person(request), service=service, now=timezone.now(), **form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return done(request, "Recorded: the metric has an owner.", service)
    return form_page(request, "assessments/metric_owner.html", {"form": form, "service": service})
