"""Does a query watch what users feel: the share of requests that fail, or how slow the slowest hundredth is?

Read from the query itself, with recording rules replaced by what they record, never from an alert's name.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from readiness.assessments.outcome import UnreadableError
from readiness.assessments.promql.queries import Matcher, Reading, Selector, read


class Symptom(StrEnum):
    ERROR_RATE = "error_rate"
    LATENCY_P99 = "latency_p99"


# What machines and runtimes say about themselves is a cause, not a symptom.
CAUSES = re.compile(r"^(?:node|container|kube|kubelet|process|go|jvm|python|machine|scrape|prometheus|alertmanager)_")
ERRORS = re.compile(r"(?:^|[_:])(?:errors?|failures?|failed|exceptions?|5xx|http_?5xx|unavailable)(?:[_:]|\d|$)")
LATENCY = re.compile(
    r"latency|duration|elapsed|response_?time|request_?time|(?:^|_)(?:seconds|milliseconds|millis|ms)(?:_|:|$)"
)
P99 = re.compile(r"(?:^|[_:])(?:p99\d*|99(?:th)?_?(?:percentile|quantile)|(?:percentile|quantile)_?99\d*)(?:[_:]|$)")
STATUS_LABEL = re.compile(r"^(?:\w+_)?(?:code|status|status_code|statuscode|status_class|response_flags)$")
RESULT_LABELS = {"outcome", "result", "success", "error", "status", "state", "error_type", "exception"}
SERVER_ERROR = re.compile(r"^[\^(]*(?:\[\d?[-45]*5\d?\]|5)(?:\.|x|\\d|\[|\d\d|$)", re.IGNORECASE)
SUCCESS = re.compile(
    r"^[\^(]*(?:\[[1-4-]+\]|[1-4])(?:\.|x|\\d|\[|\d\d)|^(?:ok|success|true|successful)$", re.IGNORECASE
)
FAILED_RESULT = re.compile(r"err|fail|false|exception|unavailable|internal|timeout|^true$|^\.\+$", re.IGNORECASE)
RATES = {"rate", "irate", "increase"}
DEEPEST_RECORDING = 8


def symptoms(query: str, recordings: Mapping[str, Sequence[str]]) -> set[Symptom]:
    """`recordings`: recorded name → the queries that record it. Raises UnreadableError when the query can't be read."""
    readings = [read(query), *_recorded(read(query), recordings, frozenset(), DEEPEST_RECORDING)]
    found = set()
    if any(_is_error_rate(reading) for reading in readings):
        found.add(Symptom.ERROR_RATE)
    if any(_is_latency_p99(reading) for reading in readings) or _is_slow_share(readings):
        found.add(Symptom.LATENCY_P99)
    return found


def _recorded(
    reading: Reading, recordings: Mapping[str, Sequence[str]], seen: frozenset[str], depth: int
) -> list[Reading]:
    # A name may be recorded from itself or in a circle; each is opened once, and not without end.
    found: list[Reading] = []
    for name in {selector.metric for selector in reading.selectors} - seen:
        for query in recordings.get(name, ())[:20] if depth else ():
            try:
                inner = read(query)
            except UnreadableError:
                continue
            found += [inner, *_recorded(inner, recordings, seen | {name}, depth - 1)]
            if len(found) > 200:
                return found
    return found


def _is_error_rate(reading: Reading) -> bool:
    counts_errors = [selector for selector in reading.selectors if _counts_errors(selector)]
    is_rate = reading.functions & RATES
    # A ratio recorded elsewhere (a federated one) has no definition here; its name says what it is.
    return any(is_rate or re.search(r"ratio|rate|:", selector.metric) for selector in counts_errors)


def _counts_errors(selector: Selector) -> bool:
    metric = selector.metric.lower()
    if CAUSES.search(metric):
        return False
    return bool(ERRORS.search(metric)) or any(is_error_matcher(matcher) for matcher in selector.matchers)


def is_error_matcher(matcher: Matcher) -> bool:
    """`code=~"5.."`, `status!~"2.."`, `outcome="failure"`: keeps only what failed."""
    label, value = matcher.label.lower(), matcher.value[:200]
    if matcher.operator in {"=", "=~"}:
        is_status = bool(STATUS_LABEL.match(label)) and any(SERVER_ERROR.match(part) for part in value.split("|"))
        is_failed = label in RESULT_LABELS | {"grpc_code", "code"} and bool(FAILED_RESULT.search(value))
        return is_status or (is_failed and (label, value.lower()) != ("success", "true"))
    named = STATUS_LABEL.match(label) or label in RESULT_LABELS
    return bool(named) and (value == "" or any(SUCCESS.match(part) for part in value.split("|")))


def _is_latency_p99(reading: Reading) -> bool:
    for selector in reading.selectors:
        metric = selector.metric.lower()
        if CAUSES.search(metric):
            continue
        if P99.search(metric) and not ERRORS.search(metric):
            return True
        quantiles = [*reading.quantiles, *_summary_quantiles(selector)]
        if LATENCY.search(metric) and any(0.99 <= quantile <= 1 for quantile in quantiles):
            return True
    return False


def _summary_quantiles(selector: Selector) -> list[float]:
    values = [matcher.value for matcher in selector.matchers if matcher.label == "quantile" and matcher.operator == "="]
    return [float(value) for value in values if re.fullmatch(r"[01](?:\.\d{1,9})?", value)]


def _is_slow_share(readings: Sequence[Reading]) -> bool:
    """More than a hundredth slower than a bucket's bound: the same promise as a p99, written without a quantile."""
    has_bound = any(
        reading.has_division
        and LATENCY.search(selector.metric.lower())
        and any(item.label == "le" for item in selector.matchers)
        for reading in readings
        for selector in reading.selectors
    )
    return has_bound and any(
        0 < number <= 0.01 or 0.99 <= number < 1 for reading in readings for number in reading.numbers
    )
