"""What a link shows to whoever has it: what its maker may share at this moment, and nothing once they may not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.limits import Limit
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.models import ShareLink
from readiness.portfolio.sharing.actions import digest_of

OPENINGS = Limit("openings", 60, timedelta(minutes=1))
"""From one address, found or not: a page of figures costs us something, and guessing nothing."""
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Opened:
    link: ShareLink
    look: Look


def open_link(secret: str, now: datetime) -> Opened | None:
    """None when there is no such link, or it has ended, was revoked, or its maker has left or may share nothing any more."""
    live = ShareLink.objects.filter(revoked_at=None, expires_at__gt=now).select_related("made_by")
    link = live.filter(digest=digest_of(secret)).first()
    if link is None or not _may_still(link.made_by):
        return None
    _note(link, now)
    return Opened(link, Look.of(link.made_by, QueryDict(link.query), today=timezone.localdate(), action=Action.SHARE))


def _may_still(maker: User) -> bool:
    return maker.is_active and policy.may_anywhere(maker, Action.SHARE)


def _note(link: ShareLink, now: datetime) -> None:
    """At most one write a minute, however often it is opened."""
    unnoted = Q(last_opened_at=None) | Q(last_opened_at__lte=now - NOTED_EVERY)
    ShareLink.objects.filter(unnoted, pk=link.pk).update(last_opened_at=now)
