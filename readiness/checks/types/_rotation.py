"""What is asked of a secret wherever it is kept: it was renewed lately, and was so before."""

from datetime import UTC, datetime, timedelta

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types.contract import joined, plural, shortened

A_DAY = timedelta(days=1)


def judged(
    name: str,
    *,
    rotated_at: datetime | None,
    has_previous: bool,
    rotation_days: int,
    now: datetime,
    seen: dict[str, Figure],
) -> Outcome:
    """`rotated_at`: when its current value came; None when that was its first. Values are never read."""
    name = shortened(name, 100)
    days = None if rotated_at is None else (now - rotated_at) // A_DAY
    figures = {"days_since_rotation": days, "has_previous": has_previous, **seen}
    if rotated_at is not None and rotated_at > now + A_DAY:
        return unknown(f"{name} was rotated in the future, if its clock is right.", figures)
    problems = []
    if rotated_at is None or not has_previous:
        problems.append(f"{name} has never been rotated: it has one version only. Rotate it once, and see what breaks.")
    elif (days or 0) > rotation_days:
        when = rotated_at.astimezone(UTC)
        problems.append(
            f"{name} was rotated {plural(days or 0, 'day')} ago, on {when:%d %b %Y}; {rotation_days} are allowed."
        )
    if problems:
        return failed(
            joined(problems), figures, tuple(Finding("not-rotated", Level.ERROR, one, name) for one in problems)
        )
    return passed(f"{name} was rotated {plural(days or 0, 'day')} ago, and the version before is known.", figures)
