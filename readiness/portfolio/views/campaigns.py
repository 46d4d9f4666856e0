"""Campaigns: the list, one with its progress, and how one begins, changes and ends."""

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.policy import NotAllowed
from readiness.accounts.rules import Action
from readiness.assessments.actions.holding import WrongFields
from readiness.assessments.queries import house_day
from readiness.assessments.views.asking import cleaned, form_page, is_htmx, person
from readiness.portfolio.campaigns import actions, export
from readiness.portfolio.campaigns.forms import EditForm, EndForm, SaidForm, StartForm
from readiness.portfolio.campaigns.pages import Filters, page_of_campaigns, read_campaign
from readiness.portfolio.campaigns.scope import Scope, may_run, visible_to
from readiness.portfolio.models import Campaign

PEOPLE = ("owner", "started_by", "ended_by")


@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    user, has_ended = person(request), request.GET.get("show") == "ended"
    today = house_day(timezone.now())
    context = {
        "has_ended": has_ended,
        "page": page_of_campaigns(user, has_ended=has_ended, number=request.GET.get("page"), today=today),
        "may_run": policy.may_anywhere(user, Action.RUN_CAMPAIGN),
    }
    return render(request, "portfolio/campaigns.html", context)


@require_safe
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    page = read_campaign(found, person(request), request.GET, timezone.now())
    template = "portfolio/campaign.html#rows" if is_htmx(request) else "portfolio/campaign.html"
    return render(request, template, {"page": page, "campaign": found, "end_form": EndForm()})


@require_safe
def campaign_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows that the same address without `.csv` shows, on all its pages, as far as this person may export them."""
    user, found = person(request), _found(request, pk)
    if not policy.may_anywhere(user, Action.EXPORT) and not user.leads.exists():
        raise NotAllowed(policy.RULE, policy.may(user, Action.EXPORT).reason)
    today = house_day(timezone.now())
    response = StreamingHttpResponse(
        export.lines(found, user, Filters.of(request.GET), today), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="campaign-{found.pk}-{today.isoformat()}.csv"'
    return response


def _found(request: HttpRequest, pk: int) -> Campaign:
    rows = visible_to(person(request)).select_related(*PEOPLE).fetch_mode(models.FETCH_RAISE)
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    by = person(request)
    policy.require_anywhere(by, Action.RUN_CAMPAIGN)
    form = StartForm(request.POST if request.method == "POST" else None, by=by, what=request.GET.get("item", ""))
    if form.is_valid():
        item_key, criterion_key = form.keys
        begin: dict[str, Any] = {"by": by, "item_key": item_key, "criterion_key": criterion_key, "now": timezone.now()}
        try:
            made = actions.start_campaign(said=form.said, **begin)
        except WrongFields as refusal:
            form.take_refusal(refusal)
        else:
            messages.success(request, "The campaign runs. It stands on the pages of the services that take part.")
            return redirect(made)
    return form_page(request, "portfolio/campaign_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    by, found = _runner(request, pk)
    if request.method != "POST":
        return _form(request, EditForm.of(found, by=by), found)
    form = EditForm(request.POST, by=by)
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            actions.edit_campaign(by=by, campaign=found, version=version, said=form.said, now=timezone.now())
        except NotAllowed as refusal:
            form.add_error("teams", refusal.sentence)
        except policy.Refused as refusal:
            form.take_refusal(refusal)
        else:
            messages.success(request, "Saved.")
            return redirect(found)
    return _form(request, form, found)


def _runner(request: HttpRequest, pk: int) -> tuple[Any, Campaign]:
    """Who may run it as it stands; others are told why not."""
    by, found = person(request), _found(request, pk)
    ruling = may_run(by, Scope.of(found.scope))
    if not ruling:
        raise NotAllowed(policy.RULE, ruling.reason)
    return by, found


def _form(request: HttpRequest, form: SaidForm, found: Campaign) -> HttpResponse:
    context = {"form": form, "campaign": found, "newer": getattr(form.refusal, "current", None)}
    return form_page(request, "portfolio/campaign_form.html", context)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    by, found = _runner(request, pk)
    said = cleaned(EndForm(request.POST), actions.RULE)
    actions.end_campaign(by=by, campaign=found, version=said["version"], note=said["note"], now=timezone.now())
    messages.success(request, "It has ended, with the count of now. It can be resumed.")
    return redirect(found)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    by, found = _runner(request, pk)
    said = cleaned(EndForm(request.POST), actions.RULE)
    actions.resume_campaign(by=by, campaign=found, version=said["version"], now=timezone.now())
    messages.success(request, "It runs again.")
    return redirect(found)
