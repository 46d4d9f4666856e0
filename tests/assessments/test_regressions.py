"""Rule *reopen*: one notice for what turned together, nothing about what was closed before it went out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from readiness import environment
from readiness.assessments import actions
from readiness.assessments.actions.regressions import GATHERED_FOR, HEADER
from readiness.assessments.models import Assessment, Gap
from readiness.mail import delivery
from readiness.mail.models import Mail
from tests.assessments.small import see, small
from tests.cast import NOW, Cast
from tests.servers.postbox import Postbox, postbox

LATER = NOW + timedelta(hours=1)
QUERY: dict[str, Any] = {"criterion": "rules", "how": "query", "kind": "prom_rules", "check_id": 2}
OTHER: dict[str, Any] = {"criterion": "rotated", "how": "query", "kind": "prom_query", "check_id": 3}
REPORT: dict[str, Any] = {
    "criterion": "shown",
    "how": "artifact",
    "kind": "junit",
    "strength": "uploaded",
    "check_id": None,
}


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.MAILERS = {"default": environment.email(box.url)}
        yield box


def met(cast: Cast) -> Assessment:
    """Three items that are met."""
    assessment = small(cast)
    see(assessment)
    see(assessment, "either", **OTHER)
    see(assessment, "queued", **REPORT)
    return assessment


def turn(assessment: Assessment, now: datetime, *items: str, result: str = "fail") -> None:
    kinds: dict[str, dict[str, Any]] = {"probed": {}, "either": OTHER, "queued": REPORT}
    for minute, item in enumerate(items):
        see(assessment, item, result, now=now + timedelta(minutes=minute), **kinds[item])


def received(box: Postbox, now: datetime) -> list[Any]:
    delivery.deliver_due(now=now)
    return list(box.received)


def test_three_items_that_turn_within_minutes_are_one_mail_and_three_gaps(cast: Cast, box: Postbox) -> None:
    assessment = met(cast)
    turn(assessment, LATER, "probed", "either", "queued")
    assert Gap.objects.open().count() == 3
    assert received(box, LATER + GATHERED_FOR - timedelta(seconds=1)) == []
    [message] = received(box, LATER + GATHERED_FOR)
    assert message["To"] == cast.theo.email
    assert message["Subject"] == "Not met any more: Probed and 2 more (Checkout)"
    assert message[HEADER] == ", ".join(
        str(pk) for pk in Gap.objects.order_by("opened_at").values_list("pk", flat=True)
    )
    text = message.get_body(("plain",)).get_content()
    assert all(f"/gaps/{gap.pk}/" in text for gap in Gap.objects.all())


def test_what_is_met_again_before_the_mail_goes_out_comes_out_of_it(cast: Cast, box: Postbox) -> None:
    assessment = met(cast)
    turn(assessment, LATER, "probed", "either")
    turn(assessment, LATER + timedelta(minutes=5), "either", result="pass")
    [message] = received(box, LATER + GATHERED_FOR)
    assert message["Subject"] == "Not met any more: Probed (Checkout)"


def test_when_all_is_met_again_nothing_goes_out(cast: Cast, box: Postbox) -> None:
    assessment = met(cast)
    turn(assessment, LATER, "probed")
    turn(assessment, LATER + timedelta(minutes=5), "probed", result="pass")
    assert received(box, LATER + GATHERED_FOR) == []
    assert Mail.objects.get().status == "dropped"


def test_what_turns_after_the_mail_went_out_is_another_mail(cast: Cast, box: Postbox) -> None:
    assessment = met(cast)
    turn(assessment, LATER, "probed")
    assert len(received(box, LATER + GATHERED_FOR)) == 1
    turn(assessment, LATER + GATHERED_FOR, "either")
    assert len(received(box, LATER + 2 * GATHERED_FOR)) == 2


def test_each_owner_hears_of_their_own(cast: Cast, box: Postbox) -> None:
    assessment = small(cast)
    see(assessment)
    see(assessment, "either", "fail", **OTHER)
    gap = Gap.objects.get()
    actions.plan_gap(by=cast.theo, gap=gap, version=gap.version, owner=cast.olga, due_on=None, plan="", now=NOW)
    see(assessment, "either", now=NOW + timedelta(minutes=1), **OTHER)
    assert Gap.objects.get().is_closed
    turn(assessment, LATER, "probed", "either")
    heard = {message["To"]: message["Subject"] for message in received(box, LATER + timedelta(hours=1))}
    assert heard == {
        cast.theo.email: "Not met any more: Probed (Checkout)",
        cast.olga.email: "Not met any more: Either (Checkout)",
    }


def test_an_item_that_was_never_met_is_news_to_nobody(cast: Cast) -> None:
    assessment = small(cast)
    turn(assessment, NOW, "probed", "either", "queued")
    assert Gap.objects.open().count() == 3
    assert not Mail.objects.exists()


def test_an_item_whose_proof_had_run_out_and_that_fails_now_is_told(cast: Cast) -> None:
    assessment = met(cast)
    actions.sweep(now=NOW + timedelta(days=8))
    assert cast.item("probed").status == "stale"
    turn(assessment, NOW + timedelta(days=9), "probed")
    assert Mail.objects.get().recipient == cast.theo


def test_without_an_owner_and_a_lead_there_is_nobody_to_tell(cast: Cast) -> None:
    assessment = met(cast)
    cast.checkout.tech_lead = None
    cast.checkout.save()
    turn(assessment, LATER, "probed")
    assert Gap.objects.open().count() == 1
    assert not Mail.objects.exists()
