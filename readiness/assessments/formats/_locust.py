"""Locust: `--csv` writes files of totals without times, of the run over time without total percentiles, and of failures; joined
into one file (`cat run_stats.csv run_stats_history.csv run_failures.csv`) they say everything. `--json` is a list of endpoints
without a total.

Names of columns differ between versions, the totals of Locust 0.x lie in two files (`_requests` and `_distribution`), and JSON
and CSV of one run differ a little: the CSV stops before the last requests. Times include those of failed requests.
https://docs.locust.io/en/stable/retrieving-stats.html
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from readiness.assessments.formats._load import PERCENTILES, Load, Step
from readiness.assessments.formats.contract import (
    Artifact,
    UnreadableError,
    count_of,
    entries_of,
    fields_of,
    moment_of,
    number_of,
)

MAX_ROWS = 100_000
MAX_GAP_S = 60
_REQUESTS, _FAILURES = ("request count", "# requests"), ("failure count", "# failures")
_MEDIANS = ("50%", "median response time")
_HEADERS = (
    frozenset({"timestamp", "user count"}),
    frozenset({"name", "request count"}),
    frozenset({"name", "# requests"}),
    frozenset({"name", "error", "occurrences"}),
)
_STATUS = re.compile(r"\b([1-5]\d\d) (?:Client|Server) Error\b")
_KIND = re.compile(r"\w{1,40}(?=\()")
NO_TOTALS = "Add the file of totals: cat run_stats.csv run_stats_history.csv"

type Row = Mapping[str, str]


def is_csv(artifact: Artifact) -> bool:
    head = artifact.first_lines[0] if artifact.first_lines else ""
    return _is_header(next(csv.reader([head[:2000]]), []))


def _is_header(cells: Sequence[str]) -> bool:
    names = {cell.strip().casefold() for cell in cells}
    return any(header <= names for header in _HEADERS)


def read_csv(artifact: Artifact) -> Load:
    rows = list(_rows(artifact.lines(MAX_ROWS, "The CSV has")))
    totals = [row for row in rows if "timestamp" not in row and _is_total(row)]
    history = [row for row in rows if "timestamp" in row and _is_total(row)]
    if not totals and not history:
        raise UnreadableError(f"The Locust CSV has no row “Aggregated”: the run did not come to its end. {NO_TOTALS}.")
    load = _with_times(_totals({**totals[0], **totals[-1]}), history) if totals else _of_history(history)
    return replace(load, bad_codes=_codes(rows), times_of_all=True)


def _rows(lines: Sequence[str]) -> Iterator[Row]:
    """A line that is a header begins another table. Names of columns in small letters."""
    header: list[str] = []
    try:
        for cells in csv.reader(lines):
            if _is_header(cells):
                header = [cell.strip().casefold() for cell in cells]
            elif cells and header:
                yield dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise UnreadableError(f"This is not CSV: {error}.") from error


def _is_total(row: Row) -> bool:
    return row.get("name") in {"Aggregated", "Total"}


def _totals(row: Row) -> Load:
    requests, rps = count_of(_first(row, _REQUESTS)), number_of(row.get("requests/s"))
    failures = _first(row, _FAILURES)
    return Load(
        duration_s=requests / rps if rps else None,  # there is no time in this file
        requests=requests,
        rps=rps,
        errors=None if failures is None else count_of(failures),
        percentiles={
            50: number_of(_first(row, _MEDIANS)),
            95: number_of(row.get("95%")),
            99: number_of(row.get("99%")),
        },
        hint="Newer versions of Locust write the column." if "99%" not in row else "",
    )


def _first(row: Row, names: Sequence[str]) -> str | None:
    return next((row[name] for name in names if name in row), None)


def _with_times(load: Load, history: Sequence[Row]) -> Load:
    if not history:
        return load
    over_time = _of_history(history)
    return replace(
        load, duration_s=over_time.duration_s or load.duration_s, peak_users=over_time.peak_users,
        observed_at=over_time.observed_at, steps=over_time.steps,
    )  # fmt: skip


def _of_history(history: Sequence[Row]) -> Load:
    """Its percentiles are those of the last ten seconds, which say nothing of the run."""
    times = sorted(time for row in history if (time := number_of(row["timestamp"])) is not None)
    last = history[-1]
    failures = [count_of(row.get("total failure count")) for row in history]
    return Load(
        duration_s=times[-1] - times[0] if len(times) > 1 else None,
        requests=max(count_of(row.get("total request count")) for row in history),
        errors=max(failures),
        peak_users=max(count_of(row.get("user count")) for row in history),
        percentiles={50: number_of(last.get("total median response time"))},
        observed_at=moment_of(times[-1]) if times else None,
        hint=f"{NO_TOTALS}.",
        steps=tuple(_steps(history)),
    )


def _steps(history: Sequence[Row]) -> Iterator[Step]:
    """From one row to the next; a hole in the file is no load."""
    for row, following in pairwise(history):
        begun, ended = number_of(row["timestamp"]), number_of(following["timestamp"])
        if begun is not None and ended is not None and 0 < ended - begun <= MAX_GAP_S:
            rps = number_of(following.get("requests/s")) or 0
            yield Step(ended - begun, rps, count_of(following.get("user count")))


def _codes(rows: Sequence[Row]) -> dict[str, int]:
    """Of the file of failures: statuses, or what kind of error it was. The rest of it quotes addresses."""
    codes: Counter[str] = Counter()
    for row in rows:
        if "occurrences" in row:
            found = _STATUS.search(row["error"]) or _KIND.search(row["error"])
            codes[found[found.re.groups] if found else "other"] += count_of(row["occurrences"])
    return dict(codes)


def is_json(artifact: Artifact) -> bool:
    first = fields_of(next(iter(entries_of(artifact.json_or_none)), None))
    return {"num_requests", "num_failures", "response_times"} <= first.keys()


def read_json(artifact: Artifact) -> Load:
    endpoints = [fields_of(entry) for entry in entries_of(artifact.json)]
    times: Counter[float] = Counter()
    for endpoint in endpoints:
        for milliseconds, count in fields_of(endpoint.get("response_times")).items():
            if (value := number_of(milliseconds)) is not None:
                times[value] += count_of(count)
    starts = _numbers(endpoints, "start_time")
    ends = _numbers(endpoints, "last_request_timestamp")
    return Load(
        duration_s=max(0.0, max(ends) - min(starts)) if starts and ends else None,
        requests=sum(count_of(endpoint.get("num_requests")) for endpoint in endpoints),
        errors=sum(count_of(endpoint.get("num_failures")) for endpoint in endpoints),
        percentiles={p: _percentile(times, p) for p in PERCENTILES},
        observed_at=moment_of(max(ends)) if ends else None,
        times_of_all=True,
    )


def _numbers(endpoints: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [number for endpoint in endpoints if (number := number_of(endpoint.get(name))) is not None and number > 0]


def _percentile(times: Counter[float], percentile: int) -> float | None:
    """Of the merged histogram: the smallest time that this share of the requests kept."""
    total, seen = sum(times.values()), 0
    for milliseconds, count in sorted(times.items()):
        seen += count
        if count and seen * 100 >= total * percentile:
            return milliseconds
    return None
