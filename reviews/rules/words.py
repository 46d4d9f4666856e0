"""The words of the meeting, and its legal moves. Plain values; the models store them."""

from enum import StrEnum


class ReviewStatus(StrEnum):
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    DECIDED = "decided"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


MOVES: dict[ReviewStatus, frozenset[ReviewStatus]] = {
    ReviewStatus.SCHEDULED: frozenset({ReviewStatus.IN_PROGRESS, ReviewStatus.CANCELLED}),
    ReviewStatus.IN_PROGRESS: frozenset({ReviewStatus.PAUSED, ReviewStatus.DECIDED, ReviewStatus.CANCELLED}),
    ReviewStatus.PAUSED: frozenset({ReviewStatus.IN_PROGRESS, ReviewStatus.CANCELLED}),
    ReviewStatus.DECIDED: frozenset(),
    ReviewStatus.CANCELLED: frozenset(),
}


def move_problem(status: str, to: ReviewStatus) -> str | None:
    """Why a review that is `status` can't become `to`; None when it can. A move to where it already is is no move either."""
    if to in MOVES[ReviewStatus(status)]:
        return None
    return _NOT_FROM[ReviewStatus(status)]


_NOT_FROM = {
    ReviewStatus.SCHEDULED: "The meeting has not begun yet; begin it first.",
    ReviewStatus.IN_PROGRESS: "The meeting is already running.",
    ReviewStatus.PAUSED: "The meeting is paused; resume it first.",
    ReviewStatus.DECIDED: "This review is decided, and what was decided is frozen; schedule another one.",
    ReviewStatus.CANCELLED: "This review was cancelled; schedule another one.",
}


class ParticipantRole(StrEnum):
    LEAD = "lead"
    ON_CALL = "on_call"
    PLATFORM = "platform"
    MANAGER = "manager"
    OUTSIDE = "outside"
    MEMBER = "member"

    @property
    def label(self) -> str:
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    ParticipantRole.LEAD: "Tech lead",
    ParticipantRole.ON_CALL: "On-call",
    ParticipantRole.PLATFORM: "Platform",
    ParticipantRole.MANAGER: "Engineering manager",
    ParticipantRole.OUTSIDE: "Outside engineer",
    ParticipantRole.MEMBER: "Team member",
}


class AgendaReason(StrEnum):
    """Why an item is talked about, in the order in which the room takes them."""

    UNMET = "unmet"
    UNKNOWN = "unknown"
    STALE = "stale"
    CHANGED = "changed"
    DISPUTED = "disputed"
    WAIVED = "waived"

    @property
    def label(self) -> str:
        return _REASON_LABELS[self]


_REASON_LABELS = {
    AgendaReason.UNMET: "Not met",
    AgendaReason.UNKNOWN: "Unknown",
    AgendaReason.STALE: "Stale",
    AgendaReason.CHANGED: "Changed since the last decision",
    AgendaReason.DISPUTED: "Somebody wants to talk about it",
    AgendaReason.WAIVED: "Under a waiver",
}


class Word(StrEnum):
    """What the room says of an item. `met` is refused while the proof does not say so (rule *proof-only*)."""

    MET = "met"
    GAP = "gap"
    NOT_APPLICABLE = "not_applicable"
    PARKED = "parked"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class VoteChoice(StrEnum):
    """An answer to "is this good enough to go live?"."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"

    @property
    def label(self) -> str:
        return {"yes": "Good enough", "no": "Not good enough", "unsure": "Not sure"}[self.value]
