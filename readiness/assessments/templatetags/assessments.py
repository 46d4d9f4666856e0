"""Words for what happened to one gap, waiver or item, on its own page: its name is not repeated there."""

from django import template
from django.utils import timezone

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
    "gap.sent_back": "sent it back",
    "gap.closed": "closed the gap",
    "waiver.requested": "asked for a waiver",
    "waiver.approved": "approved the waiver",
    "waiver.refused": "refused the waiver",
    "waiver.revoked": "ended the waiver early",
    "waiver.expired": "ended the waiver: its day has come",
    "item.excused": "said that it does not apply",
    "item.excuse_confirmed": "confirmed that it does not apply",
    "item.excuse_withdrawn": "said that it applies after all",
}


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


def _status(value: object) -> str:
    return ItemStatus(str(value)).label.lower() if value in set(ItemStatus) else str(value)
