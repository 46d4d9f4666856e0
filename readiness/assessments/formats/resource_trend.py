"""The course of memory, file descriptors and pools during a load test, as Prometheus' `query_range` answers it.

Passes when none of them, carried on over the projected hours, grows by more than its share of the limit, no pool was nearly full,
and nothing restarted; see `trend`. Several answers stand in one file: as an object (name → answer) or as a list.
https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from readiness.assessments.formats.contract import Artifact, Params, Reading, UnreadableError, fields_of
from readiness.assessments.formats.trend import MAX_POOL_SHARE, Series, judge_series, series_of_answer
from readiness.assessments.outcome import Outcome


class TrendParams(Params):
    projected_hours: float = 24
    max_growth_share: float = 0.2
    max_restarts: int | None = None
    max_pool_share: float = MAX_POOL_SHARE
    require: tuple[Literal["memory", "file_descriptors", "pool"], ...] = ("memory", "file_descriptors")


DEFAULTS = TrendParams(max_restarts=0)


@dataclass(frozen=True, slots=True)
class TrendReading(Reading):
    series: Sequence[Series] = ()


def detect(artifact: Artifact) -> bool:
    return any(_is_answer(value) for _, value in _answers(artifact.json_or_none))


def _answers(value: object) -> Iterator[tuple[str, object]]:
    """(what the file calls it, the answer)."""
    if isinstance(value, list) and not any(map(_is_series, value[:3])):
        for one in value:
            yield "", one
    elif _is_answer(value) or not isinstance(value, dict):
        yield "", value
    else:
        yield from value.items()


def _is_answer(value: object) -> bool:
    """The whole answer, what is in it, or the bare list of series that promtool prints."""
    if isinstance(value, list):
        return any(map(_is_series, value[:3]))
    fields = fields_of(value)
    return "resultType" in (fields_of(fields.get("data")) or fields) or (
        fields.get("status") == "error" and "errorType" in fields
    )


def _is_series(value: object) -> bool:
    return {"metric", "values"} <= fields_of(value).keys()


def read(artifact: Artifact) -> TrendReading:
    named = [(name, value) for name, value in _answers(artifact.json) if _is_answer(value)]
    series = [one for name, value in named for one in series_of_answer(value, name)]
    if not any(one.points for one in series):
        raise UnreadableError("There is no series in it: give what query_range of Prometheus answers, as a matrix.")
    seen = judge_series(series, max_restarts=None, require=())
    return TrendReading("Prometheus", seen.figures, seen.observed_at, series=series)


def judge(reading: TrendReading, params: TrendParams) -> Outcome:
    return judge_series(
        reading.series,
        projected_hours=params.projected_hours,
        max_growth_share=params.max_growth_share,
        max_restarts=params.max_restarts,
        max_pool_share=params.max_pool_share,
        require=params.require,
    )
