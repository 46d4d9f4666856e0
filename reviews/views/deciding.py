"""The end of the meeting: the decision."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from reviews import actions
from reviews.forms import DecisionForm
from reviews.live.picture import END
from reviews.meeting import Meeting
from reviews.views.fetching import me, the_review
from reviews.views.room import room_page, shown_to


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, review_id: int) -> HttpResponse:
    """The page is the room's last one. A refusal comes back onto it, with what was typed."""
    review = the_review(request, review_id)
    if request.method != "POST":
        return redirect(reverse("reviews:room", args=[review.pk], query={"item": END}))
    policy.require(me(request), Action.LEAD_REVIEW, review.target)  # before the form: who may not, hears that first
    now = timezone.now()
    meeting = Meeting.of(review, now)
    form = DecisionForm(request.POST, computed=meeting.verdict.decision)
    status = 422
    if form.is_valid():
        try:
            said = {name: value for name, value in form.cleaned_data.items() if name != "is_sure"}
            actions.decide(by=me(request), review=review, now=now, **said)
        except (NotAllowed, NotVisible):
            raise
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = status_of(refusal)
        else:
            return redirect("reviews:packet", review_id=review.pk)
    meeting = Meeting.of(the_review(request, review_id), now)
    return room_page(request, shown_to(request, meeting, END, decision_form=form), status=status)
