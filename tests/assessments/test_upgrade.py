from datetime import timedelta

import pytest

from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.models import Gap, Waiver
from readiness.assessments.rules import Decision
from readiness.checklists.models import Status, Version
from readiness.history.models import Entry
from readiness.mail.models import Mail
from tests.assessments.small import DRILLED, PROBED, WRITTEN, attested, pack, refused, see, small
from tests.cast import NOW, Cast, day, published

LATER = NOW + timedelta(hours=1)
STRICTER = PROBED.replace("health_pair", "error_leak")
REWORDED = PROBED.replace("requirement: It is so.", "requirement: It is like that.").replace(
    "title: Probed", "title: Answers"
)


def next_version(*items: str) -> Version:
    return published(pack(*items))


def upgrade(cast: Cast, *items: str) -> Version:
    version = next_version(*items)
    actions.upgrade(by=cast.theo, assessment=cast.checkout.assessment, version=version, now=LATER)
    return version


def test_pinned_what_did_not_change_keeps_its_standing(cast: Cast) -> None:
    see(small(cast, PROBED, DRILLED))
    before = cast.item("probed")
    version = upgrade(cast, DRILLED, PROBED)
    item = cast.item("probed")
    assert (item.status, item.status_since, item.valid_until) == ("met", before.status_since, before.valid_until)
    assert item.position == 1
    assert item.assessment.version == version
    assert item.assessment.pinned_at == LATER


def test_wording_alone_is_copied_and_changes_nothing_else(cast: Cast) -> None:
    see(small(cast, PROBED))
    upgrade(cast, REWORDED)
    assert (cast.item("probed").title, cast.item("probed").status) == ("Answers", "met")


def test_pinned_a_new_item_is_new_for_thirty_days_and_no_regression(cast: Cast) -> None:
    see(small(cast, PROBED))
    assert cast.item("probed").assessment.computed_decision == "go"
    upgrade(cast, PROBED, DRILLED)
    item = cast.item("drilled")
    assert (item.status, item.new_until) == ("unknown", day(30))
    assert (item.assessment.computed_decision, item.assessment.hard_open) == ("go", 0)
    actions.sweep(now=NOW + timedelta(days=30))
    item = cast.item("drilled")
    assert (item.new_until, item.assessment.computed_decision) == (None, "no_go")


def test_a_new_items_gap_is_due_on_its_day(cast: Cast) -> None:
    assessment = small(cast, DRILLED)
    upgrade(cast, DRILLED, PROBED)
    see(assessment, result="fail", now=LATER)
    assert Gap.objects.get().due_on == day(30)


def test_asking_for_more_is_no_regression_either(cast: Cast) -> None:
    assessment = small(cast, PROBED)
    see(assessment, result="fail")
    see(assessment)
    upgrade(cast, STRICTER)
    item = cast.item("probed")
    assert (item.status, item.new_until) == ("unknown", day(30))
    see(assessment, result="fail", kind="error_leak", now=LATER)
    assert Gap.objects.get().reopened == 1
    assert not Mail.objects.exists()


def test_a_hard_gate_that_was_open_gets_no_grace(cast: Cast) -> None:
    see(small(cast, PROBED), result="fail")
    upgrade(cast, STRICTER)
    assert cast.item("probed").new_until is None


def test_what_is_met_is_not_called_new(cast: Cast) -> None:
    see(small(cast, PROBED))
    upgrade(cast, PROBED.replace("valid_days: 7", "valid_days: 14"))
    assert (cast.item("probed").status, cast.item("probed").new_until) == ("met", None)


def test_what_is_no_longer_asked_for_is_retired_with_its_gap_and_waiver_and_can_come_back(cast: Cast) -> None:
    assessment = small(cast, PROBED, DRILLED)
    see(assessment, result="fail")
    actions.request_waiver(by=cast.theo, item=cast.item("probed"), reason="x", mitigation="y", ends_on=day(9), now=NOW)
    upgrade(cast, DRILLED)
    item = cast.item("probed")
    assert (item.status, item.is_retired, item.next_step) == ("not_applicable", True, "")
    assert "no longer asks for it" in item.reason
    assert Gap.objects.get().closed_how == "excused"
    assert Waiver.objects.get().status == "revoked"
    assert item.assessment.hard_applicable == 1
    assert actions.sweep(now=NOW + timedelta(days=40)) == 0
    upgrade(cast, DRILLED, PROBED)
    assert (cast.item("probed").is_retired, cast.item("probed").status) == (False, "not_met")


def test_history_names_both_versions_and_what_is_different(cast: Cast) -> None:
    small(cast, PROBED, WRITTEN)
    upgrade(cast, STRICTER, DRILLED)
    entry = Entry.objects.get(verb="service.upgraded")
    assert entry.before == {"checklist": "Small v1"}
    assert entry.after == {"checklist": "Small v2", "added": ["drilled"], "removed": ["written"], "changed": ["probed"]}


def test_the_version_that_is_pinned_already_changes_nothing(cast: Cast) -> None:
    assessment = small(cast, PROBED)
    actions.upgrade(by=cast.theo, assessment=assessment, version=assessment.version, now=LATER)
    assert not Entry.objects.filter(verb="service.upgraded").exists()


def test_neither_a_draft_nor_an_older_version_is_pinned(cast: Cast) -> None:
    assessment = small(cast, PROBED)
    old = assessment.version
    upgrade(cast, PROBED, DRILLED)
    with refused(Refused, "older than version 2", rule="pinned"):
        actions.upgrade(by=cast.theo, assessment=assessment, version=old, now=LATER)
    draft = Version.objects.create(
        checklist=old.checklist, number=9, body=old.body, digest=old.digest, status=Status.DRAFT
    )
    with refused(Refused, "this is a draft", rule="pinned"):
        actions.upgrade(by=cast.theo, assessment=assessment, version=draft, now=LATER)


def test_who_may_upgrade(cast: Cast) -> None:
    assessment = small(cast, PROBED)
    version = next_version(PROBED, DRILLED)
    for person, refusal in ((cast.sam, NotVisible), (cast.olga, NotAllowed), (cast.vera, NotAllowed)):
        with refused(refusal):
            actions.upgrade(by=person, assessment=assessment, version=version, now=LATER)


def test_evidence_for_what_stayed_still_counts_after_the_item_came_back(cast: Cast) -> None:
    small(cast, DRILLED, PROBED)
    attested(cast)
    upgrade(cast, PROBED)
    upgrade(cast, PROBED, DRILLED)
    assert (cast.item("drilled").status, cast.item("drilled").new_until) == ("met", None)


@pytest.mark.parametrize("decision", list(Decision))
def test_what_a_review_decided_is_noted(cast: Cast, decision: Decision) -> None:
    assessment = small(cast)
    for person, refusal in ((cast.sam, NotVisible), (cast.mia, NotAllowed), (cast.olga, NotAllowed)):
        with refused(refusal):
            actions.note_decision(assessment=assessment, decision=decision, review_id=4, by=person, now=NOW)
    actions.note_decision(assessment=assessment, decision=decision, review_id=4, by=cast.theo, now=NOW)
    assessment.refresh_from_db()
    assert (assessment.last_decision, assessment.last_review_id) == (decision, 4)
    due_on = day(14 if decision is Decision.NO_GO else 365)
    assert (assessment.last_decided_at, assessment.next_review_due_on) == (NOW, due_on)
    assert Entry.objects.filter(verb="service.decided").count() == 1
