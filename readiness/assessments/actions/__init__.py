"""Every change to where a service stands. People change plans; machines record facts; statuses are computed (rule *proof-only*).

Each action holds the assessment until its transaction ends (`hold`), so that two of them never judge half of each other's work.
"""

from readiness.assessments.actions.evidence import Recorded, attest, confirm_witness, record_evidence, switch_evidence
from readiness.assessments.actions.gaps import open_gap, plan_gap, propose_closed, send_back, start_work, verify_closed
from readiness.assessments.actions.standing import refresh, start
from readiness.assessments.actions.sweep import sweep

__all__ = [
    "Recorded",
    "attest",
    "confirm_witness",
    "open_gap",
    "plan_gap",
    "propose_closed",
    "record_evidence",
    "refresh",
    "send_back",
    "start",
    "start_work",
    "sweep",
    "switch_evidence",
    "verify_closed",
]
