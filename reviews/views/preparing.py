"""The review's own page, what to read before, what somebody wants to talk about, and the calendar entry."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.assessments.models import Item, LaunchPlan
from readiness.catalog.models import Service
from reviews import actions, letters, rules
from reviews.agenda import outlook, wishes
from reviews.forms import LENGTHS, InviteForm, RaiseForm
from reviews.gathering import gathering_of
from reviews.invitation import Method, calendar
from reviews.meeting import Meeting
from reviews.models import Incident, Review, SignOff, TalkRequest
from reviews.postponing import postponement
from reviews.reading import reading_list
from reviews.views.after import since_context
from reviews.views.fetching import is_htmx, me, the_review


@require_safe
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    found = the_review(request, review_id)
    meeting = Meeting.of(found, timezone.now())
    context = before_context(request, meeting) | {
        "seat": meeting.seat_of(me(request)),
        "invite": InviteForm(initial={"role": request.GET.get("role")}),
        "back": request.GET.get("back") if found.is_live else "",
        "leading": policy.may(me(request), Action.LEAD_REVIEW, found.target),
    }
    if found.is_decided:
        context |= since_context(meeting, me(request)) | _read_context(meeting, me(request))
    return render(request, "reviews/review.html", context)


def _read_context(meeting: Meeting, user: User) -> dict[str, Any]:
    """Who signed what was decided and who has read it; its lead reminds the others."""
    review = meeting.review
    waiting = actions.unread_by(meeting.participants) if review.service.tech_lead_id == user.pk else []
    others = [person for person in waiting if person != user]
    return {
        "signers": set(SignOff.objects.binding().filter(review=review).values_list("person_id", flat=True)),
        "reminding": bool(others),
        "reminder_problem": actions.reminder_problem(review, len(others), meeting.now) if others else "",
    }


def before_context(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """What will be talked about, who asked for it, how long it takes, and whether it is worth meeting yet."""
    review, user = meeting.review, me(request)
    ahead = outlook(meeting)
    wished = wishes(review, meeting.items, user)
    return {
        "review": review,
        "meeting": meeting,
        "ahead": ahead,
        "expected": [(row, wished[row.item.pk]) for row in (meeting.agenda if review.is_live else ahead.rows)],
        "wishes": wished,
        "will_do": rules.length_for(ahead.estimate.minutes, dict(LENGTHS)),
        "can_ask": may_ask(request, meeting),
        "scheduling": policy.may(user, Action.SCHEDULE_REVIEW, review.target),
        "postpone": postponement(meeting),
        "gathering": gathering_of(meeting, user) if review.is_scheduled else None,
    }


def may_ask(request: HttpRequest, meeting: Meeting) -> bool:
    is_invited = meeting.review.is_scheduled and meeting.seat_of(me(request)) is not None
    return is_invited and bool(policy.may(me(request), Action.COMMENT, meeting.review.target))


@require_safe
def pre_read(request: HttpRequest, review_id: int) -> HttpResponse:
    return _pre_read(request, Meeting.of(the_review(request, review_id), timezone.now()))


def _pre_read(request: HttpRequest, meeting: Meeting, status: int = 200, **more: Any) -> HttpResponse:
    found, seat = meeting.review, meeting.seat_of(me(request))
    roles = [row.role for row in seat.rows] if seat else []
    pack = found.assessment.version.pack
    context = before_context(request, meeting)
    listed = {row.item for row, _ in context["expected"]}
    context |= {
        "seat": seat,
        "emphasis": rules.emphasis(roles),
        "reading": reading_list(meeting, roles) if roles else [],
        "talk": [(row, wish, pack.item(row.item.key)) for row, wish in context["expected"]],
        "passed": [context["wishes"][item.pk] for item in meeting.items if item.is_met and item not in listed],
        "left_out": [context["wishes"][item.pk] for item in meeting.left_out if item not in listed],
        "plan": LaunchPlan.objects.filter(service=found.service).select_related("decider").first(),
        "last": Review.objects.decided()
        .filter(service=found.service)
        .exclude(pk=found.pk)
        .order_by("-decided_at")
        .first(),
    }
    context["broke"] = _broke_since(found.service, context["last"])
    return render(request, "reviews/pre_read.html", context | more, status=status)


def _broke_since(service: Service, last: Review | None) -> list[Incident]:
    """What went wrong after the last decision, or ever: the room should have heard of it."""
    incidents = Incident.objects.standing().filter(service=service).for_list()
    return list(incidents.filter(happened_at__gt=last.decided_at) if last and last.decided_at else incidents)


@require_POST
def ask_to_talk(request: HttpRequest, review_id: int, key: str) -> HttpResponse:
    """For htmx: the item's place, with what was asked; or with what was typed, and why it is refused."""
    review = the_review(request, review_id)
    item = get_object_or_404(review.assessment.items.filter(retired_at=None), key=key)
    form = RaiseForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    try:
        actions.ask_to_talk(by=me(request), review=review, item=item, why=why, now=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        return _wish(request, review_id, item, status=status_of(refusal), refused=refusal.sentence, typed=why)
    return _wish(request, review_id, item)


@require_POST
def withdraw_talk_request(request: HttpRequest, review_id: int, request_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    rows = TalkRequest.objects.select_related("item", "person")
    asked = get_object_or_404(rows, pk=request_id, review=review)
    asked.review = review
    actions.withdraw_talk_request(by=me(request), talk_request=asked, now=timezone.now())
    return _wish(request, review_id, asked.item)


def _wish(request: HttpRequest, review_id: int, item: Item, status: int = 200, **refused: str) -> HttpResponse:
    if not is_htmx(request) and not refused:
        return redirect(f"{reverse('reviews:pre-read', args=[review_id])}#talk-{item.key}")
    meeting = Meeting.of(the_review(request, review_id), timezone.now())
    if not is_htmx(request):
        return _pre_read(request, meeting, status, refused_key=item.key, **refused)
    wish = wishes(meeting.review, [item], me(request))[item.pk]
    context = {"review": meeting.review, "wish": wish, "can_ask": may_ask(request, meeting), "refused_key": item.key}
    return render(request, "reviews/_wish.html", context | refused, status=status)


@require_POST
def mark_read(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.mark_read(by=me(request), review=review, now=timezone.now())
    messages.success(request, "Noted: you read it.")
    return redirect("reviews:pre-read", review_id=review.pk)


@require_safe
def invitation(request: HttpRequest, review_id: int) -> HttpResponse:
    found = the_review(request, review_id)
    method = Method.CANCEL if found.status == rules.ReviewStatus.CANCELLED else Method.REQUEST
    text = calendar(letters.invitation(found, timezone.now()), method)
    headers = {"Content-Disposition": f'attachment; filename="review-{found.pk}.ics"'}
    return HttpResponse(text, content_type=f"text/calendar; method={method}; charset=utf-8", headers=headers)
