"""Makes one call in a process of its own and tells what it cost: `python -m tests.egress.one_call URL SECONDS` prints JSON.

Memory is measured by the kernel's high-water mark of resident memory (VmHWM), set back before the call. Not by
`ru_maxrss`: a child inherits that from its parent, and then nothing ever seems to grow.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from readiness.egress import Egress, EgressPolicy, Request


def grown_mib(work: Callable[[], object]) -> float:
    """By how much resident memory rose at its highest while `work` ran."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak_kib()
    work()
    return (_peak_kib() - before) / 1024


def _peak_kib() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main(url: str, seconds: float) -> None:
    egress = Egress(EgressPolicy.parse("127.0.0.0/8"))
    egress.fetch(Request("http://127.0.0.1:1/"))  # what the first call ever loads is not what an answer costs
    request = Request(url, timeout=timedelta(seconds=seconds))
    answers = []
    started = time.monotonic()
    grown = grown_mib(lambda: answers.append(egress.fetch(request)))
    (response,) = answers
    outcome = {
        "fault": response.fault,
        "problem": response.problem,
        "status": response.status,
        "seconds": time.monotonic() - started,
        "body": len(response.body),
        "grown_mib": grown,
    }
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
