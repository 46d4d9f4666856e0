"""What makes each of the three parts of a launch plan complete. Pure; each answers with what is missing, or with nothing."""

import hashlib
from collections.abc import Sequence
from typing import TypedDict

ROLL_BACK = "roll back"
GO_ON = "go on"
DIRECTIONS = (ROLL_BACK, GO_ON)


class Audience(TypedDict):
    who: str
    when: str
    channel: str


class Step(TypedDict):
    percent: int
    hold_minutes: int
    metric: str


class Threshold(TypedDict):
    metric: str
    limit: str
    action: str


def announcement_problem(audiences: Sequence[Audience]) -> str:
    if not audiences:
        return "Nobody is told yet: add who is told, when, and on which channel."
    for audience in audiences:
        missing = [
            name for name, value in (("when", audience["when"]), ("on which channel", audience["channel"])) if not value
        ]
        if not audience["who"]:
            return "One line does not say who is told."
        if missing:
            return f"Say {' and '.join(missing)} {audience['who']} is told."
    return ""


def ramp_problem(ramp: Sequence[Step], min_steps: int = 2) -> str:
    if len(ramp) < min_steps:
        return f"Traffic has to reach 100 % in at least {min_steps} steps; there {'is' if len(ramp) == 1 else 'are'} {len(ramp)}."
    shares = [step["percent"] for step in ramp]
    if shares != sorted(set(shares)) or shares[0] < 1:
        return "Each step takes more traffic than the one before it."
    if shares[-1] != 100:
        return f"The last step is at {shares[-1]} %; it has to be 100 %."
    for step in ramp:
        if step["hold_minutes"] < 1:
            return f"Say how long traffic is held at {step['percent']} %."
        if not step["metric"]:
            return f"Say which metric is watched at {step['percent']} %."
    return ""


def thresholds_problem(thresholds: Sequence[Threshold], *, has_decider: bool) -> str:
    if any(not threshold["metric"] or not threshold["limit"] for threshold in thresholds):
        return "Each threshold names a metric and its limit."
    directions = {threshold["action"] for threshold in thresholds}
    absent = [direction for direction in DIRECTIONS if direction not in directions]
    if absent:
        return f"No threshold says when to {', and none when to '.join(absent)}."
    return "" if has_decider else "Name the one person who decides."


def missing(
    audiences: Sequence[Audience], ramp: Sequence[Step], thresholds: Sequence[Threshold], *, has_decider: bool
) -> list[str]:
    """What the whole plan still lacks, a sentence for each part; empty when it is complete."""
    problems = (
        announcement_problem(audiences),
        ramp_problem(ramp),
        thresholds_problem(thresholds, has_decider=True),
        "" if has_decider else "Name the one person who decides.",
    )
    return [problem for problem in problems if problem]


def line_key(audience: Audience) -> str:
    """Names a line by its words: who was told stays told when other lines of the plan change."""
    words = "\n".join((audience["who"], audience["when"], audience["channel"]))
    return hashlib.sha256(words.encode()).hexdigest()[:16]
