"""The pages of a review, by the moment in its life at which they are needed."""

from reviews.views.after import compare, drift
from reviews.views.attending import hand_over, ready, writing
from reviews.views.deciding import decide
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
from reviews.views.speaking import confirm, notes, raise_item, read_line, say, take_back

__all__ = [
    "acknowledge",
    "acknowledge_output",
    "ask_to_talk",
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
    "mark_read",
    "mine",
    "minutes",
    "move",
    "notes",
    "packet",
    "packet_json",
    "participants",
    "pause",
    "pre_read",
    "raise_item",
    "read_line",
    "ready",
    "remind",
    "remove_participant",
    "reschedule",
    "resume",
    "review",
    "reviews",
    "room",
    "say",
    "schedule",
    "sign_off",
    "stream",
    "take_back",
    "take_over",
    "withdraw_incident",
    "withdraw_talk_request",
    "write_incident",
    "writing",
]
