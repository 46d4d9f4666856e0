"""The portfolio over time: a page of cards, each a fragment and a page of its own, and the rows behind every number."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.accounts import policy
from readiness.accounts.policy import NotAllowed
from readiness.accounts.rules import Action
from readiness.assessments.views.asking import is_htmx, person
from readiness.catalog.reach import services_where
from readiness.portfolio.insights import export, rollup
from readiness.portfolio.insights.cards import CARDS, Card
from readiness.portfolio.insights.looking import Look, words_of
from readiness.portfolio.insights.period import CHOICES
from readiness.portfolio.insights.rows import KINDS, Kind, Narrowed
from readiness.portfolio.service_list import teams_seen
from readiness.portfolio.views import portfolio

PAGE_SIZE = 50


@require_safe
def insights(request: HttpRequest) -> HttpResponse:
    """The frame; each card asks for itself, so that the slowest keeps nobody waiting."""
    look = _look(request)
    waiting = [(key, card, look.to("insight", key)) for key, card in CARDS.items()]
    return render(request, "portfolio/insights.html", _frame(request, look) | {"waiting": waiting})


@require_safe
def insight(request: HttpRequest, card: str) -> HttpResponse:
    look, found = _look(request), _card(card)
    context = shown(card, look) | {"may_export": policy.may_anywhere(look.user, Action.EXPORT)}
    if is_htmx(request):
        return render(request, "portfolio/_insight.html", context)
    return render(
        request, "portfolio/insight.html", _frame(request, look) | context | {"is_alone": True, "card": found}
    )


def shown(key: str, look: Look, *, is_shared: bool = False) -> dict[str, Any]:
    """What the card's template asks for. Behind a shared link nothing leads anywhere."""
    card = CARDS[key]
    read = card.read(look)
    return {
        "key": key,
        "card": card,
        "look": look,
        "insight": read,
        "chart_id": f"chart-{key}",
        "told": read.chart.told(is_linked=not is_shared) if read.chart else None,
        "is_shared": is_shared,
        "turns": [] if is_shared or key != "heat" else _turns(look),
    }


def _turns(look: Look) -> list[tuple[str, str, bool]]:
    """The ways to roll the heat map up: (words, address, is it this one)."""
    services = ("Service", f"{look.to('portfolio', by=None)}#heat", False)
    others = [(words, look.to("insight", "heat", by=by), by == rollup.by_of(look)) for by, words in rollup.BY.items()]
    return [services, *others]


@require_safe
def insight_csv(request: HttpRequest, card: str) -> HttpResponseBase:
    """The figures of the services that this person may export: they may be fewer than those on the page."""
    found, look = _card(card), _look(request, Action.EXPORT)
    _require_export(look)
    tables = found.read(look).tables
    wanted = next((table for table in tables if table.key == request.GET.get("table")), tables[0] if tables else None)
    lines = export.of_table(wanted) if wanted else iter(["nothing\r\n"])
    return _file(lines, export.file_name(f"{card}-{wanted.key}" if wanted else card, look.today))


@require_safe
def insight_rows(request: HttpRequest, kind: str) -> HttpResponse:
    look, found, narrowed = _look(request), _kind(kind), Narrowed.of(request.GET)
    page = Paginator(found.rows(look, narrowed), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "kind": kind,
        "found": found,
        "look": look,
        "words": narrowed.words,
        "page": page,
        "rows": [found.cells(row) for row in page],
        "back_url": look.to("insights", by=None),
        "may_export": policy.may_anywhere(look.user, Action.EXPORT),
    }
    return render(request, "portfolio/insight_rows.html", context)


@require_safe
def insight_rows_csv(request: HttpRequest, kind: str) -> HttpResponseBase:
    found, look = _kind(kind), _look(request, Action.EXPORT)
    _require_export(look)
    return _file(export.of_rows(found, look, Narrowed.of(request.GET)), export.file_name(kind, look.today))


def _look(request: HttpRequest, action: Action = Action.SEE) -> Look:
    return Look.of(person(request), request.GET, today=timezone.localdate(), action=action)


def _card(key: str) -> Card:
    if key not in CARDS:
        raise Http404
    return CARDS[key]


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise Http404
    return KINDS[key]


def _frame(request: HttpRequest, look: Look) -> dict[str, Any]:
    """What stands around the cards: filters, days, what is looked at in words."""
    teams = list(teams_seen(person(request)).values_list("slug", "name"))
    return portfolio.CHOICES | {
        "look": look,
        "selection": look.selection,
        "teams": teams,
        "words": words_of(look, dict(teams)),
        "ranges": list(CHOICES.items()),
        "may_share": policy.may_anywhere(look.user, Action.SHARE),
    }


def _require_export(look: Look) -> None:
    if not services_where(look.user, Action.EXPORT).exists() and not policy.may_anywhere(look.user, Action.EXPORT):
        raise NotAllowed(policy.RULE, policy.may(look.user, Action.EXPORT).reason)


def _file(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
