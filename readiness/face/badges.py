"""How a state is said: one icon, one word and one tone for each. Colour never stands alone.

Tones by meaning: good (green), warn (amber: a tracked gap), bad (red: only an unmet hard gate or something overdue),
calm (grey: unknown, not applicable), waived (violet), busy (blue: in progress).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Badge:
    """`icon` is a name from static/icons.txt, `tone` ends the class `tone-…`."""

    icon: str
    word: str
    tone: str


STATUSES = {
    "met": Badge("circle-check", "Met", "good"),
    "not_met": Badge("alert-triangle", "Not met", "warn"),
    "unknown": Badge("help-circle", "Unknown", "calm"),
    "stale": Badge("clock-exclamation", "Stale", "calm"),
    "not_applicable": Badge("circle-minus", "Not applicable", "calm"),
    "waived": Badge("shield-off", "Waived", "waived"),
    "gap": Badge("flag", "Gap", "warn"),
    "parked": Badge("parking", "Parked", "calm"),
    "disputed": Badge("hand-stop", "Disputed", "warn"),
    # gaps
    "open": Badge("circle-dot", "Open", "warn"),
    "in_progress": Badge("progress", "In progress", "busy"),
    "awaiting_verification": Badge("eye-check", "Awaiting verification", "busy"),
    "closed": Badge("circle-check", "Closed", "good"),
    "overdue": Badge("calendar-due", "Overdue", "bad"),
    "reopened": Badge("arrow-back-up", "Reopened", "warn"),
    # checks
    "pass": Badge("circle-check", "Pass", "good"),
    "fail": Badge("circle-x", "Fail", "warn"),
    "queued": Badge("clock-pause", "Queued", "calm"),
    "running": Badge("progress", "Running", "busy"),
    "quarantined": Badge("bug", "Quarantined", "warn"),
    "needs_setup": Badge("plug", "Needs set-up", "calm"),
    # integrations
    "works": Badge("circle-check", "Works", "good"),
    "fails": Badge("alert-triangle", "Fails", "warn"),
    "testing": Badge("progress", "Testing", "busy"),
    "not_tested": Badge("circle-dashed", "Not tested", "calm"),
    "not_connected": Badge("circle-dashed", "Not connected", "calm"),
    "off": Badge("player-pause", "Off", "calm"),
    # deliveries
    "delivered": Badge("circle-check", "Delivered", "good"),
    "given_up": Badge("alert-triangle", "Given up", "warn"),
    "dropped": Badge("ban", "Dropped", "calm"),
    # mail
    "sent": Badge("circle-check", "Sent", "good"),
    "bounced": Badge("alert-triangle", "Came back", "warn"),
    "held": Badge("player-pause", "Held", "calm"),
    # waivers
    "requested": Badge("hourglass", "Requested", "busy"),
    "approved": Badge("shield-check", "Approved", "waived"),
    "refused": Badge("ban", "Refused", "calm"),
    "revoked": Badge("ban", "Revoked", "calm"),
    "expired": Badge("clock-exclamation", "Expired", "calm"),
    "renewed": Badge("refresh", "Renewed", "calm"),
    # reviews
    "scheduled": Badge("calendar-event", "Scheduled", "busy"),
    "preparing": Badge("clipboard-check", "Preparing", "busy"),
    "live": Badge("broadcast", "Live", "busy"),
    "paused": Badge("player-pause", "Paused", "calm"),
    "decided": Badge("gavel", "Decided", "good"),
    "signed_off": Badge("signature", "Signed off", "good"),
    "cancelled": Badge("ban", "Cancelled", "calm"),
    # checklists and services
    "draft": Badge("pencil", "Draft", "calm"),
    "published": Badge("rosette-discount-check", "Published", "good"),
    "retired": Badge("archive", "Retired", "calm"),
    "prototype": Badge("circle-dashed", "Prototype", "calm"),
    "production": Badge("rocket", "Production", "good"),
    "active": Badge("circle-check", "Active", "good"),
}
UNMET_HARD_GATE = Badge("circle-x", "Not met", "bad")
GATES = {
    "hard": Badge("lock", "Hard gate", "ink"),
    "tracked": Badge("flag", "Tracked gap", "ink"),
}
DECISIONS = {
    "go": Badge("circle-check", "Go", "good"),
    "conditional": Badge("traffic-cone", "Conditional go", "warn"),
    "no_go": Badge("ban", "No-go", "bad"),
}
_SYNONYMS = {
    "failed": "fail",
    "passed": "pass",
    "hard_gate": "hard",
    "tracked_gap": "tracked",
    "conditional_go": "conditional",
    "nogo": "no_go",
    "na": "not_applicable",
    "unmet": "not_met",
    "verifying": "awaiting_verification",
    "archived": "retired",
}


def key_of(state: object) -> str:
    """The lookup key of a stored state: "No-go", "no_go" and "no go" are one."""
    key = str(state).strip().lower().replace("-", "_").replace(" ", "_")
    return _SYNONYMS.get(key, key)


def plain(state: object) -> Badge:
    """What a state nobody listed looks like: its own word in grey, never an error on a page."""
    return Badge("circle-dashed", key_of(state).replace("_", " ").capitalize() or "None", "calm")


def status(state: object, gate: object = "") -> Badge:
    """The badge of a status. An unmet or failing item is red only when its gate is hard."""
    key = key_of(state)
    if key in {"not_met", "fail"} and key_of(gate) == "hard":
        return UNMET_HARD_GATE if key == "not_met" else Badge("circle-x", "Fail", "bad")
    return STATUSES.get(key) or plain(state)


def gate(kind: object) -> Badge:
    return GATES.get(key_of(kind)) or plain(kind)


def decision(state: object) -> Badge:
    return DECISIONS.get(key_of(state)) or plain(state)
