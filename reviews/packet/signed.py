"""What people sign of a packet, before and after it is frozen, and which part of it changed since. Plain Python; no database.

People sign the packet without what the act of freezing adds, without the meeting's clocks, and without what a machine writes anew
each time it looks: a check that runs again and says the same is no change. So the content's digest is the same for a draft and
for the packet frozen from it, unless somebody changed something in between. It can be had without this program as well, see
docs/packets.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reviews.packet.canonical import FORMAT, Tampered, canonical, check_file, digest

type Fields = dict[str, Any]

FROZEN = "frozen"
CLOCKS = {
    "review": ("facilitator", "seconds"),
    "decision": ("decided_by", "decided_at"),
    "agenda": ("seconds",),
    "participants": ("present_since",),
}
"""Left out of what is signed, by part: who led through the agenda, how long it took, when it ended."""
SEEN_ANEW = ("reason", "valid_until")
"""Left out of an item, its criteria and the decision's blockers: they repeat what the newest proof says."""
OF_A_MACHINE = ("criterion", "how", "kind", "result", "strength", "source")
"""All that is signed of a proof that no person brought."""


def content(packet: Mapping[str, Any]) -> Fields:
    """What is signed of it."""
    found = {name: _without(part, CLOCKS[name]) if name in CLOCKS else part for name, part in packet.items()}
    found.pop(FROZEN, None)
    decision = found["decision"] | {"blockers": _without(found["decision"]["blockers"], SEEN_ANEW)}
    return found | {"decision": decision, "items": [_item(row) for row in packet["items"]]}


def _without(part: Any, names: Iterable[str]) -> Any:
    if isinstance(part, list):
        return [_without(row, names) for row in part]
    return _but(part, names)


def _but(row: Fields, names: Iterable[str]) -> Fields:
    return {name: value for name, value in row.items() if name not in names}


def _item(row: Fields) -> Fields:
    criteria = _without(row["criteria"], (*SEEN_ANEW, "evidence"))
    return _but(row, SEEN_ANEW) | {"criteria": criteria, "evidence": [_proof(proof) for proof in row["evidence"]]}


def _proof(proof: Fields) -> Fields:
    is_of_a_person = proof["added_by"] or proof["performed_by"]
    return proof if is_of_a_person else {name: proof[name] for name in OF_A_MACHINE}


def content_digest(packet: Mapping[str, Any]) -> str:
    return digest(canonical(content(packet)))


def check(file: bytes) -> Fields:
    """As `check_file`, and that a packet says of nothing else what was signed before it was frozen. Raises Tampered."""
    packet = check_file(file)
    if packet["format"] == FORMAT:
        _check_content(packet)
    return packet


def _check_content(packet: Fields) -> None:
    try:
        said, found = packet[FROZEN]["content_digest"], content_digest(packet)
    except (AttributeError, KeyError, TypeError) as error:
        raise Tampered(f"This is no packet: what was signed can't be found in it ({error}).") from error
    if said != found:
        raise Tampered(f"The packet was changed: the digest of what was signed is {found}, and not {said} as it says.")


# Which part changed

SHORT = 16
APART = {"items": "key", "agenda": "item"}
"""Lists whose rows are told apart, and by which field."""
PARTS = {
    "review": "the review’s own facts",
    "service": "the service’s own facts",
    "checklist": "the checklist",
    "decision": "the decision",
    "checks": "what the checks are told",
    "waivers": "the waivers",
    "launch_plan": "the launch plan",
    "on_call_confirmations": "the on-call confirmations",
    "participants": "who takes part",
    "parking_lot": "the parking lot",
    "passed": "what passed, and who acknowledged it",
    "notes": "the notes",
}
NAMED_AT_MOST = 4


def fingerprints(packet: Mapping[str, Any]) -> dict[str, str]:
    """Part → short fingerprint; "items:obs-alerting" and "agenda:obs-alerting" are parts of their own. A sign-off keeps them, so
    that "this changed" can be said without keeping all of it twice. What proves anything is its digest, and not these.
    """
    return {name: digest(canonical({"part": part}))[:SHORT] for name, part in _parts(content(packet))}


def _parts(signed: Fields) -> Iterator[tuple[str, Any]]:
    for name, part in signed.items():
        if name in APART:
            yield from ((f"{name}:{row[APART[name]]}", row) for row in part)
        else:
            yield name, part


def changed(signed: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The parts that differ, in the order of the packet as it is now; what is gone comes last."""
    names = [*now, *(name for name in signed if name not in now)]
    return [name for name in names if signed.get(name) != now.get(name)]


def told(parts: Iterable[str], titles: Mapping[str, str], who: Mapping[str, str]) -> list[str]:
    """In words, as in "what the room said of “Alerting” (Pia Example)". `who`: part → who changed it, where that is known.

    The decision is named first; where an item's standing changed with what was said of it, that is one line.
    """
    parts = list(parts)
    spoken = {part.partition(":")[2] for part in parts if part.startswith("agenda:")}
    lines = []
    for part in sorted(parts, key=lambda part: part != "decision"):
        kind, _, key = part.partition(":")
        if kind == "items" and key in spoken:
            continue
        title = f"“{titles.get(key, key)}”"
        words = {"items": f"where {title} stands", "agenda": f"what the room said of {title}"}.get(kind)
        words = words or PARTS.get(kind, kind.replace("_", " "))
        lines.append(f"{words} ({who[part]})" if who.get(part) else words)
    return lines if len(lines) <= NAMED_AT_MOST else [*lines[:NAMED_AT_MOST], f"{len(lines) - NAMED_AT_MOST} more"]
