"""Which launch worries most, and whom to talk to about it.

Worry = what stands in the way × how near the day is × how critical the service is × whether a review is still to look at it.
The first four tables are all there is to it; the product is counted by the database, because it puts ten thousand in order.
A launch that nothing blocks worries nobody, however near it is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Greatest, Least

from readiness.accounts.models import User
from readiness.assessments.rules import Decision
from reviews.models import Review
from reviews.models.review import ReviewQuerySet

MOST_GATES = 10
"""More open hard gates than these worry no more. A service that nobody measured counts as if so many were open."""
NEARNESS: Mapping[int, int] = {7: 8, 14: 5, 30: 3}
"""Days to the go-live → weight; the first that reaches it counts. A review belongs two weeks before."""
FAR = 2
FORGOTTEN = timedelta(days=14)
"""A date that passed so long ago is one that nobody moved, more likely than a launch of tomorrow: it weighs as a far one."""
CRITICAL: Mapping[int, int] = {1: 8, 2: 4, 3: 2, 4: 1}
"""Tier → weight."""
UNREVIEWED = 2
"""The weight of a launch that no review decided and that none is to look at before the day."""


def worry(today: date) -> CombinedExpression:
    """Of a service that is not launched: a whole number, 0 where nothing stands in the way."""
    return _in_the_way() * _nearness(today) * _tier() * _unreviewed()


def _in_the_way() -> Case:
    gates = Greatest(Least(F("assessment__hard_open"), Value(MOST_GATES)), Value(1))
    return _case(
        When(assessment=None, then=Value(MOST_GATES)),
        # A no-go without an open gate: a gap lacks its owner, its day or its plan.
        When(assessment__computed_decision=Decision.NO_GO, then=gates),
        default=0,
    )


def _nearness(today: date) -> Case:
    forgotten = When(go_live_on__lt=today - FORGOTTEN, then=Value(FAR))
    near = (When(go_live_on__lte=today + timedelta(days=days), then=Value(weight)) for days, weight in NEARNESS.items())
    return _case(forgotten, *near, default=FAR)


def _tier() -> Case:
    return _case(*(When(tier=tier, then=Value(weight)) for tier, weight in CRITICAL.items()), default=1)


def _unreviewed() -> Case:
    planned = Review.objects.live().filter(service=OuterRef("pk"), starts_at__date__lte=OuterRef("go_live_on"))
    return _case(When(Q(assessment__last_decision__gt="") | Exists(planned), then=Value(1)), default=UNREVIEWED)


def _case(*whens: When, default: int) -> Case:
    return Case(*whens, default=Value(default), output_field=IntegerField())


def reviews_beside(user: User) -> ReviewQuerySet:
    """The live reviews of services that this person sees, to be joined to them. Only a guest of one review sees fewer."""
    live = Review.objects.live()
    is_guest = any(grant.review_id for grant in user.live_grants())
    return live.filter(pk__in=Review.objects.visible_to(user).values("pk")) if is_guest else live


# Whom to talk to


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Contact:
    """`why` goes on after the name: "owns 3 of the 5 open hard gates"."""

    person: Person
    why: str

    @property
    def first_name(self) -> str:
        return self.person.name.split(" ")[0]


def contact(owners: Sequence[Person | None], named: Sequence[tuple[str, Person]]) -> Contact | None:
    """Whoever holds most of what is open. `owners`: one for each open hard gate, None where it has no owner; those fall to the
    first of `named` (what the service calls them, who), the tech lead before the others. None where nobody is named at all.
    """
    owned = Counter(owner for owner in owners if owner)
    bare = len(owners) - owned.total()
    lead = named[0][1] if named else None
    if owned:
        first, number = min(owned.items(), key=lambda one: (-one[1], one[0] != lead, one[0].name))
        if number >= bare or lead is None:
            return Contact(first, _owns(number, len(owners)))
    if lead is None:
        return None
    return Contact(lead, f"{named[0][0]}{_nobody_owns(bare, len(owners))}")


def _owns(number: int, of: int) -> str:
    if of == 1:
        return "owns the open hard gate"
    return f"owns all {of} open hard gates" if number == of else f"owns {number} of the {of} open hard gates"


def _nobody_owns(bare: int, of: int) -> str:
    if not bare:
        return ""
    if bare == of:
        return "; nobody owns the open hard gate yet" if of == 1 else "; nobody owns the open hard gates yet"
    return f"; {bare} of the {of} open hard gates {'has' if bare == 1 else 'have'} no owner"
