"""The room: one page, one item on it, and everything that is said. A page and its fragment have the same address; what changes
something is a POST with a real form behind it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.rules import Action
from reviews import actions, rules
from reviews.live.picture import END, Looked, Shown, beat, partials, picture_of, stance_of
from reviews.meeting import Meeting
from reviews.models import Review
from reviews.moods import mood_of
from reviews.postponing import postponement
from reviews.views.fetching import is_htmx, me, the_review


@require_safe
def room(request: HttpRequest, review_id: int) -> HttpResponse:
    """`?item=<agenda id>` or `?item=end` looks at something else than the room does; `?since=<beat>&mood=<mood>` answers
    204 when nothing changed since.
    """
    now = timezone.now()
    actions.heard_from(by=me(request), review_id=review_id, now=now)
    if is_htmx(request) and is_unchanged(request, review_id, now):
        return HttpResponse(status=204)
    review = the_review(request, review_id)
    if review.is_over:
        return _away(request, review)
    return room_page(request, shown_to(request, Meeting.of(review, timezone.now())))


def is_unchanged(request: HttpRequest, review_id: int, now: datetime) -> bool:
    """Nothing was done, and nothing happened by itself either (`mood`)."""
    if request.GET.get("since") != beat_of(request, review_id):
        return False
    mood = request.GET.get("mood")
    return mood is None or mood == mood_of(review_id, now)


def _away(request: HttpRequest, review: Review) -> HttpResponse:
    """The deciding moment: every screen goes to what came out, the one that only polls as well."""
    url = reverse("reviews:packet", args=[review.pk]) if review.is_decided else review.get_absolute_url()
    return HttpResponse(headers={"HX-Redirect": url}) if is_htmx(request) else redirect(url)


def beat_of(request: HttpRequest, review_id: int) -> str:
    """One query."""
    rows = Review.objects.visible_to(me(request)).filter(pk=review_id)
    found = rows.values_list("pulse", "assessment__refreshed_at").first()
    return beat(*found) if found else ""


def shown_to(request: HttpRequest, meeting: Meeting, looked: Looked = None, **more: Any) -> Shown:
    """What this reader's screen shows. `looked` names the item where the address does not; `more` is what a refused form brings
    back.
    """
    looked = looked or request.GET.get("item") or request.POST.get("item") or None
    is_changing = "change" in request.GET or "form" in more
    return Shown(meeting, stance_of(meeting, me(request)), looked, more, is_changing)


def room_page(request: HttpRequest, shown: Shown, *, status: int = 200) -> HttpResponse:
    """The page, or what is inside it for htmx: the same regions that the live stream sends, in their places."""
    template = "reviews/room.html#room" if is_htmx(request) else "reviews/room.html"
    drawn = picture_of(shown, csrf_token=get_token(request))
    context = _around(request, shown) | {"regions": drawn.regions, "beat": drawn.beat}
    return render(request, template, context, status=status)


def parts(request: HttpRequest, shown: Shown, names: Collection[str], *, status: int = 200) -> HttpResponse:
    """A few regions, for htmx."""
    drawn = picture_of(shown, only=names)
    return render(request, "reviews/_regions.html", {"parts": partials(drawn.regions)}, status=status)


def _around(request: HttpRequest, shown: Shown) -> dict[str, Any]:
    """What is on the page around the regions, for this reader alone."""
    meeting, review = shown.meeting, shown.review
    seat = meeting.seat_of(me(request))
    return {
        "meeting": meeting,
        "review": review,
        "point": shown.point,
        "is_big": _is_big(request),
        "looked": shown.elsewhere,
        "mood": meeting.company.mood,
        "is_present": seat is not None and seat.is_present,
        "speaking": policy.may(me(request), Action.RECORD_VERDICT, review.target),
        "may_park": review.is_live and policy.may(me(request), Action.COMMENT, review.target).is_allowed,
        "scheduling": policy.may(me(request), Action.SCHEDULE_REVIEW, review.target),
        "postpone": postponement(meeting),
        "doors_problem": rules.doors_problem(review.status, review.starts_at, meeting.now),
    }


def _is_big(request: HttpRequest) -> bool:
    """`?screen=big`, of the page, also where htmx asks for what is inside it."""
    page = request.headers.get("HX-Current-URL", "") if is_htmx(request) else request.get_full_path()
    return parse_qs(urlsplit(page).query).get("screen") == ["big"]


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Hides what only others are to see: `data-for="<ids>"` and `data-not-for="<ids>"`. Regions are the same for everybody."""
    hidden = f'[data-for]:not([data-for~="{me(request).pk}"]), [data-not-for~="{me(request).pk}"] {{ display: none !important; }}'
    return HttpResponse(hidden, content_type="text/css", headers={"Cache-Control": "private, no-cache"})


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
        return room_page(request, shown_to(request, Meeting.of(the_review(request, review_id), timezone.now())))
    wanted = request.POST.get("item", "")
    query = {"item": wanted} if wanted == END or wanted.isdigit() else None
    return redirect(reverse("reviews:room", args=[review_id], query=query))
