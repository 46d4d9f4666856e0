"""Alerting rules, wherever they stand: which are a service's own, which of them page, what they watch, and their runbooks."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from readiness.assessments.outcome import Finding, Level, UnreadableError
from readiness.assessments.promql.expressions import Expression
from readiness.assessments.promql.queries import Matcher, Selector, matchers, read
from readiness.assessments.promql.symptoms import Symptom, symptoms

NAMES = {Symptom.ERROR_RATE: "the error rate", Symptom.LATENCY_P99: "the p99 latency"}


@dataclass(frozen=True, slots=True)
class AlertingRule:
    name: str
    group: str
    query: str
    labels: Mapping[str, str]
    health: str
    last_error: str
    runbook: str  # the link, or empty

    @property
    def place(self) -> str:
        return f"{self.group} / {self.name}"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """`recordings`: recorded name → the queries that record it (a name may be recorded by several rules)."""

    alerts: tuple[AlertingRule, ...]
    recordings: Mapping[str, Sequence[str]]

    def selected(self, selector: str, groups: Sequence[str] = ()) -> list[AlertingRule]:
        is_own = label_filter(selector)
        return [rule for rule in self.alerts if is_own(rule.labels) and (not groups or rule.group in groups)]


@dataclass(frozen=True, slots=True)
class Watched:
    """A rule, what it watches and which selectors it reads; `problem` when its query can't be read."""

    rule: AlertingRule
    symptoms: frozenset[Symptom] = frozenset()
    selectors: tuple[Selector, ...] = ()
    problem: str = ""


def runbook_of(annotations: Mapping[str, str]) -> str:
    """The link to its runbook; empty where there is none, or no address."""
    link = annotations.get("runbook_url", "").strip() or annotations.get("runbook", "").strip()
    return link if re.match(r"https?://\S", link) else ""


def readable_selector(selector: str) -> str:
    """Raises ValueError, for a field's validation."""
    try:
        label_filter(selector)
    except UnreadableError as problem:
        raise ValueError(str(problem)) from problem
    return selector


def label_and_value(text: str) -> str:
    """Raises ValueError, for a field's validation."""
    if not re.fullmatch(r"[A-Za-z_]\w{0,100}=\S[^\n]{0,100}", text):
        raise ValueError("write a label and its value, such as severity=page")
    return text


def watch(rule: AlertingRule, book: Rulebook) -> Watched:
    """A query that can't be read is said, not raised."""
    try:
        found = frozenset(symptoms(rule.query, book.recordings))
        return Watched(rule, found, read(rule.query).selectors)
    except UnreadableError as problem:
        return Watched(rule, problem=str(problem))


def pages(rule: AlertingRule, page_label: str) -> bool:
    """`page_label`: the label and value of rules that wake somebody, such as severity=page."""
    label, _, value = page_label.partition("=")
    return rule.labels.get(label) == value.strip()


def runbook_findings(rules: Sequence[AlertingRule]) -> list[Finding]:
    return [
        Finding("no-runbook", Level.ERROR, f"{rule.name} links no runbook.", rule.place)
        for rule in rules
        if not rule.runbook
    ]


def symptom_findings(watched: Sequence[Watched], *, page_label: str, require: Collection[str]) -> list[Finding]:
    """What no rule that pages watches, of the symptoms that are required."""
    findings = [
        Finding("unreadable", Level.WARNING, f"{item.rule.name}: {item.problem}", item.rule.place)
        for item in watched
        if item.problem
    ]
    paging = [item for item in watched if pages(item.rule, page_label)]
    watches = {symptom for item in paging for symptom in item.symptoms}
    # A paging rule that can't be read may be the very one that is missed.
    level = Level.WARNING if any(item.problem for item in paging) else Level.ERROR
    return findings + [
        Finding(f"no-{symptom.value}", level, f"No rule that pages watches {NAMES[symptom]}.", page_label)
        for symptom in Symptom
        if symptom.value in require and symptom not in watches
    ]


def label_filter(selector: str) -> Callable[[Mapping[str, str]], bool]:
    """`{service="checkout"}` → a test of a rule's labels. Raises UnreadableError."""
    tests = [_label_test(matcher) for matcher in matchers(selector)]
    return lambda labels: all(test(labels) for test in tests)


def _label_test(matcher: Matcher) -> Callable[[Mapping[str, str]], bool]:
    if matcher.operator in {"=", "!="}:
        equal = matcher.operator == "="
        return lambda labels: (labels.get(matcher.label, "") == matcher.value) is equal
    expression, wanted = Expression(matcher.value), matcher.operator == "=~"
    return lambda labels: expression.matches(labels.get(matcher.label, "")) is wanted
