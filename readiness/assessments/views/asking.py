"""Who asks, and how they are answered: a fragment for htmx, a page or a redirect without it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from readiness.accounts.middleware import status_of
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.assessments.forms.fields import RefusableForm
from readiness.assessments.models import Item
from readiness.catalog.models import Service


def person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # LoginRequiredMiddleware


def is_htmx(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]  # django_htmx


def cleaned(form: forms.Form, rule: str) -> dict[str, Any]:
    """What a small form says. Raises Refused with its first sentence: there is no page of its own to show it on."""
    if form.is_valid():
        return form.cleaned_data
    sentences = [str(error) for errors in form.errors.values() for error in errors]
    if "version" in form.errors:
        sentences = ["The page this was sent from is not complete; reload it and try again."]
    raise Refused(rule, sentences[0])


def done(request: HttpRequest, sentence: str, to: Any, *args: Any) -> HttpResponse:
    """On to another page, which shows the sentence. htmx is told to go there: following a redirect itself, it would eat it."""
    messages.success(request, sentence)
    url = resolve_url(to, *args)
    return HttpResponseClientRedirect(url) if is_htmx(request) else redirect(url)


def form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The form, or the form again: then with the status of what was wrong in it."""
    wrong = [
        value for value in context.values() if isinstance(value, forms.BaseForm) and value.is_bound and value.errors
    ]
    refusal = next((form.refusal for form in wrong if isinstance(form, RefusableForm) and form.refusal), None)
    status = status_of(refusal) if refusal else 422
    return render(request, template, context, status=status if wrong else 200)


def item_or_404(request: HttpRequest, slug: str, key: str) -> Item:
    """The item with its service and pinned version, for whoever may see the service."""
    rows = Item.objects.visible_to(person(request)).select_related("assessment__service__team", "assessment__version")
    return get_object_or_404(rows.defer("assessment__version__body"), assessment__service__slug=slug, key=key)


def service_or_404(request: HttpRequest, slug: str) -> Service:
    return get_object_or_404(Service.objects.visible_to(person(request)).with_people(), slug=slug)
