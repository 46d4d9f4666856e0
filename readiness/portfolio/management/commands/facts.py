"""`manage.py facts today`: writes down how every service stands, as the scheduler does each hour."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from readiness.portfolio.daily.recording import record_today


class Command(BaseCommand):
    help = "Record how every service stands today."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        commands.add_parser("today", help="record how every service stands now; twice is once")

    def handle(self, *args: Any, **options: Any) -> None:
        number = record_today(now=timezone.now())
        self.stdout.write(f"{number} services recorded.")
