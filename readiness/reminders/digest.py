"""The daily digest: read what is open once, give each person theirs, and put one mail a person into the outbox."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import batched

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string

from readiness.accounts import policy
from readiness.accounts.models import User, read_grants
from readiness.accounts.rules import Action
from readiness.assessments.rules import REVIEW_SOON
from readiness.mail import actions as mail
from readiness.mail.models import Mail, Preferences
from readiness.mail.rules import Rhythm
from readiness.reminders.lines import Digest, Line, of_asked, of_gap
from readiness.reminders.reading import Facts, read
from readiness.reminders.rules import (
    ESCALATED,
    Wishes,
    comes_on,
    is_over,
    is_worth_a_mail,
    lets_through,
    local_day_due,
    why,
)

KIND, MATTER = "digest", "daily"
PEOPLE_AT_ONCE = 500


def due(now: datetime) -> Iterator[Digest]:
    """The digests that are due at `now` and are not in the outbox yet. A dozen queries for everybody, and none a person."""
    written = set(_recent(now).values_list("recipient_id", "slot"))
    morning: list[tuple[User, Wishes, date]] = []
    for person in User.objects.active().select_related("mail_preferences").order_by("pk"):
        wishes = wishes_of(person)
        day = local_day_due(wishes, now)
        if day and (person.pk, day.isoformat()) not in written:
            morning.append((person, wishes, day))
    if not morning:
        return
    facts = read(now)
    concerned = [one for one in morning if one[0].pk in facts.gaps or one[0].pk in facts.asked]
    read_grants([person for person, _, _ in concerned])
    for person, wishes, day in concerned:
        if digest := _digest(facts, person, wishes, day):
            yield digest


def build(now: datetime) -> list[Mail]:
    """Puts what is due into the outbox; what another process put there first is left alone. Returns the mails of this call."""
    built: list[Mail] = []
    for some in batched(due(now), PEOPLE_AT_ONCE):
        tokens = {row.person_id: row.token for row in mail.preferences_of_all([digest.person for digest in some])}
        built += mail.queue_many([_mail(digest, tokens[digest.person.pk], now) for digest in some])
    return built


def last_look(row: Mail, now: datetime) -> str:
    """What was settled since the digest was written comes out of it; see `mail.last_look`."""
    day = date.fromisoformat(row.slot)
    person = User.objects.active().select_related("mail_preferences").filter(pk=row.recipient_id).first()
    if person is None:
        return "the account is no longer active"
    wishes = wishes_of(person)
    if is_over(wishes, day, now):
        return "its day is over"
    digest = _digest(read(now, person), person, wishes, day) if comes_on(wishes, day) else None
    if digest is None:
        return "what it spoke of was settled, or is not wanted any more"
    fresh = _mail(digest, mail.preferences_of(person).token, now)
    if (row.subject, row.text, row.html) != (fresh.subject, fresh.text, fresh.html):
        row.subject, row.text, row.html = fresh.subject, fresh.text, fresh.html
        mail.rewrite(mail=row, subject=row.subject, text=row.text, html=row.html)
    return ""


def wishes_of(person: User) -> Wishes:
    """Of a person read with their `mail_preferences`; who never said anything has none."""
    row: Preferences | None = getattr(person, "mail_preferences", None)
    return Wishes(person.zone, Rhythm(row.rhythm), row.digest_hour, row.weekly_on) if row else Wishes(person.zone)


def _recent(now: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(kind=KIND, created_at__gte=now - timedelta(days=3))


def _digest(facts: Facts, person: User, wishes: Wishes, day: date) -> Digest | None:
    """None when there is nothing to say that would be worth a mail on this day."""
    lines = _lines(facts, person, day)
    if wishes.rhythm is Rhythm.OFF:
        late = [line for line in lines if line.why in ESCALATED]
        lines = late if lets_through(day, [(line.why, -line.days) for line in late]) else []
    return Digest(person, day, lines) if is_worth_a_mail(wishes, day, (line.why for line in lines)) else None


def _lines(facts: Facts, person: User, day: date) -> list[Line]:
    """Nothing of a service that this person does not see any more (rule *readable*)."""
    seen: dict[int, bool] = {}

    def sees(service_id: int) -> bool:
        if service_id not in seen:
            seen[service_id] = bool(policy.may(person, Action.SEE, facts.places[service_id].target))
        return seen[service_id]

    lines = [
        of_gap(gap, reason, facts.places[gap.service_id].name, day)
        for gap in facts.gaps.get(person.pk, ())
        if (reason := why(gap, person.pk, day)) and sees(gap.service_id)
    ]
    return lines + [
        of_asked(asked, facts.places[asked.service_id].name, day)
        for asked in facts.asked.get(person.pk, ())
        if (asked.due_on is None or asked.due_on - day <= REVIEW_SOON) and sees(asked.service_id)
    ]


def _mail(digest: Digest, token: str, now: datetime) -> Mail:
    unsubscribe = f"{settings.BASE_URL}/unsubscribe/{token}/"
    context = {"digest": digest, "unsubscribe": unsubscribe, "base_url": settings.BASE_URL}
    return mail.compose(
        recipient=digest.person,
        kind=KIND,
        matter=MATTER,
        slot=digest.day.isoformat(),
        subject=digest.subject,
        text=render_to_string("reminders/digest.txt", context),
        html=render_to_string("reminders/digest.html", context),
        headers={"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        now=now,
    )
