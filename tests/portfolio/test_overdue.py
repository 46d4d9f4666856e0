"""Whose overdue gaps are whose, and which team needs help."""

from datetime import date

from readiness.accounts.models import User
from readiness.assessments.models import Assessment, Gap, GapStatus
from readiness.catalog.models import Service
from readiness.portfolio.overdue import SHOWN, overdue
from tests.cast import NOW, TODAY, Cast, day, person, published


def gap(assessment: Assessment, key: str, owner: User | None, due_on: date, gate: str = "tracked") -> Gap:
    item = assessment.items.create(key=key, category="security", title=key, position=1, gate=gate)
    values = {"gate": gate, "due_on": due_on, "opened_at": NOW}
    return Gap.objects.create(item=item, service=assessment.service, owner=owner, **values)


def two(cast: Cast) -> tuple[Assessment, Assessment]:
    version = published()
    return tuple(Assessment.objects.create(service=one, version=version) for one in (cast.checkout, cast.index))  # type: ignore[return-value]


def test_owners_and_teams_with_the_most_come_first_and_nobody_is_somebody(cast: Cast) -> None:
    checkout, index = two(cast)
    gap(checkout, "a", cast.theo, day(-1), gate="hard")
    gap(checkout, "b", cast.theo, day(-9))
    gap(index, "c", cast.theo, day(-2))
    gap(index, "d", None, day(-1))
    found = overdue(Service.objects.all(), TODAY)
    assert (found.total, found.hard) == (4, 1)
    assert [(share.value, share.label, share.number, share.hard) for share in found.owners] == [
        (str(cast.theo.pk), "Theo Example", 3, 1),
        ("", "No owner", 1, 0),
    ]
    assert [(share.value, share.label, share.number) for share in found.teams] == [
        ("payments", "Payments", 2),
        ("search", "Search", 2),
    ]


def test_what_is_closed_due_today_undated_or_elsewhere_is_not_overdue(cast: Cast) -> None:
    checkout, index = two(cast)
    gap(checkout, "today", cast.theo, TODAY)
    gap(index, "elsewhere", cast.theo, day(-1))
    closed = gap(checkout, "closed", cast.theo, day(-1))
    Gap.objects.filter(pk=closed.pk).update(status=GapStatus.CLOSED, closed_at=NOW)
    Gap.objects.filter(pk=gap(checkout, "undated", cast.theo, day(-1)).pk).update(due_on=None)
    assert overdue(Service.objects.filter(team=cast.payments), TODAY).total == 0


def test_gaps_in_work_and_waiting_for_verification_are_overdue_as_well(cast: Cast) -> None:
    checkout, _ = two(cast)
    for key, status in (("a", GapStatus.IN_PROGRESS), ("b", GapStatus.AWAITING)):
        Gap.objects.filter(pk=gap(checkout, key, cast.theo, day(-1)).pk).update(status=status)
    assert overdue(Service.objects.all(), TODAY).total == 2


def test_a_few_are_shown_and_the_others_counted(cast: Cast) -> None:
    checkout, _ = two(cast)
    for number in range(SHOWN + 2):
        gap(checkout, f"g{number}", person(f"Owner{number}"), day(-1))
    found = overdue(Service.objects.all(), TODAY)
    assert (len(found.owners), found.more_owners, found.most_of_an_owner) == (SHOWN, 2, 1)
