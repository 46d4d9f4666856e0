from datetime import timedelta

import pytest
from django.utils import timezone

from readiness.accounts.models import Grant, User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible
from readiness.accounts.rules import Role
from readiness.assessments.models import Assessment
from readiness.mail.models import Mail
from reviews import actions
from reviews.models import Review
from reviews.rules import ParticipantRole
from tests.assessments.small import small
from tests.cast import NOW, TODAY, Cast, day, give
from tests.reviews.meetings import STARTS, again, begun, decided, entries, refused, scheduled

LATE_REASON = "The on-call rota starts only then."


def test_lead_on_call_and_platform_come_with_the_service(cast: Cast) -> None:
    review = scheduled(cast)
    assert [(row.person, row.role) for row in review.participants.all()] == [
        (cast.theo, "lead"),
        (cast.olga, "on_call"),
        (cast.pia, "platform"),
    ]
    assert (review.lead, review.go_live_on, review.status) == (cast.theo, day(17), "scheduled")
    (entry,) = entries("review.scheduled")
    assert entry.after["people"] == ["Theo Example", "Olga Example", "Pia Example"]


def test_everybody_gets_one_invitation_with_a_calendar_entry(cast: Cast) -> None:
    scheduled(cast)
    mails = Mail.objects.filter(kind="review-invitation")
    assert sorted(mail.to for mail in mails) == ["olga@example.com", "pia@example.com", "theo@example.com"]
    mail = mails.get(recipient=cast.olga)
    assert mail.subject == "Invitation: readiness review of Checkout, Mon 2 Mar, 10:30"
    assert "as on-call" in mail.text
    assert "/pre-read/" in mail.text
    attachment, file = mail.attachments
    assert attachment["type"] == "text/calendar; method=REQUEST; charset=utf-8"
    assert (attachment["is_alternative"], file["name"], file["type"]) == (True, "invite.ics", "application/ics")
    assert file["content"] == attachment["content"]
    assert mail.headers["Reply-To"] == "Theo Example <theo@example.com>"
    assert "DTSTART:20260302T103000Z" in attachment["content"]
    assert "SEQUENCE:0" in attachment["content"]


def test_times_in_the_mail_are_the_readers_own(cast: Cast) -> None:
    cast.olga.time_zone = "Asia/Kolkata"
    cast.olga.save()
    scheduled(cast)
    mail = Mail.objects.get(kind="review-invitation", recipient=cast.olga)
    assert "Mon 2 Mar, 16:00" in mail.subject
    assert "16:00 (Asia/Kolkata)" in mail.text


def test_an_outside_engineer_sees_this_review_until_a_week_after_it(cast: Cast) -> None:
    review = scheduled(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    grant = Grant.objects.get(user=cast.sam, review_id=review.pk)
    assert (grant.role, grant.service_id, grant.expires_at) == (
        Role.EXTERNAL,
        cast.checkout.pk,
        STARTS + timedelta(days=7),
    )
    assert entries("grant.given")[0].after["over"] == f"review {review.pk}"


def test_who_may_speak_anyway_gets_no_grant_and_who_only_looks_gets_none_to_speak(cast: Cast) -> None:
    review = scheduled(cast, participants=[(cast.mia, ParticipantRole.MANAGER), (cast.vera, ParticipantRole.MEMBER)])
    assert not Grant.objects.filter(review_id=review.pk).exists()


def test_a_stranger_learns_nothing_and_a_viewer_schedules_nothing(cast: Cast) -> None:
    small(cast)
    for person, kind in (
        (cast.sam, NotVisible),
        (cast.vera, NotAllowed),
        (cast.olga, NotAllowed),
        (cast.ada, NotAllowed),
    ):
        with refused(kind):
            actions.schedule(
                by=person, service=cast.checkout, starts_at=STARTS, minutes=30, place="", timing_reason="",
                participants=[], now=NOW,
            )  # fmt: skip


def test_the_manager_may_schedule_it(cast: Cast) -> None:
    small(cast)
    review = actions.schedule(
        by=cast.mia, service=cast.checkout, starts_at=STARTS, minutes=30, place="", timing_reason="",
        participants=[], now=NOW,
    )  # fmt: skip
    assert (review.lead, review.scheduled_by) == (cast.theo, cast.mia)


@pytest.mark.parametrize("days_to_go_live", [0, 13, 22, 60])
def test_timing_outside_the_window_takes_a_reason(cast: Cast, days_to_go_live: int) -> None:
    small(cast)
    cast.checkout.go_live_on = day(days_to_go_live)
    cast.checkout.save()
    with refused(match="14–21 days", rule="timing"):
        scheduled(cast)
    assert scheduled(cast, timing_reason=LATE_REASON).timing_reason == LATE_REASON


def test_the_day_counts_where_the_scheduler_lives(cast: Cast) -> None:
    small(cast)
    late_evening = NOW.replace(hour=23) + timedelta(days=3)  # 14 days before go-live in UTC, 13 in Tokyo
    with timezone.override("Asia/Tokyo"), refused(rule="timing", match="13 days before"):
        scheduled(cast, starts_at=late_evening)
    with timezone.override("UTC"):
        assert scheduled(cast, starts_at=late_evening).is_scheduled


def test_a_review_is_in_the_future_and_of_a_sensible_length(cast: Cast) -> None:
    small(cast)
    with refused(rule="timing", match="future"):
        scheduled(cast, starts_at=NOW)
    with refused(rule="timing", match="10 to 240 minutes"):
        scheduled(cast, minutes=5)


def test_a_service_needs_a_lead_and_a_go_live_date(cast: Cast) -> None:
    small(cast)
    cast.checkout.tech_lead = None
    cast.checkout.save()
    with refused(rule="led-by-owner", match="no tech lead"):
        actions.schedule(
            by=cast.mia, service=cast.checkout, starts_at=STARTS, minutes=30, place="", timing_reason="",
            participants=[], now=NOW,
        )  # fmt: skip
    cast.checkout.tech_lead, cast.checkout.go_live_on = cast.theo, None
    cast.checkout.save()
    with refused(rule="timing", match="no go-live date"):
        scheduled(cast)


def test_a_service_in_production_is_reviewed_again_on_any_day(cast: Cast) -> None:
    cast.checkout.launched_on, cast.checkout.go_live_on = TODAY - timedelta(days=300), TODAY - timedelta(days=300)
    cast.checkout.save()
    assert scheduled(cast).go_live_on is None


def test_one_live_review_at_a_time(cast: Cast) -> None:
    scheduled(cast)
    with refused(rule="lifecycle", match="planned for 2 March 2026 already"):
        scheduled(cast, starts_at=STARTS + timedelta(hours=3))


def test_after_a_decision_the_next_one_can_be_scheduled(cast: Cast) -> None:
    decided(cast)
    assert scheduled(cast, starts_at=STARTS + timedelta(hours=3)).is_scheduled


def test_scheduling_starts_the_assessment_where_there_is_none(cast: Cast) -> None:
    small(cast)
    Assessment.objects.all().delete()
    actions.schedule(
        by=cast.theo, service=cast.checkout, starts_at=STARTS, minutes=30, place="", timing_reason="", participants=[],
        now=NOW,
    )  # fmt: skip
    assert Assessment.objects.get().items.count() == 6


# Moving it


def test_a_moved_review_updates_the_same_calendar_entry(cast: Cast) -> None:
    review = scheduled(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    moved = actions.reschedule(
        by=cast.theo, review=review, version=review.version, starts_at=STARTS + timedelta(days=1), minutes=45,
        place="Call", timing_reason="", now=NOW,
    )  # fmt: skip
    moved = again(moved)
    assert (moved.starts_at, moved.minutes, moved.place, moved.invitation_sequence) == (
        STARTS + timedelta(days=1),
        45,
        "Call",
        1,
    )
    mail = Mail.objects.get(kind="review-invitation", recipient=cast.olga, slot="1")
    assert mail.subject.startswith("Moved: ")
    assert "has moved" in mail.text
    first = Mail.objects.get(kind="review-invitation", recipient=cast.olga, slot="0").attachments[0]["content"]
    second = mail.attachments[0]["content"]
    uid = next(line for line in first.split("\r\n") if line.startswith("UID:"))
    assert uid in second
    assert "SEQUENCE:1" in second
    assert Grant.objects.get(review_id=review.pk).expires_at == STARTS + timedelta(days=8)


def test_moving_keeps_the_rules_of_scheduling(cast: Cast) -> None:
    review = scheduled(cast)

    def move(by: User = cast.theo, version: int = review.version, days: int = 1) -> None:
        actions.reschedule(
            by=by, review=again(review), version=version, starts_at=STARTS + timedelta(days=days), minutes=30, place="",
            timing_reason="", now=NOW,
        )  # fmt: skip

    with refused(NotVisible):
        move(by=cast.sam)
    with refused(NotAllowed):
        move(by=cast.vera)
    with refused(rule="timing"):
        move(days=10)
    with refused(Conflict):
        move(version=review.version + 7)
    begun_review = again(review)
    actions.begin(by=cast.theo, review=begun_review, version=begun_review.version, now=STARTS)
    with refused(rule="lifecycle", match="has not begun"):
        move(version=again(review).version)


# Cancelling it


def test_a_cancelled_review_leaves_the_calendars_and_keeps_its_reason(cast: Cast) -> None:
    review = scheduled(cast)
    actions.cancel(by=cast.theo, review=review, version=review.version, reason="Go-live moved to May.", now=NOW)
    review = again(review)
    assert (review.status, review.cancelled_reason) == ("cancelled", "Go-live moved to May.")
    mail = Mail.objects.get(kind="review-cancelled", recipient=cast.pia)
    assert "Go-live moved to May." in mail.text
    assert "METHOD:CANCEL" in mail.attachments[0]["content"]
    assert "SEQUENCE:1" in mail.attachments[0]["content"]
    assert scheduled(cast).is_scheduled


def test_cancelling_takes_a_reason_a_right_and_a_review_that_is_not_over(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="lifecycle", match="Say why"):
        actions.cancel(by=cast.theo, review=review, version=review.version, reason=" ", now=NOW)
    with refused(NotAllowed):
        actions.cancel(by=cast.olga, review=review, version=review.version, reason="No.", now=NOW)
    with refused(NotVisible):
        actions.cancel(by=cast.sam, review=review, version=review.version, reason="No.", now=NOW)
    with refused(Conflict):
        actions.cancel(by=cast.theo, review=review, version=review.version - 1, reason="No.", now=NOW)
    decided(cast, review)
    review = again(review)
    with refused(rule="frozen"):
        actions.cancel(by=cast.theo, review=review, version=review.version, reason="No.", now=NOW)


# Who comes


def test_somebody_invited_later_gets_the_same_entry(cast: Cast) -> None:
    review = scheduled(cast)
    row = actions.add_participant(by=cast.theo, review=review, person=cast.sam, role=ParticipantRole.OUTSIDE, now=NOW)
    assert row is not None
    assert Mail.objects.filter(kind="review-invitation", recipient=cast.sam).count() == 1
    assert Grant.objects.filter(user=cast.sam, review_id=review.pk).exists()
    twice = actions.add_participant(
        by=cast.theo, review=again(review), person=cast.sam, role=ParticipantRole.OUTSIDE, now=NOW
    )
    assert twice is None


def test_a_second_role_brings_no_second_mail(cast: Cast) -> None:
    review = scheduled(cast)
    actions.add_participant(by=cast.theo, review=review, person=cast.olga, role=ParticipantRole.PLATFORM, now=NOW)
    assert Mail.objects.filter(kind="review-invitation", recipient=cast.olga).count() == 1


def test_only_the_services_tech_lead_is_its_lead(cast: Cast) -> None:
    review = scheduled(cast)
    with refused(rule="led-by-owner"):
        actions.add_participant(by=cast.theo, review=review, person=cast.rob, role=ParticipantRole.LEAD, now=NOW)


def test_somebody_who_left_the_company_is_not_invited(cast: Cast) -> None:
    review = scheduled(cast)
    cast.rob.is_active = False
    cast.rob.save()
    with refused(match="not active"):
        actions.add_participant(by=cast.theo, review=review, person=cast.rob, role=ParticipantRole.MEMBER, now=NOW)


def test_inviting_takes_the_right_to_schedule(cast: Cast) -> None:
    review = scheduled(cast)
    for person, kind in ((cast.sam, NotVisible), (cast.vera, NotAllowed), (cast.pia, NotAllowed)):
        with refused(kind):
            actions.add_participant(by=person, review=review, person=cast.rob, role=ParticipantRole.MEMBER, now=NOW)


def test_who_is_uninvited_loses_the_grant_and_the_entry(cast: Cast) -> None:
    review = scheduled(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    row = review.participants.get(person=cast.sam)
    actions.remove_participant(by=cast.theo, review=review, participant=row, now=NOW)
    assert not Grant.objects.filter(review_id=review.pk).exists()
    assert "METHOD:CANCEL" in Mail.objects.get(kind="review-cancelled", recipient=cast.sam).attachments[0]["content"]
    assert [entry.verb for entry in entries("grant.withdrawn")] == ["grant.withdrawn"]


def test_the_lead_stays_and_so_does_who_was_there_when_it_began(cast: Cast) -> None:
    review = scheduled(cast)
    lead, on_call = review.participants.get(role="lead"), review.participants.get(role="on_call")
    with refused(rule="led-by-owner"):
        actions.remove_participant(by=cast.theo, review=review, participant=lead, now=NOW)
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
    with refused(rule="lifecycle"):
        actions.remove_participant(by=cast.theo, review=again(review), participant=on_call, now=NOW)


# Who sees it


def test_who_sees_the_service_sees_its_reviews_and_nobody_else(cast: Cast) -> None:
    review = scheduled(cast)
    for person in (cast.ada, cast.mia, cast.theo, cast.olga, cast.pia, cast.rob, cast.vera, cast.eve):
        assert Review.objects.visible_to(person).get() == review
    assert not Review.objects.visible_to(cast.sam).exists()


def test_a_guest_sees_the_review_they_were_invited_to_and_no_other_one(cast: Cast) -> None:
    first = decided(cast).review
    second = scheduled(cast, starts_at=STARTS + timedelta(hours=4), participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    Grant.objects.filter(review_id=second.pk).update(expires_at=None)
    cast.sam.__dict__.pop("_live_grants", None)
    assert list(Review.objects.visible_to(cast.sam)) == [second]
    assert set(Review.objects.visible_to(cast.theo)) == {first, second}
    give(cast.sam, Role.VIEWER, team=cast.payments)
    assert set(Review.objects.visible_to(cast.sam)) == {first, second}
