from typing import Any

import pytest

from tests.assessments.formats.reports import as_json, drain, judged, told


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({}, "pass"),
        ({"exit_code": -15}, "pass"),  # uvicorn drains, and ends by the signal all the same
        ({"exit_code": 143}, "pass"),
        ({"exit_code": -9}, "fail"),
        ({"exit_code": 137}, "fail"),
        ({"was_killed": True}, "fail"),
        ({"seconds": 31}, "fail"),
        ({"seconds": None}, "unknown"),
        ({"in_flight": [200, "reset"]}, "fail"),
        ({"in_flight": [200, 503]}, "fail"),
        ({"in_flight": []}, "unknown"),
        ({"new_requests": [200, 200], "readiness_after": 200}, "fail"),  # a shell keeps the signal to itself
        ({"new_requests": [200, "refused"], "readiness_after": 503}, "pass"),  # it said so first
        ({"new_requests": ["refused"], "readiness_after": None}, "pass"),
        ({"new_requests": [], "readiness_after": None}, "unknown"),
        ({"new_requests": [503, 503], "readiness_after": None}, "pass"),
    ],
)
def test_a_drain_is_judged_by_what_callers_saw(changes: dict[str, Any], result: str) -> None:
    assert told(drain(**changes)).outcome.result == result


def test_the_criterion_may_allow_another_time() -> None:
    assert judged(drain(), grace_s=1).result == "fail"


def test_another_version_is_named() -> None:
    assert "version 1" in told(as_json({"drain": 2, "in_flight": []})).outcome.reason


def test_it_says_when_it_began() -> None:
    observed_at = told(drain()).outcome.observed_at
    assert observed_at is not None
    assert observed_at.isoformat() == "2026-03-01T10:00:00+00:00"
