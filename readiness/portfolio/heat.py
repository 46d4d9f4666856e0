"""The heat map: services × categories, from the counters that assessments keep beside their facts.

Fifty rows of twelve cells are most of what the page costs, so a row carries ready strings and is read as plain values by one
statement; see tests/bench/test_portfolio.py for what that buys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from readiness.catalog.models import Lifecycle, Service, ServiceQuerySet
from readiness.checklists.rules import Category
from readiness.face.templatetags import face
from readiness.portfolio.selection import Selection, open_gaps, overdue_gaps

PAGE_SIZE = 50
FIELDS = (
    "slug", "name", "tier", "team__name", "lifecycle", "go_live_on", "launched_on",
    "assessment__counts", "assessment__hard_applicable", "assessment__hard_met", "assessment__hard_open",
    "assessment__computed_decision", "open_gaps", "overdue_gaps",
)  # fmt: skip
CATEGORIES = tuple(category.value for category in Category)


@dataclass(frozen=True, slots=True)
class Cell:
    """One category of one service. `tone` is one of `face.heat_cell`'s; `words` say what the colour says."""

    tone: str
    number: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """What a row shows. `cells` are all but the first, ready to be put out: a template variable for each of them cost
    more than everything else on the page.
    """

    url: str
    name: str
    team: str
    cells: SafeString


NOT_MEASURED = Cell("none", "–", "not measured")
TONES = (("open_hard", "blocked"), ("open_tracked", "gap"), ("unknown", "unknown"), ("waived", "waived"))
"""The worst that a category holds gives it its tone (red: an unmet hard gate only)."""
WORDS = {
    "open_hard": ("hard gate open", "hard gates open"),
    "open_tracked": ("gap", "gaps"),
    "unknown": ("unknown", "unknown"),
    "waived": ("waived", "waived"),
}


def cell(counts: Mapping[str, int] | None) -> Cell:
    """What the counters of one category (see `Assessment.counts`) look like."""
    if counts is None:
        return NOT_MEASURED
    applicable, met = counts["applicable"], counts["met"]
    if not applicable:
        return Cell("none", "–", "not applicable")
    tone = next((tone for name, tone in TONES if counts[name]), "met")
    return Cell(tone, f"{met}/{applicable}", _words(counts) or "all met")


def _words(counts: Mapping[str, int]) -> str:
    parts = [
        f"{counts[name]} {one if counts[name] == 1 else many}" for name, (one, many) in WORDS.items() if counts[name]
    ]
    # Unknown is grey, but an unknown hard gate stands in the way like an unmet one (rule *unknown-blocks*).
    if unproved := counts["blocking"] - counts["open_hard"]:
        parts.append(f"{unproved} of the unknown {'is a hard gate' if unproved == 1 else 'are hard gates'}")
    return ", ".join(parts)


def page_of_rows(
    services: ServiceQuerySet, selection: Selection, count: int, number: str | None, found: Sequence[int] | None = None
) -> Page[Row]:
    """One page of the heat map in one statement. `count`: how many services are selected, known already. `found`: the numbers of
    all of them in order, where they are known; the database then looks for fifty by their numbers and orders nothing.
    """
    paginator: Paginator[Any] = Paginator(range(count), PAGE_SIZE)
    at = paginator.get_page(number).number
    first = (at - 1) * PAGE_SIZE
    # The inner query finds the fifty, the outer reads what they show: counting gaps for ten thousand would be for nothing.
    asked: Any = selection.found(services).values("pk") if found is None else found
    fifty = Service.objects.filter(pk__in=asked[first : first + PAGE_SIZE])
    shown = fifty.annotate(open_gaps=open_gaps(), overdue_gaps=overdue_gaps(selection.today))
    rows = [_row(values, selection.today) for values in selection.ordered(shown).values_list(*FIELDS)]
    return Page(rows, at, paginator)


def _row(values: Sequence[Any], today: date) -> Row:
    slug, name, tier, team, lifecycle, go_live_on, launched_on, counts, hard, met, blocking, decision, gaps, overdue = (
        values
    )
    url = service_url(slug)
    heat = "".join(_shown(cell(counts[key] if counts else None), f"{url}#{key}") for key in CATEGORIES)
    rest = f"{_gates(hard, met, blocking)}{_gaps(gaps, overdue)}{_go_live(go_live_on, launched_on, lifecycle, today)}"
    return Row(url, name, team, SafeString(f"{_tier(tier)}{heat}{rest}{_decision(decision)}"))


def service_url(slug: str) -> str:
    """`reverse` costs more than the rest of a row; its answer differs in the slug only."""
    return _service_url().replace("-slug-", slug)


@lru_cache(maxsize=1)
def _service_url() -> str:
    return reverse("portfolio:service", args=["-slug-"])


# The cells, each with its <td>. There are few different ones, so that a page finds nearly all of them made.


def _shown(one: Cell, href: str) -> str:
    start, end = _around(one.tone, one.number, one.words)
    return f"<td>{start}{href}{end}</td>"


@lru_cache(maxsize=4096)
def _around(tone: str, number: str, words: str) -> tuple[str, str]:
    """A heat cell before and after its address. Slugs need no escaping."""
    start, end = face.heat_cell(tone, number, words, "-href-").split("-href-")
    return start, end


@lru_cache(maxsize=8)
def _tier(number: int) -> SafeString:
    return format_html("<td>{}</td>", face.tier(number))


@lru_cache(maxsize=8)
def _decision(decision: str | None) -> SafeString:
    badge = (
        face.decision_badge(decision) if decision else SafeString('<span class="text-secondary">Not measured</span>')
    )
    return format_html('<td class="cell-nowrap">{}</td>', badge)


@lru_cache(maxsize=4096)
def _gates(applicable: int | None, met: int | None, blocking: int | None) -> SafeString:
    if applicable is None:
        return SafeString('<td class="cell-num">–</td>')
    note = format_html('<span class="cell-note">{} open</span>', blocking) if blocking else ""
    return format_html('<td class="cell-num">{}/{}{}</td>', met, applicable, note)


@lru_cache(maxsize=4096)
def _gaps(number: int, overdue: int) -> SafeString:
    late = format_html('<span class="cell-note text-tone tone-bad">{} overdue</span>', overdue) if overdue else ""
    return format_html('<td class="cell-num">{}{}</td>', number or "–", late)


@lru_cache(maxsize=4096)
def _go_live(day: date | None, launched_on: date | None, lifecycle: str, today: date) -> SafeString:  # noqa: ARG001 - `today` keeps yesterday's words out of the cache
    if launched_on:
        words = format_html('<span class="text-secondary">Live since {}</span>', face.day(launched_on))
    elif day:
        words = face.due(day)
    else:
        is_live = lifecycle == Lifecycle.PRODUCTION
        words = format_html('<span class="text-secondary">{}</span>', "Live" if is_live else "No date")
    return format_html('<td class="cell-nowrap">{}</td>', words)
