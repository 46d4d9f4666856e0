"""The figures of a launch as they stand: each threshold with its last readings, judged by its limit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from readiness.assessments.launch import Threshold
from readiness.assessments.models import Launch, LaunchReading
from readiness.assessments.promql.thresholds import Metric, metric_of, scale_of
from readiness.assessments.rules.launching import Judged, Reading, Verdict, Watched, judge
from readiness.assessments.rules.limits import Limit, parse_limit

SHOWN_FOR = timedelta(minutes=30)

type Readings = Mapping[str, Sequence[LaunchReading]]
"""Key of a query → what was read, oldest first."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One threshold. `scale`: what a reading's value is divided by to be in the limit's unit."""

    line: Threshold
    metric: Metric
    limit: Limit | None
    scale: float
    judged: Judged
    readings: Sequence[Reading] = ()

    @property
    def is_measured(self) -> bool:
        return bool(self.metric.query)

    @property
    def value_said(self) -> str:
        """Empty when there is none."""
        value = self.judged.value
        if value is None:
            return ""
        return (self.limit or Limit(">", 0.0)).said(value)


def figures_of(thresholds: Iterable[Threshold], readings: Readings, now: datetime) -> list[Figure]:
    return [_figure(line, readings, now) for line in thresholds]


def _figure(line: Threshold, readings: Readings, now: datetime) -> Figure:
    metric, limit, scale = _understood(line["metric"], line["limit"])
    if not metric.query:
        return Figure(line, metric, limit, scale, Judged(Verdict.BY_EYE))
    read = [_reading(row, scale) for row in readings.get(metric.key, ())]
    return Figure(line, metric, limit, scale, judge(limit, line["action"], read, now), read)


def _reading(row: LaunchReading, scale: float) -> Reading:
    return Reading(row.observed_at, row.value / scale if row.value is not None else None, row.problem)


@lru_cache(maxsize=512)
def _understood(metric: str, limit: str) -> tuple[Metric, Limit | None, float]:
    meant, parsed = metric_of(metric), parse_limit(limit)
    scale = scale_of(meant.query, parsed.unit, parsed.factor) if meant.query and parsed else 1.0
    return meant, parsed, scale


def queries_of(launch: Launch) -> dict[str, str]:
    """Key → query, of what a worker reads for this launch. The same query in two thresholds is asked once."""
    metrics = [metric_of(line["metric"]) for line in launch.thresholds]
    return {metric.key: metric.query for metric in metrics if metric.query}


def readings_of(launch: Launch, now: datetime) -> Readings:
    """Of the last half hour, or before its end. One statement."""
    until = launch.ended_at or now
    rows = LaunchReading.objects.filter(launch=launch, read_at__gt=until - SHOWN_FOR).order_by("read_at", "id")
    found: dict[str, list[LaunchReading]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found


def watched_in(launch: Launch, now: datetime) -> list[Watched]:
    """What a machine watches of this launch, for the rule about going on."""
    return watched(figures_of(launch.thresholds, readings_of(launch, now), now))


def watched(figures: Iterable[Figure]) -> list[Watched]:
    return [Watched(one.metric.name, one.line["action"], one.judged.verdict) for one in figures if one.is_measured]
