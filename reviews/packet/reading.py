"""A packet read back: of whichever format, frozen or a draft, in the one shape that pages, minutes and mails show."""

import json
from typing import Any

from reviews.packet.signed import FROZEN, Fields

UNFROZEN = {"content_digest": "", "pauses": 0, "take_overs": 0, "sign_offs": []}


def read(body: str) -> Fields:
    return as_shown(json.loads(body))


def as_shown(packet: Fields) -> Fields:
    """The first format knew no votes, no parking lot and no signed draft; a draft was never frozen."""
    return packet | {
        "participants": [{"was_present": bool(row["present_since"])} | row for row in packet["participants"]],
        "agenda": [{"ballots": [], "asked": _asked(row)} | row for row in packet["agenda"]],
        "parking_lot": packet.get("parking_lot", []),
        FROZEN: UNFROZEN | packet.get(FROZEN, {}),
    }


def _asked(row: Fields) -> list[Fields]:
    """The first format knew one person's word, who put the item on the agenda in the room."""
    person, why = row.get("raised_by"), row.get("reason_note")
    return [{"person": person, "why": why}] if person and why else []


def gaps(packet: Fields) -> list[dict[str, Any]]:
    """The open items and who answers for them, hard gates first, then the first due first: {"id", "key", "title", "gate",
    "status", "waived_until", "owner", "due_on", "plan"}.
    """
    found = []
    for item in packet["items"]:
        if item["status"] not in {"met", "not_applicable"}:
            gap = item["gap"] or dict.fromkeys(("id", "owner", "due_on", "plan"))
            row = {name: item[name] for name in ("key", "title", "gate", "status", "waived_until")}
            found.append(row | {name: gap[name] for name in ("id", "owner", "due_on", "plan")})
    return sorted(found, key=lambda row: (row["gate"] != "hard", row["due_on"] or "9999", row["title"]))


def owed(packet: Fields) -> dict[int, list[dict[str, Any]]]:
    """Person's id → the open gaps that they own."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in gaps(packet):
        if row["owner"]:
            found.setdefault(row["owner"]["id"], []).append(row)
    return found
