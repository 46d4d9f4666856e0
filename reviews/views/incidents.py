"""Incidents of a service: written down, read, corrected, withdrawn; and what an item of a checklist let through."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.checklists.models import Checklist
from reviews import actions
from reviews.incident_forms import IncidentForm, WithdrawForm
from reviews.models import Incident, IncidentItem, Review
from reviews.tallies import LET_THROUGH
from reviews.views.fetching import me, the_service

PAGE = 25


@require_safe
def incidents(request: HttpRequest, slug: str) -> HttpResponse:
    service = the_service(request, slug)
    rows = Incident.objects.filter(service=service).for_list().fetch_mode(models.FETCH_RAISE)
    context = {
        "service": service,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "writing": policy.may(me(request), Action.COMMENT, service.target),
    }
    return render(request, "reviews/incidents.html", context)


@require_safe
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    found = the_incident(request, incident_id)
    user, target = me(request), found.service.target
    seen = Review.objects.visible_to(user)
    later = seen.filter(service=found.service).exclude(status="cancelled").filter(scheduled_at__gt=found.written_at)
    context = {
        "incident": found,
        "review": seen.filter(pk=found.review_id).first() if found.review_id else None,
        "suggests": found.calls_for_review and not later.exists(),
        "scheduling": policy.may(user, Action.SCHEDULE_REVIEW, target),
        "writing": policy.may(user, Action.COMMENT, target),
        "withdrawing": policy.may(user, Action.EDIT_SERVICE, target),
    }
    return render(request, "reviews/incident.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def write_incident(request: HttpRequest, slug: str) -> HttpResponse:
    service = the_service(request, slug)
    policy.require(me(request), Action.COMMENT, service.target)
    form = IncidentForm(request.POST or None, service=service, now=timezone.now())
    if form.is_valid():
        try:
            written = actions.write_incident(by=me(request), service=service, now=form.now, **form.said)
        except (NotAllowed, NotVisible):
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            messages.success(request, "Written down. How the items stood is from the last decision before it.")
            return redirect(written)
    context = {"form": form, "service": service}
    return render(request, "reviews/incident_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    found = the_incident(request, incident_id)
    policy.require(me(request), Action.COMMENT, found.service.target)
    form = IncidentForm(request.POST or None, service=found.service, incident=found, now=timezone.now())
    status = 422 if form.is_bound else 200
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            actions.edit_incident(by=me(request), incident=found, version=version, now=form.now, **form.said)
        except (NotAllowed, NotVisible):
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
            status = status_of(refusal)
        else:
            messages.success(request, "Saved.")
            return redirect(found)
    context = {"form": form, "service": found.service, "incident": found}
    return render(request, "reviews/incident_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    found = the_incident(request, incident_id)
    policy.require(me(request), Action.EDIT_SERVICE, found.service.target)
    form = WithdrawForm(request.POST or None, initial={"version": found.version})
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            actions.withdraw_incident(by=me(request), incident=found, now=timezone.now(), **form.cleaned_data)
        except (NotAllowed, NotVisible):
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
            status = status_of(refusal)
        else:
            messages.success(request, "Withdrawn. It stays in the list, and counts no more.")
            return redirect(found)
    return render(request, "reviews/incident_withdraw.html", {"form": form, "incident": found}, status=status)


@require_safe
def let_through(request: HttpRequest, key: str, item_key: str) -> HttpResponse:
    """The incidents in which an item of a checklist did not hold: those that this person may see, and how many others."""
    checklist = get_object_or_404(Checklist.objects.visible_to(request.user), key=key)
    here = Incident.objects.standing().filter(service__assessment__version__checklist=checklist)
    named = IncidentItem.objects.filter(key=item_key, standing__in=LET_THROUGH, incident__in=here)
    visible = Incident.objects.visible_to(request.user)
    rows = named.filter(incident__in=visible).select_related("incident__service").order_by("-incident__happened_at")
    page = Paginator(rows.fetch_mode(models.FETCH_RAISE), PAGE).get_page(request.GET.get("page"))
    current = checklist.current
    item = next((item for item in current.items if item.key == item_key), None) if current else None
    context: dict[str, Any] = {
        "checklist": checklist,
        "item_key": item_key,
        "item": item,
        "page": page,
        "hidden": named.count() - page.paginator.count,
        "tally": checklist.tallies.filter(key=item_key).first(),
    }
    return render(request, "reviews/let_through.html", context)


def the_incident(request: HttpRequest, incident_id: int) -> Incident:
    people = ("written_by", "withdrawn_by", "service__team", "service__tech_lead", "service__assessment")
    rows = Incident.objects.visible_to(me(request)).select_related(*people).prefetch_related("items")
    return get_object_or_404(rows, pk=incident_id)
