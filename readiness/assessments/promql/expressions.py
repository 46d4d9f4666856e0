"""Regular expressions that others wrote, for values of labels: read as Go reads them, and none that runs for ever.

Python's own matcher tries ways one after the other; a hostile expression makes it try for years. So groups are written
out, what is repeated is a single character, and the number of ways is bounded before anything is matched.
https://github.com/google/re2/wiki/Syntax
"""

import re
from functools import lru_cache

from readiness.assessments.outcome import UnreadableError

MOST_ALTERNATIVES = 200
LONGEST_EXPRESSION = 2000
LONGEST_VALUE = 200
MOST_WAYS = 10 * LONGEST_VALUE**3
GROUP = re.compile(r"\((?:\?:)?([^()]*)\)(\?)?(?![*+?{])")
BRACKET_IN_CLASS = re.compile(r"\[[^\]]*[()]|\\[()]")
IN_CLASS = r"(?:\\[.\\\-\]dws]|[^\[\]\\&|~-]|(?<=\w)-(?=\w)|-(?=\]))"
CHARACTER = rf"(?:\\[.\\+*?|{{}}^$/@:_\-dws]|\[\^?{IN_CLASS}+\]|[^\\\[\](){{}}*+?|^$])"
REPEATED = r"(?:[*+?]|\{\d{1,2}(?:,\d{0,2})?\})\??"
FLAT = re.compile(rf"\^?(?:{CHARACTER}(?:{REPEATED})?)*\$?")
REPETITION = re.compile(rf"{CHARACTER}(?P<times>{REPEATED})?")


class Expression:
    """Matches whole values. Raises UnreadableError for what is not understood."""

    def __init__(self, written: str) -> None:
        self._pattern = _pattern(written)

    def matches(self, value: str) -> bool:
        return self._pattern.fullmatch(value[:LONGEST_VALUE]) is not None


@lru_cache(maxsize=512)
def _pattern(written: str) -> re.Pattern[str]:
    bare = written.removeprefix("(?i)")
    alternatives = _alternatives(bare) if len(written) <= LONGEST_EXPRESSION else []
    ways = sum(LONGEST_VALUE ** _repetitions(one) for one in alternatives)
    if not alternatives or ways > MOST_WAYS or not all(map(FLAT.fullmatch, alternatives)):
        raise UnreadableError(
            "Only alternatives such as checkout|pay-(eu|us), single characters and .* are understood in an expression."
        )
    case = re.IGNORECASE if bare != written else re.NOFLAG
    try:
        return re.compile("|".join(alternatives), re.ASCII | case)
    except re.error as error:
        raise UnreadableError("An expression can't be read.") from error


def _alternatives(written: str) -> list[str]:
    """Without groups: `a-(b|c)` → `a-b`, `a-c`. Empty where there are too many."""
    if BRACKET_IN_CLASS.search(written):
        return []
    pending, flat = [written], []
    while pending:
        one = pending.pop()
        group = GROUP.search(one)
        if group is None:
            flat.extend(one.split("|"))
        else:
            parts = [*group[1].split("|"), *([""] if group[2] else [])]
            pending.extend(one[: group.start()] + part + one[group.end() :] for part in parts)
        if len(pending) + len(flat) > MOST_ALTERNATIVES:
            return []
    return flat


def _repetitions(alternative: str) -> int:
    return sum(found["times"] is not None for found in REPETITION.finditer(alternative))
