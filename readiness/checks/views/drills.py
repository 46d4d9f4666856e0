"""Delivery drills: started on the page of a check or an item, acknowledged on the page that the alert links to."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts.middleware import status_of
from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.checks import actions
from readiness.checks.drill_page import page_of
from readiness.checks.models import Check, Drill


def _person(request: HttpRequest) -> User:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    return person


def _drill(request: HttpRequest, key: UUID) -> Drill:
    return get_object_or_404(Drill.objects.visible_to(request.user).with_people(), key=key)


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    visible = Check.objects.visible_to(request.user).select_related("service__team", "item")
    check = get_object_or_404(visible, pk=pk)
    started = actions.start_drill(by=_person(request), check=check, now=timezone.now())
    return redirect(started)


@require_safe
def drill(request: HttpRequest, key: UUID) -> HttpResponse:
    return _page(request, _drill(request, key))


@require_safe
def pulse(request: HttpRequest, key: UUID) -> HttpResponse:
    """The clock alone. When the drill has moved on since the page was made, the whole page is asked for anew."""
    found = _drill(request, key)
    if not request.htmx:  # type: ignore[attr-defined]  # django_htmx
        return redirect(found)
    response = render(request, "checks/_drill_clock.html", {"page": page_of(found, _person(request), timezone.now())})
    if request.GET.get("state") != found.state:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def acknowledge(request: HttpRequest, key: UUID) -> HttpResponse:
    """A refusal is said on the drill's own page: whoever was woken sees at once what became of it."""
    found = _drill(request, key)
    try:
        ended = actions.acknowledge_drill(by=_person(request), drill=found, now=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        return _page(request, _drill(request, key), refusal)
    messages.success(request, f"Acknowledged after {ended.took_words}. Thank you; nothing else is to be done.")
    return redirect(ended)


@require_POST
def cancel(request: HttpRequest, key: UUID) -> HttpResponse:
    found = actions.cancel_drill(by=_person(request), drill=_drill(request, key), now=timezone.now())
    messages.success(request, "The drill is cancelled; the test alert is taken back.")
    return redirect(found)


def _page(request: HttpRequest, found: Drill, refusal: Refused | None = None) -> HttpResponse:
    page = page_of(found, _person(request), timezone.now())
    status = status_of(refusal) if refusal else 200
    return render(request, "checks/drill.html", {"page": page, "drill": found, "refusal": refusal}, status=status)
