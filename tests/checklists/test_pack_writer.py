"""Export and import agree, for any pack; and a digest is of the content, not of its spelling."""

from typing import Any

from hypothesis import given, settings, strategies as st

from readiness.catalog.rules import TIERS, Trait
from readiness.checklists.kinds import KINDS, strongest
from readiness.checklists.pack import Pack, PackCriterion, PackItem, Way, pack_digest
from readiness.checklists.pack_fields import KEY, tidy
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.pack_writer import write_pack
from readiness.checklists.rules import ALWAYS, AppliesWhen, Category, Gate, Strength

CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"))
WORDS = st.one_of(
    st.text(CHARACTERS, min_size=1, max_size=30),
    st.sampled_from(
        ["null", "~", "yes", "12", "1.5", "0o7", "- a", "a: b", "#x", "{a}", "'", '"', "|", "2026-01-01", "\\"]
    ),
)
LINES = st.lists(WORDS, min_size=1, max_size=12).map(lambda words: " ".join(" ".join(words).split())).filter(bool)
TITLES = LINES.map(lambda text: text[:160].strip()).filter(bool)
PARAGRAPHS = st.lists(st.one_of(st.just(""), st.just("  - a"), WORDS), max_size=8).map("\n".join).map(tidy).filter(bool)
KEYS = st.from_regex(KEY, fullmatch=True).filter(lambda key: len(key) <= 60)
DAYS = st.integers(1, 1825)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False), WORDS
)
PARAMS = st.dictionaries(
    WORDS,
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
        max_leaves=6,
    ),
    max_size=3,
)
TRAITS = st.sets(st.sampled_from(Trait)).map(lambda wanted: tuple(trait for trait in Trait if trait in wanted))


@st.composite
def rules(draw: st.DrawFn) -> AppliesWhen:
    without = draw(TRAITS)
    return AppliesWhen(
        any_traits=tuple(trait for trait in draw(TRAITS) if trait not in without),
        all_traits=tuple(trait for trait in draw(TRAITS) if trait not in without),
        without_traits=without,
        tiers=tuple(sorted(draw(st.sets(st.sampled_from(TIERS))))),
    )


@st.composite
def ways(draw: st.DrawFn) -> Way:
    how = draw(st.sampled_from(sorted(KINDS)))
    return Way(how, draw(st.sampled_from(sorted(KINDS[how]))), draw(PARAMS))


@st.composite
def criteria(draw: st.DrawFn, key: str, rule: AppliesWhen) -> PackCriterion:
    alternatives = draw(st.lists(ways(), min_size=1, max_size=3))
    weakest = min((strongest(way.how, way.kind) for way in alternatives), key=lambda strength: strength.rank)
    return PackCriterion(
        key=key,
        text=draw(LINES),
        ways=tuple(alternatives),
        applies_when=rule,
        valid_days=draw(st.none() | DAYS),
        minimum_strength=draw(st.sampled_from([strength for strength in Strength if weakest.meets(strength)])),
    )


@st.composite
def items(draw: st.DrawFn, key: str) -> PackItem:
    keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
    gate = draw(st.sampled_from(Gate))
    hard_when = draw(st.none() | rules().filter(lambda rule: not rule.is_always)) if gate is Gate.HARD else None
    return PackItem(
        key=key,
        category=draw(st.sampled_from(Category)),
        title=draw(TITLES),
        requirement=draw(LINES),
        why=draw(LINES),
        guidance=draw(PARAGRAPHS),
        gate=gate,
        minimum_strength=draw(st.sampled_from(Strength)),
        valid_days=draw(DAYS),
        # The first criterion counts for every service, so that no item could be met without proof.
        criteria=tuple(draw(criteria(name, draw(rules()) if number else ALWAYS)) for number, name in enumerate(keys)),
        applies_when=draw(rules()),
        hard_when=hard_when,
        chapter=draw(st.just("") | TITLES),
    )


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
    return Pack(draw(KEYS), draw(TITLES), draw(LINES), tuple(draw(items(key)) for key in keys))


@settings(max_examples=60, deadline=None)
@given(packs())
def test_what_is_written_is_read_back_unchanged(pack: Pack) -> None:
    text = write_pack(pack)
    again = read_pack(text)
    assert again == pack
    assert pack_digest(again) == pack_digest(pack)
    assert write_pack(again) == text


@settings(max_examples=25, deadline=None)
@given(packs())
def test_a_stored_pack_is_the_same_pack(pack: Pack) -> None:
    assert Pack.from_mapping(pack.as_mapping()) == pack


def reversed_names(value: Any) -> Any:
    """As a database might give it back: other order of names, same content."""
    match value:
        case dict():
            return {name: reversed_names(inner) for name, inner in reversed(value.items())}
        case list():
            return [reversed_names(inner) for inner in value]
    return value


@settings(max_examples=25, deadline=None)
@given(packs())
def test_the_order_of_names_in_storage_changes_neither_export_nor_digest(pack: Pack) -> None:
    stored = Pack.from_mapping(reversed_names(pack.as_mapping()))
    assert write_pack(stored) == write_pack(pack)
    assert pack_digest(stored) == pack_digest(pack)


SPELLINGS = (
    """{key: a, name: A, summary: "Two  words", items: [{key: i, category: security, gate: tracked, minimum_strength: linked,
 valid_days: 7, title: T, requirement: R, why: W, guidance: G, criteria: [{key: c, text: T, ways: [{attestation: plan}]}]}]}""",
    """
name: A
key: "a"
summary: >
  Two
  words
items:
- {key: i, criteria: [{key: c, ways: [{attestation: plan}], text: T}], category: security, gate: tracked, valid_days: 7,
   minimum_strength: linked, title: T, requirement: R, why: W, guidance: "G\\n"}
""",
)


def test_the_digest_is_of_the_content_and_not_of_its_spelling() -> None:
    one, other = (read_pack(text) for text in SPELLINGS)
    assert pack_digest(one) == pack_digest(other)
    assert pack_digest(one) != pack_digest(read_pack(SPELLINGS[0].replace("valid_days: 7", "valid_days: 8")))
