"""Everything at once: the manager's view of many services."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed
from readiness.accounts.rules import Action
from readiness.catalog.models import Lifecycle, Service, Tier
from readiness.catalog.rules import Trait
from readiness.portfolio import export
from readiness.portfolio.heat import page_of_rows
from readiness.portfolio.launches import SHOWN, launches
from readiness.portfolio.overdue import overdue
from readiness.portfolio.reach import services_where
from readiness.portfolio.selection import DECISIONS, WINDOWS, Selection, spoken
from readiness.portfolio.service_list import teams_seen
from readiness.portfolio.summary import summary


@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    """Five statements beside those that every page costs; the filters are rendered only with the whole page."""
    user: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    today = timezone.localdate()
    request.GET = spoken(request.GET)  # the tags that build links read it
    selection = Selection.of(request.GET, today)
    services = selection.among(Service.objects.visible_to(user), user)
    figures = summary(services, user, today)
    context = {
        "selection": selection,
        "figures": figures,
        "page": page_of_rows(services, selection, figures.services, request.GET.get("page")),
        "launches": launches(services, today),
        "more_launches": figures.upcoming - SHOWN,
        "overdue": overdue(services, today),
        "may_register": policy.may_anywhere(user, Action.CREATE_SERVICE),
    }
    if request.htmx:  # type: ignore[attr-defined]  # django_htmx
        response = render(request, "portfolio/portfolio.html#standing", context)
        response.headers["HX-Push-Url"] = f"{request.path}?{request.GET.urlencode()}".removesuffix("?")
        return response
    return render(request, "portfolio/portfolio.html", context | _choices(user))


def _choices(user: User) -> dict[str, Any]:
    return {
        "teams": teams_seen(user),
        "tiers": Tier.choices,
        "traits": [(trait.value, trait.label) for trait in Trait],
        "lifecycles": Lifecycle.choices,
        "decisions": DECISIONS.items(),
        "windows": WINDOWS.items(),
    }


@require_safe
def portfolio_csv(request: HttpRequest) -> HttpResponseBase:
    """What the same address without `.csv` shows, on all its pages, as far as this person may export it."""
    user: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    today = timezone.localdate()
    selection = Selection.of(request.GET, today)
    exportable = services_where(user, Action.EXPORT)
    if not exportable.exists() and not policy.may_anywhere(user, Action.EXPORT):
        raise NotAllowed(policy.RULE, policy.may(user, Action.EXPORT).reason)
    services = selection.among(Service.objects.visible_to(user), user).filter(pk__in=exportable.values("pk"))
    response = StreamingHttpResponse(export.lines(services, selection), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{export.file_name(today)}"'
    return response
