"""What is refused as YAML, before anybody asks whether it is a checklist."""

import pytest

from tests.checklists.small_pack import PACK, changed, errors_of

NOT_PACKS = [
    ("", "line 1: the file is empty"),
    ("# only a comment\n", "line 1: the file is empty"),
    ("[]", "line 1: a pack is a mapping with key, name, summary and items, not a list"),
    ("hello", "line 1: a pack is a mapping with key, name, summary and items, not `hello`"),
    ("a: [", "line 1: not YAML: expected the node content, but found '<stream end>'"),
    ("a: b\n\tc: d", "line 2: not YAML: found character '\\t' that cannot start any token"),
    ("a: 1\n\0", "line 2: not YAML: character '\\x00' is not allowed"),
    ('a: 1\nb: "\\U00110000"', "line 2: not YAML: it can't be parsed from here on"),
    ("a: b\n---\nc: d", "line 2: a second YAML document starts here; a pack is one document"),
    ("? [a]\n: b", "line 1: a field's name is a plain word, not an alias, a list or a mapping"),
    ("[" * 17, "line 1: nested more than 16 levels deep"),
    ("a: [" + "1," * 50_000 + "]", "line 1: more than 50,000 values; that is not a checklist"),
    ("#" + "x" * 1024 * 1024, "line 1: the file is larger than 1 MiB"),
    (b"a: 1\nb: \xff", "line 2: not UTF-8 text"),
]


@pytest.mark.parametrize(("text", "error"), NOT_PACKS, ids=lambda value: repr(value[:20]))
def test_what_is_no_pack_at_all_is_refused(text: str | bytes, error: str) -> None:
    assert errors_of(text) == [error]


REFUSED_YAML = [
    ("title: &a X", "line 10: anchor `&a` is not allowed; write the value out"),
    ("title: *a", "line 10: alias `*a` is not allowed; write the value out"),
    ("title: !!str X", "line 10: tag `!!str` is not allowed"),
    ("title: !!python/object/apply:os.system [ls]", "line 10: tag `!!python/object/apply:os.system` is not allowed"),
    ("title: X\n    title: Y", "line 11: `title` is given twice; first on line 10"),
    ("<<: {title: X}", "line 10: item `obs-x`: unknown field `<<`"),
]


@pytest.mark.parametrize(("title", "error"), REFUSED_YAML)
def test_yaml_beyond_plain_values_is_refused(title: str, error: str) -> None:
    assert error in errors_of(changed("title: X", title))


def test_directives_are_refused() -> None:
    assert errors_of("%YAML 1.1\n---\n" + PACK) == ["line 2: YAML directives (`%…`) are not used in packs"]


def test_errors_seen_before_the_text_breaks_off_are_kept() -> None:
    assert errors_of("a: &x 1\nb: [") == [
        "line 1: anchor `&x` is not allowed; write the value out",
        "line 2: not YAML: expected the node content, but found '<stream end>'",
    ]
