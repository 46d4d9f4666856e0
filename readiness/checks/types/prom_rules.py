"""The service's alerting rules page for what users feel, can fire, and say what to do.

Passes when, among the rules that carry the service's labels, at least one that pages watches the error rate and at
least one the p99 latency, every rule is healthy, every metric it reads has series, and every rule links a runbook. A
rule on a metric that nobody exports is healthy to Prometheus and can never fire, so each selector is asked for.
https://prometheus.io/docs/prometheus/latest/querying/api/#rules
"""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.assessments.promql.alerts import (
    AlertingRule,
    Watched,
    pages,
    runbook_findings,
    symptom_findings,
    watch,
)
from readiness.assessments.promql.queries import Matcher, Selector
from readiness.assessments.promql.symptoms import Symptom, is_error_matcher
from readiness.checks.types._alerting import OwnRules, rulebook, rules_requests
from readiness.checks.types._prometheus import PrometheusConfig, instant, samples
from readiness.checks.types.contract import MAX_REQUESTS, UnreadableError, bounded, joined, plural
from readiness.egress import Request, Response, Steps

# One after the other these would take a minute, and all at once they would fill Prometheus' query queue (20 by default).
BATCH = 15


class Config(OwnRules, PrometheusConfig):
    require: tuple[Literal["error_rate", "latency_p99", "runbooks"], ...] = Field(
        default=("error_rate", "latency_p99", "runbooks"),
        min_length=1,
        max_length=3,
        title="What is required",
        description="A paging rule on the error rate, one on the p99 latency, and a runbook link on every rule.",
        examples=[["error_rate", "latency_p99"], ["runbooks"]],
    )


def run(config: Config) -> Steps[Outcome]:
    try:
        answers = yield rules_requests(config, config.selector, config.groups)
        book = rulebook(answers)
        rules = book.selected(config.selector, config.groups)
        if not rules:
            return unknown("No alerting rule carries these labels, so there is none to judge.", {"rules": 0})
        findings = runbook_findings(rules) if "runbooks" in config.require else []
        watched = [watch(rule, book) for rule in rules] if set(config.require) != {"runbooks"} else []
        findings += symptom_findings(watched, page_label=config.page_label, require=config.require) + _health_findings(
            watched
        )
        findings += yield from _selector_findings(config, watched)
        return _verdict(config, rules, watched, findings)
    except UnreadableError as problem:
        return unknown(str(problem))


def _health_findings(watched: Sequence[Watched]) -> list[Finding]:
    findings = []
    for rule in (item.rule for item in watched):
        if rule.health == "ok":
            continue
        if rule.health in {"err", "bad"}:
            message = f"{rule.name} fails when it is evaluated: {rule.last_error or 'no reason given'}"
            findings.append(Finding("unhealthy", Level.ERROR, message, rule.place))
        else:
            findings.append(Finding("not-evaluated", Level.WARNING, f"{rule.name} was not evaluated yet.", rule.place))
    return findings


def _selector_findings(
    config: Config, watched: Sequence[Watched]
) -> Generator[Sequence[Request], Sequence[Response], list[Finding]]:
    """Asks for each selector, and once more without its error matchers for those that are empty: no failure yet is no fault."""
    selectors = {replace(selector, is_optional=False): selector for item in watched for selector in item.selectors}
    if len(selectors) * 2 > MAX_REQUESTS:
        raise UnreadableError(f"These rules read {len(selectors)} metrics, too many to ask for; narrow the labels.")
    empty = yield from _empty(config, list(selectors))
    relaxed = {selector: _relaxed(selector) for selector in empty}
    still_empty = yield from _empty(config, [other for selector, other in relaxed.items() if other != selector])
    missing = {selector for selector, other in relaxed.items() if other == selector or other in still_empty}
    findings = [finding for item in watched if (finding := _never_fires(item, missing))]
    quiet = [selector for selector in empty if selector not in missing]
    return findings + [
        Finding("no-failure-yet", Level.INFO, "No failed request was counted yet.", str(item)[:300]) for item in quiet
    ]


def _empty(
    config: Config, selectors: Sequence[Selector]
) -> Generator[Sequence[Request], Sequence[Response], set[Selector]]:
    empty: set[Selector] = set()
    for start in range(0, len(selectors), BATCH):
        batch = selectors[start : start + BATCH]
        answers = yield [instant(config, f"count({selector})") for selector in batch]
        empty.update(selector for selector, answer in zip(batch, answers, strict=True) if not samples(answer))
    return empty


def _relaxed(selector: Selector) -> Selector:
    """A counter of failures often appears with the first failure: ask for the metric with that label, whatever its value."""
    matchers = tuple(
        Matcher(matcher.label, "!=", "") if is_error_matcher(matcher) else matcher for matcher in selector.matchers
    )
    return replace(selector, matchers=matchers)


def _never_fires(item: Watched, missing: set[Selector]) -> Finding | None:
    lacking = [selector for selector in item.selectors if replace(selector, is_optional=False) in missing]
    needed = [selector for selector in lacking if not selector.is_optional]
    if not needed and (not lacking or len(lacking) < len(item.selectors)):
        return None
    metric = str((needed or lacking)[0])[:300]
    return Finding(
        "can-never-fire", Level.ERROR, f"{item.rule.name} can never fire: {metric} has no series.", item.rule.place
    )


def _verdict(
    config: Config, rules: Sequence[AlertingRule], watched: Sequence[Watched], findings: Sequence[Finding]
) -> Outcome:
    errors = [finding.message for finding in findings if finding.level is Level.ERROR]
    doubts = [finding.message for finding in findings if finding.level is Level.WARNING]
    figures = _figures(config, rules, watched, findings)
    if errors:
        return failed(joined(errors), figures, bounded(findings))
    if doubts:
        return unknown(joined(doubts), figures, bounded(findings))
    return passed(_praise(config, figures), figures, bounded(findings))


def _figures(
    config: Config, rules: Sequence[AlertingRule], watched: Sequence[Watched], findings: Sequence[Finding]
) -> Mapping[str, Figure]:
    paging = [item for item in watched if pages(item.rule, config.page_label)]
    count = Counter(finding.rule for finding in findings)
    return {
        "rules": len(rules),
        "paging_rules": sum(pages(rule, config.page_label) for rule in rules),
        "error_rate_rules": sum(Symptom.ERROR_RATE in item.symptoms for item in paging),
        "latency_p99_rules": sum(Symptom.LATENCY_P99 in item.symptoms for item in paging),
        "without_runbook": sum(not rule.runbook for rule in rules),
        "unhealthy": count["unhealthy"],
        "never_fire": count["can-never-fire"],
    }


def _praise(config: Config, figures: Mapping[str, Figure]) -> str:
    parts = [f"{plural(int(figures['rules'] or 0), 'rule')}, {figures['paging_rules']} of which page"]
    if set(config.require) != {"runbooks"}:
        parts.append(f"{figures['error_rate_rules']} on errors and {figures['latency_p99_rules']} on p99 latency")
        parts.append("all healthy and on metrics that exist")
    if "runbooks" in config.require:
        parts.append("each with a runbook")
    return "; ".join(parts) + "."
