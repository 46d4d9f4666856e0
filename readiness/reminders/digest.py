"""The daily digest: read what is open once, give each person theirs, and put one mail a person into the outbox."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import batched

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string

from readiness.accounts.models import User, read_grants
from readiness.assessments.rules import REVIEW_SOON
from readiness.mail import actions as mail
from readiness.mail.models import Mail
from readiness.mail.rules import Rhythm
from readiness.reminders.lines import Digest, Handed, Line, of_asked, of_gap
from readiness.reminders.reading import Asked, Facts, read
from readiness.reminders.rota import Rota
from readiness.reminders.rules import (
    ESCALATED,
    PERSONAL,
    SOON,
    Why,
    Wishes,
    comes_on,
    is_over,
    is_worth_a_mail,
    lets_through,
    local_day_begun,
    tells_of_end,
    why,
)

KIND, MATTER = "digest", "daily"
PEOPLE_AT_ONCE = 500
NEAR = {Why.CAMPAIGN: SOON}
"""How long before its day something is told, where that is another time than a review's."""


type Wanted = Callable[[Facts, Rota, User, date], list[Line]]


def due(now: datetime, only: User | None = None) -> Iterator[Digest]:
    """The digests that are due at `now` and are not in the outbox yet. A dozen queries for everybody, and none a person. `only`:
    that of one person.
    """
    written = set(_recent(now).values_list("recipient_id", "slot"))
    rota = Rota.of_everybody()
    asked = [person for person in rota.people.values() if only is None or person == only]
    begun = ((person, local_day_begun(rota.wishes[person.pk], now)) for person in asked)
    morning = [(person, day) for person, day in begun if day and (person.pk, day.isoformat()) not in written]
    if not any(_comes(rota, person, day) for person, day in morning):
        return
    facts = read(now)
    read_grants([person for pk, person in rota.people.items() if facts.concern(person) or pk in rota.deputies])
    for person, day in morning:
        if digest := _digest(facts, rota, person, day):
            yield digest


def _comes(rota: Rota, person: User, day: date) -> bool:
    return comes_on(rota.wishes[person.pk], day) or person.pk in rota.deputies


def preview(person: User, now: datetime) -> Digest | None:
    """What it would say if it went out on the person's day of `now`, whether or not one comes then."""
    rota = Rota.around(person.pk, now)
    reader, day = rota.people[person.pk], now.astimezone(person.zone).date()
    facts = read(now, [reader, *rota.absent(reader, day)])
    return _digest(facts, rota, reader, day, wanted=_said)


def is_written(person: User, day: date) -> bool:
    return Mail.objects.filter(kind=KIND, recipient=person, matter=MATTER, slot=day.isoformat()).exists()


def build(now: datetime, only: User | None = None) -> list[Mail]:
    """Puts what is due into the outbox; what another process put there first is left alone. Returns the mails of this call."""
    built: list[Mail] = []
    for some in batched(due(now, only), PEOPLE_AT_ONCE):
        tokens = {row.person_id: row.token for row in mail.preferences_of_all([digest.person for digest in some])}
        built += mail.queue_many([_mail(digest, tokens[digest.person.pk], now) for digest in some])
    return built


def last_look(row: Mail, now: datetime) -> str:
    """What was settled since the digest was written comes out of it; see `mail.last_look`."""
    day, rota = date.fromisoformat(row.slot), Rota.around(row.recipient_id, now)
    person = rota.people.get(row.recipient_id)
    if person is None:
        return "the account is no longer active"
    if is_over(rota.wishes[person.pk], day, now):
        return "its day is over"
    about = [person, *rota.absent(person, day)]
    digest = _digest(read(now, about), rota, person, day)
    if digest is None:
        return "what it spoke of was settled, or is not wanted any more"
    mail.say_anew(row, _mail(digest, mail.preferences_of(person).token, now))
    return ""


def _recent(now: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(kind=KIND, created_at__gte=now - timedelta(days=3))


def _digest(facts: Facts, rota: Rota, person: User, day: date, wanted: Wanted | None = None) -> Digest | None:
    """None when there is nothing to say that would be worth a mail on this day."""
    wanted = wanted or _wanted
    own = wanted(facts, rota, person, day)
    if deputy := rota.stand_in(person, day):
        # Nobody else would hear of what the deputy does not see.
        own = [line for line in own if line.why not in PERSONAL and not facts.sees(deputy, line.service_id)]
    told, handed = {line.path for line in own}, []
    for absent in rota.absent(person, day) if person.pk in rota.deputies else ():
        lines = wanted(facts, rota, absent, day)
        lines = [
            line
            for line in lines
            if line.why not in PERSONAL and line.path not in told and facts.sees(person, line.service_id)
        ]
        if lines:
            told |= {line.path for line in lines}
            handed.append(Handed(absent, rota.absences[absent.pk].last, lines))
    return Digest(person, day, own, handed) if own or handed else None


def _wanted(facts: Facts, rota: Rota, person: User, day: date) -> list[Line]:
    """As this person wants it, wherever it goes."""
    wishes = rota.wishes[person.pk]
    lines = _lines(facts, person, wishes, day) if comes_on(wishes, day) else []
    if wishes.rhythm is Rhythm.OFF:
        late = [line for line in lines if line.why in ESCALATED]
        lines = late if lets_through(day, [(line.why, -line.days) for line in late]) else []
    return lines if is_worth_a_mail(wishes, day, (line.why for line in lines)) else []


def _said(facts: Facts, rota: Rota, person: User, day: date) -> list[Line]:
    """All that a mail to this person might say on that day."""
    wishes = rota.wishes[person.pk]
    lines = _lines(facts, person, wishes, day)
    return [line for line in lines if line.why in ESCALATED] if wishes.rhythm is Rhythm.OFF else lines


def _lines(facts: Facts, person: User, wishes: Wishes, day: date) -> list[Line]:
    """Nothing of a service that this person does not see any more (rule *readable*)."""
    lines = [
        of_gap(gap, reason, facts.places[gap.service_id].name, day)
        for gap in facts.gaps.get(person.pk, ())
        if (reason := why(gap, person.pk, day)) and facts.sees(person, gap.service_id)
    ]
    return lines + [
        of_asked(asked, facts.name_of(asked.service_id), day)
        for asked in facts.asked.get(person.pk, ())
        if _is_time(asked, wishes, day) and facts.sees(person, asked.service_id)
    ]


def _is_time(asked: Asked, wishes: Wishes, day: date) -> bool:
    if asked.due_on is None:
        return True
    is_ending = asked.why is Why.ENDING
    return (
        tells_of_end(wishes, day, asked.due_on) if is_ending else asked.due_on - day <= NEAR.get(asked.why, REVIEW_SOON)
    )


def _mail(digest: Digest, token: str, now: datetime) -> Mail:
    unsubscribe = f"{settings.BASE_URL}/unsubscribe/{token}/"
    return mail.compose(
        recipient=digest.person,
        kind=KIND,
        matter=MATTER,
        slot=digest.day.isoformat(),
        subject=digest.subject,
        why=digest.reason,
        text=words(digest, "txt", unsubscribe),
        html=words(digest, "html", unsubscribe),
        headers={"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        now=now,
    )


def words(digest: Digest, ending: str, unsubscribe: str) -> str:
    context = {"digest": digest, "unsubscribe": unsubscribe, "base_url": settings.BASE_URL}
    return render_to_string(f"reminders/digest.{ending}", context)
