"""`manage.py gate SERVICE`: may it go live? For deployment scripts on the server; pipelines elsewhere ask the interface."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from readiness.assessments import gate
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service

UNKNOWN_SERVICE = 2


class Command(BaseCommand):
    help = "Prints the decision and its blockers. Exit: 0 go or conditional go, 1 no-go, 2 no such service."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("service", help="its short name")

    def handle(self, *args: Any, **options: Any) -> None:
        service = Service.objects.filter(slug=options["service"]).first()
        if service is None:
            self.stderr.write(f"There is no service called “{options['service']}”; give its short name.")
            sys.exit(UNKNOWN_SERVICE)
        verdict = gate.answer(service, timezone.now())
        self.stdout.write(f"{service.slug}: {verdict.decision.label}")
        for blocker in verdict.blockers:
            self.stdout.write(f"  {blocker.item_key or '-'} [{blocker.rule}] {blocker.reason}")
        if verdict.decision is Decision.NO_GO:
            sys.exit(1)
