"""The meeting: who comes, what is talked about, what the room says, what was decided, who signed, and the frozen packet."""

from reviews.models.agenda import AgendaItem, AgendaQuerySet, ParkedTopic, SpokenWord, TalkRequest
from reviews.models.ballot import Ballot, Vote
from reviews.models.incident import Incident, IncidentItem, IncidentQuerySet
from reviews.models.packet import Packet, SignOff, SignOffQuerySet
from reviews.models.review import LIVE, Participant, Review, ReviewQuerySet, go_live_of

__all__ = [
    "LIVE",
    "AgendaItem",
    "AgendaQuerySet",
    "Ballot",
    "Incident",
    "IncidentItem",
    "IncidentQuerySet",
    "Packet",
    "ParkedTopic",
    "Participant",
    "Review",
    "ReviewQuerySet",
    "SignOff",
    "SignOffQuerySet",
    "SpokenWord",
    "TalkRequest",
    "Vote",
    "go_live_of",
]
