"""The rules of the meeting: *timing*, *led-by-owner*, *accountable-output*, *derived-decision*, *second-pair*. Pure; no Django.

Facts in, values out; the clock is an argument. A refused action, a disabled button, a page and the API say the same sentence
because they ask the same function here.
"""

from reviews.rules.acknowledging import reminder_problem
from reviews.rules.after import day_to_meet_again
from reviews.rules.agenda import Candidate, Point, agenda, reason_to_talk
from reviews.rules.clock import Hand, nudge
from reviews.rules.clocks import Clock, clocks, is_odd, place_of
from reviews.rules.cost import Stay, person_seconds
from reviews.rules.decision import Heading, heading, looser_problem
from reviews.rules.estimate import DEFAULT_SECONDS, Estimate, Talk, Talked, estimate, length_for, share
from reviews.rules.merging import both
from reviews.rules.one_line import Line, Named, read_line, suggested_due
from reviews.rules.output import (
    OF_THE_GAP,
    Blocker,
    Kind,
    Lack,
    PointFacts,
    ReviewFacts,
    Rule,
    Where,
    blockers,
    lacks,
    last_due_day,
    met_problem,
    point_lacks,
)
from reviews.rules.preparation import (
    EMPHASIS,
    READING,
    Chapter,
    Emphasis,
    ReadFacts,
    emphasis,
    postponed,
    reading,
    worth_meeting,
)
from reviews.rules.presence import (
    ABANDONED_AFTER,
    HEARD_EVERY,
    LOST_AFTER,
    Presence,
    Traces,
    hand_over_problem,
    is_waited_for,
    mood,
    take_over_problem,
)
from reviews.rules.timing import (
    distance,
    doors_problem,
    is_asked_why,
    is_in_window,
    spelled,
    suggested_day,
    timing_problem,
    weekend,
    window,
)
from reviews.rules.undo import undo_problem
from reviews.rules.votes import ballot_problem, question_for
from reviews.rules.words import MOVES, AgendaReason, ParticipantRole, ReviewStatus, VoteChoice, Word, move_problem

__all__ = [
    "ABANDONED_AFTER",
    "DEFAULT_SECONDS",
    "EMPHASIS",
    "HEARD_EVERY",
    "LOST_AFTER",
    "MOVES",
    "OF_THE_GAP",
    "READING",
    "AgendaReason",
    "Blocker",
    "Candidate",
    "Chapter",
    "Clock",
    "Emphasis",
    "Estimate",
    "Hand",
    "Heading",
    "Kind",
    "Lack",
    "Line",
    "Named",
    "ParticipantRole",
    "Point",
    "PointFacts",
    "Presence",
    "ReadFacts",
    "ReviewFacts",
    "ReviewStatus",
    "Rule",
    "Stay",
    "Talk",
    "Talked",
    "Traces",
    "VoteChoice",
    "Where",
    "Word",
    "agenda",
    "ballot_problem",
    "blockers",
    "both",
    "clocks",
    "day_to_meet_again",
    "distance",
    "doors_problem",
    "emphasis",
    "estimate",
    "hand_over_problem",
    "heading",
    "is_asked_why",
    "is_in_window",
    "is_odd",
    "is_waited_for",
    "lacks",
    "last_due_day",
    "length_for",
    "looser_problem",
    "met_problem",
    "mood",
    "move_problem",
    "nudge",
    "person_seconds",
    "place_of",
    "point_lacks",
    "postponed",
    "question_for",
    "read_line",
    "reading",
    "reason_to_talk",
    "reminder_problem",
    "share",
    "spelled",
    "suggested_day",
    "suggested_due",
    "take_over_problem",
    "timing_problem",
    "undo_problem",
    "weekend",
    "window",
    "worth_meeting",
]
