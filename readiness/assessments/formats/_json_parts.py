"""A large JSON document in parts: only the part that is asked for becomes objects, one after the other.

`json.loads` of a scan of 50 MB takes several times its size in memory; here the text is walked at its two or three outer levels,
and what lies deeper is decoded piece by piece. Positions are those of the text.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from readiness.assessments.formats._artifact import TOO_DEEP, place_of, refuse_deep
from readiness.assessments.outcome import UnreadableError

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode

type Member = Callable[[str, int], int]
type Item = Callable[[int], int]


class JsonText:
    """Raises UnreadableError with the place where it breaks."""

    def __init__(self, text: str) -> None:
        self.text = text

    def value(self, at: int) -> tuple[Any, int]:
        """(the value that begins here, where it ends)."""
        try:
            value, end = _decode(self.text, at)
        except json.JSONDecodeError as error:
            raise UnreadableError(place_of(error)) from error
        except RecursionError as error:
            raise UnreadableError(TOO_DEEP) from error
        except ValueError as error:
            raise UnreadableError("This is not JSON that can be read.") from error
        refuse_deep(value)
        return value, end

    def first(self, at: int = 0) -> int:
        """Where the next thing begins."""
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def members(self, at: int, take: Member) -> int:
        """Walks the object at `at`. `take(name, begin)` reads a value and returns where it ends."""

        def member(place: int) -> int:
            name, end = self.value(place)
            if not isinstance(name, str):
                raise self._broken("Expecting a name", place)
            return take(name, self.first(self._past(":", self.first(end))))

        return self._walk(at, "{}", member)

    def items(self, at: int, take: Item) -> int:
        """Walks the list at `at`."""
        return self._walk(at, "[]", take)

    def ended(self, at: int) -> None:
        if self.first(at) != len(self.text):
            raise self._broken("Extra data", self.first(at))

    def _walk(self, at: int, brackets: str, take: Item) -> int:
        place = self.first(self._past(brackets[0], at))
        if self.text.startswith(brackets[1], place):
            return place + 1
        while True:
            place = self.first(take(place))
            if self.text.startswith(brackets[1], place):
                return place + 1
            place = self.first(self._past(",", place))

    def _past(self, mark: str, at: int) -> int:
        if not self.text.startswith(mark, at):
            raise self._broken(f"Expecting “{mark}”", at)
        return at + 1

    def _broken(self, what: str, at: int) -> UnreadableError:
        return UnreadableError(place_of(json.JSONDecodeError(what, self.text, at)))
