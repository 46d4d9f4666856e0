"""How long it will take to talk about something: as long as it took in past reviews.

By the item itself where it was talked about before, else by its gate and the reason to talk about it, else by its gate, else a
stated default. The median, because one meeting that lost itself in an item says nothing about the next one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from readiness.checklists.rules import Gate
from reviews.rules.words import AgendaReason

DEFAULT_SECONDS = 120
"""Two minutes an item, before anything was ever measured."""
SHORTEST_TALK = 20
"""An item that was on the screen for less was passed by, and not talked about."""
ROUND_ABOUT = 300
"""Who comes, what passed, and the decision: five minutes of every meeting."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What may take time, in a past review or in this one."""

    key: str
    gate: Gate
    reason: AgendaReason


@dataclass(frozen=True, slots=True)
class Talked:
    """What it took then. `review_id` tells how many reviews speak here."""

    about: Talk
    seconds: int
    review_id: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """`each`: seconds for each item, in the order asked for. `reviews`: how many past ones it rests on; 0: on the default."""

    each: tuple[int, ...]
    reviews: int

    @property
    def seconds(self) -> int:
        return sum(self.each) + ROUND_ABOUT

    @property
    def minutes(self) -> int:
        """Rounded up: a meeting that ends early annoys nobody."""
        return -(-self.seconds // 60)

    @property
    def source(self) -> str:
        """As in "from the last 5 reviews"."""
        if not self.reviews:
            return f"at {DEFAULT_SECONDS // 60} minutes an item, as there is no past review to go by"
        return "from the last review" if self.reviews == 1 else f"from the last {self.reviews} reviews"


def estimate(wanted: Sequence[Talk], past: Iterable[Talked]) -> Estimate:
    past = [talked for talked in past if talked.seconds >= SHORTEST_TALK]
    by_word: dict[object, list[int]] = defaultdict(list)
    for talked in past:
        for word in _words(talked.about):
            by_word[word].append(talked.seconds)
    each = tuple(
        next((round(median(by_word[word])) for word in _words(talk) if word in by_word), DEFAULT_SECONDS)
        for talk in wanted
    )
    return Estimate(each, len({talked.review_id for talked in past}))


def _words(talk: Talk) -> tuple[object, ...]:
    """By what it is looked up, the closest first."""
    return talk.key, (talk.gate, talk.reason), talk.gate


def length_for(minutes: int, lengths: Iterable[int]) -> int:
    """The shortest of `lengths` that will do; the longest when none does."""
    lengths = sorted(lengths)
    return next((length for length in lengths if length >= minutes), lengths[-1])


def share(seconds: int, of: Iterable[int], meeting_seconds: int) -> int:
    """An item's share of the time that the meeting was given, as far as its estimate goes; at least half a minute."""
    whole = sum(of)
    return max(30, seconds * meeting_seconds // whole) if whole else meeting_seconds
