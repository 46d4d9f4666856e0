from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.models import Assessment, Gap, Item
from readiness.history.models import Entry
from readiness.mail.models import Mail
from tests.assessments.small import attested, see, small
from tests.cast import NOW, Cast, published


def test_start_pins_the_current_version_and_makes_an_item_of_each_of_its_items(cast: Cast) -> None:
    published(now=NOW)
    newest = published(now=NOW)
    assessment = actions.start(service=cast.checkout, by=cast.theo, now=NOW)
    assert assessment.version == newest
    assert [item.key for item in assessment.items.all()] == [item.key for item in newest.pack.items]
    assert assessment.computed_decision == "no_go"
    assert Entry.objects.get(verb="service.assessed").after == {"checklist": str(newest)}


def test_starting_twice_is_starting_once(cast: Cast) -> None:
    first = small(cast)
    again = actions.start(service=cast.checkout, by=cast.theo, now=NOW)
    assert again == first
    assert Assessment.objects.count() == 1
    assert Entry.objects.filter(verb="service.assessed").count() == 1


def test_without_a_published_checklist_nothing_can_be_measured(cast: Cast) -> None:
    with pytest.raises(Refused, match="No checklist is published"):
        actions.start(service=cast.checkout, by=cast.theo, now=NOW)
    assert not Assessment.objects.exists()


def test_a_stranger_learns_nothing_and_a_viewer_starts_nothing(cast: Cast) -> None:
    published()
    with pytest.raises(NotVisible):
        actions.start(service=cast.checkout, by=cast.sam, now=NOW)
    with pytest.raises(NotAllowed):
        actions.start(service=cast.checkout, by=cast.vera, now=NOW)
    assert not Assessment.objects.exists()


def test_what_does_not_apply_says_why(cast: Cast) -> None:
    cast.checkout.traits = ["worker"]
    cast.checkout.save()
    small(cast)
    item = cast.item("queued")
    assert item.status == "not_applicable"
    assert "consumes-queue" in item.reason


def test_an_item_says_what_is_next(cast: Cast) -> None:
    small(cast)
    assert cast.item("probed").next_step == "Set up the check with the address to call"
    attested(cast, is_confirmed=False)
    assert cast.item("drilled").next_step == "Ask the witness to confirm"


def test_a_passing_check_meets_its_item_and_moves_the_counters(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment)
    item = cast.item("probed")
    assert (item.status, item.strength, item.next_step) == ("met", "observed", "")
    assert item.valid_until == item.changes_at == NOW + timedelta(days=7)
    assessment.refresh_from_db()
    assert assessment.counts["reliability"] == {
        "applicable": 1, "met": 1, "open_hard": 0, "open_tracked": 0, "unknown": 0, "waived": 0, "stale": 0, "blocking": 0,
    }  # fmt: skip
    assert (assessment.hard_applicable, assessment.hard_met, assessment.hard_open, assessment.tracked_open) == (
        5,
        1,
        4,
        1,
    )
    entry = Entry.objects.get(verb="item.status")
    assert (entry.before, entry.after, entry.actor_name) == (
        {"status": "unknown"},
        {"status": "met"},
        "check health_pair #1",
    )


def test_a_change_of_the_service_is_judged_on_refresh(cast: Cast) -> None:
    assessment = small(cast)
    cast.checkout.traits = []
    cast.checkout.save()
    actions.refresh(assessment=assessment, now=NOW, by=cast.theo)
    assert cast.item("queued").status == "not_applicable"


def test_refresh_of_one_item_leaves_the_others_alone(cast: Cast) -> None:
    assessment = small(cast)
    cast.checkout.traits = []
    cast.checkout.save()
    actions.refresh(assessment=assessment, now=NOW, keys=["probed"])
    assert cast.item("queued").status == "unknown"


def test_the_number_of_statements_depends_neither_on_items_nor_on_years_of_runs(cast: Cast) -> None:
    assessment = cast.assessed()
    keys = Item.objects.filter(assessment=assessment, category="reliability").count()
    assert keys > 5
    actions.refresh(assessment=assessment, now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as few:
        actions.refresh(assessment=assessment, now=NOW)
    for number in range(60):
        see(assessment, "rel-health-probes", criterion="both-answer", now=NOW + timedelta(hours=number))
    with CaptureQueriesContext(connection) as many:
        actions.refresh(assessment=assessment, now=NOW + timedelta(hours=61))
    assert len(many) <= len(few)
    assert assessment.evidence.that_counts().count() == 1


def test_a_run_that_confirms_what_was_known_takes_few_statements(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assessment = small(cast)
    see(assessment)
    with django_assert_max_num_queries(10):
        see(assessment, now=NOW + timedelta(hours=1))


# Gaps follow


def test_a_failing_check_opens_a_gap_and_a_passing_one_closes_it(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, result="fail", reason="503 from /ready.")
    gap = Gap.objects.get()
    assert (gap.status, gap.gate, gap.opened_because, gap.opened_at) == ("open", "hard", "503 from /ready.", NOW)
    later = NOW + timedelta(hours=1)
    see(assessment, now=later)
    gap.refresh_from_db()
    assert (gap.status, gap.closed_how, gap.closed_at) == ("closed", "check", later)
    assert [entry.verb for entry in Entry.objects.filter(object_type="gap").order_by("id")] == [
        "gap.opened",
        "gap.closed",
    ]


def test_reopen_an_item_that_stops_being_met_reopens_the_same_gap_and_sends_one_notice(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, result="fail")
    see(assessment, now=NOW + timedelta(hours=1))
    for hour in (2, 3, 4):
        see(assessment, result="fail", now=NOW + timedelta(hours=hour))
    gap = Gap.objects.get()
    assert (gap.status, gap.reopened, gap.closed_at, gap.closed_how) == ("open", 1, None, "")
    assert (gap.opened_at, gap.open_since) == (NOW, NOW + timedelta(hours=2))
    mail = Mail.objects.get()
    assert mail.recipient == cast.theo
    assert "Probed" in mail.subject
    assert f"/gaps/{gap.pk}/" in mail.text
    assert f"/gaps/{gap.pk}/" in mail.html


def test_unknown_blocks_but_moves_no_gap_and_sends_no_mail(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment)
    see(assessment, result="unknown", now=NOW + timedelta(hours=1))
    assert cast.item("probed").status == "met"
    actions.sweep(now=NOW + timedelta(days=8))
    assert cast.item("probed").status == "stale"
    assert not Gap.objects.exists()
    assert not Mail.objects.exists()


def test_second_pair_proof_by_people_closes_no_gap_by_itself(cast: Cast) -> None:
    small(cast)
    actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=NOW)
    attested(cast, now=NOW + timedelta(hours=1))
    assert cast.item("drilled").status == "met"
    assert Gap.objects.get().status == "open"


def test_a_check_that_recovers_closes_the_gap_of_an_item_whose_drill_was_done_before(cast: Cast) -> None:
    assessment = small(cast)
    attested(cast, "mixed", "drill")
    query: dict[str, Any] = {"criterion": "rules", "how": "query", "kind": "prom_rules"}
    see(assessment, "mixed", "fail", now=NOW + timedelta(hours=1), **query)
    see(assessment, "mixed", "pass", now=NOW + timedelta(hours=2), **query)
    assert Gap.objects.get().closed_how == "check"


def test_an_item_that_no_longer_applies_closes_its_gap(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, "queued", "fail", criterion="shown", how="artifact", kind="junit", strength="uploaded")
    cast.checkout.traits = []
    cast.checkout.save()
    actions.refresh(assessment=assessment, now=NOW, by=cast.theo)
    assert Gap.objects.get().closed_how == "excused"


# Time


def test_the_sweep_ends_what_ran_out_and_a_second_one_finds_nothing(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment)
    assert actions.sweep(now=NOW + timedelta(days=6)) == 0
    assert actions.sweep(now=NOW + timedelta(days=7)) == 1
    assert actions.sweep(now=NOW + timedelta(days=7)) == 0
    assert cast.item("probed").status == "stale"
    assert Entry.objects.filter(verb="item.status").latest("id").actor_name == "the passing of time"


def test_a_sweep_takes_a_bounded_batch(cast: Cast) -> None:
    see(small(cast))
    assert actions.sweep(now=NOW + timedelta(days=30), limit=0) == 0
    assert actions.sweep(now=NOW + timedelta(days=30), limit=1) == 1
