"""Whose stream it is, and whether they may have it: asked when it begins, and again within each minute while it lasts."""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from reviews.live.picture import END
from reviews.models import AgendaItem, Review


@dataclass(frozen=True, slots=True)
class Reader:
    person_id: int
    may_speak: bool


def admitted(session_key: str, review_id: int, item: str | None) -> Reader | None:
    """None for a stranger, for somebody signed out, and for an item that is not on this agenda."""
    user = _signed_in(session_key)
    if user is None:
        return None
    review = Review.objects.visible_to(user).select_related("service").filter(pk=review_id).first()
    if review is None or not _is_on_agenda(review_id, item):
        return None
    return Reader(user.pk, policy.may(user, Action.RECORD_VERDICT, review.target).is_allowed)


def _signed_in(session_key: str) -> User | None:
    """Django's own answer: sessions end, passwords change, people leave."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) else None


def _is_on_agenda(review_id: int, item: str | None) -> bool:
    if item is None or item == END:
        return True
    return item.isdigit() and len(item) < 10 and AgendaItem.objects.filter(pk=int(item), review=review_id).exists()
