"""Before the meeting: schedule, move, cancel, invite. The timing rule is said while the day is chosen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.catalog.models import Service
from reviews import actions, rules
from reviews.again import like_the_last
from reviews.agenda import foreseen, outlook
from reviews.forms import InviteForm, ReasonForm, ScheduleForm, TimeForm
from reviews.gathering import Gathering
from reviews.live.picture import END
from reviews.meeting import Meeting
from reviews.models import Participant, Review, go_live_of
from reviews.rules import ParticipantRole
from reviews.views.fetching import is_htmx, me, the_review, the_service

TIME_FIELDS = ",".join(f"[name={name}]" for name in ("day", "at", "minutes", "outside", "also", "timing_reason"))
"""What the form sends along when it asks about a moment; and nothing that has no business in an address."""


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
    def asks_why(self) -> bool:
        return self.day is not None and rules.is_asked_why(self.day, self.go_live_on)

    @property
    def weekend(self) -> str:
        return rules.weekend(self.day) if self.day else ""

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
        form = ScheduleForm(service=service, now=now, estimate=foreseen(service, now), initial=again | _typed(request))
        return _page(request, "reviews/schedule.html", form, service, status=200)
    form = ScheduleForm(request.POST, service=service, now=now, estimate=foreseen(service, now))
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
        as_typed = _as_planned(review) | _typed(request)
        form = TimeForm(service=review.service, now=now, estimate=_ahead(review, now), initial=as_typed)
        return _page(request, "reviews/reschedule.html", form, review.service, review=review, status=200)
    form = TimeForm(
        request.POST, service=review.service, now=now, estimate=_ahead(review, now), initial=_as_planned(review)
    )
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


def _ahead(review: Review, now: datetime) -> rules.Estimate:
    return outlook(Meeting.of(review, now)).estimate


def _typed(request: HttpRequest) -> dict[str, object]:
    """What stands in the fields while the form asks about it."""
    typed: dict[str, object] = {
        name: request.GET[name] for name in ("day", "at", "timing_reason", "outside", "also") if name in request.GET
    }
    if (minutes := request.GET.get("minutes", "")).isdigit() and len(minutes) < 4:
        typed["minutes"] = int(minutes)
    return typed


def _page(
    request: HttpRequest, template: str, form: TimeForm, service: Service, *, review: Review | None = None, status: int
) -> HttpResponse:
    """The whole page; or, when htmx asks about a day, what the timing rule says of it and who can come."""
    day, reason = _day(form["day"].value()), str(form["timing_reason"].value() or "")
    timing = Timing(timezone.localtime(form.now).date(), go_live_of(service), day, reason)
    people = actions.of_the_service(service)
    invited = [row.person for row in review.participants.select_related("person")] if review else _named(form, people)
    context = {
        "form": form,
        "service": service,
        "review": review,
        "timing": timing,
        "gathering": _gathering(request, form, day, invited, review),
        "people": people,
        "time_fields": TIME_FIELDS,
    }
    if is_htmx(request) and request.method == "GET":
        template = "reviews/_timing.html"
    return render(request, template, context, status=status)


def _day(typed: object) -> date | None:
    try:
        return parse_date(typed) if isinstance(typed, str) else cast("date | None", typed)
    except ValueError:
        return None


def _named(form: TimeForm, people: Iterable[tuple[User, ParticipantRole]]) -> list[User]:
    """Those of the service, and whom the form names besides."""
    wanted = [form[name].value() for name in ("outside", "also") if name in form.fields]
    chosen = [pk for pk in wanted if str(pk or "").isdigit()]
    return [
        *dict.fromkeys(person for person, _ in people),
        *(User.objects.active().filter(pk__in=chosen) if chosen else ()),
    ]


def _gathering(
    request: HttpRequest, form: TimeForm, day: date | None, people: Iterable[User], review: Review | None
) -> Gathering | None:
    """None while the form says no moment."""
    typed, minutes = form["at"].value(), str(form["minutes"].value())
    try:
        at = parse_time(typed) if isinstance(typed, str) else cast("time | None", typed)
    except ValueError:
        at = None
    if day is None or at is None or not minutes.isdigit():
        return None
    starts_at = timezone.make_aware(datetime.combine(day, at))
    together = {person.pk: person for person in people}
    return Gathering(me(request), list(together.values()), starts_at, timedelta(minutes=int(minutes)), review)


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
        return _after_inviting(request, review)
    person, role = form.cleaned_data["person"], ParticipantRole(form.cleaned_data["role"])
    try:
        new = actions.add_participant(by=me(request), review=review, person=person, role=role, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{person} is invited." if new else f"{person} was invited already.")
    return _after_inviting(request, review)


def _after_inviting(request: HttpRequest, review: Review) -> HttpResponse:
    """Back to where somebody was missing: the end of the meeting, or the review's own page."""
    if request.POST.get("back") == END and review.is_live:
        return redirect(reverse("reviews:room", args=[review.pk], query={"item": END}))
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
