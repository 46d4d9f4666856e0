"""What changed between two texts, word by word, for people to read. Pure."""

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
ALIKE = 0.35
"""Share of words in common below which the texts stand one after the other: confetti is harder to read than both."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: in both, only in the old one, or only in the new one."""

    text: str
    is_old: bool = False
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class _Stretch:
    old: str
    new: str

    @property
    def is_same(self) -> bool:
        return self.old == self.new


@lru_cache(maxsize=1024)
def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Without the new pieces this is `old`, without the old ones `new`. An old piece stands before the new one it gave way to."""
    stretches = list(_joined(_stretches(_TOKEN.findall(old), _TOKEN.findall(new))))
    kept = sum(_words(stretch.old) for stretch in stretches if stretch.is_same)
    if 2 * kept < ALIKE * (_words(old) + _words(new)):
        stretches = [_Stretch(old, new)]
    return tuple(piece for stretch in stretches for piece in _pieces(stretch))


def _stretches(old: list[str], new: list[str]) -> Iterator[_Stretch]:
    # difflib's shortcut for frequent tokens stays on: without it, two pages of prose take seconds.
    for _, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        yield _Stretch("".join(old[start:end]), "".join(new[new_start:new_end]))


def _joined(stretches: Iterable[_Stretch]) -> Iterator[_Stretch]:
    """A blank or a comma alone between two changes is no reason to part them: phrases give way to phrases."""
    found = list(stretches)
    last = len(found) - 1
    is_kept = [
        stretch.is_same and (number in {0, last} or bool(_words(stretch.old))) for number, stretch in enumerate(found)
    ]
    for kept, group in itertools.groupby(zip(found, is_kept, strict=True), key=lambda pair: pair[1]):
        parts = [stretch for stretch, _ in group]
        if kept:
            yield from parts
        else:
            yield _Stretch("".join(part.old for part in parts), "".join(part.new for part in parts))


def _pieces(stretch: _Stretch) -> Iterator[Piece]:
    if stretch.is_same:
        yield Piece(stretch.old)
        return
    if stretch.old:
        yield Piece(stretch.old, is_old=True)
    if stretch.new:
        yield Piece(stretch.new, is_new=True)


def _words(text: str) -> int:
    return sum(1 for _ in re.finditer(r"\w+", text))
