"""Out of office: from when to when, and who gets the digest meanwhile. A person's own; nobody else can say it for them."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict
from readiness.accounts.reach import naming
from readiness.accounts.rules import Action
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Gap
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.history.actions import record
from readiness.mail.actions import preferences_of, subject_of
from readiness.mail.models import Preferences

RULE = "one-mail"
NAMED_MOST = 3


@transaction.atomic
def go_away(
    *, by: User, away_from: date | None, away_until: date | None, deputy: User | None, version: int, now: datetime
) -> Preferences:
    """Raises WrongFields, or Conflict when written meanwhile."""
    today = now.astimezone(by.zone).date()
    if problems := absence_problems(by, away_from, away_until, deputy, today):
        raise WrongFields(RULE, problems)
    return _write(by, "mail.away", version, now, away_from=away_from, away_until=away_until, deputy=deputy)


@transaction.atomic
def come_back(*, by: User, version: int, now: datetime) -> Preferences:
    """Back, or not away after all. Nothing happens to whoever is there already; raises Conflict when written meanwhile."""
    before = preferences_of(by)
    if before.version == version and before.away_from is None:
        return before
    return _write(by, "mail.back", version, now, away_from=None, away_until=None, deputy=None)


def absence_problems(
    person: User, away_from: date | None, away_until: date | None, deputy: User | None, today: date
) -> dict[str, str]:
    """Field → what is wrong with it."""
    problems = {}
    if away_from is None:
        problems["away_from"] = "Say which is the first day."
    if away_until is None:
        problems["away_until"] = "Say which is the last day."
    elif away_until < today:
        problems["away_until"] = "That day has passed; choose today or later."
    elif away_from and away_until < away_from:
        problems["away_until"] = "The last day comes before the first."
    if sentence := _deputy_problem(person, deputy):
        problems["deputy"] = sentence
    return problems


def _deputy_problem(person: User, deputy: User | None) -> str:
    if deputy is None:
        return "Choose who gets your digest meanwhile."
    if deputy == person:
        return "That is you; choose somebody who is there."
    if not deputy.is_active:
        return f"The account of {deputy} is switched off; choose somebody else."
    hidden = spoken_of(person).exclude(pk__in=Service.objects.visible_to(deputy).values("pk")).order_by("name")
    names = list(hidden.values_list("name", flat=True)[: NAMED_MOST + 1])
    if not names:
        return ""
    more = f" and {hidden.count() - NAMED_MOST} more" if len(names) > NAMED_MOST else ""
    return f"{deputy} can’t see {', '.join(names[:NAMED_MOST])}{more}; choose somebody who works on the same services."


def spoken_of(person: User) -> ServiceQuerySet:
    """The services of which this person's digest may speak."""
    if policy.is_everywhere(person, Action.DECIDE_WAIVER):
        return Service.objects.in_force()
    managed = Q(team__in=policy.teams_where(person, Action.DECIDE_WAIVER))
    owning = Q(pk__in=Gap.objects.open().owned_by(person).values("service_id"))
    return Service.objects.in_force().filter(naming(person) | managed | owning)


def _write(by: User, verb: str, version: int, now: datetime, **values: Any) -> Preferences:
    before = preferences_of(by)
    rows = Preferences.objects.filter(pk=before.pk, version=version).update(**values, version=F("version") + 1)
    if not rows:
        raise Conflict("Your mail preferences were changed in another window; this is how they stand now.", before)
    old = {name: getattr(before, name) for name in values}
    record(verb, subject_of(by), by=by, at=now, before=old, after=values)
    return preferences_of(by)
