"""The drill against real servers: each is started, told to stop, and the report says what became of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from readiness.assessments import drain_drill
from readiness.assessments.formats import inspect
from tests.servers.misbehaving import misbehaving

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "readiness/assessments/drain_drill.py"
STOPPING = ["tests/servers/stopping.py", "{port}"]
SLOW = ["--slow-path", "/slow", "--ready-path", "/ready"]
EXITS = {0: "pass", 1: "fail", 2: "unknown"}


def held(folder: Path, *words: str, python: str = sys.executable) -> tuple[int, str, dict[str, Any]]:
    """(exit code, what was said, the report) of the script, run by itself; the verdict on the report has to be the same."""
    output = folder / "drain.json"
    done = subprocess.run(
        [python, str(SCRIPT), "--output", str(output), *words],
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    if not output.exists():
        return done.returncode, done.stdout, {}
    judged = inspect(output.read_bytes())
    assert (judged.kind, judged.outcome.result.value) == ("drain", EXITS[done.returncode]), judged.outcome.reason
    return done.returncode, done.stdout, json.loads(output.read_text())


def test_a_server_that_drains_passes(tmp_path: Path) -> None:
    code, said, report = held(tmp_path, *SLOW, "--", sys.executable, *STOPPING, "drains")
    assert (code, report["exit_code"], report["was_killed"]) == (0, 0, False)
    assert report["in_flight"] == [200] * 4
    assert set(report["new_requests"]) <= {"refused", "reset"}
    assert 0.3 < report["seconds"] < 10
    assert said.startswith("PASS: 4 requests in flight answered")


def test_one_that_drops_what_it_has_begun_fails(tmp_path: Path) -> None:
    code, said, report = held(tmp_path, *SLOW, "--", sys.executable, *STOPPING, "drops")
    assert (code, report["exit_code"]) == (1, -15)
    assert report["in_flight"] == ["reset"] * 4
    assert said.startswith("FAIL: 4 of 4 requests in flight got reset")


def test_one_that_ends_with_0_and_drops_them_fails_as_well(tmp_path: Path) -> None:
    code, _, report = held(tmp_path, *SLOW, "--", sys.executable, *STOPPING, "quits")
    assert (code, report["exit_code"], report["in_flight"]) == (1, 0, ["reset"] * 4)


def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    code, said, report = held(tmp_path, *SLOW, "--grace", "2.5", "--", sys.executable, *STOPPING, "ignores")
    assert (code, report["was_killed"], report["exit_code"]) == (1, True, -9)
    assert 200 in report["new_requests"]
    assert said.startswith("FAIL")


def test_one_that_says_unready_first_may_go_on_answering(tmp_path: Path) -> None:
    code, _, report = held(tmp_path, *SLOW, "--", sys.executable, *STOPPING, "says-unready")
    assert (code, report["readiness_after"]) == (0, 503)


def test_a_shell_in_front_keeps_the_signal_from_the_server(tmp_path: Path) -> None:
    wrapped = f"{sys.executable} tests/servers/stopping.py $PORT drains; true"
    code, said, report = held(tmp_path, *SLOW, "--", "sh", "-c", wrapped)
    assert (code, report["left_behind"]) == (1, True)
    assert report["new_requests"][-1] == 200
    assert "does a shell keep the signal from the server?" in said
    pattern = f"stopping.py {report['url'].rpartition(':')[2]} drains"
    assert pattern not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def test_nothing_under_way_can_not_be_told(tmp_path: Path) -> None:
    code, said, report = held(
        tmp_path, "--slow-path", "/quick", "--ready-path", "/ready", "--", sys.executable, *STOPPING, "drains"
    )
    assert (code, report["in_flight"], report["answered_too_soon"]) == (2, [], [200] * 4)
    assert "name a slower --slow-path" in said


def test_uvicorn_drains_whatever_it_exits_with(tmp_path: Path) -> None:
    uvicorn = [
        sys.executable,
        "-m",
        "uvicorn",
        "--port",
        "{port}",
        "--log-level",
        "warning",
        "tests.servers.stopping:asgi",
    ]
    code, _, report = held(tmp_path, "--slow-path", "/slow", "--", *uvicorn)
    assert (code, report["exit_code"], report["in_flight"]) == (0, -15, [200] * 4)


def test_granian_drains(tmp_path: Path) -> None:
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", "{port}", "--blocking-threads", "8",
               "--log-level", "warning", "tests.servers.stopping:wsgi"]  # fmt: skip
    code, _, report = held(tmp_path, *SLOW, "--", *granian)
    assert (code, report["was_killed"]) == (0, False), report


def test_the_command_is_the_same_drill(tmp_path: Path) -> None:
    output = tmp_path / "drain.json"
    words = ["drain_drill", *SLOW, "--output", str(output), "--", sys.executable, *STOPPING, "drains"]
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout[:5]) == (0, "PASS:"), done.stderr
    assert inspect(output.read_bytes()).outcome.result == "pass"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--url", "http://example.com", "--", "true"], "on this machine only"),
        (["--url", "https://127.0.0.1", "--", "true"], "on this machine only"),
        (["--url", "http://[::1", "--", "true"], "on this machine only"),
        (["--", "/no/such/server"], "can't be started: No such file"),
        (["--", "false"], "It ended with 1 before it answered"),
        (["--start-within", "1", "--", "sleep", "30"], "After 1 s / gave refused"),
        (
            ["--start-within", "2", "--ready-path", "/nothing", "--", sys.executable, *STOPPING, "drains"],
            "/nothing gave 404",
        ),
        (["--output", "/no/such/folder/x", *SLOW, "--", sys.executable, *STOPPING, "drops"], "can't be written"),
    ],
)
def test_what_can_not_be_held_says_why_and_leaves_no_report(tmp_path: Path, words: list[str], sentence: str) -> None:
    code, said, report = held(tmp_path, *words)
    assert (code, report) == (2, {})
    assert said.startswith("UNKNOWN: ")
    assert sentence in said


def test_another_server_at_that_place_is_not_mistaken_for_it(tmp_path: Path) -> None:
    with misbehaving() as other:
        code, said, _ = held(tmp_path, "--url", other.url, "--", "sleep", "30")
    assert (code, "answers at 127.0.0.1" in said) == (2, True)


@pytest.mark.parametrize("host", ["localhost:81", "127.0.0.1:81", "http://127.8.8.8:81/x", "http://[::1]:81"])
def test_this_machine_by_any_of_its_names(host: str) -> None:
    assert drain_drill.address_of(host)[1] == 81


@pytest.mark.skipif(not shutil.which("python3", path="/usr/bin"), reason="the system has no Python of its own")
def test_it_needs_nothing_but_python(tmp_path: Path) -> None:
    """Isolated (-I): no packages, no path of ours. On Debian that is an older Python as well."""
    alone = tmp_path / "drain_drill.py"
    shutil.copy(SCRIPT, alone)
    server = [sys.executable, str(ROOT / STOPPING[0]), "{port}", "drains"]
    done = subprocess.run(
        ["/usr/bin/python3", "-I", str(alone), *SLOW, "--output", str(tmp_path / "r"), "--", *server],
        cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout[:5]) == (0, "PASS:"), done.stderr
