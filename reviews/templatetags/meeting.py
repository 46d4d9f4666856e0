"""How the meeting's pages say spans of time, and read a packet's dates back."""

from datetime import date, datetime
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from readiness.assessments.models.evidence import KIND_WORDS
from readiness.assessments.rules import Decision
from reviews.live import picture
from reviews.rules import VoteChoice

register = template.Library()


@register.filter
def clock(seconds: int) -> str:
    """As in "7:05" or "1:02:30"."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def moment(text: str | None) -> datetime | None:
    """A packet's moment (ISO 8601 in UTC) as one that `when` and `day` show."""
    return parse_datetime(text) if text else None


@register.filter
def calendar_day(text: str | None) -> date | None:
    """A packet's day."""
    return parse_date(text) if text else None


@register.filter
def of(mapping: dict[str, object], key: str) -> object:
    """`titles|of:key`; empty for a key that is not there."""
    return mapping.get(key, "")


@register.filter
def label(state: object) -> str:
    """A stored word as people read it: "not_applicable" is "Not applicable"."""
    if state == Decision.NO_GO:
        return Decision.NO_GO.label
    return str(state).replace("_", " ").capitalize()


@register.filter
def by_heading(items: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The items of a packet under their checklist's own chapters, else under their categories."""
    found: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        found.setdefault(item.get("chapter") or label(item["category"]), []).append(item)
    return list(found.items())


@register.filter
def words(name: str) -> str:
    """A rule's name as people read it: "accountable-output" is "accountable output"."""
    return str(name).replace("-", " ")


@register.filter
def stop(sentence: str) -> str:
    """With its full stop, whether it brought one or not."""
    return f"{str(sentence).rstrip('. ')}."


@register.filter
def kind(name: str) -> str:
    """A check's type as people read it: "error_leak" is "Error pages"."""
    return KIND_WORDS.get(name) or label(name)


@register.filter
def cell(text: str) -> str:
    """Text that stays inside its cell of a Markdown table."""
    return " ".join(str(text).split()).replace("\\", "\\\\").replace("|", "\\|")


@register.simple_tag(takes_context=True)
def region(context: Context, name: str, key: object = "") -> SafeString:
    """A region of the room in its place. In the page it is the region itself; inside another region, a slot for it, and nothing
    while it does not exist.
    """
    region_id = f"{name}-{key}" if key else name
    if "regions" in context:
        return mark_safe(picture.put_together(context["regions"], region_id))  # noqa: S308 - rendered templates
    return mark_safe(picture.slot(name, region_id) if region_id in context["there"] else "")  # noqa: S308 - from the table


@register.simple_tag
def at(moment: datetime | None, style: str = "ago", empty: str = "never") -> SafeString:
    """A moment for everybody's screen: in the installation's zone, until room.js says it in the reader's words. `style`: "ago",
    "time" or "long".
    """
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', empty)
    local = timezone.localtime(moment)
    words = {"time": "H:i", "long": "l j F, H:i"}.get(style, "j M Y, H:i")
    return format_html(
        '<time datetime="{}" data-at="{}">{}</time>', moment.isoformat(), style, date_format(local, words)
    )


@register.simple_tag
def clock_of(ran: int, since: datetime | None, limit: int) -> SafeString:
    """A clock that the screen counts on: seconds that ran before, and since when it runs again (None: it stands still)."""
    if since is None:
        return format_html('<span data-clock="{}" data-limit="{}">{}</span>', ran, limit, clock(ran))
    return format_html(
        '<span data-clock="{}" data-since="{}" data-limit="{}">since {}</span>',
        ran, since.isoformat(), limit, date_format(timezone.localtime(since), "H:i"),
    )  # fmt: skip


@register.filter
def unsettled(topics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is still parked of a packet's parking lot."""
    return [topic for topic in topics if not topic["settled_at"]]


@register.filter
def tally(votes: list[dict[str, Any]]) -> str:
    """As in "2 good enough, 1 not sure"."""
    counted = [(choice, sum(vote["choice"] == choice for vote in votes)) for choice in VoteChoice]
    return ", ".join(f"{count} {choice.label.lower()}" for choice, count in counted if count)


@register.filter
def choice(word: str) -> str:
    return VoteChoice(word).label.lower()


@register.filter
def statuses(items: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """How many items stood how: the worst first."""
    order = ("not_met", "unknown", "stale", "met", "not_applicable")
    return [(status, count) for status in order if (count := sum(item["status"] == status for item in items))]
