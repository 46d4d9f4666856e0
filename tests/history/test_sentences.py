"""How entries read."""

import ast
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from readiness.history.models import KIND_ICONS, TONES, ActorKind, Entry
from readiness.history.sentences import FIELDS, KINDS, PHRASES, change_lines, field_word, sentence, value_words

BERLIN = ZoneInfo("Europe/Berlin")
ROOT = Path(settings.BASE_DIR)


def said(verb: str, label: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    return str(sentence(verb, label, Entry(before=before, after=after).changes, BERLIN))


@pytest.mark.parametrize(
    ("verb", "before", "after", "expected"),
    [
        ("gap.closed", {"status": "open"}, {"status": "closed"}, "closed the gap Runbooks"),
        (
            "gap.planned",
            {"due_on": "2026-03-03"},
            {"due_on": "2026-03-10"},
            "changed the due date of Runbooks from 3 March 2026 to 10 March 2026",
        ),
        ("gap.planned", {"owner": None}, {"owner": "Theo"}, "changed the owner of Runbooks from nothing to Theo"),
        (
            "gap.planned",
            {"due_on": None, "plan": ""},
            {"due_on": "2026-03-10", "plan": "x"},
            "planned the gap Runbooks",
        ),
        ("item.status", {"status": "not_met"}, {"status": "met"}, "moved Runbooks from not met to met"),
        ("service.edited", {"traits": ["worker"]}, {"traits": ["batch"]}, "edited Runbooks"),
        ("gap.turned_around", {}, {}, "turned around the gap Runbooks"),
        ("strange", {}, {}, "strange Runbooks"),
        ("person.set-up", {}, {"name": "Ada"}, "set up this installation"),
    ],
)
def test_a_verb_becomes_a_sentence(verb: str, before: dict[str, Any], after: dict[str, Any], expected: str) -> None:
    assert said(verb, "Runbooks", before, after) == expected


def test_a_label_with_braces_is_only_a_label() -> None:
    assert said("gap.closed", "{old} {label}", {}, {}) == "closed the gap {old} {label}"
    assert (
        said("service.edited", "{new}", {"name": "{new}"}, {"name": "b"}) == "changed the name of {new} from {new} to b"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ([], "nothing"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ("2026-03-10", "10 March 2026"),
        ("2026-03-10T23:30:00+00:00", "11 March 2026, 00:30"),
        ("2026-13-41", "2026-13-41"),
        ("2026-13-41T99:99", "2026-13-41T99:99"),
        ("awaiting_verification", "awaiting verification"),
        ("snake_case in a sentence", "snake_case in a sentence"),
        (["http-api", "worker"], "http-api, worker"),
        ({"base_url": "https://a.example"}, "base url: https://a.example"),
        ("x" * 200, "x" * 139 + "…"),
    ],
)
def test_a_value_is_said_in_words(value: object, words: str) -> None:
    assert value_words(value, BERLIN) == words


def test_lines_say_from_and_to_and_what_was_new() -> None:
    lines = change_lines("x", "", [("due_on", None, "2026-03-10"), ("go_live_on", "2026-03-01", None)], BERLIN)
    assert [(line.field, line.old, line.new) for line in lines] == [
        ("due date", "", "10 March 2026"),
        ("go-live date", "1 March 2026", "nothing"),
    ]


def test_lines_repeat_nothing_that_the_sentence_says() -> None:
    status, name = ("status", "open", "closed"), ("name", None, "Runbooks")
    assert change_lines("gap.closed", "Runbooks", [status, name], BERLIN) == []
    assert change_lines("grant.given", "Vera as viewer", [("role", None, "Viewer")], BERLIN) == []
    assert change_lines("gap.planned", "Runbooks", [("due_on", None, "2026-03-10")], BERLIN) == []
    assert len(change_lines("gap.turned", "Runbooks", [status], BERLIN)) == 1, "a verb that nobody has words for"


def test_a_verdict_names_its_item() -> None:
    before = {"item": "obs-alerting", "word": ""}
    entry = Entry(verb="review.verdict", before=before, after=before | {"word": "gap"})
    assert [(line.field, line.new) for line in entry.change_lines] == [("item", "obs-alerting"), ("word", "gap")]


def test_unknown_fields_read_as_words() -> None:
    assert [field_word(name) for name in ("reviewed_on", "is_busy", "tech_lead")] == ["reviewed", "busy", "tech lead"]
    assert field_word("due_on") == FIELDS["due_on"]


def test_who_acted_shows_in_the_icon() -> None:
    icons = {kind: Entry(actor_kind=kind, object_type="gap").icon for kind in ActorKind}
    assert icons == {ActorKind.PERSON: "flag", ActorKind.MACHINE: "robot", ActorKind.SYSTEM: "clock"}
    known = set((ROOT / "static/icons.txt").read_text().split())
    assert {*KIND_ICONS.values(), *icons.values(), "pencil"} <= known


def test_kinds_have_icons_and_verbs_belong_to_kinds() -> None:
    assert set(KIND_ICONS) == set(KINDS)
    assert {verb.partition(".")[0] for verb in [*PHRASES, *TONES]} <= set(KINDS)


def _verbs_written() -> set[str]:
    """Every verb that the code hands to `record` or `entry` as plain text."""
    found = set()
    for path in [*ROOT.glob("readiness/**/*.py"), *ROOT.glob("reviews/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"record", "entry"} and node.args:
                verb = node.args[0]
                found |= {verb.value} if isinstance(verb, ast.Constant) else set()
    return {verb for verb in found if isinstance(verb, str)}


def test_every_verb_that_the_code_writes_has_its_words() -> None:
    assert _verbs_written() - set(PHRASES) == set()


def test_a_digest_is_shortened_and_what_was_and_is_nothing_is_left_out() -> None:
    changes = [("sha256", None, "a" * 64), ("target", None, ""), ("tool", None, "k6")]
    lines = change_lines("evidence.uploaded", "Load test", changes, ZoneInfo("UTC"))
    assert [(line.field, line.new) for line in lines] == [("sha256", "aaaaaaaaaaaa…"), ("tool", "k6")]
