"""The page of one service."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.rules import Action
from readiness.catalog.models import Service
from readiness.portfolio import registration
from readiness.portfolio.service_page import read_service_page


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Service.objects.visible_to(request.user).with_people(), slug=slug)
    page = read_service_page(found, request.user, timezone.now())  # type: ignore[arg-type]  # strangers got a 404
    context = {"page": page, "service": found, "is_open_only": request.GET.get("show") == "open"}
    return render(request, "portfolio/service.html", context)


@require_POST
def measure(request: HttpRequest, slug: str) -> HttpResponse:
    """For a service that came in before any checklist was published."""
    found = get_object_or_404(Service.objects.visible_to(request.user).with_people(), slug=slug)
    policy.require(request.user, Action.EDIT_SERVICE, found.target)
    if registration.measure(service=found, by=request.user, now=timezone.now()) is None:  # type: ignore[arg-type]
        raise policy.Refused(
            "pinned", "No checklist is published yet; an administrator publishes one under Checklists."
        )
    return redirect(found)
