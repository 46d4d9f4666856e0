"""A name under exactly what was read, before the decision and after. Rules *frozen*, *led-by-owner*."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed, NotVisible
from readiness.assessments.rules import Decision
from reviews import actions
from reviews.meeting import Meeting
from reviews.models import Packet, Review, SignOff
from reviews.rules import ParticipantRole
from reviews.signing import Sheet, Signature
from tests.assessments.small import see
from tests.cast import Cast, day
from tests.reviews.meetings import LATER, again, begun, decided, entries, proved, refused, say, say_all, scheduled

SOON = LATER + timedelta(minutes=1)
LATE = LATER + timedelta(minutes=5)


def settled(cast: Cast) -> Review:
    """Everything is said; nothing stands in the way of deciding."""
    review = begun(cast)
    say_all(cast, review)
    return again(review)


def freeze(cast: Cast, review: Review, **fields: Any) -> Packet:
    review = again(review)
    values: dict[str, Any] = {"decision": Decision.NO_GO, "stricter_reason": "", "now": LATE} | fields
    return actions.decide(by=cast.theo, review=review, version=review.version, **values)


def the_draft(review: Review) -> Sheet:
    return Sheet.of_draft(Meeting.of(again(review), LATER))


def sign(review: Review, by: User, role: ParticipantRole = ParticipantRole.ON_CALL, **fields: Any) -> SignOff:
    """Of what the page shows at this moment."""
    review = again(review)
    packet = Packet.objects.filter(review=review).first()
    if "digest" not in fields:
        fields["digest"] = packet.digest if packet else the_draft(review).digest
    values: dict[str, Any] = {"comment": "", "now": SOON} | fields
    return actions.sign_off(by=by, review=review, role=role, **values)


def signature_of(sheet: Sheet, person: User) -> Signature:
    return next(one for one in sheet.signatures if one.row.person_id == person.pk)


# The frozen packet


def test_a_sign_off_is_bound_to_the_digest(cast: Cast) -> None:
    packet = decided(cast)
    with refused(rule="frozen", match="not the packet that was frozen"):
        sign(packet.review, cast.olga, digest="0" * 64)
    sign(packet.review, cast.olga, comment=" Fine by me. ")
    signed = packet.review.sign_offs.get()
    assert (signed.person, signed.role, signed.digest) == (cast.olga, "on_call", packet.digest)
    assert signed.comment == "Fine by me."
    assert entries("packet.signed")[0].after == {"role": "on_call", "digest": packet.digest}


def test_a_person_signs_once_for_what_they_were_there_as(cast: Cast) -> None:
    review = decided(cast).review
    sign(review, cast.olga)
    with refused(rule="frozen", match="signed this in this role already"):
        sign(review, cast.olga)
    with refused(rule="led-by-owner", match="did not take part as platform"):
        sign(review, cast.olga, ParticipantRole.PLATFORM)
    with refused(rule="led-by-owner"):
        sign(review, cast.mia, ParticipantRole.MANAGER)
    with refused(NotAllowed):
        sign(review, cast.vera)
    with refused(NotVisible):
        sign(review, cast.sam)


def test_a_sign_off_is_never_changed(cast: Cast) -> None:
    review = decided(cast).review
    sign(review, cast.olga)
    with pytest.raises(DatabaseError), transaction.atomic():
        review.sign_offs.update(comment="I did not mean it.")
    with pytest.raises(DatabaseError), transaction.atomic():
        review.sign_offs.all().delete()


# The draft


def test_there_is_nothing_to_sign_while_something_is_missing(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="frozen", match="nothing to sign yet. .* has not been talked about"):
        sign(review, cast.olga)


def test_there_is_nothing_to_sign_before_the_meeting_and_while_it_is_paused(cast: Cast) -> None:
    review = scheduled(cast)
    with refused(rule="led-by-owner", match="did not take part"):
        sign(review, cast.olga)
    review = settled_from(cast, review)
    actions.pause(by=cast.theo, review=review, version=review.version, now=LATER)
    with refused(rule="frozen", match="nothing to sign yet. The meeting is paused"):
        sign(review, cast.olga)


def settled_from(cast: Cast, review: Review) -> Review:
    actions.begin(by=cast.theo, review=review, version=review.version, now=LATER)
    for person in (cast.olga, cast.pia):
        actions.join(by=person, review=again(review), now=LATER)
    say_all(cast, again(review))
    return again(review)


def test_the_draft_is_signed_as_it_was_read_and_every_screen_learns_of_it(cast: Cast) -> None:
    review = settled(cast)
    with refused(rule="frozen", match="The draft changed while you were reading"):
        sign(review, cast.olga, digest="0" * 64)
    signed = sign(review, cast.olga, comment="Fine.")
    assert signed.digest == the_draft(review).digest
    assert again(review).pulse > review.pulse
    assert entries("review.draft_signed")[0].after == {"role": "on_call", "digest": signed.digest}
    assert signature_of(the_draft(review), cast.olga).is_binding
    with refused(rule="frozen", match="signed this in this role already"):
        sign(review, cast.olga)


def test_only_who_was_there_and_may_signs_a_draft(cast: Cast) -> None:
    review = settled(cast)
    with refused(rule="led-by-owner", match="did not take part as engineering manager"):
        sign(review, cast.mia, ParticipantRole.MANAGER)
    with refused(NotAllowed):
        sign(review, cast.vera)
    with refused(NotVisible):
        sign(review, cast.sam)


def test_freezing_by_itself_changes_nothing_that_was_signed(cast: Cast) -> None:
    review = settled(cast)
    signed = sign(review, cast.olga, comment="Fine.")
    actions.move(by=cast.theo, review=again(review), version=again(review).version, to=None, now=SOON)
    packet = freeze(cast, review)
    assert packet.content_digest == signed.digest != packet.digest
    sheet = Sheet.of_frozen(again(review), packet)
    assert signature_of(sheet, cast.olga).is_binding
    assert [(row["person"]["name"], row["comment"]) for row in sheet.packet["frozen"]["sign_offs"]] == [
        ("Olga Example", "Fine.")
    ]
    assert (sheet.bound, len(sheet.signatures)) == (1, 3)
    assert list(SignOff.objects.binding()) == [signed]
    with refused(rule="frozen", match="already"):
        sign(review, cast.olga)


def test_who_read_the_draft_and_signs_a_moment_after_it_was_frozen_signed_what_they_read(cast: Cast) -> None:
    review = settled(cast)
    read = the_draft(review).digest
    packet = freeze(cast, review, now=SOON)
    sign(review, cast.pia, ParticipantRole.PLATFORM, digest=read, now=LATE)
    assert signature_of(Sheet.of_frozen(again(review), packet), cast.pia).is_binding


def test_what_changes_under_a_sign_off_makes_it_stale_and_is_named_with_who_did_it(cast: Cast) -> None:
    review = settled(cast)
    sign(review, cast.olga)
    say(review, "probed", cast.pia, due_on=day(3), now=LATE)
    actions.write_notes(by=cast.theo, review=again(review), version=1, notes="Ask again.", now=LATE)
    stale = signature_of(the_draft(review), cast.olga)
    assert stale.is_stale
    assert not stale.is_binding
    title = cast.item("probed").title
    assert stale.changes == (f"what the room said of “{title}” (Pia Example)", "the notes")


def test_whoever_signs_again_adds_a_name_and_changes_none(cast: Cast) -> None:
    review = settled(cast)
    first = sign(review, cast.olga)
    say(review, "probed", cast.pia, due_on=day(3), now=LATE)
    second = sign(review, cast.olga, now=LATE)
    assert first.digest != second.digest
    assert list(review.sign_offs.all()) == [first, second]
    packet = freeze(cast, review)
    carried = Sheet.of_frozen(again(review), packet).packet["frozen"]["sign_offs"]
    assert [row["digest"] for row in carried] == [second.digest]


def test_a_stale_sign_off_does_not_come_into_the_packet_and_its_person_signs_the_frozen_one(cast: Cast) -> None:
    review = settled(cast)
    sign(review, cast.olga)
    say(review, "probed", cast.pia, due_on=day(3), now=LATE)
    packet = freeze(cast, review)
    sheet = Sheet.of_frozen(again(review), packet)
    assert sheet.packet["frozen"]["sign_offs"] == []
    assert signature_of(sheet, cast.olga).is_stale
    assert not SignOff.objects.binding().exists()
    sign(review, cast.olga, now=LATE)
    assert signature_of(Sheet.of_frozen(again(review), packet), cast.olga).is_binding


def test_a_draft_that_was_changed_back_is_what_was_signed(cast: Cast) -> None:
    review = settled(cast)
    signed = sign(review, cast.olga)
    actions.write_notes(by=cast.theo, review=again(review), version=1, notes="Oh.", now=LATE)
    assert signature_of(the_draft(review), cast.olga).is_stale
    actions.write_notes(by=cast.theo, review=again(review), version=2, notes="", now=LATE)
    assert the_draft(review).digest == signed.digest
    assert signature_of(the_draft(review), cast.olga).is_binding


def test_a_check_that_runs_again_and_says_the_same_is_no_change_and_one_that_fails_is(cast: Cast) -> None:
    assessment = proved(cast)
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=review, now=LATER)
    signed = sign(review, cast.olga)
    see(assessment, now=LATE)
    assert the_draft(review).digest == signed.digest
    see(assessment, result="fail", now=LATE + timedelta(minutes=1))
    stale = signature_of(the_draft(review), cast.olga)
    assert stale.changes
    assert stale.changes[0] == "the decision"
    assert f"where “{cast.item('probed').title}” stands" in stale.changes


def test_a_room_that_is_stricter_than_computed_decided_something_else_than_was_signed(cast: Cast) -> None:
    proved(cast)
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=review, now=LATER)
    sign(review, cast.olga)
    packet = freeze(cast, review, stricter_reason="The drill was chaotic.")
    stale = signature_of(Sheet.of_frozen(again(review), packet), cast.olga)
    assert stale.changes == ("the decision",)


def test_who_leads_through_the_agenda_and_how_long_it_takes_is_not_what_people_sign(cast: Cast) -> None:
    review = settled(cast)
    signed = sign(review, cast.olga)
    review = again(review)
    actions.take_over(by=cast.pia, review=review, version=review.version, now=LATE)
    point = again(review).agenda.all()[2]
    actions.move(by=cast.pia, review=again(review), version=again(review).version, to=point, now=LATE)
    assert the_draft(review).digest == signed.digest


def test_who_comes_later_is_a_change(cast: Cast) -> None:
    review = settled(cast)
    actions.add_participant(by=cast.theo, review=review, person=cast.mia, role=ParticipantRole.MANAGER, now=LATER)
    sign(review, cast.olga)
    actions.join(by=cast.mia, review=again(review), now=LATE)
    assert signature_of(the_draft(review), cast.olga).changes == ("who takes part",)


def test_deciding_asks_for_no_signature(cast: Cast) -> None:
    review = settled(cast)
    packet = freeze(cast, review)
    sheet = Sheet.of_frozen(again(review), packet)
    assert sheet.bound == 0
    assert {one.row.person for one in sheet.signatures} == {cast.theo, cast.olga, cast.pia}
