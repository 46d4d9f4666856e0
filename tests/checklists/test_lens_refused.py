"""Each thing that can be wrong with a lens, with its line."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from readiness.checklists.lens import read_lens
from readiness.checklists.pack_errors import PackErrors
from tests.checklists.lenses import LENS, NEWER, A, B, changed, errors_of, lens_of
from tests.infrastructure.slowness import slower

QUESTION = "pillar `data_protection`, question `Q_keys`"
WRONG = [
    ('"2021-11-01"', '"2099-01-01"', "line 2: `schemaVersion` is 2099-01-01; 2021-11-01 is the one that can be read"),
    ('"schemaVersion": "2021-11-01",', "", "line 1: `schemaVersion` is missing"),
    ('"name": "House rules v1.2"', '"name": "…"', "line 3: the name has neither letters nor digits to make a key of"),
    ('"id": "turned"', '"id": "kept"', f"{QUESTION}, choice `kept`: `id` is the same as that of the choice on line 15"),
    ('"id": "turned"', '"id": "Kept"', f"{QUESTION}, choice `Kept`: `id` is the same as that of the choice on line 15"),
    ('"title": "Keys are rotated.",', "", f"line 16: {QUESTION}, choice `turned`: `title` is missing"),
    ('"kept && turned"', '"kept && burned"', f"line 20: {QUESTION}: `condition`: it names `burned`, which is none of"),
    ('"kept && turned"', '"kept & turned"', "line 20: " + QUESTION + ": `condition`: `&` means nothing there"),
    ('"kept && turned"', '"kept &&"', "`condition`: it ends too early"),
    ('"kept && turned"', '"(kept"', "`condition`: a `)` is missing"),
    ('"kept && turned"', '"kept turned"', "`condition`: `turned` can't stand there"),
    ('"kept && turned"', '"kept || || turned"', "`condition`: the name of a choice is missing before `||`"),
    ('"NO_RISK"', '"SOME_RISK"', "`risk` must be NO_RISK, MEDIUM_RISK or HIGH_RISK, not `SOME_RISK`"),
    (
        '"default"',
        '"!kept && turned"',
        "`riskRules` say nothing of some answers; end them with the condition `default`",
    ),
    ('"title": "Are keys kept?",', '"title": "",', f"line 12: {QUESTION}: `title` must not be empty"),
    ('"Say how keys are kept."', '"\\u0000"', f"{QUESTION}: `description` holds a character that can't be shown"),
    ('"Say how keys are kept."', '"\\ud800"', f"{QUESTION}: `description` holds a character that can't be shown"),
    ('"Say how keys are kept."', "[]", f"{QUESTION}: `description` must be text, not a list"),
    ('"description": "Say', '"title": "Say', "line 13: `title` is given twice; first on line 12"),
    ('"name": "Data protection",', "", "pillar `data_protection`: `name` is missing"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), WRONG)
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, sentence: str) -> None:
    assert any(sentence in error for error in errors_of(changed(old, new)))


BROKEN = [
    ("", "line 1: not JSON: a value is missing here"),
    ("[]", "line 1: a lens is an object, not a list"),
    ("{", "line 1: not JSON: a name in double quotes is missing here"),
    ('{"a": 1,}', "line 1: not JSON: a name in double quotes is missing here"),
    ('{"a" 1}', "line 1: not JSON: `:` is missing here"),
    ('{"a": 1 "b": 2}', "line 1: not JSON: `,` is missing here"),
    ('{"a": [1\n 2]}', "line 2: not JSON: `,` is missing here"),
    ('{"a": 1}\n{}', "line 2: the JSON goes on after its end"),
    ("{'a': 1}", "line 1: not JSON: it can't be read from here on"),
    ('{"a": NaN}', "line 1: not JSON: it can't be read from here on"),
    ('{"a": "x\ny"}', "line 1: not JSON: it can't be read from here on"),
    ('{"a": ' + "[" * 20 + "]" * 20 + "}", "line 1: nested more than 16 levels deep"),
    ('{"a": [' + ",".join(["1"] * 50_001) + "]}", "line 1: more than 50,000 values; that is not a lens"),
    (b"\xff{}", "line 1: not UTF-8 text"),
    ("{" + " " * 1024 * 1024, "line 1: the file is larger than 1 MiB"),
]


@pytest.mark.parametrize(("text", "sentence"), BROKEN, ids=[sentence for _, sentence in BROKEN])
def test_what_is_no_json_is_said_with_its_line(text: str | bytes, sentence: str) -> None:
    assert errors_of(text)[0] == sentence


def test_everything_that_is_wrong_is_said_at_once() -> None:
    broken = changed('"NO_RISK"', '"SOME"').replace('"title": "Are keys kept?",', "").replace("2021-11-01", "1")
    assert len(errors_of(broken)) == 3


def test_ids_that_make_the_same_key_are_refused() -> None:
    lens = json.loads(LENS)
    questions = lens["pillars"][0]["questions"]
    questions.append({**questions[0], "id": "q-keys"})
    assert "makes the same key, q-keys, as the question on line" in errors_of(json.dumps(lens, indent=1))[0]


def test_a_question_that_asks_for_too_many_separate_things_is_refused() -> None:
    choices = [{"id": f"c{number}", "title": f"C{number}."} for number in range(15)]
    odd = "c0"
    for number in range(
        1, 6
    ):  # nothing is implied by an odd number of choices: each even answer is a clause of its own
        odd = f"({odd} && !c{number} || !({odd}) && c{number})"
    found = errors_of(lens_of(*choices, rules={odd: "NO", "default": "HIGH"}))
    assert found == [
        "line 1: pillar `p`, question `q`: `riskRules` ask for more than 20 separate things; split the question"
    ]


def test_more_choices_than_aws_allows_are_refused() -> None:
    choices = [{"id": f"c{number}", "title": f"C{number}."} for number in range(16)]
    assert "`choices` holds 16 entries; at most 15" in errors_of(lens_of(*choices, rules={"default": "NO"}))[0]


def test_a_hostile_lens_costs_seconds_at_most() -> None:
    choices = [{"id": f"c{number}", "title": "C."} for number in range(15)]
    rules = [{"condition": " || ".join(f"(c{n} && !c{(n + 1) % 15})" for n in range(15)), "risk": "NO_RISK"}]
    rules += [{"condition": "default", "risk": "HIGH_RISK"}]
    asked = [{"id": f"q{n}", "title": "?", "choices": choices, "riskRules": rules} for n in range(400)]
    pillars = [{"id": "p", "name": "P", "questions": asked}]
    text = json.dumps({"schemaVersion": "2021-11-01", "name": "L", "pillars": pillars})
    began = time.perf_counter()
    with suppress(PackErrors):
        read_lens(text)
    assert time.perf_counter() - began < 10 * slower()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_lens_is_read_or_refused_with_places(data: st.DataObject) -> None:
    whole = lens_of(A, B, rules={"a && b": "NO", "default": "HIGH"})
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 12)))
    text = whole[:start] + data.draw(st.text(alphabet='{}[]:,"\\ &|!()ab0\n\x00é', max_size=6)) + whole[end:]
    with suppress(PackErrors):
        assert read_lens(text).items


def test_a_real_lens_cut_anywhere_is_refused() -> None:
    whole = NEWER.read_bytes()
    for end in range(0, len(whole) - 2, len(whole) // 40):
        assert errors_of(whole[:end])
