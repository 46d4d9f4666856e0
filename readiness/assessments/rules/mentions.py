"""Whom a text mentions. Pure.

A mention is `@` before the beginning of somebody's address (`@theo`, `@theo@example.com`), before their first name, or before
their whole name with dots (`@theo.example`). What fits two people mentions neither. What stands in code mentions nobody.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 20
"""One comment mentions so many at most: it is no way to write to everybody."""
_CODE = re.compile(r"^(```|~~~).*?(^\1|\Z)|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_HANDLE = re.compile(r"(?<![\w@./+-])@(\w[\w.+-]*(?:@\w[\w.-]*)?)")


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whom one may mention."""

    id: int
    name: str
    email: str

    @property
    def handles(self) -> tuple[set[str], set[str]]:
        """What means them for sure, and what means them when nobody else is called so."""
        email, name = self.email.casefold(), self.name.casefold().split()
        return {email}, {email.partition("@")[0], ".".join(name), *name[:1]}


def handles(text: str) -> list[str]:
    """What stands behind each `@`, once, in small letters."""
    found = _HANDLE.findall(_CODE.sub(" ", text))
    return list(dict.fromkeys(handle.rstrip(".-+").casefold() for handle in found))[:MOST]


def who(wanted: Iterable[str], people: Iterable[Known]) -> set[int]:
    """The ids of those who are meant."""
    surely: dict[str, int] = {}
    perhaps: dict[str, set[int]] = defaultdict(set)
    for person in people:
        sure, likely = person.handles
        surely |= dict.fromkeys(sure, person.id)
        for handle in likely:
            perhaps[handle].add(person.id)
    found: set[int] = set()
    for handle in wanted:
        meant = {surely[handle]} if handle in surely else perhaps.get(handle, set())
        found |= meant if len(meant) == 1 else set()
    return found
