"""The one thing to do first. Whoever opens the page with two minutes between meetings reads this and nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from readiness.face.moments import overdue_by, relative_day
from readiness.portfolio.my_work import MyGaps, MyReviews, MyService
from readiness.portfolio.waiting import Waiting, item_url
from reviews.models import Review

BEFORE_A_REVIEW = timedelta(hours=36)
"""So long before it begins, reading the pre-read is worth more than the next step of a service."""


@dataclass(frozen=True, slots=True)
class Focus:
    """`label` says why this comes first, `action` is the words on the button."""

    tone: str
    icon: str
    label: str
    title: str
    note: str
    url: str
    action: str


def focus(
    *, reviews: MyReviews, gaps: MyGaps, waiting: Waiting, services: Iterable[MyService], now: datetime, today: date
) -> Focus | None:
    """People in a room wait for you; what is late comes next, then whoever can't go on without you; then what is ahead."""
    candidates = (
        _running(reviews),
        _overdue(gaps, today),
        _waiting(waiting),
        _review_ahead(reviews, now),
        _step(services, today),
        _next_gap(gaps, today),
    )
    return next((candidate for candidate in candidates if candidate), None)


def _running(reviews: MyReviews) -> Focus | None:
    review = reviews.running
    if review is None:
        return None
    label = "This review is paused" if review.is_paused else "This review is running now"
    note = f"{review.service.team} · led by {review.lead}"
    url = reverse("reviews:room", args=[review.pk])
    return Focus("busy", "broadcast", label, f"Review of {review.service}", note, url, "Join the room")


def _overdue(gaps: MyGaps, today: date) -> Focus | None:
    gap = gaps.first
    if gap is None or not gap.is_overdue(today) or gap.due_on is None:
        return None
    others = f" · and {gaps.overdue - 1} more overdue" if gaps.overdue > 1 else ""
    label, note = overdue_by(gap.due_on, today).capitalize(), f"{gap.service}{others}"
    return Focus("bad", "calendar-due", label, gap.item.title, note, gap.get_absolute_url(), "Open the gap")


def _waiting(waiting: Waiting) -> Focus | None:
    matter = next(iter(waiting.matters), None)
    if matter is None:
        return None
    return Focus("busy", matter.icon, "Somebody waits for you", matter.title, matter.note, matter.url, matter.verb)


def _review_ahead(reviews: MyReviews, now: datetime) -> Focus | None:
    review = next((review for review in reviews.upcoming if _is_close(review, now)), None)
    if review is None:
        return None
    starts_at = timezone.localtime(review.starts_at)
    day = relative_day(starts_at.date(), timezone.localtime(now).date())
    label = f"Review {day} at {date_format(starts_at, 'H:i')}"
    url = reverse("reviews:pre-read", args=[review.pk])
    note = f"{review.service.team} · led by {review.lead}"
    return Focus(
        "busy", "presentation", label, f"Read what the room will talk about: {review.service}", note, url, "Pre-read"
    )


def _is_close(review: Review, now: datetime) -> bool:
    return review.is_scheduled and review.starts_at - now <= BEFORE_A_REVIEW


def _step(services: Iterable[MyService], today: date) -> Focus | None:
    """Of the service that goes live first, the cheapest unmet hard gate."""
    mine = next((service for service in services if service.gate_step), None)
    if mine is None or mine.gate_step is None:
        return None
    step, day = mine.gate_step, mine.go_live_on
    live = f" · goes live {relative_day(day, today)}" if day and day >= today else ""
    url = item_url(mine.service, step.key)
    return Focus(
        "accent", "lock", f"Next for {mine.service}", step.title, f"{step.next_step}{live}", url, "Open the item"
    )


def _next_gap(gaps: MyGaps, today: date) -> Focus | None:
    gap = gaps.first
    if gap is None:
        return None
    label = f"Due {relative_day(gap.due_on, today)}" if gap.due_on else "Give it a date"
    return Focus("accent", "flag", label, gap.item.title, str(gap.service), gap.get_absolute_url(), "Open the gap")


# Nothing to do: where somebody new begins, by what their role lets them do


@dataclass(frozen=True, slots=True)
class Beginning:
    icon: str
    title: str
    sentence: str
    url: str
    action: str


def beginnings(*, may_register: bool, may_invite: bool, may_publish: bool, sees_services: bool) -> Iterator[Beginning]:
    if sees_services:
        sentence = "Every service that you may see, what goes live next and what stands in its way."
        yield Beginning("layout-grid", "Look at the portfolio", sentence, reverse("portfolio:portfolio"), "Portfolio")
    if may_register and not sees_services:
        sentence = "A Backstage catalog or a spreadsheet brings them all in; each is measured at once."
        yield Beginning(
            "file-import", "Bring in your services", sentence, reverse("portfolio:import"), "Import a catalog"
        )
    if may_register:
        sentence = "Two minutes: what it is, who is on call, when it goes live. What it needs first then stands here."
        yield Beginning("plus", "Register a service", sentence, reverse("portfolio:register"), "Register")
    if may_invite:
        sentence = "Tech leads attach proof, managers decide waivers. Each gets a mail with a link."
        yield Beginning("user-plus", "Invite the people", sentence, reverse("accounts:invite"), "Invite")
    if may_publish:
        sentence = "What “ready” means here, item by item, with the proof that counts."
        url = reverse("checklists:checklists")
        yield Beginning("list-check", "Read the checklist", sentence, url, "Open the checklist")
