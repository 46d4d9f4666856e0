"""The list of reviews: what is coming, what is decided. One's own come first."""

from collections.abc import Iterable
from typing import Any, cast

from django.core.paginator import Paginator
from django.db import models
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.accounts import policy
from readiness.accounts.models import Team, User
from readiness.accounts.reach import naming
from readiness.accounts.rules import Action
from readiness.catalog.models import Service, ServiceQuerySet
from reviews.again import due_again
from reviews.models import Participant, Review, ReviewQuerySet
from reviews.rules import ReviewStatus
from reviews.signing import tallies
from reviews.views.fetching import is_htmx, me
from reviews.worth import lately

PAGE_SIZE = 50
STATES = {
    "upcoming": ("Coming up", [ReviewStatus.IN_PROGRESS, ReviewStatus.PAUSED, ReviewStatus.SCHEDULED]),
    "decided": ("Decided", [ReviewStatus.DECIDED]),
    "cancelled": ("Cancelled", [ReviewStatus.CANCELLED]),
}
DUE = "due"


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    user = me(request)
    state = request.GET.get("state", "upcoming")
    state = state if state in {*STATES, DUE} else "upcoming"
    found = _filtered(Review.objects.visible_to(user), request, user)
    due = due_again(_services(request, user), timezone.localdate())
    rows = due if state == DUE else _sorted(found.filter(status__in=STATES[state][1]), user, state).for_list()
    page = Paginator(rows.fetch_mode(models.FETCH_RAISE), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "state": state,
        "tabs": [*_tabs(found), (DUE, "Due again", due.count())],
        "tallies": tallies(cast("Iterable[Review]", page.object_list)) if state == "decided" else {},
        "lately": lately(found, timezone.now()),
        "may_schedule": _may_schedule(page.object_list, user) if state == DUE else (),
        "teams": Team.objects.filter(services__reviews__in=Review.objects.visible_to(user)).distinct(),
        "is_filtered": any(request.GET.get(name) for name in ("q", "team", "mine")),
    }
    return render(request, "reviews/reviews.html#rows" if is_htmx(request) else "reviews/reviews.html", context)


def _filtered(rows: ReviewQuerySet, request: HttpRequest, user: User) -> ReviewQuerySet:
    if words := request.GET.get("q", "").strip()[:100]:
        rows = rows.filter(Q(service__name__icontains=words) | Q(service__slug__icontains=words))
    if team := request.GET.get("team", "").strip()[:80]:
        rows = rows.filter(service__team__slug=team)
    if request.GET.get("mine"):
        rows = rows.filter(_is_mine(user))
    return rows


def _services(request: HttpRequest, user: User) -> ServiceQuerySet:
    """The same filter for what has no review yet; mine are those that name me."""
    services = Service.objects.visible_to(user)
    if words := request.GET.get("q", "").strip()[:100]:
        services = services.filter(Q(name__icontains=words) | Q(slug__icontains=words))
    if team := request.GET.get("team", "").strip()[:80]:
        services = services.filter(team__slug=team)
    return services.filter(naming(user)) if request.GET.get("mine") else services


def _may_schedule(due: Iterable[Any], user: User) -> set[int]:
    """Of the standings, by their ids."""
    return {row.pk for row in due if policy.may(user, Action.SCHEDULE_REVIEW, row.service.target)}


def _is_mine(user: User) -> Exists:
    return Exists(Participant.objects.filter(review=OuterRef("pk"), person=user))


def _sorted(rows: ReviewQuerySet, user: User, state: str) -> ReviewQuerySet:
    """What runs now, then one's own, then by date: the next one first, the last decided one first."""
    runs = Case(When(status=ReviewStatus.SCHEDULED, then=Value(1)), default=Value(0), output_field=IntegerField())
    mine = _is_mine(user)
    order = "starts_at" if state == "upcoming" else "-starts_at"
    return rows.annotate(is_mine=mine, is_waiting=runs).order_by("is_waiting", "-is_mine", order, "pk")


def _tabs(rows: ReviewQuerySet) -> list[tuple[str, str, int]]:
    counts = rows.aggregate(
        **{key: Count("pk", filter=Q(status__in=statuses)) for key, (_, statuses) in STATES.items()}
    )
    return [(key, label, counts[key]) for key, (label, _) in STATES.items()]
