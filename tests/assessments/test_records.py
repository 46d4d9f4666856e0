from datetime import timedelta
from typing import Any

import pytest

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Evidence, LaunchPlan
from tests.assessments.small import item_yaml, refused, small, verbs
from tests.cast import NOW, Cast, day

LAUNCH = item_yaml(
    "launch",
    {
        "announcement": "{record: launch_announcement}",
        "ramp": "{record: launch_ramp, params: {min_steps: 3}}",
        "thresholds": "{record: launch_thresholds}",
    },
)
ON_CALL = item_yaml("on-call", {"confirmed": "{record: oncall_confirmation}"}, days=90)
OWNER = item_yaml("metrics", {"metric-owner": "{record: metric_owner}"})
WHOLE: dict[str, Any] = {
    "audiences": [{"who": "Support", "when": "The day before", "channel": "#support"}],
    "ramp": [
        {"percent": 5, "hold_minutes": 60, "metric": "error ratio"},
        {"percent": 50, "hold_minutes": 60, "metric": "error ratio"},
        {"percent": 100, "hold_minutes": 240, "metric": "orders a minute"},
    ],
    "thresholds": [
        {"metric": "error ratio", "limit": "> 1 %", "action": "roll back"},
        {"metric": "error ratio", "limit": "< 0.1 % for an hour", "action": "go on"},
    ],
}


def save(cast: Cast, **changes: Any) -> LaunchPlan:
    values = {"by": cast.theo, "service": cast.checkout, "version": 0, "decider": cast.mia, "note": "", "now": NOW}
    return actions.save_launch_plan(**{**values, **WHOLE, **changes})


def statuses(cast: Cast, key: str = "launch") -> dict[str, str]:
    return {part["key"]: part["status"] for part in cast.item(key).criteria}


def test_a_whole_launch_plan_meets_its_item(cast: Cast) -> None:
    small(cast, LAUNCH)
    save(cast)
    assert cast.item("launch").status == "met"
    assert verbs("service") == ["service.assessed", "service.launch_plan"]


def test_what_was_not_begun_says_nothing_and_what_is_incomplete_fails(cast: Cast) -> None:
    small(cast, LAUNCH)
    save(cast, ramp=WHOLE["ramp"][1:], thresholds=[])
    assert statuses(cast) == {"announcement": "met", "ramp": "not_met", "thresholds": "unknown"}
    assert "in at least 3 steps" in cast.item("launch").reason


def test_what_is_taken_out_again_is_not_met_any_more(cast: Cast) -> None:
    small(cast, LAUNCH)
    plan = save(cast)
    save(cast, version=plan.version, thresholds=[], now=NOW + timedelta(hours=1))
    assert statuses(cast)["thresholds"] == "not_met"


@pytest.mark.parametrize(
    ("changes", "criterion", "sentence"),
    [
        (
            {"audiences": [{"who": "Support", "when": "", "channel": ""}]},
            "announcement",
            "Say when and on which channel Support",
        ),
        ({"audiences": [{"who": "", "when": "Now", "channel": "#x"}]}, "announcement", "does not say who"),
        ({"ramp": [{**step, "percent": 50} for step in WHOLE["ramp"]]}, "ramp", "more traffic than the one before"),
        ({"ramp": [{**step, "percent": step["percent"] - 1} for step in WHOLE["ramp"]]}, "ramp", "it has to be 100 %"),
        ({"ramp": [{**step, "hold_minutes": 0} for step in WHOLE["ramp"]]}, "ramp", "how long traffic is held at 5 %"),
        ({"ramp": [{**step, "metric": ""} for step in WHOLE["ramp"]]}, "ramp", "which metric is watched at 5 %"),
        ({"thresholds": WHOLE["thresholds"][:1]}, "thresholds", "No threshold says when to go on"),
        (
            {"thresholds": [{"metric": "x", "limit": "", "action": "go on"}]},
            "thresholds",
            "names a metric and its limit",
        ),
        ({"decider": None}, "thresholds", "Name the one person who decides"),
    ],
)
def test_each_part_says_what_it_lacks(cast: Cast, changes: dict[str, Any], criterion: str, sentence: str) -> None:
    small(cast, LAUNCH)
    save(cast, **changes)
    part = next(part for part in cast.item("launch").criteria if part["key"] == criterion)
    assert part["status"] == "not_met"
    assert sentence in part["reason"]


def test_the_second_of_two_at_once_sees_what_the_first_wrote(cast: Cast) -> None:
    small(cast, LAUNCH)
    plan = save(cast)
    with refused(Conflict):
        save(cast, note="Mine.")
    save(cast, version=plan.version, note="Yours.")
    with refused(Conflict):
        save(cast, version=plan.version - 1)


def test_who_may_write_it(cast: Cast) -> None:
    small(cast, LAUNCH)
    with refused(NotVisible):
        save(cast, by=cast.sam)
    for person in (cast.olga, cast.vera):
        with refused(NotAllowed):
            save(cast, by=person)
    save(cast, by=cast.ada)


def test_the_decider_can_see_the_service(cast: Cast) -> None:
    small(cast, LAUNCH)
    with refused(WrongFields, "Sam Example can't see"):
        save(cast, decider=cast.sam)


def test_a_plan_waits_for_the_service_to_be_measured(cast: Cast) -> None:
    with refused(Refused, "not measured"):
        save(cast)


# On call


def test_the_person_on_call_confirms_and_nobody_else(cast: Cast) -> None:
    small(cast, ON_CALL)
    with refused(Refused, "that is Olga Example"):
        actions.confirm_on_call(by=cast.theo, service=cast.checkout, now=NOW)
    with refused(NotVisible):
        actions.confirm_on_call(by=cast.sam, service=cast.checkout, now=NOW)
    actions.confirm_on_call(by=cast.olga, service=cast.checkout, now=NOW)
    assert cast.item("on-call").status == "met"
    actions.confirm_on_call(by=cast.olga, service=cast.checkout, now=NOW + timedelta(days=60))
    assert cast.item("on-call").valid_until == NOW + timedelta(days=150)


def test_when_somebody_else_is_on_call_they_confirm_anew(cast: Cast) -> None:
    assessment = small(cast, ON_CALL)
    actions.confirm_on_call(by=cast.olga, service=cast.checkout, now=NOW)
    cast.checkout.on_call = cast.rob
    cast.checkout.save()
    actions.refresh(assessment=assessment, now=NOW, by=cast.theo)
    assert cast.item("on-call").status == "unknown"
    actions.confirm_on_call(by=cast.rob, service=cast.checkout, now=NOW)
    assert cast.item("on-call").status == "met"


def test_nobody_on_call_nobody_confirms(cast: Cast) -> None:
    small(cast, ON_CALL)
    cast.checkout.on_call = None
    cast.checkout.save()
    with refused(Refused, "Nobody is named as on call"):
        actions.confirm_on_call(by=cast.theo, service=cast.checkout, now=NOW)


# The metric's owner


def own(cast: Cast, **changes: Any) -> None:
    values = {"by": cast.theo, "service": cast.checkout, "owner": cast.mia, "metric": "orders a minute", "now": NOW}
    actions.name_metric_owner(**{**values, "normal": "40 to 60 by day, 5 at night.", **changes})


def test_a_metrics_owner_says_what_is_normal(cast: Cast) -> None:
    small(cast, OWNER)
    own(cast)
    own(cast)
    assert cast.item("metrics").status == "met"
    assert Evidence.objects.get().figures["owner"] == "Mia Example"


def test_what_is_missing_of_it(cast: Cast) -> None:
    small(cast, OWNER)
    with pytest.raises(WrongFields) as refusal:
        own(cast, metric="", normal="40", owner=cast.sam)
    assert set(refusal.value.problems) == {"metric", "normal", "owner"}
    with refused(NotVisible):
        own(cast, by=cast.sam)
    with refused(NotAllowed):
        own(cast, by=cast.vera)


def test_a_checklist_that_asks_for_none_takes_none(cast: Cast) -> None:
    small(cast)
    with refused(Refused, "does not ask for a metric's owner"):
        own(cast)


def test_the_shipped_checklist_asks_for_each_of_these_records(cast: Cast) -> None:
    cast.assessed()
    save(cast)
    actions.confirm_on_call(by=cast.olga, service=cast.checkout, now=NOW)
    own(cast)
    assert cast.item("ops-launch-plan").status == "met"
    assert Evidence.objects.filter(result="pass").count() == 5
    assert day(45) == cast.item("ops-launch-plan").valid_until.date()  # type: ignore[union-attr]
