"""Prometheus reaches every instance of the service.

Passes when all targets that carry the service's labels are up. One that is down fails, with what Prometheus says of
it. No target at all is unknown: whether nobody scrapes the service or it goes by other labels can't be told from here.
A Prometheus that keeps no targets (Thanos, Mimir) or has too many to list is asked for the metric “up” instead.
https://prometheus.io/docs/prometheus/latest/querying/api/#targets
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from readiness.assessments.outcome import Finding, Level, Outcome, failed, passed, unknown
from readiness.assessments.promql.alerts import label_filter
from readiness.assessments.promql.queries import Selector, matchers
from readiness.checks.types._exported import Labels
from readiness.checks.types._prometheus import PrometheusConfig, content, instant, request, samples
from readiness.checks.types.contract import UnreadableError, bounded, joined, plural, shortened
from readiness.egress import Response, Steps


class Config(PrometheusConfig):
    selector: Labels = Field(
        title="Labels of the service's metrics",
        description="Which targets are the service's own; labels that only some of its metrics carry don't belong here.",
        examples=['{job="checkout"}'],
    )
    min_targets: int = Field(
        default=1,
        ge=1,
        le=1000,
        title="Targets at least",
        description="How many instances have to be up.",
        examples=[2],
    )


@dataclass(frozen=True, slots=True)
class Target:
    """`is_up` None: it was not scraped yet."""

    labels: Mapping[str, str]
    is_up: bool | None
    problem: str = ""

    @property
    def name(self) -> str:
        return shortened(self.labels.get("instance") or str(dict(self.labels)), 120)


class _Target(BaseModel):
    labels: dict[str, str]
    health: str
    lastError: str = ""  # noqa: N815 - Prometheus' own name


class _Targets(BaseModel):
    activeTargets: list[_Target]  # noqa: N815 - Prometheus' own name


def run(config: Config) -> Steps[Outcome]:
    try:
        listed, up = yield [
            request(config, "targets", [("state", "active")]),
            instant(config, str(Selector("up", matchers(config.selector)))),
        ]
        return _verdict(config, _targets(config, listed, up))
    except UnreadableError as problem:
        return unknown(str(problem))


def _targets(config: Config, listed: Response, up: Response) -> list[Target]:
    """Raises UnreadableError when neither answer tells."""
    try:
        found = _from_list(config, listed)
    except UnreadableError:
        return _from_metric(up)
    return found or _from_metric(up)


def _from_list(config: Config, answer: Response) -> list[Target]:
    is_own = label_filter(config.selector)
    try:
        targets = _Targets.model_validate(content(answer)).activeTargets
    except (ValidationError, RecursionError) as error:
        raise UnreadableError("The list of targets is not in the form that Prometheus uses.") from error
    states = {"up": True, "down": False}
    return [
        Target(target.labels, states.get(target.health), shortened(target.lastError))
        for target in targets
        if is_own(target.labels)
    ]


def _from_metric(answer: Response) -> list[Target]:
    return [Target(sample.labels, sample.value == 1) for sample in samples(answer)]


def _verdict(config: Config, targets: Sequence[Target]) -> Outcome:
    up = sum(target.is_up is True for target in targets)
    figures = {"targets": len(targets), "up": up, "down": sum(target.is_up is False for target in targets)}
    if not targets:
        reason = f"Prometheus has no target with {config.selector}; are these its labels, and is the service scraped?"
        return unknown(reason, figures)
    findings = [finding for target in targets if (finding := _finding(target))]
    if errors := [finding.message for finding in findings if finding.level is Level.ERROR]:
        return failed(joined(errors), figures, bounded(findings))
    if findings:
        return unknown(joined(finding.message for finding in findings), figures, bounded(findings))
    if up < config.min_targets:
        return failed(f"{plural(up, 'target')} up, fewer than {config.min_targets}.", figures)
    return passed(f"{plural(up, 'target')}, all up.", figures)


def _finding(target: Target) -> Finding | None:
    if target.is_up:
        return None
    if target.is_up is None:
        return Finding("not-scraped", Level.WARNING, f"{target.name} was not scraped yet.", target.name)
    why = f": {target.problem.rstrip('.')}" if target.problem else ""
    return Finding("down", Level.ERROR, f"{target.name} is down{why}.", target.name)
