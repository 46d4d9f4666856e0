"""The names of test cases that a criterion asks for, as its page says them: patterns made readable. Pure; no Django."""

import re
from collections.abc import Iterable, Iterator

from readiness.checklists.pack import Way
from readiness.checklists.rules import How

_AROUND = re.compile(r"\(\?<?[!=][^()]*\)")
"""What must or must not stand beside a name, such as `(?![a-z])`: it narrows the name and is no part of it."""


def wanted_cases(ways: Iterable[Way]) -> list[str]:
    """A sentence for each list of names that a test report has to hold; empty where any name will do."""
    return [sentence for way in ways if way.how is How.ARTIFACT for sentence in _sentences(way)]


def _sentences(way: Way) -> Iterator[str]:
    if isinstance(patterns := way.params.get("required_cases"), list):
        yield f"A test report needs passed cases whose names hold: {_listed(patterns)}."
    if isinstance(patterns := way.params.get("required_cases_per_dependency"), list):
        yield f"A test report needs passed cases whose names hold, for each dependency, its name and: {_listed(patterns)}."


def _listed(patterns: Iterable[object]) -> str:
    return " · ".join(in_words(str(pattern)) for pattern in patterns)


def in_words(pattern: str) -> str:
    """`fail.?fast` as "fail fast", `dependency.?(off|down)` as "dependency off or down"."""
    bare = re.sub(r"\(\?:|[()]", "", _AROUND.sub("", pattern))
    return bare.replace(".?", " ").replace("|", " or ")
