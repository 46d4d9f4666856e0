"""Every change to where a service stands. People change plans; machines record facts; statuses are computed (rule *proof-only*).

Each action holds the assessment until its transaction ends (`hold`), so that two of them never judge half of each other's work.
"""

from readiness.assessments.actions.comments import edit_comment, withdraw_comment, write_comment
from readiness.assessments.actions.decided import note_decision
from readiness.assessments.actions.envelope import Envelope, Mismatch
from readiness.assessments.actions.evidence import Recorded, attest, confirm_witness, record_evidence, switch_evidence
from readiness.assessments.actions.excuses import confirm_excuse, excuse, withdraw_excuse
from readiness.assessments.actions.files import keep_file
from readiness.assessments.actions.gap_sheets import GapPlan, NotStored, plan_gaps
from readiness.assessments.actions.gaps import (
    open_gap,
    plan_gap,
    propose_closed,
    send_back,
    start_work,
    verify_closed,
    withdraw_proposal,
)
from readiness.assessments.actions.holding import WrongFields
from readiness.assessments.actions.launch_readings import READ_EVERY, SeenValue, claim_readings, note_readings
from readiness.assessments.actions.launches import (
    adopt_plan,
    finish_launch,
    launch_target,
    next_step,
    prepare_launch,
    roll_back,
    start_launch,
    tell,
    untell,
)
from readiness.assessments.actions.many_gaps import (
    MOST as MOST_AT_ONCE,
    Changed,
    Chosen,
    ManyOutcome,
    Until,
    comment_on_gaps,
    extend_gaps,
    give_back,
    reassign_gaps,
)
from readiness.assessments.actions.records import confirm_on_call, name_metric_owner, save_launch_plan
from readiness.assessments.actions.renewing import Word, renew
from readiness.assessments.actions.spoken import (
    Before,
    Plan,
    Spoken,
    kept,
    look_before,
    open_planned_gap,
    put_back,
    restored,
)
from readiness.assessments.actions.standing import refresh, start
from readiness.assessments.actions.steps import add_step, edit_step, move_step, remove_step, tick_step
from readiness.assessments.actions.sweep import sweep
from readiness.assessments.actions.tickets import link_ticket
from readiness.assessments.actions.traces import Received, receive_traces, sweep_traces
from readiness.assessments.actions.upgrading import upgrade
from readiness.assessments.actions.uploads import TooLarge, Uploaded, upload_artifact
from readiness.assessments.actions.waivers import decide_waiver, request_waiver, revoke_waiver

__all__ = [
    "MOST_AT_ONCE",
    "READ_EVERY",
    "Before",
    "Changed",
    "Chosen",
    "Envelope",
    "GapPlan",
    "ManyOutcome",
    "Mismatch",
    "NotStored",
    "Plan",
    "Received",
    "Recorded",
    "SeenValue",
    "Spoken",
    "TooLarge",
    "Until",
    "Uploaded",
    "Word",
    "WrongFields",
    "add_step",
    "adopt_plan",
    "attest",
    "claim_readings",
    "comment_on_gaps",
    "confirm_excuse",
    "confirm_on_call",
    "confirm_witness",
    "decide_waiver",
    "edit_comment",
    "edit_step",
    "excuse",
    "extend_gaps",
    "finish_launch",
    "give_back",
    "keep_file",
    "kept",
    "launch_target",
    "link_ticket",
    "look_before",
    "move_step",
    "name_metric_owner",
    "next_step",
    "note_decision",
    "note_readings",
    "open_gap",
    "open_planned_gap",
    "plan_gap",
    "plan_gaps",
    "prepare_launch",
    "propose_closed",
    "put_back",
    "reassign_gaps",
    "receive_traces",
    "record_evidence",
    "refresh",
    "remove_step",
    "renew",
    "request_waiver",
    "restored",
    "revoke_waiver",
    "roll_back",
    "save_launch_plan",
    "send_back",
    "start",
    "start_launch",
    "start_work",
    "sweep",
    "sweep_traces",
    "switch_evidence",
    "tell",
    "tick_step",
    "untell",
    "upgrade",
    "upload_artifact",
    "verify_closed",
    "withdraw_comment",
    "withdraw_excuse",
    "withdraw_proposal",
    "write_comment",
]
