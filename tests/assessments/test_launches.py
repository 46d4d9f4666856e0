"""The day of a launch: who may do what, in which order, and what two people at once are told."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.models import Launch, LaunchReading, LaunchTick, ReviewedPlan
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from readiness.history.models import Entry
from tests.assessments.launches import (
    EVERYBODY,
    KEY,
    MINUTE,
    RAMP,
    SUPPORT_KEY,
    THRESHOLDS,
    at_the_last_step,
    measured,
    planned,
    replanned,
    started,
)
from tests.assessments.small import refused, small, verbs
from tests.cast import NOW, Cast

REASON = "The provider fixed it a minute ago."


def begin(cast: Cast, by: User | None = None, **said: str) -> Launch:
    return actions.start_launch(by=by or cast.theo, service=cast.checkout, now=NOW, **said)


# Telling


def test_who_is_told_is_ticked_with_time_and_person(cast: Cast) -> None:
    planned(cast)
    tick = actions.tell(by=cast.olga, service=cast.checkout, key=SUPPORT_KEY, now=NOW)
    assert (tick.words, tick.by, tick.at) == ("Support", cast.olga, NOW)
    assert Launch.objects.get().is_preparing
    assert verbs("launch") == ["launch.told"]


def test_the_second_to_tick_the_same_is_told_by_whom(cast: Cast) -> None:
    planned(cast)
    actions.tell(by=cast.olga, service=cast.checkout, key=SUPPORT_KEY, now=NOW)
    with refused(Conflict, "Olga Example told Support at 09:30"):
        actions.tell(by=cast.theo, service=cast.checkout, key=SUPPORT_KEY, now=NOW + MINUTE)


def test_a_tick_is_taken_back_within_ten_minutes_and_not_later(cast: Cast) -> None:
    planned(cast)
    actions.tell(by=cast.olga, service=cast.checkout, key=SUPPORT_KEY, now=NOW)
    with refused(Refused, "more than 10 minutes ago", rule="as-planned"):
        actions.untell(by=cast.olga, service=cast.checkout, key=SUPPORT_KEY, now=NOW + 11 * MINUTE)
    undone = actions.untell(by=cast.theo, service=cast.checkout, key=SUPPORT_KEY, now=NOW + 2 * MINUTE)
    undone.refresh_from_db()
    assert (undone.undone_by, undone.undone_at) == (cast.theo, NOW + 2 * MINUTE)
    with refused(Conflict, "took this back already"):
        actions.untell(by=cast.theo, service=cast.checkout, key=SUPPORT_KEY, now=NOW + 3 * MINUTE)
    actions.tell(by=cast.theo, service=cast.checkout, key=SUPPORT_KEY, now=NOW + 4 * MINUTE)
    assert LaunchTick.objects.count() == 2
    assert verbs("launch") == ["launch.told", "launch.untold", "launch.told"]


def test_who_was_told_stays_told_when_another_line_changes(cast: Cast) -> None:
    plan = planned(cast)
    actions.tell(by=cast.olga, service=cast.checkout, key=SUPPORT_KEY, now=NOW)
    replanned(cast, plan, by=cast.theo, audiences=[EVERYBODY, plan.audiences[0]])
    with refused(Conflict, "Olga Example told Support"):
        actions.tell(by=cast.theo, service=cast.checkout, key=SUPPORT_KEY, now=NOW)
    with refused(Conflict, "is not in it any more"):
        actions.tell(by=cast.theo, service=cast.checkout, key="0" * 16, now=NOW)


@pytest.mark.parametrize(("name", "kind"), [("sam", NotVisible), ("vera", NotAllowed), ("ada", NotAllowed)])
def test_who_takes_no_part_ticks_nothing(cast: Cast, name: str, kind: type[Refused]) -> None:
    launch = started(cast)
    by, service, later = getattr(cast, name), cast.checkout, NOW + 31 * MINUTE
    with refused(kind):
        actions.tell(by=by, service=service, key=SUPPORT_KEY, now=NOW)
    with refused(kind):
        actions.untell(by=by, service=service, key=SUPPORT_KEY, now=NOW)
    with refused(kind):
        actions.prepare_launch(by=by, service=service, now=NOW)
    with refused(kind):
        actions.start_launch(by=by, service=service, now=NOW)
    with refused(kind):
        actions.next_step(by=by, service=service, step=2, reason=REASON, now=later)
    with refused(kind):
        actions.roll_back(by=by, service=service, reason=REASON, now=later)
    with refused(kind):
        actions.finish_launch(by=by, service=service, is_confirmed=True, now=later)
    with refused(kind):
        actions.adopt_plan(by=by, service=service, now=later)
    launch.refresh_from_db()
    assert launch.is_running


def test_whoever_decides_takes_part_whatever_else_they_are(cast: Cast) -> None:
    planned(cast, decider=cast.vera)
    actions.tell(by=cast.vera, service=cast.checkout, key=SUPPORT_KEY, now=NOW)


# Starting


def test_a_launch_starts_with_the_first_step_and_keeps_the_plan(cast: Cast) -> None:
    plan = planned(cast)
    launch = begin(cast)
    launch.refresh_from_db()
    assert (launch.state, launch.step, launch.attempt, launch.decision, launch.review_id) == ("running", 1, 1, "go", 7)
    assert (launch.ramp, launch.thresholds, launch.plan_version, launch.decider) == (
        RAMP, THRESHOLDS, plan.version, cast.mia,
    )  # fmt: skip
    assert (launch.started_by, launch.started_at, launch.start_reason) == (cast.theo, NOW, "")
    assert [(tick.kind, tick.key, tick.words) for tick in launch.ticks.all()] == [("step", "1", "5 %")]
    assert verbs("launch") == ["launch.started"]


@pytest.mark.parametrize(
    ("decision", "words"),
    [(Decision.NO_GO, "decided no-go"), (None, "No review has decided")],
)
def test_no_launch_without_a_go(cast: Cast, decision: Decision | None, words: str) -> None:
    planned(cast, decision=decision)
    with refused(Refused, words, rule="derived-decision"):
        begin(cast)


def test_a_conditional_go_is_a_go(cast: Cast) -> None:
    planned(cast, decision=Decision.CONDITIONAL)
    assert begin(cast).decision == "conditional_go"


def test_an_incomplete_plan_starts_nothing(cast: Cast) -> None:
    plan = planned(cast)
    replanned(cast, plan, by=cast.theo, decider=None)
    with refused(Refused, "Name the one person who decides", rule="as-planned"):
        begin(cast)
    plan.delete()
    with refused(Refused, "no launch plan yet"):
        begin(cast)


def test_another_day_than_the_planned_one_takes_a_reason(cast: Cast) -> None:
    planned(cast)
    Service.objects.filter(pk=cast.checkout.pk).update(go_live_on=NOW.date() + timedelta(days=2))
    with refused(Refused, "04 March 2026. Say why it starts today", rule="as-planned"):
        begin(cast)
    assert begin(cast, reason=REASON).start_reason == REASON
    assert Entry.objects.get(verb="launch.started").reason == REASON


def test_the_day_is_that_of_whoever_starts_it(cast: Cast) -> None:
    planned(cast)
    cast.theo.time_zone = "Pacific/Kiritimati"
    cast.theo.save(update_fields=["time_zone"])
    late = NOW.replace(hour=23)  # the next day there
    with refused(Refused, "Say why it starts today"):
        actions.start_launch(by=cast.theo, service=cast.checkout, now=late)
    actions.start_launch(by=cast.olga, service=cast.checkout, now=late)


def test_the_second_to_start_is_told_by_whom_it_was(cast: Cast) -> None:
    planned(cast)
    begin(cast)
    with refused(Conflict, "Theo Example started this launch at 09:30"):
        begin(cast, by=cast.olga)


def test_what_is_live_is_not_launched_again(cast: Cast) -> None:
    planned(cast)
    Service.objects.filter(pk=cast.checkout.pk).update(launched_on=NOW.date())
    with refused(Refused, "is live since"):
        begin(cast)


def test_the_database_allows_one_launch_at_a_time(cast: Cast) -> None:
    launch = started(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Launch.objects.create(service=cast.checkout, attempt=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Launch.objects.filter(pk=launch.pk).update(state="rolled-back")
    with pytest.raises(IntegrityError), transaction.atomic():
        LaunchTick.objects.create(launch=launch, kind="step", key="1", words="5 %", by=cast.olga, at=NOW)


# Going on


def test_a_step_that_was_held_leads_to_the_next(cast: Cast) -> None:
    launch = started(cast)
    later = NOW + 31 * MINUTE
    measured(launch, 0.001, later)
    launch = actions.next_step(by=cast.olga, service=cast.checkout, step=2, reason="not needed", now=later)
    assert launch.step == 2
    tick = launch.ticks.get(key="2")
    assert (tick.by, tick.at, tick.reason) == (cast.olga, later, "")


def test_a_step_that_was_not_held_takes_a_reason(cast: Cast) -> None:
    launch = started(cast)
    early = NOW + 12 * MINUTE
    measured(launch, 0.001, early)
    with refused(Refused, "5 % is to be held for 18 min more. Say why", rule="as-planned"):
        actions.next_step(by=cast.theo, service=cast.checkout, step=2, now=early)
    actions.next_step(by=cast.theo, service=cast.checkout, step=2, reason=REASON, now=early)
    assert Entry.objects.get(verb="launch.step").reason == REASON


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.014, "Error ratio is beyond the limit at which the plan rolls back"),
        (0.007, "Error ratio is not where the plan wants it"),
        (None, "Nobody knows whether Error ratio is inside its limit"),
    ],
)
def test_figures_that_speak_against_it_take_a_reason(cast: Cast, value: float | None, words: str) -> None:
    launch = started(cast)
    later = NOW + 31 * MINUTE
    measured(launch, value, later, problem="" if value else "No answer.")
    with refused(Refused, words):
        actions.next_step(by=cast.theo, service=cast.checkout, step=2, now=later)
    assert actions.next_step(by=cast.theo, service=cast.checkout, step=2, reason=REASON, now=later).step == 2


def test_steps_come_in_order_and_once(cast: Cast) -> None:
    started(cast)
    with refused(Refused, "not the next one"):
        actions.next_step(by=cast.theo, service=cast.checkout, step=3, reason=REASON, now=NOW)
    actions.next_step(by=cast.theo, service=cast.checkout, step=2, reason=REASON, now=NOW)
    with refused(Conflict, "Theo Example began 50 % at 09:30"):
        actions.next_step(by=cast.olga, service=cast.checkout, step=2, reason=REASON, now=NOW)


def test_nothing_goes_on_that_has_not_begun(cast: Cast) -> None:
    planned(cast)
    with refused(Refused, "has not started yet"):
        actions.next_step(by=cast.theo, service=cast.checkout, step=1, now=NOW)
    with refused(Refused, "has not started yet"):
        actions.roll_back(by=cast.theo, service=cast.checkout, reason=REASON, now=NOW)


# Ending


def test_whoever_is_there_rolls_back_and_says_why(cast: Cast) -> None:
    started(cast)
    with refused(Refused, "Say why", rule="as-planned"):
        actions.roll_back(by=cast.olga, service=cast.checkout, reason=" ", now=NOW)
    launch = actions.roll_back(by=cast.olga, service=cast.checkout, reason=REASON, now=NOW + MINUTE)
    assert (launch.state, launch.ended_by, launch.ended_at, launch.end_reason) == (
        "rolled-back", cast.olga, NOW + MINUTE, REASON,
    )  # fmt: skip
    entry = Entry.objects.get(verb="launch.rolled_back")
    assert (entry.reason, entry.before) == (REASON, {"percent": 5})
    said = "Olga Example rolled this launch back at 09:31"
    with refused(Conflict, said):
        actions.next_step(by=cast.theo, service=cast.checkout, step=2, reason=REASON, now=NOW)
    with refused(Conflict, said):
        actions.roll_back(by=cast.theo, service=cast.checkout, reason=REASON, now=NOW)
    with refused(Conflict, said):
        actions.finish_launch(by=cast.mia, service=cast.checkout, is_confirmed=True, now=NOW)


def test_another_attempt_begins_with_nobody_told(cast: Cast) -> None:
    planned(cast)
    actions.tell(by=cast.olga, service=cast.checkout, key=SUPPORT_KEY, now=NOW)
    begin(cast)
    actions.roll_back(by=cast.olga, service=cast.checkout, reason=REASON, now=NOW)
    with refused(Refused, "Attempt 1 was rolled back. Prepare another one"):
        actions.tell(by=cast.olga, service=cast.checkout, key=SUPPORT_KEY, now=NOW)
    with refused(Refused, "Prepare another one"):
        begin(cast)
    second = actions.prepare_launch(by=cast.olga, service=cast.checkout, now=NOW)
    assert (second.attempt, second.ticks.count()) == (2, 0)
    assert actions.prepare_launch(by=cast.theo, service=cast.checkout, now=NOW) == second
    assert begin(cast).attempt == 2


def test_the_one_who_decides_says_that_it_is_launched(cast: Cast) -> None:
    launch = at_the_last_step(cast)
    late = NOW + 181 * MINUTE
    measured(launch, 0.001, late)
    with refused(Refused, "Mia Example decides in this launch", rule="as-planned"):
        actions.finish_launch(by=cast.theo, service=cast.checkout, is_confirmed=True, now=late)
    with refused(Refused, "looked at the figures"):
        actions.finish_launch(by=cast.mia, service=cast.checkout, is_confirmed=False, now=late)
    ended = actions.finish_launch(by=cast.mia, service=cast.checkout, is_confirmed=True, now=late)
    assert (ended.state, ended.ended_by, ended.ended_at) == ("launched", cast.mia, late)
    service = Service.objects.get(pk=cast.checkout.pk)
    assert (service.launched_on, service.lifecycle) == (NOW.date(), "production")
    entry = Entry.objects.get(verb="service.launched")
    assert (entry.actor_id, entry.actor_name) == (cast.mia.pk, "Mia Example")
    with refused(Conflict, "Mia Example ended this launch, it is live, at 12:31"):
        actions.roll_back(by=cast.theo, service=cast.checkout, reason=REASON, now=late)
    with refused(Refused, "is live"):
        actions.prepare_launch(by=cast.theo, service=cast.checkout, now=late)
    # "Everybody, when it is done" is told after the end.
    assert actions.tell(by=cast.theo, service=cast.checkout, key=SUPPORT_KEY, now=late).launch == ended


def test_the_decider_may_end_it_who_could_not_edit_the_service(cast: Cast) -> None:
    started(cast, decider=cast.olga, ramp=[RAMP[0], {**RAMP[2], "hold_minutes": 1}])
    actions.next_step(by=cast.olga, service=cast.checkout, step=2, reason=REASON, now=NOW)
    actions.finish_launch(by=cast.olga, service=cast.checkout, is_confirmed=True, reason=REASON, now=NOW)
    assert Service.objects.get(pk=cast.checkout.pk).launched_on == NOW.date()


def test_it_is_launched_when_the_last_step_was_held(cast: Cast) -> None:
    launch = at_the_last_step(cast)
    early = NOW + 121 * MINUTE
    measured(launch, 0.001, early)
    with refused(Refused, "100 % is to be held for 59 min more"):
        actions.finish_launch(by=cast.mia, service=cast.checkout, is_confirmed=True, now=early)
    ended = actions.finish_launch(by=cast.mia, service=cast.checkout, is_confirmed=True, reason=REASON, now=early)
    assert ended.end_reason == REASON


def test_nothing_is_launched_before_the_last_step(cast: Cast) -> None:
    started(cast)
    with refused(Refused, "There are steps left"):
        actions.finish_launch(by=cast.mia, service=cast.checkout, is_confirmed=True, now=NOW)


# The plan


def test_a_changed_plan_counts_when_somebody_takes_it_over(cast: Cast) -> None:
    plan = planned(cast)
    begin(cast)
    with refused(Conflict, "goes by the plan as it is now already"):
        actions.adopt_plan(by=cast.theo, service=cast.checkout, now=NOW)
    plan = replanned(cast, plan, by=cast.theo, thresholds=THRESHOLDS[:2], decider=cast.olga)
    assert Launch.objects.get().decider == cast.mia
    launch = actions.adopt_plan(by=cast.olga, service=cast.checkout, now=NOW)
    assert (launch.thresholds, launch.decider, launch.plan_version) == (THRESHOLDS[:2], cast.olga, plan.version)
    replanned(cast, plan, by=cast.theo, ramp=[{**RAMP[0], "percent": 7}, *RAMP[1:]])
    with refused(Refused, "differs in a step that was taken already"):
        actions.adopt_plan(by=cast.theo, service=cast.checkout, now=NOW)


def test_the_decision_keeps_the_plan_that_the_review_saw(cast: Cast) -> None:
    plan = planned(cast)
    kept = ReviewedPlan.objects.get(service=cast.checkout)
    assert (kept.review_id, kept.decided_at, kept.said) == (7, NOW, plan.spoken)
    plan.delete()
    actions.note_decision(
        assessment=cast.checkout.assessment, decision=Decision.NO_GO, review_id=8, by=cast.theo,
        now=NOW,
    )  # fmt: skip
    kept.refresh_from_db()
    assert (kept.review_id, kept.said) == (8, {})


# Readings


def test_of_two_workers_one_reads(cast: Cast) -> None:
    launch = started(cast)
    assert actions.claim_readings(now=NOW) == [launch]
    assert actions.claim_readings(now=NOW + timedelta(seconds=5)) == []
    assert actions.claim_readings(now=NOW + timedelta(seconds=13)) == [launch]


def test_only_what_runs_is_read(cast: Cast) -> None:
    planned(cast)
    actions.tell(by=cast.olga, service=cast.checkout, key=SUPPORT_KEY, now=NOW)
    assert actions.claim_readings(now=NOW) == []
    launch = begin(cast)
    actions.roll_back(by=cast.olga, service=cast.checkout, reason=REASON, now=NOW)
    assert actions.claim_readings(now=NOW + MINUTE) == []
    measured(launch, 0.5, NOW + MINUTE)
    assert not LaunchReading.objects.exists()


def test_an_hour_of_readings_is_kept(cast: Cast) -> None:
    launch = started(cast)
    rows = [
        LaunchReading(launch=launch, key=KEY, read_at=at, observed_at=at, value=0.1)
        for at in (NOW + number * timedelta(seconds=15) for number in range(1, 300))
    ]
    LaunchReading.objects.bulk_create(rows)
    measured(launch, 0.2, NOW + 80 * MINUTE)
    kept = LaunchReading.objects.filter(key=KEY)
    assert kept.count() == 240
    assert kept.latest("read_at").value == 0.2


def test_a_reading_without_a_value_says_why(cast: Cast) -> None:
    launch = started(cast)
    measured(launch, None, NOW + MINUTE)
    assert LaunchReading.objects.latest("read_at").problem == "It could not be read."


def test_an_assessed_service_without_a_plan_has_no_launch(cast: Cast) -> None:
    small(cast)
    with refused(Refused, "No review has decided"):
        begin(cast)
