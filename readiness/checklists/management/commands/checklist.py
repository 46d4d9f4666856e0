"""`manage.py checklist …`: checklists as YAML packs, from a shell or a pipeline."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from readiness.accounts.policy import Refused
from readiness.checklists import actions, shipped
from readiness.checklists.compare import Comparison, ItemChange, compare
from readiness.checklists.models import Checklist, Version
from readiness.checklists.pack import Pack
from readiness.checklists.pack_errors import PackErrors
from readiness.checklists.pack_source import MAX_BYTES
from readiness.checklists.pack_writer import write_pack
from readiness.checklists.wording import field_label
from readiness.history.actions import Actor

SHELL = Actor.machine("manage.py checklist")
DRAFT = 0


class Command(BaseCommand):
    help = "Import, export, publish and compare checklists. A version is a number, or the word draft."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        importing = verbs.add_parser("import", help="read a pack (YAML) or an AWS custom lens (JSON) as a draft")
        importing.add_argument("file", metavar="FILE", help="the pack or lens; - reads the standard input")
        exporting = verbs.add_parser("export", help="write a version as YAML")
        exporting.add_argument("key", metavar="KEY")
        exporting.add_argument("number", type=_number, nargs="?", metavar="VERSION", help="otherwise the current one")
        publishing = verbs.add_parser("publish", help="make the draft the current version, for good")
        publishing.add_argument("key", metavar="KEY")
        publishing.add_argument("--note", default="", help="what changed, for people")
        comparing = verbs.add_parser("diff", help="say what is different between two versions")
        comparing.add_argument("key", metavar="KEY")
        comparing.add_argument("old", type=_number, metavar="A")
        comparing.add_argument("new", type=_number, metavar="B")
        verbs.add_parser("install", help="publish the shipped checklists, except where there are some already")

    def handle(self, *args: object, **options: Any) -> None:
        verbs = {
            "import": self._import,
            "export": self._export,
            "publish": self._publish,
            "diff": self._diff,
            "install": self._install,
        }
        try:
            verbs[options["verb"]](options)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _import(self, options: dict[str, Any]) -> None:
        name = options["file"]
        text = _text_of(name)
        try:
            version = actions.import_pack(by=SHELL, text=text, now=timezone.now())
        except PackErrors as refused:
            for error in refused.errors:
                self.stderr.write(f"{name}: {error}")
            raise CommandError(f"{_counted(len(refused.errors), 'error')}; nothing was stored.") from refused
        if version.is_draft:
            self.stdout.write(f"{version} is a draft with {_counted(len(version.items), 'item')}.")
            self.stdout.write(f"Publish it with: manage.py checklist publish {version.checklist.key}")
        else:
            self.stdout.write(f"{version} says exactly this already; nothing was changed.")

    def _export(self, options: dict[str, Any]) -> None:
        self.stdout.write(write_pack(_pack(_checklist(options["key"]), options["number"])), ending="")

    def _publish(self, options: dict[str, Any]) -> None:
        checklist = _checklist(options["key"])
        version = actions.publish(by=SHELL, checklist=checklist, now=timezone.now(), note=options["note"])
        self.stdout.write(f"{version} is published.")

    def _diff(self, options: dict[str, Any]) -> None:
        checklist = _checklist(options["key"])
        found = compare(_pack(checklist, options["old"]), _pack(checklist, options["new"]))
        for line in _lines(found):
            self.stdout.write(line)

    def _install(self, options: dict[str, Any]) -> None:
        for key, version in zip(shipped.KEYS, actions.ensure_shipped(now=timezone.now()), strict=True):
            if options["verbosity"]:
                words = f"{version} is published." if version else f"“{key}” is left to whoever drafts it."
                self.stdout.write(words)


def _number(text: str) -> int:
    if text == "draft":
        return DRAFT
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a version: give its number, or the word draft")
    return int(text)


def _text_of(name: str) -> bytes:
    """One byte more than a pack may have is enough to refuse it."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise CommandError(f"{name}: {problem.strerror}") from problem


def _checklist(key: str) -> Checklist:
    checklist = Checklist.objects.filter(key=key).first()
    if checklist is None:
        known = ", ".join(Checklist.objects.order_by("key").values_list("key", flat=True)[:20]) or "none"
        raise CommandError(f"There is no checklist “{key}”. There is: {known}.")
    return checklist


def _pack(checklist: Checklist, number: int | None) -> Pack:
    """Without a number the current version's, or the draft's where nothing is published yet."""
    version: Version | None
    if number is None:
        version = checklist.current or checklist.draft
    else:
        version = checklist.draft if number == DRAFT else checklist.versions.published().filter(number=number).first()
    if version is None:
        wanted = f"version {number}" if number else "draft"
        raise CommandError(f"{checklist.name} has no {wanted}.")
    return version.pack


def _lines(found: Comparison) -> Iterator[str]:
    """One line an item; a field that changed is two lines under it."""
    for item in found.added:
        yield f"+ {item.key}  {item.title} ({item.gate.label.lower()})"
    for item in found.removed:
        yield f"- {item.key}  {item.title} ({item.gate.label.lower()})"
    for change in found.changed:
        yield from _changed_lines(change)
    yield f"{_counted(len(found.unchanged), 'item')} unchanged."


def _changed_lines(change: ItemChange) -> Iterator[str]:
    yield f"~ {change.key}  {change.new.title}" + (" (wording only)" if change.is_wording_only else "")
    for field in change.fields:
        yield f"    {field_label(field.field)}"
        yield from (f"      - {line}" for line in field.old.splitlines())
        yield from (f"      + {line}" for line in field.new.splitlines())


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
