"""What comes after a decision: what drifted since, and how it compares with another one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from reviews.comparison import Comparison, side_of
from reviews.drift import read_drift
from reviews.meeting import Meeting
from reviews.models import Packet, Review
from reviews.views.fetching import me, the_review, the_service
from reviews.worth import worth_of


def since_context(meeting: Meeting, user: User) -> dict[str, Any]:
    """For the page of a decided review: its packet, what has changed since, and whether it was worth it."""
    review = meeting.review
    packet = Packet.objects.filter(review=review).first()
    if packet is None:
        return {}
    review.assessment.service = review.service
    decided = Review.objects.visible_to(user).decided().filter(service=review.service, packet__isnull=False)
    return {
        "packet": packet,
        "drift": read_drift(packet, review.assessment, meeting.now).drift,
        "worth": worth_of(meeting, packet),
        "earlier": decided.filter(decided_at__lt=review.decided_at).order_by("-decided_at").first(),
    }


@require_safe
def drift(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    packet = get_object_or_404(Packet, review=review)
    review.assessment.service = review.service
    context = {
        "review": review,
        "page": read_drift(packet, review.assessment, timezone.now()),
        "scheduling": policy.may(me(request), Action.SCHEDULE_REVIEW, review.target),
    }
    return render(request, "reviews/drift.html", context)


@require_safe
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """`a` and `b` are ids of decided reviews; by default the last one beside the one before it. An id that is none of the
    service's is as good as none: an old link still shows something.
    """
    service = the_service(request, slug)
    rows = Review.objects.visible_to(me(request)).decided().filter(service=service, packet__isnull=False)
    choices = list(rows.order_by("-decided_at", "-pk"))
    context: dict[str, object] = {"service": service, "choices": choices}
    if len(choices) > 1:
        ids = [choice.pk for choice in choices]
        new = _chosen(request.GET.get("b"), ids, ids[0])
        place = ids.index(new)
        old = _chosen(request.GET.get("a"), ids, ids[place + 1] if place + 1 < len(ids) else ids[place - 1])
        packets = {packet.review_id: packet for packet in Packet.objects.filter(review__in=[old, new])}
        context |= {"a": old, "b": new, "page": Comparison(side_of(packets[old]), side_of(packets[new]))}
    return render(request, "reviews/compare.html", context)


def _chosen(text: str | None, ids: list[int], otherwise: int) -> int:
    chosen = int(text) if text and text.isdecimal() and len(text) < 19 else otherwise
    return chosen if chosen in ids else otherwise
