"""The vocabulary of checklists, and the rule that decides for which services an item counts. Pure; no Django.

An item is met only when every criterion that applies to the service is met. A criterion names alternative ways to
prove it; one of them is enough.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from readiness.catalog.rules import Trait


class Category(StrEnum):
    OBSERVABILITY = "observability"
    SECURITY = "security"
    RELIABILITY = "reliability"
    PERFORMANCE = "performance"
    OPERATIONS = "operations"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Gate(StrEnum):
    """A hard gate is met before go-live; a tracked gap may ship open, with an owner, a date and a plan."""

    HARD = "hard"
    TRACKED = "tracked"

    @property
    def label(self) -> str:
        return "Hard gate" if self is Gate.HARD else "Tracked gap"


class How(StrEnum):
    """Who or what gathers the proof."""

    PROBE = "probe"
    QUERY = "query"
    ARTIFACT = "artifact"
    RECORD = "record"
    ATTESTATION = "attestation"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def is_machine(self) -> bool:
        return self in (How.PROBE, How.QUERY, How.ARTIFACT)


class Strength(StrEnum):
    """How much a piece of evidence is worth, weakest first. Compare by `rank`: as strings they do not order."""

    ASSERTED = "asserted"
    LINKED = "linked"
    UPLOADED = "uploaded"
    OBSERVED = "observed"
    EXERCISED = "exercised"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def meets(self, minimum: "Strength") -> bool:
        return self.rank >= minimum.rank


_RANKS = {strength: rank for rank, strength in enumerate(Strength)}


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether something counts for a service; `reason` is one sentence for a person."""

    applies: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AppliesWhen:
    """For which services something counts. Every part that is given has to hold; an empty part asks nothing."""

    any_traits: tuple[Trait, ...] = ()
    all_traits: tuple[Trait, ...] = ()
    without_traits: tuple[Trait, ...] = ()
    tiers: tuple[int, ...] = ()

    @property
    def is_always(self) -> bool:
        return self == AppliesWhen()

    def holds(self, tier: int, traits: Collection[str]) -> bool:
        return (
            (not self.any_traits or any(trait in traits for trait in self.any_traits))
            and all(trait in traits for trait in self.all_traits)
            and not any(trait in traits for trait in self.without_traits)
            and (not self.tiers or tier in self.tiers)
        )

    def decide(self, tier: int, traits: Collection[str]) -> Applicability:
        """`holds` with the reason: what is asked for, and what this service is."""
        if self.is_always:
            return Applicability(applies=True, reason="Counts for every service.")
        if self.holds(tier, traits):
            return Applicability(applies=True, reason=f"Counts for services {self.condition}, as this one is.")
        reason = f"Counts only for services {self.condition}; {self._this_one(tier, traits)}."
        return Applicability(applies=False, reason=reason)

    @property
    def condition(self) -> str:
        """The rule in words, to follow "services": `with trait http-api or frontend, of tier 1 or 2`."""
        parts = (
            (self.any_traits, "with trait ", "or"),
            (self.all_traits, "with trait " if len(self.all_traits) == 1 else "with traits ", "and"),
            (self.without_traits, "without trait ", "or"),
            (self.tiers, "of tier ", "or"),
        )
        return ", ".join(words + _listed(wanted, joiner) for wanted, words, joiner in parts if wanted)

    def _this_one(self, tier: int, traits: Collection[str]) -> str:
        """Names only what the rule asks about: traits, tier or both."""
        has = f"has {_listed(sorted(traits), 'and')}" if traits else "has no traits"
        asks_traits = self.any_traits or self.all_traits or self.without_traits
        parts = ([has] if asks_traits else []) + ([f"is tier {tier}"] if self.tiers else [])
        return "this one " + " and ".join(parts)

    def as_mapping(self) -> dict[str, list[str] | list[int]]:
        """JSON-ready, without the empty parts; `from_mapping` reads it back."""
        mapping: dict[str, list[str] | list[int]] = {}
        for name in ("any_traits", "all_traits", "without_traits"):
            if chosen := getattr(self, name):
                mapping[name] = [str(trait) for trait in chosen]
        if self.tiers:
            mapping["tiers"] = list(self.tiers)
        return mapping

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Sequence[str] | Sequence[int]]) -> "AppliesWhen":
        """Raises ValueError on a trait that does not exist."""
        return cls(
            any_traits=_as_traits(mapping.get("any_traits", ())),
            all_traits=_as_traits(mapping.get("all_traits", ())),
            without_traits=_as_traits(mapping.get("without_traits", ())),
            tiers=tuple(sorted(int(tier) for tier in mapping.get("tiers", ()))),
        )


ALWAYS = AppliesWhen()


def gate_for(gate: Gate, hard_when: AppliesWhen | None, *, tier: int, traits: Collection[str]) -> Gate:
    """`hard_when` narrows a hard gate: where it does not hold, the item is a tracked gap."""
    if gate is Gate.HARD and hard_when is not None and not hard_when.holds(tier, traits):
        return Gate.TRACKED
    return gate


def _as_traits(names: Iterable[object]) -> tuple[Trait, ...]:
    wanted = {Trait(str(name)) for name in names}
    return tuple(trait for trait in Trait if trait in wanted)


def _listed(things: Iterable[object], joiner: str) -> str:
    """`a, b or c`."""
    words = [str(thing) for thing in things]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joiner} {words[-1]}"
