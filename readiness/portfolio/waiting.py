"""What waits for one person: somebody else can't go on until they have looked. One statement for each kind of thing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.models import Evidence, Gap, GapStatus, Item, Waiver
from readiness.catalog.models import Service
from readiness.catalog.reach import services_where
from readiness.checklists.rules import Gate, How
from readiness.checks.models import Drill
from readiness.checks.models.drills import spelled
from reviews.models import Participant, Review, SignOff

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits. `verb` is what to do, `since` when it began to wait."""

    verb: str
    icon: str
    title: str
    note: str
    url: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """The longest waiting first. `more`: where the rest of a kind is, for each kind of which there are more than five."""

    matters: Sequence[Matter]
    more: Sequence[tuple[str, str]]


def waiting_for(user: User) -> Waiting:
    """Six statements."""
    kinds: list[tuple[str, str, Callable[[User], Iterable[Matter]]]] = [
        ("drills to acknowledge", "", drills_to_acknowledge),
        ("gaps to verify", f"{reverse('assessments:gaps')}?status={GapStatus.AWAITING}", gaps_to_verify),
        ("attestations to witness", "", attestations_to_witness),
        ("waivers to decide", reverse("assessments:waivers"), waivers_to_decide),
        ("items to confirm as not applicable", "", excuses_to_confirm),
        ("decisions to read", f"{reverse('reviews:reviews')}?state=decided&mine=1", outputs_to_read),
    ]
    matters: list[Matter] = []
    more: list[tuple[str, str]] = []
    for label, url, find in kinds:
        found = list(find(user))
        matters += found[:SHOWN]
        if len(found) > SHOWN:
            more.append((f"More {label}", url))
    return Waiting(sorted(matters, key=lambda matter: matter.since), more)


def drills_to_acknowledge(user: User) -> Iterable[Matter]:
    """A test alert that may have reached this person; minutes count, and it is here whether or not it did."""
    for drill in Drill.objects.waiting_for(user).with_people().order_by("due_at")[: SHOWN + 1]:
        note = f"{drill.service} · a test alert, {spelled(drill.left(timezone.now()))} left"
        url, since = drill.get_absolute_url(), drill.sent_at or drill.started_at
        yield Matter("Acknowledge", "bell", "Delivery drill", note, url, since)


def gaps_to_verify(user: User) -> Iterable[Matter]:
    """*second-pair*: neither the owner nor the one who proposed it verifies that a gap is closed."""
    proposed = Gap.objects.filter(status=GapStatus.AWAITING, service__in=services_where(user, Action.VERIFY_CLOSED))
    others = proposed.exclude(owner=user).exclude(proposed_by=user)
    rows = (
        others.select_related("item", "service", "proposed_by")
        .order_by("proposed_at", "pk")
        .fetch_mode(models.FETCH_RAISE)
    )
    for gap in rows[: SHOWN + 1]:
        by = f"{gap.proposed_by} says it is closed" if gap.proposed_by else "Proposed as closed"
        note = f"{gap.service} · {by}"
        since = gap.proposed_at or gap.opened_at
        yield Matter("Verify", "eye-check", gap.item.title, note, gap.get_absolute_url(), since)


def attestations_to_witness(user: User) -> Iterable[Matter]:
    """*attestation*: the person who was named, and nobody else."""
    named = Evidence.objects.filter(how=How.ATTESTATION, witness=user, witnessed_at=None, is_superseded=False)
    seen = named.filter(assessment__service__in=services_where(user, Action.WITNESS))
    of_item = Item.objects.filter(assessment=OuterRef("assessment"), key=OuterRef("item_key")).values("title")[:1]
    rows = seen.annotate(title=of_item).select_related("assessment__service", "performed_by")
    for evidence in rows.order_by("received_at", "pk").fetch_mode(models.FETCH_RAISE)[: SHOWN + 1]:
        service = evidence.assessment.service
        note = f"{service} · {evidence.performed_by} names you as the witness"
        url = item_url(service, evidence.item_key)
        title = getattr(evidence, "title", None) or evidence.item_key
        yield Matter("Witness", "signature", title, note, url, evidence.received_at)


def waivers_to_decide(user: User) -> Iterable[Matter]:
    """*second-pair*: a waiver's approver is not its requester."""
    asked = Waiver.objects.waiting().filter(service__in=services_where(user, Action.DECIDE_WAIVER))
    others = asked.exclude(requested_by=user)
    rows = (
        others.select_related("item", "service", "requested_by")
        .order_by("requested_at", "pk")
        .fetch_mode(models.FETCH_RAISE)
    )
    for waiver in rows[: SHOWN + 1]:
        note = f"{waiver.service} · {waiver.requested_by} asks for a waiver until {waiver.ends_on:%-d %b %Y}"
        url = f"{reverse('assessments:waivers')}#waiver-{waiver.pk}"
        yield Matter("Decide", "shield-half", waiver.item.title, note, url, waiver.requested_at)


def excuses_to_confirm(user: User) -> Iterable[Matter]:
    """*second-pair*: that a hard gate does not apply takes a second person."""
    said = Item.objects.filter(gate=Gate.HARD, excused_at__isnull=False, excuse_confirmed_at=None, retired_at=None)
    may = services_where(user, Action.MARK_NOT_APPLICABLE)
    others = said.filter(assessment__service__in=may).exclude(excused_by=user)
    rows = (
        others.select_related("assessment__service", "excused_by")
        .order_by("excused_at", "pk")
        .fetch_mode(models.FETCH_RAISE)
    )
    for item in rows[: SHOWN + 1]:
        service = item.assessment.service
        note = f"{service} · {item.excused_by} says it does not apply"
        since = item.excused_at or item.status_since
        yield Matter("Confirm", "circle-minus", item.title, note, item_url(service, item.key), since)


def outputs_to_read(user: User) -> Iterable[Matter]:
    """Decided reviews whose output this person has not acknowledged, or whose packet waits for their signature."""
    signed = SignOff.objects.binding().filter(review=OuterRef("review"), person=user, role=OuterRef("role"))
    mine = Participant.objects.filter(person=user, review__in=Review.objects.visible_to(user).decided())
    may_sign = Q(review__service__in=services_where(user, Action.SIGN_OFF))
    unsigned = Q(present_since__isnull=False) & may_sign & ~Exists(signed)
    open_ones = mine.filter(Q(output_acknowledged_at=None) | unsigned).annotate(is_unsigned=unsigned)
    rows = (
        open_ones.select_related("review__service").order_by("review__decided_at", "pk").fetch_mode(models.FETCH_RAISE)
    )
    first_of_each = {row.review_id: row for row in reversed(list(rows[: SHOWN * 4]))}
    for row in sorted(first_of_each.values(), key=lambda row: row.review.decided_at or row.review.starts_at):
        review, is_unsigned = row.review, row.is_unsigned
        verb, icon = ("Sign", "certificate") if is_unsigned else ("Read", "gavel")
        asks = "the packet waits for your signature" if is_unsigned else "acknowledge what was decided"
        note = f"{review.get_decision_display()} · {asks}"
        url = reverse("reviews:packet", args=[review.pk])
        yield Matter(verb, icon, f"Review of {review.service}", note, url, review.decided_at or review.starts_at)


def item_url(service: Service, key: str) -> str:
    return reverse("portfolio:item", args=[service.slug, key])
