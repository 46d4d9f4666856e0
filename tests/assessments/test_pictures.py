"""Which picture shows which proof, and how it is held against its limits."""

from collections.abc import Mapping

import pytest

from readiness.assessments.formats import FORMATS
from readiness.assessments.pictures import PICTURES, Row, limit_of_trend, pictures_of, trend_of
from readiness.checklists.kinds import KINDS

LOAD: dict[str, object] = {
    "duration_s": 29.0,
    "requests": 1270,
    "rps": 43.8,
    "errors": 188,
    "error_rate": 0.148,
    "p50_ms": 16,
    "p95_ms": 77,
    "p99_ms": 81,
}


def row(kind: str, figures: Mapping[str, object], asked: Mapping[str, object], name: str) -> Row:
    return next(row for picture in pictures_of(kind, figures, asked) for row in picture.rows if row.name == name)


def test_the_picture_of_a_broken_limit_comes_first() -> None:
    first, *others = pictures_of("loadtest", LOAD, {"max_error_rate": 0.01, "p95_ms": "300"})
    assert (first.title, first.is_broken) == ("Errors", True)
    assert [picture.is_broken for picture in others] == [False]


def test_percentiles_share_one_scale_and_show_their_budgets() -> None:
    [latency] = pictures_of("loadtest", LOAD, {"p95_ms": "300", "p99_ms": "70"})
    p50, p95, p99 = latency.rows
    assert (p50.mark, p50.is_kept, p50.tone) == (None, None, "busy")
    assert (p95.is_kept, p95.limit) == (True, "at most 300\u00a0ms")
    assert p95.mark is not None
    assert p99.mark is not None
    assert p95.mark > p95.fill > p50.fill
    assert p99.mark < p99.fill
    assert p99.to_pass == "p99: at most 70\u00a0ms; it was 81\u00a0ms."


def test_a_figure_without_a_limit_has_no_bar_of_its_own() -> None:
    assert [picture.title for picture in pictures_of("loadtest", LOAD, {"p95_ms": 300})] == ["Latency"]


def test_duration_and_load_have_to_reach_what_is_asked() -> None:
    asked = {"min_duration_s": 900, "peak_rps": "40"}
    assert row("loadtest", LOAD, asked, "duration_s").to_pass == "Lasted: at least 15\u00a0min; it was 29\u00a0s."
    assert row("loadtest", LOAD, asked, "rps").is_kept is True


def test_unexpected_statuses_are_counted_the_most_frequent_first() -> None:
    figures = LOAD | {"failed_503": 8, "failed_500": 75, "failed_timeout": 0}
    [codes] = [one for one in pictures_of("loadtest", figures, {"max_error_rate": 0.5}) if "status" in one.title]
    assert [(row.label, row.value) for row in codes.rows] == [("500", "75"), ("503", "8")]


def test_cases_of_a_test_report_are_one_bar() -> None:
    [cases] = pictures_of("junit", {"tests": 12, "passed": 9, "failures": 2, "errors": 0, "skipped": 1}, {})
    assert cases.shape == "parts"
    assert [(row.label, row.value, tone) for row, tone in cases.parts] == [
        ("Passed", "9", "good"), ("Failures", "2", "bad"), ("Errors", "0", "bad"), ("Skipped", "1", "calm"),
    ]  # fmt: skip


@pytest.mark.parametrize(("comparator", "is_kept"), [("<", False), ("<=", False), (">", True)])
def test_a_metric_is_held_against_its_threshold_as_it_is_compared(comparator: str, is_kept: bool) -> None:
    asked = {"threshold": 0.9, "comparator": comparator}
    assert row("prom_query", {"value": 0.95}, asked, "value").is_kept is is_kept


def test_a_kind_that_nobody_listed_is_held_against_limits_of_its_name() -> None:
    [picture] = pictures_of("brand_new", {"lag_s": 40, "copies": 1, "region": "eu"}, {"max_lag_s": 30, "min_copies": 2})
    assert [(row.label, row.limit, row.is_kept) for row in picture.rows] == [
        ("Lag", "at most 30\u00a0s", False), ("Copies", "at least 2", False),
    ]  # fmt: skip
    assert pictures_of("brand_new", {"region": "eu"}, {}) == []


@pytest.mark.parametrize("strange", [None, "n/a", True, float("nan"), [1], {"a": 1}, 10**400, -5])
@pytest.mark.parametrize("kind", [*PICTURES, "brand_new"])
def test_strange_figures_break_nothing(kind: str, strange: object) -> None:
    names = (
        "p50_ms",
        "live_ms",
        "days_left",
        "value",
        "passed",
        "errors",
        "failed_500",
        "error_rate",
        "seconds_to_end",
    )
    pictures_of(kind, dict.fromkeys(names, strange), dict.fromkeys(("p50_ms", "threshold", "min_days"), strange))


def test_the_table_names_only_kinds_that_exist() -> None:
    known = set().union(*KINDS.values()) | FORMATS.keys()
    assert PICTURES.keys() <= known


def test_a_trend_follows_the_listed_figure_else_the_first_that_is_measured() -> None:
    assert trend_of("tls_expiry", {"days_left": 40}) == "days_left"
    assert trend_of("brand_new", {"name": "x", "took_ms": 3, "other_ms": 4}) == "took_ms"
    assert trend_of("brand_new", {"name": "x"}) == ""
    assert limit_of_trend("tls_expiry", "days_left", {"min_days": 21}) == 21
    assert limit_of_trend("brand_new", "took_ms", {}) is None


def test_golden_signals_are_read_one_by_one() -> None:
    figures = {"requests_per_second": 12.5, "error_ratio": 0.001, "p99_ms": 240, "p99_ms_age_s": 5, "memory_bytes": 2e8}
    [signals] = pictures_of("prom_golden", figures, {"max_age_minutes": 15})
    assert [row.value for row in signals.rows] == ["12.5", "0.1\u202f%", "240\u00a0ms", "191\u00a0MiB"]
    assert trend_of("prom_golden", figures) == "p99_ms"


def test_golden_signals_are_tiles_with_the_age_of_each() -> None:
    figures = {"requests_per_second": 118.2, "requests_per_second_age_s": 8, "error_ratio": 0.0031, "memory_bytes": 642_000_000,
               "pool_main_in_use": 14, "pool_main_in_use_age_s": 4, "cpu": None}  # fmt: skip
    [tiles] = pictures_of("prom_golden", figures, {})
    assert [(row.label, row.value, row.limit) for row in tiles.rows] == [
        ("Requests per second", "118", "8\u00a0s old"),
        ("Error ratio", "0.31\u202f%", ""),
        ("Memory", "612\u00a0MiB", ""),
        ("Pool main in use", "14", "4\u00a0s old"),
    ]
    assert {"requests_per_second_age_s", "pool_main_in_use_age_s"} <= tiles.shown


def test_a_share_limits_a_percentage() -> None:
    figures = {"memory_growth_percent": 43.2, "pool_growth_percent": -0.4}
    grows = row("resource_trend", figures, {"max_growth_share": 0.2}, "memory_growth_percent")
    assert (grows.limit, grows.is_kept) == ("at most 20\u202f%", False)
    assert row("resource_trend", figures, {"max_growth_share": 0.2}, "pool_growth_percent").fill == 0


def test_on_call_is_covered_all_of_the_time_or_it_is_not() -> None:
    for kind in ("oncall_ical", "oncall_pagerduty"):
        covered = row(kind, {"covered_percent": 94.1, "people": 1}, {"min_people": 2}, "covered_percent")
        assert (covered.limit, covered.is_kept) == ("at least 100\u202f%", False)


def test_what_was_not_asked_is_no_picture_where_something_else_was() -> None:
    assert pictures_of("loadtest", LOAD, {"min_users": 3}) == []
    assert [picture.title for picture in pictures_of("loadtest", LOAD, {})] == ["Latency"]
