"""Words for what happened to one gap, waiver or item, on its own page: its name is not repeated there."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from readiness.assessments.promql.thresholds import metric_of
from readiness.assessments.rules import ItemStatus
from readiness.history.models import Entry
from readiness.history.sentences import Change, field_word, value_words

register = template.Library()

SHORT = {
    "gap.opened": "opened the gap",
    "gap.reopened": "opened the gap again",
    "gap.planned": "changed the plan",
    "gap.gate": "the gate changed with the service",
    "gap.started": "started work",
    "gap.proposed": "proposed it as closed",
    "gap.proposal_withdrawn": "took the proposal back",
    "gap.sent_back": "sent it back",
    "gap.closed": "closed the gap",
    "gap.issue_asked": "asked for an issue about it",
    "gap.ticket_noted": "noted where it is tracked",
    "gap.ticket_linked": "linked a ticket",
    "gap.ticket_removed": "removed the ticket",
    "gap.step_added": "added a step",
    "gap.step_edited": "changed a step",
    "gap.step_moved": "moved a step",
    "gap.step_done": "ticked a step",
    "gap.step_undone": "took a tick back",
    "gap.step_removed": "removed a step",
    "gap.commented": "wrote a comment",
    "gap.comment_edited": "edited a comment",
    "gap.comment_withdrawn": "withdrew a comment",
    "waiver.requested": "asked for a waiver",
    "waiver.renewal_requested": "asked to renew the waiver",
    "waiver.renewed": "renewed the waiver: a later one took over",
    "waiver.approved": "approved the waiver",
    "waiver.refused": "refused the waiver",
    "waiver.revoked": "ended the waiver early",
    "waiver.expired": "ended the waiver: its day has come",
    "item.excused": "said that it does not apply",
    "item.excuse_confirmed": "confirmed that it does not apply",
    "item.excuse_withdrawn": "said that it applies after all",
}


IN_DETAIL = frozenset(
    {
        "gap.planned", "gap.step_added", "gap.step_edited", "gap.step_done", "gap.step_undone", "gap.step_removed",
        "gap.ticket_linked", "gap.ticket_removed",
    }
)  # fmt: skip
"""Verbs of a trail whose fields are part of what happened."""


@register.filter
def is_told_in_detail(entry: Entry) -> bool:
    return entry.verb in IN_DETAIL


@register.filter
def in_short(entry: Entry) -> str:
    if entry.verb == "item.status":
        was, now = (_status(values.get("status")) for values in (entry.before, entry.after))
        return f"moved the item from {was} to {now}"
    return SHORT.get(entry.verb) or str(entry.sentence)


@register.filter
def changes_of(entry: Entry) -> list[Change]:
    """Every field that changed; `in_short` says none of them."""
    zone = timezone.get_current_timezone()
    return [
        Change(field_word(name), value_words(old, zone) if old else "", value_words(new, zone))
        for name, old, new in entry.changes
    ]


@register.filter
def span(minutes: int) -> str:
    """`45 min`, `2 h`, `1 h 30 min`, `2 days`."""
    hours, rest = divmod(int(minutes), 60)
    if rest == 0 and hours >= 24 and hours % 24 == 0:
        return "1 day" if hours == 24 else f"{hours // 24} days"
    words = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(words)


@register.filter
def metric_name(written: str) -> str:
    """What a threshold's metric is called, without its query."""
    return metric_of(written).name


@register.simple_tag
def clock(moment: datetime | None) -> SafeString:
    """A time of day in the reader's zone, with its day where that is not today: on the day of a launch "3 min ago" is no help."""
    if moment is None:
        return SafeString("")
    local, today = timezone.localtime(moment), timezone.localdate()
    said = date_format(local, "H:i" if local.date() == today else "D j M, H:i")
    exact = f"{date_format(local, 'D j M Y, H:i:s')} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), exact, said)


@register.filter
def left(until: datetime, now: datetime) -> str:
    """`18 min left`; a minute that has begun counts."""
    seconds = max(0, round((until - now).total_seconds()))
    return f"{seconds} s left" if seconds < 60 else f"{span(-(-seconds // 60))} left"


def _status(value: object) -> str:
    return ItemStatus(str(value)).label.lower() if value in set(ItemStatus) else str(value)
