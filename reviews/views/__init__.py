"""The pages of a review, by the moment in its life at which they are needed."""

from reviews.views.after import compare, drift
from reviews.views.attending import hand_over, ready, writing
from reviews.views.deciding import decide, settle
from reviews.views.following import stream
from reviews.views.incidents import (
    edit_incident,
    incident,
    incidents,
    let_through,
    withdraw_incident,
    write_incident,
)
from reviews.views.listing import reviews
from reviews.views.packets import acknowledge_output, minutes, packet, packet_json, remind, sign_off
from reviews.views.preparing import (
    ask_to_talk,
    invitation,
    mark_read,
    pre_read,
    review,
    withdraw_talk_request,
)
from reviews.views.room import acknowledge, begin, join, mine, move, pause, resume, room, take_over
from reviews.views.scheduling import cancel, participants, remove_participant, reschedule, schedule
from reviews.views.speaking import confirm, notes, raise_item, read_line, read_notes, say, take_back
from reviews.views.voting import (
    ballot,
    look,
    my_vote,
    open_ballot,
    park,
    reopen_topic,
    reveal,
    settle_topic,
    vote,
)

__all__ = [
    "acknowledge",
    "acknowledge_output",
    "ask_to_talk",
    "ballot",
    "begin",
    "cancel",
    "compare",
    "confirm",
    "decide",
    "drift",
    "edit_incident",
    "hand_over",
    "incident",
    "incidents",
    "invitation",
    "join",
    "let_through",
    "look",
    "mark_read",
    "mine",
    "minutes",
    "move",
    "my_vote",
    "notes",
    "open_ballot",
    "packet",
    "packet_json",
    "park",
    "participants",
    "pause",
    "pre_read",
    "raise_item",
    "read_line",
    "read_notes",
    "ready",
    "remind",
    "remove_participant",
    "reopen_topic",
    "reschedule",
    "resume",
    "reveal",
    "review",
    "reviews",
    "room",
    "say",
    "schedule",
    "settle",
    "settle_topic",
    "sign_off",
    "stream",
    "take_back",
    "take_over",
    "vote",
    "withdraw_incident",
    "withdraw_talk_request",
    "write_incident",
    "writing",
]
