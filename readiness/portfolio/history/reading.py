"""Which entries a person may read, and which of those they asked for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

from django.db.models import Q
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.catalog.models import Service
from readiness.catalog.reach import services_where
from readiness.history.models import Entry, EntryQuerySet

PAGE = 50


def readable(reader: User) -> EntryQuerySet:
    """Rule *readable*: of services by what they are today, of teams by themselves, everything else by the whole organisation.

    Raises NotAllowed when there is nothing that this person's role lets them read.
    """
    if policy.is_everywhere(reader, Action.READ_HISTORY):
        return Entry.objects.all()
    services = services_where(reader, Action.READ_HISTORY)
    teams = policy.teams_where(reader, Action.READ_HISTORY)
    if not teams and not services.exists():
        policy.require(reader, Action.READ_HISTORY)
    return Entry.objects.filter(Q(service_id__in=services.values("pk")) | Q(service_id=None, team_id__in=teams))


@dataclass(frozen=True, slots=True)
class Wanted:
    """`by` is a person's number or a part of a name; `verb` the beginning of one; days are the reader's, both included."""

    service: str = ""
    by: str = ""
    kind: str = ""
    verb: str = ""
    since: date | None = None
    until: date | None = None

    def of(self, entries: EntryQuerySet, reader: User) -> EntryQuerySet:
        found = entries.between(_midnight(self.since), _midnight(self.until, after=True))
        if self.kind:
            found = found.filter(object_type=self.kind)
        if self.verb:
            found = found.saying(self.verb)
        if self.by:
            found = found.filter(_done_by(self.by))
        if self.service:
            seen = Service.objects.visible_to(reader)
            named = seen.filter(Q(slug__iexact=self.service) | Q(name__icontains=self.service))
            found = found.filter(service_id__in=named.values("pk"))
        return found


def _done_by(words: str) -> Q:
    if words.isdecimal():
        return Q(actor_id=int(words)) if len(words) < 19 else Q(pk=None)
    people = User.objects.filter(name__icontains=words)
    return Q(actor_id__in=people.values("pk")) | Q(actor_id=None, actor_name__icontains=words)


def _midnight(day: date | None, *, after: bool = False) -> datetime | None:
    """When that day begins, or ends, where the reader is."""
    if day is None or (after and day == date.max):
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=int(after)), time.min))


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. `older` and `newer` are the entry that the next page begins beyond; None at either end.

    Pages go by the number of an entry and not of a page: the history grows at its front while somebody reads.
    """

    entries: list[Entry]
    older: int | None
    newer: int | None

    @classmethod
    def of(cls, entries: EntryQuerySet, *, before: int | None, after: int | None) -> Self:
        if after is not None:
            nearest = list(entries.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
            shown = nearest[:PAGE][::-1]
            return cls(shown, older=shown[-1].pk if shown else None, newer=shown[0].pk if len(nearest) > PAGE else None)
        found = entries.filter(pk__lt=before) if before is not None else entries
        nearest = list(found.newest_first()[: PAGE + 1])
        shown = nearest[:PAGE]
        older = shown[-1].pk if len(nearest) > PAGE else None
        return cls(shown, older, newer=shown[0].pk if shown and before is not None else None)


def with_services(entries: list[Entry]) -> list[Entry]:
    """Sets `service` on each, with one query."""
    services = Service.objects.in_bulk({entry.service_id for entry in entries if entry.service_id})
    for entry in entries:
        entry.service = services.get(entry.service_id or 0)
    return entries
