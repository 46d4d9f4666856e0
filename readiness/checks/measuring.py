"""Reads the figures of launches that run, and tries a threshold while its plan is written: one number out of Prometheus each.

A query has to return exactly one number. What it rests on is as old as the oldest of the metrics in it: an instant query looks
five minutes back, and what stopped being scraped goes on looking well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from readiness.assessments import actions as assessments
from readiness.assessments.actions import SeenValue
from readiness.assessments.launch_figures import queries_of
from readiness.assessments.models import Launch
from readiness.assessments.promql.queries import read
from readiness.catalog.models import Service
from readiness.checks import connections, network
from readiness.checks.connections import Connections, Keys
from readiness.checks.models import Trial
from readiness.checks.recording import LONGEST_TEXT, plain_text
from readiness.checks.sources.keys import NoKeyError, with_keys
from readiness.checks.types._prometheus import PrometheusConfig, Sample, instant, samples
from readiness.checks.types.contract import UnreadableError
from readiness.egress import Egress, Response, Steps

log = structlog.get_logger(__name__)
KIND = "prometheus"
TIMEOUT = timedelta(seconds=8)
MOST_METRICS = 6
"""Of one query whose age is asked for."""
NO_PROMETHEUS = "Neither this service nor the organisation says where its Prometheus is."
NOTHING = "The query returns nothing. What was never counted is absent in Prometheus; “or vector(0)” makes it a zero."


@dataclass(frozen=True, slots=True)
class Value:
    """`age`: of the oldest sample behind it. `number` None: `problem` says why."""

    number: float | None = None
    age: timedelta = timedelta(0)
    problem: str = ""


def prometheus_of(service: Service, connected: Connections) -> str:
    """The service's own, else the organisation's; empty where there is none."""
    return service.endpoint("prometheus_url") or (connected[KIND].address if KIND in connected else "")


# Launches


def read_launches(*, now: datetime | None = None, egress: Egress | None = None) -> int:
    """Returns how many launches it looked at; no network inside a transaction."""
    now = now or timezone.now()
    due = [launch for launch in assessments.claim_readings(now=now) if queries_of(launch)]
    if due:
        connected, keys = connections.connected(), connections.keys()
        addresses = [prometheus_of(launch.service, connected) for launch in due]
        many = [_of_launch(one, address, keys) for one, address in zip(due, addresses, strict=True)]
        results = (egress or network.egress()).run_all(many)
        for launch, seen in zip(due, results, strict=True):
            _note(launch, seen, now)
    return len(due)


def _of_launch(launch: Launch, address: str, keys: Keys) -> Steps[dict[str, Value]]:
    queries = queries_of(launch)
    values = yield from measured(address, list(queries.values()), keys)
    return dict(zip(queries, values, strict=True))


def _note(launch: Launch, seen: dict[str, Value] | Exception, now: datetime) -> None:
    if isinstance(seen, Exception):
        log.error("figures of a launch not read", launch_id=launch.pk, exc_info=seen)
        problem = Value(problem=f"Reading it broke: {type(seen).__name__}.")
        seen = dict.fromkeys(queries_of(launch), problem)
    noted = {key: _seen(value, now) for key, value in seen.items()}
    assessments.note_readings(launch=launch, seen=noted, now=now)


def _seen(value: Value, now: datetime) -> SeenValue:
    return SeenValue(now - value.age, value.number, plain_text(value.problem, LONGEST_TEXT))


# Trials


def try_waiting(*, now: datetime | None = None, egress: Egress | None = None) -> int:
    """The trials that wait. Returns how many it carried out."""
    now = now or timezone.now()
    mine = [trial for trial in Trial.objects.waiting(now).select_related("service") if trial.claim(now)]
    if mine:
        connected, keys = connections.connected(), connections.keys()
        many = [measured(prometheus_of(trial.service, connected), [trial.query], keys) for trial in mine]
        for trial, seen in zip(mine, (egress or network.egress()).run_all(many), strict=True):
            broke = Value(problem="Reading it broke.")
            found = _seen(broke if isinstance(seen, Exception) else seen[0], now)
            trial.note(value=found.value, observed_at=found.observed_at, problem=found.problem, now=now)
    return len(mine)


# Asking


def measured(address: str, queries: Sequence[str], keys: Keys) -> Steps[list[Value]]:
    """A value for each query. Never raises for what a server answered."""
    if not address:
        return [Value(problem=NO_PROMETHEUS)] * len(queries)
    own = [keys[KIND]] if KIND in keys else []
    try:
        return (yield from with_keys(_asked(address, queries), own))
    except NoKeyError as problem:
        return [Value(problem=str(problem))] * len(queries)


def _asked(address: str, queries: Sequence[str]) -> Steps[list[Value]]:
    config = PrometheusConfig(base_url=address)
    metrics = {query: _metrics(query) for query in queries}
    asked = [text for query in queries for text in (query, *map(_newest, metrics[query]))]
    answers = iter((yield [replace(instant(config, text), timeout=TIMEOUT) for text in asked]))
    return [_value(next(answers), [next(answers) for _ in metrics[query]]) for query in queries]


def _newest(metric: str) -> str:
    return f"max(timestamp({metric}))"


def _metrics(query: str) -> list[str]:
    """Those without which there is no answer."""
    found = [str(selector) for selector in read(query).selectors if not selector.is_optional]
    return list(dict.fromkeys(found))[:MOST_METRICS]


def _value(answer: Response, scrapes: Sequence[Response]) -> Value:
    try:
        found = samples(answer)
        ages = [_age(one) for response in scrapes for one in samples(response) if one.is_number]
    except UnreadableError as problem:
        return Value(problem=str(problem))
    age = timedelta(seconds=max(ages, default=0.0))
    if not found:
        return Value(age=age, problem=NOTHING)
    if len(found) > 1:
        return Value(age=age, problem=f"The query returns {len(found)} series; take their sum or max, one is compared.")
    if not found[0].is_number:
        return Value(age=age, problem="The query returns no number (NaN): a share of nothing, where nobody calls.")
    return Value(found[0].value, age)


def _age(sample: Sample) -> float:
    """Both times are Prometheus' own, so its clock may be wrong without harm."""
    return min(max(0.0, sample.at - sample.value), timedelta(days=1).total_seconds())
