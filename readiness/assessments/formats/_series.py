"""The series that Prometheus answers over a range, and what each of them measures.

https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from readiness.assessments.formats.contract import (
    UnreadableError,
    entries_of,
    fields_of,
    number_of,
    shortened,
    text_of,
)

MOST_SERIES = 2000
type Point = tuple[float, float]
"""Unix seconds, value."""


class Role(StrEnum):
    """What a series is about. A limit has the name of what it limits before it."""

    MEMORY = "memory"
    MEMORY_LIMIT = "memory_limit"
    FILE_DESCRIPTORS = "file_descriptors"
    FILE_DESCRIPTORS_LIMIT = "file_descriptors_limit"
    POOL = "pool"
    POOL_LIMIT = "pool_limit"
    RESTARTS = "restarts"
    STARTED = "started"


_NAMES: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        (Role.RESTARTS, r"restart"),
        (Role.STARTED, r"start(?:ed|_?time)"),
        (Role.MEMORY_LIMIT, r"(?:memory|mem|heap|rss).*(?:limit|max)|max.*(?:memory|heap)|resource_limits"),
        (Role.MEMORY, r"memory|(?:^|_)mem(?:_|$)|memstats|heap|(?:^|_)rss(?:_|$)|resident|working_set"),
        (Role.POOL_LIMIT, r"(?:pool|connections?).*(?:max|limit|size|capacity)"),
        (Role.POOL, r"pool|connections?.*(?:in_?use|active|used|busy|usage|checked_?out|acquired)"),
        (
            Role.FILE_DESCRIPTORS_LIMIT,
            r"max_fds|(?:fds?|files?|descriptors?).*(?:max|limit)|max.*(?:fds?|files|descriptors)",
        ),
        (Role.FILE_DESCRIPTORS, r"(?:^|_)fds?(?:_|$)|descriptors?|open_files|files_open"),
    )
)
"""In the order in which they are tried: a pool of memory is memory."""


@dataclass(frozen=True, slots=True)
class Series:
    """`role` None: what it measures could not be told. Points are in the order of time, and finite."""

    role: Role | None
    points: Sequence[Point]
    labels: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    @property
    def place(self) -> str:
        named = ", ".join(f"{key}={value}" for key, value in sorted(self.labels.items()) if key != "__name__")
        return shortened(f"{self.name}{f' ({named})' if named else ''}")


def role_of(name: str) -> Role | None:
    """From a query's name or a metric's: `memory`, `process_open_fds`, `hikaricp_connections_max`."""
    return next((role for role, pattern in _NAMES if pattern.search(name)), None)


def series_of_answer(value: object, name: str = "", role: Role | None = None) -> list[Series]:
    """Of what `query_range` answers, whole or only its `data` or `result`. `name`: what the asker calls it; `role`: what it is.

    Raises UnreadableError for an error, and for an answer that is no range of numbers.
    """
    answer = fields_of(value)
    if answer.get("status") == "error":
        raise UnreadableError(f"Prometheus refused the question: {shortened(text_of(answer.get('error')))}.")
    inner = fields_of(answer.get("data")) or answer
    kind = inner.get("resultType", "matrix")
    if kind != "matrix":
        raise UnreadableError(f"This is a {shortened(str(kind), 20)}; ask query_range, which answers a matrix.")
    result = entries_of(value) or entries_of(inner.get("result"))
    if len(result) > MOST_SERIES:
        raise UnreadableError(f"There are more than {MOST_SERIES:,} series; take those of this service alone.")
    return [_series(fields_of(one), name, role) for one in result]


def _series(one: Mapping[str, Any], name: str, role: Role | None) -> Series:
    labels = {key: value for key, value in fields_of(one.get("metric")).items() if isinstance(value, str)}
    metric = labels.get("__name__", "")
    points = sorted(_points(entries_of(one.get("values"))))
    if metric == "kube_pod_container_resource_limits" and labels.get("resource") != "memory":
        return Series(None, points, labels, metric)
    return Series(role or role_of(metric) or role_of(name), points, labels, shortened(metric or name, 120))


def _points(values: Iterable[object]) -> Iterator[Point]:
    """NaN and infinity, which Prometheus writes as text, are no points."""
    for pair in map(entries_of, values):
        if len(pair) == 2 and (at := number_of(pair[0])) is not None and (value := number_of(pair[1])) is not None:
            yield at, value
