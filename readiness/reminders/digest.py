"""The daily digest: read the open gaps once, give each person theirs, and put one mail a person into the outbox."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import batched, groupby

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from readiness.accounts.models import Grant, User
from readiness.accounts.rules import Role
from readiness.assessments.models import Gap
from readiness.assessments.rules import REVIEW_SOON
from readiness.catalog.models import Service
from readiness.checklists.rules import Gate
from readiness.mail import actions as mail
from readiness.mail.models import Mail, MailStatus, Preferences
from readiness.reminders.rules import SOON, OpenGap, Why, Wishes, concerned, is_worth_a_mail, local_day_due, why
from reviews.again import due_again

KIND, MATTER = "digest", "daily"
PEOPLE_AT_ONCE = 500
# Somewhere it is already tomorrow; a gap that is due in a week there is read too.
HORIZON = SOON + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    gap: OpenGap
    why: Why
    days: int
    """Days until it is due; negative when overdue."""

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}/gaps/{self.gap.id}/"

    @property
    def said(self) -> str:
        if self.days < 0:
            return f"overdue by {_days(-self.days)}"
        return "due today" if self.days == 0 else f"due in {_days(self.days)}"


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A service whose next review is due, for its tech lead. `reason` is a sentence."""

    service: str
    slug: str
    due_on: date
    reason: str
    day: date

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}/services/{self.slug}/reviews/schedule/"

    @property
    def said(self) -> str:
        days = (self.due_on - self.day).days
        return f"overdue by {_days(-days)}" if days < 0 else f"due in {_days(days)}" if days else "due today"


@dataclass(frozen=True, slots=True)
class Digest:
    """One person's lines of one local day, most overdue first."""

    person: User
    day: date
    lines: Sequence[Line]
    reviews: Sequence[ReviewLine] = ()

    @property
    def overdue(self) -> list[tuple[str, list[Line]]]:
        return _by_service(line for line in self.lines if line.why is Why.OVERDUE)

    @property
    def soon(self) -> list[tuple[str, list[Line]]]:
        return _by_service(line for line in self.lines if line.why is Why.SOON)

    @property
    def escalated(self) -> list[tuple[str, list[Line]]]:
        return _by_service(line for line in self.lines if line.why in {Why.LEAD, Why.MANAGER})

    @property
    def subject(self) -> str:
        counts = [
            (sum(line.why is Why.OVERDUE for line in self.lines), "overdue"),
            (sum(line.why is Why.SOON for line in self.lines), "due this week"),
            (sum(line.why in {Why.LEAD, Why.MANAGER} for line in self.lines), "overdue with others"),
            (len(self.reviews), "review due again" if len(self.reviews) == 1 else "reviews due again"),
        ]
        return "Readiness: " + ", ".join(f"{count} {word}" for count, word in counts if count)


def due(now: datetime) -> Iterator[Digest]:
    """The digests that are due at `now` and are not in the outbox yet. Five queries for everybody, and none a person."""
    per_person: dict[int, list[OpenGap]] = defaultdict(list)
    for gap in open_gaps(now):
        for person_id in concerned(gap):
            per_person[person_id].append(gap)
    again = reviews_due(now)
    wishes = {row.person_id: row for row in Preferences.objects.all()}
    written = set(_recent(now).values_list("recipient_id", "slot"))
    for person in User.objects.active().filter(pk__in={*per_person, *again}).order_by("pk"):
        day = local_day_due(_wishes(person, wishes.get(person.pk)), now)
        if day is None or (person.pk, day.isoformat()) in written:
            continue
        digest = Digest(person, day, _lines(per_person[person.pk], person.pk, day), _on(again.get(person.pk, ()), day))
        if is_worth_a_mail(day, gaps=len(digest.lines), reviews=len(digest.reviews)):
            yield digest


def reviews_due(now: datetime) -> dict[int, list[ReviewLine]]:
    """Tech lead's id → what is due again of their services."""
    found: dict[int, list[ReviewLine]] = defaultdict(list)
    day = timezone.localdate(now)
    for row in due_again(Service.objects.filter(tech_lead__isnull=False), day + timedelta(days=1)):
        if (due := row.next_review) and (lead_id := row.service.tech_lead_id):
            found[lead_id].append(ReviewLine(row.service.name, row.service.slug, due.due_on, due.reason, day))
    return found


def _on(lines: Iterable[ReviewLine], day: date) -> list[ReviewLine]:
    """As the reader's own day counts."""
    return [replace(line, day=day) for line in lines if line.due_on - day <= REVIEW_SOON]


def open_gaps(now: datetime) -> Iterator[OpenGap]:
    managers = _managers()
    everywhere = managers.get(None, ())
    rows = Gap.objects.open().filter(due_on__lte=timezone.localdate(now) + HORIZON).order_by("due_on", "pk")
    fields = ("pk", "item__title", "gate", "due_on", "service__name", "owner_id", "owner__name")
    for row in rows.values_list(*fields, "service__tech_lead_id", "service__team_id").iterator(chunk_size=2000):
        pk, title, gate, due_on, service, owner_id, owner_name, lead_id, team_id = row
        people = (*managers.get(team_id, ()), *everywhere)
        yield OpenGap(pk, title, gate == Gate.HARD, due_on, service, owner_id, owner_name or "nobody", lead_id, people)


def build(now: datetime) -> list[Mail]:
    """Puts what is due into the outbox; what another process put there first is left alone. Returns the mails of this call."""
    built: list[Mail] = []
    for some in batched(due(now), PEOPLE_AT_ONCE):
        tokens = _tokens([digest.person for digest in some])
        built += mail.queue_many([_mail(digest, tokens[digest.person.pk], now) for digest in some])
    return built


def bring_up_to_date(now: datetime) -> int:
    """Digests that wait because the mail server is away: what was settled meanwhile comes out of them, yesterday's are dropped.

    Returns how many were dropped: nothing is sent about something already closed.
    """
    waiting = _recent(now).filter(status=MailStatus.QUEUED).select_related("recipient")
    gaps, again = (list(open_gaps(now)), reviews_due(now)) if waiting.exists() else ([], {})
    dropped = 0
    for row in waiting:
        day = date.fromisoformat(row.slot)
        lines, reviews = _lines(gaps, row.recipient_id, day), _on(again.get(row.recipient_id, ()), day)
        if not (lines or reviews) or day < now.astimezone(row.recipient.zone).date():
            dropped += mail.drop(mail=row, reason="what it spoke of was settled, or its day is over")
            continue
        fresh = _mail(Digest(row.recipient, day, lines, reviews), _tokens([row.recipient])[row.recipient_id], now)
        mail.rewrite(mail=row, subject=fresh.subject, text=fresh.text, html=fresh.html)
    return dropped


def _recent(now: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(kind=KIND, created_at__gte=now - timedelta(days=3))


def _managers() -> dict[int | None, tuple[int, ...]]:
    """Team id (None: the organisation) → ids of its managers."""
    found: dict[int | None, list[int]] = defaultdict(list)
    held = Grant.objects.live(timezone.now()).filter(role=Role.MANAGER, service_id=None).order_by("user_id")
    for team_id, user_id in held.values_list("team_id", "user_id"):
        found[team_id].append(user_id)
    return {team_id: tuple(people) for team_id, people in found.items()}


def _wishes(person: User, row: Preferences | None) -> Wishes:
    if row is None:
        return Wishes(person.time_zone)
    return Wishes(person.time_zone, row.wants_digest, row.digest_hour, row.has_quiet_weekends)


def _lines(gaps: Iterable[OpenGap], person_id: int, day: date) -> list[Line]:
    reasons = ((gap, why(gap, person_id, day)) for gap in gaps)
    return [Line(gap, reason, (gap.due_on - day).days) for gap, reason in reasons if reason]


def _by_service(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    by_name = sorted(lines, key=lambda line: (line.gap.service.casefold(), line.days, line.gap.id))
    return [(name, list(group)) for name, group in groupby(by_name, key=lambda line: line.gap.service)]


def _tokens(people: Sequence[User]) -> dict[int, str]:
    return {row.person_id: row.token for row in mail.preferences_of_all(people)}


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


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
