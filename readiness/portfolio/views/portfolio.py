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
from readiness.catalog.models import Lifecycle, Tier
from readiness.catalog.reach import services_where
from readiness.catalog.rules import Trait
from readiness.portfolio import export
from readiness.portfolio.heat import page_of_rows
from readiness.portfolio.overview import look, selected
from readiness.portfolio.selection import DECISIONS, WINDOWS, Selection, spoken

CHOICES: dict[str, Any] = {
    "tiers": Tier.choices,
    "traits": [(trait.value, trait.label) for trait in Trait],
    "lifecycles": Lifecycle.choices,
    "decisions": list(DECISIONS.items()),
    "windows": list(WINDOWS.items()),
}


@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    """At most five statements beside those that every page costs; two when nothing was recorded since the last look but one."""
    user: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    request.GET = spoken(request.GET)  # type: ignore[assignment]  # the tags that build links read it
    selection = Selection.of(request.GET, timezone.localdate())
    looked = look(user, selection)
    seen = looked.overview
    count = seen.summary.total.services
    context = CHOICES | {
        "selection": selection,
        "seen": seen,
        "figures": seen.summary.total,
        "page": page_of_rows(selected(user, selection), selection, count, request.GET.get("page"), looked.found),
        "may_register": policy.may_anywhere(user, Action.CREATE_SERVICE),
    }
    if not request.htmx:  # type: ignore[attr-defined]  # django_htmx
        return render(request, "portfolio/portfolio.html", context)
    response = render(request, "portfolio/portfolio.html#standing", context)
    response.headers["HX-Push-Url"] = f"{request.path}?{request.GET.urlencode()}".removesuffix("?")
    return response


@require_safe
def portfolio_csv(request: HttpRequest) -> HttpResponseBase:
    """What the same address without `.csv` shows, on all its pages, as far as this person may export it."""
    user: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    selection = Selection.of(request.GET, timezone.localdate())
    exportable = services_where(user, Action.EXPORT)
    if not exportable.exists() and not policy.may_anywhere(user, Action.EXPORT):
        raise NotAllowed(policy.RULE, policy.may(user, Action.EXPORT).reason)
    services = selected(user, selection).filter(pk__in=exportable.values("pk"))
    response = StreamingHttpResponse(export.lines(services, selection), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{export.file_name(selection.today)}"'
    return response
