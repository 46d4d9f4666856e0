"""Imports services from a CSV file."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from readiness.catalog.importers import Keep, read_spreadsheet, spreadsheet
from readiness.history.actions import Actor
from readiness.portfolio.management.commands.import_backstage import read_text
from readiness.portfolio.management.import_output import write_report
from readiness.portfolio.registration import import_catalogs


class Command(BaseCommand):
    help = (
        "Imports services from a CSV file, one a row; names line and column of each error. All or nothing, unless --partial. "
        "Exits with 1 when something was skipped.\n\n" + (spreadsheet.__doc__ or "")
    )

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """The table of columns keeps its lines."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **options)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--partial", action="store_true", help="import the right rows although others are wrong")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")

    def handle(self, *args: Any, file: Path, partial: bool, dry_run: bool, **options: Any) -> None:
        keep = Keep.WHAT_IS_RIGHT if partial else Keep.ALL_OR_NOTHING
        report = import_catalogs(
            [read_spreadsheet([(str(file), read_text(file))])],
            by=Actor.machine("import_services"),
            now=timezone.now(),
            keep=Keep.NOTHING if dry_run else keep,
        )
        write_report(report, self.stdout.write, is_dry_run=dry_run)
        if report.skipped and not partial and not dry_run:
            self.stderr.write("Nothing was imported: mend the lines above, or use --partial.")
        if report.skipped:
            sys.exit(1)
