"""What is signed of a packet: the same for the draft and for what is frozen from it, and every other change is found."""

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reviews.packet.canonical import Tampered, as_file, canonical, digest
from reviews.packet.reading import as_shown, gaps, owed
from reviews.packet.signed import changed, check, content, content_digest, fingerprints, told

MACHINE: dict[str, Any] = {
    "id": 7, "criterion": "probe", "how": "probe", "kind": "health_pair", "result": "pass", "strength": "observed",
    "source": "check health_pair #1", "reason": "Both answered.", "observed_at": "2026-03-02T09:30:00Z", "added_by": None,
    "performed_by": None, "valid_until": "2026-03-09T09:30:00Z",
}  # fmt: skip
PERSON = MACHINE | {"id": 8, "how": "attestation", "performed_by": {"id": 2, "name": "Olga"}, "note": "It went well."}
ITEM: dict[str, Any] = {
    "key": "probes", "title": "Probes", "gate": "hard", "status": "unknown", "reason": "p95 is 182 ms.", "valid_until": None,
    "strength": "observed", "waived_until": None,
    "criteria": [{"key": "probe", "status": "met", "reason": "Both answered.", "evidence": 7}],
    "evidence": [MACHINE, PERSON],
    "gap": {"id": 3, "owner": {"id": 1, "name": "Theo"}, "due_on": "2026-03-07", "plan": "Drill."},
}  # fmt: skip
DRAFT: dict[str, Any] = {
    "format": "readiness-packet/2",
    "review": {"id": 1, "place": "Room 4", "facilitator": None, "seconds": 0},
    "decision": {
        "decision": "no_go", "computed": "no_go", "stricter_reason": "", "decided_by": None, "decided_at": None,
        "blockers": [{"item": "probes", "rule": "unknown-blocks", "reason": "Probes is unknown: p95 is 182 ms."}],
    },
    "participants": [{"person": {"id": 1, "name": "Theo"}, "role": "lead", "was_present": True, "present_since": None}],
    "items": [ITEM],
    "agenda": [{"item": "probes", "word": "gap", "seconds": 0, "said_by": None, "said_at": None, "ballots": []}],
    "parking_lot": [],
    "notes": "Zoë said: “later”.",
}  # fmt: skip
JQ = Path("docs/packets.jq")


def frozen(draft: dict[str, Any] = DRAFT) -> dict[str, Any]:
    """As deciding freezes it: with its clocks, its decider and what machines saw again in between."""
    packet = copy.deepcopy(draft)
    packet["review"] |= {"facilitator": {"id": 2, "name": "Olga"}, "seconds": 1204}
    packet["decision"] |= {"decided_by": {"id": 1, "name": "Theo"}, "decided_at": "2026-03-02T10:35:00Z"}
    packet["decision"]["blockers"][0]["reason"] = "Probes is unknown: p95 is 190 ms."
    packet["participants"][0]["present_since"] = "2026-03-02T10:30:00Z"
    packet["agenda"][0]["seconds"] = 340
    packet["items"][0] |= {"reason": "p95 is 190 ms.", "valid_until": "2026-03-09T10:30:00Z"}
    packet["items"][0]["evidence"][0] |= {"id": 9, "observed_at": "2026-03-02T10:30:00Z", "reason": "Again."}
    packet["items"][0]["criteria"][0] |= {"evidence": 9, "reason": "Again."}
    seal = {"content_digest": content_digest(packet), "pauses": 1, "take_overs": 0, "sign_offs": []}
    return packet | {"frozen": seal}


def test_freezing_and_a_machine_that_looks_again_change_nothing_of_what_is_signed() -> None:
    assert content_digest(frozen()) == content_digest(DRAFT)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("decision", "decision"), "go"),
        (("decision", "stricter_reason"), "It was chaotic."),
        (("items", 0, "status"), "met"),
        (("items", 0, "evidence", 0, "result"), "fail"),
        (("items", 0, "evidence", 1, "note"), "It went badly."),
        (("items", 0, "gap", "due_on"), "2026-03-08"),
        (("agenda", 0, "word"), "met"),
        (("participants", 0, "was_present"), False),
        (("notes",), "Nothing."),
        (("parking_lot",), [{"text": "Pizza"}]),
    ],
)
def test_what_a_person_changed_changes_what_is_signed_and_is_named(place: tuple[Any, ...], value: Any) -> None:
    other = copy.deepcopy(DRAFT)
    spot = other
    for step in place[:-1]:
        spot = spot[step]
    spot[place[-1]] = value
    assert content_digest(other) != content_digest(DRAFT)
    (part,) = changed(fingerprints(DRAFT), fingerprints(other))
    assert part.partition(":")[0] == place[0]


def test_every_changed_byte_of_a_file_is_found() -> None:
    written = as_file(canonical(frozen()))
    assert check(written) == frozen()
    for position in range(len(written)):
        for change in (written[position] ^ 1, ord("0")):
            if change != written[position]:
                with pytest.raises(Tampered):
                    check(written[:position] + bytes([change]) + written[position + 1 :])


def test_a_packet_that_says_something_else_was_signed_is_refused() -> None:
    """Its own digest fits, for whoever forged it computed that anew; what was signed does not."""
    forged = frozen()
    forged["notes"] = "All is well."
    with pytest.raises(Tampered, match="the digest of what was signed"):
        check(as_file(canonical(forged)))
    lackings: list[dict[str, Any]] = [{"frozen": None}, {"items": None}, {"decision": []}]
    for lacking in lackings:
        with pytest.raises(Tampered):
            check(as_file(canonical(frozen() | lacking)))


def test_a_packet_of_the_first_format_is_read_and_checked_as_ever() -> None:
    old = {name: part for name, part in frozen().items() if name not in {"frozen", "parking_lot"}}
    old |= {"format": "readiness-packet/1"}
    old["agenda"] = [{name: value for name, value in row.items() if name != "ballots"} for row in old["agenda"]]
    old["participants"] = [
        {name: value for name, value in row.items() if name != "was_present"} for row in old["participants"]
    ]
    assert check(as_file(canonical(old))) == old
    shown = as_shown(old)
    assert (shown["parking_lot"], shown["agenda"][0]["ballots"], shown["frozen"]["sign_offs"]) == ([], [], [])
    assert shown["participants"][0]["was_present"]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_what_was_signed_can_be_had_without_this_program(tmp_path: Path) -> None:
    path = tmp_path / "packet.json"
    path.write_bytes(as_file(canonical(frozen())))
    written = subprocess.run(["jq", "-cSj", "-f", JQ, path], capture_output=True, check=True).stdout
    assert json.loads(written) == content(frozen())
    assert digest(written.decode()) == content_digest(DRAFT)


def test_changes_are_told_in_words_the_decision_first_and_no_more_than_a_few() -> None:
    titles = {"probes": "Probes", "alerts": "Alerts"}
    parts = ["items:probes", "items:alerts", "agenda:probes", "decision", "notes"]
    assert told(parts, titles, {"agenda:probes": "Pia"}) == [
        "the decision", "where “Alerts” stands", "what the room said of “Probes” (Pia)", "the notes",
    ]  # fmt: skip
    assert told(["waivers", *parts, "passed"], titles, {})[-1] == "2 more"


def test_open_gaps_are_their_owners_hard_gates_first() -> None:
    loose = ITEM | {"key": "loose", "title": "Loose", "gate": "tracked", "gap": None}
    done = ITEM | {"key": "done", "status": "met"}
    packet = DRAFT | {"items": [loose, done, ITEM]}
    assert [(row["key"], row["due_on"]) for row in gaps(packet)] == [("probes", "2026-03-07"), ("loose", None)]
    assert [row["key"] for row in owed(packet)[1]] == ["probes"]
