"""Who is there: ready to go on, writing somewhere, leading through the agenda."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from readiness.accounts.models import User
from reviews import actions
from reviews.models import Participant
from reviews.views.fetching import me, the_review
from reviews.views.room import answer, version_in


@require_POST
def ready(request: HttpRequest, review_id: int) -> HttpResponse:
    """`at`: the agenda id of the item that the person is ready with, or "end". `not`: they are not ready any more."""
    review, now = the_review(request, review_id), timezone.now()
    if "not" in request.POST:
        actions.unmark_ready(by=me(request), review=review, now=now)
    else:
        sent = request.POST.get("at", "")
        at = int(sent) if sent.isdecimal() and len(sent) < 10 else None
        actions.mark_ready(by=me(request), review=review, at=at, now=now)
    return answer(request, review_id)


@require_POST
def writing(request: HttpRequest, review_id: int) -> HttpResponse:
    """Sent by a page every few seconds while somebody types in it; `place` is empty when they have stopped."""
    review = the_review(request, review_id)
    actions.write_in(by=me(request), review=review, place=request.POST.get("place", ""), now=timezone.now())
    return HttpResponse(status=204)


@require_POST
def hand_over(request: HttpRequest, review_id: int) -> HttpResponse:
    review, wanted = the_review(request, review_id), request.POST.get("to", "")
    there = Participant.objects.filter(review=review).values("person_id")
    to = get_object_or_404(User, pk=int(wanted) if wanted.isdecimal() and len(wanted) < 10 else 0, pk__in=there)
    actions.hand_over(by=me(request), review=review, version=version_in(request), to=to, now=timezone.now())
    return answer(request, review_id)
