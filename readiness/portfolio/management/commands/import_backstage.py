"""Imports Backstage catalogs: groups as teams, users as people, components as services."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from readiness.catalog.importers import Keep, read_backstage
from readiness.history.actions import Actor
from readiness.portfolio.management.import_output import write_report
from readiness.portfolio.registration import import_catalogs

YAML = (".yaml", ".yml")


class Command(BaseCommand):
    help = (
        "Imports Backstage entities from files or folders: components → services, groups → teams, users → people. "
        "Prints created, updated, unchanged and skipped with the reason for each; running it twice changes nothing. "
        "Exits with 1 when something was skipped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a YAML file, or a folder of them")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")

    def handle(self, *args: Any, paths: list[Path], dry_run: bool, **options: Any) -> None:
        sources = [(str(path), read_text(path)) for path in _files(paths)]
        report = import_catalogs(
            [read_backstage(sources)],
            by=Actor.machine("import_backstage"),
            now=timezone.now(),
            keep=Keep.NOTHING if dry_run else Keep.WHAT_IS_RIGHT,
        )
        write_report(report, self.stdout.write, is_dry_run=dry_run)
        if report.skipped:
            sys.exit(1)


def _files(paths: list[Path]) -> list[Path]:
    found = [file for path in paths for file in (_yaml_in(path) if path.is_dir() else [path])]
    if not found:
        raise CommandError("There is no YAML file in there.")
    return list(dict.fromkeys(found))


def _yaml_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in YAML)


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8 text (byte {error.start + 1} of it is not).") from error
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from error
