"""Alertmanager's routing tree, and where it sends an alert.

Read from the configuration that Alertmanager itself prints, in which secrets are masked. An alert goes down the tree
from the top; the first child that matches takes it, and with `continue` the next one may take it as well.
https://prometheus.io/docs/alerting/latest/configuration/#route-related-settings
https://github.com/prometheus/alertmanager/blob/main/dispatch/route.go
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from readiness.assessments.formats._yaml import read_yaml
from readiness.assessments.formats.contract import entries_of, fields_of, text_of
from readiness.assessments.promql.expressions import Expression
from readiness.checks.types._intervals import is_always, is_never
from readiness.checks.types.contract import UnreadableError, shortened

MOST_ROUTES = 5000
MATCHER = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|[^\s{}!=~,\\"\'`]+)\s*(=~|!=|!~|=)\s*("(?:[^"\\]|\\.)*"|[^",]*?)\s*(?:,|$)', re.DOTALL
)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LabelTest:
    label: str
    holds: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Route:
    """`receiver` is its own or the one it inherits; `muted` and `active` name intervals, which are not inherited."""

    receiver: str
    tests: tuple[LabelTest, ...]
    goes_on: bool
    routes: tuple["Route", ...]
    muted: tuple[str, ...] = ()
    active: tuple[str, ...] = ()

    def takers(self, labels: Mapping[str, str]) -> list["Route"]:
        """The routes that take an alert with these labels; empty where this one doesn't match. A label that is missing
        is an empty one.
        """
        if not all(test.holds(labels.get(test.label, "")) for test in self.tests):
            return []
        found: list[Route] = []
        for route in self.routes:
            taken = route.takers(labels)
            found += taken
            if taken and not route.goes_on:
                break
        return found or [self]


@dataclass(frozen=True, slots=True)
class Routing:
    """`integrations`: receiver → how many ways it has to tell somebody. `intervals`: name → its definitions."""

    root: Route
    integrations: Mapping[str, int]
    intervals: Mapping[str, Sequence[Any]]

    @property
    def labels(self) -> frozenset[str]:
        """Every label that some route asks for."""
        return frozenset(test.label for route in _all(self.root) for test in route.tests)

    def is_always_muted(self, route: Route) -> bool:
        return any(map(self._is_always, route.muted)) or (bool(route.active) and all(map(self._is_never, route.active)))

    def _is_always(self, name: str) -> bool:
        return any(map(is_always, self.intervals.get(name, ())))

    def _is_never(self, name: str) -> bool:
        return all(map(is_never, self.intervals.get(name, ())))


def _all(route: Route) -> Iterator[Route]:
    yield route
    for child in route.routes:
        yield from _all(child)


def read_routing(text: str) -> Routing:
    """Raises UnreadableError with a sentence."""
    try:
        documents = read_yaml(text)
    except UnreadableError as problem:
        raise UnreadableError(
            "Alertmanager's configuration can't be read: it is too large, or no plain YAML."
        ) from problem
    content = fields_of(documents[0]) if len(documents) == 1 else {}
    if not fields_of(content.get("route")):
        raise UnreadableError("Alertmanager's configuration has no route.")
    if text.count("receiver:") > MOST_ROUTES:
        raise UnreadableError(f"Alertmanager has more than {MOST_ROUTES:,} routes, too many to follow.")
    return Routing(_route(content["route"], ""), _integrations(content), _intervals(content))


def _route(content: Any, inherited: str) -> Route:
    fields = fields_of(content)
    receiver = text_of(fields.get("receiver")) or inherited
    return Route(
        receiver,
        tuple(_tests(fields)),
        text_of(fields.get("continue")).lower() == "true",
        tuple(_route(child, receiver) for child in entries_of(fields.get("routes"))),
        tuple(map(text_of, entries_of(fields.get("mute_time_intervals")))),
        tuple(map(text_of, entries_of(fields.get("active_time_intervals")))),
    )


def _integrations(content: Mapping[str, Any]) -> dict[str, int]:
    receivers = [fields_of(receiver) for receiver in entries_of(content.get("receivers"))]
    return {
        text_of(receiver.get("name")): sum(
            len(entries_of(ways)) for kind, ways in receiver.items() if kind.endswith("_configs")
        )
        for receiver in receivers
    }


def _intervals(content: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    # Under its old name, too.
    named = [
        fields_of(one) for key in ("time_intervals", "mute_time_intervals") for one in entries_of(content.get(key))
    ]
    return {text_of(one.get("name")): entries_of(one.get("time_intervals")) for one in named}


# Matchers


def _tests(fields: Mapping[str, Any]) -> Iterator[LabelTest]:
    for label, value in fields_of(fields.get("match")).items():
        yield label_test(label, "=", text_of(value))
    for label, value in fields_of(fields.get("match_re")).items():
        yield label_test(label, "=~", text_of(value))
    for written in entries_of(fields.get("matchers")):
        yield from _matchers(text_of(written))


def label_test(label: str, operator: str, value: str) -> LabelTest:
    """Raises UnreadableError for an expression that is not understood."""
    if operator in {"=", "!="}:
        return LabelTest(label, partial(_equals, value, operator == "="))
    return LabelTest(label, partial(_fits, Expression(value), operator == "=~"))


def _equals(value: str, wanted: bool, label: str) -> bool:  # noqa: FBT001 - for `partial`
    return (label == value) is wanted


def _fits(expression: Expression, wanted: bool, label: str) -> bool:  # noqa: FBT001 - for `partial`
    return expression.matches(label) is wanted


def _matchers(written: str) -> Iterator[LabelTest]:
    """`severity="page"`, `{a=b, "c.d"!~"e|f"}`: one or several, in braces or not, quoted or not."""
    text = written.strip().removeprefix("{").removesuffix("}").strip()
    place = 0
    while place < len(text):
        match = MATCHER.match(text, place)
        if match is None:
            raise UnreadableError(f"A matcher of Alertmanager's can't be read: {shortened(written, 80)}")
        label, operator, value = match.groups()
        yield label_test(_unquoted(label), operator, _unquoted(value))
        place = match.end()


def _unquoted(text: str) -> str:
    # A backslash before another character than these stands for itself.
    meant = {"n": "\n", '"': '"', "\\": "\\"}
    bare = text[1:-1] if text.startswith('"') else text
    return ESCAPED.sub(lambda found: meant.get(found[1], found[0]), bare)
