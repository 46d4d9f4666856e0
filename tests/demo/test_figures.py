"""The demo's proof carries the figures that real proof of its kind carries, so that pages draw what they draw of real proof."""

import ast
import importlib
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from readiness.assessments import formats
from readiness.assessments.formats import FORMATS
from readiness.assessments.models import Evidence
from readiness.assessments.pictures import PICTURES, Counts, Lines, Parts, Tiles
from readiness.checks.types import TYPES
from readiness.demo.proofs import SAYINGS
from tests.assessments.formats.fuzz import asked_of, reports_of

WORD = re.compile(r"[a-z][a-z0-9_]*")


@cache
def produced_by_format(kind: str) -> frozenset[str]:
    """The figures that it finds in reports of its kind."""
    judged = (formats.inspect(report, kind, asked) for report in reports_of(kind) for asked in asked_of(kind))
    return frozenset(name for one in judged for name in one.outcome.figures)


@cache
def named_by_type(kind: str) -> tuple[re.Pattern[str], ...]:
    """Every word in the code of a check type and of what it is made of: what it gives stands in there, whole or in parts."""
    texts = {
        text for module in _modules(importlib.import_module(TYPES[kind].run.__module__)) for text in _texts(module)
    }
    return tuple(re.compile(text) for text in texts)


def _modules(module: ModuleType, seen: frozenset[str] = frozenset()) -> Iterator[ModuleType]:
    yield module
    parts = {value.__module__ for value in vars(module).values() if hasattr(value, "__module__")}
    for name in parts - seen - {module.__name__}:
        if re.match(r"readiness\.(checks\.types\._|assessments\.formats\.(trend|traces))", name):
            yield from _modules(importlib.import_module(name), seen | {module.__name__, name})


def _texts(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WORD.fullmatch(node.value):
            yield node.value
        if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.Constant) for part in node.values):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
            if WORD.fullmatch(text.replace("\0", "x")):
                yield text.replace("\0", "[a-z0-9_]+")


def is_real(kind: str, name: str) -> bool:
    if kind in FORMATS and name in produced_by_format(kind):
        return True
    if kind == "loadtest" and name.startswith("failed_"):
        return any(real.startswith("failed_") for real in produced_by_format(kind))
    return kind in TYPES and any(pattern.fullmatch(name) for pattern in named_by_type(kind))


def by_machines() -> Iterator[Evidence]:
    return Evidence.objects.filter(kind__in={saying.kind for saying in SAYINGS.values()}).iterator()


def test_every_saying_is_of_a_kind_that_there_is() -> None:
    assert {saying.kind for saying in SAYINGS.values()} <= FORMATS.keys() | TYPES.keys() | {"am_delivery"}


def test_every_figure_has_a_name_that_its_kind_gives(loaded: datetime) -> None:
    invented = {
        (row.kind, name) for row in by_machines() for name in row.figures if not is_real(row.kind, name)
    } - DRILLED
    assert not invented


DRILLED = {("am_delivery", "seconds_to_acknowledge"), ("am_delivery", "allowed_s")}
"""The end of a drill is no run of its type; `checks/drilling.py` says what it measured."""


def test_a_drill_has_the_figures_of_a_drill() -> None:
    drilling = set(_texts(importlib.import_module("readiness.checks.drilling")))
    assert {name for _, name in DRILLED} <= drilling


NOT_ASKED = {"oncall_pagerduty"}
"""Asked for its levels alone, as the checklist does, it says nothing of cover."""


@pytest.mark.parametrize("kind", sorted((PICTURES.keys() & {saying.kind for saying in SAYINGS.values()}) - NOT_ASKED))
def test_every_picture_of_a_kind_has_what_it_draws(loaded: datetime, kind: str) -> None:
    measured = {
        name for row in Evidence.objects.filter(kind=kind) for name, value in row.figures.items() if value is not None
    }
    drawn = {name for picture in PICTURES[kind] for name in _drawn(picture)}
    assert drawn <= measured | {"failed_"}


def _drawn(picture: Lines | Parts | Counts | Tiles) -> set[str]:
    match picture:
        case Lines():
            return {line.figure for line in picture.lines}
        case Parts():
            return {name for name, _ in picture.parts}
        case Counts():
            return {picture.prefix}
        case Tiles():
            return set(picture.figures)


def test_one_load_test_says_the_same_to_each_criterion(loaded: datetime) -> None:
    said: dict[tuple[int, datetime], set[float]] = {}
    for row in Evidence.objects.filter(kind="loadtest", result="pass", file=None).iterator():
        said.setdefault((row.assessment_id, row.observed_at), set()).add(row.figures["requests"])
    assert said
    assert all(len(requests) == 1 for requests in said.values())


def test_no_proof_that_passes_breaks_a_limit_of_its_own(loaded: datetime) -> None:
    for row in by_machines():
        if row.result == "pass" and row.kind in {"junit", "drain"}:
            assert row.figures.get("failures", 0) == 0
            assert row.figures.get("answered") == row.figures.get("in_flight")
