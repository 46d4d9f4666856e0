"""Who is there on a day, and who gets what somebody else would."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q

from readiness.accounts.models import User
from readiness.mail.models import Preferences
from readiness.mail.rules import Rhythm
from readiness.reminders.rules import Absence, Wishes, stand_in

A_DAY = timedelta(days=1)


class Rota:
    """Of active people that were read with their `mail_preferences`; by id."""

    def __init__(self, people: Iterable[User]) -> None:
        self.people = {person.pk: person for person in people}
        self.wishes = {pk: wishes_of(person) for pk, person in self.people.items()}
        absences = ((pk, _absence(person)) for pk, person in self.people.items())
        # A deputy whose account was switched off gets nothing, and nothing is lost: then it goes to whoever is away.
        self.absences = {pk: gone for pk, gone in absences if gone and gone.deputy_id in self.people}
        self.deputies = {absence.deputy_id for absence in self.absences.values()}

    @classmethod
    def of_everybody(cls) -> "Rota":
        return cls(User.objects.active().select_related("mail_preferences").order_by("pk"))

    @classmethod
    def around(cls, person_id: int, now: datetime) -> "Rota":
        """This person, whoever is away these days, and their deputies."""
        away = Preferences.objects.filter(away_until__gte=now.date() - A_DAY)
        near = Q(pk=person_id) | Q(pk__in=away.values("person_id")) | Q(pk__in=away.values("deputy_id"))
        return cls(User.objects.active().select_related("mail_preferences").filter(near).order_by("pk"))

    def stand_in(self, person: User, day: date) -> User | None:
        """None when this person is there, or nobody is in their place."""
        found = stand_in(person.pk, day, self.absences)
        return None if found == person.pk else self.people[found]

    def absent(self, person: User, day: date) -> list[User]:
        """For whom this person stands in."""
        away = (self.people[pk] for pk, absence in self.absences.items() if absence.covers(day))
        return [one for one in away if self.stand_in(one, day) == person]


def wishes_of(person: User) -> Wishes:
    """Who never said anything has no preferences."""
    row: Preferences | None = getattr(person, "mail_preferences", None)
    return Wishes(person.zone, Rhythm(row.rhythm), row.digest_hour, row.weekly_on) if row else Wishes(person.zone)


def _absence(person: User) -> Absence | None:
    row: Preferences | None = getattr(person, "mail_preferences", None)
    if row is None or row.away_from is None or row.away_until is None or row.deputy_id is None:
        return None
    return Absence(row.away_from, row.away_until, row.deputy_id)
