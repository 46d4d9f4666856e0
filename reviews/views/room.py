"""The room: one page, one item on it, and everything that is said. A page and its fragment have the same address; what changes
something is a POST with a real form behind it.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.rules import Action
from reviews import actions, rules
from reviews.agenda import outlook
from reviews.forms import DecisionForm, NotesForm, VerdictForm
from reviews.meeting import Meeting
from reviews.models import AgendaItem, Review, go_live_of
from reviews.postponing import postponement
from reviews.stage import Stage, by_how
from reviews.views.fetching import is_htmx, me, the_review

END = "end"


@require_safe
def room(request: HttpRequest, review_id: int) -> HttpResponse:
    """`?item=<agenda id>` or `?item=end` looks at something else than the room does; `?since=<beat>` answers 204 when nothing
    changed since.
    """
    actions.heard_from(by=me(request), review_id=review_id, now=timezone.now())
    if is_htmx(request) and request.GET.get("since") == beat_of(request, review_id):
        return HttpResponse(status=204)
    review = the_review(request, review_id)
    if review.is_over:
        return redirect(review)
    meeting = Meeting.of(review, timezone.now())
    context = room_context(request, meeting, looking_at(request, meeting))
    return render(request, "reviews/room.html#room" if is_htmx(request) else "reviews/room.html", context)


def beat_of(request: HttpRequest, review_id: int) -> str:
    """What a screen compares: anything said or moved, or any item's standing computed anew. One query."""
    return beat(Review.objects.visible_to(me(request)).filter(pk=review_id))


def beat(rows: QuerySet[Review]) -> str:
    found = rows.values_list("pulse", "assessment__refreshed_at").first()
    return f"{found[0]}-{int(found[1].timestamp() * 1000)}" if found else ""


def looking_at(request: HttpRequest, meeting: Meeting) -> AgendaItem | None:
    """The agenda item on this reader's screen; None is the end of the meeting (or an empty agenda)."""
    wanted = request.GET.get("item") or request.POST.get("item") or ""
    if wanted == END:
        return None
    return meeting.point(int(wanted) if wanted.isdigit() else meeting.review.current_id)


def said_context(request: HttpRequest, meeting: Meeting, point: AgendaItem | None) -> dict[str, Any]:
    """What agenda, verdict and decision need; enough for the answer to a verdict."""
    review, user = meeting.review, me(request)
    seat = meeting.seat_of(user)
    is_present = seat is not None and seat.is_present
    speaking = policy.may(user, Action.RECORD_VERDICT, review.target)
    return {
        "review": review,
        "meeting": meeting,
        "is_present": is_present,
        "is_facilitator": review.facilitator_id == user.pk,
        "speaking": speaking,
        "can_speak": speaking.is_allowed and is_present and review.is_running,
        "point": point,
        "stage": Stage(meeting, point) if point else None,
        "is_elsewhere": review.is_live and (point.pk if point else None) != review.current_id,
        "beat": beat(Review.objects.filter(pk=review.pk)),
        "before": meeting.neighbours(point)[0],
    }


def room_context(request: HttpRequest, meeting: Meeting, point: AgendaItem | None, **more: Any) -> dict[str, Any]:
    """`more` replaces what a refused form brings back."""
    review = meeting.review
    context = said_context(request, meeting, point) | {
        "is_lead": review.service.tech_lead_id == me(request).pk,
        "seconds": review.seconds_run(meeting.now),
        "passed_how": by_how(meeting.passed),
        **(lobby_context(meeting) if review.is_scheduled else {}),
        "scheduling": policy.may(me(request), Action.SCHEDULE_REVIEW, review.target),
        "notes_form": NotesForm(initial={"notes": review.notes, "version": review.notes_version}, prefix="notes"),
    }
    if point and (not point.word or "change" in request.GET):
        context["form"] = VerdictForm(point=point, now=meeting.now)
    if point is None and review.is_live:
        computed = meeting.verdict.decision
        context["decision_form"] = DecisionForm(computed=computed, initial={"version": review.version})
    return context | more


def lobby_context(meeting: Meeting) -> dict[str, Any]:
    """What will be talked about, and why somebody can't come in, or begin, yet."""
    review, today = meeting.review, timezone.localtime(meeting.now).date()
    return {
        "ahead": outlook(meeting),
        "postpone": postponement(meeting),
        "doors_problem": rules.doors_problem(review.status, review.starts_at, meeting.now),
        "timing_problem": rules.timing_problem(today, go_live_of(review.service), review.timing_reason),
    }


@require_POST
def begin(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.begin(by=me(request), review=review, version=version_in(request), now=timezone.now())
    return redirect("reviews:room", review_id=review.pk)


@require_POST
def join(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.join(by=me(request), review=review, now=timezone.now())
    return answer(request, review.pk)


@require_POST
def move(request: HttpRequest, review_id: int) -> HttpResponse:
    review, wanted = the_review(request, review_id), request.POST.get("to", "")
    to = None if wanted == END else get_object_or_404(review.agenda, pk=int(wanted) if wanted.isdigit() else 0)
    actions.move(by=me(request), review=review, version=version_in(request), to=to, now=timezone.now())
    return answer(request, review.pk)


@require_POST
def acknowledge(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.acknowledge_passed(by=me(request), review=review, now=timezone.now())
    return answer(request, review.pk)


@require_POST
def pause(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.pause(by=me(request), review=review, version=version_in(request), now=timezone.now())
    return answer(request, review.pk)


@require_POST
def resume(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.resume(by=me(request), review=review, version=version_in(request), now=timezone.now())
    return answer(request, review.pk)


@require_POST
def take_over(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.take_over(by=me(request), review=review, version=version_in(request), now=timezone.now())
    return answer(request, review.pk)


def version_in(request: HttpRequest) -> int:
    """The version the person saw. A request without one saw none, and loses the race."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdigit() and len(sent) < 10 else 0


def answer(request: HttpRequest, review_id: int) -> HttpResponse:
    """The room as it is now: the fragment for htmx, the page for a plain form. What the reader looked at stays."""
    if is_htmx(request):
        return room_fragment(request, review_id)
    wanted = request.POST.get("item", "")
    query = {"item": wanted} if wanted == END or wanted.isdigit() else None
    return redirect(reverse("reviews:room", args=[review_id], query=query))


def room_fragment(request: HttpRequest, review_id: int) -> HttpResponse:
    meeting = Meeting.of(the_review(request, review_id), timezone.now())
    context = room_context(request, meeting, looking_at(request, meeting))
    return render(request, "reviews/room.html#room", context)
