import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from readiness.assessments.formats.trend import Role, line_through, role_of
from tests.assessments.formats.reports import as_json, judged, told

START, STEP, POINTS = 1_790_000_000, 15, 120
ASKED: dict[str, Any] = {"projected_hours": 24, "max_growth_share": 0.2, "max_restarts": 0}
MIB = 1024 * 1024
type Line = Callable[[int], object]


def line(metric: str, value: Line, **labels: str) -> dict[str, Any]:
    values = [[START + n * STEP, str(value(n))] for n in range(POINTS)]
    return {"metric": {"__name__": metric, "instance": "a:80", **labels}, "values": values}


def answer(*series: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": "matrix", "result": list(series)}}


def steady(**changes: Any) -> dict[str, Any]:
    """Half an hour in which nothing happens; `changes` are answers by their names, None takes one away."""
    found = {
        "memory": answer(line("process_resident_memory_bytes", lambda n: 200 * MIB + (n % 3) * 1000)),
        "fds": answer(line("process_open_fds", lambda n: 40 + n % 2)),
        "max_fds": answer(line("process_max_fds", lambda _: 1024)),
        "started": answer(line("process_start_time_seconds", lambda _: START - 500.25)),
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def outcome(**changes: Any) -> Any:
    return judged(as_json(steady(**changes)), **ASKED)


def test_a_steady_half_hour_passes() -> None:
    found = outcome()
    assert (found.result, found.reason) == ("pass", "In 24 hours: memory +0.0%, file descriptors +0.2%; no restarts.")
    assert found.figures["duration_s"] == (POINTS - 1) * STEP
    assert found.observed_at.timestamp() == START + (POINTS - 1) * STEP
    assert told(as_json(steady())).kind == "resource_trend"


def test_a_leak_is_carried_on_for_a_day() -> None:
    leaking = answer(line("process_resident_memory_bytes", lambda n: 200 * MIB + n * MIB / 10))
    found = outcome(memory=leaking)
    assert found.result == "fail"
    assert "process_resident_memory_bytes would grow by 278% of its own level in 24 hours" in found.reason


def test_growth_is_held_against_the_limit_where_there_is_one() -> None:
    rising = line("container_memory_working_set_bytes", lambda n: 200 * MIB + n * MIB / 100, pod="a")
    limit = line("container_spec_memory_limit_bytes", lambda _: 1024 * MIB, pod="a")
    assert outcome(memory=answer(rising)).result == "fail"
    assert outcome(memory=answer(rising), limit=answer(limit)).result == "pass"


@pytest.mark.parametrize("unlimited", [0, "+Inf", 9223372036854771712, -1])
def test_what_prometheus_says_for_no_limit_is_no_limit(unlimited: object) -> None:
    rising = line("container_memory_working_set_bytes", lambda n: 200 * MIB + n * MIB / 100)
    found = outcome(memory=answer(rising), limit=answer(line("memory_limit", lambda _: unlimited)))
    assert "its own level" in found.reason


def test_the_limit_of_another_instance_is_not_this_ones() -> None:
    rising = line("process_resident_memory_bytes", lambda n: 200 * MIB + n * MIB / 100)
    other = line("memory_limit", lambda _: 1024 * MIB) | {"metric": {"instance": "b:80"}}
    assert outcome(memory=answer(rising), memory_limit=answer(other)).result == "fail"


def test_the_warm_up_is_left_out() -> None:
    warming = answer(line("process_resident_memory_bytes", lambda n: min(n, POINTS // 5) * MIB + 100 * MIB))
    assert outcome(memory=warming).result == "pass"


def test_a_saw_tooth_that_does_not_rise_passes_and_one_that_can_t_be_told_is_unknown() -> None:
    tooth = answer(line("process_resident_memory_bytes", lambda n: 200 * MIB + (n % 8) * MIB / 50))
    assert outcome(memory=tooth).result == "pass"
    wild = answer(line("process_resident_memory_bytes", lambda n: (200 + 40 * math.sin(n / 9)) * MIB))
    found = outcome(memory=wild)
    assert (found.result, "scatters too much" in found.reason) == ("unknown", True)


def test_a_full_pool_fails_and_one_of_unknown_size_is_unknown() -> None:
    used = line("hikaricp_connections_active", lambda n: 9 if n == 3 else 5)
    assert outcome(pool=answer(used), pool_max=answer(line("hikaricp_connections_max", lambda _: 20))).result == "pass"
    full = outcome(pool=answer(used), pool_max=answer(line("hikaricp_connections_max", lambda _: 10)))
    assert (full.result, full.reason) == (
        "fail",
        "hikaricp_connections_active was 90% full at its peak; less than 90% is asked for.",
    )
    assert full.figures["pool_peak_percent"] == 90
    assert outcome(pool=answer(used)).result == "unknown"
    assert outcome(pool=answer(line("pool_usage_ratio", lambda _: 0.5))).result == "pass"


def test_a_pool_that_goes_up_and_down_with_the_load_does_not_grow_and_one_that_leaks_does() -> None:
    size = answer(line("pool_max", lambda _: 20))
    busy = outcome(pool=answer(line("pool_in_use", lambda n: 8 + (n * 7 % 11) % 5)), pool_max=size)
    assert (busy.result, busy.figures["pool_growth_percent"]) == ("pass", 0)
    assert outcome(pool=answer(line("pool_in_use", lambda n: 4 + n // 20)), pool_max=size).result == "fail"


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("process_start_time_seconds", lambda n: START - 500 if n < 60 else START + 900),
        ("kube_pod_container_status_restarts_total", lambda n: 3 if n < 60 else 4),
        ("kube_pod_container_status_restarts_total", lambda n: 3 if n < 60 else 1),
    ],
)
def test_a_restart_fails(metric: str, value: Line) -> None:
    found = outcome(started=answer(line(metric, value)))
    assert (found.result, found.reason) == ("fail", "It restarted 1 time meanwhile; at most 0 is asked for.")


def test_a_pod_that_another_one_replaces_was_a_restart_and_one_more_pod_is_none() -> None:
    def of(pod: str, begin: int, end: int) -> dict[str, Any]:
        whole = line("process_start_time_seconds", lambda _: START + begin * STEP - 5, pod=pod)
        return whole | {"values": whole["values"][begin:end]}

    assert outcome(started=answer(of("a", 0, 60), of("b", 62, POINTS))).result == "fail"
    assert outcome(started=answer(of("a", 0, POINTS), of("b", 62, POINTS))).result == "pass"


def test_what_is_missing_is_unknown() -> None:
    assert outcome(memory=None).reason == "There is no series of memory."
    assert outcome(fds=None).reason == "There is no series of file descriptors."
    assert outcome(started=None).result == "unknown"
    assert "process_start_time_seconds" in outcome(started=None).reason
    short = line("process_resident_memory_bytes", lambda _: MIB)
    short["values"] = short["values"][:9]
    assert "too short" in outcome(memory=answer(short)).reason


def test_numbers_that_are_none_are_left_out() -> None:
    gaps = line("process_resident_memory_bytes", lambda n: "NaN" if n % 2 else 200 * MIB)
    assert outcome(memory=answer(gaps)).result == "pass"
    nothing = as_json({"memory": answer(line("process_resident_memory_bytes", lambda _: "NaN"))})
    assert told(nothing).outcome.reason.startswith("There is no series in it")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"status": "error", "errorType": "bad_data", "error": "parse error"}, "refused the question: parse error"),
        ({"status": "success", "data": {"resultType": "vector", "result": []}}, "This is a vector"),
        ({"status": "success", "data": {"resultType": "matrix", "result": []}}, "no series"),
        ({"memory": {"status": "error", "errorType": "timeout", "error": "too long"}}, "too long"),
    ],
)
def test_an_answer_that_is_no_range_is_unknown(content: object, words: str) -> None:
    inspection = told(as_json(content))
    assert inspection.outcome.result == "unknown"
    assert words in inspection.outcome.reason


def test_lists_of_answers_and_bare_series_are_read() -> None:
    many = list(steady().values())
    assert judged(as_json(many), **ASKED).result == "pass"
    bare = [series for one in many for series in one["data"]["result"]]
    assert judged(json.dumps(bare, indent=1).encode(), **ASKED).result == "pass"
    assert judged(as_json({name: one["data"] for name, one in steady().items()}), **ASKED).result == "pass"


def test_a_sum_without_a_metric_s_name_is_named_by_the_file() -> None:
    summed = line("x", lambda _: 200 * MIB) | {"metric": {}}
    assert outcome(memory=None, memory_sum=answer(summed)).result == "pass"
    found = outcome(memory=None, something=answer(summed))
    assert found.result == "unknown"
    assert [one.rule for one in found.findings if one.rule == "unnamed"] == ["unnamed"]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("process_resident_memory_bytes", Role.MEMORY),
        ("container_memory_working_set_bytes", Role.MEMORY),
        ("go_memstats_heap_inuse_bytes", Role.MEMORY),
        ("jvm_memory_pool_bytes_used", Role.MEMORY),
        ("jvm_memory_max_bytes", Role.MEMORY_LIMIT),
        ("container_spec_memory_limit_bytes", Role.MEMORY_LIMIT),
        ("process_open_fds", Role.FILE_DESCRIPTORS),
        ("process_files_open_files", Role.FILE_DESCRIPTORS),
        ("process_max_fds", Role.FILE_DESCRIPTORS_LIMIT),
        ("process_files_max_files", Role.FILE_DESCRIPTORS_LIMIT),
        ("db_client_connections_usage", Role.POOL),
        ("db_client_connections_max", Role.POOL_LIMIT),
        ("pool_in_use", Role.POOL),
        ("kube_pod_container_status_restarts_total", Role.RESTARTS),
        ("process_start_time_seconds", Role.STARTED),
        ("http_requests_total", None),
    ],
)
def test_what_a_series_measures_is_told_by_its_name(name: str, role: Role | None) -> None:
    assert role_of(name) == role


def test_the_line_is_the_one_of_least_squares() -> None:
    slope, error = line_through([(float(n), 3.0 + 2 * n) for n in range(20)])
    assert (round(slope, 9), round(error, 9)) == (2, 0)
    assert line_through([(1.0, 5.0)] * 4) == (0, 0)


def test_a_time_that_no_calendar_has_is_no_time() -> None:
    late = line("process_open_fds", lambda _: 40)
    late["values"][-1][0] = 18_013_300_000_000  # the year 570839
    found = outcome(fds=answer(late))
    assert found.observed_at is None or found.observed_at.year < 3000
