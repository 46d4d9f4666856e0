"""Owners, dates and plans of gaps from a CSV file: see what would change, then let it change, all of it or nothing."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions import NotStored
from readiness.assessments.forms.gap_sheet import SheetForm, StoreForm
from readiness.assessments.queries import house_day
from readiness.assessments.register.sheet import READ, read_sheet
from readiness.assessments.register.sheet_changes import preview
from readiness.assessments.spreadsheet import HEADING
from readiness.assessments.views.asking import person
from readiness.catalog.reach import services_where

PAGE = "assessments/gap_sheet.html"


@require_http_methods(["GET", "HEAD", "POST"])
def gap_sheet(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if not services_where(user, Action.PLAN_GAP).exists():
        raise policy.NotAllowed(policy.RULE, policy.may(user, Action.PLAN_GAP).reason)
    if request.method != "POST":
        return render(request, PAGE, {"form": SheetForm(), "columns": READ})
    return _store(request, user) if "seen" in request.POST else _look(request, user)


def _look(request: HttpRequest, user: User) -> HttpResponse:
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _asked_again(request, form)
    seen = preview(user, read_sheet(form.cleaned_data["file"], HEADING), house_day(timezone.now()))
    store = StoreForm.of([change.plan for change in seen.changes], user=user) if seen.can_be_stored else None
    context = {"seen": seen, "store": store, "name": form.name}
    return render(request, "assessments/gap_sheet_preview.html", context)


def _store(request: HttpRequest, user: User) -> HttpResponse:
    form = StoreForm(request.POST, user=user)
    if not form.is_valid():
        return _asked_again(request, SheetForm(), sentence=str(form.errors["seen"][0]))
    try:
        number = actions.plan_gaps(by=user, plans=form.cleaned_data["seen"], now=timezone.now())
    except NotStored as refusal:
        return _asked_again(request, SheetForm(), sentence=refusal.sentence, refused=refusal.refused, status=409)
    messages.success(request, f"{number} gap{'' if number == 1 else 's'} changed, as the file says.")
    return redirect("assessments:gaps")


def _asked_again(
    request: HttpRequest, form: SheetForm, *, status: int = HTTPStatus.UNPROCESSABLE_ENTITY, **said: Any
) -> HttpResponse:
    return render(request, PAGE, {"form": form, "columns": READ, **said}, status=status)
