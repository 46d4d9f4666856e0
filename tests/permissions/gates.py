"""Who may pass an address, said independently of the code that decides: from the published matrix and from who is what where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from readiness.accounts.rules import MATRIX, Action, Role
from tests.permissions.world import GRANTED, ROLES, SEATED, Place

ALLOWED, FORBIDDEN, HIDDEN = 200, 403, 404


class Gate(Protocol):
    @property
    def places(self) -> Sequence[str]: ...

    def answer(self, name: str, place: Place) -> int:
        """ALLOWED, FORBIDDEN or HIDDEN for this person at this place."""
        ...


@dataclass(frozen=True)
class Open:
    """For everybody, signed in or not. The view says so itself: `login_not_required`."""

    places: Sequence[str] = ("own",)

    def answer(self, name: str, place: Place) -> int:
        return ALLOWED


@dataclass(frozen=True)
class SignedIn:
    """For every person; what they find is narrowed to what they may see (no page ever shows a word of another place)."""

    places: Sequence[str] = ("own",)

    def answer(self, name: str, place: Place) -> int:
        return ALLOWED


@dataclass(frozen=True)
class Everywhere:
    """For who may do it in the whole organisation."""

    action: Action
    places: Sequence[str] = ("own",)

    def answer(self, name: str, place: Place) -> int:
        return ALLOWED if name == "ada" and Role.ADMIN in MATRIX[self.action] else FORBIDDEN


@dataclass(frozen=True)
class Anywhere:
    """For who may do it somewhere. With `by_name` it is enough that a service names them."""

    action: Action
    by_name: bool = False
    places: Sequence[str] = ("own",)

    def answer(self, name: str, place: Place) -> int:
        roles = {GRANTED.get(name)}
        if self.by_name:
            roles |= {there.get(name) for there in ROLES.values()}
        return ALLOWED if roles & MATRIX[self.action].keys() else FORBIDDEN


@dataclass(frozen=True)
class On:
    """About a service, or something of it."""

    action: Action
    places: Sequence[str] = ("own", "sibling", "foreign")

    def answer(self, name: str, place: Place) -> int:
        role = ROLES[place.name].get(name)
        if role is None:
            return HIDDEN
        return ALLOWED if role in MATRIX[self.action] else FORBIDDEN


@dataclass(frozen=True)
class OnReview(On):
    """About a review: a guest of one review knows nothing of another."""

    places: Sequence[str] = ("own", "sibling", "foreign", "elsewhere")


@dataclass(frozen=True)
class OnOutcome(OnReview):
    """About what came out of a review: whoever sees it and had a seat in it may, whatever their role."""

    def answer(self, name: str, place: Place) -> int:
        found = super().answer(name, place)
        is_seated = name in SEATED.get(place.name, ())
        return ALLOWED if found == FORBIDDEN and is_seated else found


@dataclass(frozen=True)
class Own:
    """Of one person, the lead of the place: nobody else knows of it."""

    places: Sequence[str] = ("own", "foreign")

    def answer(self, name: str, place: Place) -> int:
        return ALLOWED if place.lead.email == f"{name}@example.com" else HIDDEN


@dataclass(frozen=True)
class Either:
    """Allowed where one of two actions is: who asked for something may also take it back."""

    first: On
    second: On
    places: Sequence[str] = ("own", "sibling", "foreign")

    def answer(self, name: str, place: Place) -> int:
        return min(self.first.answer(name, place), self.second.answer(name, place))


@dataclass(frozen=True)
class OverPerson:
    """About a person of a team, for who manages people there. Who manages nobody is told so whoever it is about."""

    by_administrators_only: bool = False
    places: Sequence[str] = ("own", "foreign")

    def answer(self, name: str, place: Place) -> int:
        if name == "ada":
            return ALLOWED
        if name != "mia":
            return FORBIDDEN
        if place.name == "foreign":
            return HIDDEN
        return FORBIDDEN if self.by_administrators_only else ALLOWED


@dataclass(frozen=True)
class OwnMail:
    """For whom it went to, and for administrators."""

    places: Sequence[str] = ("own", "foreign")

    def answer(self, name: str, place: Place) -> int:
        return ALLOWED if name == "ada" or place.mail.recipient.email.startswith(f"{name}@") else HIDDEN


@dataclass(frozen=True)
class OfTeam:
    """About a team: seen by all who have to do with one of its services, changed by roles in the team itself."""

    action: Action
    places: Sequence[str] = ("own", "foreign")

    def answer(self, name: str, place: Place) -> int:
        if name not in ROLES[place.name]:
            return HIDDEN
        if self.action is Action.SEE:
            return ALLOWED
        return ALLOWED if GRANTED.get(name) in MATRIX[self.action] else FORBIDDEN


@dataclass(frozen=True)
class OfShare:
    """About a link: for who made it, and for who may share everything."""

    places: Sequence[str] = ("own", "foreign")

    def answer(self, name: str, place: Place) -> int:
        is_maker = name == "mia" and place.name == "own"
        return ALLOWED if name == "ada" or is_maker else HIDDEN


@dataclass(frozen=True)
class OfCampaign:
    """The rows of a campaign of a team: for who knows of it and may export something somewhere. A lead counts by being named."""

    places: Sequence[str] = ("own", "foreign")

    def answer(self, name: str, place: Place) -> int:
        if name not in ROLES[place.name]:
            return HIDDEN
        roles = {GRANTED.get(name)} | {there[name] for there in ROLES.values() if there.get(name) is Role.TECH_LEAD}
        return ALLOWED if roles & MATRIX[Action.EXPORT].keys() else FORBIDDEN
