"""The golden signals can be queried: traffic, errors, latency, and how full the machine and its pools are.

Passes when the query of each signal returns finite numbers from samples that are fresh enough: requests per second,
error ratio (zero is fine, no answer is not), median and 99th percentile latency, CPU, memory, and of each pool how
much is in use and how much there is. The metrics are found by their usual names among those that carry the service's
labels; each query can be set instead. A query that returns nothing fails: the metric is absent. A signal that no usual
name gives, and one without a number because nobody called, are unknown: neither shows that the signal is missing.
https://sre.google/sre-book/monitoring-distributed-systems/#xref_monitoring_golden-signals
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.assessments.promql.queries import Matcher
from readiness.checks.types._conventions import STATUS_LABELS, Exported, counters_of, failure_matcher
from readiness.checks.types._exported import Labels, Query, exported
from readiness.checks.types._prometheus import PrometheusConfig, Sample, instant, newest, samples, span
from readiness.checks.types._signals import Found, Signal, Told, signals
from readiness.checks.types.contract import UnreadableError, bounded, joined, plural
from readiness.egress import Request, Response, Steps

MOST_COUNTERS = 3
MOST_METRICS = 6  # of one query, whose age is asked for
TRAFFIC = "requests_per_second"
NO_TRAFFIC = "Nothing was asked of the service in the last {:g} minutes; send some traffic and run this again."
QUERIES = {
    TRAFFIC: "traffic_query",
    "error_ratio": "error_ratio_query",
    "p50_ms": "p50_query",
    "p99_ms": "p99_query",
    "cpu": "cpu_query",
    "memory_bytes": "memory_query",
}
"""Figure → the field that holds a person's own query."""


class Pool(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", title="Pool")
    in_use: Query = Field(title="Query for how much is in use")
    max: Query = Field(title="Query for the most there can be")


class Config(PrometheusConfig):
    selector: Labels = Field(
        title="Labels of the service's metrics",
        description="Which series are the service's own; its metrics are found among them by their usual names.",
        examples=['{job="checkout"}'],
    )
    resource_selector: Labels | None = Field(
        default=None,
        title="Labels of its containers",
        description="Where CPU and memory are measured under other labels, such as by cAdvisor.",
        examples=['{namespace="shop",pod=~"checkout-.*"}'],
    )
    max_age_minutes: float = Field(
        default=15,
        gt=0,
        le=1440,
        allow_inf_nan=False,
        title="Oldest sample (minutes)",
        description="Every signal must have been scraped within this time; rates are taken over it.",
        examples=[15],
    )
    traffic_query: Query | None = Field(
        default=None,
        title="Query for traffic",
        description="Requests per second, where the usual names don't give it.",
        examples=['sum(rate(orders_received_total{job="checkout"}[5m]))'],
    )
    error_ratio_query: Query | None = Field(
        default=None,
        title="Query for the error ratio",
        description="Failed requests over all requests, where the usual names don't give it.",
        examples=["(sum(rate(orders_failed_total[5m])) or vector(0)) / sum(rate(orders_received_total[5m]))"],
    )
    p50_query: Query | None = Field(
        default=None,
        title="Query for the p50 latency",
        description="The median in seconds, where the usual names don't give it.",
        examples=["histogram_quantile(0.5, sum by (le) (rate(orders_seconds_bucket[5m])))"],
    )
    p99_query: Query | None = Field(
        default=None,
        title="Query for the p99 latency",
        description="The 99th percentile in seconds, where the usual names don't give it.",
        examples=["histogram_quantile(0.99, sum by (le) (rate(orders_seconds_bucket[5m])))"],
    )
    cpu_query: Query | None = Field(
        default=None,
        title="Query for CPU",
        description="CPU seconds per second, where the usual names don't give it.",
        examples=['sum(rate(container_cpu_usage_seconds_total{pod=~"checkout-.*"}[5m]))'],
    )
    memory_query: Query | None = Field(
        default=None,
        title="Query for memory",
        description="Bytes in use, where the usual names don't give it.",
        examples=['sum(container_memory_working_set_bytes{pod=~"checkout-.*"})'],
    )
    pools: tuple[Pool, ...] = Field(
        default=(),
        max_length=10,
        title="Pools",
        description="Each pool of connections, threads or workers that can run out; empty takes those with usual names.",
        examples=[[{"name": "orders-db", "in_use": "sum(db_pool_in_use)", "max": "sum(db_pool_max)"}]],
    )

    @property
    def window(self) -> timedelta:
        return timedelta(minutes=self.max_age_minutes)


def run(config: Config) -> Steps[Outcome]:
    try:
        found = yield from _discovered(config)
        asked = signals(_told(config), found)
        return _verdict(config, (yield from _answers(config, asked)))
    except UnreadableError as problem:
        return unknown(str(problem))


def _told(config: Config) -> Told:
    queries = {figure: query for figure, field in QUERIES.items() if (query := getattr(config, field))}
    return Told(span(config.window), queries, [(pool.name, pool.in_use, pool.max) for pool in config.pools])


# What is there


def _discovered(config: Config) -> Generator[Sequence[Request], Sequence[Response], Found]:
    selectors = [config.selector, *([config.resource_selector] if config.resource_selector else [])]
    service, *containers = yield from exported(config, selectors, config.window)
    if not service.names and not all(getattr(config, field) for field in QUERIES.values()):
        raise UnreadableError(
            f"No series carries {config.selector}; are these the labels, and does this Prometheus scrape the service?"
        )
    return Found(service, [*containers, service], (yield from _failures(config, service)))


def _failures(
    config: Config, service: Exported
) -> Generator[Sequence[Request], Sequence[Response], dict[str, Matcher]]:
    counters = [] if config.error_ratio_query else counters_of(service)[:MOST_COUNTERS]
    if not counters:
        return {}
    labels = ", ".join(STATUS_LABELS)
    answers = yield [
        instant(config, f"count by ({labels}) (last_over_time({service.selector(counter)}[{span(config.window)}]))")
        for counter in counters
    ]
    told = {
        counter: failure_matcher(_values(samples(answer))) for counter, answer in zip(counters, answers, strict=True)
    }
    return {counter: matcher for counter, matcher in told.items() if matcher}


def _values(found: Sequence[Sample]) -> dict[str, set[str]]:
    return {label: {sample.labels.get(label, "") for sample in found} for label in STATUS_LABELS}


# What it says


@dataclass(frozen=True, slots=True)
class Seen:
    """`value` is in the figure's unit, None where it is no number; `age_s` is that of the oldest sample it needs."""

    signal: Signal
    series: int = 0
    value: float | None = None
    age_s: float | None = None
    problem: str = ""


def _answers(config: Config, asked: Sequence[Signal]) -> Generator[Sequence[Request], Sequence[Response], list[Seen]]:
    queries = [signal for signal in asked if signal.query]
    metrics = list(dict.fromkeys(metric for signal in queries for metric in signal.metrics[:MOST_METRICS]))
    answers = yield [
        *(instant(config, signal.query) for signal in queries),
        *(instant(config, newest(metric, config.window)) for metric in metrics),
    ]
    values = {signal.figure: answer for signal, answer in zip(queries, answers, strict=False)}
    ages = dict(zip(metrics, answers[len(queries) :], strict=True))
    return [
        _seen(signal, values[signal.figure], [ages[metric] for metric in signal.metrics[:MOST_METRICS]])
        if signal.query
        else Seen(signal)
        for signal in asked
    ]


def _seen(signal: Signal, answer: Response, ages: Sequence[Response]) -> Seen:
    try:
        found = samples(answer)
        times = [sample.at - sample.value for age in ages for sample in samples(age) if sample.is_number]
    except UnreadableError as problem:
        return Seen(signal, problem=str(problem))
    highest = max((sample.value * signal.factor for sample in found), default=math.nan)
    is_number = all(sample.is_number for sample in found) and math.isfinite(highest)
    return Seen(signal, len(found), highest if is_number else None, round(max(times), 1) if times else None)


# How it is judged


def _verdict(config: Config, seen: Sequence[Seen]) -> Outcome:
    is_quiet = any(one.signal.figure == TRAFFIC and one.value == 0 for one in seen)
    findings = [finding for one in seen if (finding := _finding(config, one, is_quiet=is_quiet))]
    figures = _figures(seen)
    if errors := [finding.message for finding in findings if finding.level is Level.ERROR]:
        return failed(joined(errors), figures, bounded(findings))
    if findings:
        return unknown(joined(_doubts(findings)), figures, bounded(findings))
    return passed(_praise(figures, len(seen)), figures)


def _finding(config: Config, one: Seen, *, is_quiet: bool) -> Finding | None:
    title, setting = one.signal.title, one.signal.setting
    if not one.signal.query:
        message = f"{title}: no metric with a usual name was found; export one, or set “{setting}”."
        return Finding("not-found", Level.WARNING, message, title)
    if one.problem:
        return Finding("unread", Level.WARNING, f"{title}: {one.problem}", one.signal.query[:300])
    if not one.series:
        return Finding("absent", Level.ERROR, f"{title}: the metric is absent.", one.signal.query[:300])
    if is_quiet and (one.signal.figure == TRAFFIC or (one.signal.needs_traffic and one.value is None)):
        return Finding("no-traffic", Level.WARNING, NO_TRAFFIC.format(config.max_age_minutes), title)
    return _sample_finding(config, one)


def _sample_finding(config: Config, one: Seen) -> Finding | None:
    title, query = one.signal.title, one.signal.query[:300]
    if one.value is None:
        return Finding("no-number", Level.WARNING, f"{title}: the query returns what is no number.", query)
    if one.age_s is None:
        return Finding("no-age", Level.WARNING, f"{title}: the age of its samples can't be told.", query)
    if one.age_s > config.window.total_seconds():
        message = f"{title}: the newest sample is older than {config.max_age_minutes:g} minutes."
        return Finding("stale", Level.ERROR, message, query)
    return None


def _doubts(findings: Sequence[Finding]) -> list[str]:
    """What was not found in one sentence, else three missing signals would fill the reason."""
    missing = [finding.where for finding in findings if finding.rule == "not-found"]
    rest = [finding.message for finding in findings if finding.rule != "not-found"]
    if not missing:
        return rest
    names = ", ".join(missing)
    return [f"No metric with a usual name was found for {names}; export one, or set its query in this check.", *rest]


def _figures(seen: Sequence[Seen]) -> dict[str, Figure]:
    values: dict[str, Figure] = {
        one.signal.figure: None if one.value is None else float(f"{one.value:.6g}") for one in seen
    }
    ages: dict[str, Figure] = {f"{one.signal.figure}_age_s": one.age_s for one in seen if one.age_s is not None}
    return values | ages


def _praise(figures: dict[str, Figure], signals_seen: int) -> str:
    return (
        f"All {plural(signals_seen, 'signal')} answer: {figures[TRAFFIC]:g} requests a second, "
        f"{figures['error_ratio']:.2%} errors, p50 {figures['p50_ms']:g} ms, p99 {figures['p99_ms']:g} ms."
    )
