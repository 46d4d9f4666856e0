"""`remind [--at ISO-TIME] [--dry-run]`: builds and sends the digests and weekly mails due at that time, one line each."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from readiness.mail import delivery
from readiness.reminders import digest, weekly
from readiness.reminders.lines import Digest
from readiness.reminders.weekly import Weekly


class Command(BaseCommand):
    help = "Build and send the digests and weekly portfolio mails that are due now, or were due at the given time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at", metavar="ISO-TIME", help="as if it were this time, for example 2026-03-02T08:00+01:00"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say who would get what")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = _moment(options["at"])
        if options["dry_run"]:
            both: list[Digest | Weekly] = [*digest.due(now), *weekly.due(now)]
            for due in both:
                self.stdout.write(f"would send: {due.person.email}: {due.subject}")
            return
        for mail in digest.build(now) + weekly.build(now):
            self.stdout.write(f"{mail.to}: {mail.subject}")
        delivered = delivery.deliver_due(now=now)
        self.stdout.write(f"{delivered.sent} sent, {delivered.failed} to be tried again.")


def _moment(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--at must be a time such as 2026-03-02T08:00+01:00, not {text!r}.") from error
    return moment if moment.tzinfo else timezone.make_aware(moment)
