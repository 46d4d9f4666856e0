from collections.abc import Callable
from typing import Any

import pytest

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused, Target
from readiness.accounts.rules import Role
from readiness.assessments import actions
from readiness.assessments.models import Assessment, Gap, GapStatus
from readiness.assessments.models.gap import MOVES
from tests.assessments.small import DRILLED, attested, refused, see, small, verbs
from tests.cast import NOW, Cast, day, give


@pytest.fixture
def assessment(cast: Cast) -> Assessment:
    return small(cast)


@pytest.fixture
def gap(cast: Cast, assessment: Assessment) -> Gap:
    """Of the item that only a drill can meet."""
    return actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=NOW)


@pytest.fixture
def owned(cast: Cast, gap: Gap) -> Gap:
    return plan(cast, gap)


@pytest.fixture
def proposed(cast: Cast, owned: Gap) -> Gap:
    """Olga owns it; the drill was run; Olga says it is done."""
    attested(cast)
    return actions.propose_closed(by=cast.olga, gap=owned, version=owned.version, note="Done on Sunday.", now=NOW)


def plan(cast: Cast, gap: Gap, **changes: Any) -> Gap:
    values = {"by": cast.theo, "gap": gap, "version": gap.version, "owner": cast.olga, "due_on": day(10), "now": NOW}
    return actions.plan_gap(**{**values, "plan": "Run it on Thursday.", **changes})


# Opening


def test_a_person_opens_a_gap_of_what_is_unknown(cast: Cast, gap: Gap) -> None:
    assert (gap.status, gap.gate, gap.opened_because) == ("open", "hard", "Never done.")
    assert verbs("gap") == ["gap.opened"]


def test_an_open_gap_is_not_opened_again(cast: Cast, gap: Gap) -> None:
    again = actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Still.", now=NOW)
    assert again == gap
    assert verbs("gap") == ["gap.opened"]


def test_what_is_met_has_no_gap(cast: Cast, assessment: Assessment) -> None:
    see(assessment)
    with refused(Refused, "there is no gap to open", rule="proof-only"):
        actions.open_gap(by=cast.theo, item=cast.item("probed"), because="Hm.", now=NOW)


# Planning


def test_a_plan_says_whose_it_is_until_when_and_how(cast: Cast, owned: Gap) -> None:
    gap = Gap.objects.get()
    assert (gap.owner, gap.due_on, gap.plan, gap.version) == (cast.olga, day(10), "Run it on Thursday.", 2)
    assert verbs("gap")[-1] == "gap.planned"


def test_saving_what_is_there_writes_nothing(cast: Cast, owned: Gap) -> None:
    plan(cast, owned)
    assert Gap.objects.get().version == owned.version
    assert verbs("gap").count("gap.planned") == 1


def test_the_second_of_two_at_once_sees_what_the_first_wrote(cast: Cast, gap: Gap) -> None:
    version = gap.version
    plan(cast, Gap.objects.get(), plan="First.")
    with refused(Conflict):
        plan(cast, gap, version=version, plan="Second.")
    with pytest.raises(Conflict) as conflict:
        plan(cast, gap, version=version, plan="Second.")
    assert isinstance(conflict.value.current, Gap)
    assert conflict.value.current.plan == "First."


def test_an_owner_can_see_the_service(cast: Cast, gap: Gap) -> None:
    with refused(Refused, "Sam Example can't see this service", rule="accountable-output"):
        plan(cast, gap, owner=cast.sam)


def test_a_new_due_date_has_not_passed_an_old_one_may_stay(cast: Cast, gap: Gap) -> None:
    with refused(Refused, "has passed"):
        plan(cast, gap, due_on=day(-1))
    Gap.objects.update(due_on=day(-1))
    assert plan(cast, gap, due_on=day(-1)).owner == cast.olga


def test_who_may_plan(cast: Cast, gap: Gap) -> None:
    with refused(NotVisible):
        plan(cast, gap, by=cast.sam)
    for person in (cast.vera, cast.ada):
        with refused(NotAllowed):
            plan(cast, gap, by=person)


def test_an_outside_reviewer_plans_in_the_review_they_were_asked_to(cast: Cast, gap: Gap) -> None:
    cast.eve.grants.all().delete()
    give(cast.eve, Role.EXTERNAL, service=cast.checkout, review_id=5)
    target = Target(cast.payments.pk, cast.checkout.pk, 5, cast.checkout.target.named)
    assert plan(cast, gap, by=cast.eve, target=target).owner == cast.olga


def test_planning_can_turn_a_no_go_into_a_conditional_go(cast: Cast) -> None:
    assessment = small(cast, DRILLED)
    gap = actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=NOW)
    waiver = actions.request_waiver(
        by=cast.theo,
        item=cast.item("drilled"),
        reason="No time.",
        mitigation="Small traffic.",
        ends_on=day(30),
        now=NOW,
    )
    actions.decide_waiver(by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="", now=NOW)
    assessment.refresh_from_db()
    assert assessment.computed_decision == "no_go"
    plan(cast, gap)
    assessment.refresh_from_db()
    assert assessment.computed_decision == "conditional_go"


# Closing


def test_a_second_person_closes_it(cast: Cast, proposed: Gap) -> None:
    actions.verify_closed(by=cast.theo, gap=proposed, version=proposed.version, now=NOW)
    gap = Gap.objects.get()
    assert (gap.status, gap.closed_how, gap.verified_by, gap.closed_at) == ("closed", "verifier", cast.theo, NOW)
    assert verbs("gap") == ["gap.opened", "gap.planned", "gap.proposed", "gap.closed"]


def test_the_owner_alone_cannot_close_a_gap(cast: Cast, proposed: Gap) -> None:
    with refused(Refused, "The one who owns this gap", rule="second-pair"):
        actions.verify_closed(by=cast.olga, gap=proposed, version=proposed.version, now=NOW)


def test_nor_can_the_one_who_proposed_it(cast: Cast, owned: Gap) -> None:
    attested(cast)
    proposed = actions.propose_closed(by=cast.theo, gap=owned, version=owned.version, note="", now=NOW)
    with refused(Refused, "The one who proposed this", rule="second-pair"):
        actions.verify_closed(by=cast.theo, gap=proposed, version=proposed.version, now=NOW)


def test_without_proof_nothing_is_proposed(cast: Cast, owned: Gap) -> None:
    with refused(Refused, "a gap closes on proof. Next: Attest it", rule="proof-only"):
        actions.propose_closed(by=cast.olga, gap=owned, version=owned.version, note="Trust me.", now=NOW)


def test_what_was_not_proposed_is_not_verified(cast: Cast, owned: Gap) -> None:
    attested(cast)
    with refused(Refused, "Nobody has proposed"):
        actions.verify_closed(by=cast.theo, gap=owned, version=owned.version, now=NOW)


def test_who_may_propose_and_verify(cast: Cast, proposed: Gap) -> None:
    for person, refusal in ((cast.sam, NotVisible), (cast.vera, NotAllowed), (cast.ada, NotAllowed)):
        with refused(refusal):
            actions.verify_closed(by=person, gap=proposed, version=proposed.version, now=NOW)
        with refused(refusal):
            actions.propose_closed(by=person, gap=proposed, version=proposed.version, note="", now=NOW)
        with refused(refusal):
            actions.send_back(by=person, gap=proposed, version=proposed.version, reason="No.", now=NOW)


def test_two_verifiers_at_once_close_it_once(cast: Cast, proposed: Gap) -> None:
    version = proposed.version
    actions.verify_closed(by=cast.theo, gap=proposed, version=version, now=NOW)
    with refused(Refused, "closed already"):
        actions.verify_closed(by=cast.mia, gap=proposed, version=version, now=NOW)


def test_a_stale_page_closes_nothing(cast: Cast, proposed: Gap) -> None:
    with refused(Conflict):
        actions.verify_closed(by=cast.theo, gap=proposed, version=proposed.version - 1, now=NOW)


def test_sent_back_it_is_in_progress_again_with_the_reason_on_record(cast: Cast, proposed: Gap) -> None:
    gap = actions.send_back(by=cast.theo, gap=proposed, version=proposed.version, reason="No timings.", now=NOW)
    assert (gap.status, gap.proposed_by) == ("in_progress", None)
    assert verbs("gap")[-1] == "gap.sent_back"
    with refused(Refused, "Nobody has proposed"):
        actions.send_back(by=cast.theo, gap=gap, version=gap.version, reason="Again.", now=NOW)


def test_sending_back_says_what_is_missing(cast: Cast, proposed: Gap) -> None:
    with refused(Refused, "Say what is still missing"):
        actions.send_back(by=cast.theo, gap=proposed, version=proposed.version, reason=" ", now=NOW)


def test_a_proposal_falls_when_the_item_does(cast: Cast, assessment: Assessment) -> None:
    see(assessment, result="fail")
    gap = Gap.objects.get()
    gap = plan(cast, gap)
    Gap.objects.update(status=GapStatus.AWAITING, proposed_by=cast.olga)
    see(assessment, result="unknown")
    actions.switch_evidence(check_id=1, is_active=False, now=NOW)
    actions.switch_evidence(check_id=1, is_active=True, now=NOW)
    gap.refresh_from_db()
    assert (gap.status, gap.proposed_by) == ("open", None)


def test_work_starts(cast: Cast, owned: Gap) -> None:
    gap = actions.start_work(by=cast.olga, gap=owned, version=owned.version, now=NOW)
    assert gap.status == "in_progress"
    with refused(Refused, "can't become in progress"):
        actions.start_work(by=cast.olga, gap=gap, version=gap.version, now=NOW)


def test_a_closed_gap_is_left_alone(cast: Cast, proposed: Gap) -> None:
    gap = actions.verify_closed(by=cast.theo, gap=proposed, version=proposed.version, now=NOW)
    attempts: list[Callable[[], object]] = [
        lambda: plan(cast, gap, plan="More."),
        lambda: actions.start_work(by=cast.olga, gap=gap, version=gap.version, now=NOW),
        lambda: actions.propose_closed(by=cast.olga, gap=gap, version=gap.version, note="", now=NOW),
    ]
    for attempt in attempts:
        with refused(Refused, "This gap is closed"):
            attempt()


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(GapStatus)
    assert all(target in GapStatus for targets in MOVES.values() for target in targets)


# Taking a proposal back


def test_who_proposed_it_or_owns_it_takes_that_back(cast: Cast, proposed: Gap) -> None:
    gap = actions.withdraw_proposal(by=cast.olga, gap=proposed, version=proposed.version, now=NOW)
    fresh = Gap.objects.get()
    assert (gap.status, fresh.status, fresh.proposed_by, fresh.proposal_note) == (
        "in_progress",
        "in_progress",
        None,
        "",
    )
    assert verbs("gap")[-1] == "gap.proposal_withdrawn"
    again = actions.propose_closed(by=cast.theo, gap=gap, version=gap.version, note="Now.", now=NOW)
    assert actions.withdraw_proposal(by=cast.olga, gap=again, version=again.version, now=NOW).status == "in_progress"


def test_nobody_else_takes_it_back_nor_twice_nor_from_an_old_page(cast: Cast, proposed: Gap) -> None:
    def withdraw(**changes: Any) -> Gap:
        return actions.withdraw_proposal(
            **{"by": cast.olga, "gap": proposed, "version": version, "now": NOW, **changes}
        )

    version = proposed.version
    with refused(NotVisible):
        withdraw(by=cast.sam)
    with refused(NotAllowed):
        withdraw(by=cast.vera)
    with refused(Refused, "you can send it back", rule="own-words"):
        withdraw(by=cast.theo)
    with refused(Conflict):
        withdraw(version=version - 1)
    withdraw()
    with refused(Refused, "Nobody has proposed it"):
        withdraw(version=version + 1)


# Coming back


def test_extensions_are_counted_anew_when_it_opens_again(cast: Cast, assessment: Assessment) -> None:
    see(assessment, result="fail")
    Gap.objects.update(extended=3)
    see(assessment)
    assert Gap.objects.get().extended == 3
    see(assessment, result="fail")
    see(assessment)
    see(assessment, result="fail")
    gap = Gap.objects.get()
    assert (gap.status, gap.reopened, gap.extended) == ("open", 2, 0)
