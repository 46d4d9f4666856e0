"""A delivery drill from its start to its end: what people may do, what machines note, and what it proves."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments.models import Evidence, Gap
from readiness.catalog.models import Service
from readiness.checks import actions, drilling, schedule
from readiness.checks.models import MOVES, Check, Drill, DrillState, Run, RunStatus
from readiness.checks.models.drills import OPEN
from readiness.history.models import Entry
from tests.cast import NOW, Cast
from tests.checks.cases import check_of, health
from tests.checks.drilling import (
    LABELS,
    LATER,
    NOT_SENT,
    RESOLVED,
    SENT,
    TOO_LATE,
    again,
    carried_out,
    drillable,
    sent,
    started,
)


def verbs() -> list[str]:
    return list(Entry.objects.filter(object_type="drill").order_by("pk").values_list("verb", flat=True))


def item_status(cast: Cast) -> tuple[str, str]:
    item = cast.item("alerts")
    return item.status, item.strength


# Only when a person asks


def test_the_schedule_never_runs_it(cast: Cast) -> None:
    check = drillable(cast)
    Check.objects.update(next_due_at=NOW - timedelta(days=9))
    assert schedule.enqueue_due(NOW) == 0
    assert actions.run_all(by=cast.theo, service=cast.checkout, now=NOW) == []
    with pytest.raises(Refused, match="It runs as a drill"):
        actions.run_now(by=cast.theo, check=check, now=NOW)
    assert not Run.objects.exists()


def test_other_checks_know_nothing_of_drills(cast: Cast) -> None:
    with pytest.raises(Refused, match="runs by itself"):
        actions.start_drill(by=cast.theo, check=health(cast), now=NOW)


# Starting


def test_whoever_may_run_checks_starts_one(cast: Cast) -> None:
    check = drillable(cast)
    drill = actions.start_drill(by=cast.theo, check=check, now=NOW)
    assert (drill.state, drill.started_by, drill.sent_at) == (DrillState.STARTING, cast.theo, None)
    run = Run.objects.get()
    assert (run.is_urgent, run.requested_by, run.told["drill"]) == (True, cast.theo, str(drill.key))
    assert str(run.told["link"]).endswith(f"/drills/{drill.key}/")
    assert verbs() == ["drill.started"]


@pytest.mark.parametrize(("name", "refusal"), [("sam", NotVisible), ("vera", NotAllowed)])
def test_who_may_not_starts_none(cast: Cast, name: str, refusal: type[Refused]) -> None:
    check = drillable(cast)
    with pytest.raises(refusal):
        actions.start_drill(by=getattr(cast, name), check=check, now=NOW)
    assert not Drill.objects.exists()
    assert not Run.objects.exists()


def test_one_at_a_time(cast: Cast) -> None:
    drill = started(cast)
    with pytest.raises(Conflict) as refused:
        actions.start_drill(by=cast.mia, check=drill.check_row, now=NOW)
    assert refused.value.current == drill
    assert Drill.objects.count() == 1


def nobody(cast: Cast) -> dict[str, User | None]:
    return {"on_call": None, "platform_owner": None}


def only_theo(cast: Cast) -> dict[str, User | None]:
    return {"on_call": cast.theo, "platform_owner": cast.theo}


@pytest.mark.parametrize(
    ("named", "words"), [(nobody, "Nobody is named as on call"), (only_theo, "ask somebody else to start it")]
)
def test_there_has_to_be_somebody_to_acknowledge_it(
    cast: Cast, named: Callable[[Cast], dict[str, User | None]], words: str
) -> None:
    check = drillable(cast)
    Service.objects.filter(pk=cast.checkout.pk).update(**named(cast))
    with pytest.raises(Refused, match=words):
        actions.start_drill(by=cast.theo, check=check, now=NOW)
    assert not Drill.objects.exists()


def test_a_check_that_lacks_something_starts_none(cast: Cast) -> None:
    check = drillable(cast)
    Check.objects.filter(pk=check.pk).update(is_enabled=False)
    with pytest.raises(Refused, match="switched off"):
        actions.start_drill(by=cast.theo, check=check, now=NOW)


# Sent, or not


def test_the_time_begins_when_alertmanager_has_it(cast: Cast) -> None:
    drill = started(cast)
    run = carried_out(SENT, at=NOW + timedelta(seconds=7))
    drill = again(drill)
    assert (drill.state, drill.sent_at) == (DrillState.SENT, NOW + timedelta(seconds=7))
    assert drill.due_at == NOW + timedelta(minutes=15, seconds=7)
    assert drill.labels == LABELS
    assert run.evidence_id is None
    assert not Evidence.objects.exists(), "that it was sent proves nothing"
    assert Check.objects.get().last_reason == SENT.reason


def test_an_alertmanager_that_gives_no_answer_begins_nothing(cast: Cast) -> None:
    drill = started(cast)
    carried_out(NOT_SENT)
    drill = again(drill)
    assert (drill.state, drill.words, drill.is_open) == (DrillState.NOT_SENT, NOT_SENT.reason, False)
    assert not Evidence.objects.exists()
    assert item_status(cast) == ("unknown", "")
    assert (Check.objects.get().last_result, Check.objects.get().unknown_in_a_row) == ("unknown", 0)
    actions.start_drill(by=cast.theo, check=drill.check_row, now=LATER)


@pytest.mark.parametrize("how", ["quarantined", "taken away", "nobody came"])
def test_a_drill_that_no_worker_sends_is_given_up(cast: Cast, how: str) -> None:
    drill = started(cast)
    if how == "quarantined":
        Run.objects.update(status=RunStatus.QUARANTINED, finished_at=NOW)
    if how == "taken away":
        Run.objects.all().delete()
    at = NOW + timedelta(minutes=11) if how == "nobody came" else NOW
    assert drilling.sweep(at) == 1
    assert again(drill).state == DrillState.NOT_SENT
    assert not Run.objects.filter(status=RunStatus.QUEUED).exists()
    assert drilling.sweep(at) == 0


def test_a_drill_that_is_on_its_way_is_left_alone_by_the_sweep(cast: Cast) -> None:
    drill = started(cast)
    assert drilling.sweep(NOW + timedelta(minutes=9)) == 0
    assert again(drill).state == DrillState.STARTING


# Acknowledged


@pytest.mark.parametrize("name", ["olga", "pia"])
def test_in_time_it_is_proof_that_was_exercised(cast: Cast, name: str) -> None:
    person = getattr(cast, name)
    drill = actions.acknowledge_drill(by=person, drill=sent(cast), now=LATER)
    assert (drill.state, drill.acknowledged_by, drill.took) == (DrillState.ACKNOWLEDGED, person, LATER - NOW)
    evidence = Evidence.objects.get()
    assert (evidence.result, evidence.strength, evidence.kind) == ("pass", "exercised", "am_delivery")
    assert evidence.figures["seconds_to_acknowledge"] == 243
    assert evidence.figures["acknowledged_by"] == str(person)
    assert evidence.reason == f"The test alert reached {person}, who acknowledged it after 4 min 3 s."
    assert item_status(cast) == ("met", "exercised")
    assert Check.objects.get().last_result == "pass"
    assert verbs() == ["drill.started", "drill.sent", "drill.acknowledged"]


def test_afterwards_the_alert_is_resolved_with_the_labels_it_was_sent_with(cast: Cast) -> None:
    drill = actions.acknowledge_drill(by=cast.olga, drill=sent(cast), now=LATER)
    waiting = Run.objects.get(status=RunStatus.QUEUED)
    assert waiting.told["labels"] == LABELS
    carried_out(RESOLVED, at=LATER + timedelta(seconds=2))
    assert again(drill).resolved_at == LATER + timedelta(seconds=2)
    assert Check.objects.get().last_result == "pass", "the run that cleans up says nothing of the drill"
    assert Evidence.objects.count() == 1


def test_a_drill_that_begins_before_the_last_one_is_cleaned_up_has_to_wait(cast: Cast) -> None:
    drill = actions.acknowledge_drill(by=cast.olga, drill=sent(cast), now=LATER)
    with pytest.raises(Refused, match="still being resolved"):
        actions.start_drill(by=cast.theo, check=drill.check_row, now=LATER)
    carried_out(RESOLVED, at=LATER)
    assert actions.start_drill(by=cast.theo, check=drill.check_row, now=LATER).is_open


def test_who_started_it_does_not_acknowledge_it_even_when_on_call(cast: Cast) -> None:
    check = drillable(cast)
    drill = actions.start_drill(by=cast.olga, check=check, now=NOW)
    carried_out(SENT)
    with pytest.raises(Refused, match="You started this drill") as refused:
        actions.acknowledge_drill(by=cast.olga, drill=drill, now=LATER)
    assert refused.value.rule == "second-pair"
    assert again(drill).state == DrillState.SENT
    assert actions.acknowledge_drill(by=cast.pia, drill=drill, now=LATER).acknowledged_by == cast.pia


@pytest.mark.parametrize("name", ["mia", "vera", "rob", "ada"])
def test_nobody_else_acknowledges_it(cast: Cast, name: str) -> None:
    drill = sent(cast)
    with pytest.raises(Refused, match="that is Olga Example or Pia Example"):
        actions.acknowledge_drill(by=getattr(cast, name), drill=drill, now=LATER)
    assert again(drill).state == DrillState.SENT
    assert not Evidence.objects.exists()


def test_a_stranger_knows_of_nothing(cast: Cast) -> None:
    drill = sent(cast)
    with pytest.raises(NotVisible):
        actions.acknowledge_drill(by=cast.sam, drill=drill, now=LATER)
    assert not Drill.objects.visible_to(cast.sam).exists()


def test_twice_is_told_who_was_faster(cast: Cast) -> None:
    drill = actions.acknowledge_drill(by=cast.olga, drill=sent(cast), now=LATER)
    with pytest.raises(Conflict, match="Olga Example was faster"):
        actions.acknowledge_drill(by=cast.pia, drill=drill, now=LATER)
    assert Evidence.objects.count() == 1


def test_before_it_is_sent_there_is_nothing_to_acknowledge(cast: Cast) -> None:
    drill = started(cast)
    with pytest.raises(Conflict, match="not sent yet"):
        actions.acknowledge_drill(by=cast.olga, drill=drill, now=NOW)
    assert again(drill).state == DrillState.STARTING


def test_on_the_last_second_is_in_time(cast: Cast) -> None:
    drill = sent(cast)
    assert drill.due_at
    assert actions.acknowledge_drill(by=cast.olga, drill=drill, now=drill.due_at).state == DrillState.ACKNOWLEDGED


# Too late


def test_too_late_is_refused_and_kept(cast: Cast) -> None:
    drill = sent(cast)
    with pytest.raises(Refused, match="This comes 2 minutes too late: 15 minutes were allowed"):
        actions.acknowledge_drill(by=cast.olga, drill=drill, now=TOO_LATE)
    drill = again(drill)
    assert (drill.state, drill.late_by, drill.late_at) == (DrillState.MISSED, cast.olga, TOO_LATE)
    assert drill.acknowledged_by is None
    assert verbs() == ["drill.started", "drill.sent", "drill.missed", "drill.acknowledged_late"]
    assert Evidence.objects.get().result == "fail"


def test_who_comes_late_after_somebody_who_came_late_is_refused_all_the_same(cast: Cast) -> None:
    drill = sent(cast)
    for person in (cast.olga, cast.pia):
        with pytest.raises(Refused, match="too late"):
            actions.acknowledge_drill(by=person, drill=drill, now=TOO_LATE)
    assert again(drill).late_by == cast.olga


def test_the_sweep_ends_what_nobody_acknowledged_as_a_failure(cast: Cast) -> None:
    drill = sent(cast)
    assert drill.due_at
    assert drilling.sweep(drill.due_at) == 0
    assert drilling.sweep(drill.due_at + timedelta(seconds=1)) == 1
    evidence = Evidence.objects.get()
    assert (evidence.result, evidence.strength) == ("fail", "exercised")
    assert evidence.reason == (
        "The test alert was not acknowledged within 15 minutes; Olga Example or Pia Example could have."
    )
    assert item_status(cast)[0] == "not_met"
    assert Gap.objects.filter(item__key="alerts").exists()
    assert Run.objects.filter(status=RunStatus.QUEUED).count() == 1, "the alert is resolved"
    assert drilling.sweep(TOO_LATE) == 0
    assert Evidence.objects.count() == 1


def test_the_next_drill_mends_it(cast: Cast) -> None:
    drill = sent(cast)
    drilling.sweep(TOO_LATE)
    carried_out(RESOLVED, at=TOO_LATE)
    actions.start_drill(by=cast.mia, check=drill.check_row, now=TOO_LATE)
    carried_out(SENT, at=TOO_LATE)
    second = Drill.objects.open().get()
    actions.acknowledge_drill(by=cast.olga, drill=second, now=TOO_LATE + timedelta(minutes=1))
    assert item_status(cast) == ("met", "exercised")


# Cancelled


def test_a_drill_that_was_cancelled_says_nothing(cast: Cast) -> None:
    drill = actions.cancel_drill(by=cast.mia, drill=sent(cast), now=LATER)
    assert (drill.state, drill.cancelled_by) == (DrillState.CANCELLED, cast.mia)
    assert not Evidence.objects.exists()
    assert Run.objects.filter(status=RunStatus.QUEUED).count() == 1, "the alert is resolved"
    with pytest.raises(Conflict, match="Mia Example cancelled this drill"):
        actions.acknowledge_drill(by=cast.olga, drill=drill, now=LATER)
    with pytest.raises(Conflict):
        actions.cancel_drill(by=cast.mia, drill=drill, now=LATER)
    assert drilling.sweep(TOO_LATE) == 0
    assert verbs() == ["drill.started", "drill.sent", "drill.cancelled"]


def test_cancelled_before_it_was_sent_nothing_is_sent(cast: Cast) -> None:
    actions.cancel_drill(by=cast.theo, drill=started(cast), now=NOW)
    assert not Run.objects.exists()


def test_cancelled_while_a_worker_had_it_the_alert_is_taken_back(cast: Cast) -> None:
    drill = started(cast)
    [one] = schedule.claim(worker="somebody", now=NOW)
    actions.cancel_drill(by=cast.theo, drill=drill, now=NOW)
    assert schedule.finish(run=one.run, fence=one.fence, outcome=SENT, now=NOW)
    assert again(drill).state == DrillState.CANCELLED
    assert Run.objects.get(status=RunStatus.QUEUED).told["labels"] == LABELS


@pytest.mark.parametrize(("name", "refusal"), [("sam", NotVisible), ("vera", NotAllowed)])
def test_who_may_not_cancels_none(cast: Cast, name: str, refusal: type[Refused]) -> None:
    drill = sent(cast)
    with pytest.raises(refusal):
        actions.cancel_drill(by=getattr(cast, name), drill=drill, now=LATER)
    assert again(drill).state == DrillState.SENT


# The lifecycle


@pytest.mark.parametrize("state", DrillState)
def test_a_drill_moves_only_as_the_table_says(cast: Cast, state: DrillState) -> None:
    drill = started(cast)
    drill.state = state
    for other in set(DrillState) - MOVES[state]:
        assert not drilling.move(drill, other, ended_at=NOW)
    assert again(drill).state == DrillState.STARTING
    assert (state in OPEN) is bool(MOVES[state])


def test_a_run_that_lost_its_lease_notes_nothing(cast: Cast) -> None:
    drill = started(cast)
    [one] = schedule.claim(worker="slow", now=NOW, lease=timedelta(seconds=1))
    schedule.claim(worker="quick", now=NOW + timedelta(seconds=2))
    assert not schedule.finish(run=one.run, fence=one.fence, outcome=SENT, now=NOW + timedelta(seconds=3))
    assert again(drill).state == DrillState.STARTING


def test_a_check_that_was_switched_off_meanwhile_takes_the_drill_with_it(cast: Cast) -> None:
    drill = started(cast)
    check = check_of(cast, "am_delivery")
    actions.switch(by=cast.theo, check=check, version=check.version, is_enabled=False, now=NOW)
    assert drilling.sweep(NOW) == 1
    assert again(drill).state == DrillState.NOT_SENT
