"""A digest's words: its lines, the sections they stand in, its subject."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.conf import settings
from django.urls import reverse

from readiness.accounts.models import User
from readiness.reminders.reading import Asked
from readiness.reminders.rules import OpenGap, Why

RED, AMBER, BLUE, GREY = "#d92d20", "#c98a00", "#1b4fd8", "#8a93a3"


@dataclass(frozen=True, slots=True)
class Line:
    """`days` until it is due; negative when overdue, nought where nothing is due. `said` follows the title."""

    why: Why
    service_id: int | None
    service: str
    title: str
    said: str
    path: str
    days: int = 0
    is_hard: bool = False

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}{self.path}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A section of the digest. `one` and `many` say its number in the subject, `yours` (of one) and `yours_many` why it comes."""

    title: str
    whys: frozenset[Why]
    colour: str
    one: str
    many: str
    yours: str
    yours_many: str


KINDS = (
    Kind(
        "Overdue", frozenset({Why.OVERDUE}), RED, "overdue", "overdue",
        "you own 1 overdue gap", "you own {} overdue gaps",
    ),
    Kind(
        "Waiting for you", frozenset({Why.VERIFY, Why.DECIDE, Why.CONFIRM, Why.WITNESS}), BLUE,
        "waiting for you", "waiting for you", "1 thing waits for you", "{} things wait for you",
    ),
    Kind(
        "Open again", frozenset({Why.AGAIN}), AMBER, "open again", "open again",
        "1 gap of yours is open again", "{} gaps of yours are open again",
    ),
    Kind(
        "Waivers that end", frozenset({Why.ENDING}), AMBER, "waiver that ends", "waivers that end",
        "1 waiver that concerns you ends", "{} waivers that concern you end",
    ),
    Kind(
        "Due in the next 7 days", frozenset({Why.SOON}), AMBER, "due this week", "due this week",
        "1 gap of yours is due this week", "{} gaps of yours are due this week",
    ),
    Kind(
        "Overdue with others, and yours to know", frozenset({Why.LEAD, Why.MANAGER}), RED,
        "overdue with others", "overdue with others",
        "1 gap of somebody else was escalated to you", "{} gaps of others were escalated to you",
    ),
    Kind(
        "Decided, for you to read", frozenset({Why.READ}), GREY, "decision to read", "decisions to read",
        "1 decision is yours to read", "{} decisions are yours to read",
    ),
    Kind(
        "Reviews due again", frozenset({Why.REVIEW}), AMBER, "review due again", "reviews due again",
        "1 service that you lead is due for a review", "{} services that you lead are due for a review",
    ),
    Kind(
        "Campaigns that you run", frozenset({Why.CAMPAIGN}), AMBER, "campaign", "campaigns",
        "you run a campaign that is due", "you run {} campaigns that are due",
    ),
)  # fmt: skip
"""Every reason has its section; what is the reader's own to do comes first."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    colour: str
    services: list[tuple[str, list[Line]]]


@dataclass(frozen=True, slots=True)
class Handed:
    """What somebody would get who is away until `until`."""

    person: User
    until: date
    lines: Sequence[Line]

    @property
    def sections(self) -> list[Section]:
        return sections(self.lines)


@dataclass(frozen=True, slots=True)
class Digest:
    """One person's lines of one local day, and those of the people for whom they stand in."""

    person: User
    day: date
    lines: Sequence[Line]
    handed: Sequence[Handed] = ()

    @property
    def sections(self) -> list[Section]:
        return sections(self.lines)

    @property
    def subject(self) -> str:
        parts = [f"{n} {kind.one if n == 1 else kind.many}" for n, kind in self._counts]
        parts += [f"{len(one.lines)} for {one.person.get_short_name()}" for one in self.handed]
        return "Readiness: " + ", ".join(parts)

    @property
    def reason(self) -> str:
        """Why its reader gets it."""
        parts = [kind.yours if n == 1 else kind.yours_many.format(n) for n, kind in self._counts]
        parts += [f"you stand in for {one.person}" for one in self.handed]
        return "because " + enumerated(parts)

    @property
    def _counts(self) -> list[tuple[int, Kind]]:
        counts = ((sum(line.why in kind.whys for line in self.lines), kind) for kind in KINDS)
        return [(n, kind) for n, kind in counts if n]


def sections(lines: Iterable[Line]) -> list[Section]:
    all_lines = list(lines)
    found = ((kind, [line for line in all_lines if line.why in kind.whys]) for kind in KINDS)
    return [Section(kind.title, kind.colour, _by_service(some)) for kind, some in found if some]


def enumerated(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def of_gap(gap: OpenGap, why: Why, service: str, day: date) -> Line:
    days = (gap.due_on - day).days if gap.due_on else 0
    said = [spelled(days) if gap.due_on else "no due date yet"]
    if gap.times:
        said.append(f"reopened {'once' if gap.times == 1 else f'{gap.times} times'}")
    if gap.is_proposed:
        said.append("proposed as closed" if why is Why.VERIFY else "waits for a second person to verify it")
    if why in {Why.VERIFY, Why.LEAD, Why.MANAGER}:
        said.append(f"owned by {gap.owner_name}")
    path = reverse("assessments:gap", args=[gap.id])
    return Line(why, gap.service_id, service, gap.title, ", ".join(said), path, days, gap.is_hard)


def of_asked(asked: Asked, service: str, day: date) -> Line:
    days = (asked.due_on - day).days if asked.due_on else 0
    when = spelled_end(days) if asked.why is Why.ENDING else spelled(days)
    said = f"{when}. {asked.said}" if asked.due_on else asked.said
    return Line(asked.why, asked.service_id, service, asked.title, said, asked.path, days)


def spelled(days: int) -> str:
    count = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    if days < 0:
        return f"overdue by {count}"
    return f"due in {count}" if days else "due today"


def spelled_end(days: int) -> str:
    return "ends tomorrow" if days == 1 else f"ends in {days} days"


def _by_service(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    by_name = sorted(lines, key=lambda line: (line.service.casefold(), line.service, line.days, line.path))
    return [(name, list(group)) for name, group in groupby(by_name, key=lambda line: line.service)]
