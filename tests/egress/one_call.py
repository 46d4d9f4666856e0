"""Makes one call in a process of its own, where its memory can be measured: `python one_call.py URL SECONDS` prints JSON."""

import json
import resource
import sys
import time
from datetime import timedelta

from readiness.egress import Egress, EgressPolicy, Request


def peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    egress = Egress(EgressPolicy.parse("127.0.0.0/8"))
    egress.fetch(Request("http://127.0.0.1:1/"))  # what the first call ever loads is not what an answer costs
    before, started = peak_kib(), time.monotonic()
    response = egress.fetch(Request(sys.argv[1], timeout=timedelta(seconds=float(sys.argv[2]))))
    print(  # noqa: T201
        json.dumps(
            {
                "fault": response.fault,
                "problem": response.problem,
                "status": response.status,
                "seconds": time.monotonic() - started,
                "body": len(response.body),
                "grown_mib": (peak_kib() - before) / 1024,
            }
        )
    )
