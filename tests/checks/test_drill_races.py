"""Several people and workers at the same moment, on whichever database this run uses."""

from collections import Counter
from datetime import timedelta

import pytest

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.assessments.models import Evidence
from readiness.checks import actions, drilling
from readiness.checks.models import Drill, DrillState, Run, RunStatus
from readiness.history.models import Entry
from tests.cast import NOW, Cast
from tests.checks.drilling import LATER, again, drillable, sent
from tests.checks.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_acknowledge_at_once_one_is_told_who_was_faster(cast: Cast) -> None:
    drill, people = sent(cast), [cast.olga, cast.pia]

    def acknowledge(place: int) -> str:
        try:
            actions.acknowledge_drill(by=people[place % 2], drill=drill, now=LATER)
        except Conflict as conflict:
            return conflict.sentence
        return "first"

    said = Counter(at_once(4, acknowledge))
    first = again(drill).acknowledged_by
    assert said == {"first": 1, f"{first} was faster and has acknowledged it; there is nothing left to do.": 3}
    assert Evidence.objects.count() == 1
    assert Entry.objects.filter(verb="drill.acknowledged").count() == 1
    assert Run.objects.filter(status=RunStatus.QUEUED).count() == 1


def test_of_several_who_start_at_once_one_does(cast: Cast) -> None:
    check, people = drillable(cast), [cast.theo, cast.mia, cast.rob]

    def start(place: int) -> User | None:
        try:
            return actions.start_drill(by=people[place], check=check, now=NOW).started_by
        except Conflict:
            return None

    assert Counter(person is not None for person in at_once(3, start)) == {True: 1, False: 2}
    assert Drill.objects.count() == Run.objects.count() == 1


def test_three_sweeps_at_once_and_one_failure(cast: Cast) -> None:
    drill = sent(cast)
    over = NOW + timedelta(minutes=20)
    assert sum(at_once(3, lambda _place: drilling.sweep(over))) == 1
    assert again(drill).state == DrillState.MISSED
    assert [row.result for row in Evidence.objects.all()] == ["fail"]


def test_an_acknowledgement_on_the_last_second_and_the_sweep_end_it_once(cast: Cast) -> None:
    drill = sent(cast)
    due_at = drill.due_at
    assert due_at

    def end(place: int) -> str:
        if place:
            return f"swept {drilling.sweep(due_at + timedelta(seconds=1))}"
        try:
            actions.acknowledge_drill(by=cast.olga, drill=drill, now=due_at)
        except Refused:
            return "refused"
        return "acknowledged"

    said = set(at_once(2, end))
    assert said in ({"acknowledged", "swept 0"}, {"refused", "swept 1"})
    assert Evidence.objects.count() == 1
    assert again(drill).state in {DrillState.ACKNOWLEDGED, DrillState.MISSED}
