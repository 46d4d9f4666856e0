"""A launch goes as its plan says: it rests on a decision, steps come in order and are held, figures decide, and one person does.

Pure. Each refusal has a rule: *derived-decision* (no launch without a go), *as-planned* (the plan says what comes next).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from readiness.assessments.rules.decision import Decision
from readiness.assessments.rules.limits import Limit

AS_PLANNED = "as-planned"
DERIVED_DECISION = "derived-decision"
ROLL_BACK = "roll back"
STALE_AFTER = timedelta(minutes=2)
"""A figure that is older says nothing of now: scrapes are a minute apart at most, and it is read every 15 seconds."""
UNTELL_WITHIN = timedelta(minutes=10)
REASON_MINIMUM = 10


class Verdict(StrEnum):
    """How a figure stands to its limit. `inside`: all is well, also when a limit to go on is reached."""

    INSIDE = "inside"
    BEYOND = "beyond"
    GROWING = "growing"  # beyond, and not yet for as long as the limit says
    NOT_YET = "not-yet"  # what going on asks for is not reached
    UNKNOWN = "unknown"
    BY_EYE = "by-eye"  # nobody reads it but people

    @property
    def label(self) -> str:
        return _VERDICTS[self][0]

    @property
    def tone(self) -> str:
        return _VERDICTS[self][1]

    @property
    def icon(self) -> str:
        return _VERDICTS[self][2]


_VERDICTS = {
    Verdict.INSIDE: ("inside", "good", "circle-check"),
    Verdict.BEYOND: ("beyond", "bad", "alert-triangle"),
    Verdict.GROWING: ("beyond for a moment", "warn", "clock-exclamation"),
    Verdict.NOT_YET: ("not yet", "warn", "hourglass"),
    Verdict.UNKNOWN: ("unknown", "calm", "help-circle"),
    Verdict.BY_EYE: ("look yourself", "calm", "eye"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a figure. `value` is in the limit's unit; None with a `problem`."""

    at: datetime
    value: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """`reason`: why it is unknown, or for how long it has held."""

    verdict: Verdict
    value: float | None = None
    at: datetime | None = None
    reason: str = ""


def judge(limit: Limit | None, action: str, readings: Sequence[Reading], now: datetime) -> Judged:
    """`readings` oldest first. Rule *unknown-blocks*: what is not known is neither inside nor beyond."""
    if limit is None:
        last = readings[-1] if readings else None
        return Judged(Verdict.BY_EYE, last.value if last else None, last.at if last else None)
    if not readings:
        return Judged(Verdict.UNKNOWN, reason="It was not read yet.")
    last = readings[-1]
    if now - last.at > STALE_AFTER:
        return Judged(Verdict.UNKNOWN, last.value, last.at, "The last value is too old to say anything of now.")
    if last.value is None:
        known = next((reading for reading in reversed(readings) if reading.value is not None), Reading(last.at))
        return Judged(Verdict.UNKNOWN, known.value, known.at, last.problem)
    held = _held(limit, readings)
    is_reached = held is not None and held >= limit.lasting
    short = f"for {_minutes(held)} of {_minutes(limit.lasting)}" if held is not None and not is_reached else ""
    if action == ROLL_BACK:
        verdict = Verdict.BEYOND if is_reached else Verdict.GROWING if short else Verdict.INSIDE
    else:
        verdict = Verdict.INSIDE if is_reached else Verdict.NOT_YET
    return Judged(verdict, last.value, last.at, short)


def _held(limit: Limit, readings: Sequence[Reading]) -> timedelta | None:
    """For how long the limit has held until the last reading; None when it does not. What could not be read breaks nothing."""
    since: datetime | None = None
    for reading in reversed(readings):
        if reading.value is None:
            continue
        if not limit.holds(reading.value) or (since and since - reading.at > STALE_AFTER):
            break
        since = reading.at
    return readings[-1].at - since if since else None


def _minutes(length: timedelta | None) -> str:
    seconds = int(length.total_seconds()) if length else 0
    return f"{seconds} s" if seconds < 120 and seconds % 60 else f"{seconds // 60} min"


# Starting


@dataclass(frozen=True, slots=True)
class Problem:
    rule: str
    sentence: str


def start_problem(
    *, decision: str, missing: Sequence[str], has_plan: bool, launched_on: date | None, name: str
) -> Problem | None:
    """Why a launch can't start; None when it can."""
    if launched_on is not None:
        return Problem(AS_PLANNED, f"{name} is live since {launched_on:%d %B %Y}; there is nothing to launch.")
    if not decision:
        return Problem(
            DERIVED_DECISION, "No review has decided about this service yet. Hold one; a launch begins with a go."
        )
    if decision == Decision.NO_GO:
        return Problem(
            DERIVED_DECISION,
            "The last review decided no-go. Close what it found and hold another review; a launch begins with a go.",
        )
    if not has_plan:
        return Problem(AS_PLANNED, "There is no launch plan yet; the tech lead writes it.")
    if missing:
        return Problem(AS_PLANNED, f"The launch plan is not complete: {missing[0]}")
    return None


def other_day_problem(today: date, go_live_on: date | None) -> str:
    """What has to be given a reason; empty on the day that was planned, and where none was."""
    if go_live_on is None or go_live_on == today:
        return ""
    return f"Today is not the day that was planned: that is {go_live_on:%d %B %Y}. Say why it starts today."


# Going on


@dataclass(frozen=True, slots=True)
class Watched:
    """A threshold that is measured, as going on sees it."""

    name: str
    action: str
    verdict: Verdict


def going_on_problems(*, percent: int, held_until: datetime, now: datetime, watched: Iterable[Watched]) -> list[str]:
    """What speaks against leaving this step: each needs a reason. Empty when the plan is kept."""
    problems = []
    if now < held_until:
        problems.append(f"{percent} % is to be held for {_left(held_until - now)} more.")
    for one in watched:
        if one.action == ROLL_BACK and one.verdict is Verdict.BEYOND:
            problems.append(f"{one.name} is beyond the limit at which the plan rolls back.")
        elif one.action == ROLL_BACK and one.verdict is Verdict.UNKNOWN:
            problems.append(f"Nobody knows whether {one.name} is inside its limit.")
        elif one.action != ROLL_BACK and one.verdict in {Verdict.NOT_YET, Verdict.UNKNOWN}:
            problems.append(f"{one.name} is not where the plan wants it for going on.")
    return problems


def _left(length: timedelta) -> str:
    seconds = max(1, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(-(-seconds // 60), 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes))


def reason_problem(reason: str) -> str:
    return "" if len(reason.strip()) >= REASON_MINIMUM else "Say why, in a few words; it stays in the history."
