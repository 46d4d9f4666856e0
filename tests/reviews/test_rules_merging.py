import pytest
from hypothesis import given, strategies as st

from reviews.rules import both

lines = st.lists(st.sampled_from(["", "a", "b", "c", "- d"]), max_size=8).map("\n".join)


@pytest.mark.parametrize(
    ("theirs", "mine", "merged"),
    [
        ("a\nb", "a\nb", "a\nb"),
        ("a\ntheirs\nb", "a\nb\nmine", "a\ntheirs\nb\nmine"),
        ("a\ntheirs", "a\nmine", "a\ntheirs\nmine"),
        ("", "mine", "mine"),
        ("theirs", "", "theirs"),
    ],
)
def test_both_are_in_one_text(theirs: str, mine: str, merged: str) -> None:
    assert both(theirs, mine) == merged


@given(lines, lines)
def test_no_line_of_either_is_lost(theirs: str, mine: str) -> None:
    merged = both(theirs, mine).splitlines()
    for text in (theirs, mine):
        rest = iter(merged)
        assert all(line in rest for line in text.splitlines() if line)  # in their order
