"""Access by fetching: what a person may not know of is not there."""

from typing import cast

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.catalog.models import Service
from reviews.models import AgendaItem, Ballot, ParkedTopic, Review, SpokenWord


def me(request: HttpRequest) -> User:
    """LoginRequiredMiddleware lets nobody else in."""
    return cast("User", request.user)


def is_htmx(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]  # django_htmx


def is_followed(request: HttpRequest) -> bool:
    """Whether the live stream brings this screen whatever changes: an answer need only hold what the reader waits for."""
    return is_htmx(request) and request.headers.get("Readiness-Live") == "1"


def the_review(request: HttpRequest, review_id: int) -> Review:
    return get_object_or_404(Review.objects.visible_to(me(request)).for_page(), pk=review_id)


def the_point(request: HttpRequest, review_id: int, agenda_id: int) -> AgendaItem:
    """Of whoever may see the review: policy says so of the one row, for less than the database asked about all of them."""
    point = get_object_or_404(AgendaItem.objects.for_verdict(), pk=agenda_id, review=review_id)
    policy.require(me(request), Action.SEE, point.review.target)
    return point


def the_word(request: HttpRequest, review_id: int, spoken_id: int) -> SpokenWord:
    seen = Review.objects.visible_to(me(request)).filter(pk=review_id)
    return get_object_or_404(SpokenWord.objects.for_page(), pk=spoken_id, agenda_item__review__in=seen)


def the_service(request: HttpRequest, slug: str) -> Service:
    people = ("team", "tech_lead", "on_call", "platform_owner", "assessment")
    return get_object_or_404(Service.objects.visible_to(me(request)).select_related(*people), slug=slug)


def the_ballot(request: HttpRequest, review_id: int, ballot_id: int) -> Ballot:
    seen = Review.objects.visible_to(me(request)).filter(pk=review_id)
    rows = Ballot.objects.for_room().select_related("agenda_item__item", "agenda_item__review__service")
    return get_object_or_404(rows, pk=ballot_id, agenda_item__review__in=seen)


def the_topic(request: HttpRequest, review_id: int, topic_id: int) -> ParkedTopic:
    seen = Review.objects.visible_to(me(request)).filter(pk=review_id)
    rows = ParkedTopic.objects.select_related("review__service", "about__item", "settled_by")
    return get_object_or_404(rows, pk=topic_id, review__in=seen)
