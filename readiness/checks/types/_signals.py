"""The queries of a service's golden signals, made from what it exports, or as a person wrote them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from readiness.assessments.promql.queries import Matcher, read
from readiness.checks.types._conventions import (
    CPU,
    MEMORY,
    Exported,
    counters_of,
    failures_beside,
    gauge_of,
    latency_of,
    pools_of,
)
from readiness.checks.types.contract import UnreadableError


@dataclass(frozen=True, slots=True)
class Signal:
    """`figure` is named after its unit; a query's value times `factor` is in it. `metrics` are the selectors whose
    samples have to be fresh. Without a query, no usual name was found; `setting` is where one can be set.
    """

    figure: str
    title: str
    setting: str
    query: str = ""
    metrics: tuple[str, ...] = ()
    factor: float = 1.0
    needs_traffic: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a person wrote: figure → query, and pools as (name, in use, most). `window`: how far back to look (`900s`)."""

    window: str
    queries: Mapping[str, str] = field(default_factory=dict)
    pools: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the service exports, by its own labels and by those of its containers (the likelier first), and of a counter
    of requests which matcher keeps the failed ones.
    """

    service: Exported
    containers: Sequence[Exported]
    failures: Mapping[str, Matcher]


def signals(told: Told, found: Found) -> list[Signal]:
    """The six signals and those of the pools, in the order in which people read them."""
    six = (
        _traffic(told, found),
        _errors(told, found),
        *_latencies(told, found),
        _cpu(told, found),
        _memory(told, found),
    )
    return [_as_told(signal, told) for signal in six] + list(_pools(told, found))


def _as_told(signal: Signal, told: Told) -> Signal:
    query = told.queries.get(signal.figure)
    if not query:
        return signal
    factor = 1000.0 if signal.figure.endswith("_ms") else 1.0  # a latency is written in seconds
    return Signal(signal.figure, signal.title, signal.setting, query, read_metrics(query), factor, signal.needs_traffic)


def read_metrics(query: str) -> tuple[str, ...]:
    """The selectors without which the query has no answer, else all. Empty when it can't be read."""
    try:
        selectors = read(query).selectors
    except UnreadableError:
        return ()
    needed = [selector for selector in selectors if not selector.is_optional]
    return tuple(dict.fromkeys(map(str, needed or selectors)))


def _traffic(told: Told, found: Found) -> Signal:
    signal = Signal("requests_per_second", "Traffic", "Query for traffic")
    counters = counters_of(found.service)
    if not counters:
        return signal
    metric = found.service.selector(counters[0])
    return Signal(signal.figure, signal.title, signal.setting, _rate(metric, told), (metric,))


def _errors(told: Told, found: Found) -> Signal:
    query, metrics = _error_ratio(told, found)
    return Signal("error_ratio", "Error ratio", "Query for the error ratio", query, metrics, needs_traffic=True)


def _error_ratio(told: Told, found: Found) -> tuple[str, tuple[str, ...]]:
    # A counter of failures often appears with the first failure; until then it stands for none.
    for counter in counters_of(found.service):
        metric = found.service.selector(counter)
        if matcher := found.failures.get(counter):
            failures = found.service.selector(counter, matcher)
        elif beside := failures_beside(counter, found.service):
            failures = found.service.selector(beside)
        else:
            continue
        return f"({_rate(failures, told)} or vector(0)) / {_rate(metric, told)}", (metric,)
    return "", ()


def _latencies(told: Told, found: Found) -> Iterator[Signal]:
    for quantile in ("0.5", "0.99"):
        name = f"p{quantile[2:].ljust(2, '0')}"
        yield _latency(quantile, told, found, Signal(f"{name}_ms", f"Latency {name}", f"Query for the {name} latency"))


def _latency(quantile: str, told: Told, found: Found, signal: Signal) -> Signal:
    latency, service = latency_of(found.service), found.service
    if latency is None:
        return signal
    if latency.has_buckets:
        metric = service.selector(f"{latency.name}_bucket")
        query = f"histogram_quantile({quantile}, sum by (le) (rate({metric}[{told.window}])))"
    elif f"{latency.name}_count" in service.names:
        metric = service.selector(latency.name, Matcher("quantile", "=", quantile))
        query = f"max(last_over_time({metric}[{told.window}]))"
    else:
        metric = service.selector(latency.name)
        query = f"histogram_quantile({quantile}, sum(rate({metric}[{told.window}])))"
    return Signal(signal.figure, signal.title, signal.setting, query, (metric,), latency.to_ms, needs_traffic=True)


def _cpu(told: Told, found: Found) -> Signal:
    signal = Signal("cpu", "CPU", "Query for CPU")
    if (gauge := gauge_of(found.containers, CPU)) is None:
        return signal
    name, metric = gauge
    query = _rate(metric, told) if CPU[name] else _latest(metric, told)
    return Signal(signal.figure, signal.title, signal.setting, query, (metric,))


def _memory(told: Told, found: Found) -> Signal:
    signal = Signal("memory_bytes", "Memory", "Query for memory")
    if (gauge := gauge_of(found.containers, MEMORY)) is None:
        return signal
    return Signal(signal.figure, signal.title, signal.setting, _latest(gauge[1], told), (gauge[1],))


def _pools(told: Told, found: Found) -> Iterator[Signal]:
    if told.pools:
        for name, in_use, most in told.pools:
            yield _pool(name, "in_use", in_use, read_metrics(in_use))
            yield _pool(name, "max", most, read_metrics(most))
        return
    for pool in pools_of(found.service):
        yield _pool(pool.name, "in_use", _latest(pool.in_use, told), (pool.in_use,))
        yield _pool(pool.name, "max", _latest(pool.most, told), (pool.most,))


def _pool(name: str, what: str, query: str, metrics: tuple[str, ...]) -> Signal:
    words = {"in_use": "in use", "max": "the most there can be"}
    return Signal(f"pool_{name}_{what}", f"Pool {name}, {words[what]}", "Pools", query, metrics)


def _rate(metric: str, told: Told) -> str:
    return f"sum(rate({metric}[{told.window}]))"


def _latest(metric: str, told: Told) -> str:
    # An instant query looks only 5 minutes back.
    return f"sum(last_over_time({metric}[{told.window}]))"
