"""Is it worth meeting yet; and if not, to which day would one move the meeting?"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from reviews import rules
from reviews.meeting import Meeting
from reviews.models import go_live_of


@dataclass(frozen=True, slots=True)
class Postponement:
    """`starts_at` in the reader's zone, None when no day before go-live is left; `reason`: rule *timing* asks for it then."""

    sentence: str
    starts_at: datetime | None
    reason: str


def postponement(meeting: Meeting) -> Postponement | None:
    """None when there is enough to talk about, or it is too late to move the meeting."""
    review = meeting.review
    if not meeting.too_early or not review.is_scheduled:
        return None
    planned, go_live_on = timezone.localtime(review.starts_at), go_live_of(review.service)
    day = rules.postponed(planned.date(), go_live_on)
    later = timezone.make_aware(datetime.combine(day, planned.time())) if day else None
    is_free = day is None or rules.timing_problem(day, go_live_on, "") is None
    return Postponement(meeting.too_early, later, "" if is_free else _why(meeting, planned.date()))


def _why(meeting: Meeting, planned: date) -> str:
    return f"Moved from {rules.spelled(planned)}: {meeting.bare} items still lacked any proof."
