"""Making and revoking a link. The secret has 256 bits of chance, so its plain SHA-256 is enough to keep."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import Team, User
from readiness.accounts.policy import NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions.holding import WrongFields, swap
from readiness.history.actions import Subject, record
from readiness.portfolio.insights.looking import Look, said_of
from readiness.portfolio.models import ShareLink

RULE = "valid-link"
LASTS = {1: "1 day", 7: "1 week", 30: "30 days", 90: "90 days"}
LONGEST_NAME = 120
LONGEST_QUERY = 1000
MOST_LIVE = 50


@dataclass(frozen=True, slots=True)
class Made:
    """`secret` is known here and to whoever is shown it now; it can't be had again."""

    link: ShareLink
    secret: str


@transaction.atomic
def make_link(*, by: User, name: str, query: str, days: int, now: datetime) -> Made:
    """`query`: what stands behind the "?" of the portfolio's address. Raises WrongFields, NotAllowed."""
    policy.require_anywhere(by, Action.SHARE)
    name, said = name.strip(), said_of(QueryDict(query)).urlencode()
    if found := problems(by, name, said, days, now):
        raise WrongFields(RULE, found)
    secret = secrets.token_urlsafe(32)
    ends = now + timedelta(days=days)
    link = ShareLink.objects.create(
        name=name, query=said, digest=digest_of(secret), made_by=by, made_at=now, expires_at=ends
    )
    record("share.made", subject_of(link), by=by, at=now, after={"shows": said or "everything", "expires_at": ends})
    return Made(link, secret)


@transaction.atomic
def revoke_link(*, by: User, link: ShareLink, version: int, now: datetime) -> ShareLink:
    """It opens nothing from now on. Raises NotVisible, Conflict, Refused when it has been revoked before."""
    fresh = links_of(by).filter(pk=link.pk).first()
    if fresh is None:
        raise NotVisible(policy.RULE, "There is nothing here that you may see.")
    if fresh.revoked_at:
        raise Refused(RULE, "This link has been revoked already.")
    swap(fresh, version, revoked_at=now)
    record("share.revoked", subject_of(fresh), by=by, at=now, before={"expires_at": fresh.expires_at})
    return fresh


def links_of(user: User) -> QuerySet[ShareLink]:
    """Those that this person may revoke: the own ones, and all of them for who may share everywhere."""
    links = ShareLink.objects.select_related("made_by")
    return links if policy.is_everywhere(user, Action.SHARE) else links.filter(made_by=user)


def problems(by: User, name: str, query: str, days: int, now: datetime) -> dict[str, str]:
    """Field → what is wrong with it."""
    found = {}
    if not name:
        found["name"] = "Say what it is for: “Payments, for the board”."
    elif len(name) > LONGEST_NAME:
        found["name"] = f"At most {LONGEST_NAME} characters."
    if days not in LASTS:
        found["days"] = f"Choose one of these: {', '.join(LASTS.values())}."
    if len(query) > LONGEST_QUERY:
        found["query"] = "There are too many filters for one link; take some away."
    elif not _look(by, query).services.exists():
        found["query"] = "It would show nothing: no service fits these filters that you may share."
    if by.share_links.filter(revoked_at=None, expires_at__gt=now).count() >= MOST_LIVE:
        found["name"] = f"{MOST_LIVE} links are enough for one person; revoke one that nobody needs."
    return found


def _look(by: User, query: str) -> Look:
    return Look.of(by, QueryDict(query), today=timezone.localdate(), action=Action.SHARE)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def subject_of(link: ShareLink) -> Subject:
    """Read by whoever reads the history of its team, where it shows one; else of the organisation."""
    slug = QueryDict(link.query).get("team", "")
    team = Team.objects.filter(slug=slug).values_list("pk", flat=True).first() if slug else None
    return Subject("share", link.pk, f"the shared link {link}", team_id=team)
