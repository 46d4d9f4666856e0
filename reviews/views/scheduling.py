"""Before the meeting: schedule, move, cancel, invite. The timing rule is said while the day is chosen."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.catalog.models import Service
from reviews import actions, rules
from reviews.again import like_the_last
from reviews.forms import InviteForm, ReasonForm, ScheduleForm, TimeForm
from reviews.models import Participant, Review, go_live_of
from reviews.rules import ParticipantRole
from reviews.views.fetching import is_htmx, me, the_review, the_service


@dataclass(frozen=True)
class Timing:
    """The chosen day on the way to go-live, as the page draws it: places are per cent of the way."""

    today: date
    go_live_on: date | None
    day: date | None
    reason: str

    @property
    def problem(self) -> str:
        return (rules.timing_problem(self.day, self.go_live_on, self.reason) or "") if self.day else ""

    @property
    def distance(self) -> str:
        return rules.distance(self.day, self.go_live_on) if self.day and self.go_live_on else ""

    @property
    def window(self) -> tuple[date, date] | None:
        return rules.window(self.go_live_on) if self.go_live_on else None

    @cached_property
    def strip(self) -> dict[str, float] | None:
        """None when there is nothing to draw: no go-live, or it has passed."""
        if self.go_live_on is None or self.day is None or self.window is None or self.go_live_on <= self.today:
            return None
        first, last = self.window
        days = (self.go_live_on - self.today).days
        start, end, day = (100 * (moment - self.today).days / days for moment in (first, last, self.day))
        start, end = max(0.0, start), max(0.0, end)
        return {"window": start, "width": end - start, "day": min(99.2, max(0.0, day))}


@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, slug: str) -> HttpResponse:
    service = the_service(request, slug)
    policy.require(me(request), Action.SCHEDULE_REVIEW, service.target)
    now = timezone.now()
    if request.method != "POST":
        again = like_the_last(service, timezone.localtime(now).date())
        form = ScheduleForm(service=service, now=now, initial=again)
        return _page(request, "reviews/schedule.html", form, service, status=200)
    form = ScheduleForm(request.POST, service=service, now=now)
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("starts_at", "minutes", "place", "timing_reason")}
        try:
            review = actions.schedule(by=me(request), service=service, participants=form.invited, now=now, **values)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Scheduled. The invitations are on their way.")
            return redirect(review)
    return _page(request, "reviews/schedule.html", form, service, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def reschedule(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    policy.require(me(request), Action.SCHEDULE_REVIEW, review.target)
    now = timezone.now()
    if request.method != "POST":
        form = TimeForm(service=review.service, now=now, initial=_as_planned(review))
        return _page(request, "reviews/reschedule.html", form, review.service, review=review, status=200)
    form = TimeForm(request.POST, service=review.service, now=now, initial=_as_planned(review))
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("starts_at", "minutes", "place", "timing_reason")}
        version = int(request.POST["version"]) if request.POST.get("version", "").isdigit() else review.version
        try:
            actions.reschedule(by=me(request), review=review, version=version, now=now, **values)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Moved. Everybody's calendar follows.")
            return redirect(review)
    return _page(request, "reviews/reschedule.html", form, review.service, review=review, status=422)


def _as_planned(review: Review) -> dict[str, object]:
    local = timezone.localtime(review.starts_at)
    return {
        "day": local.date(),
        "at": local.time(),
        "minutes": review.minutes,
        "place": review.place,
        "timing_reason": review.timing_reason,
    }


def _page(
    request: HttpRequest, template: str, form: TimeForm, service: Service, *, review: Review | None = None, status: int
) -> HttpResponse:
    """The whole page; or, when htmx asks about a day, what the timing rule says of it."""
    typed = request.GET.get("day") or form["day"].value()
    day = parse_date(typed) if isinstance(typed, str) else typed
    today = timezone.localtime(form.now).date()
    timing = Timing(
        today, go_live_of(service), day, request.GET.get("timing_reason") or str(form["timing_reason"].value() or "")
    )
    context = {"form": form, "service": service, "review": review, "timing": timing}
    if is_htmx(request) and request.method == "GET":
        return render(request, "reviews/_timing.html", context)
    context["people"] = actions.of_the_service(service)
    return render(request, template, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    policy.require(me(request), Action.SCHEDULE_REVIEW, review.target)
    form = ReasonForm(request.POST or None, initial={"version": review.version})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel(by=me(request), review=review, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = status_of(refusal)
        else:
            messages.success(request, "Cancelled. It leaves everybody's calendar.")
            return redirect(review)
    return render(request, "reviews/cancel.html", {"form": form, "review": review}, status=status)


@require_POST
def participants(request: HttpRequest, review_id: int) -> HttpResponse:
    """Invites one person in one role."""
    review = the_review(request, review_id)
    policy.require(me(request), Action.SCHEDULE_REVIEW, review.target)
    form = InviteForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a person, and what they come as.")
        return redirect(review)
    person, role = form.cleaned_data["person"], ParticipantRole(form.cleaned_data["role"])
    try:
        new = actions.add_participant(by=me(request), review=review, person=person, role=role, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{person} is invited." if new else f"{person} was invited already.")
    return redirect(review)


@require_POST
def remove_participant(request: HttpRequest, review_id: int, participant_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    row = get_object_or_404(Participant.objects.select_related("person"), pk=participant_id, review=review)
    policy.require(me(request), Action.SCHEDULE_REVIEW, review.target)
    try:
        actions.remove_participant(by=me(request), review=review, participant=row, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect(review)
