"""`manage.py demo`: loads the demo organisation, and says who to sign in as."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from readiness.demo import loading, who
from readiness.demo.story.people import COMPANY, HOST, PASSWORD, SIGN_INS


class Command(BaseCommand):
    help = "Load the demo organisation into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="load only into an empty database; say who to sign in as"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if loading.is_empty():
            self.stderr.write(f"Loading {COMPANY} …")
            loading.load(now=now)
        elif not options["if_empty"]:
            raise CommandError("This database is in use; the demo organisation is loaded into an empty one only.")
        else:
            loading.follow_own_address(now=now)
        if who.is_demo():
            self._say_who()

    def _say_who(self) -> None:
        width = max(len(f"{sign_in.key}@{HOST}") for sign_in in SIGN_INS)
        self.stdout.write(f"Sign in as (everybody's password: {PASSWORD})")
        for sign_in in SIGN_INS:
            self.stdout.write(f"  {sign_in.role:<14} {sign_in.key + '@' + HOST:<{width}}  {sign_in.what_for}")
