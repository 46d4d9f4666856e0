"""Where a service stands, its gaps, and the proof that pipelines push."""

from readiness.assessments.api.badge import tools
from readiness.assessments.api.evidence import EvidenceOut
from readiness.assessments.api.standing import AssessmentOut, GapOut, GapPage, GateOut, gap_out, gaps, services

__all__ = ["AssessmentOut", "EvidenceOut", "GapOut", "GapPage", "GateOut", "gap_out", "gaps", "services", "tools"]
