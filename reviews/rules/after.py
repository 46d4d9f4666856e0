"""After the decision: when to meet again. When the next review is due, and why, is `assessments.rules.next_review`."""

from datetime import date, timedelta

NOTICE = timedelta(days=7)
"""So much time people like to have before a meeting."""
FRIDAY = 4


def day_to_meet_again(due_on: date, today: date) -> date:
    """A working day in a week's time, or sooner where it is due sooner; when that is over, the next working day."""
    wanted = min(due_on, today + NOTICE)
    wanted -= timedelta(days=max(0, wanted.weekday() - FRIDAY))
    if wanted > today:
        return wanted
    days = (today + timedelta(days=n) for n in range(1, 4))
    return next(day for day in days if day.weekday() <= FRIDAY)
