"""k6: what `handleSummary` is given, written as JSON. `http_req_failed` is a rate, and its `passes` counts the failures.

`--summary-export` writes the same metrics without `values`, drops how long it ran, and says `true` for a threshold that was NOT
kept. p99 is left out unless `summaryTrendStats` asks for it. The machine-readable summary (schema 1.0.0, since k6 1.5 with
`--new-machine-readable-summary`) has a list of metrics, counts failures as `matches`, and has no place for p99 at all.
https://github.com/grafana/k6-summary
"""

from collections.abc import Mapping
from typing import Any

from readiness.assessments.formats._load import Load
from readiness.assessments.formats.contract import (
    Artifact,
    count_of,
    entries_of,
    fields_of,
    moment_of,
    number_of,
    shortened,
    text_of,
)

HINT = "Ask for it in the script: summaryTrendStats: ['p(50)', 'p(95)', 'p(99)']."
NO_P99 = "k6's machine-readable summary has none; send the classic one (--new-machine-readable-summary=false)."
_EXPECTED, _ALL = "http_req_duration{expected_response:true}", "http_req_duration"


def is_summary(artifact: Artifact) -> bool:
    metrics = fields_of(fields_of(artifact.json_or_none).get("metrics"))
    return "http_reqs" in metrics or "http_req_duration" in metrics


def is_machine_readable(artifact: Artifact) -> bool:
    summary = fields_of(artifact.json_or_none)
    return isinstance(fields_of(summary.get("results")).get("metrics"), list) and "config" in summary


def read_summary(artifact: Artifact) -> Load:
    summary = fields_of(artifact.json)
    metrics = {name: fields_of(metric) for name, metric in fields_of(summary.get("metrics")).items()}
    milliseconds = number_of(fields_of(summary.get("state")).get("testRunDurationMs"))
    requests, rate = _value(metrics, "http_reqs", "count"), _value(metrics, "http_reqs", "rate")
    counted = requests / rate if requests and rate else None
    return _load(
        metrics,
        duration_s=milliseconds / 1000 if milliseconds is not None else counted,
        rps=rate,
        failed_thresholds=tuple(_failed_thresholds(metrics)),
        hint=HINT,
    )


def read_machine_readable(artifact: Artifact) -> Load:
    summary = fields_of(artifact.json)
    config, metadata = (fields_of(summary.get(name)) for name in ("config", "metadata"))
    listed = [fields_of(metric) for metric in entries_of(fields_of(summary["results"]).get("metrics"))]
    return _load(
        {text_of(metric.get("name")): metric for metric in listed},
        duration_s=number_of(config.get("duration")),
        observed_at=moment_of(text_of(metadata.get("generatedAt"))),
        hint=f"{NO_P99} {HINT}",
    )


def _load(metrics: Mapping[str, Mapping[str, Any]], **rest: Any) -> Load:
    requests = _value(metrics, "http_reqs", "count")
    users = [_value(metrics, name, which) for name, which in (("vus_max", "max"), ("vus_max", "value"), ("vus", "max"))]
    return Load(
        requests=None if requests is None else int(requests),
        errors=_errors(metrics, requests),
        peak_users=next((int(number) for number in users if number is not None), None),
        percentiles={50: _median(metrics), 95: _percentile(metrics, 95), 99: _percentile(metrics, 99)},
        times_of_all=_EXPECTED not in metrics,
        **rest,
    )


def _errors(metrics: Mapping[str, Mapping[str, Any]], requests: float | None) -> int | None:
    """`passes` and `matches` count how often it was true that a request failed."""
    counts = [_value(metrics, "http_req_failed", name) for name in ("passes", "matches")]
    if (count := next((number for number in counts if number is not None), None)) is not None:
        return count_of(count)
    shares = [_value(metrics, "http_req_failed", name) for name in ("rate", "value")]
    share = next((number for number in shares if number is not None), None)
    return round(share * requests) if share is not None and requests is not None else None


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
