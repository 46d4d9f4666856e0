"""Reports of 50 MB, and what it costs to read one: `python -m tests.bench.reports FILE HOW` prints JSON.

HOW is `inspect`, as `inspect_artifact` does it, or `bare`, the least that Python could do: `json.load` and `xml.etree`, which
hold the whole document and judge nothing. Each in a process of its own, because memory that was used once is not given back.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from readiness.assessments.formats import inspect
from tests.egress.one_call import grown_mib

MIB = 1024 * 1024
TRACEBACK = (
    "Traceback (most recent call last):\n" + '  File "shop/orders.py", line 12, in keep\n    assert a == b\n' * 12
)


def write_junit(file: Path, size: int) -> int:
    """How many cases it has; one of fifty failed."""
    head = "<?xml version='1.0' encoding='utf-8'?>\n<testsuites><testsuite name='pytest' timestamp='2026-03-01T10:00:00'>\n"
    return _write(file, size, head=head, parts=_cases(), tail="</testsuite></testsuites>")


def _cases() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        name = f'classname="tests.shop.test_orders_{number % 977}.TestOrders" name="test_kept_{number}[{number % 7}]"'
        failure = f'<failure message="assert {number} == 1">{TRACEBACK}</failure>' if number % 50 == 0 else ""
        yield f'<testcase {name} time="0.0{number % 89:02}">{failure}</testcase>\n'


def write_sarif(file: Path, size: int) -> int:
    """How many results it has; a third are errors. As ruff does it, they stand before their rules."""
    levels, words = ("error", "warning", "note"), "What it finds, and why that is bad. " * 8
    rules = [
        {"id": f"r{n}", "fullDescription": {"text": words}, "defaultConfiguration": {"level": levels[n % 3]}}
        for n in range(300)
    ]
    tail = json.dumps({"driver": {"name": "Scanner", "semanticVersion": "1.0", "rules": rules}})
    head = '{"version":"2.1.0","runs":[{"results":['
    return _write(file, size, head=head, parts=_results(), tail=f'],"tool":{tail}}}]}}', between=",")


def _results() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        region = {
            "startLine": number % 5000 + 1,
            "startColumn": 1,
            "snippet": {"text": "cursor.execute('… %s' % name)"},
        }
        place = {"artifactLocation": {"uri": f"src/module_{number % 999}/file_{number}.py"}, "region": region}
        message = {"text": f"Function number {number} formats a value into a query."}
        yield json.dumps(
            {"ruleId": f"r{number % 300}", "message": message, "locations": [{"physicalLocation": place}],
             "partialFingerprints": {"primaryLocationLineHash": f"{number:040x}"}}
        )  # fmt: skip


def _write(file: Path, size: int, *, head: str, parts: Iterator[str], tail: str, between: str = "") -> int:
    written, count = len(head) + len(tail), 0
    with file.open("w", encoding="utf-8") as stream:
        stream.write(head)
        while written < size:
            part = (between if count else "") + next(parts)
            written += len(part)
            count += 1
            stream.write(part)
        stream.write(tail)
    return count


def main(file: Path, how: str) -> None:
    found: list[object] = []
    begun, used = time.perf_counter(), time.process_time()
    grown = grown_mib(lambda: found.append(_bare(file) if how == "bare" else _inspected(file)))
    seconds, cpu = time.perf_counter() - begun, time.process_time() - used
    said = found[0] if how == "inspect" else None
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "grown_mib": grown, "said": said}))


def _bare(file: Path) -> object:
    if file.suffix == ".xml":
        return ET.parse(file)
    with file.open("rb") as stream:
        return json.load(stream)


def _inspected(file: Path) -> object:
    inspection = inspect(file.read_bytes(), max_bytes=100 * MIB)
    return {"kind": inspection.kind, "outcome": inspection.outcome.result.value, **inspection.outcome.figures}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
