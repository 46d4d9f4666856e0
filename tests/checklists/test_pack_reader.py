"""Each thing that can be wrong with a pack, with the line it is on."""

import pytest

from readiness.catalog.rules import Trait
from readiness.checklists.pack_errors import MAX_ERRORS
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.rules import AppliesWhen, Gate, How, Strength
from tests.checklists.small_pack import PACK, changed, errors_of


def test_a_pack_is_read() -> None:
    pack = read_pack(PACK)
    item = pack.item("obs-x")
    assert (pack.key, pack.name, pack.summary) == ("small", "Small", "A small pack.")
    assert (item.gate, item.valid_days, item.guidance) == (Gate.HARD, 30, "Do it.\n\nThen *show* it.")
    assert item.criteria[0].ways[0].params == {"max": 0.9}
    assert item.criteria[0].how is How.QUERY


def test_a_criterion_takes_from_its_item_what_it_does_not_say() -> None:
    item = read_pack(PACK).items[0]
    assert item.valid_days_for(item.criteria[0]) == 30
    assert item.strength_for(item.criteria[0]) is Strength.OBSERVED


def test_a_criterion_may_have_its_own_validity_and_strength() -> None:
    own = "text: It was seen.\n        valid_days: 90\n        minimum_strength: linked"
    item = read_pack(changed("text: It was seen.", own)).items[0]
    assert item.valid_days_for(item.criteria[0]) == 90
    assert item.strength_for(item.criteria[0]) is Strength.LINKED


def test_bytes_are_read_as_utf8_with_or_without_a_byte_order_mark() -> None:
    assert read_pack(b"\xef\xbb\xbf" + PACK.encode()) == read_pack(PACK)


def test_rules_are_kept_in_the_order_of_the_catalogue() -> None:
    rule = "gate: hard\n    applies_when: {any_traits: [worker, http-api], tiers: [2, 1]}"
    item = read_pack(changed("gate: hard", rule)).items[0]
    assert item.applies_when == AppliesWhen(any_traits=(Trait.HTTP_API, Trait.WORKER), tiers=(1, 2))


WRONG_VALUES = [
    ("gate: hard", "gate: harrd", "line 7: item `obs-x`: `gate` must be hard or tracked, not `harrd`"),
    ("gate: hard", "gate:", "line 7: item `obs-x`: `gate` must be hard or tracked, not nothing"),
    ("gate: hard", "gate: [hard]", "line 7: item `obs-x`: `gate` must be hard or tracked, not a list"),
    (
        "category: observability",
        "category: costs",
        (
            "line 6: item `obs-x`: `category` must be observability, security, reliability, performance or operations, "
            "not `costs`"
        ),
    ),
    (
        "minimum_strength: observed",
        "minimum_strength: strong",
        "line 8: item `obs-x`: `minimum_strength` must be asserted, linked, uploaded, observed or exercised, not `strong`",
    ),
    *(
        (
            "valid_days: 30",
            f"valid_days: {value}",
            f"line 9: item `obs-x`: `valid_days` must be a whole number of days from 1 to 1825, not `{shown}`",
        )
        for value, shown in [
            ("0", "0"),
            ("-1", "-1"),
            ("1826", "1826"),
            ("30.5", "30.5"),
            ("true", "true"),
            ('"30"', "30"),
        ]
    ),
    ("title: X", "title:", "line 10: item `obs-x`: `title` must not be empty"),
    ("title: X", "title: '  '", "line 10: item `obs-x`: `title` must not be empty"),
    ("title: X", "title: {a: b}", "line 10: item `obs-x`: `title` must be text, not a mapping"),
    ("title: X", f"title: {'x' * 161}", "line 10: item `obs-x`: `title` has 161 characters; at most 160 are allowed"),
    ("title: X", 'title: "a\\0b"', "line 10: item `obs-x`: `title` holds a character that can't be shown: '\\x00'"),
    (
        "title: X",
        'title: "a\\ud800b"',
        "line 10: item `obs-x`: `title` holds a character that can't be shown: '\\ud800'",
    ),
    ("    title: X\n", "", "line 5: item `obs-x`: `title` is missing"),
    ("guidance: |", "guidence: |", "line 13: item `obs-x`: unknown field `guidence`; did you mean `guidance`?"),
    (
        "key: small",
        "key: Small Pack",
        "line 1: `key` must be small letters, digits and single hyphens, starting with a letter, not `Small Pack`",
    ),
    (
        "key: shown",
        "key: 2nd",
        (
            "line 18: item `obs-x`, criterion `2nd`: `key` must be small letters, digits and single hyphens, "
            "starting with a letter, not `2nd`"
        ),
    ),
    ("  - key: obs-x", "  - why: a", "line 5: item 1: `key` is missing"),
    ("name: Small", "name: Small\nauthor: me", "line 3: unknown field `author`"),
    (
        "query: prom_query",
        "query: prom_qery",
        "line 21: item `obs-x`, criterion `shown`: unknown query `prom_qery`; did you mean `prom_query`?",
    ),
    (
        "query: prom_query",
        "probe: prom_query",
        "line 21: item `obs-x`, criterion `shown`: unknown probe `prom_query`",
    ),
    (
        "query: prom_query",
        "quary: prom_query",
        "line 21: item `obs-x`, criterion `shown`: unknown field `quary`; did you mean `query`?",
    ),
    (
        "query: prom_query",
        "query: prom_query\n            artifact: junit",
        (
            "line 21: item `obs-x`, criterion `shown`: a way names exactly one of probe, query, artifact, record or "
            "attestation; here: query and artifact"
        ),
    ),
    (
        "query: prom_query",
        "attestation: document",
        (
            "line 21: item `obs-x`, criterion `shown`: attestation `document` is worth linked at best, and observed is asked "
            "for: it could never count"
        ),
    ),
    ("{max: 0.9}", "[max]", "line 22: item `obs-x`, criterion `shown`: `params` must be a mapping, not a list"),
    (
        "{max: 0.9}",
        "{max: 1e999}",
        "line 22: number `1e999` is too large",
    ),
    (
        "{max: 0.9}",
        '{max: "\\0"}',
        "line 22: item `obs-x`, criterion `shown`: `params` holds a character that can't be shown",
    ),
    (
        "{max: 0.9}",
        '{"\\0": 1}',
        "line 22: item `obs-x`, criterion `shown`: `params` holds a name that can't be shown",
    ),
    (
        "{max: 0.9}",
        f"{{max: {'x' * 8000}}}",
        "line 22: item `obs-x`, criterion `shown`: `params` takes 8,011 characters; at most 8,000 are allowed",
    ),
]


@pytest.mark.parametrize(("old", "new", "error"), WRONG_VALUES)
def test_a_wrong_value_is_named_with_its_line(old: str, new: str, error: str) -> None:
    assert error in errors_of(changed(old, new))


WRONG_RULES = [
    ("{any_traits: [http-ap]}", "`any_traits` names an unknown trait, `http-ap`; did you mean `http-api`?"),
    ("{any_traits: [worker, worker]}", "`any_traits` names `worker` twice"),
    ("{any_traits: worker}", "`any_traits` must be a list, not `worker`"),
    ("{any_traits: []}", "`any_traits` must not be empty"),
    ("{tiers: [5]}", "`tiers` must name each of 1, 2, 3 or 4 once, not `5`"),
    ("{tiers: [1, 1]}", "`tiers` must name each of 1, 2, 3 or 4 once, not `1` twice"),
    ("{tiers: [true]}", "`tiers` must name each of 1, 2, 3 or 4 once, not `true`"),
    ("{tier: [1]}", "unknown field `tier`; did you mean `tiers`?"),
    ("{}", "`applies_when` must not be empty; leave it out for every service"),
    ("always", "`applies_when` must be a mapping, not `always`"),
    ("{all_traits: [worker], without_traits: [worker]}", "`applies_when` asks for worker and for its absence"),
]


@pytest.mark.parametrize(("rule", "error"), WRONG_RULES)
def test_a_wrong_rule_is_named_with_its_line(rule: str, error: str) -> None:
    text = changed("gate: hard", f"gate: hard\n    applies_when: {rule}")
    assert errors_of(text) == [f"line 8: item `obs-x`: {error}"]


def test_hard_when_belongs_to_a_hard_gate() -> None:
    text = changed("gate: hard", "gate: tracked\n    hard_when: {tiers: [1]}")
    assert errors_of(text) == ["line 5: item `obs-x`: `hard_when` narrows a hard gate; this item's `gate` is tracked"]


def with_rule(rule: str, other: str = "") -> str:
    text = changed("text: It was seen.", f"text: It was seen.\n        applies_when: {rule}")
    if other:
        text += f"      - {{key: b, text: b, applies_when: {other}, ways: [{{query: prom_query}}]}}\n"
    return text


@pytest.mark.parametrize(
    ("rule", "other"),
    [
        ("{all_traits: [worker]}", ""),
        ("{tiers: [1, 2]}", "{tiers: [3]}"),
        ("{all_traits: [worker]}", "{without_traits: [worker], tiers: [1]}"),
    ],
)
def test_an_item_that_some_service_would_meet_without_proof_is_refused(rule: str, other: str) -> None:
    (error,) = errors_of(with_rule(rule, other))
    assert error.endswith("it would be met without proof")


@pytest.mark.parametrize(
    ("rule", "other"),
    [
        ("{tiers: [1, 2]}", "{tiers: [3, 4]}"),
        ("{all_traits: [worker]}", "{without_traits: [worker]}"),
    ],
)
def test_criteria_may_share_the_services_among_them(rule: str, other: str) -> None:
    assert len(read_pack(with_rule(rule, other)).items[0].criteria) == 2


def test_a_criterion_may_be_as_narrow_as_its_item() -> None:
    text = with_rule("{all_traits: [worker]}").replace(
        "gate: hard", "gate: hard\n    applies_when: {any_traits: [worker]}"
    )
    assert read_pack(text).items[0].criteria[0].applies_when == AppliesWhen(all_traits=(Trait.WORKER,))


def test_keys_are_unique() -> None:
    item = PACK[PACK.index("  - key: obs-x") :]
    assert errors_of(PACK + item) == ["line 23: item `obs-x`: `key` is used twice; first on line 5"]
    criterion = PACK[PACK.index("      - key: shown") :]
    assert errors_of(PACK + criterion) == [
        "line 23: item `obs-x`, criterion `shown`: `key` is used twice; first on line 18"
    ]


def test_lists_are_bounded() -> None:
    criterion = PACK[PACK.index("      - key: shown") :]
    more = "".join(criterion.replace("shown", f"shown-{number}") for number in range(20))
    assert errors_of(PACK + more) == ["line 18: item `obs-x`: `criteria` holds 21 entries; at most 20 are allowed"]


def test_lists_are_not_empty() -> None:
    assert errors_of("{key: a, name: a, summary: a, items: []}") == ["line 1: `items` must not be empty"]
    assert errors_of("{key: a, name: a, summary: a, items: [a]}") == ["line 1: `items` must hold mappings, not `a`"]
    assert errors_of("{key: a, name: a, summary: a}") == ["line 1: `items` is missing"]


def test_everything_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    text = PACK.replace("gate: hard", "gate: harrd").replace("title: X", "titel: X").replace("prom_query", "prom")
    assert [error.split(":")[0] for error in errors_of(text)] == ["line 5", "line 7", "line 10", "line 21"]


def test_an_endless_list_of_errors_is_cut() -> None:
    items = "".join(f"  - x{number}: 1\n" for number in range(200))
    assert len(errors_of(f"key: a\nname: a\nsummary: a\nitems:\n{items}")) == MAX_ERRORS
