"""The end of the meeting: the decision."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from reviews import actions
from reviews.ending import Ending, repaired
from reviews.forms import DecisionForm, VerdictForm, with_fresh
from reviews.live.picture import END
from reviews.meeting import Meeting
from reviews.models import AgendaItem
from reviews.rules import Word
from reviews.typed_line import gap_version
from reviews.views.fetching import me, the_point, the_review
from reviews.views.room import answer, room_page, shown_to


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


@require_POST
def settle(request: HttpRequest, review_id: int, agenda_id: int) -> HttpResponse:
    """Owner, date and plan of one gap, from the page of the end. What was typed comes back with what is wrong with it."""
    point, now = the_point(request, review_id, agenda_id), timezone.now()
    form = VerdictForm(with_word(request, point), point=point, now=now)
    if not form.is_valid():
        return _unsettled(request, point, form, 422)
    try:
        actions.say(by=me(request), agenda_item=point, now=now, **form.cleaned_data | {"word": Word.GAP})
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        current = refusal.current if isinstance(refusal, Conflict) else None
        return _unsettled(request, the_point(request, review_id, agenda_id), form, status_of(refusal), current)
    return answer(request, review_id)


def with_word(request: HttpRequest, point: AgendaItem) -> QueryDict:
    typed = QueryDict(mutable=True)
    typed.update(repaired(request.POST, point))
    return typed


def _unsettled(
    request: HttpRequest, point: AgendaItem, form: VerdictForm, status: int, current: object = None
) -> HttpResponse:
    if current is not None:
        with_fresh(form, version=point.version, gap_version=gap_version(point))
    meeting = Meeting.of(the_review(request, point.review_id), timezone.now())
    ending = Ending(meeting, {point.pk: (form, current)})
    return room_page(request, shown_to(request, meeting, END, ending=ending), status=status)
