"""`manage.py drain_drill -- CMD…`: the drill that the site also hands out as a file, for pipelines."""

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand

from readiness.assessments import drain_drill


class Command(BaseCommand):
    help = (
        "Starts a server, tells it to stop while requests are under way, and writes the report of what became of them."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        drain_drill.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(drain_drill.run(Namespace(**options)))
