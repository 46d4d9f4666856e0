"""The end of the meeting: rules *derived-decision*, *led-by-owner*, *accountable-output*, *frozen*."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.assessments.rules import Decision
from readiness.mail.models import Mail
from reviews import actions
from reviews.models import Packet, ParkedTopic, Participant, Review
from reviews.rules import ParticipantRole, Word
from tests.assessments.small import see, small
from tests.cast import NOW, TODAY, Cast, day
from tests.reviews.meetings import (
    LATER,
    STARTS,
    again,
    begun,
    decided,
    entries,
    proved,
    refused,
    say,
    say_all,
    scheduled,
)


def decide(cast: Cast, review: Review, decision: Decision = Decision.NO_GO, **fields: object) -> Packet:
    review = again(review)
    values = {"by": cast.theo, "version": review.version, "stricter_reason": "", "now": LATER} | fields
    return actions.decide(review=review, decision=decision, **values)  # type: ignore[arg-type]  # a person, a version


def test_a_review_with_open_gates_ends_in_a_no_go_with_owners_and_dates(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    packet = decide(cast, review)
    review = again(review)
    assert (review.status, review.decision, review.computed_decision) == ("decided", "no_go", "no_go")
    assert (review.decided_by, review.decided_at, review.ran_seconds, review.current) == (cast.theo, LATER, 300, None)
    assert len(packet.digest) == 64
    (entry,) = entries("review.decided")
    assert entry.after == {"decision": "no_go", "computed": "no_go", "digest": packet.digest}


def test_what_was_decided_is_noted_on_the_assessment(cast: Cast) -> None:
    packet = decided(cast)
    assessment = Assessment.objects.get(service=cast.checkout)
    assert (assessment.last_decision, assessment.last_decided_at, assessment.last_review_id) == (
        "no_go",
        LATER,
        packet.review_id,
    )
    assert assessment.next_review_due_on == TODAY + timedelta(days=14)  # it was a no-go


def test_everything_met_is_a_go(cast: Cast) -> None:
    proved(cast)
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=review, now=LATER)
    decide(cast, review, Decision.GO)
    assert again(review).decision == "go"


def test_waived_gates_make_a_conditional_go(cast: Cast) -> None:
    assessment = proved(cast)
    see(assessment, result="fail", now=NOW)
    waiver = assessments.request_waiver(
        by=cast.theo, item=cast.item("probed"), reason="The probe needs the new mesh, which comes in April.",
        mitigation="On-call watches the pods by hand until then.", ends_on=day(60), now=NOW,
    )  # fmt: skip
    assessments.decide_waiver(by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="", now=NOW)
    review = begun(cast)
    say(review, "probed", cast.theo, due_on=day(59))
    actions.acknowledge_passed(by=cast.olga, review=again(review), now=LATER)
    with refused(rule="derived-decision", match="never looser"):
        decide(cast, review, Decision.GO)
    decide(cast, review, Decision.CONDITIONAL)
    assert again(review).decision == "conditional_go"


def test_the_room_may_be_stricter_with_a_reason(cast: Cast) -> None:
    proved(cast)
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=review, now=LATER)
    with refused(rule="derived-decision", match="Say why"):
        decide(cast, review, Decision.NO_GO)
    decide(cast, review, Decision.NO_GO, stricter_reason="The drill was chaotic.")
    review = again(review)
    assert (review.decision, review.computed_decision, review.stricter_reason) == (
        "no_go",
        "go",
        "The drill was chaotic.",
    )


def test_the_room_is_never_looser(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    for decision in (Decision.GO, Decision.CONDITIONAL):
        with refused(rule="derived-decision", match="never looser"):
            decide(cast, review, decision, stricter_reason="We know better.")


def test_what_expired_during_the_meeting_counts(cast: Cast) -> None:
    assessment = proved(cast)
    see(assessment, now=NOW - timedelta(days=7) + timedelta(hours=2), key="old")
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=review, now=LATER)
    eight_days = LATER + timedelta(days=8)
    with refused(rule="accountable-output", match="since the meeting began"):
        decide(cast, review, Decision.GO, now=eight_days)


def test_every_blocker_refuses_with_the_pages_sentence(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="accountable-output", match="has not been talked about. And 5 more to settle"):
        decide(cast, review)


def test_on_call_and_platform_must_be_there(cast: Cast) -> None:
    review = begun(cast, present=False)
    say_all_alone(cast, review)
    with refused(rule="led-by-owner", match="Nobody is present for on-call"):
        decide(cast, review)
    actions.join(by=cast.olga, review=again(review), now=LATER)
    with refused(rule="led-by-owner", match="Nobody is present for platform"):
        decide(cast, review)
    actions.join(by=cast.pia, review=again(review), now=LATER)
    assert decide(cast, review).digest


def say_all_alone(cast: Cast, review: Review) -> None:
    for point in review.agenda.select_related("item"):
        say(review, point.item.key, cast.theo)


def test_only_the_services_tech_lead_decides(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    for person, kind in (
        (cast.sam, NotVisible),
        (cast.vera, NotAllowed),
        (cast.mia, NotAllowed),
        (cast.ada, NotAllowed),
    ):
        with refused(kind):
            decide(cast, review, by=person)
    with refused(rule="led-by-owner", match="Theo Example is the service's tech lead"):
        decide(cast, review, by=cast.rob)


def test_a_lead_who_stopped_being_tech_lead_decides_nothing(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    cast.checkout.tech_lead = cast.rob
    cast.checkout.save()
    with refused(NotVisible):
        decide(cast, review)
    with refused(rule="led-by-owner", match="Rob Example leads this review as tech lead and is not present"):
        decide(cast, review, by=cast.rob)


@pytest.mark.parametrize("state", ["scheduled", "paused", "decided", "cancelled"])
def test_only_a_running_meeting_is_decided(cast: Cast, state: str) -> None:
    review = scheduled(cast)
    if state != "scheduled":
        actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
        review = again(review)
    match state:
        case "paused":
            actions.pause(by=cast.theo, review=review, version=review.version, now=LATER)
        case "cancelled":
            actions.cancel(by=cast.theo, review=review, version=review.version, reason="No.", now=LATER)
        case "decided":
            for person in (cast.olga, cast.pia):
                actions.join(by=person, review=review, now=STARTS)
            decided(cast, review)
    with refused(rule="frozen" if state == "decided" else "lifecycle"):
        decide(cast, review)


def test_of_two_decisions_at_once_one_is_taken(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    with refused(Conflict):
        decide(cast, review, version=again(review).version - 1)
    decide(cast, review)
    assert Packet.objects.count() == 1


def test_everybody_who_was_invited_gets_the_output_once_with_what_they_own(cast: Cast) -> None:
    review = begun(cast, participants=[(cast.mia, ParticipantRole.MANAGER)])
    say_all(cast, review)
    say(review, "probed", cast.theo, owner=cast.pia, due_on=day(8))
    packet = decide(cast, review)
    mails = Mail.objects.filter(kind="review-output")
    assert sorted(mail.to for mail in mails) == [f"{name}@example.com" for name in ("mia", "olga", "pia", "theo")]
    pias = mails.get(recipient=cast.pia)
    assert pias.subject == "No-go: readiness review of Checkout"
    yours = pias.text.partition("YOURS")[2].partition("WHAT STANDS IN THE WAY")[0]
    assert "Probed (hard gate), by 10 March 2026: Run the drill with the platform team." in yours
    assert "Drilled" not in yours
    assert f"/gaps/{cast.item('probed').gap.pk}/" in yours
    assert "YOURS" not in mails.get(recipient=cast.mia).text
    for mail in mails:
        assert mail.text.startswith("NO-GO: Checkout")
        assert packet.digest in mail.text
        assert packet.digest in mail.html
        assert "/packet/" in mail.text
        assert "/packet/" in mail.html


def test_who_owns_a_gap_without_having_been_there_gets_the_mail_too(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    say(review, "probed", cast.theo, owner=cast.rob, due_on=day(8))
    decide(cast, review)
    robs = Mail.objects.get(kind="review-output", recipient=cast.rob)
    assert "You were not in the meeting." in robs.text
    assert "I have read it" not in robs.text
    assert "Probed (hard gate), by 10 March 2026" in robs.text
    assert not Participant.objects.filter(review=review, person=cast.rob).exists()


def test_the_mail_names_the_conditions_and_what_is_still_parked(cast: Cast) -> None:
    assessment = proved(cast)
    see(assessment, result="fail", now=NOW)
    waiver = assessments.request_waiver(
        by=cast.theo, item=cast.item("probed"), reason="The probe needs the new mesh, which comes in April.",
        mitigation="On-call watches the pods by hand until then.", ends_on=day(60), now=NOW,
    )  # fmt: skip
    assessments.decide_waiver(by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="", now=NOW)
    review = begun(cast)
    say(review, "probed", cast.theo, due_on=day(59))
    actions.acknowledge_passed(by=cast.olga, review=again(review), now=LATER)
    for text, settled_by in (("Who owns the old queue?", None), ("Order pizza.", cast.pia)):
        ParkedTopic.objects.create(
            review=review, text=text, parked_by=cast.olga, parked_at=LATER, settled_by=settled_by,
            settled_at=LATER if settled_by else None,
        )  # fmt: skip
    decide(cast, review, Decision.CONDITIONAL)
    text = Mail.objects.get(kind="review-output", recipient=cast.olga).text
    assert text.startswith("CONDITIONAL GO: Checkout")
    assert "- Probed, until 1 May 2026. Meanwhile: On-call watches the pods by hand until then." in text
    assert "PARKING LOT\n- Who owns the old queue? (Olga Example)" in text
    assert "pizza" not in text


# Frozen


def test_the_database_refuses_to_change_a_packet(cast: Cast) -> None:
    packet = decided(cast)
    for change in ({"body": "{}"}, {"digest": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Packet.objects.filter(pk=packet.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        packet.delete()


# Acknowledging


def test_a_participant_acknowledges_the_output_once(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="lifecycle", match="nothing to acknowledge yet"):
        actions.acknowledge_output(by=cast.olga, review=review, now=LATER)
    decided(cast, review)
    actions.acknowledge_output(by=cast.olga, review=again(review), now=LATER)
    actions.acknowledge_output(by=cast.olga, review=again(review), now=LATER + timedelta(days=1))
    assert {row.output_acknowledged_at for row in review.participants.filter(person=cast.olga)} == {LATER}
    assert len(entries("review.output_acknowledged")) == 1
    with refused(rule="in-the-room", match="Only participants"):
        actions.acknowledge_output(by=cast.mia, review=again(review), now=LATER)
    with refused(NotVisible):
        actions.acknowledge_output(by=cast.sam, review=again(review), now=LATER)


def test_whoever_has_not_read_it_is_reminded_once_a_day_after(cast: Cast) -> None:
    review = decided(cast).review
    actions.acknowledge_output(by=cast.pia, review=again(review), now=LATER)
    with refused(rule="one-mail", match="from 3 March, 10:35 on"):
        actions.remind_to_read(by=cast.theo, review=again(review), now=LATER + timedelta(hours=23))
    tomorrow = LATER + timedelta(days=1)
    with refused(rule="led-by-owner"):
        actions.remind_to_read(by=cast.rob, review=again(review), now=tomorrow)
    with refused(NotAllowed):
        actions.remind_to_read(by=cast.olga, review=again(review), now=tomorrow)
    with refused(NotVisible):
        actions.remind_to_read(by=cast.sam, review=again(review), now=tomorrow)
    assert actions.remind_to_read(by=cast.theo, review=again(review), now=tomorrow) == 1
    mail = Mail.objects.get(kind="review-output-reminder")
    assert (mail.recipient, mail.subject) == (cast.olga, "Please read: no-go for Checkout")
    assert "/packet/" in mail.text
    assert entries("review.output_reminded")[0].after == {"people": ["Olga Example"]}
    with refused(rule="one-mail", match="reminded already"):
        actions.remind_to_read(by=cast.theo, review=again(review), now=tomorrow + timedelta(days=1))


def test_nobody_is_reminded_of_what_everybody_has_read_or_nobody_has_decided(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="lifecycle", match="not decided"):
        actions.remind_to_read(by=cast.theo, review=review, now=LATER)
    decided(cast, review)
    for person in (cast.olga, cast.pia):
        actions.acknowledge_output(by=person, review=again(review), now=LATER)
    with refused(rule="one-mail", match="Everybody has read it"):
        actions.remind_to_read(by=cast.theo, review=again(review), now=LATER + timedelta(days=2))


def test_parking_everything_does_not_end_a_meeting(cast: Cast) -> None:
    small(cast)
    review = begun(cast)
    for point in review.agenda.select_related("item"):
        say(review, point.item.key, cast.theo, Word.PARKED)
    with refused(rule="accountable-output", match="Name the person who will close it"):
        decide(cast, review)
