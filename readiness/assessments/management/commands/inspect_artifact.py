"""`manage.py inspect_artifact FILE`: what a report says and whether it passes, offline. For pipelines, before they send it."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from readiness.assessments.formats import FORMATS, Inspection, inspect
from readiness.assessments.formats.contract import MAX_BYTES
from readiness.assessments.outcome import Outcome, Result, unknown

EXITS = {Result.PASS: 0, Result.FAIL: 1, Result.UNKNOWN: 2}
FINDINGS_SHOWN = 20
MIB = 1024 * 1024


def setting(text: str) -> tuple[str, object]:
    """`p95_ms=300`: a number, true, false, or a list as JSON; anything else is text."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ArgumentTypeError(f"“{text}” is not of the form name=value")
    try:
        return name.strip(), json.loads(value)
    except (json.JSONDecodeError, RecursionError):
        return name.strip(), value


class Command(BaseCommand):
    help = "Reads a report: its kind, its figures, the outcome and the findings. Exit: 0 pass, 1 fail, 2 unknown."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", default="", help=f"one of {', '.join(FORMATS)}; else told by the content")
        parser.add_argument("--param", type=setting, action="append", default=[], metavar="NAME=VALUE")
        parser.add_argument(
            "--max-mib", type=int, default=MAX_BYTES // MIB, metavar="N",
            help="read larger files than an upload may be (default: %(default)s)",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        inspection = _inspected(options["file"], options["kind"], dict(options["param"]), options["max_mib"] * MIB)
        if options["as_json"]:
            self.stdout.write(json.dumps(as_mapping(inspection), indent=2, ensure_ascii=False))
        else:
            self._say(inspection)
        sys.exit(EXITS[inspection.outcome.result])

    def _say(self, inspection: Inspection) -> None:
        outcome = inspection.outcome
        if inspection.kind:
            self.stdout.write(f"{FORMATS[inspection.kind].title} ({inspection.kind}) by {inspection.tool}")
        self.stdout.write(f"{outcome.result.upper()}: {outcome.reason}")
        for name, value in outcome.figures.items():
            self.stdout.write(f"  {name}: {'-' if value is None else value}")
        for finding in outcome.findings[:FINDINGS_SHOWN]:
            place = f" ({finding.where})" if finding.where else ""
            self.stdout.write(f"  {finding.level} [{finding.rule}] {finding.message}{place}")
        left = len(outcome.findings) - FINDINGS_SHOWN
        if left > 0:
            self.stdout.write(f"  and {left} more; --json lists them")


def _inspected(file: Path, kind: str, params: dict[str, object], max_bytes: int) -> Inspection:
    try:
        with file.open("rb") as stream:
            content = stream.read(max_bytes + 1)
    except OSError as error:
        return _unread(f"{file} can't be read: {error.strerror or error}.")
    inspection = inspect(content, kind, params, max_bytes=max_bytes)
    if len(content) > max_bytes and not inspection.kind:
        return _unread(
            f"{inspection.outcome.reason} An upload may have {MAX_BYTES // MIB} MiB; --max-mib reads more here."
        )
    return inspection


def _unread(sentence: str) -> Inspection:
    outcome: Outcome = unknown(sentence)
    return Inspection("", "", outcome)


def as_mapping(inspection: Inspection) -> dict[str, Any]:
    """As `--json` prints it."""
    outcome = inspection.outcome
    return {
        "kind": inspection.kind or None,
        "tool": inspection.tool or None,
        "outcome": outcome.result.value,
        "reason": outcome.reason,
        "figures": dict(outcome.figures),
        "findings": [
            {"rule": finding.rule, "level": finding.level.value, "message": finding.message, "where": finding.where}
            for finding in outcome.findings
        ],
    }
