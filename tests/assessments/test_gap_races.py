"""Several people close, link, ask and decide at the same moment, on whichever database this run uses."""

from collections.abc import Callable, Sequence

import pytest

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Role
from readiness.assessments import actions
from readiness.assessments.models import Gap, Waiver
from tests.assessments.small import DRILLED, attested, small, verbs
from tests.cast import NOW, Cast, day, give, person
from tests.checks.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def lost(people: Sequence[User], press: Callable[[User], object]) -> list[str]:
    """The refusals of those who came too late, when all of them press at once."""

    def one(at: int) -> str:
        try:
            press(people[at])
        except Refused as refusal:
            return type(refusal).__name__
        return ""

    return [said for said in at_once(len(people), one) if said]


def proposed(cast: Cast) -> Gap:
    small(cast, DRILLED)
    gap = actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=NOW)
    attested(cast)
    return actions.propose_closed(by=cast.olga, gap=gap, version=gap.version, note="", now=NOW)


def asked(cast: Cast, days: int = 30) -> Waiver:
    return actions.request_waiver(
        by=cast.theo, item=cast.item("drilled"), reason="r", mitigation="m", ends_on=day(days), now=NOW
    )


def test_a_gap_is_verified_or_taken_back_and_never_both(cast: Cast) -> None:
    gap = proposed(cast)

    def press(by: User) -> object:
        if by == cast.olga:
            return actions.withdraw_proposal(by=by, gap=gap, version=gap.version, now=NOW)
        return actions.verify_closed(by=by, gap=gap, version=gap.version, now=NOW)

    assert len(lost([cast.olga, cast.theo, cast.pia, cast.mia], press)) == 3
    ends = {"gap.closed", "gap.proposal_withdrawn"} & set(verbs("gap"))
    assert len(ends) == 1
    assert Gap.objects.get().is_closed == (ends == {"gap.closed"})


def test_one_of_several_links_a_ticket_and_the_others_see_it(cast: Cast) -> None:
    small(cast, DRILLED)
    gap = actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=NOW)

    def press(by: User) -> object:
        return actions.link_ticket(by=by, gap=gap, shown="", url=f"https://tickets.example/browse/PAY-{by.pk}", now=NOW)

    assert lost([cast.olga, cast.theo, cast.pia, cast.mia], press) == ["Conflict"] * 3
    assert verbs("gap") == ["gap.opened", "gap.ticket_linked"]


def test_a_waiver_is_asked_for_once(cast: Cast) -> None:
    small(cast, DRILLED)
    people = [cast.theo, cast.rob, cast.mia, cast.theo]
    said = lost(people, lambda by: actions.request_waiver(
        by=by, item=cast.item("drilled"), reason="r", mitigation="m", ends_on=day(30), now=NOW
    ))  # fmt: skip
    assert said == ["Refused"] * 3
    assert Waiver.objects.count() == 1


def test_a_renewal_is_decided_once_and_takes_over_once(cast: Cast) -> None:
    small(cast, DRILLED)
    first = asked(cast)
    actions.decide_waiver(by=cast.mia, waiver=first, version=first.version, is_approved=True, note="", now=NOW)
    renewal = asked(cast, 60)
    managers = [cast.mia, *(person(f"manager{number}") for number in range(3))]
    for one in managers[1:]:
        give(one, Role.MANAGER, team=cast.payments)

    def press(by: User) -> object:
        return actions.decide_waiver(by=by, waiver=renewal, version=renewal.version, is_approved=True, note="", now=NOW)

    assert len(lost(managers, press)) == 3
    assert sorted(Waiver.objects.values_list("status", flat=True)) == ["approved", "renewed"]
    assert cast.item("drilled").waived_until == day(60)
    assert verbs("waiver").count("waiver.renewed") == 1
