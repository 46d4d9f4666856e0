"""Several people change the same many gaps at the same moment: each gap has one winner, and every loser is told which it was."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from readiness.accounts.models import User
from readiness.assessments import actions
from readiness.assessments.actions import Chosen, GapPlan, NotStored, Until
from readiness.assessments.models import Gap
from readiness.history.models import Entry
from tests.assessments.registered import many_gaps
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 4
GAPS = 12


def at_once[T](people: list[User], press: Callable[[User], T]) -> list[T]:
    gate = threading.Barrier(len(people))

    def one(by: User) -> T:
        try:
            gate.wait(timeout=10)
            return press(by)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(one, people))


def chosen() -> list[Chosen]:
    gaps = Gap.objects.open().with_context().exclude(service__slug="checkout").order_by("pk")
    return [Chosen(gap, gap.version) for gap in gaps]


def test_each_gap_is_reassigned_once(cast: Cast, gaps: dict[str, Gap]) -> None:
    many_gaps(cast, GAPS)
    seen, now = chosen(), timezone.now()
    outcomes = at_once(
        [cast.mia, cast.theo, cast.rob, cast.mia],
        lambda by: actions.reassign_gaps(by=by, chosen=seen, owner=cast.rob, now=now),
    )
    assert sum(len(outcome.changed) for outcome in outcomes) == GAPS
    assert sum(len(outcome.refused) for outcome in outcomes) == GAPS * (HANDS - 1)
    assert all("Somebody else changed this" in one.why for outcome in outcomes for one in outcome.refused)
    assert set(Gap.objects.exclude(service__slug="checkout").values_list("owner", "version")) == {(cast.rob.pk, 2)}
    assert Entry.objects.filter(verb="gap.planned").count() == GAPS


def test_each_gap_is_extended_once(cast: Cast, gaps: dict[str, Gap]) -> None:
    many_gaps(cast, GAPS)
    now = timezone.now()
    Gap.objects.exclude(service__slug="checkout").update(due_on=timezone.localdate())
    seen = chosen()
    at_once(
        [cast.mia, cast.theo, cast.rob, cast.mia],
        lambda by: actions.extend_gaps(by=by, chosen=seen, until=Until(weeks=2), reason="Late.", now=now),
    )
    assert set(Gap.objects.exclude(service__slug="checkout").values_list("extended", flat=True)) == {1}


def test_of_two_files_that_say_otherwise_one_is_stored_whole(cast: Cast, gaps: dict[str, Gap]) -> None:
    """In opposite orders: neither waits for the other for ever."""
    many_gaps(cast, GAPS)
    seen, now = chosen(), timezone.now()

    def store(by: User) -> tuple[str, int]:
        """The plan that was stored, or how many gaps stood in the way."""
        plans = [GapPlan(one.gap.pk, one.version, by, one.gap.due_on, f"Of {by}.", "") for one in seen]
        try:
            actions.plan_gaps(by=by, plans=plans if by == cast.rob else plans[::-1], now=now)
        except NotStored as refusal:
            return "", len(refusal.refused)
        return f"Of {by}.", 0

    (nothing, in_the_way), (stored, _) = sorted(at_once([cast.mia, cast.rob], store))
    assert (nothing, in_the_way) == ("", GAPS)
    assert set(Gap.objects.exclude(service__slug="checkout").values_list("plan", flat=True)) == {stored}
