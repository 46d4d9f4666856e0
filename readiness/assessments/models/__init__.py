"""Where a service stands: the assessment with its items, and the facts they rest on."""

from readiness.assessments.models.assessment import Assessment, Item
from readiness.assessments.models.evidence import Evidence, EvidenceFile
from readiness.assessments.models.gap import Gap, GapStatus
from readiness.assessments.models.launch import (
    Launch,
    LaunchPlan,
    LaunchReading,
    LaunchState,
    LaunchTick,
    OnCallConfirmation,
    ReviewedPlan,
    TickKind,
)
from readiness.assessments.models.talk import Comment, Step
from readiness.assessments.models.traces import ReceivedSpan, TraceSummary
from readiness.assessments.models.waiver import Waiver, WaiverStatus

__all__ = [
    "Assessment",
    "Comment",
    "Evidence",
    "EvidenceFile",
    "Gap",
    "GapStatus",
    "Item",
    "Launch",
    "LaunchPlan",
    "LaunchReading",
    "LaunchState",
    "LaunchTick",
    "OnCallConfirmation",
    "ReceivedSpan",
    "ReviewedPlan",
    "Step",
    "TickKind",
    "TraceSummary",
    "Waiver",
    "WaiverStatus",
]
