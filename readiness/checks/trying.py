"""What a trial of a threshold says: how the metric was understood, which number there is now, and what the limit makes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from readiness.assessments.promql.thresholds import Metric, scale_of
from readiness.assessments.rules.launching import STALE_AFTER
from readiness.assessments.rules.limits import Limit, parse_limit
from readiness.checks.models import Trial

WAITED_LONG = timedelta(seconds=40)
WORDS = (
    "These are words: people look at it on the day. A query to Prometheus is read by itself, such as "
    "sum(rate(http_requests_total[5m])); “Error ratio: sum(…)” gives it a name."
)
NO_LIMIT = "the limit is no plain number, so people judge it. “> 1 %”, “above 300 ms”, “below 91 % for 10 minutes” are understood"
NO_PROMETHEUS = (
    "The query can be read. Nobody asks it yet: neither this service nor the organisation says where its Prometheus is."
)
NO_WORKER = "No worker has answered yet. The query can be read; which number it says is not known."


@dataclass(frozen=True, slots=True)
class Tried:
    """`key` while an answer is awaited: the page asks again."""

    words: str
    tone: str = "calm"
    key: str = ""


def tried(metric: Metric, limit: str, trial: Trial | None, now: datetime) -> Tried:
    if metric.problem:
        return Tried(metric.problem, "bad")
    if not metric.query:
        return Tried(WORDS)
    if trial is None:
        return Tried(NO_PROMETHEUS, "warn")
    if trial.tried_at is None:
        if now - trial.asked_at > WAITED_LONG:
            return Tried(NO_WORKER, "warn")
        return Tried("A worker asks Prometheus…", key=trial.key)
    if trial.value is None:
        return Tried(trial.problem, "warn")
    return _judged(trial, trial.value, metric, parse_limit(limit), now)


def _judged(trial: Trial, value: float, metric: Metric, limit: Limit | None, now: datetime) -> Tried:
    age = f" It was scraped {_age(trial, now)} ago, which is old." if _is_old(trial) else ""
    if limit is None:
        return Tried(f"It says {value:.6g} now; {NO_LIMIT}.{age}", "warn")
    shown = value / scale_of(metric.query, limit.unit, limit.factor)
    said, edge = limit.said(shown), limit.said(limit.number)
    holds = f"{limit.comparator} {edge} {'holds' if limit.holds(shown) else 'does not hold'}"
    lasting = f" (for {int(limit.lasting.total_seconds()) // 60} min, on the day)" if limit.lasting else ""
    plain = "" if said == f"{value:.6g}" else f" (the query says {value:.6g})"
    return Tried(f"It is {said} now{plain}; {holds}{lasting}.{age}", "warn" if age else "good")


def _is_old(trial: Trial) -> bool:
    return bool(trial.observed_at and trial.tried_at and trial.tried_at - trial.observed_at > STALE_AFTER)


def _age(trial: Trial, now: datetime) -> str:
    return f"{int((now - (trial.observed_at or now)).total_seconds() // 60)} min"
