"""What waits for whom: only what they may do, never what they did themselves, the longest waiting first."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.urls import reverse

from readiness.accounts.models import User
from readiness.assessments import actions
from readiness.assessments.models import Gap, Item, Waiver
from readiness.portfolio import waiting
from readiness.portfolio.waiting import SHOWN, Matter, waiting_for
from reviews import actions as reviews
from reviews.models import Packet
from reviews.rules import ParticipantRole
from tests.assessments.small import DRILLED, attested, item_yaml, small
from tests.cast import NOW, Cast, day
from tests.reviews.meetings import LATER, again, decided

type Finder = Callable[[User], Iterable[Matter]]


def who(cast: Cast, find: Finder) -> set[str]:
    """First names of the people for whom something of this kind waits."""
    return {person.get_short_name() for person in cast.people if list(find(person))}


def proposed_gap(cast: Cast, *, by: User, owner: User) -> Gap:
    """A gap that is met since people proved it, and proposed as closed."""
    small(cast, DRILLED)
    gap = actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="No drill was run.", now=NOW)
    gap = actions.plan_gap(
        by=cast.theo, gap=gap, version=gap.version, owner=owner, due_on=day(9), plan="Drill.", now=NOW
    )
    attested(cast)
    gap.refresh_from_db()
    return actions.propose_closed(by=by, gap=gap, version=gap.version, note="Done.", now=NOW)


def test_a_proposed_gap_waits_for_everybody_who_may_verify_it_but_owner_and_proposer(cast: Cast) -> None:
    gap = proposed_gap(cast, by=cast.theo, owner=cast.olga)
    # Rob leads in the team of the service; vera and ada may not verify, sam is a stranger.
    assert who(cast, waiting.gaps_to_verify) == {"Mia", "Pia", "Rob", "Eve"}
    (matter,) = waiting.gaps_to_verify(cast.mia)
    assert (matter.verb, matter.url, matter.since) == ("Verify", gap.get_absolute_url(), NOW)
    assert "Checkout · Theo Example says it is closed" in matter.note


def test_a_gap_that_is_verified_waits_no_more(cast: Cast) -> None:
    gap = proposed_gap(cast, by=cast.theo, owner=cast.theo)
    actions.verify_closed(by=cast.olga, gap=gap, version=gap.version, now=NOW)
    assert who(cast, waiting.gaps_to_verify) == set()


def test_an_attestation_waits_for_the_witness_it_names(cast: Cast) -> None:
    small(cast, DRILLED)
    evidence = attested(cast, is_confirmed=False)
    assert who(cast, waiting.attestations_to_witness) == {"Pia"}
    (matter,) = waiting.attestations_to_witness(cast.pia)
    assert matter.title == cast.item("drilled").title
    assert matter.note == "Checkout · Olga Example names you as the witness"
    actions.confirm_witness(by=cast.pia, evidence=evidence, now=NOW)
    assert who(cast, waiting.attestations_to_witness) == set()


def asked_waiver(cast: Cast, by: User) -> Waiver:
    small(cast, DRILLED)
    return actions.request_waiver(
        by=by, item=cast.item("drilled"), reason="No window.", mitigation="Little traffic.", ends_on=day(30), now=NOW
    )


def test_a_waiver_waits_for_the_managers_who_did_not_ask_for_it(cast: Cast) -> None:
    waiver = asked_waiver(cast, cast.theo)
    assert who(cast, waiting.waivers_to_decide) == {"Mia"}
    (matter,) = waiting.waivers_to_decide(cast.mia)
    assert matter.note == "Checkout · Theo Example asks for a waiver until 1 Apr 2026"
    actions.decide_waiver(by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="", now=NOW)
    assert who(cast, waiting.waivers_to_decide) == set()


def test_a_manager_does_not_decide_what_they_asked_for(cast: Cast) -> None:
    asked_waiver(cast, cast.mia)
    assert who(cast, waiting.waivers_to_decide) == set()


def test_that_a_hard_gate_does_not_apply_waits_for_a_second_person(cast: Cast) -> None:
    small(cast, DRILLED)
    item = cast.item("drilled")
    reason = "There is nothing that could be drilled in this service."
    item = actions.excuse(by=cast.theo, item=item, version=item.version, reason=reason, now=NOW)
    assert who(cast, waiting.excuses_to_confirm) == {"Mia", "Olga", "Pia", "Rob"}
    actions.confirm_excuse(by=cast.olga, item=item, version=item.version, now=NOW)
    assert who(cast, waiting.excuses_to_confirm) == set()


def test_a_tracked_item_is_excused_at_once_and_waits_for_nobody(cast: Cast) -> None:
    small(cast, item_yaml("written", {"linked": "{attestation: document}"}, gate="tracked"))
    item: Item = cast.item("written")
    reason = "Nobody reads this document, and nobody ever will."
    actions.excuse(by=cast.theo, item=item, version=item.version, reason=reason, now=NOW)
    assert who(cast, waiting.excuses_to_confirm) == set()


def test_a_decided_review_waits_until_it_is_signed_and_read(cast: Cast) -> None:
    packet = decided(cast)
    review = again(packet.review)
    assert who(cast, waiting.outputs_to_read) == {"Theo", "Olga", "Pia"}
    (matter,) = waiting.outputs_to_read(cast.olga)
    assert (matter.verb, matter.url) == ("Sign", reverse("reviews:packet", args=[review.pk]))
    _sign(packet, cast.olga)
    (matter,) = waiting.outputs_to_read(cast.olga)
    assert (matter.verb, matter.note) == ("Read", "No-go · acknowledge what was decided")
    reviews.acknowledge_output(by=cast.olga, review=review, now=LATER)
    assert not list(waiting.outputs_to_read(cast.olga))


def _sign(packet: Packet, by: User) -> None:
    review = again(packet.review)
    reviews.sign_off(
        by=by,
        review=review,
        role=ParticipantRole.ON_CALL,
        digest=packet.digest,
        comment="",
        now=LATER + timedelta(hours=1),
    )


def test_the_longest_waiting_comes_first_and_more_than_a_few_of_a_kind_are_a_link(cast: Cast) -> None:
    keys = [f"drill-{number}" for number in range(SHOWN + 2)]
    small(cast, *(item_yaml(key, {"done": "{attestation: drill}"}, strength="exercised") for key in keys))
    for number, key in enumerate(keys):
        actions.request_waiver(
            by=cast.theo, item=cast.item(key), reason="No window.", mitigation="Little traffic.", ends_on=day(30),
            now=NOW - timedelta(hours=number),
        )  # fmt: skip
    found = waiting_for(cast.mia)
    assert len(found.matters) == SHOWN
    assert [matter.since for matter in found.matters] == sorted(matter.since for matter in found.matters)
    assert found.more == [("More waivers to decide", reverse("assessments:waivers"))]


@pytest.mark.parametrize("name", ["vera", "sam", "ada"])
def test_nothing_waits_for_those_who_may_do_nothing_about_it(cast: Cast, name: str) -> None:
    small(cast)
    actions.request_waiver(
        by=cast.theo,
        item=cast.item("either"),
        reason="No window.",
        mitigation="Little traffic.",
        ends_on=day(9),
        now=NOW,
    )
    attested(cast, is_confirmed=False)
    decided(cast)
    assert waiting_for(getattr(cast, name)).matters == []
