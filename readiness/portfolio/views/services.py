"""All services, and how one comes in or is changed."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.catalog.models import Lifecycle, Service, Tier
from readiness.catalog.rules import Trait
from readiness.portfolio import registration
from readiness.portfolio.forms.service import EditForm, RegisterForm, teams_for, teams_to_register_in
from readiness.portfolio.service_list import COLUMNS, Filters, page_of_services, rows_of, teams_seen


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    filters = Filters.of(request.GET)
    page = page_of_services(request.user, filters, request.GET.get("page"), timezone.localdate())
    context = {
        "page": page,
        "rows": rows_of(page),
        "filters": filters,
        "columns": COLUMNS,
        "teams": teams_seen(request.user),
        "tiers": Tier.choices,
        "traits": [(trait.value, trait.label) for trait in Trait],
        "lifecycles": Lifecycle.choices,
        "may_register": policy.may_anywhere(request.user, Action.CREATE_SERVICE),
    }
    template = "portfolio/services.html#list" if request.htmx else "portfolio/services.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    if not policy.may_anywhere(request.user, Action.CREATE_SERVICE):
        raise NotAllowed(policy.RULE, policy.may(request.user, Action.CREATE_SERVICE).reason)
    form = RegisterForm(request.POST or None, user=request.user, teams=teams_to_register_in(request.user))
    if form.is_valid():
        try:
            service = registration.register(by=_person(request), now=timezone.now(), **form.arguments)
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            messages.success(request, f"{service.name} is registered. What it needs first stands below.")
            return redirect(service)
    return _form_page(request, "portfolio/register.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    service = get_object_or_404(Service.objects.visible_to(request.user).with_people(), slug=slug)
    policy.require(request.user, Action.EDIT_SERVICE, service.target)
    if request.method != "POST":
        form = EditForm.of(service, user=request.user)
        return _form_page(request, "portfolio/edit.html", {"form": form, "service": service})
    teams = teams_for(service, request.user)
    form = EditForm(request.POST, user=request.user, teams=teams, go_live_stood=service.go_live_on)
    return _save(request, service, form)


def _save(request: HttpRequest, service: Service, form: EditForm) -> HttpResponse:
    if form.is_valid():
        try:
            _change(request, service, form)
        except Conflict as conflict:
            form = form.after(conflict)
            context = {"form": form, "service": service, "differences": form.differences}
            return render(request, "portfolio/edit.html", context, status=HTTPStatus.CONFLICT)
        except (NotAllowed, NotVisible) as refusal:
            form.add_error("team", refusal.sentence)
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return redirect(service)
    return _form_page(request, "portfolio/edit.html", {"form": form, "service": service})


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # LoginRequiredMiddleware


def _change(request: HttpRequest, service: Service, form: EditForm) -> None:
    changed = registration.change(
        by=_person(request),
        now=timezone.now(),
        service=service,
        version=form.cleaned_data["version"],
        changes=form.service_fields,
        dependencies=form.needs,
    )
    messages.success(
        request, f"{changed.name} is saved." if changed.version != service.version else "Nothing was changed."
    )


def _form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if context["form"].errors else HTTPStatus.OK
    return render(request, template, context, status=status)
