"""Artillery 2 exits with success and counts no failed user while a third of the answers are 5xx: failures are what did not answer
below 400. Its overall percentiles include the quick failures, so those of the good answers are taken.
"""

from collections.abc import Mapping

from readiness.assessments.formats._load import PERCENTILES, Load
from readiness.assessments.formats.contract import (
    Artifact,
    UnreadableError,
    count_of,
    fields_of,
    moment_of,
    number_of,
    shortened,
)

_CODES, _ERRORS, _GOOD = "http.codes.", "errors.", "http.response_time.2xx"


def is_report(artifact: Artifact) -> bool:
    aggregate = fields_of(artifact.json_or_none).get("aggregate")
    return isinstance(aggregate, dict) and ("counters" in aggregate or {"codes", "latency"} <= aggregate.keys())


def read_report(artifact: Artifact) -> Load:
    aggregate = fields_of(fields_of(artifact.json).get("aggregate"))
    counters = {name: count_of(count) for name, count in fields_of(aggregate.get("counters")).items()}
    if not counters:
        raise UnreadableError("This is a report of Artillery 1, or an empty one; Artillery 2 is read.")
    requests = counters.get("http.requests", 0)
    codes = {name.removeprefix(_CODES): count for name, count in counters.items() if name.startswith(_CODES)}
    good = sum(count for code, count in codes.items() if code < "4")
    summary = fields_of(fields_of(aggregate.get("summaries")).get(_GOOD))
    begun, ended = (number_of(aggregate.get(name)) for name in ("firstMetricAt", "lastMetricAt"))
    return Load(
        duration_s=(ended - begun) / 1000 if begun is not None and ended is not None else None,
        requests=requests,
        errors=max(0, requests - good),
        percentiles={p: number_of(summary.get(f"p{p}")) for p in PERCENTILES},
        bad_codes=_bad(codes, counters),
        observed_at=moment_of(ended) if ended else None,
        hint="No request was answered with a 2xx." if not summary else "",
    )


def _bad(codes: Mapping[str, int], counters: Mapping[str, int]) -> dict[str, int]:
    broken = {shortened(n.removeprefix(_ERRORS), 40): count for n, count in counters.items() if n.startswith(_ERRORS)}
    return {shortened(code, 40): count for code, count in codes.items() if code >= "4"} | broken
