"""Pages about checks: of a service, one with its runs, its set-up, and those that somebody should look at."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict
from readiness.accounts.rules import Action
from readiness.catalog.models import Service
from readiness.checks import actions, pages
from readiness.checks.actions import WrongConfig
from readiness.checks.forms import ConfigForm
from readiness.checks.models import Check
from readiness.checks.rows import row_of
from readiness.checks.types import TYPES

PLACES = ("alone", "item")


def _person(request: HttpRequest) -> User:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    return person


def _check(request: HttpRequest, pk: int) -> Check:
    visible = Check.objects.visible_to(request.user).select_related("service__team", "item__assessment")
    return get_object_or_404(visible, pk=pk)


@require_safe
def checks(request: HttpRequest, slug: str) -> HttpResponse:
    service = get_object_or_404(Service.objects.visible_to(request.user).select_related("team"), slug=slug)
    return render(
        request, "checks/checks.html", {"service": service, "page": pages.of_service(service, _person(request))}
    )


@require_POST
def run_all(request: HttpRequest, slug: str) -> HttpResponse:
    service = get_object_or_404(Service.objects.visible_to(request.user), slug=slug)
    runs = actions.run_all(by=_person(request), service=service, now=timezone.now())
    messages.success(request, f"{len(runs)} check{'' if len(runs) == 1 else 's'} will run now.")
    return redirect("checks:checks", service.slug)


@require_safe
def troubled(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    trouble = pages.Trouble.of(request.GET.get("show"))
    page = Paginator(pages.troubled(person, trouble), pages.ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": pages.rows_of(page.object_list, person), "trouble": trouble}
    return render(request, "checks/troubled.html", context | {"counts": pages.trouble_counts(person)})


@require_safe
def check(request: HttpRequest, pk: int) -> HttpResponse:
    found = _check(request, pk)
    page = pages.of_check(found, _person(request), run=request.GET.get("run"), number=request.GET.get("page"))
    return render(request, "checks/check.html", {"check": found, "page": page})


@require_safe
def row(request: HttpRequest, pk: int) -> HttpResponse:
    """The row alone, asked for while something is under way. On the check's own page, and on that of its item, the end
    of it changes the whole page.
    """
    place = _place(request.GET)
    rows = Check.objects.visible_to(request.user).for_rows(with_figures=bool(place))
    shown = row_of(get_object_or_404(rows, pk=pk), _person(request))
    if not request.htmx:  # type: ignore[attr-defined]  # django_htmx
        return redirect(shown.check)
    response = render(request, "checks/_check_row.html", {"row": shown, "place": place})
    if place and not shown.waiting:
        response["HX-Refresh"] = "true"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def configure(request: HttpRequest, pk: int) -> HttpResponse:
    found = _check(request, pk)
    policy.require(request.user, Action.CONFIGURE_CHECK, found.service.target)
    if found.type not in TYPES:
        raise Http404
    form = ConfigForm(found, request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            actions.configure(by=_person(request), check=found, version=version, config=form.config, now=timezone.now())
        except WrongConfig as refusal:
            form.take_refusal(refusal)
        except Conflict as conflict:
            form.take_conflict(conflict)
            status = 409
        else:
            messages.success(request, "The check is set up and runs within a minute.")
            return redirect(found)
    status = 422 if form.errors and status == 200 else status
    return render(request, "checks/configure.html", {"check": found, "form": form}, status=status)


@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = _check(request, pk)
    actions.run_now(by=_person(request), check=found, now=timezone.now())
    return _answer(request, found)


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    found = _check(request, pk)
    is_enabled = request.POST.get("to") == "on"
    version = request.POST.get("version", "")
    seen = int(version) if version.isdecimal() else 0
    actions.switch(by=_person(request), check=found, version=seen, is_enabled=is_enabled, now=timezone.now())
    return _answer(request, found)


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    found = _check(request, pk)
    actions.release(by=_person(request), check=found, now=timezone.now())
    return _answer(request, found)


def _place(said: QueryDict) -> str:
    """Where the row stands: on the check's own page (alone), on that of its item, or (empty) in a list."""
    return said.get("place", "") if said.get("place") in PLACES else ""


def _answer(request: HttpRequest, changed: Check) -> HttpResponse:
    """For htmx the row as it is now; else back to the page where the button was."""
    if request.htmx:  # type: ignore[attr-defined]  # django_htmx
        place = _place(request.POST)
        fresh = Check.objects.for_rows(with_figures=bool(place)).get(pk=changed.pk)
        context = {"row": row_of(fresh, _person(request)), "place": place}
        return render(request, "checks/_check_row.html", context)
    back = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else reverse("checks:check", args=[changed.pk]))
