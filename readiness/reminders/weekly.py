"""The weekly portfolio mail: on Monday, from a manager's own hour on, one a person and week, and none when there is nothing to
say. Managers of the same teams are told the same, so that is read once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format

from readiness.accounts import policy
from readiness.accounts.models import Grant, User, UserQuerySet, read_grants
from readiness.accounts.rules import Role
from readiness.assessments.models import Gap
from readiness.assessments.rules import Decision
from readiness.face.moments import relative_day
from readiness.mail import actions as mail
from readiness.mail.models import Mail
from readiness.portfolio.launches import Launch
from readiness.portfolio.week import MANAGES, Week, week
from readiness.portfolio.worse import Change
from readiness.reminders.lines import AMBER, RED
from readiness.reminders.rota import Rota
from readiness.reminders.rules import is_week_over, week_due

KIND, MATTER = "portfolio", "weekly"
WHY = "because you manage these services"
GREEN = "#2f9e5b"
COLOURS = {"bad": RED, "good": GREEN}


@dataclass(frozen=True)
class Weekly:
    """What one manager is told of the week that began on `monday`."""

    person: User
    monday: date
    week: Week

    @property
    def subject(self) -> str:
        found = self.week
        ahead = f"{found.blocked} of {_count(found.due, 'launch', 'launches')} blocked" if found.due else ""
        worse = len(found.worse.services)
        parts = [
            ahead,
            f"{_count(worse, 'service', 'services')} got worse" if worse else "",
            f"{_count(found.closed_number, 'gap', 'gaps')} closed" if found.closed_number else "",
        ]
        return "Readiness, your week: " + ", ".join(part for part in parts if part)

    @cached_property
    def launches(self) -> list["LaunchLine"]:
        return [LaunchLine(launch, self.week.today) for launch in self.week.launches]

    @property
    def worse(self) -> list[tuple[Change, str]]:
        return [(change, decision_words(change)) for change in self.week.worse.services]

    @property
    def teams(self) -> tuple[Change, ...]:
        """Whoever manages one team knows which one it is."""
        teams = self.week.worse.teams
        return teams if len(teams) > 1 else ()

    @property
    def closed(self) -> list[tuple[str, list[Gap]]]:
        ordered = sorted(self.week.closed, key=lambda gap: (gap.service.name.casefold(), gap.service_id))
        return [(name, list(gaps)) for name, gaps in groupby(ordered, key=lambda gap: gap.service.name)]


@dataclass(frozen=True, slots=True)
class LaunchLine:
    launch: Launch
    today: date

    @property
    def when(self) -> str:
        day = self.launch.go_live_on
        words = f"{date_format(day, 'l, j F')}, {relative_day(day, self.today)}"
        return f"was to go live on {words}" if self.launch.is_late else f"goes live on {words}"

    @property
    def standing(self) -> str:
        launch = self.launch
        if not launch.decision:
            return "not measured yet"
        if not launch.is_blocked:
            return f"{Decision(launch.decision).label}: nothing blocks it"
        if not launch.open_gates:
            return "No-go: a gap lacks its owner, its day or its plan"
        late = f", {launch.late_gates} of them overdue" if launch.late_gates else ""
        return f"No-go: {_count(launch.open_gates, 'hard gate', 'hard gates')} open{late}"

    @property
    def colour(self) -> str:
        return COLOURS.get(self.launch.tone, AMBER)

    @property
    def contact(self) -> str:
        """Empty where nothing has to be talked about, or nobody is named."""
        contact = self.launch.contact
        return f"{contact.person.name}, who {contact.why}" if contact and self.launch.worry else ""


def decision_words(change: Change) -> str:
    if not change.is_decision_worse:
        return ""
    return f"from {Decision(change.decision_before).label.lower()} to {Decision(change.decision).label.lower()}"


def due(now: datetime, only: User | None = None) -> Iterator[Weekly]:
    """Those that are due at `now` and are not in the outbox yet. Eight statements for each different set of teams. `only`: that
    of one person.
    """
    written = set(_recent(now).values_list("recipient_id", "slot"))
    asked = ((person, day) for person, day in _mornings(now) if only is None or person == only)
    morning = [(person, day) for person, day in asked if (person.pk, day.isoformat()) not in written]
    read_grants([person for person, _ in morning])
    read: dict[tuple[object, date], Week] = {}
    for person, monday in morning:
        today = now.astimezone(person.zone).date()
        key = (_scope(person), today)
        if key not in read:
            read[key] = week(person, today)
        if not read[key].is_empty:
            yield Weekly(person, monday, read[key])


def build(now: datetime, only: User | None = None) -> list[Mail]:
    """Puts what is due into the outbox; what another process put there first is left alone. Returns the mails of this call."""
    some = list(due(now, only))
    tokens = {row.person_id: row.token for row in mail.preferences_of_all([one.person for one in some])} if some else {}
    return mail.queue_many([_mail(one, tokens[one.person.pk], now) for one in some]) if some else []


def last_look(row: Mail, now: datetime) -> str:
    """It says what is true when it leaves; see `mail.last_look`."""
    person, monday = managers(now).filter(pk=row.recipient_id).first(), date.fromisoformat(row.slot)
    if person is None or not _wants(person):
        return "it is not wanted any more, or its reader manages nothing any more"
    if is_week_over(Rota([person]).wishes[person.pk], monday, now):
        return "its days are over"
    fresh = Weekly(person, monday, week(person, now.astimezone(person.zone).date()))
    if fresh.week.is_empty:
        return "there is nothing to say any more"
    mail.say_anew(row, _mail(fresh, mail.preferences_of(person).token, now))
    return ""


def managers(now: datetime) -> UserQuerySet:
    """Of teams or of the organisation, with what they want to get."""
    held = Grant.objects.live(now).filter(role=Role.MANAGER, service_id=None)
    people: UserQuerySet = User.objects.active().filter(pk__in=held.values("user_id"))
    return people.select_related("mail_preferences").order_by("pk")


def _mornings(now: datetime) -> Iterator[tuple[User, date]]:
    rota = Rota(managers(now))
    for pk, person in rota.people.items():
        if _wants(person) and (monday := week_due(rota.wishes[pk], now)):
            yield person, monday


def _wants(person: User) -> bool:
    """Who never said anything does."""
    preferences = getattr(person, "mail_preferences", None)
    return preferences is None or bool(preferences.wants_portfolio)


def _scope(person: User) -> object:
    """The same for those who manage the same."""
    return policy.is_everywhere(person, MANAGES) or frozenset(policy.teams_where(person, MANAGES))


def _recent(now: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(kind=KIND, created_at__gte=now - timedelta(days=9))


def _mail(weekly: Weekly, token: str, now: datetime) -> Mail:
    unsubscribe = settings.BASE_URL + reverse("mail:unsubscribe-portfolio", args=[token])
    return mail.compose(
        recipient=weekly.person,
        kind=KIND,
        matter=MATTER,
        slot=weekly.monday.isoformat(),
        why=WHY,
        subject=weekly.subject,
        text=words(weekly, "txt", unsubscribe),
        html=words(weekly, "html", unsubscribe),
        headers={"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        now=now,
    )


def words(weekly: Weekly, ending: str, unsubscribe: str) -> str:
    """`ending`: "txt" or "html"."""
    context = {"weekly": weekly, "week": weekly.week, "unsubscribe": unsubscribe, "base_url": settings.BASE_URL}
    return render_to_string(f"reminders/weekly.{ending}", context)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
