import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.assessments.formats.reports import SAMPLES, k6


def run(*arguments: str) -> tuple[int, str]:
    """(exit, what it printed)."""
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("inspect_artifact", *arguments, stdout=out)
    return int(ended.value.code or 0), out.getvalue()


def run_json(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, text = run(*arguments, "--json")
    return code, json.loads(text)


@pytest.fixture
def good(tmp_path: Path) -> str:
    file = tmp_path / "summary.json"
    file.write_bytes(k6())
    return str(file)


def test_it_ends_with_0_1_or_2(good: str) -> None:
    assert run(good)[0] == 0
    assert run(str(SAMPLES / "locust_stats.csv"))[0] == 1
    assert run(str(SAMPLES / "explain-noanalyze.json"))[0] == 2


def test_settings_come_over_the_usual_ones(good: str) -> None:
    assert run(good, "--param", "p95_ms=119")[0] == 1
    sample = str(SAMPLES / "locust_stats.csv")
    params = ("min_duration_s=20", "max_error_rate=0.2", "p99_ms=100", "min_requests=1000", "peak_rps=40")
    assert run(sample, *(word for param in params for word in ("--param", param)))[0] == 0


def test_json_has_the_promised_form(good: str) -> None:
    code, said = run_json(good)
    assert code == 0
    assert list(said) == ["kind", "tool", "outcome", "reason", "figures", "findings"]
    assert (said["kind"], said["tool"], said["outcome"]) == ("loadtest", "k6", "pass")
    figures = ["duration_s", "requests", "rps", "errors", "error_rate", "p50_ms", "p95_ms", "p99_ms", "peak_users"]
    assert [name for name in figures if name not in said["figures"]] == []
    _, scan = run_json(str(SAMPLES / "bandit.sarif"))
    assert set(scan["findings"][0]) == {"rule", "level", "message", "where"}


def test_figures_that_a_report_does_not_have_are_null() -> None:
    _, said = run_json(str(SAMPLES / "locust-json.json"))
    assert said["figures"]["peak_users"] is None


def test_words_for_people(good: str) -> None:
    _, text = run(str(SAMPLES / "explain-seqscan.json"))
    assert text.splitlines()[:2] == [
        "Query plans (explain) by PostgreSQL EXPLAIN",
        "FAIL: A parallel sequential scan filters orders: 600,000 rows are read for it.",
    ]
    assert "  peak_users: -" in run(str(SAMPLES / "locust_stats.csv"))[1]


@pytest.mark.parametrize("arguments", [("--kind", "pentest"), ("--kind", "junit"), ("--param", "p9=1")])
def test_what_can_not_be_read_is_unknown_with_a_sentence(good: str, arguments: tuple[str, ...]) -> None:
    code, said = run_json(good, *arguments)
    assert (code, said["outcome"]) == (2, "unknown")
    assert said["reason"].endswith(".")


def test_a_file_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    code, said = run_json(str(tmp_path / "none"))
    assert (code, said["kind"]) == (2, None)
    assert "No such file" in said["reason"]


def test_a_larger_file_than_an_upload_may_be_is_read_where_somebody_says_so(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    file.write_bytes(k6(root_group="x" * 1024 * 1024))
    code, said = run_json(str(file), "--max-mib", "1")
    assert (code, said["reason"]) == (
        2,
        "The file is larger than 1 MiB. An upload may have 10 MiB; --max-mib reads more here.",
    )
    assert run(str(file), "--max-mib", "2")[0] == 0
