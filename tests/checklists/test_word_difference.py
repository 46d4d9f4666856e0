import time

from hypothesis import given, strategies as st

from readiness.checklists.templatetags.checklists import word_difference
from readiness.checklists.word_difference import Piece, pieces
from tests.infrastructure.slowness import slower

texts = st.text(alphabet="ab, \n", max_size=60)


def test_only_the_words_that_changed_are_marked() -> None:
    assert pieces("Logs hold no debug, or so.", "Logs hold no trace, or so.") == (
        Piece("Logs hold no "),
        Piece("debug", is_old=True),
        Piece("trace", is_new=True),
        Piece(", or so."),
    )


def test_a_phrase_gives_way_to_a_phrase() -> None:
    assert pieces("It ends in one big bang, as always.", "It ends in a small way, as always.") == (
        Piece("It ends in "),
        Piece("one big bang", is_old=True),
        Piece("a small way", is_new=True),
        Piece(", as always."),
    )


def test_texts_with_little_in_common_stand_one_after_the_other() -> None:
    old, new = "one two three four", "seven eight nine four"
    assert pieces(old, new) == (Piece(old, is_old=True), Piece(new, is_new=True))


def test_what_was_added_or_taken_away_as_a_whole_is_one_piece() -> None:
    assert pieces("", "all new") == (Piece("all new", is_new=True),)
    assert pieces("all gone", "") == (Piece("all gone", is_old=True),)


@given(texts, texts)
def test_both_texts_can_be_read_off_again(old: str, new: str) -> None:
    found = pieces(old, new)
    assert "".join(piece.text for piece in found if not piece.is_new) == old
    assert "".join(piece.text for piece in found if not piece.is_old) == new


def test_the_longest_guidance_takes_no_second() -> None:
    old = "the word is a word and the word is so " * 210
    new = old.replace("so the", "so, the", 50)
    started = time.perf_counter()
    assert pieces(old, new)
    assert time.perf_counter() - started < slower()


def test_on_pages_a_long_stretch_that_stayed_is_shown_by_its_ends() -> None:
    long = " ".join(f"w{number}" for number in range(100))
    shown = word_difference(f"{long} old", f"{long} new")
    assert shown.startswith("… w80 ")
    assert shown.endswith("w99 <del>old</del><ins>new</ins>")
    between = word_difference(f"a {long} b", f"x {long} y")
    assert "w18 … w80" in between
    assert word_difference(long, long) == long
