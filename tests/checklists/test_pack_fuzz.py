"""Whatever the text: a pack, or errors that name a line. Never another exception."""

import random
from contextlib import suppress

from hypothesis import example, given, settings, strategies as st

from readiness.checklists.pack_errors import PackErrors
from readiness.checklists.pack_reader import read_pack
from tests.checklists.small_pack import PACK


def never_anything_but_pack_errors(text: str | bytes) -> None:
    with suppress(PackErrors):
        read_pack(text)


YAML_PIECES = st.sampled_from(
    [
        "a",
        "key",
        "items",
        ": ",
        ":",
        "- ",
        "\n",
        "  ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "!t ",
        "!!int ",
        "? ",
        "|",
        ">",
        "|2-",
        '"',
        "'",
        "\\",
        "\\x",
        "#",
        "%YAML 9.9\n",
        "---",
        "...",
        "<<",
        "1e9",
        "\x85",
        "\u2028",
        "\ufeff",
        "é",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.lists(YAML_PIECES, max_size=40).map("".join)))
@example("%YAML 1.1\n---\n")
@example("a: |9\n b")
def test_no_text_brings_out_anything_but_pack_errors(text: str) -> None:
    never_anything_but_pack_errors(text)


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_no_bytes_bring_out_anything_but_pack_errors(raw: bytes) -> None:
    never_anything_but_pack_errors(raw)


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(YAML_PIECES, min_size=1, max_size=4))
def test_no_damage_to_a_good_pack_brings_out_anything_but_pack_errors(chance: random.Random, pieces: list[str]) -> None:
    text = PACK
    for piece in pieces:
        start = chance.randrange(len(text))
        text = text[:start] + piece + text[start + chance.randrange(12) :]
    never_anything_but_pack_errors(text)
