"""What is different since a decision, by cause: the service changed, the checklist changed, or the proof aged or turned.

What got better is no drift. What an old packet does not hold (None) is not compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from readiness.assessments.rules import ItemStatus
from readiness.catalog.rules import ENDPOINTS, Trait
from readiness.checklists.rules import Gate


class Cause(StrEnum):
    SERVICE = "service"
    CHECKLIST = "checklist"
    PROOF = "proof"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Cause.SERVICE: "The service changed",
    Cause.CHECKLIST: "The checklist changed",
    Cause.PROOF: "The proof aged or turned",
}


class Asks(StrEnum):
    """What a newer checklist version does to an item."""

    ADDED = "asked for now"
    REMOVED = "no longer asked for"
    ELSE = "asks for something else now"


type CheckKey = tuple[str, str, str]
"""Item, criterion, type."""


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """`told`: a digest of what people set in its configuration."""

    told: str
    is_enabled: bool
    title: str = ""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """`people`: what they are to the service → who, None for nobody."""

    tier: int
    traits: tuple[str, ...]
    team: str
    repository: str
    people: Mapping[str, PersonFacts | None]
    endpoints: Mapping[str, object] | None = None
    dependencies: frozenset[str] | None = None
    checks: Mapping[CheckKey, CheckFacts] | None = None


@dataclass(frozen=True, slots=True)
class StoodFacts:
    """How one item stood, or stands. `is_waived`: under a waiver that counted on that day."""

    title: str
    gate: Gate
    status: ItemStatus
    reason: str = ""
    is_waived: bool = False
    waived_until: date | None = None

    @property
    def is_open(self) -> bool:
        return self.status not in {ItemStatus.MET, ItemStatus.NOT_APPLICABLE}

    @property
    def is_good(self) -> bool:
        """Nothing stands in the way of a decision."""
        return not self.is_open or self.is_waived


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that drifted. `item` and `check` name what it is about; empty where it is the service itself."""

    cause: Cause
    title: str
    note: str = ""
    item: str = ""
    check: CheckKey | None = None
    gate: Gate | None = None
    status: ItemStatus | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """`better`: titles of items that were open and are met now."""

    lines: tuple[Line, ...]
    better: tuple[str, ...] = field(default=())

    def of(self, cause: Cause) -> list[Line]:
        return [line for line in self.lines if line.cause is cause]

    @property
    def groups(self) -> list[tuple[Cause, list[Line]]]:
        return [(cause, self.of(cause)) for cause in Cause]

    @property
    def summary(self) -> str:
        """As in "4 things drifted: 1 service, 0 checklist, 3 proof"."""
        if not self.lines:
            return "Nothing drifted"
        noun = "1 thing" if len(self.lines) == 1 else f"{len(self.lines)} things"
        return f"{noun} drifted: {', '.join(f'{len(self.of(cause))} {cause}' for cause in Cause)}"


def drift(
    *,
    service: tuple[ServiceFacts, ServiceFacts],
    items: tuple[Mapping[str, StoodFacts], Mapping[str, StoodFacts]],
    asked: Mapping[str, Asks],
    titles: Mapping[str, str],
) -> Drift:
    """Each pair is (then, now). `asked`: items that a newer checklist version changes; `titles` names them."""
    then, now = items
    lines = [*_service(*service), *_checklist(asked, titles)]
    kept = [(key, then[key], now[key]) for key in now if key in then and key not in asked]
    lines += [line for key, was, stands in kept if (line := _item(key, was, stands))]
    better = [stands.title for _, was, stands in kept if was.is_open and stands.status is ItemStatus.MET]
    return Drift(tuple(lines), tuple(better))


def _service(then: ServiceFacts, now: ServiceFacts) -> Iterable[Line]:
    if then.tier != now.tier:
        yield _changed("Tier", str(then.tier), str(now.tier))
    yield from _sets("trait", [_trait(t) for t in then.traits], [_trait(t) for t in now.traits])
    if then.team != now.team:
        yield _changed("Team", then.team, now.team)
    yield from _people(then.people, now.people)
    if then.repository != now.repository:
        yield _changed("Repository", then.repository, now.repository)
    if then.endpoints is not None and now.endpoints is not None:
        yield from _endpoints(then.endpoints, now.endpoints)
    if then.dependencies is not None and now.dependencies is not None:
        yield from _sets("dependency", sorted(then.dependencies), sorted(now.dependencies))
    if then.checks is not None and now.checks is not None:
        yield from _checks(then.checks, now.checks)


def _trait(value: str) -> str:
    return Trait(value).label if value in set(Trait) else value


def _changed(what: str, old: str, new: str) -> Line:
    return Line(Cause.SERVICE, f"{what}: {old or 'nothing'} → {new or 'nothing'}")


def _sets(noun: str, then: list[str], now: list[str]) -> Iterable[Line]:
    yield from (Line(Cause.SERVICE, f"New {noun}: {word}") for word in now if word not in then)
    yield from (Line(Cause.SERVICE, f"No {noun} any more: {word}") for word in then if word not in now)


def _people(then: Mapping[str, PersonFacts | None], now: Mapping[str, PersonFacts | None]) -> Iterable[Line]:
    for role, was in then.items():
        stands = now.get(role)
        if (was.id if was else None) != (stands.id if stands else None):
            yield _changed(role, was.name if was else "nobody", stands.name if stands else "nobody")


def _endpoints(then: Mapping[str, object], now: Mapping[str, object]) -> Iterable[Line]:
    for name in dict.fromkeys([*then, *now]):
        if then.get(name) == now.get(name):
            continue
        label = ENDPOINTS[name].label if name in ENDPOINTS else name
        if isinstance(then.get(name), list) or isinstance(now.get(name), list):
            yield Line(Cause.SERVICE, f"{label} changed")
        else:
            yield _changed(label, str(then.get(name) or ""), str(now.get(name) or ""))


def _checks(then: Mapping[CheckKey, CheckFacts], now: Mapping[CheckKey, CheckFacts]) -> Iterable[Line]:
    """Only those that are there on both sides: one that came or went came or went with the checklist, tier or traits."""
    for key, stands in now.items():
        was = then.get(key)
        if was is None:
            continue
        if was.is_enabled != stands.is_enabled:
            word = "switched on" if stands.is_enabled else "switched off"
            yield Line(Cause.SERVICE, f"Check {word}: {stands.title}", item=key[0], check=key)
        elif was.told != stands.told:
            yield Line(Cause.SERVICE, f"Check configured anew: {stands.title}", item=key[0], check=key)


def _checklist(asked: Mapping[str, Asks], titles: Mapping[str, str]) -> Iterable[Line]:
    for key, what in asked.items():
        yield Line(Cause.CHECKLIST, titles.get(key, key), f"The checklist: {what}.", item=key)


def _item(key: str, was: StoodFacts, stands: StoodFacts) -> Line | None:
    about = {"item": key, "gate": stands.gate, "status": stands.status}
    if (was.status is ItemStatus.NOT_APPLICABLE) is not (stands.status is ItemStatus.NOT_APPLICABLE):
        note = "Did not apply then, counts now." if was.status is ItemStatus.NOT_APPLICABLE else "Counted then."
        return Line(Cause.SERVICE, stands.title, f"{note} {stands.reason}".strip(), **about)  # type: ignore[arg-type]
    if why := _turned(was, stands):
        return Line(Cause.PROOF, stands.title, f"{why} {stands.reason}".strip(), **about)  # type: ignore[arg-type]
    return None


def _turned(was: StoodFacts, stands: StoodFacts) -> str:
    """Why it is worse than it was; empty when it is not."""
    if stands.is_good:
        return ""
    if was.status is ItemStatus.MET:
        return f"Met then, {stands.status.label.lower()} now."
    if was.is_waived:
        return "Under a waiver then, which ended."
    if was.status is not ItemStatus.NOT_MET and stands.status is ItemStatus.NOT_MET:
        return f"{was.status.label} then, not met now."
    return ""
