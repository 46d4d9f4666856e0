"""Exceptions: the queue, one of them, deciding and ending it, and asking for one."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions.waivers import request_problem
from readiness.assessments.forms.waivers import DecideForm, RequestForm, RevokeForm
from readiness.assessments.models import Waiver
from readiness.assessments.queries import house_day
from readiness.assessments.register import teams_with_gaps
from readiness.assessments.rules import WAIVER_LONGEST
from readiness.assessments.views.asking import done, form_page, is_htmx, item_or_404, person
from readiness.assessments.waivers_page import (
    SHOWN,
    Selection,
    card_of,
    cards,
    counts,
    page_of_waivers,
    waivers_with_context,
)

A_DAY = timedelta(days=1)


@require_safe
def waivers(request: HttpRequest) -> HttpResponse:
    user, today = person(request), house_day(timezone.now())
    selection = Selection.of(request.GET)
    page = page_of_waivers(user, selection, request.GET.get("page"), today)
    context = {
        "selection": selection, "page": page, "cards": cards(page, user, today), "tabs": _tabs(user, today),
        "teams": teams_with_gaps(user),
    }  # fmt: skip
    return render(request, "assessments/waivers.html", context)


def _tabs(user: User, today: date) -> list[tuple[str, str, int | None]]:
    totals = counts(user, today)
    return [(key, label, totals.get(key.replace("-", "_"))) for key, label in SHOWN.items()]


@require_safe
def waiver(request: HttpRequest, waiver_id: int) -> HttpResponse:
    return _one(request, _found(request, waiver_id))


def _found(request: HttpRequest, waiver_id: int) -> Waiver:
    return get_object_or_404(waivers_with_context(person(request)), pk=waiver_id)


def _one(request: HttpRequest, found: Waiver, **forms: Any) -> HttpResponse:
    """Its card for htmx, its page otherwise; `forms` carry what was wrong."""
    card = card_of(found, person(request), house_day(timezone.now()))
    template = "assessments/_waiver_card.html" if is_htmx(request) else "assessments/waiver.html"
    return form_page(request, template, {"card": card, **forms})


@require_POST
def decide(request: HttpRequest, waiver_id: int) -> HttpResponse:
    found = _found(request, waiver_id)
    policy.require(person(request), Action.DECIDE_WAIVER, found.service.target)
    form = DecideForm(request.POST, auto_id=f"decide_{found.pk}_%s")
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.decide_waiver(
                by=person(request), waiver=found, version=said["version"], is_approved=form.is_approved, note=said["note"],
                now=timezone.now(),
            )  # fmt: skip
        except NotAllowed:
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            word = "Approved" if form.is_approved else "Refused"
            return _decided(request, waiver_id, f"{word}: {found.item.title} of {found.service}.")
    return _one(request, _found(request, waiver_id), decide_form=form)


def _decided(request: HttpRequest, waiver_id: int, sentence: str) -> HttpResponse:
    """The card as it is now. Among the others the tabs count anew, and a card that the list no longer asks for leaves it."""
    if not is_htmx(request):
        return done(request, sentence, "assessments:waivers")
    user, today = person(request), house_day(timezone.now())
    found = _found(request, waiver_id)
    context: dict[str, Any] = {"card": card_of(found, user, today), "waiver": found}
    shown = urlsplit(request.htmx.current_url or "")  # type: ignore[attr-defined]  # django_htmx
    if shown.path == reverse("assessments:waivers"):
        selection = Selection.of(QueryDict(shown.query))
        rows = selection.rows(user, today)
        context |= {"tabs": _tabs(user, today), "selection": selection, "is_last": not rows.exists()}
        if not rows.filter(pk=waiver_id).exists():
            messages.success(request, sentence)
            context["card"] = None
    return render(request, "assessments/_waiver_decided.html", context)


@require_POST
def revoke(request: HttpRequest, waiver_id: int) -> HttpResponse:
    found = _found(request, waiver_id)
    form = RevokeForm(request.POST, auto_id=f"revoke_{found.pk}_%s")
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.revoke_waiver(
                by=person(request), waiver=found, version=said["version"], note=said["note"], now=timezone.now()
            )
        except NotAllowed:
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return _decided(request, waiver_id, f"Ended: {found.item.title} of {found.service} counts as what it is.")
    return _one(request, _found(request, waiver_id), revoke_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def request_waiver(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    found = item_or_404(request, slug, key)
    service = found.assessment.service
    policy.require(person(request), Action.REQUEST_WAIVER, service.target)
    now = timezone.now()
    running = Waiver.objects.in_force(house_day(now)).filter(item=found).select_related("decided_by").first()
    form = RequestForm(request.POST or None, initial=RequestForm.as_before(running))
    if form.is_valid():
        try:
            actions.request_waiver(by=person(request), item=found, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return done(request, f"Asked for. A manager of {service.team} decides.", "assessments:waivers")
    context = {
        "form": form, "item": found, "service": service, "running": running, "problem": request_problem(found),
        "earliest": (running.ends_on if running else house_day(now)) + A_DAY, "latest": house_day(now) + WAIVER_LONGEST,
    }  # fmt: skip
    return form_page(request, "assessments/request_waiver.html", context)
