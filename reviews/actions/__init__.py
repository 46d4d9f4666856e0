"""Everything a person does to a review, from the invitation to the signature. Keyword-only, atomic, asked of policy, compared and
swapped, written into the history.
"""

from reviews.actions.abandoned import pause_abandoned
from reviews.actions.asking import ask_to_talk, mark_read, withdraw_talk_request
from reviews.actions.ballots import cast_vote, open_ballot, reveal_ballot
from reviews.actions.decision import acknowledge_output, decide, remind_to_read, reminder_problem, unread_by
from reviews.actions.incidents import edit_incident, withdraw_incident, write_incident
from reviews.actions.leading import hand_over, take_over
from reviews.actions.parking import park_topic, reopen_topic, settle_topic
from reviews.actions.people import add_participant, of_the_service, remove_participant
from reviews.actions.presence import heard_from, heard_from_screens, mark_ready, unmark_ready, write_in
from reviews.actions.room import (
    acknowledge_passed,
    begin,
    join,
    move,
    pause,
    raise_item,
    resume,
    write_notes,
)
from reviews.actions.scheduling import cancel, reschedule, schedule
from reviews.actions.signing import sign_off
from reviews.actions.undoing import take_back
from reviews.actions.verdicts import confirm, say

__all__ = [
    "acknowledge_output",
    "acknowledge_passed",
    "add_participant",
    "ask_to_talk",
    "begin",
    "cancel",
    "cast_vote",
    "confirm",
    "decide",
    "edit_incident",
    "hand_over",
    "heard_from",
    "heard_from_screens",
    "join",
    "mark_read",
    "mark_ready",
    "move",
    "of_the_service",
    "open_ballot",
    "park_topic",
    "pause",
    "pause_abandoned",
    "raise_item",
    "remind_to_read",
    "reminder_problem",
    "remove_participant",
    "reopen_topic",
    "reschedule",
    "resume",
    "reveal_ballot",
    "say",
    "schedule",
    "settle_topic",
    "sign_off",
    "take_back",
    "take_over",
    "unmark_ready",
    "unread_by",
    "withdraw_incident",
    "withdraw_talk_request",
    "write_in",
    "write_incident",
    "write_notes",
]
