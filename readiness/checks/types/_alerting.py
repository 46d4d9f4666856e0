"""The alerting and recording rules that a Prometheus holds, and which of them are a service's own.

https://prometheus.io/docs/prometheus/latest/querying/api/#rules — newer versions narrow by `match[]` and
`rule_group[]`; older ones (2.42) ignore both and answer with everything, so what comes back is narrowed here again.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from readiness.assessments.promql.alerts import AlertingRule, Rulebook, label_and_value, readable_selector, runbook_of
from readiness.assessments.promql.queries import matchers
from readiness.checks.types._prometheus import PrometheusConfig, content, request
from readiness.checks.types._secrets import SecretHeader
from readiness.checks.types._sources import SourceConfig
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, shortened
from readiness.egress import Request, Response

MOST_RULES = 2000


class OwnRules(CheckConfig):
    """Which alerting rules are the service's own, and which of them page."""

    selector: Annotated[str, Field(min_length=2, max_length=1000), AfterValidator(readable_selector)] = Field(
        title="Labels of the service's rules",
        description="Which alerting rules are the service's own, by the labels set on the rule; {} takes all of them.",
        examples=['{service="checkout"}'],
    )
    groups: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(),
        max_length=50,
        title="Rule groups",
        description="Only rules of these groups; empty takes all. For rules without a label that names the service.",
        examples=[["checkout.slo"]],
    )
    page_label: Annotated[str, AfterValidator(label_and_value)] = Field(
        default="severity=page",
        title="What makes a rule page",
        description="The label and value of rules that wake somebody.",
        examples=["severity=page", "severity=critical"],
    )


class AlertmanagerConfig(SourceConfig):
    """An Alertmanager, and the Prometheus whose rules it routes."""

    base_url: HttpAddress = Field(
        title="Alertmanager address",
        description="The address in front of /api/v2.",
        examples=["https://alertmanager.internal.example.com"],
    )
    prometheus_url: HttpAddress = Field(
        title="Prometheus address",
        description="The address in front of /api/v1 of the Prometheus that holds the rules.",
        examples=["https://prometheus.internal.example.com"],
    )
    prometheus_credential: SecretHeader | None = Field(
        default=None,
        title="Credential for Prometheus",
        description="A header that lets this check read the rules; the secret is named, not written.",
        examples=["Authorization: Bearer ${CHECK_SECRET_PROMETHEUS}"],
    )

    @property
    def prometheus(self) -> PrometheusConfig:
        return PrometheusConfig(base_url=self.prometheus_url, credential=self.prometheus_credential)


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


def rules_requests(config: PrometheusConfig, selector: str = "", groups: Sequence[str] = ()) -> list[Request]:
    """Alerting and recording rules apart, so that neither answer grows beyond what is read. Active alerts are left out.

    `selector`, `groups`: what is wanted of the alerting rules, for a Prometheus that can narrow its answer.
    """
    narrowed = [("match[]", selector)] if selector and _names_a_value(selector) else []
    narrowed += [("rule_group[]", group) for group in groups]
    return [
        request(config, "rules", [("type", "alert"), ("exclude_alerts", "true"), *narrowed]),
        request(config, "rules", [("type", "record")]),
    ]


def _names_a_value(selector: str) -> bool:
    """Prometheus refuses to narrow by labels that rules without them would fit too."""
    return any(matcher.operator == "=" and matcher.value for matcher in matchers(selector))


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
    return AlertingRule(
        name=shortened(rule.name, 120),
        group=shortened(group, 120),
        query=rule.query,
        labels=rule.labels or {},
        health=rule.health,
        last_error=shortened(rule.lastError or ""),
        runbook=runbook_of(annotations),
    )
