"""Figures as people read them."""

import pytest

from readiness.assessments.figures import figure_in_words, figures_in_words


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("live_ms", 1204, "Live: 1,204\u00a0ms"),
        ("p95_ms", 77.04, "p95: 77\u00a0ms"),
        ("days_left", 21, "Left: 21\u00a0days"),
        ("days_left", 1, "Left: 1\u00a0day"),
        ("seconds_to_acknowledge", 243, "To acknowledge: 4\u00a0min 3\u00a0s"),
        ("duration_s", 4500, "Duration: 1\u00a0h 15\u00a0min"),
        ("error_rate", 0.0042, "Error rate: 0.42\u202f%"),
        ("error_rate", 12, "Error rate: 12"),
        ("json_percent", 99.4, "JSON: 99.4\u202f%"),
        ("rps", 43.8, "Load: 43.8\u00a0requests/s"),
        ("memory_bytes", 52_953_088, "Memory: 50.5\u00a0MiB"),
        ("memory_bytes", 8 * 1024**4, "Memory: 8,192\u00a0GiB"),
        ("body_bytes", 512, "Body: 512\u00a0bytes"),
        ("is_tls", True, "Is TLS: yes"),
        ("codes", [500, 503], "Codes: 500, 503"),
        ("by_code", {"500": 3}, "By code: 500: 3"),
        ("issuer", "CN=R11", "Issuer: CN=R11"),
        ("memory_bytes", 642_000_000, "Memory: 612\u00a0MiB"),
        ("first_hole", "2026-12-05T18:00Z", "First hole: 5 Dec 2026, 18:00 UTC"),
        ("expires_on", "2026-12-05", "Expires on: 5 Dec 2026"),
        ("version", "2026-13-99 beta", "Version: 2026-13-99 beta"),
        ("s", 3, "S: 3"),
    ],
)
def test_a_name_says_what_it_is_and_a_value_its_unit(name: str, value: object, said: str) -> None:
    figure = figure_in_words(name, value)
    assert f"{figure.name}: {figure.value}" == said


def test_what_has_no_value_is_left_out() -> None:
    assert [figure.name for figure in figures_in_words({"a": None, "b": "", "c": [], "d": 0, "e": False})] == ["D", "E"]
