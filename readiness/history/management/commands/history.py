"""`history verify [--digest DIGEST]`: walks the chain of seals and names every place that does not hold. Exit 0 or 1.

Somebody with the database in their hands could cut off the end, or seal a history of their own. Against that, note the last
digest elsewhere from time to time: with `--digest` the chain must still run through it.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from readiness.history.actions import broken_links
from readiness.history.models import Entry, Seal


class Command(BaseCommand):
    help = "Checks that no entry of the history was changed or removed after it was sealed."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="history_verb", required=True, metavar="VERB")
        verify = verbs.add_parser("verify", help="walk the chain; exit 1 when it does not hold")
        verify.add_argument("--digest", default="", help="a digest noted earlier: the chain must still run through it")

    def handle(self, *args: Any, **options: Any) -> None:
        problems = [*broken_links(), *_lost(options["digest"])]
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            places = "one place" if len(problems) == 1 else f"{len(problems)} places"
            self.stderr.write(f"The history does not hold in {places}.")
            sys.exit(1)
        self.stdout.write(_summary())


def _lost(digest: str) -> list[str]:
    if not digest or Seal.objects.filter(digest=digest.strip().lower()).exists():
        return []
    return [f"The chain does not run through {digest}: what stood there was cut off or replaced."]


def _summary() -> str:
    last = Seal.objects.order_by("-position").first()
    waiting = Entry.objects.filter(seal=None).count()
    rest = f" {waiting} not sealed yet." if waiting else ""
    if last is None:
        return f"Nothing is sealed yet.{rest}"
    return f"{last.position} entries sealed, and the chain holds.{rest}\nLast digest: {last.digest}"
