"""Which regions a change touches, where that is known beforehand: the live process paints those at once, and the whole room a
moment later. What is not known is the whole room.
"""


def by_a_word(agenda_id: int) -> tuple[str, ...]:
    """A word on an item that leaves its standing as it is. (Held against two whole pictures by `test_changes.py`.)"""
    where_it_is_said = ("said", "say", f"entry-{agenda_id}", "gap")
    at_the_end = ("the-end", "settle", "draft")
    return (*where_it_is_said, *at_the_end, "count", "progress", "to-decide", "standing", "last-words", "nudge", "news")
