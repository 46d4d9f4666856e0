"""`make test`: the suite on SQLite, then on PostgreSQL, then the torture tests, each with throwaway servers.

    scripts/test.py [--only sqlite|postgresql|torture|bench]… [pytest's arguments]

Browser tests run on SQLite only (the database of `make run`), torture tests on PostgreSQL with Redis only. What a test needs and
the machine lacks is installed with apt where that is allowed; otherwise the summary names each test that was skipped, and why.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from defusedxml.ElementTree import parse

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.infrastructure import servers  # noqa: E402 - only now can it be found
from tests.infrastructure.programs import PROGRAMS, find, package  # noqa: E402

NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class Pass:
    """One run of pytest. `marks` is its -m expression; `workers` how many processes share it."""

    name: str
    marks: str
    workers: int


PASSES = (
    Pass("sqlite", "not bench and not torture", 2),
    Pass("postgresql", "not bench and not torture and not browser and not pure", 2),
    Pass("torture", "torture", 0),
    Pass("bench", "bench", 0),
)
EACH_TIME = ("sqlite", "postgresql", "torture")


@dataclass
class Result:
    """What one pass reported. `skipped` and `passed` hold the tests' names, `skipped` with the reason."""

    name: str
    exit_code: int
    passed: set[str]
    failed: list[str]
    skipped: dict[str, str]
    seconds: float = 0.0


def main() -> int:
    options, pytest_arguments = arguments()
    install_missing()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with us
    with started_servers(options.only) as environment:
        results = [run(one, environment, pytest_arguments) for one in PASSES if one.name in options.only]
    return summarise(results)


def arguments() -> tuple[argparse.Namespace, list[str]]:
    names = [one.name for one in PASSES]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=names, help="this pass only (may be given more than once)")
    options, rest = parser.parse_known_args()
    options.only = options.only or list(EACH_TIME)
    return options, rest


def install_missing() -> None:
    """With apt, as root. Where that is not possible, the tests that need the program are skipped by name."""
    wanted = [package(name) for name in PROGRAMS if not find(name)]
    if not wanted:
        return
    if os.geteuid() or subprocess.run(["which", "apt-get"], capture_output=True, check=False).returncode:
        print(f"Missing, and not installed (no root or no apt): {', '.join(wanted)}", flush=True)
        return
    print(f"Installing {', '.join(wanted)} …", flush=True)
    # Runlevel 1: the packages' own servers are not started; ours are throwaway.
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "--no-install-recommends", *wanted]):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{' '.join(command)}: {done.stderr.strip()[-500:]}", flush=True)


@contextlib.contextmanager
def started_servers(passes: list[str]) -> Iterator[dict[str, str]]:
    """TEST_REDIS_URL, and PostgreSQL's address under the name that `run` hands on to the passes that use it."""
    environment = {}
    with contextlib.ExitStack() as stack:
        if find("redis"):
            environment["TEST_REDIS_URL"] = stack.enter_context(servers.redis())
        if find("postgresql") and set(passes) - {"sqlite"}:
            environment["POSTGRESQL_URL"] = stack.enter_context(servers.postgresql())
        yield environment


def run(chosen: Pass, environment: dict[str, str], pytest_arguments: list[str]) -> Result:
    ours = {name: value for name, value in environment.items() if name == "TEST_REDIS_URL"}
    if chosen.name != "sqlite":
        if "POSTGRESQL_URL" not in environment:
            return Result(
                chosen.name, 0, set(), [], {f"every test of the {chosen.name} pass": "postgresql is not installed"}
            )
        ours["TEST_DATABASE_URL"] = environment["POSTGRESQL_URL"]
    print(f"\n=== {chosen.name} ===", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="readiness-report-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", chosen.marks, f"--junit-xml={report}", "-q", "-r", "fE"]
        workers = ["-n", str(chosen.workers), "--dist", "loadfile"] if chosen.workers else []
        done = subprocess.run([*command, *workers, *pytest_arguments], cwd=ROOT, env=os.environ | ours, check=False)
        result = read_report(chosen.name, done.returncode, report)
    result.seconds = time.monotonic() - started
    return result


def read_report(name: str, exit_code: int, report: Path) -> Result:
    result = Result(name, 0 if exit_code == NO_TESTS_COLLECTED else exit_code, set(), [], {})
    if not report.exists():
        return result
    for case in parse(report).iter("testcase"):
        test = f"{case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed.append(test)
        elif skipped is not None:
            result.skipped[test] = skipped.get("message") or ""
        else:
            result.passed.add(test)
    return result


def summarise(results: list[Result]) -> int:
    passed = sum(len(result.passed) for result in results)
    failed = sum(len(result.failed) for result in results)
    passed_somewhere = set().union(*(result.passed for result in results))
    skipped = {test: why for result in results for test, why in result.skipped.items() if test not in passed_somewhere}
    print("\n=== summary ===")
    for result in results:
        counts = f"{len(result.passed)} passed, {len(result.failed)} failed, {len(result.skipped)} skipped"
        print(f"{result.name}: {counts} in {result.seconds:.0f} s")
        print("".join(f"  FAILED {test}\n" for test in result.failed), end="")
    print("".join(f"SKIPPED {test}: {why}\n" for test, why in sorted(skipped.items())), end="")
    broken = [result.name for result in results if result.exit_code]
    if broken and not failed:
        print(f"pytest ended with an error on: {', '.join(broken)}")
    if not passed:
        print("No test ran: that is a failure.")
    print(f"{passed} passed, {failed} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    print(f"{passed} passed", flush=True)
    return 1 if broken or failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
