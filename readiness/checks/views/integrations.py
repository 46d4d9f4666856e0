"""Settings: the organisation's sources. For administrators only; no page ever shows a secret."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict
from readiness.accounts.rules import Action
from readiness.checks import integration_pages as pages
from readiness.checks.actions import integrations as actions
from readiness.checks.actions.integrations import WrongConnection
from readiness.checks.forms import IntegrationForm
from readiness.checks.models import Integration
from readiness.checks.sources import KINDS


def _person(request: HttpRequest) -> User:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    policy.require(person, Action.CONNECT_INTEGRATION)
    return person


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise Http404
    return kind


def _connected(kind: str) -> Integration:
    found = Integration.objects.filter(kind=_known(kind)).first()
    if found is None:
        raise Http404
    return found


def _version(request: HttpRequest) -> int:
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


@require_safe
def integrations(request: HttpRequest) -> HttpResponse:
    _person(request)
    return render(request, "checks/integrations.html", {"page": pages.of_all(timezone.now())})


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def integration(request: HttpRequest, kind: str) -> HttpResponse:
    person = _person(request)
    stands = Integration.objects.select_related("secret_set_by").filter(kind=_known(kind)).first()
    form = IntegrationForm(KINDS[kind], stands, request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            actions.connect(by=person, kind=kind, said=form.said, version=version, now=timezone.now())
        except WrongConnection as refusal:
            form.take_refusal(refusal)
        except Conflict as conflict:
            form.take_conflict(conflict)
            stands, status = Integration.objects.select_related("secret_set_by").filter(kind=kind).first(), 409
        else:
            messages.success(request, "Saved. The connection is tested now, and services follow within minutes.")
            return redirect("checks:integration", kind)
    status = 422 if form.errors and status == 200 else status
    context = {"form": form, "one": pages.of_one(KINDS[kind], stands, timezone.now())}
    return render(request, "checks/integration.html", context, status=status)


@require_safe
def state(request: HttpRequest, kind: str) -> HttpResponse:
    """The state alone, asked for while a test is under way."""
    _person(request)
    if not request.htmx:  # type: ignore[attr-defined]  # django_htmx
        return redirect("checks:integration", _known(kind))
    return _state(request, _connected(kind), is_row="row" in request.GET)


def _state(request: HttpRequest, found: Integration, *, is_row: bool) -> HttpResponse:
    context = {"one": pages.of_one(KINDS[found.kind], found, timezone.now())}
    template = "checks/_integration_row.html" if is_row else "checks/_integration_state.html"
    return render(request, template, context)


@require_POST
def test(request: HttpRequest, kind: str) -> HttpResponse:
    fresh = actions.ask_test(by=_person(request), integration=_connected(kind), now=timezone.now())
    if request.htmx:  # type: ignore[attr-defined]  # django_htmx
        return _state(request, fresh, is_row="row" in request.POST)
    return redirect("checks:integration", kind)


@require_POST
def forget_secret(request: HttpRequest, kind: str) -> HttpResponse:
    person, found = _person(request), _connected(kind)
    actions.forget_secret(by=person, integration=found, version=_version(request), now=timezone.now())
    messages.success(request, "The secret is gone; calls go without one.")
    return redirect("checks:integration", kind)


@require_POST
def switch(request: HttpRequest, kind: str) -> HttpResponse:
    person, found = _person(request), _connected(kind)
    is_enabled = request.POST.get("to") == "on"
    version = _version(request)
    actions.switch(by=person, integration=found, version=version, is_enabled=is_enabled, now=timezone.now())
    messages.success(request, "It is on again." if is_enabled else "It is off; services follow within minutes.")
    return redirect("checks:integration", kind)


@require_POST
def remove(request: HttpRequest, kind: str) -> HttpResponse:
    person, found = _person(request), _connected(kind)
    actions.remove(by=person, integration=found, version=_version(request), now=timezone.now())
    messages.success(request, f"{found} is removed.")
    return redirect("checks:integrations")
