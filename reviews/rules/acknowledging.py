"""Who was mailed what came out says that they read it; whoever has not is reminded once, and not before a day has passed."""

from datetime import datetime, timedelta

REMINDER_AFTER = timedelta(days=1)


def reminder_problem(decided_at: datetime | None, unread: int, *, was_sent: bool, now: datetime) -> str | None:
    """Why no reminder can go out; None when it can. `decided_at` in the reader's time zone, for they read it."""
    if decided_at is None:
        return "There is nothing to read yet: the review is not decided."
    if not unread:
        return "Everybody has read it."
    if was_sent:
        return "They were reminded already; it is asked once."
    if now < decided_at + REMINDER_AFTER:
        begins = decided_at + REMINDER_AFTER
        return f"They got the mail; a reminder can go out from {begins.day} {begins:%B, %H:%M} on."
    return None
