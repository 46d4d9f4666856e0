"""`remind [--at ISO-TIME] [--person ADDRESS] [--dry-run]`: builds and sends the digests and weekly mails due at that time.

A dry run says for each person when theirs goes out, its subject and all its lines; nothing is stored, and nothing sent.
"""

from argparse import ArgumentParser
from datetime import date, datetime
from textwrap import indent
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from readiness.accounts.models import User
from readiness.mail import delivery
from readiness.reminders import digest, weekly
from readiness.reminders.lines import Digest
from readiness.reminders.rota import wishes_of
from readiness.reminders.rules import goes_out_at, next_moment
from readiness.reminders.weekly import Weekly


class Command(BaseCommand):
    help = "Build and send the digests and weekly portfolio mails that are due now, or were due at the given time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at", metavar="ISO-TIME", help="as if it were this time, for example 2026-03-02T08:00+01:00"
        )
        parser.add_argument("--person", metavar="ADDRESS", help="that of one person only")
        parser.add_argument("--dry-run", action="store_true", help="only say who would get what, and when")

    def handle(self, *_args: Any, **options: Any) -> None:
        now, only = _moment(options["at"]), _person(options["person"])
        if options["dry_run"]:
            self._say(now, only)
            return
        for mail in digest.build(now, only) + weekly.build(now, only):
            self.stdout.write(f"{mail.to}: {mail.subject}")
        delivered = delivery.deliver_due(now=now)
        self.stdout.write(f"{delivered.sent} sent, {delivered.failed} to be tried again.")

    def _say(self, now: datetime, only: User | None) -> None:
        said = [_in_full(due) for due in digest.due(now, only)]
        if only and not said:
            said = [_not_due(only, now)]
        said += [_letter_in_full(letter) for letter in weekly.due(now, only)]
        for one in said or ["Nobody's digest is due."]:
            self.stdout.write(one)


def _in_full(due: Digest, when: str = "") -> str:
    return _told(due, when or _due(due.person, due.day), digest.words(due, "txt", "…"))


def _letter_in_full(due: Weekly) -> str:
    return _told(due, _due(due.person, due.monday), weekly.words(due, "txt", "…"))


def _due(person: User, day: date) -> str:
    return f"due {_spelled(goes_out_at(wishes_of(person), day), person)}"


def _told(due: Digest | Weekly, when: str, text: str) -> str:
    return f"{due.person} <{due.person.email}>, {when}\n{due.subject}\n\n{indent(text.strip(), '    ')}\n"


def _not_due(person: User, now: datetime) -> str:
    """Why not, and what it would say."""
    day, wishes = now.astimezone(person.zone).date(), wishes_of(person)
    is_written = digest.is_written(person, day)
    when = f"next {_spelled(next_moment(wishes, now), person)}{', has had that of today' if is_written else ''}"
    found = digest.preview(person, now)
    return _in_full(found, when) if found else f"{person} <{person.email}>, {when}\nThere is nothing to say.\n"


def _spelled(moment: datetime, person: User) -> str:
    local = moment.astimezone(person.zone)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({person.time_zone})"


def _person(address: str | None) -> User | None:
    if address is None:
        return None
    found: User | None = User.objects.active().filter(email__iexact=address.strip()).first()
    if found is None:
        raise CommandError(f"--person must be the address of somebody who is active here, not {address!r}.")
    return found


def _moment(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--at must be a time such as 2026-03-02T08:00+01:00, not {text!r}.") from error
    return moment if moment.tzinfo else timezone.make_aware(moment)
