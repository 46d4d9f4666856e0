"""What happened becomes deliveries: each once, to whom it concerns."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readiness.assessments import actions as assessments
from readiness.assessments.models import Gap
from readiness.history.actions import Subject, record
from readiness.outgoing import listening
from readiness.outgoing.actions import receivers as actions
from readiness.outgoing.models import Delivery, Heard
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day
from tests.outgoing.receiving import chat, heard, later, webhook
from tests.reviews.meetings import decided


def events() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("event", flat=True))


def body(delivery: Delivery | None = None) -> Any:
    return json.loads((delivery or Delivery.objects.get()).body)


@pytest.fixture
def listening_since(cast: Cast) -> None:
    """The first look finds the history's end."""
    heard()


def test_a_gap_that_opens_comes_back_and_is_closed_is_told_each_time(cast: Cast, listening_since: None) -> None:
    webhook(cast)
    assessment = small(cast)
    for minutes, result in ((1, "fail"), (2, "pass"), (3, "fail")):
        see(assessment, "probed", result, now=later(minutes), reason="It said so.", check_id=None)
    assert heard(later(4)) == 3
    assert events() == ["gap.opened", "gap.closed", "gap.reopened"]
    said = body(Delivery.objects.get(event="gap.reopened"))
    assert (said["service"]["slug"], said["gap"]["item"], said["gap"]["reopened"]) == ("checkout", "probed", 1)
    assert said["gap"]["url"].endswith(f"/gaps/{Gap.objects.get().pk}/")
    assert said["by"]["kind"] == "machine"
    assert heard(later(5)) == 0


def test_what_happened_before_somebody_listened_is_not_told(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, "probed", "fail", now=NOW - timedelta(minutes=1), reason="Down.", check_id=None)
    webhook(cast)
    assert heard() == 0  # the first look ever
    see(assessment, "probed", "pass", now=NOW - timedelta(seconds=1), reason="Up.", check_id=None)
    assert heard() == 0  # it was sealed after the receiver came, and happened before


def test_only_its_events_of_its_team_while_it_is_on(cast: Cast, listening_since: None) -> None:
    webhook(cast, name="closed only", events=["gap.closed"])
    webhook(cast, name="search only", team=cast.search)
    off = webhook(cast, name="off").receiver
    actions.switch_receiver(by=cast.ada, receiver=off, version=1, is_enabled=False, now=NOW)
    ours = webhook(cast, name="payments", team=cast.payments).receiver
    see(small(cast), "probed", "fail", now=later(1), reason="Down.", check_id=None)
    assert heard(later(2)) == 1
    assert Delivery.objects.get().receiver == ours


def test_what_is_gone_by_then_is_passed_over(cast: Cast, listening_since: None) -> None:
    webhook(cast)
    record("gap.opened", Subject("gap", 4711, "gone"), by=cast.theo, at=later(1))
    record("review.decided", Subject("review", 4711, "gone"), by=cast.theo, at=later(1))
    assert heard(later(2)) == 0


def test_two_that_read_at_once_tell_it_once(cast: Cast, listening_since: None, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook(cast)
    see(small(cast), "probed", "fail", now=later(1), reason="Down.", check_id=None)
    before = Heard.objects.get()
    heard(later(2))
    assert not listening._move_on(before, before.position + 1)  # it read the same, and comes second
    assert events() == ["gap.opened"]


def test_a_long_history_is_read_in_parts_and_the_cost_does_not_grow_with_the_gaps(
    cast: Cast, listening_since: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(cast)
    assessment = small(cast)
    see(assessment, "probed", "fail", now=later(1), reason="Down.", check_id=None)
    with CaptureQueriesContext(connection) as one:
        heard(later(2))
    for key, criterion in (("written", "linked"), ("drilled", "done"), ("mixed", "rules")):
        item = cast.item(key)
        assessments.open_gap(by=cast.theo, item=item, because=f"No {criterion}.", now=later(3))
    with CaptureQueriesContext(connection) as three:
        assert heard(later(4)) == 3
    assert len(three) == len(one)
    monkeypatch.setattr(listening, "AT_ONCE", 1)
    for key in ("either", "queued"):
        assessments.open_gap(by=cast.theo, item=cast.item(key), because="Not yet.", now=later(5))
    assert heard(later(6)) == 2


def test_a_decision_is_told(cast: Cast, listening_since: None) -> None:
    webhook(cast)
    packet = decided(cast)
    heard(later(600))
    said = body(Delivery.objects.get(event="review.decided"))
    assert (said["review"]["id"], said["review"]["decision"]) == (packet.review_id, packet.review.decision)
    assert said["review"]["url"].endswith(f"/reviews/{packet.review_id}/")
    assert "gap" not in said


# Overdue


def test_a_gap_is_overdue_once_on_the_day_after(cast: Cast) -> None:
    see(small(cast), "probed", "fail", now=NOW, reason="Down.", check_id=None)
    webhook(cast)
    chat(cast)
    Gap.objects.update(due_on=day(1), owner=cast.olga)
    assert listening.note_overdue(NOW) == 0
    assert listening.note_overdue(NOW + timedelta(days=1)) == 0
    assert listening.note_overdue(NOW + timedelta(days=2)) == 2
    assert listening.note_overdue(NOW + timedelta(days=2, hours=5)) == 0
    assert listening.note_overdue(NOW + timedelta(days=3)) == 0
    assert body(Delivery.objects.get(receiver__kind="webhook"))["gap"]["owner"]["name"] == "Olga Example"


def test_days_on_which_nobody_looked_are_caught_up(cast: Cast) -> None:
    see(small(cast), "probed", "fail", now=NOW, reason="Down.", check_id=None)
    webhook(cast)
    listening.note_overdue(NOW)
    Gap.objects.update(due_on=day(2))
    assert listening.note_overdue(NOW + timedelta(days=9)) == 1


def test_what_is_closed_is_never_overdue(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, "probed", "fail", now=NOW, reason="Down.", check_id=None)
    webhook(cast)
    listening.note_overdue(NOW)
    Gap.objects.update(due_on=day(1))
    see(assessment, "probed", "pass", now=later(5), reason="Up.", check_id=None)
    assert listening.note_overdue(NOW + timedelta(days=2)) == 0


def test_old_deliveries_go_after_ninety_days(cast: Cast) -> None:
    made = actions.send_test(by=cast.ada, receiver=webhook(cast).receiver, now=NOW)
    assert listening.forget_old(NOW + timedelta(days=89)) == 0
    assert listening.forget_old(NOW + timedelta(days=91)) == 1
    assert not Delivery.objects.filter(pk=made.pk).exists()


# For a chat


def test_what_happens_to_a_service_at_once_is_one_message(cast: Cast, listening_since: None) -> None:
    chat(cast)
    small(cast)
    for key in ("written", "drilled"):
        assessments.open_gap(by=cast.theo, item=cast.item(key), because="Not yet.", now=later(1))
    Gap.objects.filter(item__key="written").update(owner=cast.olga, due_on=day(8))
    assert heard(later(2)) == 1
    first, *lines = body()["text"].split("\n")
    assert first.startswith("2 *new gaps* in <")
    assert "|Checkout> (Payments):" in first
    assert lines[0].endswith("|Written> · tracked gap · Olga Example · due 10 Mar 2026")
    assert lines[1].endswith("|Drilled> · hard gate · no owner yet")


def test_one_gap_is_one_line(cast: Cast, listening_since: None) -> None:
    chat(cast)
    see(small(cast), "probed", "fail", now=later(1), reason="Down.", check_id=None)
    heard(later(2))
    assert body()["text"].startswith("*New gap* in <")
    assert "\n" not in body()["text"]


def test_a_decision_is_one_line(cast: Cast, listening_since: None) -> None:
    chat(cast, events=["review.decided"])
    decided(cast)
    heard(later(600))
    assert body()["text"].startswith("*No-go* for <")
    assert body()["text"].endswith("|the review>, led by Theo Example")
