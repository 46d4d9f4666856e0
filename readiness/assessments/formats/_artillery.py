"""Artillery 2 exits with success and counts no failed user while a third of the answers are 5xx: failures are what did not answer
below 400. Its overall percentiles include the quick failures, so those of the good answers are taken.

Artillery 1 says the same in other names, and has only the percentiles of all answers.
https://www.artillery.io/docs/reference/reported-metrics
"""

from collections.abc import Iterator, Mapping
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
    shortened,
    text_of,
)

MAX_PERIODS = 20_000
_CODES, _ERRORS, _ALL, _GOOD = "http.codes.", "errors.", "http.response_time", "http.response_time.2xx"
_PERIOD_S = 10
_OLD = "This version of Artillery does not measure the good answers by themselves; 2.0 does."


def is_report(artifact: Artifact) -> bool:
    aggregate = fields_of(artifact.json_or_none).get("aggregate")
    return isinstance(aggregate, dict) and ("counters" in aggregate or {"codes", "latency"} <= aggregate.keys())


def read_report(artifact: Artifact) -> Load:
    report = fields_of(artifact.json)
    aggregate = fields_of(report.get("aggregate"))
    if counters := _counts(aggregate.get("counters")):
        return _version_2(report, aggregate, counters)
    if "codes" in aggregate:
        return _version_1(aggregate)
    raise UnreadableError("This report of Artillery counts nothing: nothing ran.")


def _counts(value: object) -> dict[str, int]:
    return {name: count_of(count) for name, count in fields_of(value).items()}


def _version_2(report: Mapping[str, Any], aggregate: Mapping[str, Any], counters: Mapping[str, int]) -> Load:
    requests = counters.get("http.requests", 0)
    codes = {name.removeprefix(_CODES): count for name, count in counters.items() if name.startswith(_CODES)}
    good = sum(count for code, count in codes.items() if code < "4")
    summaries = fields_of(aggregate.get("summaries")) or fields_of(aggregate.get("histograms"))
    has_own = any(name.startswith(f"{_ALL}.") for name in summaries)
    begun, ended = (number_of(aggregate.get(name)) for name in ("firstMetricAt", "lastMetricAt"))
    return Load(
        duration_s=(ended - begun) / 1000 if begun is not None and ended is not None else None,
        requests=requests,
        errors=max(0, requests - good),
        percentiles=_percentiles(fields_of(summaries.get(_GOOD if has_own else _ALL))),
        bad_codes=_bad(codes, {n.removeprefix(_ERRORS): c for n, c in counters.items() if n.startswith(_ERRORS)}),
        observed_at=moment_of(ended) if ended else None,
        hint="" if _GOOD in summaries else "No request was answered with a 2xx." if has_own else _OLD,
        times_of_all=not has_own,
        steps=tuple(_steps(report)),
    )


def _steps(report: Mapping[str, Any]) -> Iterator[Step]:
    """One for each ten seconds. `rates` are of the busiest second, so that the requests are counted."""
    for period in map(fields_of, entries_of(report.get("intermediate"))[:MAX_PERIODS]):
        requests = count_of(fields_of(period.get("counters")).get("http.requests"))
        if requests:
            yield Step(_PERIOD_S, requests / _PERIOD_S)


def _version_1(aggregate: Mapping[str, Any]) -> Load:
    codes = _counts(aggregate.get("codes"))
    broken = _counts(aggregate.get("errors"))
    rate = fields_of(aggregate.get("rps"))
    requests = count_of(rate.get("count")) or sum(codes.values()) + sum(broken.values())
    mean = number_of(rate.get("mean"))
    return Load(
        duration_s=requests / mean if mean else None,  # there is no other time of the whole run
        requests=requests,
        rps=mean,
        errors=max(0, requests - sum(count for code, count in codes.items() if code < "4")),
        percentiles=_percentiles(fields_of(aggregate.get("latency"))),
        bad_codes=_bad(codes, broken),
        observed_at=moment_of(text_of(aggregate.get("timestamp"))),
        hint=_OLD,
        times_of_all=True,
    )


def _percentiles(summary: Mapping[str, Any]) -> dict[int, float | None]:
    named = {p: number_of(summary.get(f"p{p}")) for p in PERCENTILES}
    return named | {50: number_of(summary.get("median")) if named[50] is None else named[50]}


def _bad(codes: Mapping[str, int], broken: Mapping[str, int]) -> dict[str, int]:
    failed = {code: count for code, count in codes.items() if code >= "4"} | dict(broken)
    return {shortened(name, 40): count for name, count in failed.items()}
