"""What is said in the room: a verdict, a confirmation, an item put on the agenda, notes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.assessments.models import Gap
from readiness.face.markdown import rendered
from reviews import actions, rules
from reviews.forms import NotesForm, RaiseForm, VerdictForm, with_fresh
from reviews.live.changes import for_its_speaker, is_plain
from reviews.live.picture import just_said
from reviews.meeting import Meeting
from reviews.models import AgendaItem, Review
from reviews.rules import Word
from reviews.typed_line import first_problem, gap_version
from reviews.views.fetching import is_followed, is_htmx, me, the_point, the_review, the_word
from reviews.views.room import answer, parts, room_page, shown_to, version_in

UNPROCESSABLE = 422


@require_POST
def say(request: HttpRequest, review_id: int, agenda_id: int) -> HttpResponse:
    """For htmx: the regions that a word changes, and not the rest of the page. What was typed survives."""
    point, now = the_point(request, review_id, agenda_id), timezone.now()
    form = VerdictForm(request.POST, point=point, now=now)
    if not form.is_valid():
        return _again(request, point, form, UNPROCESSABLE)
    said = form.cleaned_data | {"word": Word(form.cleaned_data["word"])}
    try:
        actions.say(by=me(request), agenda_item=point, now=now, **said)
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        current = refusal.current if isinstance(refusal, Conflict) else None
        return _again(request, the_point(request, review_id, agenda_id), form, status_of(refusal), current)
    if is_htmx(request):
        return _said(request, point)
    return redirect(_address(point))


@require_safe
def read_line(request: HttpRequest, review_id: int, agenda_id: int) -> HttpResponse:
    """What a typed line would record, or what it lacks; nothing is written."""
    point, now = the_point(request, review_id, agenda_id), timezone.now()
    policy.require(me(request), Action.RECORD_VERDICT, point.review.target)
    sent = request.GET.copy()
    sent["version"] = str(point.version)
    form = VerdictForm(sent, point=point, now=now)
    is_valid = bool(form.typed) and form.is_valid()
    problem = first_problem(point, form.cleaned_data["word"]) if is_valid else ""
    context = {"form": form, "typed": form.typed, "problem": problem, "understood": is_valid and not problem}
    return render(request, "reviews/_line_read.html", context)


def _address(point: AgendaItem) -> str:
    """Where the reader was: on the room's own item there is no need to name it."""
    query = None if point.pk == point.review.current_id else {"item": str(point.pk)}
    return reverse("reviews:room", args=[point.review_id], query=query)


def _said(request: HttpRequest, point: AgendaItem) -> HttpResponse:
    if point.pk != point.review.current_id and not request.POST.get("item"):
        return answer(request, point.review_id)  # the room went on while this reader wrote: they follow it again
    if is_followed(request) and is_plain(point.word, is_excused=point.item.excused_by_id is not None):
        return parts(request, just_said(point, me(request), timezone.now()), ["said", "say"])
    meeting = Meeting.of(point.review, timezone.now(), is_brief=True)
    return parts(request, shown_to(request, meeting, point.pk), for_its_speaker(point.pk))


def _again(
    request: HttpRequest, point: AgendaItem, form: VerdictForm, status: int, current: object = None
) -> HttpResponse:
    """The form with what was typed; beside it what somebody else wrote meanwhile."""
    review = Review.objects.for_page().get(pk=point.review_id)
    meeting = Meeting.of(review, timezone.now())
    if current is not None:
        with_fresh(form, version=point.version, gap_version=gap_version(point))
    theirs = current if isinstance(current, AgendaItem) else None
    their_plan = current if isinstance(current, Gap) else None
    shown = shown_to(request, meeting, point.pk, form=form, theirs=theirs, their_plan=their_plan)
    return (
        parts(request, shown, ["say"], status=status) if is_htmx(request) else room_page(request, shown, status=status)
    )


@require_POST
def confirm(request: HttpRequest, review_id: int, agenda_id: int) -> HttpResponse:
    point = the_point(request, review_id, agenda_id)
    actions.confirm(by=me(request), agenda_item=point, version=version_in(request), now=timezone.now())
    return answer(request, review_id)


@require_POST
def take_back(request: HttpRequest, review_id: int, spoken_id: int) -> HttpResponse:
    spoken = the_word(request, review_id, spoken_id)
    point = actions.take_back(by=me(request), spoken=spoken, version=version_in(request), now=timezone.now())
    if not is_htmx(request):
        whose = "Your own word" if spoken.by_id == me(request).pk else f"What {spoken.by} said"
        messages.success(
            request, f"{whose} on “{point.item.title}” is taken back: {spoken.get_word_display().lower()}."
        )
    return answer(request, review_id)


@require_POST
def raise_item(request: HttpRequest, review_id: int, key: str) -> HttpResponse:
    review = the_review(request, review_id)
    item = get_object_or_404(review.assessment.items.filter(retired_at=None), key=key)
    form = RaiseForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    actions.raise_item(by=me(request), review=review, item=item, why=why, now=timezone.now())
    return answer(request, review_id)


@require_POST
def notes(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    form = NotesForm(request.POST, prefix="notes")
    status, more = UNPROCESSABLE, {}
    if form.is_valid():
        try:
            actions.write_notes(by=me(request), review=review, now=timezone.now(), **form.cleaned_data)
        except Conflict as refusal:
            mine = form.cleaned_data["notes"]
            form.add_error("notes", refusal.sentence)
            status = status_of(refusal)
            review = the_review(request, review_id)
            with_fresh(form, version=review.notes_version)
            more["notes_of_both"] = rules.both(review.notes, mine)
        else:
            return answer(request, review_id)
    shown = shown_to(request, Meeting.of(review, timezone.now()), notes_form=form, **more)
    return (
        parts(request, shown, ["notes"], status=status)
        if is_htmx(request)
        else room_page(request, shown, status=status)
    )


@require_POST
def read_notes(request: HttpRequest, review_id: int) -> HttpResponse:
    """Notes as they would read; nothing is written."""
    review = the_review(request, review_id)
    policy.require(me(request), Action.COMMENT, review.target)
    form = NotesForm(request.POST, prefix="notes")
    form.is_valid()
    return HttpResponse(rendered(form.cleaned_data.get("notes", "")))
