"""What an AWS custom lens becomes."""

import pytest
from hypothesis import given, settings, strategies as st

from readiness.checklists.compare import compare
from readiness.checklists.lens import is_lens, read_lens
from readiness.checklists.lens.conditions import Answers
from readiness.checklists.lens.names import category_of, checklist_key, key_of
from readiness.checklists.pack_fields import KEY, MAX_KEY
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.pack_writer import write_pack
from readiness.checklists.rules import Category, Gate, How, Strength
from tests.checklists.lenses import LENS, NEWER, NONE, OLDER, A, B, C, asked, changed, pack_of, texts
from tests.checklists.small_pack import PACK

ALL_OR_HIGH = {"default": "HIGH"}


def test_a_pillar_is_a_chapter_a_question_an_item_and_a_choice_a_criterion_to_attest() -> None:
    pack = read_lens(LENS)
    (item,) = pack.items
    assert (pack.key, pack.name, pack.summary) == ("house-rules", "House rules v1.2", "What we ask.")
    assert (item.key, item.title, item.requirement) == ("q-keys", "Are keys kept?", "Say how keys are kept.")
    assert (item.chapter, item.category, item.gate) == ("Data protection", Category.SECURITY, Gate.HARD)
    assert [(criterion.key, criterion.text) for criterion in item.criteria] == [
        ("kept", "Keys are in a vault."),
        ("turned", "Keys are rotated."),
    ]
    assert {(way.how, way.kind) for criterion in item.criteria for way in criterion.ways} == {
        (How.ATTESTATION, "document")
    }
    assert (item.minimum_strength, item.valid_days) == (Strength.LINKED, 365)
    assert "**Keys are in a vault.**\n\n*Next step:* Move them." in item.guidance
    assert "On rotation [Read more](<https://example.com/rotate>)" in item.guidance
    assert item.why == "Until this is shown, the lens counts it as a high risk."


@pytest.mark.parametrize(("path", "name"), [(OLDER, " v1.3.4"), (NEWER, "")], ids=["1.3.4", "1.3.5"])
def test_a_real_lens_is_read_whole_and_survives_export(path: object, name: str) -> None:
    pack = read_lens(OLDER.read_bytes() if path == OLDER else NEWER.read_bytes())
    assert (pack.key, pack.name) == (
        "aws-operational-readiness-review",
        f"AWS Operational Readiness Review{name}",
    )
    assert list(pack.headings) == ["01 - Architecture", "02 - Release Quality", "03 - Event Management"]
    assert (len(pack.items), sum(item.gate is Gate.HARD for item in pack.items)) == (51, 48)
    assert read_pack(write_pack(pack)) == pack


def test_between_two_real_versions_41_questions_are_the_same() -> None:
    found = compare(read_lens(OLDER.read_bytes()), read_lens(NEWER.read_bytes()))
    assert (found.added, found.removed, len(found.unchanged)) == ((), (), 41)
    assert [change.key for change in found.changed if change.is_wording_only] == ["architecture-data-corruption"]
    assert len(found.changed) == 10


def test_the_rules_of_a_real_question_are_turned_round() -> None:
    item = read_lens(NEWER.read_bytes()).item("well-architected")
    assert [criterion.key for criterion in item.criteria] == ["wafr", "no-high-risk", "no-medium-risk"]


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ({"a && b && c": "NO", **ALL_OR_HIGH}, ["A is so.", "B is so.", "C is so."]),
        ({"a": "NO", **ALL_OR_HIGH}, ["A is so."]),
        ({"(a || b) && c": "NO", **ALL_OR_HIGH}, ["At least one of these: A is so; B is so.", "C is so."]),
        ({"a": "NO", "b": "NO", **ALL_OR_HIGH}, ["At least one of these: A is so; B is so."]),
        ({"!a || !b": "HIGH", "a && b && !c": "MEDIUM", "default": "NO"}, ["A is so.", "B is so.", "C is so."]),
        ({"b && !(a)": "NO", **ALL_OR_HIGH}, ["Not the case: A is so.", "B is so."]),
        ({"a && (a || b)": "NO", "b && a": "NO", **ALL_OR_HIGH}, ["A is so."]),
        ({"a&&!!b": "NO", **ALL_OR_HIGH}, ["A is so.", "B is so."]),
        ({"c": "HIGH", "c && a": "NO", "a": "NO", "default": "MEDIUM"}, ["A is so.", "Not the case: C is so."]),
    ],
)
def test_the_first_rule_that_holds_decides_and_the_best_answers_are_what_is_asked(
    rules: dict[str, str], wanted: list[str]
) -> None:
    assert asked(A, B, C, rules=rules) == wanted


def test_without_an_answer_at_no_risk_the_least_risk_is_asked_for() -> None:
    assert asked(A, rules={"a": "MEDIUM", "default": "HIGH"}) == ["A is so."]


def test_where_the_answer_makes_no_difference_any_answer_will_do() -> None:
    item = pack_of(A, rules={"default": "NO"}).items[0]
    assert texts(item) == ["The answer is written down."]
    assert (item.gate, item.why[:26]) == (Gate.TRACKED, "The lens attaches no risk ")


@pytest.mark.parametrize(
    ("rules", "gate"),
    [
        ({"a": "NO", "default": "HIGH"}, Gate.HARD),
        ({"a": "NO", "default": "MEDIUM"}, Gate.TRACKED),
        ({"a": "NO", "!a": "MEDIUM", "default": "HIGH"}, Gate.TRACKED),  # nothing is left for the last rule
    ],
)
def test_a_question_whose_answers_can_be_a_high_risk_is_a_hard_gate(rules: dict[str, str], gate: Gate) -> None:
    assert pack_of(A, rules=rules).items[0].gate is gate


def test_none_of_these_is_for_nobody_to_show() -> None:
    item = pack_of(A, NONE, rules={"a && !q_no": "NO", "q_no": "HIGH", "default": "MEDIUM"}).items[0]
    assert texts(item) == ["A is so."]
    assert "None of these" not in item.guidance
    assert asked(A, rules={"a && !q_no": "NO", **ALL_OR_HIGH}) == ["A is so."], "AWS adds it to every question itself"


def test_a_disabled_choice_is_not_asked_for() -> None:
    item = pack_of(A, {**B, "disabled": True}, rules={"a && b": "NO", **ALL_OR_HIGH}).items[0]
    assert texts(item) == ["A is so."]
    assert "B is so" not in item.guidance


def test_a_choice_that_no_best_answer_needs_is_named_in_the_guidance() -> None:
    assert "**B is so.** (not asked for)" in pack_of(A, B, rules={"a": "NO", **ALL_OR_HIGH}).items[0].guidance


def test_tags_and_additional_resources_are_kept_in_the_guidance() -> None:
    content = [{"displayText": "More", "Url": "https://example.com/more"}]
    extra = [{"type": "HELPFUL_RESOURCE", "content": content}, {"type": "IMPROVEMENT_PLAN", "content": content}]
    rules = {"a": "NO", **ALL_OR_HIGH}
    guidance = pack_of({**A, "additionalResources": extra}, rules=rules, tags=["pci", "eu"]).items[0].guidance
    assert guidance.splitlines()[0] == "Tags: pci, eu"
    assert guidance.count("More [Read more](<https://example.com/more>)") == 2
    assert guidance.count("*Next step:*") == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://example.com/ x", "https://a>b", "ftp://x"])
def test_only_plain_web_addresses_become_links(url: str) -> None:
    guidance = read_lens(changed("https://example.com/rotate", url)).items[0].guidance
    assert "Read more" not in guidance


def test_marks_in_a_title_are_text() -> None:
    guidance = read_lens(changed("Keys are rotated.", "*All* <b>keys</b> of [x](y)")).items[0].guidance
    assert r"\*All\* &lt;b>keys&lt;/b> of \[x\](y)" in guidance


def test_a_long_question_is_kept_whole_in_the_guidance() -> None:
    title, description = "Really? " * 60, "At length. " * 150
    item = pack_of(A, rules={"a": "NO", **ALL_OR_HIGH}, title=title, description=description).items[0]
    assert (len(item.title), item.title[-1], len(item.requirement)) == (160, "…", 1000)
    assert title.strip() in item.guidance
    assert description.strip() in item.guidance


def test_the_key_of_a_question_depends_on_its_id_alone() -> None:
    assert key_of("Q_keys") == "q-keys"
    assert key_of("2_factor") == "q-2-factor"
    assert key_of("x" * 61) != key_of("x" * 62)


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_every_id_makes_a_key(identifier: str) -> None:
    assert len(key_of(identifier)) <= MAX_KEY
    assert KEY.fullmatch(key_of(identifier))


@pytest.mark.parametrize("name", ["House rules v1.2", "House rules", "House rules 2.0.1", "House rules (v3.1)"])
def test_the_versions_of_a_lens_are_versions_of_one_checklist(name: str) -> None:
    assert checklist_key(name) == "house-rules"


@pytest.mark.parametrize(
    ("pillar", "category"),
    [
        ("operationalExcellence", Category.OPERATIONS),
        ("security", Category.SECURITY),
        ("reliability", Category.RELIABILITY),
        ("performance", Category.PERFORMANCE),
        ("costOptimization", Category.OPERATIONS),
        ("event_management", Category.OBSERVABILITY),
    ],
)
def test_a_pillar_is_counted_under_the_category_its_words_speak_for(pillar: str, category: Category) -> None:
    assert category_of(pillar, "") is category


def test_a_category_that_was_decided_for_the_current_version_stays() -> None:
    current = read_pack(write_pack(read_lens(LENS)).replace("category: security", "category: operations"))
    again = read_lens(changed("v1.2", "v1.3"), bases=lambda key: current if key == "house-rules" else None)
    assert again.items[0].category is Category.OPERATIONS
    other = read_lens(changed("Q_keys", "Q_locks"), bases=lambda _: current)
    assert other.items[0].category is Category.OPERATIONS, "as the rest of its chapter"


def test_a_lens_is_told_from_a_pack() -> None:
    assert is_lens(LENS)
    assert is_lens(b"\xef\xbb\xbf" + OLDER.read_bytes())
    assert not is_lens(PACK)
    assert not is_lens('{"key": "small", "items": []}')


NAMES = ["a", "b", "c", "d"]
EXPRESSIONS = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        inner.map("!{}".format),
        inner.map("({})".format),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(" ".join),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_clauses_say_the_same_as_the_condition(condition: str) -> None:
    answers = Answers(NAMES)
    table = answers.of(condition, {})
    assert table == sum(1 << number for number in range(16) if holds(condition, number))
    clauses = answers.clauses(table, 16)
    assert clauses is not None
    together = answers.all
    for clause in clauses:
        together &= answers.any_of(clause)
    assert together == table


def holds(condition: str, number: int) -> bool:
    """As Python itself understands it."""
    words = condition.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    return bool(eval(words, {}, {name: bool(number >> place & 1) for place, name in enumerate(NAMES)}))
