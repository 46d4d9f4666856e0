"""What people may claim: dates, attestations, excuses, waivers. Each answers with what is wrong, in words for the field."""

from datetime import UTC, date, datetime, timedelta

ATTESTATION_NOTE_MINIMUM = 80
EXCUSE_MINIMUM = 20
WAIVER_LONGEST = timedelta(days=90)
CLOCK_SKEW = timedelta(minutes=5)
BACKDATED_AFTER = timedelta(days=1)
NEW_FOR = timedelta(days=30)
"""*pinned*: how long an item that an upgrade brought in is new."""


def date_problem(observed_at: datetime, received_at: datetime) -> str | None:
    """*three-dates*: proof from the future is refused; small differences between clocks are not."""
    if observed_at > received_at + CLOCK_SKEW:
        moment = f"{observed_at.astimezone(UTC):%d %B %Y %H:%M} UTC"
        return f"Observed at {moment} is in the future; check the clock of the machine that made it."
    return None


def is_backdated(observed_at: datetime, received_at: datetime) -> bool:
    return received_at - observed_at > BACKDATED_AFTER


def attestation_problems(
    *,
    link: str,
    performed_on: date,
    performed_by: int,
    witness: int,
    note: str,
    today: date,
    recorded_by: int | None = None,
    valid_days: int | None = None,
) -> dict[str, str]:
    """*attestation*: field → what is wrong with it. Empty when it may be recorded. People are ids.

    `recorded_by`: whoever writes it down can't be the witness either, or one person alone could make proof.
    """
    problems: dict[str, str] = {}
    if not link.startswith(("https://", "http://")):
        problems["link"] = "Give the address of a document, a ticket or a recording that shows it."
    if performed_on > today:
        problems["performed_on"] = "It can't have been performed in the future."
    elif valid_days is not None and (today - performed_on).days >= valid_days:
        problems["performed_on"] = (
            f"Proof of this lasts {valid_days} days; what was done on {performed_on:%d %B %Y} has expired."
        )
    if witness == performed_by:
        problems["witness"] = "The witness must be somebody other than the person who performed it."
    elif witness == recorded_by:
        problems["witness"] = "The witness must be somebody other than you: two people stand behind an attestation."
    if len(note.strip()) < ATTESTATION_NOTE_MINIMUM:
        problems["note"] = (
            f"Say in at least {ATTESTATION_NOTE_MINIMUM} characters what was done and seen; this has {len(note.strip())}."
        )
    return problems


def waiver_problem(ends_on: date, today: date) -> str | None:
    """*waivers-expire*: at most 90 days, and not over before it begins."""
    if ends_on <= today:
        return "A waiver ends in the future; choose a later day."
    if ends_on - today > WAIVER_LONGEST:
        return (
            f"A waiver lasts at most {WAIVER_LONGEST.days} days; choose {today + WAIVER_LONGEST:%d %B %Y} or earlier."
        )
    return None
