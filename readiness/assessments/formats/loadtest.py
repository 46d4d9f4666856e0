"""Load tests: long enough, at the peak, inside the latency budget, and with few errors.

Passes when every figure that is asked for is in the report and keeps its limit. Each tool has a reader of its own (`_locust`,
`_artillery`, `_k6`) that brings its report to the same figures; they say what is odd about the tool.
https://docs.locust.io/en/stable/retrieving-stats.html · https://www.artillery.io/docs/reference/reported-metrics ·
https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/
"""

from collections.abc import Callable, Mapping

from readiness.assessments.formats import _artillery, _k6, _locust
from readiness.assessments.formats._load import PERCENTILES, Load, LoadReading
from readiness.assessments.formats.contract import Artifact, Params, UnreadableError, Verdict, joined
from readiness.assessments.outcome import Level, Outcome, unknown


class LoadParams(Params):
    """What is not given is not asked; when nothing is, `DEFAULTS` are."""

    min_duration_s: float | None = None
    min_requests: int | None = None
    required_percentiles: tuple[int, ...] = ()
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_error_rate: float | None = None
    peak_rps: float | None = None
    peak_users: int | None = None


MANY_FAILED = 0.05
"""Above this share of failed answers, percentiles that count them too say nothing of the good ones."""
DEFAULTS = LoadParams(min_duration_s=900, min_requests=1000, required_percentiles=PERCENTILES, max_error_rate=0.01)
READERS: Mapping[str, tuple[Callable[[Artifact], bool], Callable[[Artifact], Load]]] = {
    "Locust": (_locust.is_csv, _locust.read_csv),
    "Locust (JSON)": (_locust.is_json, _locust.read_json),
    "Artillery": (_artillery.is_report, _artillery.read_report),
    "k6": (_k6.is_summary, _k6.read_summary),
    "k6 (machine-readable)": (_k6.is_machine_readable, _k6.read_machine_readable),
}


def detect(artifact: Artifact) -> bool:
    return any(is_its(artifact) for is_its, _ in READERS.values())


def read(artifact: Artifact) -> LoadReading:
    for tool, (is_its, read_its) in READERS.items():
        if is_its(artifact):
            return read_its(artifact).as_reading(tool)
    if artifact.looks_like_json:
        artifact.json  # noqa: B018 - says where broken JSON breaks
    raise UnreadableError("This is no load test report of Locust (CSV or JSON), Artillery or k6 (a summary).")


def judge(reading: LoadReading, params: LoadParams) -> Outcome:
    verdict = Verdict()
    load = reading.load
    if not load.requests:
        return unknown("The report counts no request: nothing ran.", reading.figures)
    for name in load.failed_thresholds:
        verdict.note("threshold", f"The tool's own threshold {name} was not kept.", level=Level.WARNING)
    _duration(verdict, load, params)
    _at_least(verdict, "It made {} requests", load.requests, params.min_requests)
    limits = {50: params.p50_ms, 95: params.p95_ms, 99: params.p99_ms}
    for percentile in dict.fromkeys(
        [*params.required_percentiles, *(p for p, limit in limits.items() if limit is not None)]
    ):
        _percentile(verdict, load, percentile, limits.get(percentile))
    _failures_in_times(verdict, load, params)
    _errors(verdict, load, params.max_error_rate)
    return verdict.outcome(_good(load, params), reading)


def _duration(verdict: Verdict, load: Load, params: LoadParams) -> None:
    """Long enough at the peak where the report follows the load; else long enough, and on the average at the peak."""
    asks_peak = params.peak_rps is not None or params.peak_users is not None
    at_peak = load.seconds_at(params.peak_rps, params.peak_users) if asks_peak else None
    if at_peak is None or params.min_duration_s is None:
        _at_least(verdict, "It ran {} s", load.duration_s, params.min_duration_s)
        _at_least(verdict, "It reached {} requests per second", load.reached_rps, params.peak_rps)
    else:
        _at_least(verdict, f"It was at the peak of {_peak(params)} for {{}} s", at_peak, params.min_duration_s)
    _at_least(verdict, "It reached {} users", load.peak_users, params.peak_users)


def _peak(params: LoadParams) -> str:
    said = [(params.peak_rps, "requests per second"), (params.peak_users, "users")]
    return " and ".join(f"{_said(number)} {what}" for number, what in said if number is not None)


def _at_least(verdict: Verdict, sentence: str, seen: float | None, least: float | None) -> None:
    if least is None:
        return
    if seen is None:
        verdict.unclear.append(f"The report does not say this: “{sentence.format('…')}”.")
    elif seen < least:
        verdict.fail("too-little", f"{sentence.format(_said(seen))}; at least {_said(least)} are asked for.")


def _percentile(verdict: Verdict, load: Load, percentile: int, limit: float | None) -> None:
    seen = load.percentiles.get(percentile)
    if seen is None:
        verdict.unclear.append(f"The report has no p{percentile}. {load.hint}".strip())
    elif limit is not None and seen > limit:
        verdict.fail("too-slow", f"p{percentile} is {_said(seen)} ms, above the budget of {_said(limit)} ms.")


def _failures_in_times(verdict: Verdict, load: Load, params: LoadParams) -> None:
    asks_times = params.required_percentiles or params.p50_ms or params.p95_ms or params.p99_ms
    rate = load.error_rate or 0
    if asks_times and load.times_of_all and rate > max(MANY_FAILED, params.max_error_rate or 0):
        verdict.unclear.append(
            f"{rate:.1%} of the answers failed and count in the percentiles: they don't show the good ones."
        )


def _errors(verdict: Verdict, load: Load, limit: float | None) -> None:
    if limit is None:
        return
    rate = load.error_rate
    if rate is None:
        verdict.unclear.append("The report does not say how many requests failed.")
    elif rate > limit:
        codes = ", ".join(f"{count:,} × {code}" for code, count in sorted(load.bad_codes.items())[:6])
        verdict.fail(
            "too-many-errors",
            f"{rate:.1%} of the requests failed, above the limit of {limit:.1%}.{f' {codes}.' if codes else ''}",
        )


def _good(load: Load, params: LoadParams) -> str:
    parts = []
    if params.min_duration_s is not None or params.min_requests is not None:
        parts.append(f"{load.requests or 0:,} requests in {_said(load.duration_s or 0)} s")
    if params.required_percentiles or params.p95_ms or params.p99_ms or params.p50_ms:
        parts.append(", ".join(f"p{p} {_said(ms)} ms" for p, ms in sorted(load.percentiles.items()) if ms is not None))
    if params.max_error_rate is not None:
        parts.append(f"{load.error_rate or 0:.2%} errors")
    return joined([f"{'; '.join(parts) or 'Every figure keeps its limit'}."])


def _said(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.3g}"


def lacks(params: LoadParams) -> str:
    """A budget that nobody declared can't be kept."""
    if params.required_percentiles and params.p95_ms is None and params.p99_ms is None:
        return "No latency budget is declared for this service, so nothing says whether these are inside it."
    if params.min_duration_s is not None and params.peak_rps is None and params.peak_users is None:
        return "No expected peak is declared for this service, so the report can't show that it ran at the peak."
    return ""
