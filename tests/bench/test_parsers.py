"""Figure: a SARIF and a JUnit file of 50 MB, each read and judged, beside `json.load` and `xml.etree` of the same file.

Each is measured in a process of its own, in turn, so that whatever else the machine does falls on all alike. Run it with
`make bench ARGS='-k parsers'`.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from django.core.management import call_command

from tests.bench.reports import MIB, write_junit, write_sarif

SIZE = 50 * 1_000_000
ROUNDS = 3
GOAL_SECONDS, GOAL_MIB = 10, 300
REPORTS = {"sarif": ("scan.sarif", write_sarif, "results"), "junit": ("tests.xml", write_junit, "tests")}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_of_50_mb_is_read_and_judged(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, write, counted = REPORTS[kind]
    file = tmp_path / name
    count = write(file, SIZE)
    runs = [(cost(file, "bare"), cost(file, "inspect")) for _ in range(ROUNDS)]
    bare, ours = (_medians([run[which] for run in runs]) for which in (0, 1))
    with capsys.disabled():
        print(f"\n{kind} of {file.stat().st_size / 1e6:.0f} MB, {count:,} {counted}, median of {ROUNDS}")
        for what, one in (("bare parser", bare), ("read and judged", ours)):
            print(f"{what:16}{one['seconds']:7.2f} s{one['cpu_seconds']:7.2f} s of cpu{one['grown_mib']:6.0f} MiB")
    assert {run[1]["said"]["kind"] for run in runs} == {kind}
    assert {run[1]["said"][counted] for run in runs} == {count}
    assert {run[1]["said"]["outcome"] for run in runs} == {"fail"}
    assert ours["cpu_seconds"] <= GOAL_SECONDS  # the clock on the wall also measures what else the machine does
    assert ours["grown_mib"] <= GOAL_MIB


def _medians(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {name: median(run[name] for run in runs) for name in ("seconds", "cpu_seconds", "grown_mib")}


def cost(file: Path, how: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.reports", str(file), how]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("write", [write_sarif, write_junit])
def test_a_larger_file_than_an_upload_may_be_is_refused_and_read_where_somebody_says_so(
    write: Callable[[Path, int], int], tmp_path: Path
) -> None:
    file = tmp_path / "large"
    write(file, 11 * MIB)
    refused = "UNKNOWN: The file is larger than 10 MiB. An upload may have 10 MiB; --max-mib reads more here."
    assert inspected(str(file)) == refused
    assert inspected(str(file), "--max-mib", "12").startswith("FAIL: ")


def inspected(*arguments: str) -> str:
    """The sentence."""
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("inspect_artifact", *arguments, stdout=out)
    return next(line for line in out.getvalue().splitlines() if line.startswith(("PASS", "FAIL", "UNKNOWN")))
