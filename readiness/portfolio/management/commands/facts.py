"""`manage.py facts today`: writes down how every service stands, as the scheduler does each hour.

`manage.py facts rebuild`: writes down how they stood on days that nobody recorded, as far as history tells.
"""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from readiness.portfolio.daily.rebuilding import Rebuilt, rebuild, since_the_beginning
from readiness.portfolio.daily.recording import record_today

HONESTY = (
    "Told by history: statuses, gaps, due dates, waivers. As they are today, for want of anything older: the gate of an item,\n"
    "team and tier of a service. Not known of these days: how much was proven by machines."
)


class Command(BaseCommand):
    help = "Record how every service stands today, or rebuild from history how they stood on days that nobody recorded."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        commands.add_parser("today", help="record how every service stands now; twice is once")
        past = commands.add_parser("rebuild", help="fill days that nobody recorded; what was recorded stays")
        past.add_argument(
            "--from", dest="first", type=_day, help="the first day (default: the first that was measured)"
        )
        past.add_argument("--to", dest="last", type=_day, help="the last day (default: yesterday)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["what"] == "today":
            self.stdout.write(f"{record_today(now=now)} services recorded.")
            return
        first, last = options["first"], options["last"] or now.date()
        if first and first > last:
            raise CommandError(f"The first day ({first}) is after the last ({last}).")
        self._say(rebuild(first, last, now=now) if first else since_the_beginning(last, now=now))

    def _say(self, rebuilt: Rebuilt) -> None:
        self.stdout.write(f"{rebuilt.facts} facts of {rebuilt.days} days written.")
        if rebuilt.untold:
            self.stdout.write(
                f"{rebuilt.untold} retired services left out: history does not say when they were retired."
            )
        self.stdout.write(HONESTY)


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise CommandError(f"“{word}” is no day; write it as 2026-03-02.") from None
