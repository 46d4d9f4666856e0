"""What changed between two texts, word by word, for people to read. Pure."""

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"\s*\S+|\s+")
ALIKE = 0.35
"""Share of words in common below which the texts stand one after the other: confetti is harder to read than both."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words: in both texts, only in the old one, or only in the new one."""

    text: str
    is_old: bool = False
    is_new: bool = False


@lru_cache(maxsize=1024)
def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Without the new pieces this is `old`, without the old ones `new`. An old piece stands before the new one it gave way to."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    # difflib's shortcut for frequent words stays on: without it, two pages of prose take seconds.
    matcher = difflib.SequenceMatcher(None, before, after)
    if matcher.ratio() < ALIKE:
        return _both(old, new)
    found: list[Piece] = []
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            found.append(Piece("".join(before[start:end])))
        else:
            found.extend(_both("".join(before[start:end]), "".join(after[new_start:new_end])))
    return tuple(found)


def _both(old: str, new: str) -> tuple[Piece, ...]:
    pair = Piece(old, is_old=True), Piece(new, is_new=True)
    return tuple(piece for piece in pair if piece.text)
