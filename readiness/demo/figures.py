"""What machines measure when all is well: for each kind of proof the very figures that its check type or format gives.

A test holds their names to what the kind produces, so that the pictures drawn from them are those of real proof.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from readiness.assessments.outcome import Figure

type Figures = Mapping[str, Figure]
MIB = 1024 * 1024
GRACE_S = 45
ALLOWED_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Dice:
    """Numbers that are the same each time the demo is loaded. `facts`: what the story says of its service."""

    chance: Random
    facts: Mapping[str, object]
    now: datetime

    def whole(self, low: int, high: int) -> int:
        return self.chance.randint(low, high)

    def part(self, low: float, high: float, digits: int = 2) -> float:
        return round(self.chance.uniform(low, high), digits)

    def fact(self, name: str) -> int:
        """A number of the story, or one from its range "190-210"."""
        low, _, high = str(self.facts[name]).partition("-")
        return self.whole(int(low), int(high or low))


def log_sample(dice: Dice) -> Figures:
    lines = dice.whole(640, 2100)
    failed = dice.whole(12, 60)
    return {
        "lines": lines,
        "json_lines": lines - dice.whole(0, lines // 200),
        "request_lines": lines - dice.whole(60, 180),
        "error_lines": failed + dice.whole(0, 9),
        "failed_requests": failed,
    }


def correlation(dice: Dice) -> Figures:
    services = dice.whole(2, 4)
    return {"services": services, "lines": services * dice.whole(2, 5)}


def prom_golden(dice: Dice) -> Figures:
    values = {
        "requests_per_second": dice.fact("rps") + dice.part(0, 1),
        "error_ratio": dice.part(0.0002, 0.0019, 5),
        "p50_ms": dice.fact("p50"),
        "p99_ms": dice.fact("p99"),
        "cpu": dice.part(0.18, 0.74),
        "memory_bytes": dice.whole(180, 460) * MIB,
    }
    return values | {f"{name}_age_s": dice.whole(3, 29) for name in values}


def metric_moves(dice: Dice) -> Figures:
    return {"series": 1, "value": dice.fact("daily"), "threshold": None}


def pool_peak(dice: Dice) -> Figures:
    return {"series": 1, "value": dice.part(0.48, 0.74), "threshold": 0.9}


def otlp_trace(dice: Dice) -> Figures:
    traces, needed = dice.whole(80, 400), dice.fact("dependencies")
    return {"traces": traces, "spans": traces * dice.whole(6, 11), "services": needed + 1, "links": needed}


def trace_depth(dice: Dice) -> Figures:
    return {**otlp_trace(dice), "databases": "postgresql", "queues": "kafka"}


def prom_rules(dice: Dice) -> Figures:
    return {
        "rules": dice.fact("alerts"), "paging_rules": dice.fact("paging"), "error_rate_rules": 1,
        "latency_p99_rules": 1, "without_runbook": 0, "unhealthy": 0, "never_fire": 0,
    }  # fmt: skip


def am_routing(dice: Dice) -> Figures:
    return {"paging_rules": dice.fact("paging"), "receivers": 1, "black_holes": 0, "muted": 0, "silenced": 0}


def am_delivery(dice: Dice) -> Figures:
    minutes = dice.whole(3, 11)
    return {"seconds_to_acknowledge": minutes * 60 + dice.whole(2, 57), "allowed_s": ALLOWED_MINUTES * 60}


def runbook_url(dice: Dice) -> Figures:
    return {"runbooks": dice.fact("alerts"), "problems": 0, "unread": 0}


def secrets_scan(dice: Dice) -> Figures:
    return {"findings": dice.whole(2, 9), "undecided": 0, "verified": 0, "covers_history": True}


def k8s_manifest(dice: Dice) -> Figures:
    containers = dice.whole(2, 3)
    return {
        "objects": containers + dice.whole(3, 9),
        "workloads": 1,
        "containers": containers,
        "long_running": containers,
    }


def secret_rotation_vault(dice: Dice) -> Figures:
    version = dice.whole(3, 9)
    return {
        "days_since_rotation": dice.whole(4, 30), "has_previous": True, "current_version": version, "versions": version,
    }  # fmt: skip


def cases(low: int, high: int) -> Callable[[Dice], Figures]:
    """A test report of so many cases."""

    def junit(dice: Dice) -> Figures:
        tests = dice.whole(low, high)
        return {"tests": tests, "passed": tests, "failures": 0, "errors": 0, "skipped": 0}

    return junit


def rules(low: int, high: int) -> Callable[[Dice], Figures]:
    """A code scan of so many rules."""

    def sarif(dice: Dice) -> Figures:
        warnings, suppressed = dice.whole(1, 6), dice.whole(1, 4)
        return {
            "runs": 1, "rules": dice.whole(low, high), "results": warnings + suppressed, "suppressed": suppressed,
            "errors": 0, "warnings": warnings, "highest_severity": dice.part(3.1, 5.9, 1), "blocking": 0,
        }  # fmt: skip

    return sarif


def http_authz(dice: Dice) -> Figures:
    return {"routes": dice.fact("routes"), "silent": 0, "low_privilege_tried": True}


def exposure(_: Dice) -> Figures:
    return {"paths": 6, "ports": 3, "open": 0, "untold": 0}


def zap(dice: Dice) -> Figures:
    return {
        "sites": 1, "hosts": str(dice.facts["host"]), "high_alerts": 0, "medium_alerts": dice.whole(0, 2),
        "low_alerts": dice.whole(3, 9), "informational_alerts": dice.whole(4, 15),
    }  # fmt: skip


def ci_runs(dice: Dice) -> Figures:
    return {
        "runs": dice.whole(1, 2),
        "ref": f"{dice.chance.getrandbits(48):012x}",
        "is_release": True,
        "conclusion": "success",
    }


def rate_limit(dice: Dice) -> Figures:
    return {
        "requests": 200,
        "refused": dice.whole(96, 148),
        "retry_after_s": dice.whole(1, 20),
        "status_afterwards": 200,
    }


def drain(dice: Dice) -> Figures:
    in_flight, new = dice.whole(8, 40), dice.whole(6, 12)
    return {
        "in_flight": in_flight, "answered": in_flight, "unanswered": 0, "new_requests": new, "new_refused": new,
        "seconds_to_end": dice.part(3, 12, 1), "grace_s": GRACE_S, "exit_code": 0, "was_killed": False,
    }  # fmt: skip


def error_leak(dice: Dice) -> Figures:
    return {"requests": 8, "errors": dice.whole(6, 8), "leaks": 0, "silent": 0}


def health_pair(dice: Dice) -> Figures:
    return {"live_status": 200, "live_ms": dice.whole(3, 12), "ready_status": 200, "ready_ms": dice.whole(9, 38)}


def loadtest(dice: Dice) -> Figures:
    seconds, rps = dice.whole(960, 1260), dice.fact("peak")
    requests = seconds * rps
    errors = round(requests * dice.part(0.0001, 0.0021, 6))
    return {
        "duration_s": seconds, "requests": requests, "rps": rps, "errors": errors,
        "error_rate": round(errors / requests, 6), "p50_ms": dice.fact("p50"), "p95_ms": dice.fact("p95"),
        "p99_ms": dice.fact("p99"), "peak_users": rps // 2, "failed_503": errors - errors // 4, "failed_504": errors // 4,
    }  # fmt: skip


def resource_trend(dice: Dice) -> Figures:
    return {
        "series": 6, "duration_s": dice.whole(3600, 7200), "memory_growth_percent": dice.part(1.2, 7.8, 1),
        "file_descriptors_growth_percent": dice.part(0, 0.9, 1), "pool_growth_percent": 0.0,
        "pool_peak_percent": dice.part(38, 71, 1), "restarts": 0,
    }  # fmt: skip


def explain(dice: Dice) -> Figures:
    scans = dice.whole(1, 4)
    return {
        "plans": dice.whole(9, 24), "execution_ms": dice.part(4, 38), "sequential_scans": scans,
        "filtered_scans": scans - 1, "most_rows_filtered": dice.whole(40, 2100) if scans > 1 else None,
    }  # fmt: skip


def pgss(dice: Dice) -> Figures:
    mean = dice.part(6, 31)
    return {
        "statements": 50, "calls": dice.whole(400_000, 2_000_000), "slowest_mean_ms": mean,
        "slowest_ms": round(mean * dice.part(2, 5), 2), "tables": dice.whole(12, 14),
    }  # fmt: skip


def oncall_ical(dice: Dice) -> Figures:
    return {**_cover(dice), "shifts": dice.whole(6, 17)}


def oncall_pagerduty(_: Dice) -> Figures:
    return {"levels": 2, "service_status": "active"}


def _cover(dice: Dice) -> Figures:
    until = dice.now + timedelta(days=dice.whole(21, 60))
    return {
        "covered_percent": 100.0, "people": dice.whole(3, 5), "holes": 0, "first_hole": None,
        "until": until.strftime("%Y-%m-%dT%H:%MZ"),
    }  # fmt: skip
