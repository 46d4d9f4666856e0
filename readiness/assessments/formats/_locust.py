"""Locust: `--csv` writes two files, one of totals without times and one over time without total percentiles; joined into one file
(`cat run_stats.csv run_stats_history.csv`) they say everything. `--json` is a list of endpoints without a total.

Percentile columns differ between versions. JSON and CSV of one run differ a little: the CSV stops before the last requests.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from readiness.assessments.formats._load import PERCENTILES, Load
from readiness.assessments.formats.contract import (
    Artifact,
    UnreadableError,
    count_of,
    entries_of,
    fields_of,
    moment_of,
    number_of,
)

MAX_ROWS = 200_000
_TOTALS, _HISTORY = frozenset({"Type", "Name"}), frozenset({"Timestamp", "User Count"})
_REQUESTS, _FAILURES = ("Request Count", "# requests"), ("Failure Count", "# failures")
_MEDIANS = ("50%", "Median Response Time", "Median response time")
NO_TOTALS = "Add the file of totals: cat run_stats.csv run_stats_history.csv"

type Row = Mapping[str, str]


def is_csv(artifact: Artifact) -> bool:
    head = artifact.text.lstrip()[:400].splitlines()[:1]
    names = set(next(csv.reader(head), [])) if head else set()
    return names >= _HISTORY or (names >= _TOTALS and any(name in names for name in _REQUESTS))


def read_csv(artifact: Artifact) -> Load:
    rows = list(_rows(artifact.text))
    totals = [row for row in rows if "Timestamp" not in row and _is_total(row)]
    history = [row for row in rows if "Timestamp" in row and _is_total(row)]
    if not totals and not history:
        raise UnreadableError("The Locust CSV has no row “Aggregated”: the run did not come to its end.")
    return _with_times(_totals(totals[-1]), history) if totals else _of_history(history)


def _rows(text: str) -> Iterator[Row]:
    """A line that is a header begins another table."""
    header: list[str] = []
    try:
        for number, cells in enumerate(csv.reader(text.splitlines())):
            if number > MAX_ROWS:
                raise UnreadableError(f"The CSV has more than {MAX_ROWS:,} rows.")
            if set(cells) >= _TOTALS:
                header = cells
            elif cells and header:
                yield dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise UnreadableError(f"This is not CSV: {error}.") from error


def _is_total(row: Row) -> bool:
    return row.get("Name") in {"Aggregated", "Total"}


def _totals(row: Row) -> Load:
    requests, rps = count_of(_first(row, _REQUESTS)), number_of(_first(row, ("Requests/s", "requests/s")))
    return Load(
        duration_s=requests / rps if rps else None,  # there is no time in this file
        requests=requests,
        rps=rps,
        errors=count_of(_first(row, _FAILURES)),
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
    return Load(
        duration_s=over_time.duration_s or load.duration_s, requests=load.requests, rps=load.rps, errors=load.errors,
        peak_users=over_time.peak_users, percentiles=load.percentiles, observed_at=over_time.observed_at, hint=load.hint,
    )  # fmt: skip


def _of_history(history: Sequence[Row]) -> Load:
    """Its percentiles are those of the last ten seconds, which say nothing of the run."""
    times = sorted(time for row in history if (time := number_of(row["Timestamp"])) is not None)
    last = history[-1]
    return Load(
        duration_s=times[-1] - times[0] if len(times) > 1 else None,
        requests=max(count_of(row.get("Total Request Count")) for row in history),
        errors=max(count_of(row.get("Total Failure Count")) for row in history),
        peak_users=max(count_of(row.get("User Count")) for row in history),
        percentiles={50: number_of(last.get("Total Median Response Time"))},
        observed_at=moment_of(times[-1]) if times else None,
        hint=f"{NO_TOTALS}.",
    )


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
