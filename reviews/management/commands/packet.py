"""`packet verify FILE.json`: is this decision packet still the one that was frozen? Needs no database and no network."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reviews.packet.canonical import FORMAT, Tampered, canonical, digest
from reviews.packet.signed import check, content_digest


class Command(BaseCommand):
    help = "Recomputes the digest of a packet's file. Exit code 0: the file is as it was written. 1: it is not, with the reason."
    requires_system_checks: list[str] = []  # works where nothing is set up
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        verify = commands.add_parser("verify", help="check a file offline")
        verify.add_argument("file", type=Path)
        verify.add_argument("--digest", default="", help="the digest you know from the mail, a sign-off or the history")

    def handle(self, *args: Any, **options: Any) -> None:
        problem, words = examine(options["file"], options["digest"])
        if problem:
            self.stderr.write(self.style.ERROR(f"{options['file']}: {problem}"))
            sys.exit(1)
        self.stdout.write(words)


def examine(path: Path, expected: str) -> tuple[str, str]:
    """(what is wrong, "") or ("", what the packet is)."""
    try:
        packet = check(path.read_bytes())
    except OSError as error:
        return f"It can't be read: {error.strerror}.", ""
    except Tampered as error:
        return str(error), ""
    found = digest(canonical(packet))
    signed = content_digest(packet) if packet["format"] == FORMAT else ""
    if expected and expected.strip().lower() not in {found, signed}:
        return f"The file is whole, but it is another packet: its digest is {found}.", ""
    as_draft = f"\n    what was signed before it was frozen: sha256 {signed}" if signed else ""
    return "", f"OK  {described(packet)}\n    sha256 {found}{as_draft}"


def described(packet: dict[str, Any]) -> str:
    """As in "Checkout: Conditional go, decided at 2026-03-02T10:00:00Z by Theo Example"; empty where a packet says nothing."""
    service, decision = packet.get("service") or {}, packet.get("decision") or {}
    by = (decision.get("decided_by") or {}).get("name", "")
    return f"{service.get('name', '')}: {decision.get('decision', '')}, decided at {decision.get('decided_at', '')} by {by}"
