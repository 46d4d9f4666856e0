from datetime import timedelta
from typing import Any

import pytest

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Waiver, WaiverStatus
from readiness.assessments.models.waiver import MOVES
from readiness.mail.models import Mail
from tests.assessments.small import DRILLED, refused, see, small, verbs
from tests.cast import NOW, Cast, day


def ask(cast: Cast, key: str = "drilled", **changes: Any) -> Waiver:
    values = {
        "by": cast.theo,
        "item": cast.item(key),
        "ends_on": day(30),
        "now": NOW,
        "reason": "No window before launch.",
    }
    return actions.request_waiver(**{**values, "mitigation": "Ten per cent of traffic.", **changes})


@pytest.fixture
def asked(cast: Cast) -> Waiver:
    small(cast, DRILLED)
    return ask(cast)


def decide(cast: Cast, waiver: Waiver, **changes: Any) -> Waiver:
    values = {"by": cast.mia, "waiver": waiver, "version": waiver.version, "is_approved": True, "note": "", "now": NOW}
    return actions.decide_waiver(**{**values, **changes})


def test_an_approved_waiver_makes_the_go_conditional(cast: Cast, asked: Waiver) -> None:
    decide(cast, asked)
    item = cast.item("drilled")
    assert item.waived_until == day(30)
    assert item.assessment.computed_decision == "conditional_go"
    assert (item.assessment.hard_open, item.assessment.waived) == (0, 1)
    assert verbs("waiver") == ["waiver.requested", "waiver.approved"]


def test_waivers_expire_the_day_it_ends_the_item_counts_again_and_two_people_are_told(
    cast: Cast, asked: Waiver
) -> None:
    decide(cast, asked)
    assert actions.sweep(now=NOW + timedelta(days=29)) == 0
    assert actions.sweep(now=NOW + timedelta(days=30)) == 1
    assert actions.sweep(now=NOW + timedelta(days=30)) == 0
    item = cast.item("drilled")
    assert (item.waived_until, item.assessment.computed_decision) == (None, "no_go")
    asked.refresh_from_db()
    assert (asked.status, asked.ended_at) == ("expired", NOW + timedelta(days=30))
    assert {mail.recipient for mail in Mail.objects.all()} == {cast.theo, cast.mia}
    assert all("Ten per cent of traffic." in mail.text for mail in Mail.objects.all())


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("ends_on", {"ends_on": day(0)}),
        ("ends_on", {"ends_on": day(91)}),
        ("reason", {"reason": " "}),
        ("mitigation", {"mitigation": ""}),
    ],
)
def test_what_is_missing_is_said_at_its_field(cast: Cast, field: str, changes: dict[str, Any]) -> None:
    small(cast, DRILLED)
    with refused(WrongFields):
        ask(cast, **changes)
    with pytest.raises(WrongFields) as refusal:
        ask(cast, **changes)
    assert list(refusal.value.problems) == [field]


def test_only_an_unmet_hard_gate_is_waived_and_only_once(cast: Cast) -> None:
    see(small(cast))
    with refused(Refused, "nothing to waive"):
        ask(cast, "probed")
    with refused(Refused, "A tracked gap may ship open"):
        ask(cast, "written")
    ask(cast)
    with refused(Refused, "There is a waiver for this item already: requested"):
        ask(cast)


def test_who_may_ask(cast: Cast) -> None:
    small(cast)
    with refused(NotVisible):
        ask(cast, by=cast.sam)
    for person in (cast.olga, cast.vera, cast.ada, cast.eve):
        with refused(NotAllowed):
            ask(cast, by=person)


def test_who_may_decide(cast: Cast, asked: Waiver) -> None:
    with refused(NotVisible):
        decide(cast, asked, by=cast.sam)
    for person in (cast.theo, cast.rob, cast.olga, cast.vera, cast.ada):
        with refused(NotAllowed):
            decide(cast, asked, by=person)


def test_second_pair_who_asked_does_not_approve(cast: Cast) -> None:
    small(cast)
    own = ask(cast, by=cast.mia)
    with refused(Refused, "somebody else decides", rule="second-pair"):
        decide(cast, own)


def test_a_refusal_says_why(cast: Cast, asked: Waiver) -> None:
    with refused(WrongFields, "Say why not"):
        decide(cast, asked, is_approved=False)
    assert decide(cast, asked, is_approved=False, note="Move the launch.").status == "refused"
    assert cast.item("drilled").waived_until is None
    assert ask(cast).status == "requested"


def test_what_was_decided_is_not_decided_again(cast: Cast, asked: Waiver) -> None:
    version = asked.version
    decide(cast, asked)
    with refused(Refused, "It has been decided: approved"):
        decide(cast, asked, is_approved=False, note="No.", version=version)


def test_a_stale_page_decides_nothing(cast: Cast, asked: Waiver) -> None:
    with refused(Conflict):
        decide(cast, asked, version=asked.version + 1)


def test_a_day_that_has_passed_is_not_approved(cast: Cast, asked: Waiver) -> None:
    with refused(Refused, "ends in the future", rule="waivers-expire"):
        decide(cast, asked, now=NOW + timedelta(days=30))


def test_revoked_it_counts_again_at_once(cast: Cast, asked: Waiver) -> None:
    waiver = decide(cast, asked)
    with refused(WrongFields, "Say why"):
        actions.revoke_waiver(by=cast.mia, waiver=waiver, version=waiver.version, note="", now=NOW)
    actions.revoke_waiver(by=cast.mia, waiver=waiver, version=waiver.version, note="Traffic grew.", now=NOW)
    item = cast.item("drilled")
    assert (item.waived_until, item.assessment.computed_decision) == (None, "no_go")
    assert verbs("waiver")[-1] == "waiver.revoked"
    with refused(Refused, "It is over: revoked"):
        actions.revoke_waiver(by=cast.mia, waiver=waiver, version=waiver.version, note="Again.", now=NOW)


def test_who_may_ask_may_take_it_back_others_do_not(cast: Cast, asked: Waiver) -> None:
    for person, refusal in (
        (cast.sam, NotVisible),
        (cast.olga, NotAllowed),
        (cast.vera, NotAllowed),
        (cast.ada, NotAllowed),
    ):
        with refused(refusal):
            actions.revoke_waiver(by=person, waiver=asked, version=asked.version, note="No.", now=NOW)
    waiver = actions.revoke_waiver(by=cast.rob, waiver=asked, version=asked.version, note="Done after all.", now=NOW)
    assert waiver.status == "revoked"


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(WaiverStatus)


# Renewing


@pytest.fixture
def running(cast: Cast, asked: Waiver) -> Waiver:
    return decide(cast, asked)


def test_a_renewal_waits_beside_the_one_that_runs_and_takes_over_without_a_day_between(
    cast: Cast, running: Waiver
) -> None:
    renewal = ask(cast, ends_on=day(60))
    assert (renewal.renews, renewal.renewal, cast.item("drilled").waived_until) == (running, 1, day(30))
    assert Waiver.objects.by_item() == {running.item_id: running}
    decide(cast, renewal)
    running.refresh_from_db()
    assert (running.status, running.ended_at) == ("renewed", NOW)
    assert Waiver.objects.by_item() == {running.item_id: renewal}
    item = cast.item("drilled")
    assert (item.waived_until, item.assessment.computed_decision) == (day(60), "conditional_go")
    assert actions.sweep(now=NOW + timedelta(days=30)) == 0
    assert not Mail.objects.exists()
    assert verbs("waiver")[2:] == ["waiver.renewal_requested", "waiver.renewed", "waiver.approved"]
    assert actions.sweep(now=NOW + timedelta(days=60)) == 1


def test_refused_it_leaves_the_one_that_runs_as_it_is(cast: Cast, running: Waiver) -> None:
    renewal = ask(cast, ends_on=day(60))
    decide(cast, renewal, is_approved=False, note="Meet it.")
    running.refresh_from_db()
    assert (running.status, cast.item("drilled").waived_until) == ("approved", day(30))
    assert ask(cast, ends_on=day(70)).renewal == 1


def test_a_renewal_ends_later_lasts_ninety_days_at_most_and_is_asked_for_once(cast: Cast, running: Waiver) -> None:
    for ends_on, words in ((day(30), "a renewal ends later"), (day(20), "ends later"), (day(91), "at most 90 days")):
        with refused(WrongFields, words):
            ask(cast, ends_on=ends_on)
    ask(cast, ends_on=day(31))
    with refused(Refused, "There is a waiver for this item already: requested"):
        ask(cast, ends_on=day(40))


def test_one_decided_after_the_old_one_ran_out_covers_from_then_on(cast: Cast, running: Waiver) -> None:
    renewal = ask(cast, ends_on=day(60))
    late = NOW + timedelta(days=31)
    actions.sweep(now=late)
    assert cast.item("drilled").waived_until is None
    decide(cast, renewal, now=late)
    running.refresh_from_db()
    assert (running.status, cast.item("drilled").waived_until) == ("expired", day(60))


def test_revoked_the_one_that_runs_ends_and_the_renewal_still_waits(cast: Cast, running: Waiver) -> None:
    renewal = ask(cast, ends_on=day(60))
    actions.revoke_waiver(by=cast.mia, waiver=running, version=running.version, note="Traffic grew.", now=NOW)
    assert cast.item("drilled").waived_until is None
    assert Waiver.objects.by_item() == {running.item_id: renewal}
    decide(cast, renewal)
    assert cast.item("drilled").waived_until == day(60)


def test_the_renewal_of_a_renewal_is_the_second(cast: Cast, running: Waiver) -> None:
    first = decide(cast, ask(cast, ends_on=day(60)))
    assert (ask(cast, ends_on=day(80)).renewal, first.renewal) == (2, 1)


def test_who_asked_for_the_renewal_does_not_approve_it(cast: Cast, running: Waiver) -> None:
    renewal = ask(cast, by=cast.mia, ends_on=day(60))
    with refused(Refused, "somebody else decides", rule="second-pair"):
        decide(cast, renewal)
