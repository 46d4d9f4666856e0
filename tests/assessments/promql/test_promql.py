import time
from contextlib import suppress

import pytest
from hypothesis import given, strategies as some

from readiness.assessments.outcome import UnreadableError
from readiness.assessments.promql.queries import Matcher, matchers, read
from readiness.assessments.promql.symptoms import Symptom, is_error_matcher, symptoms

ERRORS, P99 = {Symptom.ERROR_RATE}, {Symptom.LATENCY_P99}
RECORDINGS = {
    "job:errors:ratio5m": ['sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))'],
    "job:slowness": ["histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"],
    "job:through": ["job:slowness * 1000"],
    "job:circle": ["job:round"],
    "job:round": ["job:circle"],
    "job:garbage": ["((("],
}


def test_selectors_quantiles_and_numbers_are_read() -> None:
    reading = read('histogram_quantile(0.99, sum by (le) (rate(a_bucket{job="x",le!="1"}[5m] offset 1h))) / b > 0.5')
    assert [str(selector) for selector in reading.selectors] == [
        '{__name__="b"}',
        '{__name__="a_bucket",job="x",le!="1"}',
    ]
    assert reading.quantiles == (0.99,)
    assert reading.has_division
    assert reading.functions == {"histogram_quantile", "rate"}
    assert 0.5 in reading.numbers


def test_what_is_meant_to_be_missing_is_left_out() -> None:
    assert read('absent(up{job="x"}) or absent_over_time(y[5m])').selectors == ()
    optional = {selector.name: selector.is_optional for selector in read("a or b unless c and d").selectors}
    assert optional == {"a": True, "b": True, "c": True, "d": True}
    assert [selector.is_optional for selector in read("a unless b").selectors] == [True, False]


def test_a_matcher_is_written_so_that_prometheus_reads_the_same() -> None:
    query = 'a{path="C:\\\\x \\"y\\"\\n"}'
    [selector] = read(query).selectors
    assert read(str(selector)).selectors[0].matchers[-1] == selector.matchers[0]


@pytest.mark.parametrize(
    "query", ["", "(((", "a{b=~'('}", "no_such_function(a)", "(" * 30_000, "-" * 9000 + "a", "-" * 7000, "^a" * 2000]
)
def test_what_cannot_be_read_is_said_in_a_moment(query: str) -> None:
    start = time.perf_counter()
    with pytest.raises(UnreadableError):
        read(query)
    assert time.perf_counter() - start < 1


def test_the_deepest_query_that_is_accepted_is_quick() -> None:
    start = time.perf_counter()
    read("(" * 60 + "-" * 290 + "a" + ")" * 60)
    assert time.perf_counter() - start < 1


@given(some.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UnreadableError):
        assert read(text).selectors is not None


def test_labels_are_read() -> None:
    assert matchers('{service="checkout",team!~"a|b"}') == (
        Matcher("service", "=", "checkout"),
        Matcher("team", "!~", "a|b"),
    )
    with pytest.raises(UnreadableError, match="Write labels in braces"):
        matchers("1 + 1")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.01', ERRORS),
        ('sum(rate(http_requests_total{status!~"[1-4].."}[5m])) > 1', ERRORS),
        ('rate(requests_total{status="500"}[1m]) > 0', ERRORS),
        ('rate(http_server_requests_seconds_count{outcome="SERVER_ERROR"}[1m]) > 0', ERRORS),
        ('rate(grpc_server_handled_total{grpc_code!="OK"}[1m]) > 0', ERRORS),
        ('rate(grpc_server_handled_total{grpc_code=~"Unavailable|Internal"}[1m]) > 0', ERRORS),
        ("increase(payment_errors_total[10m]) > 5", ERRORS),
        ('rate(jobs_total{result="failed"}[5m]) > 0', ERRORS),
        ('rate(jobs_total{success="true"}[5m]) > 0', set()),
        ("job:errors:ratio5m > 0.01", ERRORS),
        ("shop:request_errors:ratio_rate5m > 0.01", ERRORS),
        ('rate(http_requests_total{code=~"4.."}[5m]) > 1', set()),
        ('rate(http_requests_total{code=~"2.."}[5m]) > 1', set()),
        ("http_requests_total > 5", set()),
        ("rate(node_network_receive_errors_total[5m]) > 0", set()),
        ('1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m])) > 0.9', set()),
        ("histogram_quantile(0.99, rate(http_request_duration_seconds_bucket[5m])) > 0.5", P99),
        ("histogram_quantile((0.999), rate(request_latency_ms_bucket[5m])) > 500", P99),
        ("histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m])) > 0.5", set()),
        ("histogram_quantile(0.99, rate(queue_length_bucket[5m])) > 5", set()),
        ('http_request_duration_seconds{quantile="0.99"} > 0.5', P99),
        ('http_request_duration_seconds{quantile="0.5"} > 0.5', set()),
        ('go_gc_duration_seconds{quantile="1"} > 0.5', set()),
        ("shop:request_latency:p99 > 0.5", P99),
        ("job:slowness > 0.5", P99),
        ("job:through > 500", P99),
        (
            'sum(rate(request_duration_seconds_bucket{le="0.5"}[5m])) / sum(rate(request_duration_seconds_count[5m])) < 0.99',
            P99,
        ),
        (
            'sum(rate(request_duration_seconds_bucket{le="0.5"}[5m])) / sum(rate(request_duration_seconds_count[5m])) < 0.5',
            set(),
        ),
        ("job:circle > 1", set()),
        ("job:garbage > 1", set()),
        ("up == 0", set()),
    ],
)
def test_symptoms(query: str, found: set[Symptom]) -> None:
    assert symptoms(query, RECORDINGS) == found


@pytest.mark.parametrize(
    ("label", "operator", "value", "is_error"),
    [
        ("code", "=~", "5..", True),
        ("code", "=~", "^5..$", True),
        ("code", "=~", "(5..)", True),
        ("code", "=~", "5xx", True),
        ("code", "=", "503", True),
        ("code", "=~", "[45]..", True),
        ("code", "=~", "4..|5..", True),
        ("code", "=~", "4..", False),
        ("code", "=", "200", False),
        ("code", "!~", "2..", True),
        ("code", "!=", "200", True),
        ("code", "!~", "5..", False),
        ("http_response_status_code", "=~", "5..", True),
        ("outcome", "=", "failure", True),
        ("success", "=", "false", True),
        ("success", "=", "true", False),
        ("success", "!=", "true", True),
        ("job", "=", "errors", False),
        ("exception", "!=", "", True),
    ],
)
def test_matchers_that_keep_only_failures(label: str, operator: str, value: str, is_error: bool) -> None:
    assert is_error_matcher(Matcher(label, operator, value)) is is_error
