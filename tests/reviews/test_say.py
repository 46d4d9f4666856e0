"""What the room says of an item: rules *proof-only*, *accountable-output*, *second-pair*; nothing lost when two write at once."""

from datetime import timedelta

import pytest
import time_machine

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible
from readiness.assessments import actions as assessments
from reviews import actions
from reviews.models import AgendaItem
from reviews.rules import ParticipantRole, Word
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day
from tests.reviews.meetings import (
    EXCUSE,
    LATER,
    STARTS,
    again,
    begun,
    confirm,
    decided,
    entries,
    gap_of,
    point,
    refused,
    say,
)

# A gap


def test_a_gap_has_its_owner_date_and_plan_written_on_it(cast: Cast) -> None:
    review = begun(cast)
    said = say(
        review, "drilled", cast.olga, owner=cast.pia, due_on=day(9), plan="Drill on Thursday.", note="Never done."
    )
    assert (said.word, said.said_by, said.said_at, said.version) == ("gap", cast.olga, LATER, 2)
    gap = gap_of(cast, "drilled")
    assert (gap.owner, gap.due_on, gap.plan, gap.opened_because) == (
        cast.pia,
        day(9),
        "Drill on Thursday.",
        "Never done.",
    )
    (entry,) = entries("review.verdict")
    assert entry.after == {"item": "drilled", "word": "gap", "owner": "Pia Example", "due_on": day(9).isoformat()}


def test_a_gap_that_was_planned_already_is_confirmed_and_not_written_again(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga)
    version = gap_of(cast, "drilled").version
    say(review, "drilled", cast.theo, owner=cast.olga, note="Still so.")
    assert gap_of(cast, "drilled").version == version


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"due_on": day(17)}, "due before go-live on 19 March 2026"),
        ({"due_on": day(-1)}, "in the past"),
    ],
)
def test_a_hard_gate_is_due_before_go_live(cast: Cast, fields: dict[str, object], sentence: str) -> None:
    review = begun(cast)
    with refused(rule="accountable-output", match=sentence):
        say(review, "drilled", cast.theo, **fields)  # type: ignore[arg-type]  # a day
    assert say(review, "drilled", cast.theo, due_on=day(16), plan="").word == "gap"


def test_a_tracked_gap_may_be_due_later_and_has_a_plan(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="accountable-output", match="only with a plan"):
        say(review, "written", cast.theo, due_on=day(90), plan=" ")
    assert say(review, "written", cast.theo, due_on=day(90)).word == "gap"


def test_a_gap_has_an_owner_and_a_date(cast: Cast) -> None:
    review = begun(cast)
    agenda_item = point(review, "drilled")
    with refused(rule="accountable-output", match="Name the person"):
        actions.say(by=cast.theo, agenda_item=agenda_item, version=1, word=Word.GAP, note="", now=LATER)
    with refused(rule="accountable-output", match="Give the day"):
        actions.say(
            by=cast.theo,
            agenda_item=point(review, "drilled"),
            version=1,
            word=Word.GAP,
            owner=cast.olga,
            note="",
            now=LATER,
        )


def test_who_cannot_see_the_service_owns_none_of_its_gaps(cast: Cast) -> None:
    review = begun(cast)
    with refused(match="can't see this service"):
        say(review, "drilled", cast.theo, owner=cast.sam)


def test_a_waived_gate_is_due_by_the_end_of_its_waiver(cast: Cast) -> None:
    small(cast)
    waiver = assessments.request_waiver(
        by=cast.theo, item=cast.item("drilled"), reason="The drill needs the new cluster.",
        mitigation="On-call watches the replica by hand.", ends_on=day(60), now=NOW,
    )  # fmt: skip
    assessments.decide_waiver(by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="", now=NOW)
    review = begun(cast)
    assert point(review, "drilled").reason == "waived"
    with refused(rule="accountable-output"):
        say(review, "drilled", cast.theo, due_on=day(61))
    assert say(review, "drilled", cast.theo, due_on=day(60)).due_on == day(60)


def test_there_is_no_gap_where_the_proof_says_met(cast: Cast) -> None:
    see(small(cast))
    review = begun(cast)
    actions.raise_item(by=cast.theo, review=review, item=cast.item("probed"), why="It lies.", now=LATER)
    with refused(rule="proof-only", match="Park it"):
        say(review, "probed", cast.theo)


# Met


def test_met_is_refused_while_the_proof_does_not_say_so(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="proof-only", match="Attach proof or run its check"):
        say(review, "probed", cast.theo, Word.MET)


def test_met_is_said_once_the_proof_is_there(cast: Cast) -> None:
    assessment = small(cast)
    review = begun(cast)
    see(assessment, now=LATER)
    assert say(review, "probed", cast.theo, Word.MET).word == "met"


def test_another_word_than_gap_keeps_no_owner_and_no_date(cast: Cast) -> None:
    review = begun(cast)
    said = actions.say(
        by=cast.theo, agenda_item=point(review, "probed"), version=1, word=Word.PARKED, owner=cast.olga, due_on=day(3),
        plan="x", note="After the break.", now=LATER,
    )  # fmt: skip
    assert (said.word, said.owner, said.due_on, said.plan, said.note) == ("parked", None, None, "", "After the break.")


# Not applicable


def test_not_applicable_on_a_hard_gate_is_proposed_by_one_and_confirmed_by_another(cast: Cast) -> None:
    review = begun(cast)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    assert cast.item("queued").status == "unknown"
    with refused(rule="second-pair", match="You said"):
        confirm(review, "queued", cast.theo)
    confirm(review, "queued", cast.olga)
    item = cast.item("queued")
    assert (item.status, item.excuse_confirmed_by, item.reason) == ("not_applicable", cast.olga, EXCUSE)
    with refused(rule="second-pair", match="confirmed already"):
        confirm(review, "queued", cast.pia)


def test_not_applicable_on_a_tracked_item_takes_a_reason_only(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="second-pair"):
        say(review, "written", cast.theo, Word.NOT_APPLICABLE, note="")
    say(review, "written", cast.theo, Word.NOT_APPLICABLE)
    assert cast.item("written").status == "not_applicable"


def test_confirming_is_for_people_in_the_room(cast: Cast) -> None:
    review = begun(cast)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    with refused(NotVisible):
        confirm(review, "queued", cast.sam)
    with refused(NotAllowed):
        confirm(review, "queued", cast.vera)
    with refused(rule="in-the-room"):
        confirm(review, "queued", cast.mia)
    with refused(rule="second-pair", match="Nobody said"):
        confirm(review, "probed", cast.olga)


@pytest.mark.parametrize("word", [Word.GAP, Word.PARKED])
def test_the_room_may_change_its_mind_about_what_does_not_apply(cast: Cast, word: Word) -> None:
    review = begun(cast)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    say(review, "queued", cast.olga, word)
    item = cast.item("queued")
    assert (item.excused_by, item.status) == (None, "unknown")


def test_what_was_confirmed_applies_again_when_the_room_calls_it_a_gap(cast: Cast) -> None:
    review = begun(cast)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    confirm(review, "queued", cast.olga)
    say(review, "queued", cast.pia, Word.PARKED)
    assert cast.item("queued").status == "not_applicable"
    say(review, "queued", cast.pia, Word.GAP)
    assert cast.item("queued").status == "unknown"
    assert gap_of(cast, "queued").owner == cast.pia


# Who, when, and two at once


def test_only_people_present_who_may_speak_say_anything(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.vera, review=review, now=LATER)
    with refused(NotVisible):
        say(review, "probed", cast.sam)
    with refused(NotAllowed):
        say(review, "probed", cast.vera)
    with refused(NotAllowed):
        say(review, "probed", cast.ada)
    with refused(rule="in-the-room", match="present"):
        say(review, "probed", cast.mia)


@time_machine.travel(NOW, tick=False)
def test_a_guest_says_gap_and_owns_it(cast: Cast) -> None:
    review = begun(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    actions.join(by=cast.sam, review=review, now=STARTS)
    say(review, "probed", cast.sam)
    assert gap_of(cast, "probed").owner == cast.sam


@time_machine.travel(NOW, tick=False)
def test_a_guest_of_an_earlier_review_says_nothing_in_this_one(cast: Cast) -> None:
    first = begun(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    decided(cast, first)
    review = begun(cast, starts_at=STARTS + timedelta(hours=2))
    cast.sam.__dict__.pop("_live_grants", None)
    with refused(NotVisible):
        say(review, "probed", cast.sam)
    with refused(NotVisible):
        actions.join(by=cast.sam, review=review, now=STARTS)


def test_nothing_is_said_in_a_pause_and_after_the_decision(cast: Cast) -> None:
    review = begun(cast)
    actions.pause(by=cast.theo, review=review, version=review.version, now=LATER)
    with refused(rule="lifecycle", match="paused"):
        say(review, "probed", cast.theo)
    paused = again(review)
    actions.resume(by=cast.theo, review=paused, version=paused.version, now=LATER)
    decided(cast, again(review))
    with refused(rule="frozen"):
        say(review, "probed", cast.theo)


def test_of_two_verdicts_at_once_one_wins_and_the_other_sees_it(cast: Cast) -> None:
    review = begun(cast)
    say(review, "probed", cast.olga, version=1)
    with refused(Conflict, match="Olga Example wrote here"):
        say(review, "probed", cast.pia, version=1)
    with pytest.raises(Conflict) as lost:
        say(review, "probed", cast.pia, version=1)
    theirs = lost.value.current
    assert isinstance(theirs, AgendaItem)
    assert (theirs.owner, theirs.version) == (cast.olga, 2)
    say(review, "probed", cast.pia, version=2)
    assert gap_of(cast, "probed").owner == cast.pia


def test_a_verdict_that_was_read_before_the_decision_is_too_late_after_it(cast: Cast) -> None:
    review = begun(cast)
    stale = point(review, "probed")
    decided(cast, review)
    with refused(rule="lifecycle", match="decided"):
        actions.say(by=cast.theo, agenda_item=stale, version=2, word=Word.PARKED, note="", now=LATER)
