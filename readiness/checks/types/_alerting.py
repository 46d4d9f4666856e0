"""The alerting and recording rules that a Prometheus holds, and which of them are a service's own.

https://prometheus.io/docs/prometheus/latest/querying/api/#rules — newer versions narrow by `match[]` and
`rule_group[]`; older ones (2.42) ignore both and answer with everything, so what comes back is narrowed here again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from readiness.checks.types._prometheus import PrometheusConfig, content, request
from readiness.checks.types._promql import Matcher, matchers
from readiness.checks.types.contract import UnreadableError, shortened
from readiness.egress import Request, Response

MOST_RULES = 2000
GLOB = re.compile(r"[\w ./:@-]*(?:\.[*+][\w ./:@-]*){0,3}")


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


class _Rule(BaseModel):
    type: str
    name: str
    query: str
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    health: str = "unknown"
    lastError: str | None = None  # noqa: N815 - Prometheus' own name


class _Group(BaseModel):
    name: str
    rules: list[_Rule] | None = Field(default=None, max_length=MOST_RULES)


class _Groups(BaseModel):
    groups: list[_Group] | None = Field(default=None, max_length=MOST_RULES)


def rules_requests(config: PrometheusConfig) -> list[Request]:
    """Alerting and recording rules apart, so that neither answer grows beyond what is read. Active alerts are left out."""
    return [
        request(config, "rules", [("type", "alert"), ("exclude_alerts", "true")]),
        request(config, "rules", [("type", "record")]),
    ]


def rulebook(answers: Sequence[Response]) -> Rulebook:
    """Raises UnreadableError."""
    rules = [(group.name, rule) for answer in answers for group in _groups(answer) for rule in group.rules or ()]
    recordings: dict[str, list[str]] = {}
    for _group, rule in rules:
        if rule.type == "recording":
            recordings.setdefault(rule.name, []).append(rule.query)
    alerts = [_alerting(group, rule) for group, rule in rules if rule.type == "alerting"]
    # A source that ignores `type` answers with the same rules twice.
    unique = {(rule.group, rule.name, rule.query, tuple(sorted(rule.labels.items()))): rule for rule in alerts}
    return Rulebook(tuple(unique.values()), recordings)


def _groups(answer: Response) -> list[_Group]:
    try:
        return _Groups.model_validate(content(answer)).groups or []
    except (ValidationError, RecursionError) as error:
        raise UnreadableError("The list of rules is not in the form that Prometheus uses.") from error


def _alerting(group: str, rule: _Rule) -> AlertingRule:
    annotations = rule.annotations or {}
    link = annotations.get("runbook_url", "").strip() or annotations.get("runbook", "").strip()
    return AlertingRule(
        name=shortened(rule.name, 120),
        group=shortened(group, 120),
        query=rule.query,
        labels=rule.labels or {},
        health=rule.health,
        last_error=shortened(rule.lastError or ""),
        runbook=link if re.match(r"https?://\S", link) else "",
    )


def label_filter(selector: str) -> Callable[[Mapping[str, str]], bool]:
    """`{service="checkout"}` → a test of a rule's labels. Raises UnreadableError."""
    tests = [_label_test(matcher) for matcher in matchers(selector)]
    return lambda labels: all(test(labels) for test in tests)


def _label_test(matcher: Matcher) -> Callable[[Mapping[str, str]], bool]:
    if matcher.operator in {"=", "!="}:
        equal = matcher.operator == "="
        return lambda labels: (labels.get(matcher.label, "") == matcher.value) is equal
    pattern = _pattern(matcher.value)
    wanted = matcher.operator == "=~"
    return lambda labels: (pattern.fullmatch(labels.get(matcher.label, "")[:500]) is not None) is wanted


def _pattern(value: str) -> re.Pattern[str]:
    """Alternatives of plain text with a few `.*`: enough to name services, and no expression that runs for ever."""
    parts = value.split("|")
    if len(parts) > 50 or not all(GLOB.fullmatch(part) for part in parts):
        raise UnreadableError(
            "Only plain alternatives such as checkout|payments and .* are understood in an expression."
        )
    escaped = [re.sub(r"\\\.([*+])", r".\1", re.sub(r"([.])", r"\\\1", part)) for part in parts]
    return re.compile("|".join(escaped))
