"""Who signed what, and whether it still counts. Rule *frozen*: a sign-off binds to exactly what was read.

A draft may be signed before it is decided. When something in it changes under a name, that sign-off is stale until its person
signs again; only what fits goes into the frozen packet, and after the decision the frozen packet is what is signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from readiness.accounts.models import User
from reviews.meeting import Meeting
from reviews.models import Packet, Participant, Review, SignOff
from reviews.packet import as_shown, content_digest, draft, read
from reviews.packet.signed import changed, fingerprints, told


@dataclass(frozen=True, slots=True)
class Signature:
    """One seat at the table: who took part as what, what they signed last, and what changed under it since (None: nothing)."""

    row: Participant
    signed: SignOff | None
    changes: tuple[str, ...] | None = None

    @property
    def is_binding(self) -> bool:
        return self.signed is not None and self.changes is None

    @property
    def is_stale(self) -> bool:
        return self.signed is not None and self.changes is not None


@dataclass(frozen=True)
class Sheet:
    """The packet as it can be signed now, frozen or a draft. `digest` is what a signature binds to; `problem` why nobody can sign
    yet, in the words of what has to be settled first.
    """

    review: Review
    packet: dict[str, Any]
    digest: str
    frozen: Packet | None
    participants: list[Participant]
    sign_offs: list[SignOff]
    problem: str = ""

    @classmethod
    def of_draft(cls, meeting: Meeting) -> Sheet:
        packet = draft(meeting)
        rows = list(SignOff.objects.filter(review=meeting.review).select_related("person"))
        problem = meeting.blockers[0].sentence if meeting.blockers else ""
        return cls(meeting.review, packet, content_digest(packet), None, meeting.participants, rows, problem)

    @classmethod
    def of_frozen(cls, review: Review, frozen: Packet) -> Sheet:
        rows = list(SignOff.objects.filter(review=review).select_related("person"))
        people = list(review.participants.select_related("person"))
        return cls(review, read(frozen.body), frozen.digest, frozen, people, rows)

    @cached_property
    def shown(self) -> dict[str, Any]:
        return as_shown(self.packet)

    @cached_property
    def binding(self) -> frozenset[str]:
        """The digests that count. A packet's draft counts when it was frozen as it was signed."""
        seal = self.frozen.content_digest if self.frozen else ""
        return frozenset({self.digest, seal} - {""})

    @cached_property
    def parts(self) -> dict[str, str]:
        return fingerprints(self.shown)

    @cached_property
    def signatures(self) -> list[Signature]:
        """One for each role in which somebody was present."""
        latest = {(row.person_id, row.role): row for row in self.sign_offs}
        for row in self.sign_offs:  # what binds goes before what was signed of another draft
            if row.digest in self.binding:
                latest[row.person_id, row.role] = row
        return [self._of(row, latest.get((row.person_id, row.role))) for row in self.participants if row.present_since]

    def _of(self, row: Participant, signed: SignOff | None) -> Signature:
        if signed is None or signed.digest in self.binding:
            return Signature(row, signed)
        parts = changed(signed.parts, self.parts)
        titles = {item["key"]: item["title"] for item in self.packet["items"]}
        return Signature(row, signed, tuple(told(parts, titles, self._who_since(signed, parts))))

    def _who_since(self, signed: SignOff, parts: Iterable[str]) -> Mapping[str, str]:
        """Part → who changed it, as far as the packet itself says."""
        moment = f"{signed.signed_at:%Y-%m-%dT%H:%M:%SZ}"
        said = {f"agenda:{row['item']}": row for row in self.packet["agenda"]}
        spoken = {part: said[part] for part in parts if part in said and said[part]["said_by"]}
        return {part: row["said_by"]["name"] for part, row in spoken.items() if row["said_at"] >= moment}

    @property
    def bound(self) -> int:
        return sum(1 for signature in self.signatures if signature.is_binding)

    def to_sign(self, person: User) -> list[Signature]:
        """What this person could sign, or sign again."""
        mine = [signature for signature in self.signatures if signature.row.person_id == person.pk]
        return [signature for signature in mine if not signature.is_binding]


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a decided review: how many signed of those who took part, and how many read it of those who were mailed."""

    signed: int
    to_sign: int
    read: int
    to_read: int


def tallies(reviews: Iterable[Review]) -> dict[int, Tally]:
    """Review's id → its tally. One query; the reviews come with their participants."""
    reviews = list(reviews)
    bound: dict[int, set[tuple[int, str]]] = {}
    rows = SignOff.objects.binding().filter(review__in=reviews)
    for review_id, person_id, role in rows.values_list("review_id", "person_id", "role"):
        bound.setdefault(review_id, set()).add((person_id, role))
    return {review.pk: _tally(list(review.participants.all()), bound.get(review.pk, set())) for review in reviews}


def _tally(rows: list[Participant], bound: set[tuple[int, str]]) -> Tally:
    there = {(row.person_id, row.role) for row in rows if row.present_since}
    read = {row.person_id for row in rows if row.output_acknowledged_at}
    return Tally(len(there & bound), len(there), len(read), len({row.person_id for row in rows}))
