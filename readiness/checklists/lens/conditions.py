"""What a lens's risk rules come to: which answers to a question carry which risk, and what the best of them have to hold.

A condition such as `a && (b || !c)` is a truth table over the question's choices: one bit for each of its 2ⁿ answers, in one
whole number. Rules are tried in their order, and the first that holds says the risk; `default` always holds.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_CHOICES = 15
"""As many as AWS allows; 2¹⁵ answers are 4 KiB a table."""
MAX_CONDITION = 4_000
MAX_PARENTHESES = 50
DEFAULT = "default"

_WORD = re.compile(r"\s*(&&|\|\||[!()]|[A-Za-z0-9_-]+)")


class Risk(StrEnum):
    """The best first."""

    NONE = "NO_RISK"
    MEDIUM = "MEDIUM_RISK"
    HIGH = "HIGH_RISK"


class ConditionError(Exception):
    """The condition can't be read. The text is a sentence for its author."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A choice that is, or is not, so."""

    choice: str
    is_so: bool = True


type Clause = tuple[Literal, ...]
"""At least one of these."""


class Answers:
    """All answers to a question with these choices, as the bits of one number."""

    def __init__(self, choices: Sequence[str]) -> None:
        self.choices = choices
        self.all = (1 << (1 << len(choices))) - 1
        self._tables = {choice: self._table(place) for place, choice in enumerate(choices)}

    def _table(self, place: int) -> int:
        """The answers in which the choice at `place` is so."""
        width = 1 << place
        table, length = ((1 << width) - 1) << width, 2 * width
        while length < 1 << len(self.choices):
            table |= table << length
            length *= 2
        return table

    def holding(self, literal: Literal) -> int:
        table = self._tables[literal.choice]
        return table if literal.is_so else self.all & ~table

    def without(self, table: int, choice: str) -> int:
        """The answers that are in `table` for one or the other value of a choice that nobody can make."""
        width = 1 << self.choices.index(choice)
        yes, no = table & self.holding(Literal(choice)), table & self.holding(Literal(choice, is_so=False))
        return yes | yes >> width | no | no << width

    def of(self, condition: str, constants: Mapping[str, bool]) -> int:
        """The answers for which it holds. Raises ConditionError. `constants`: names that are no choice to make."""
        return _Condition(condition, self, constants).table()

    def clauses(self, table: int, most: int) -> list[Clause] | None:
        """What the answers in `table`, and no others, have in common: each clause holds. None where it takes more than `most`.

        Each clause is as short as can be, and none follows from the others.
        """
        found: list[Clause] = []
        left = self.all
        while excess := left & ~table:
            if len(found) == 4 * most:
                return None
            clause = self._shortest(table, (excess & -excess).bit_length() - 1)
            found.append(clause)
            left &= self.any_of(clause)
        needed = self._needed(found, table)
        return needed if len(needed) <= most else None

    def any_of(self, clause: Clause) -> int:
        table = 0
        for literal in clause:
            table |= self.holding(literal)
        return table

    def _shortest(self, table: int, answer: int) -> Clause:
        """A clause that is true all over `table` and false for `answer`."""
        literals = [Literal(choice, not answer >> place & 1) for place, choice in enumerate(self.choices)]
        # What is denied is dropped first: people show what is so.
        for literal in sorted(literals, key=lambda literal: literal.is_so):
            rest = tuple(other for other in literals if other != literal)
            if not table & ~self.any_of(rest):
                literals.remove(literal)
        return tuple(literals)

    def _needed(self, clauses: list[Clause], table: int) -> list[Clause]:
        kept = list(clauses)
        for clause in clauses:
            others = [other for other in kept if other != clause]
            if self._all_of(others) == table:
                kept = others
        return sorted(kept, key=lambda clause: self.choices.index(clause[0].choice) if clause else 0)

    def _all_of(self, clauses: Iterable[Clause]) -> int:
        table = self.all
        for clause in clauses:
            table &= self.any_of(clause)
        return table


class _Condition:
    """`or` of `and` of `!`, by recursive descent; parentheses are bounded."""

    def __init__(self, condition: str, answers: Answers, constants: Mapping[str, bool]) -> None:
        self._answers = answers
        self._constants = constants
        self._words = _words(condition)
        self._depth = 0

    def table(self) -> int:
        table = self._any()
        if self._words:
            raise ConditionError(f"`{self._words[0]}` can't stand there")
        return table

    def _any(self) -> int:
        table = self._every()
        while self._took("||"):
            table |= self._every()
        return table

    def _every(self) -> int:
        table = self._one()
        while self._took("&&"):
            table &= self._one()
        return table

    def _one(self) -> int:
        is_denied = False
        while self._took("!"):
            is_denied = not is_denied
        table = self._group() if self._took("(") else self._name()
        return self._answers.all & ~table if is_denied else table

    def _group(self) -> int:
        self._depth += 1
        if self._depth > MAX_PARENTHESES:
            raise ConditionError(f"its parentheses are nested more than {MAX_PARENTHESES} deep")
        table = self._any()
        if not self._took(")"):
            raise ConditionError("a `)` is missing")
        self._depth -= 1
        return table

    def _name(self) -> int:
        name = self._words.pop(0) if self._words else ""
        if not name or not re.match(r"[\w-]", name):
            raise ConditionError(f"the name of a choice is missing before `{name}`" if name else "it ends too early")
        if name in self._answers.choices:
            return self._answers.holding(Literal(name))
        if name in self._constants:
            return self._answers.all if self._constants[name] else 0
        raise ConditionError(f"it names `{name[:40]}`, which is none of the question's choices")

    def _took(self, word: str) -> bool:
        if self._words[:1] == [word]:
            self._words.pop(0)
            return True
        return False


def _words(condition: str) -> list[str]:
    if len(condition) > MAX_CONDITION:
        raise ConditionError(f"it has {len(condition):,} characters; at most {MAX_CONDITION:,} are allowed")
    words, place = [], 0
    text = condition.rstrip()
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None:
            raise ConditionError(
                f"`{text[place:].strip()[:1]}` means nothing there; use names, &&, ||, ! and parentheses"
            )
        words.append(match[1])
        place = match.end()
    return words
