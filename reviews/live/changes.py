"""Which regions a change touches, where that is known beforehand: the live process paints those at once, and the whole room a
moment later. What is not known is the whole room.
"""

from reviews.rules import Word


def is_plain(word: str, *, is_excused: bool) -> bool:
    """Whether a word leaves the item's standing as it is: a claim that it does not apply, or the end of one, changes more."""
    return word != Word.NOT_APPLICABLE and not is_excused


def for_its_speaker(agenda_id: int) -> tuple[str, ...]:
    """What the answer to a word shows on a screen without a stream; that one asks for the rest every three seconds."""
    where_it_is_said = ("said", "say", f"entry-{agenda_id}", "gap")
    return (*where_it_is_said, "count", "progress", "to-decide", "standing", "last-words")


def by_a_word(agenda_id: int) -> tuple[str, ...]:
    """On every screen, by a word that is plain. (Held against two whole pictures by `test_changes.py`.)"""
    at_the_end = ("the-end", "settle", "draft")
    return (*for_its_speaker(agenda_id), *at_the_end, "nudge", "news")
