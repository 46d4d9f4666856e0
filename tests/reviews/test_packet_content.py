"""A packet holds everything that the decision rested on, and nothing that comes later changes it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from readiness.accounts.models import Token
from readiness.assessments import actions as assessments
from readiness.assessments.models import Evidence
from readiness.assessments.rules import Decision
from reviews import actions
from reviews.models import Packet, Review
from reviews.packet import as_file, check_file, digest
from reviews.packet.content import _evidence
from reviews.rules import Word
from reviews.templatetags.meeting import by_heading
from tests.assessments.small import NOTE, attested, see, small
from tests.cast import NOW, Cast, day
from tests.reviews.meetings import EXCUSE, LATER, again, begun, confirm, decided, proved, say, say_all


def body(packet: Packet) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(packet.body)
    return content


@pytest.fixture
def packet(cast: Cast) -> Packet:
    """One item proved by a probe, one attested, one waived, one excused, the rest gaps."""
    assessment = small(cast)
    see(assessment)
    attested(cast)
    waiver = assessments.request_waiver(
        by=cast.theo, item=cast.item("either"), reason="The vault is replaced in April; rotating twice is a risk.",
        mitigation="The old secret is watched for use.", ends_on=day(60), now=NOW,
    )  # fmt: skip
    assessments.decide_waiver(
        by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="Agreed.", now=NOW
    )
    assessments.save_launch_plan(
        by=cast.theo, service=cast.checkout, version=0, now=NOW, decider=cast.olga, note="",
        audiences=[{"who": "Support", "when": "a day before", "channel": "#support"}],
        ramp=[
            {"percent": 12, "hold_minutes": 30, "metric": "error ratio"},
            {"percent": 100, "hold_minutes": 60, "metric": "p99"},
        ],
        thresholds=[{"metric": "error ratio", "limit": "above 1 %", "action": "roll back"}],
    )  # fmt: skip
    review = begun(cast)
    actions.write_notes(by=cast.olga, review=review, version=1, notes="- ask *platform* 😀", now=LATER)
    say_all(cast, review)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    confirm(review, "queued", cast.pia)
    return decided_now(cast, review)


def decided_now(cast: Cast, review: Review) -> Packet:
    review = again(review)
    return actions.decide(
        by=cast.theo, review=review, version=review.version, decision=Decision.NO_GO, stricter_reason="", now=LATER
    )


def test_the_packet_says_what_was_reviewed_by_which_checklist_and_what_was_decided(cast: Cast, packet: Packet) -> None:
    content = body(packet)
    version = again(packet.review).assessment.version
    assert content["format"] == "readiness-packet/2"
    assert content["service"]["slug"] == "checkout"
    assert content["checklist"] == {
        "key": "small", "name": "Small", "number": 1, "digest": version.digest, "published_at": "2026-03-02T09:30:00Z",
    }  # fmt: skip
    assert content["decision"]["decision"] == content["decision"]["computed"] == "no_go"
    assert content["decision"]["decided_by"]["name"] == "Theo Example"
    assert content["decision"]["decided_at"] == "2026-03-02T10:35:00Z"
    assert [blocker["item"] for blocker in content["decision"]["blockers"]] == ["mixed"]


def test_proof_that_a_pipeline_pushed_says_what_came_with_it(cast: Cast, packet: Packet) -> None:
    row = Evidence.objects.filter(item_key="probed")[0]
    row.envelope = {"commit_sha": "4f2a91c", "environment": "staging"}
    row.token = Token(name="GitHub Actions", prefix="rdy_abcd1234")
    said = _evidence(row)
    assert said["envelope"] == row.envelope
    assert said["token"] == {"name": "GitHub Actions", "prefix": "rdy_abcd1234"}
    (probe,) = next(item for item in body(packet)["items"] if item["key"] == "probed")["evidence"]
    assert (probe["envelope"], probe["token"]) == ({}, None)


def test_every_item_stands_there_with_the_proof_that_decides(cast: Cast, packet: Packet) -> None:
    items = {item["key"]: item for item in body(packet)["items"]}
    assert {key: item["status"] for key, item in items.items()} == {
        "probed": "met", "drilled": "met", "mixed": "unknown", "either": "unknown", "written": "unknown",
        "queued": "not_applicable",
    }  # fmt: skip
    (probe,) = items["probed"]["evidence"]
    row = Evidence.objects.get(pk=probe["id"])
    assert (probe["strength"], probe["how"], probe["result"]) == ("observed", "probe", "pass")
    assert probe["observed_at"] == probe["received_at"] == "2026-03-02T09:30:00Z"
    assert probe["valid_until"] == f"{row.valid_until:%Y-%m-%dT%H:%M:%SZ}"
    (drill,) = items["drilled"]["evidence"]
    assert (drill["performed_by"]["name"], drill["witness"]["name"], drill["note"]) == (
        "Olga Example",
        "Pia Example",
        NOTE,
    )
    assert items["mixed"]["gap"]["owner"]["name"] == "Theo Example"
    assert items["queued"]["excused"] == {
        "reason": EXCUSE, "by": {"id": cast.theo.pk, "name": "Theo Example"}, "at": "2026-03-02T10:35:00Z",
        "confirmed_by": {"id": cast.pia.pk, "name": "Pia Example"}, "confirmed_at": "2026-03-02T10:35:00Z",
    }  # fmt: skip


def test_waivers_launch_plan_people_and_words_stand_there(cast: Cast, packet: Packet) -> None:
    content = body(packet)
    (waiver,) = content["waivers"]
    assert (waiver["item"], waiver["status"], waiver["decided_by"]["name"]) == ("either", "approved", "Mia Example")
    assert content["launch_plan"]["ramp"][0]["percent"] == 12
    assert content["launch_plan"]["thresholds"][0]["limit"] == "above 1 %"
    assert content["launch_plan"]["decider"]["name"] == "Olga Example"
    assert [(row["person"]["name"], row["role"], row["present_since"]) for row in content["participants"]] == [
        ("Theo Example", "lead", "2026-03-02T10:30:00Z"),
        ("Olga Example", "on_call", "2026-03-02T10:30:00Z"),
        ("Pia Example", "platform", "2026-03-02T10:30:00Z"),
    ]
    assert {row["item"]: row["word"] for row in content["agenda"]} == {
        "mixed": "gap", "either": "gap", "queued": "not_applicable", "written": "gap",
    }  # fmt: skip
    assert content["passed"]["items"] == ["probed", "drilled"]
    assert content["passed"]["acknowledged_by"]["name"] == "Olga Example"
    assert content["notes"] == "- ask *platform* 😀"


def test_the_packet_is_its_own_proof(packet: Packet) -> None:
    assert digest(packet.body) == packet.digest
    assert check_file(as_file(packet.body)) == body(packet)


def test_later_evidence_changes_nothing(cast: Cast) -> None:
    packet = decided(cast)
    before = packet.body
    see(packet.review.assessment, now=LATER + timedelta(days=1))
    proved(cast)
    packet.refresh_from_db()
    assert packet.body == before
    assert {item["status"] for item in body(packet)["items"]} == {"unknown"}


def test_no_text_that_a_person_typed_breaks_the_packet(cast: Cast) -> None:
    review = begun(cast)
    notes = 'quotes " \\ \u2028 \u0085 😀 </script> \x7f ' + "é" * 50
    actions.write_notes(by=cast.olga, review=review, version=1, notes=notes, now=LATER)
    say_all(cast, again(review))
    packet = decided_now(cast, review)
    assert check_file(as_file(packet.body))["notes"] == notes


# manage.py packet verify


def test_the_command_accepts_a_packet(packet: Packet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "packet.json"
    path.write_bytes(as_file(packet.body))
    call_command("packet", "verify", str(path))
    call_command("packet", "verify", str(path), "--digest", packet.digest.upper())
    printed = capsys.readouterr().out
    assert packet.digest in printed
    assert "Checkout: no_go, decided at 2026-03-02T10:35:00Z by Theo Example" in printed


def test_the_command_refuses_after_one_byte_was_changed(
    packet: Packet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = as_file(packet.body)
    path = tmp_path / "packet.json"
    places = range(0, len(content), max(1, len(content) // 60))
    for place in places:
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(SystemExit) as ended:
            call_command("packet", "verify", str(path))
        assert ended.value.code == 1
    assert capsys.readouterr().err.count("packet.json: ") == len(places)


@pytest.mark.parametrize("extra", [b" ", b"\n", b"\xef\xbb\xbf"])
def test_the_command_refuses_white_space(packet: Packet, tmp_path: Path, extra: bytes) -> None:
    path = tmp_path / "packet.json"
    for content in (as_file(packet.body) + extra, extra + as_file(packet.body)):
        path.write_bytes(content)
        with pytest.raises(SystemExit):
            call_command("packet", "verify", str(path))


def test_the_command_tells_another_packet_from_the_one_it_should_be(
    packet: Packet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "packet.json"
    path.write_bytes(as_file(packet.body))
    with pytest.raises(SystemExit):
        call_command("packet", "verify", str(path), "--digest", "0" * 64)
    with pytest.raises(SystemExit):
        call_command("packet", "verify", str(tmp_path / "none.json"))
    errors = capsys.readouterr().err
    assert "it is another packet" in errors
    assert "can't be read: No such file" in errors


def test_items_stand_under_their_checklists_own_chapters_or_else_their_categories() -> None:
    old = [{"category": "reliability", "key": "a"}, {"category": "security", "key": "b"}]
    new = [{"category": "reliability", "chapter": "Event management", "key": "c"}]
    found = [(heading, [item["key"] for item in items]) for heading, items in by_heading(old + new)]
    assert found == [("Reliability", ["a"]), ("Security", ["b"]), ("Event management", ["c"])]
