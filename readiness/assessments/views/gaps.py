"""The register of gaps: filter, sort, keep views of it, plan many at once, take it away as CSV."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.models import ListPage, SavedView, User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.forms.gaps import ManyForm
from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.people import people_of_all
from readiness.assessments.register import (
    COLUMNS,
    Filters,
    figures,
    gaps_to_export,
    owners_of_gaps,
    page_of_gaps,
    teams_with_gaps,
)
from readiness.assessments.spreadsheet import lines
from readiness.assessments.views.asking import cleaned, is_htmx, person
from readiness.catalog.models import Tier
from readiness.checklists.rules import Category, Gate


@dataclass(frozen=True, slots=True)
class Row:
    gap: Gap
    may_plan: bool


@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    user, today = person(request), timezone.localdate()
    views = list(SavedView.objects.filter(person=user, page=ListPage.GAPS))
    first = next((view for view in views if view.is_first and view.query), None)
    if first and not request.GET:
        return redirect(f"{request.path}?{first.query}")
    filters, number = Filters.of(request.GET), request.GET.get("page")
    request.GET = QueryDict(filters.query)  # the tags that build links read it
    page = page_of_gaps(user, filters, number, today)
    rows = rows_of(page, user)
    context = {
        "filters": filters,
        "views": views,
        "figures": figures(user, filters, today),
        "page": page,
        "rows": rows,
        "many": _many_form(rows),
        "row_query": urlencode({"checks": 1, "back": f"{request.path}?{filters.query}&page={page.number}"}),
        "columns": COLUMNS,
        "today": today,
    }
    if not is_htmx(request):
        return render(request, "assessments/gaps.html", context | _choices(user))
    response = render(request, "assessments/gaps.html#list", context)
    response.headers["HX-Push-Url"] = f"{request.path}?{filters.query}"
    return response


def rows_of(page: Page[Gap], user: User) -> list[Row]:
    return [Row(gap, may_plan(gap, user)) for gap in page]


def may_plan(gap: Gap, user: User) -> bool:
    return not gap.is_closed and bool(policy.may(user, Action.PLAN_GAP, gap.service.target))


def _many_form(rows: list[Row]) -> ManyForm | None:
    services = {row.gap.service for row in rows if row.may_plan}
    if not services:
        return None
    return ManyForm(people=people_of_all(services, timezone.now(), Action.PROPOSE_CLOSED), auto_id="many_%s")


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


@require_POST
def plan_many(request: HttpRequest) -> HttpResponse:
    """Each gap is planned on its own: what one refuses does not hold up the others, and is said by name."""
    user = person(request)
    asked = [value.partition(":")[0] for value in request.POST.getlist("gap")]
    chosen = Gap.objects.visible_to(user).with_context().filter(pk__in=[pk for pk in asked if pk.isdecimal()][:50])
    people = people_of_all({gap.service for gap in chosen}, timezone.now(), Action.PROPOSE_CLOSED)
    form = ManyForm(request.POST, people=people)
    said = cleaned(form, "accountable-output")
    refusals = [refusal for gap in chosen if (refusal := _planned(gap, form.versions.get(gap.pk, 0), said, user))]
    planned = len(chosen) - len(refusals)
    if planned:
        messages.success(request, f"{planned} gap{'' if planned == 1 else 's'} planned.")
    for refusal in refusals:
        messages.warning(request, refusal)
    return redirect(back_to(request.POST.get("back", "")))


def _planned(gap: Gap, version: int, said: dict[str, Any], user: User) -> str:
    """Empty, or why this one was not planned."""
    owner, due_on = said["owner"] or gap.owner, said["due_on"] or gap.due_on
    try:
        actions.plan_gap(
            by=user, gap=gap, version=version, owner=owner, due_on=due_on, plan=gap.plan, reason=said["reason"],
            now=timezone.now(),
        )  # fmt: skip
    except Refused as refusal:
        return f"{gap.item.title} of {gap.service}: {refusal.sentence}"
    return ""


def back_to(back: str) -> str:
    """To the page of the register this was sent from, filters and all."""
    register = reverse("assessments:gaps")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.partition("?")[0] == register
    return back if is_ours else register
