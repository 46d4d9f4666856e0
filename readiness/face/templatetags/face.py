"""The template tags of every page. They are built-ins: no {% load %} needed. See the style guide at /styleguide/."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from readiness.face import badges, drawing, markdown as markdown_text, moments, navigation, standing

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """An icon of the sprite. Hidden from screen readers unless it has a `label`."""
    shown = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')
    return format_html(
        '<svg class="icon{}"{}><use href="{}#{}"></use></svg>',
        f" {classes}" if classes else "",
        shown,
        static("vendor/icons.svg"),
        name,
    )


@lru_cache(maxsize=1024)
def _badge(badge: badges.Badge, kind: str = "badge") -> SafeString:
    return format_html('<span class="{} tone-{}">{}{}</span>', kind, badge.tone, icon(badge.icon), badge.word)


@register.simple_tag
def status_badge(status: object, gate: object = "", word: str = "") -> SafeString:
    """Icon, word and tone of a status. With `gate="hard"` an unmet item is red instead of amber."""
    badge = badges.status(status, gate)
    return _badge(badges.Badge(badge.icon, word, badge.tone) if word else badge)


@register.simple_tag
def status_icon(status: object, gate: object = "") -> SafeString:
    """The icon alone for dense tables, with the word for screen readers and on hover."""
    badge = badges.status(status, gate)
    return format_html(
        '<span class="status-icon tone-{}" title="{}">{}</span>', badge.tone, badge.word, icon(badge.icon, badge.word)
    )


@register.simple_tag
def gate_badge(gate: object) -> SafeString:
    return _badge(badges.gate(gate), "badge badge--quiet")


@register.simple_tag
def decision_badge(decision: object, *, large: bool = False) -> SafeString:
    return _badge(badges.decision(decision), "badge badge--lg" if large else "badge")


@register.simple_tag
def tier(number: int | None) -> SafeString:
    """Tier 1 is critical; the badge gets quieter from 1 to 4."""
    if not number:
        return format_html('<span class="tier">{}</span>', "No tier")
    word = {1: "Critical", 2: "High", 3: "Medium", 4: "Low"}.get(int(number), "")
    return format_html('<span class="tier tier--{}" title="{}">Tier {}</span>', number, word, number)


def _exact(moment: date) -> str:
    if isinstance(moment, datetime):
        local = timezone.localtime(moment)
        return f"{date_format(local, 'D j M Y, H:i')} {local.tzname()}"
    return date_format(moment, "D j M Y")


def _relative(moment: date) -> str:
    if isinstance(moment, datetime):
        return moments.relative(timezone.localtime(moment), timezone.localtime())
    return moments.relative_day(moment, timezone.localdate())


@register.simple_tag
def when(moment: date | datetime | None, empty: str = "never") -> SafeString:
    """Say "in 3 days", with the exact time in the reader's zone on hover."""
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', empty)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _exact(moment), _relative(moment)
    )


@register.simple_tag
def day(moment: date | datetime | None, empty: str = "not set") -> SafeString:
    """A date spelled out: "14 Mar 2026", with how far away it is on hover."""
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', empty)
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _relative(moment), date_format(local, "j M Y")
    )


@register.simple_tag
def due(moment: date | None, *, done: bool = False, empty: str = "No due date") -> SafeString:
    """A due date: red with its own icon and words when it has passed and the thing is not done."""
    if moment is None:
        return format_html('<span class="due due--none">{}</span>', empty)
    local = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    late = "" if done else moments.overdue_by(local, timezone.localdate())
    words = format_html("{}{}", icon("calendar-due"), late) if late else _relative(local)
    return format_html(
        '<time class="due{}" datetime="{}" title="{}">{}</time>',
        " due--overdue" if late else "",
        local.isoformat(),
        _exact(local),
        words,
    )


def _initials(name: str) -> str:
    words = name.partition("@")[0].replace(".", " ").replace("-", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def _name(user: object) -> str:
    full_name = getattr(user, "get_full_name", None)
    return (full_name() if callable(full_name) else "") or str(getattr(user, "name", "") or user)


@register.simple_tag
def person(user: object | None, empty: str = "No owner", *, avatar_only: bool = False) -> SafeString:
    """Initials and name; a dashed circle where nobody is."""
    if not user:
        return format_html('<span class="person person--none"><span class="initials"></span>{}</span>', empty)
    name = _name(user)
    if avatar_only:
        return format_html(
            '<span class="person" title="{}"><span class="initials" aria-hidden="true">{}</span>'
            '<span class="visually-hidden">{}</span></span>',
            name, _initials(name), name,
        )  # fmt: skip
    return format_html(
        '<span class="person"><span class="initials" aria-hidden="true">{}</span>{}</span>', _initials(name), name
    )


@register.simple_tag
def heat_cell(tone: str, number: object, word: str, href: str = "") -> SafeString:
    """A heat-map cell. `tone`: met, gap, blocked, unknown, waived, busy, none; `word` is read out and shown on hover."""
    start, end = ("a", format_html(' href="{}"', href)) if href else ("span", "")
    return format_html(
        '<{} class="heat heat--{}"{} title="{}">{}<span class="visually-hidden">, {}</span></{}>',
        start, tone, end, word, number, word, start,
    )  # fmt: skip


@register.simple_tag
def standing_bar(**counts: int) -> SafeString:
    """How many items are what, as one stacked bar: met, hard, gaps, waived, unknown, stale (counts, in any selection)."""
    return standing.bar(counts)


@register.simple_tag
def meter(fill: float, tone: str, mark: float | None = None) -> SafeString:
    """A bar filled up to `fill`, with a line where its limit is (both 0 to 1). Stands beside the numbers."""
    return drawing.meter(fill, tone, mark)


@register.simple_tag
def stack(parts: Iterable[tuple[Any, str]]) -> SafeString:
    """One bar of several parts: rows with `fill`, each with its tone."""
    return drawing.stack((row.fill, tone) for row, tone in parts)


@register.simple_tag
def validity(observed_at: datetime, valid_until: datetime) -> SafeString:
    """How much of the time for which proof holds is used up, as a bar with a mark for now."""
    return drawing.validity(observed_at, valid_until, timezone.now())


@register.filter
def markdown(text: str) -> SafeString:
    """What somebody wrote as Markdown, cleaned, in a `div.prose`."""
    return markdown_text.rendered(text)


@register.simple_tag(takes_context=True)
def nav_items(context: Context) -> list[navigation.NavItem]:
    request = context.get("request")
    return navigation.items(request.path if request else "")


_INPUT_CLASSES: Mapping[type, str] = {
    CheckboxSelectMultiple: "choices",
    RadioSelect: "choices",
    CheckboxInput: "form-check-input",
    Select: "form-select",
    FileInput: "form-control",
}


def _input_class(field: BoundField) -> str:
    widget = field.field.widget
    base = next((css for kind, css in _INPUT_CLASSES.items() if isinstance(widget, kind)), "form-control")
    return " ".join(filter(None, [widget.attrs.get("class", ""), base, "is-invalid" if field.errors else ""]))


@register.inclusion_tag("_field.html")
def field(bound: BoundField, label: str = "", *, optional: bool = True, rows: int = 0, **attrs: Any) -> dict[str, Any]:
    """A form field with label, help and errors at the place.

    Extra keywords become attributes of the input (`_` reads as `-`); `rows` sets the height of a textarea;
    `optional=False` leaves out the word "optional".
    """
    extra = {key.replace("_", "-"): value for key, value in attrs.items()} | ({"rows": rows} if rows else {})
    widget = bound.field.widget
    return {
        "field": bound,
        "label": label or bound.label,
        "control": bound.as_widget(attrs={**extra, "class": _input_class(bound)}),
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": isinstance(widget, (RadioSelect, CheckboxSelectMultiple)),
        "says_optional": optional and not bound.field.required and not isinstance(widget, CheckboxInput),
    }
