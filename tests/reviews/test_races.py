"""Two at once, each with a connection of its own: exactly one winner, every loser told, nothing lost and nothing twice."""

import json
from datetime import timedelta

import pytest

from readiness.accounts.models import User
from readiness.assessments.rules import Decision
from reviews import actions
from reviews.meeting import Meeting
from reviews.models import AgendaItem, Ballot, Packet, Review, SignOff, TalkRequest, Vote
from reviews.rules import ParticipantRole, VoteChoice, Word
from reviews.signing import Sheet
from tests.accounts.test_races import at_once
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day
from tests.reviews.meetings import LATER, STARTS, again, begun, entries, gap_of, point, say, say_all, scheduled

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


@pytest.fixture
def cast(transactional_db: None, cast: Cast) -> Cast:
    return cast


def test_of_two_verdicts_at_once_one_is_written(cast: Cast) -> None:
    review = begun(cast)
    for version in range(1, ROUNDS + 1):
        answers = at_once(
            lambda v=version: say(review, "probed", cast.olga, version=v, note=f"Olga {v}"),  # type: ignore[misc]
            lambda v=version: say(review, "probed", cast.pia, version=v, note=f"Pia {v}"),  # type: ignore[misc]
        )
        assert answers == ["done", "two-at-once"]
        said = point(review, "probed")
        assert said.version == version + 1
        assert said.said_by is not None
        assert said.note == f"{said.said_by.get_short_name()} {version}"
        assert gap_of(cast, "probed").owner == said.said_by


def test_verdicts_on_different_items_do_not_stand_in_each_others_way(cast: Cast) -> None:
    review = begun(cast)
    keys = ("probed", "drilled", "mixed", "either")
    works = [lambda key=key: say(review, key, cast.olga) for key in keys]
    assert at_once(*works) == ["done"] * 4
    assert AgendaItem.objects.filter(review=review, word=Word.GAP).count() == 4
    assert again(review).pulse == review.pulse + 4


def test_a_review_is_decided_once_and_what_was_said_too_late_is_not_said(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    version = again(review).version

    def decide() -> Packet:
        return actions.decide(
            by=cast.theo, review=again(review), version=version, decision=Decision.NO_GO, stricter_reason="", now=LATER
        )

    answers = at_once(
        decide, decide, lambda: say(review, "probed", cast.pia, version=2, due_on=day(3), note="Too late?")
    )
    assert answers.count("done") in {1, 2}
    packet = Packet.objects.get()
    frozen = {row["item"]: row for row in json.loads(packet.body)["agenda"]}
    for agenda_item in AgendaItem.objects.filter(review=review).select_related("item"):
        assert frozen[agenda_item.item.key]["note"] == agenda_item.note
    assert again(review).is_decided


def test_proof_that_arrives_while_the_room_decides_is_before_or_after_and_never_between(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    assessment = review.assessment

    def decide() -> Packet:
        fresh = again(review)
        return actions.decide(
            by=cast.theo, review=fresh, version=fresh.version, decision=Decision.NO_GO, stricter_reason="", now=LATER
        )

    assert at_once(decide, lambda: see(assessment, now=LATER)) == ["done", "done"]
    content = json.loads(Packet.objects.get().body)
    probed = next(item for item in content["items"] if item["key"] == "probed")
    blocked = "probed" in {blocker["item"] for blocker in content["decision"]["blockers"]}
    assert blocked == (probed["status"] != "met")
    assert bool(probed["evidence"]) == (probed["status"] == "met")


def test_one_review_is_scheduled_and_begun_once(cast: Cast) -> None:
    first = scheduled(cast)
    actions.cancel(by=cast.theo, review=first, version=first.version, reason="Moved.", now=NOW)
    later = STARTS + timedelta(minutes=1)
    assert at_once(lambda: scheduled(cast), lambda: scheduled(cast, starts_at=later)) == ["done", "lifecycle"]
    review = Review.objects.live().get()
    version = again(review).version

    def begin() -> Review:
        return actions.begin(by=cast.theo, review=again(review), version=version, now=STARTS)

    answers = at_once(begin, begin)
    assert "done" in answers
    assert answers.count("done") == 1
    assert review.agenda.count() == 6


def test_of_two_who_take_over_at_once_one_leads_and_the_other_is_told(cast: Cast) -> None:
    review = begun(cast)
    for _ in range(ROUNDS):
        Review.objects.filter(pk=review.pk).update(facilitator=cast.theo)
        version = again(review).version
        answers = at_once(
            lambda v=version: actions.take_over(by=cast.olga, review=again(review), version=v, now=LATER),  # type: ignore[misc]
            lambda v=version: actions.take_over(by=cast.pia, review=again(review), version=v, now=LATER),  # type: ignore[misc]
        )
        assert answers == ["done", "two-at-once"]
        assert again(review).facilitator in {cast.olga, cast.pia}


def test_whoever_is_ready_while_the_room_moves_is_ready_for_nothing_they_have_not_seen(cast: Cast) -> None:
    review = begun(cast)
    points = list(review.agenda.all())
    for number in range(ROUNDS):
        seen, to = again(review), points[(number + 1) % len(points)]
        at, version = seen.current_id, seen.version
        signs = {review.pk: {cast.theo.pk, cast.olga.pk, cast.pia.pk}}
        at_once(
            lambda v=version, t=to: actions.move(by=cast.theo, review=again(review), version=v, to=t, now=LATER),  # type: ignore[misc]
            lambda a=at: actions.mark_ready(by=cast.olga, review=again(review), at=a, now=LATER),  # type: ignore[misc]
            lambda a=at: actions.mark_ready(by=cast.pia, review=again(review), at=a, now=LATER),  # type: ignore[misc]
            lambda s=signs: actions.heard_from_screens(s, since=LATER, now=LATER),  # type: ignore[misc]
        )
        assert again(review).current == to
        assert not review.participants.filter(ready_at__isnull=False).exists()


def test_a_meeting_that_pauses_itself_and_is_paused_by_a_person_is_paused_once(cast: Cast) -> None:
    review = begun(cast)
    late = STARTS + timedelta(hours=1)

    def pause() -> Review:
        fresh = again(review)
        return actions.pause(by=cast.theo, review=fresh, version=fresh.version, now=late)

    answers = at_once(pause, lambda: actions.pause_abandoned(now=late), lambda: actions.pause_abandoned(now=late))
    assert set(answers) <= {"done", "lifecycle", "two-at-once"}
    assert again(review).is_paused
    assert len(entries("review.paused")) + len(entries("review.paused_itself")) == 1


def the_draft(review: Review) -> str:
    return Sheet.of_draft(Meeting.of(again(review), LATER)).digest


def sign(review: Review, digest: str, by: User, role: ParticipantRole) -> SignOff:
    return actions.sign_off(by=by, review=again(review), role=role, digest=digest, comment="", now=LATER)


def test_who_signs_while_the_draft_changes_signed_what_they_read_and_not_what_became_of_it(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    for turn in range(1, ROUNDS + 1):
        digest = the_draft(review)
        answers = at_once(
            lambda digest=digest: sign(review, digest, cast.olga, ParticipantRole.ON_CALL),  # type: ignore[misc]
            lambda turn=turn: say(review, "probed", cast.pia, note=f"Turn {turn}"),  # type: ignore[misc]
        )
        assert "done" in answers
        assert set(answers) <= {"done", "frozen"}
        assert the_draft(review) != digest
        assert not any(one.is_binding for one in Sheet.of_draft(Meeting.of(again(review), LATER)).signatures)


def test_of_the_same_signature_twice_at_once_one_is_written(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    digest = the_draft(review)

    def olga() -> SignOff:
        return sign(review, digest, cast.olga, ParticipantRole.ON_CALL)

    assert at_once(olga, olga) == ["done", "frozen"]
    assert SignOff.objects.count() == 1


def test_who_signs_while_it_is_decided_has_signed_the_packet_or_is_told(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    digest, version = the_draft(review), again(review).version

    def decide() -> Packet:
        return actions.decide(
            by=cast.theo, review=again(review), version=version, decision=Decision.NO_GO, stricter_reason="", now=LATER
        )

    answers = at_once(decide, lambda: sign(review, digest, cast.olga, ParticipantRole.ON_CALL))
    assert "done" in answers
    assert again(review).is_decided
    packet = Packet.objects.get()
    assert packet.content_digest == digest
    assert SignOff.objects.binding().count() == answers.count("done") - 1
    carried = json.loads(packet.body)["frozen"]["sign_offs"]
    assert len(carried) <= SignOff.objects.count()


def test_of_two_who_ask_for_a_vote_at_once_one_does_and_every_vote_is_before_or_after_the_reveal(cast: Cast) -> None:
    review = begun(cast)
    for _ in range(3):
        item = point(review, "drilled")

        def ask(by: User, item: AgendaItem = item) -> Ballot:
            return actions.open_ballot(by=by, agenda_item=item, question="Good enough?", now=LATER)

        assert at_once(lambda: ask(cast.olga), lambda: ask(cast.pia)) == ["done", "lifecycle"]
        found = Ballot.objects.select_related("agenda_item__review__service", "agenda_item__item").get(revealed_at=None)

        def vote(by: User, ballot: Ballot = found) -> Vote:
            return actions.cast_vote(by=by, ballot=ballot, choice=VoteChoice.NO, why="", now=LATER)

        answers = at_once(
            lambda: vote(cast.olga),
            lambda: vote(cast.pia),
            lambda: vote(cast.theo),
            lambda: actions.reveal_ballot(by=cast.theo, ballot=found, now=LATER),  # noqa: B023
        )
        told = entries("review.ballot_revealed")[-1].after["votes"]
        assert len(told) == Vote.objects.filter(ballot=found).count() == answers.count("done") - 1


def test_a_wish_is_on_the_agenda_or_told_that_the_meeting_began(cast: Cast) -> None:
    see(small(cast))
    review = scheduled(cast)

    def ask() -> TalkRequest:
        return actions.ask_to_talk(by=cast.olga, review=again(review), item=cast.item("probed"), why="Odd.", now=NOW)

    def begin() -> Review:
        fresh = again(review)
        return actions.begin(by=cast.theo, review=fresh, version=fresh.version, now=STARTS)

    answers = at_once(ask, begin)
    is_asked = TalkRequest.objects.filter(review=review).exists()
    assert answers.count("done") == 1 + is_asked
    assert AgendaItem.objects.filter(review=review, item__key="probed").exists() == is_asked
