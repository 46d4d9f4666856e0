"""A blind vote, the parking lot, and a look at what passed.

Somebody's own vote is answered to them alone and never cached; the regions of the room hold only how many voted.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from reviews import actions
from reviews.forms import ParkForm, QuestionForm, VoteForm
from reviews.live.picture import partials, picture_of
from reviews.looking import Look
from reviews.meeting import Meeting
from reviews.models import Ballot, Participant, Review, Vote
from reviews.rules import VoteChoice
from reviews.views.fetching import is_htmx, me, the_ballot, the_point, the_review, the_topic
from reviews.views.room import answer, room_page, shown_to

UNPROCESSABLE = 422


@require_safe
def look(request: HttpRequest, review_id: int, key: str) -> HttpResponse:
    """One item that nobody talks about, with its proof: before somebody says that they looked at what passed."""
    review = the_review(request, review_id)
    item = get_object_or_404(review.assessment.items.filter(retired_at=None), key=key)
    may_comment = policy.may(me(request), Action.COMMENT, review.target)
    can_raise = review.is_running and may_comment and _is_present(request, review)
    context = {"review": review, "item": item, "look": Look(review, item), "can_raise": can_raise}
    return render(request, "reviews/look.html#look" if is_htmx(request) else "reviews/look.html", context)


def _is_present(request: HttpRequest, review: Review) -> bool:
    return Participant.objects.filter(review=review, person=me(request), present_since__isnull=False).exists()


@require_POST
def open_ballot(request: HttpRequest, review_id: int, agenda_id: int) -> HttpResponse:
    point = the_point(request, review_id, agenda_id)
    form = QuestionForm(request.POST)
    question = form.cleaned_data["question"] if form.is_valid() else ""
    actions.open_ballot(by=me(request), agenda_item=point, question=question, now=timezone.now())
    return answer(request, review_id)


@never_cache
@require_safe
def ballot(request: HttpRequest, review_id: int, ballot_id: int) -> HttpResponse:
    """The vote as a page of its own: for a phone, and without JavaScript."""
    return render(request, "reviews/ballot.html", _own(request, the_ballot(request, review_id, ballot_id)))


@never_cache
@require_safe
def my_vote(request: HttpRequest, review_id: int, ballot_id: int) -> HttpResponse:
    return render(request, "reviews/_my_vote.html", _own(request, the_ballot(request, review_id, ballot_id)))


def _own(request: HttpRequest, ballot: Ballot, **more: Any) -> dict[str, Any]:
    """What this reader said, and whether they may vote."""
    review = ballot.agenda_item.review
    ruling = policy.may(me(request), Action.COMMENT, review.target)
    reason = ruling.reason or ("" if _is_present(request, review) else "Mark yourself present in the room to vote.")
    if not review.is_running:
        reason = "Votes are cast while the meeting runs."
    present = Participant.objects.filter(review=review, present_since__isnull=False)
    return {
        "review": review,
        "ballot": ballot,
        "mine": Vote.objects.filter(ballot=ballot, person=me(request)).first(),
        "choices": list(VoteChoice),
        "voting": ballot.is_open and not reason,
        "voting_reason": reason or "The votes were revealed.",
        "present": present.values("person_id").distinct().count(),
    } | more


@never_cache
@require_POST
def vote(request: HttpRequest, review_id: int, ballot_id: int) -> HttpResponse:
    """For htmx: one's own answer as it stands, and how many voted by now. What was typed survives a refusal."""
    ballot = the_ballot(request, review_id, ballot_id)
    form = VoteForm(request.POST)
    refused, status = "Choose an answer.", UNPROCESSABLE
    if form.is_valid():
        values = {"choice": VoteChoice(form.cleaned_data["choice"]), "why": form.cleaned_data["why"]}
        try:
            actions.cast_vote(by=me(request), ballot=ballot, now=timezone.now(), **values)
        except (NotAllowed, NotVisible):
            raise
        except Refused as refusal:
            refused, status = refusal.sentence, status_of(refusal)
        else:
            return _voted(request, review_id, ballot_id)
    context = _own(request, ballot, refused=refused, typed=request.POST.get("why", "")[:300])
    return render(
        request, "reviews/_my_vote.html" if is_htmx(request) else "reviews/ballot.html", context, status=status
    )


def _voted(request: HttpRequest, review_id: int, ballot_id: int) -> HttpResponse:
    if not is_htmx(request):
        return redirect("reviews:ballot", review_id=review_id, ballot_id=ballot_id)
    ballot = the_ballot(request, review_id, ballot_id)
    meeting = Meeting.of(the_review(request, review_id), timezone.now(), is_brief=True)
    drawn = picture_of(shown_to(request, meeting, ballot.agenda_item_id), only=["ballot"])
    return render(request, "reviews/_voted_now.html", _own(request, ballot) | {"parts": partials(drawn.regions)})


@require_POST
def reveal(request: HttpRequest, review_id: int, ballot_id: int) -> HttpResponse:
    ballot = the_ballot(request, review_id, ballot_id)
    actions.reveal_ballot(by=me(request), ballot=ballot, now=timezone.now())
    return answer(request, review_id)


# The parking lot


@require_POST
def park(request: HttpRequest, review_id: int) -> HttpResponse:
    """With the item that the room is on. For htmx: the list, and an empty line for the next one."""
    review, form = the_review(request, review_id), ParkForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    typed, refused, status = "", "", 200
    try:
        actions.park_topic(by=me(request), review=review, text=text, about=review.current, now=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        typed, refused, status = request.POST.get("text", "")[:500], refusal.sentence, status_of(refusal)
    if not refused and not is_htmx(request):
        return answer(request, review_id)
    shown = shown_to(request, Meeting.of(the_review(request, review_id), timezone.now(), is_brief=True))
    if not is_htmx(request):
        return room_page(request, shown, status=status)
    drawn = picture_of(shown, only=["parking-lot"])
    context = {
        "review": review,
        "meeting": shown.meeting,
        "parts": partials(drawn.regions),
        "typed": typed,
        "refused": refused,
    }
    return render(request, "reviews/_parked_now.html", context, status=status)


@require_POST
def settle_topic(request: HttpRequest, review_id: int, topic_id: int) -> HttpResponse:
    actions.settle_topic(by=me(request), topic=the_topic(request, review_id, topic_id), now=timezone.now())
    return answer(request, review_id)


@require_POST
def reopen_topic(request: HttpRequest, review_id: int, topic_id: int) -> HttpResponse:
    actions.reopen_topic(by=me(request), topic=the_topic(request, review_id, topic_id), now=timezone.now())
    return answer(request, review_id)
