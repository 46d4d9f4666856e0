import pytest

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Gap, Item
from tests.assessments.small import refused, see, small, verbs
from tests.cast import NOW, Cast

REASON = "There is no second region to fail over to."


def excused(cast: Cast, key: str = "drilled") -> Item:
    item = cast.item(key)
    return actions.excuse(by=cast.theo, item=item, version=item.version, reason=REASON, now=NOW)


def test_second_pair_a_hard_gate_is_excused_when_a_second_person_agrees(cast: Cast) -> None:
    small(cast)
    item = excused(cast)
    assert (item.status, item.next_step) == ("unknown", "Ask a second person to confirm that it does not apply")
    with refused(Refused, "that takes a second person", rule="second-pair"):
        actions.confirm_excuse(by=cast.theo, item=item, version=item.version, now=NOW)
    item = actions.confirm_excuse(by=cast.olga, item=item, version=item.version, now=NOW)
    assert (item.status, item.reason) == ("not_applicable", REASON)
    assert verbs("item") == ["item.excused", "item.excuse_confirmed", "item.status"]


def test_a_tracked_gap_is_excused_at_once(cast: Cast) -> None:
    small(cast)
    assert excused(cast, "written").status == "not_applicable"


def test_an_excused_items_gap_closes_and_comes_back_with_it(cast: Cast) -> None:
    see(small(cast), result="fail")
    item = excused(cast, "probed")
    item = actions.confirm_excuse(by=cast.olga, item=item, version=item.version, now=NOW)
    assert Gap.objects.get().closed_how == "excused"
    item = actions.withdraw_excuse(by=cast.olga, item=item, version=item.version, now=NOW)
    assert (item.status, item.excused_reason) == ("not_met", "")
    assert (Gap.objects.get().status, Gap.objects.get().reopened) == ("open", 1)


def test_it_needs_a_reason(cast: Cast) -> None:
    small(cast)
    item = cast.item("drilled")
    with refused(WrongFields, "why it does not apply to Checkout"):
        actions.excuse(by=cast.theo, item=item, version=item.version, reason="n/a", now=NOW)


def test_who_may(cast: Cast) -> None:
    small(cast)
    item = cast.item("drilled")
    for person, refusal in (
        (cast.sam, NotVisible),
        (cast.vera, NotAllowed),
        (cast.ada, NotAllowed),
        (cast.eve, NotAllowed),
    ):
        with refused(refusal):
            actions.excuse(by=person, item=item, version=item.version, reason=REASON, now=NOW)
    item = excused(cast)
    for person, refusal in ((cast.sam, NotVisible), (cast.vera, NotAllowed)):
        with refused(refusal):
            actions.confirm_excuse(by=person, item=item, version=item.version, now=NOW)
        with refused(refusal):
            actions.withdraw_excuse(by=person, item=item, version=item.version, now=NOW)


def test_wrong_moments(cast: Cast) -> None:
    small(cast)
    item = cast.item("drilled")
    with refused(Refused, "Nobody has said"):
        actions.confirm_excuse(by=cast.olga, item=item, version=item.version, now=NOW)
    with refused(Refused, "Nobody has said"):
        actions.withdraw_excuse(by=cast.olga, item=item, version=item.version, now=NOW)
    item = excused(cast)
    with refused(Refused, "said already"):
        excused(cast)
    item = actions.confirm_excuse(by=cast.olga, item=item, version=item.version, now=NOW)
    with refused(Refused, "confirmed already"):
        actions.confirm_excuse(by=cast.pia, item=item, version=item.version, now=NOW)


def test_the_second_of_two_at_once_is_told(cast: Cast) -> None:
    small(cast)
    item = cast.item("drilled")
    with refused(Conflict):
        actions.excuse(by=cast.theo, item=item, version=item.version + 1, reason=REASON, now=NOW)
    fresh = excused(cast)
    with refused(Conflict):
        actions.confirm_excuse(by=cast.olga, item=fresh, version=item.version, now=NOW)


def test_a_check_that_runs_meanwhile_does_not_make_the_form_stale(cast: Cast) -> None:
    assessment = small(cast)
    item = cast.item("probed")
    see(assessment)
    assert actions.excuse(by=cast.theo, item=item, version=item.version, reason=REASON, now=NOW).excused_by == cast.theo


def test_what_does_not_apply_anyway_needs_no_excuse(cast: Cast) -> None:
    cast.checkout.traits = []
    cast.checkout.save()
    small(cast)
    item = cast.item("queued")
    with refused(Refused, "does not count for this service anyway"):
        actions.excuse(by=cast.theo, item=item, version=item.version, reason=REASON, now=NOW)


@pytest.mark.parametrize("key", ["drilled", "written"])
def test_withdrawn_it_counts_again(cast: Cast, key: str) -> None:
    small(cast)
    item = excused(cast, key)
    item = actions.withdraw_excuse(by=cast.theo, item=item, version=item.version, now=NOW)
    assert (item.status, item.excused_by, item.excused_at) == ("unknown", None, None)
