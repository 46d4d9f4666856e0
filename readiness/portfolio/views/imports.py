"""Importing a catalog in two steps: see line by line what would happen, then let it happen."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed
from readiness.accounts.rules import Action
from readiness.catalog.importers import COLUMNS, Keep, Report
from readiness.portfolio import registration
from readiness.portfolio.forms.imports import ConfirmForm, Texts, UploadForm, catalogs_in

PAGE = "portfolio/import.html"


@require_http_methods(["GET", "HEAD", "POST"])
def import_services(request: HttpRequest) -> HttpResponse:
    user = _importer(request.user)
    if request.method != "POST":
        return render(request, PAGE, {"form": UploadForm(), "csv_columns": COLUMNS})
    if "upload" in request.POST:
        return _import(request, user)
    return _preview(request, user)


def _importer(user: User | AnonymousUser) -> User:
    if isinstance(user, User) and policy.may_anywhere(user, Action.CREATE_SERVICE):
        return user
    raise NotAllowed(policy.RULE, policy.may(user, Action.CREATE_SERVICE).reason or "Sign in first.")


def _preview(request: HttpRequest, user: User) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _asked_again(request, form)
    texts, is_partial = form.cleaned_data["files"], form.cleaned_data["is_partial"]
    report = _run(user, texts, Keep.NOTHING)
    is_held_back = not is_partial and any(skipped.place.source.lower().endswith(".csv") for skipped in report.skipped)
    confirm = ConfirmForm.of(texts, is_partial=is_partial, user=user)
    context = {"report": report, "files": list(texts), "confirm": confirm, "is_held_back": is_held_back}
    return render(request, "portfolio/import_preview.html", context)


def _import(request: HttpRequest, user: User) -> HttpResponse:
    form = ConfirmForm(request.POST, user=user)
    if not form.is_valid():
        return _asked_again(request, UploadForm(), sentence=str(form.errors["upload"][0]))
    texts, is_partial = form.cleaned_data["upload"]
    report = _run(user, texts, Keep.WHAT_IS_RIGHT if is_partial else Keep.ALL_OR_NOTHING)
    return render(request, "portfolio/import_result.html", {"report": report, "files": list(texts)})


def _asked_again(request: HttpRequest, form: UploadForm, sentence: str = "") -> HttpResponse:
    context: dict[str, Any] = {"form": form, "csv_columns": COLUMNS, "sentence": sentence}
    return render(request, PAGE, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _run(user: User, texts: Texts, keep: Keep) -> Report:
    return registration.import_catalogs(catalogs_in(texts), by=user, now=timezone.now(), keep=keep)
