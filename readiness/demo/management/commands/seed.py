"""`manage.py seed NUMBER`: fills a database with so many services that have two years behind them, to see how it bears them."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from readiness.catalog.models import Service
from readiness.demo.seeding.sowing import sow
from readiness.demo.story.people import PASSWORD

MOST = 100_000


class Command(BaseCommand):
    help = "Fill the database with many services that have two years of history. For measuring; never for a database in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help="how many services")
        parser.add_argument("--add", action="store_true", help="also where there are services already: add to them")

    def handle(self, *args: Any, **options: Any) -> None:
        number, started = options["number"], time.monotonic()
        if not 1 <= number <= MOST:
            raise CommandError(f"From 1 to {MOST:,} services; {number:,} was asked for.")
        if not options["add"] and (there := Service.objects.count()):
            raise CommandError(
                f"This database has {there:,} services. What is invented would stand among them; --add does it."
            )
        made = sow(number, now=timezone.now(), say=self.stdout.write)
        self.stdout.write(
            f"Done in {time.monotonic() - started:.0f} s. Sign in as {made.boss.email}, password {PASSWORD}"
        )
