"""A waiver that ends is in the digest of whoever has to meet its item before: a month before, and in the last week."""

from datetime import timedelta

import pytest

from readiness.accounts.models import User
from readiness.assessments.models import Gap, Waiver
from readiness.reminders import digest
from readiness.reminders.lines import Line
from readiness.reminders.rules import Why
from tests.cast import NOW, TODAY, Cast


def waived(cast: Cast, *, days: int, status: str = "approved") -> Waiver:
    item = cast.item("obs-runbooks")
    decided = {} if status == "requested" else {"decided_by": cast.mia, "decided_at": NOW}
    return Waiver.objects.create(
        item=item, service=item.assessment.service, status=status, reason="r", mitigation="m",
        ends_on=TODAY + timedelta(days=days), requested_by=cast.rob, requested_at=NOW, **decided,
    )  # fmt: skip


def told(days: int = 0) -> dict[User, list[Line]]:
    """Who is told of what ends, `days` from now."""
    digests = digest.due(NOW + timedelta(days=days))
    found = {one.person: [line for line in one.lines if line.why is Why.ENDING] for one in digests}
    return {person: lines for person, lines in found.items() if lines}


@pytest.fixture(autouse=True)
def _assessed(cast: Cast) -> None:
    cast.assessed()


def test_the_tech_lead_is_told_where_the_gap_has_no_owner_and_lands_on_the_waiver(cast: Cast) -> None:
    waiver = waived(cast, days=5)
    [(person, [line])] = told().items()
    assert (person, line.path) == (cast.theo, waiver.get_absolute_url())
    assert line.said == "ends in 5 days. Then it blocks again: meet it, or ask for a renewal"
    [one] = [one for one in digest.due(NOW) if one.person == cast.theo]
    assert one.subject == "Readiness: 1 waiver that ends"


def test_the_gaps_owner_is_told_before_the_tech_lead(cast: Cast) -> None:
    item = cast.item("obs-runbooks")
    Gap.objects.create(item=item, service=cast.checkout, gate=item.gate, opened_at=NOW, owner=cast.olga)
    waived(cast, days=1)
    [(person, [line])] = told().items()
    assert (person, line.said.partition(".")[0]) == (cast.olga, "ends tomorrow")


def test_who_asked_is_told_where_nobody_else_is_there(cast: Cast) -> None:
    cast.theo.is_active = False
    cast.theo.save()
    waived(cast, days=3)
    assert list(told()) == [cast.rob]


@pytest.mark.parametrize(("days", "is_told"), [(0, False), (7, True), (8, False), (30, True), (31, False)])
def test_a_month_before_and_in_the_last_week(cast: Cast, days: int, is_told: bool) -> None:
    waived(cast, days=days)
    assert bool(told()) is is_told


def test_not_while_a_renewal_waits_nor_of_what_was_never_approved(cast: Cast) -> None:
    waived(cast, days=5)
    waived(cast, days=40, status="requested")
    assert not told()
    Waiver.objects.filter(status="approved").delete()
    assert not told()


def test_what_was_renewed_before_the_digest_leaves_comes_out_of_it(cast: Cast) -> None:
    waiver = waived(cast, days=5)
    [mail] = digest.build(NOW)
    Waiver.objects.filter(pk=waiver.pk).update(status="renewed", ended_at=NOW)
    assert digest.last_look(mail, NOW) == "what it spoke of was settled, or is not wanted any more"
