"""k6: what `handleSummary` is given, written as JSON. `http_req_failed` is a rate, and its `passes` counts the failures.

`--summary-export` writes the same metrics without `values`, drops how long it ran, and says `true` for a threshold that was NOT
kept. p99 is left out unless `summaryTrendStats` asks for it.
"""

from collections.abc import Mapping
from typing import Any

from readiness.assessments.formats._load import Load
from readiness.assessments.formats.contract import Artifact, count_of, fields_of, number_of, shortened

HINT = "Ask for it in the script: summaryTrendStats: ['p(50)', 'p(95)', 'p(99)']."
_EXPECTED, _ALL = "http_req_duration{expected_response:true}", "http_req_duration"


def is_summary(artifact: Artifact) -> bool:
    metrics = fields_of(fields_of(artifact.json_or_none).get("metrics"))
    return "http_reqs" in metrics or "http_req_duration" in metrics


def read_summary(artifact: Artifact) -> Load:
    summary = fields_of(artifact.json)
    metrics = {name: fields_of(metric) for name, metric in fields_of(summary.get("metrics")).items()}
    requests, rate = _value(metrics, "http_reqs", "count"), _value(metrics, "http_reqs", "rate")
    milliseconds = number_of(fields_of(summary.get("state")).get("testRunDurationMs"))
    counted = requests / rate if requests and rate else None
    failed = _values(metrics, "http_req_failed").get("passes")
    users = [_value(metrics, name, which) for name, which in (("vus_max", "max"), ("vus_max", "value"), ("vus", "max"))]
    return Load(
        duration_s=milliseconds / 1000 if milliseconds is not None else counted,
        requests=None if requests is None else int(requests),
        rps=rate,
        errors=None if number_of(failed) is None else count_of(failed),
        peak_users=next((int(number) for number in users if number is not None), None),
        percentiles={50: _median(metrics), 95: _percentile(metrics, 95), 99: _percentile(metrics, 99)},
        failed_thresholds=tuple(_failed_thresholds(metrics)),
        hint=HINT,
    )


def _values(metrics: Mapping[str, Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    metric = metrics.get(name, {})
    return fields_of(metric["values"]) if "values" in metric else metric


def _value(metrics: Mapping[str, Mapping[str, Any]], name: str, which: str) -> float | None:
    return number_of(_values(metrics, name).get(which))


def _percentile(metrics: Mapping[str, Mapping[str, Any]], percentile: int) -> float | None:
    """Of the answers that were expected where the summary has them: quick failures make percentiles look splendid."""
    name = f"p({percentile})"
    found = [_value(metrics, metric, name) for metric in (_EXPECTED, _ALL)]
    return next((number for number in found if number is not None), None)


def _median(metrics: Mapping[str, Mapping[str, Any]]) -> float | None:
    exact = _percentile(metrics, 50)
    meds = [exact, *(_value(metrics, metric, "med") for metric in (_EXPECTED, _ALL))]
    return next((number for number in meds if number is not None), None)


def _failed_thresholds(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    failed = []
    for name, metric in metrics.items():
        for threshold, said in fields_of(metric.get("thresholds")).items():
            if said is True or fields_of(said).get("ok") is False:
                failed.append(shortened(f"{name}: {threshold}", 120))
    return failed[:50]
