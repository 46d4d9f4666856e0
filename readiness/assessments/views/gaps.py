"""The register of gaps: filter, sort, keep views of it, as a list or as a board, take it away as CSV."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from readiness.accounts import policy
from readiness.accounts.models import ListPage, SavedView, User
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.forms.many_gaps import ManyForm
from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.people import people_of_all
from readiness.assessments.register import (
    COLUMNS,
    Filters,
    board,
    figures,
    gaps_to_export,
    owners_of_gaps,
    page_of_gaps,
    teams_with_gaps,
)
from readiness.assessments.spreadsheet import lines
from readiness.assessments.views.asking import is_htmx, person
from readiness.catalog.models import Tier
from readiness.checklists.rules import Category, Gate

REPORT = "gaps_report"
"""What became of the last change of many gaps, in the session."""


@dataclass(frozen=True, slots=True)
class Row:
    gap: Gap
    may_plan: bool
    may_comment: bool

    @classmethod
    def of(cls, gap: Gap, user: User) -> "Row":
        target = gap.service.target
        may_plan = not gap.is_closed and bool(policy.may(user, Action.PLAN_GAP, target))
        return cls(gap, may_plan, bool(policy.may(user, Action.COMMENT, target)))


@dataclass(frozen=True, slots=True)
class Many:
    """What this person may do with several of the gaps on the page."""

    form: ManyForm
    may_plan: bool


@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    user = person(request)
    views = list(SavedView.objects.filter(person=user, page=ListPage.GAPS))
    first = next((view for view in views if view.is_first and view.query), None)
    if first and not request.GET:
        return redirect(f"{request.path}?{first.query}")
    asked, filters = request.GET, Filters.of(request.GET)
    request.GET = QueryDict(filters.query)  # the tags that build links read it
    context = _shown(user, filters, asked.get("page")) | {
        "filters": filters,
        "views": views,
        "figures": figures(user, filters, timezone.localdate()),
        "report": request.session.get(REPORT) if "report" in asked else None,
    }
    if not is_htmx(request):
        return render(request, "assessments/gaps.html", context | _choices(user))
    response = render(request, "assessments/gaps.html#list", context)
    response.headers["HX-Push-Url"] = f"{request.path}?{filters.query}"
    return response


def _shown(user: User, filters: Filters, number: str | None) -> dict[str, Any]:
    """The gaps themselves, as a list or as a board."""
    today, back = timezone.localdate(), f"{reverse('assessments:gaps')}?{filters.query}"
    if filters.is_board:
        columns = [
            {"status": column.status, "count": column.count, "more": column.more, "rows": rows_of(column.gaps, user)}
            for column in board(user, filters, today)
        ]
        return {"columns": columns, "row_query": urlencode({"as": "card", "back": back}), "back": back}
    page = page_of_gaps(user, filters, number, today)
    rows, back = rows_of(page, user), f"{back}&page={page.number}"
    many = _many(rows)
    return {
        "page": page, "rows": rows, "many": many, "columns": COLUMNS, "today": today, "most": actions.MOST_AT_ONCE,
        "row_query": urlencode({"checks": 1, "back": back} if many else {"back": back}), "back": back,
    }  # fmt: skip


def rows_of(gaps: Iterable[Gap], user: User) -> list[Row]:
    return [Row.of(gap, user) for gap in gaps]


def _many(rows: list[Row]) -> Many | None:
    if not any(row.may_comment for row in rows):
        return None
    services = {row.gap.service for row in rows if row.may_plan}
    people = people_of_all(services, timezone.now(), Action.PROPOSE_CLOSED)
    return Many(ManyForm(people=people), may_plan=bool(services))


def _choices(user: User) -> dict[str, Any]:
    return {
        "teams": teams_with_gaps(user),
        "owners": [(str(owner.pk), str(owner)) for owner in owners_of_gaps(user) if owner != user],
        "gates": list(Gate),
        "statuses": GapStatus.choices,
        "categories": list(Category),
        "tiers": [(str(value), label) for value, label in Tier.choices],
    }


@require_safe
def gaps_csv(request: HttpRequest) -> HttpResponseBase:
    """What the same address without `.csv` shows, on all its pages, as far as this person may export it."""
    user, today = person(request), timezone.localdate()
    if not policy.may_anywhere(user, Action.EXPORT) and not user.leads.exists():
        raise policy.NotAllowed(policy.RULE, policy.may(user, Action.EXPORT).reason)
    rows = gaps_to_export(user, Filters.of(request.GET), today)
    response = StreamingHttpResponse(lines(rows, today), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="gaps-{today.isoformat()}.csv"'
    return response


def back_to(back: str) -> str:
    """To the page of the register this was sent from, filters and all."""
    register = reverse("assessments:gaps")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.partition("?")[0] == register
    return back if is_ours else register
