"""The review's own page, what to read before, and the calendar entry."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.accounts import policy
from readiness.accounts.rules import Action
from readiness.assessments.models import LaunchPlan
from reviews import letters, rules
from reviews.agenda import expected
from reviews.forms import InviteForm
from reviews.invitation import calendar
from reviews.meeting import Meeting
from reviews.models import Packet, Review
from reviews.views.fetching import me, the_review


@require_safe
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    found = the_review(request, review_id)
    meeting = Meeting.of(found, timezone.now())
    context = {
        "review": found,
        "meeting": meeting,
        "seat": meeting.seat_of(me(request)),
        "expected": meeting.agenda if found.is_live else expected(meeting),
        "postpone": _postpone(meeting),
        "invite": InviteForm(),
        "scheduling": policy.may(me(request), Action.SCHEDULE_REVIEW, found.target),
        "leading": policy.may(me(request), Action.LEAD_REVIEW, found.target),
        "packet": Packet.objects.filter(review=found).only("digest", "frozen_at", "review_id").first(),
    }
    return render(request, "reviews/review.html", context)


def _postpone(meeting: Meeting) -> str | None:
    applicable = [item for item in meeting.items if item.status != "not_applicable"]
    bare = [item for item in applicable if item.is_open and not any(row.get("evidence") for row in item.criteria)]
    return rules.worth_meeting(len(bare), len(applicable))


@require_safe
def pre_read(request: HttpRequest, review_id: int) -> HttpResponse:
    found = the_review(request, review_id)
    meeting = Meeting.of(found, timezone.now())
    seat = meeting.seat_of(me(request))
    pack = found.assessment.version.pack
    talk = expected(meeting)
    listed = {row.item for row in talk}
    context = {
        "review": found,
        "meeting": meeting,
        "emphasis": rules.emphasis(row.role for row in seat.rows) if seat else None,
        "talk": [(row, pack.item(row.item.key)) for row in talk],
        "passed": [item for item in meeting.items if item.is_met and item not in listed],
        "plan": LaunchPlan.objects.filter(service=found.service).select_related("decider").first(),
        "last": Review.objects.decided()
        .filter(service=found.service)
        .exclude(pk=found.pk)
        .order_by("-decided_at")
        .first(),
    }
    return render(request, "reviews/pre_read.html", context)


@require_safe
def invitation(request: HttpRequest, review_id: int) -> HttpResponse:
    found = the_review(request, review_id)
    text = calendar(letters.invitation(found, timezone.now()))
    headers = {"Content-Disposition": f'attachment; filename="review-{found.pk}.ics"'}
    return HttpResponse(text, content_type="text/calendar; method=REQUEST; charset=utf-8", headers=headers)
