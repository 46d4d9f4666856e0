"""Turns what happened into deliveries. What the history tells is read in the order of its seals, which have no holes and never
change, so that no event is passed over or told twice, whoever commits first and whichever process dies.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max

from readiness.assessments.models import Gap
from readiness.assessments.queries import house_day
from readiness.history.actions import TIME
from readiness.history.models import Entry, Seal
from readiness.outgoing import messages
from readiness.outgoing.messages import Happening
from readiness.outgoing.models import Delivery, Heard, Receiver
from readiness.outgoing.rules import HEARD, Event
from reviews.models import Review

HISTORY, DUE_DATES = "history", "due dates"
AT_ONCE = 500
KEPT = timedelta(days=90)


def hear(now: datetime) -> int:
    """Reads on in the history until its end; returns how many deliveries it made. Twice at once does no harm."""
    made = 0
    while True:
        found = _hear_some(now)
        if found is None:
            return made
        made += found


@transaction.atomic
def _hear_some(now: datetime) -> int | None:
    """None at the end. The place that was reached and what follows from it are one transaction."""
    end = Seal.objects.aggregate(last=Max("position"))["last"] or 0
    reached = _place(HISTORY, first=end)
    until = min(end, reached.position + AT_ONCE)
    if until <= reached.position or not _move_on(reached, until):
        return None
    told = Entry.objects.filter(seal__position__gt=reached.position, seal__position__lte=until, verb__in=HEARD)
    receivers = list(Receiver.objects.listening())
    return _deliver(_happenings(told.order_by("seal__position")), receivers, now) if receivers else 0


@transaction.atomic
def note_overdue(now: datetime) -> int:
    """Gaps whose due date passed since the last time, each once. Returns how many deliveries it made."""
    today = house_day(now)
    reached = _place(DUE_DATES, first=today.toordinal())
    if today.toordinal() <= reached.position or not _move_on(reached, today.toordinal()):
        return 0
    since = date.fromordinal(reached.position)
    passed = Gap.objects.open().filter(due_on__gte=since, due_on__lt=today).order_by("due_on", "pk")
    receivers = list(Receiver.objects.listening())
    gaps = passed.with_context() if receivers else []
    return _deliver([_overdue(gap, now) for gap in gaps], receivers, now)


def forget_old(now: datetime) -> int:
    """Deliveries of three months ago. Returns how many went."""
    gone, _ = Delivery.objects.filter(created_at__lt=now - KEPT).delete()
    return gone


def _place(source: str, *, first: int) -> Heard:
    """Whoever reads for the first time begins now: nobody wants to be told of last year."""
    return Heard.objects.get_or_create(source=source, defaults={"position": first})[0]


def _move_on(reached: Heard, to: int) -> bool:
    """Compare-and-swap; False when another process has read the same just now."""
    return bool(Heard.objects.filter(pk=reached.pk, position=reached.position).update(position=to))


def _happenings(entries: Iterable[Entry]) -> list[Happening]:
    """Of what is still there. Three statements, however many there are."""
    entries = list(entries)
    ids = {kind: [int(one.object_id) for one in entries if one.object_type == kind] for kind in ("gap", "review")}
    gaps = Gap.objects.with_context().in_bulk(ids["gap"])
    reviews = Review.objects.select_related("service__team", "lead").in_bulk(ids["review"])
    return [
        Happening(
            event=Event(entry.verb), occasion=f"entry:{entry.pk}", at=entry.at, reason=entry.reason,
            by={"kind": entry.actor_kind, "name": entry.actor_name}, service=about.service,
            gap=about if isinstance(about, Gap) else None, review=about if isinstance(about, Review) else None,
        )
        for entry in entries
        if (about := (gaps if entry.object_type == "gap" else reviews).get(int(entry.object_id)))
    ]  # fmt: skip


def _overdue(gap: Gap, now: datetime) -> Happening:
    by = {"kind": TIME.kind.value, "name": TIME.name}
    occasion = f"overdue:{gap.pk}:{gap.due_on}"
    return Happening(Event.OVERDUE, occasion, now, by, f"It was due on {gap.due_on}.", gap.service, gap=gap)


def _deliver(happenings: Sequence[Happening], receivers: Iterable[Receiver], now: datetime) -> int:
    made = [row for receiver in receivers for row in _rows(receiver, happenings, now)]
    Delivery.objects.bulk_create(made, ignore_conflicts=True, batch_size=200)
    return len(made)


def _rows(receiver: Receiver, happenings: Sequence[Happening], now: datetime) -> list[Delivery]:
    wanted = [one for one in happenings if receiver.wants(one.event, one.service.team_id, one.at)]
    if not receiver.is_chat:
        return [_row(receiver, one, messages.body_of(one), now) for one in wanted]
    # A bad deployment opens many gaps at once; a channel gets one message about them.
    groups = messages.by_service_and_event(wanted)
    return [
        _row(receiver, group[0], messages.chat_body(messages.chat_text(group)), now, len(group)) for group in groups
    ]


def _row(receiver: Receiver, first: Happening, body: str, now: datetime, number: int = 1) -> Delivery:
    about = first.about if number == 1 else f"{first.about} and {number - 1} more"
    return Delivery(
        receiver=receiver, event=first.event, occasion=first.occasion, about=about[:300], body=body, created_at=now,
        next_attempt_at=now,
    )  # fmt: skip
