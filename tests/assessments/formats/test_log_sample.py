import json
from typing import Any

import pytest

from tests.assessments.formats.reports import judged, log, told

FIELDS: dict[str, Any] = {
    "min_lines": 200,
    "min_json_share": 0.99,
    "required_fields": ["request_id", "duration_ms", "status"],
}
LEVELS: dict[str, Any] = {"min_lines": 200, "forbidden_levels": ["debug", "trace"]}
FAILURES: dict[str, Any] = {"min_lines": 200, "failures_log_errors": True}
FAILED = {"level": "info", "request_id": "f1", "duration_ms": 3, "status": 503}


def test_a_good_sample_passes_each_criterion() -> None:
    assert judged(log(), **FIELDS).result == "pass"
    assert judged(log(), **LEVELS).result == "pass"


def test_fewer_lines_than_asked_for_are_no_sample() -> None:
    assert judged(log(good=199), **FIELDS).result == "unknown"
    assert judged(log(good=199), **LEVELS).result == "unknown"


@pytest.mark.parametrize(("broken", "result"), [(2, "pass"), (3, "fail")])
def test_ninety_nine_of_a_hundred_lines_are_json(broken: int, result: str) -> None:
    assert judged(log(*["Starting server …"] * broken, good=200), **FIELDS).result == result


def test_a_share_just_below_is_not_rounded_up_to_what_is_asked() -> None:
    outcome = judged(log("Starting server …", "Started", "Ready", good=249), **FIELDS)
    assert "249 of 252 lines are JSON; at least 99% are asked for." in outcome.reason


@pytest.mark.parametrize("change", [{"duration_ms": "12 ms"}, {"request_id": ""}, {"status": None, "method": "GET"}])
def test_request_lines_need_their_fields(change: dict[str, Any]) -> None:
    bad = [{"level": "info", "request_id": "x", "duration_ms": 1, "status": 200} | change] * 10
    outcome = judged(log(*bad), **FIELDS)
    assert outcome.result == "fail"
    assert outcome.findings[0].where.startswith("lines 201, 202")


@pytest.mark.parametrize(
    "line",
    [
        {"severity": "INFO", "trace_id": "a", "latency": 3, "http": {"status_code": 200}},
        {"level": 30, "reqId": "a", "responseTime": 3, "res": {"statusCode": 200}},
        {"log.level": "info", "http.request.id": "a", "event.duration": 3, "http.response.status_code": 200},
    ],
)
def test_other_names_of_the_same_fields_are_known(line: dict[str, Any]) -> None:
    assert judged(log(*[line] * 200, good=0), **FIELDS).result == "pass"


@pytest.mark.parametrize(
    "frame",
    [
        "2026-03-01T10:00:00.123456789Z stdout F {}",  # CRI: /var/log/containers
        "2026-03-01T10:00:00.1+01:00 stderr F {}",
        "shop-web-1  | {}",  # docker compose logs
    ],
)
def test_what_a_runtime_puts_around_a_line_is_taken_off(frame: str) -> None:
    content = "\n".join(frame.format(line) for line in log().decode().splitlines()).encode()
    assert told(content).kind == "log_sample"
    assert judged(content, **FIELDS).result == "pass"


def test_dockers_own_files_hold_the_line_in_a_field() -> None:
    lines = [
        json.dumps({"log": f"{line}\n", "stream": "stdout", "time": "2026-03-01T10:00:00Z"})
        for line in log({"level": "debug"}).decode().splitlines()
    ]
    content = "\n".join(lines).encode()
    assert judged(content, **FIELDS).result == "pass"
    assert judged(content, **LEVELS).result == "fail"
    words = json.dumps({"log": "Starting …\n", "stream": "stdout", "time": "2026-03-01T10:00:00Z"})
    assert judged("\n".join([words] * 20 + lines).encode(), **FIELDS).result == "fail"


def test_lines_of_other_things_need_no_request_fields() -> None:
    assert judged(log(*[{"level": "info", "message": "Cache warmed."}] * 500), **FIELDS).result == "pass"


def test_errors_say_what_failed() -> None:
    assert judged(log({"level": "error", "request_id": "x"}), **FIELDS).result == "fail"
    assert judged(log({"level": "error", "error": {"type": "Timeout"}}), **FIELDS).result == "pass"


@pytest.mark.parametrize(
    "line", [{"level": "DEBUG"}, {"severity": "trace"}, {"level": 10}, {"lvl": "dbg"}, {"level": "FINEST"}]
)
def test_a_single_line_of_a_forbidden_level_fails(line: dict[str, Any]) -> None:
    assert judged(log(line), **LEVELS).result == "fail"


def test_lines_without_levels_can_not_show_them() -> None:
    assert judged(log(*[{"message": "x", "status": 200}] * 200, good=0), **LEVELS).result == "unknown"


def test_each_failed_request_logged_an_error() -> None:
    assert judged(log(FAILED), **FAILURES).result == "fail"
    assert judged(log(FAILED, {"level": "error", "request_id": "f1", "error": "down"}), **FAILURES).result == "pass"
    assert judged(log(FAILED | {"level": "error"}), **FAILURES).result == "pass"


def test_a_sample_without_failures_does_not_show_that_they_are_logged() -> None:
    outcome = judged(log(), **FAILURES)
    assert outcome.result == "unknown"
    assert "send a few on purpose" in outcome.reason


def test_the_sample_is_as_old_as_its_last_line_and_is_never_repeated() -> None:
    outcome = told(log("password=hunter2", *["secret"] * 20)).outcome
    assert outcome.observed_at is not None
    assert outcome.observed_at.isoformat() == "2026-03-01T10:00:59+00:00"
    assert "hunter2" not in repr(outcome)
