"""The last five verdicts are taken back while the meeting runs: what was there before is there again, and never a status."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible
from readiness.assessments import actions as assessments
from readiness.assessments.models import Gap, Item
from reviews import actions
from reviews.live.news import last_news
from reviews.live.picture import meeting_of
from reviews.models import AgendaItem, Review, SpokenWord
from reviews.rules import Word
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day, login
from tests.reviews.meetings import (
    LATER,
    again,
    begun,
    confirm,
    decided,
    entries,
    gap_of,
    last_word,
    point,
    refused,
    say,
    take_back,
)

NEVER_THE_SAME = {"version"}


def standing(review: Review, key: str) -> list[dict[str, Any]]:
    """Everything that a word on this item may change."""
    rows = [
        *AgendaItem.objects.filter(review=review, item__key=key).values(),
        *Item.objects.filter(assessment=review.assessment_id, key=key).values(),
        *Gap.objects.filter(item__assessment=review.assessment_id, item__key=key).values(),
    ]
    return [{name: value for name, value in row.items() if name not in NEVER_THE_SAME} for row in rows]


# Each word


@pytest.mark.parametrize("word", [Word.GAP, Word.NOT_APPLICABLE, Word.PARKED])
@pytest.mark.parametrize("key", ["drilled", "written", "probed"])
@pytest.mark.parametrize("result", ["fail", "unknown"])
def test_what_a_word_changed_is_as_it_was(cast: Cast, word: Word, key: str, result: str) -> None:
    see(small(cast), result=result)
    review = begun(cast)
    before = standing(review, key)
    say(review, key, cast.olga, word)
    assert standing(review, key) != before
    take_back(review, cast.pia)
    after = standing(review, key)
    assert [without_since(row) for row in after] == [without_since(row) for row in before]


def without_since(row: dict[str, Any]) -> dict[str, Any]:
    """A status that was left and came back is that old only since it came back."""
    return {name: value for name, value in row.items() if name != "status_since"}


def test_met_is_taken_back_and_the_proof_still_says_so(cast: Cast) -> None:
    assessment = small(cast)
    review = begun(cast)
    see(assessment, now=LATER)
    say(review, "probed", cast.theo, Word.MET)
    assert take_back(review, cast.olga).word == ""
    assert cast.item("probed").status == "met"


def test_a_word_comes_back_with_who_said_it_and_when(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga, owner=cast.pia, due_on=day(9), plan="Drill on Thursday.", note="Never done.")
    before = standing(review, "drilled")
    later = LATER + timedelta(minutes=2)
    say(review, "drilled", cast.theo, due_on=day(4), plan="Another.", note="Sooner.", now=later)
    take_back(review, cast.pia)
    assert standing(review, "drilled") == before
    said = point(review, "drilled")
    assert (said.said_by, said.said_at, said.owner, said.due_on, said.version) == (
        cast.olga, LATER, cast.pia, day(9), 4,
    )  # fmt: skip


def test_one_after_the_other_is_taken_back_to_the_beginning(cast: Cast) -> None:
    review = begun(cast)
    before = standing(review, "drilled")
    say(review, "drilled", cast.olga)
    say(review, "drilled", cast.pia, plan="Another.")
    say(review, "drilled", cast.theo, Word.NOT_APPLICABLE)
    say(review, "drilled", cast.theo, plan="And another.")
    for number in SpokenWord.objects.order_by("-id").values_list("pk", flat=True):
        take_back(review, cast.olga, SpokenWord.objects.for_page().get(pk=number))
    assert standing(review, "drilled") == before
    assert not Gap.objects.filter(item__key="drilled").exists()


def test_the_history_keeps_the_word_and_that_it_was_taken_back(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga)
    gap = gap_of(cast, "drilled")
    take_back(review, cast.pia)
    assert len(entries("review.verdict")) == 1
    (entry,) = entries("review.taken_back")
    assert (entry.actor_id, entry.before["word"], entry.after) == (cast.pia.pk, "gap", {"item": "drilled", "word": ""})
    assert entry.before["said_by"] == "Olga Example"
    assert [entry.verb for entry in entries_of_gap(gap.pk)] == ["gap.opened", "gap.planned", "gap.taken_back"]


def test_the_room_hears_whose_word_was_taken_back_and_which(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga, owner=cast.pia, due_on=day(5))
    take_back(review, cast.theo)
    news = last_news(meeting_of(review.pk, LATER))
    assert news
    assert news.sentence == "Theo took back Olga’s word on “Drilled”: gap, owner Pia, due 7 March."
    say(review, "drilled", cast.theo, Word.PARKED)
    take_back(review, cast.theo)
    news = last_news(meeting_of(review.pk, LATER))
    assert news
    assert news.sentence == "Theo took back their own word on “Drilled”: parked."


@pytest.mark.usefixtures("at_the_meeting")
def test_undo_says_whose_word_it_takes_back_before_and_after(cast: Cast, client: Client) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga)
    page = login(client, cast.theo).get(f"/reviews/{review.pk}/room/").text
    assert f'data-not-for="{cast.olga.pk}" hx-confirm="Take back what Olga Example said of “Drilled”: gap?"' in page
    assert f'data-for="{cast.olga.pk}">' in page  # her own is taken back at once
    spoken = last_word(review)
    address = f"/reviews/{review.pk}/take-back/{spoken.pk}/"
    page = client.post(address, {"version": point(review, "drilled").version}, follow=True).text
    assert "What Olga Example said on “Drilled” is taken back: gap." in page


def entries_of_gap(gap_id: int) -> list[Any]:
    found = [entry for verb in ("gap.opened", "gap.planned", "gap.taken_back") for entry in entries(verb)]
    return [entry for entry in sorted(found, key=lambda entry: entry.pk) if entry.object_id == str(gap_id)]


def test_every_screen_hears_of_it_and_the_counters_follow(cast: Cast) -> None:
    review = begun(cast)
    counts = again(review).assessment.computed_decision
    say(review, "drilled", cast.olga)
    pulse = again(review).pulse
    take_back(review, cast.pia)
    assert again(review).pulse == pulse + 1
    assert again(review).assessment.computed_decision == counts


# Gaps that lived on meanwhile


def test_a_gap_planned_before_the_meeting_has_its_old_plan_again(cast: Cast) -> None:
    small(cast)
    gap = assessments.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=NOW)
    plan: dict[str, Any] = {"owner": cast.theo, "due_on": day(12), "plan": "In spring."}
    assessments.plan_gap(by=cast.theo, gap=gap, version=gap.version, now=NOW, **plan)
    review = begun(cast)
    say(review, "drilled", cast.olga)
    take_back(review, cast.olga)
    gap = gap_of(cast, "drilled")
    assert (gap.owner, gap.due_on, gap.plan, gap.opened_because) == (cast.theo, day(12), "In spring.", "Never done.")


def test_a_plan_that_somebody_changed_since_is_not_overwritten(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga)
    gap = gap_of(cast, "drilled")
    assessments.plan_gap(
        by=cast.theo, gap=gap, version=gap.version, owner=cast.theo, due_on=day(3), plan="By hand.", now=LATER
    )
    with refused(match="changed the plan of the gap"):
        take_back(review, cast.olga)


def test_work_that_was_begun_meanwhile_goes_on_without_the_plan(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga)
    gap = gap_of(cast, "drilled")
    assessments.start_work(by=cast.olga, gap=gap, version=gap.version, now=LATER)
    take_back(review, cast.olga)
    gap = gap_of(cast, "drilled")
    assert (gap.status, gap.owner, gap.due_on, gap.plan) == ("in_progress", None, None, "")


def test_what_proof_closed_meanwhile_stays_closed(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, result="fail")
    review = begun(cast)
    say(review, "probed", cast.olga)
    see(assessment, now=LATER)
    assert gap_of(cast, "probed").is_closed
    take_back(review, cast.olga)
    assert gap_of(cast, "probed").is_closed
    assert point(review, "probed").word == ""


def test_an_item_that_failed_meanwhile_keeps_its_gap_without_the_plan(cast: Cast) -> None:
    assessment = small(cast)
    review = begun(cast)
    say(review, "probed", cast.olga)
    see(assessment, result="fail", now=LATER)
    take_back(review, cast.olga)
    gap = gap_of(cast, "probed")
    assert (gap.is_closed, gap.owner, gap.plan) == (False, None, "")


# Claims that an item does not apply


def test_a_confirmed_claim_that_the_room_called_a_gap_is_confirmed_again(cast: Cast) -> None:
    review = begun(cast)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    confirm(review, "queued", cast.olga)
    before = standing(review, "queued")
    say(review, "queued", cast.pia)
    assert cast.item("queued").status == "unknown"
    take_back(review, cast.pia)
    assert [without_since(row) for row in standing(review, "queued")] == [without_since(row) for row in before]
    item = cast.item("queued")
    assert (item.status, item.excused_by, item.excuse_confirmed_by) == ("not_applicable", cast.theo, cast.olga)


def test_a_claim_that_was_confirmed_meanwhile_goes_with_its_word(cast: Cast) -> None:
    small(cast)
    assessments.open_gap(by=cast.theo, item=cast.item("queued"), because="Never shown.", now=NOW)
    review = begun(cast)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    confirm(review, "queued", cast.olga)
    assert gap_of(cast, "queued").is_closed
    take_back(review, cast.theo)
    assert (cast.item("queued").status, cast.item("queued").excused_by) == ("unknown", None)
    assert not gap_of(cast, "queued").is_closed


def test_a_claim_that_somebody_made_anew_stays_theirs(cast: Cast) -> None:
    review = begun(cast)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    item = cast.item("queued")
    item = assessments.withdraw_excuse(by=cast.olga, item=item, version=item.version, now=LATER)
    assessments.excuse(by=cast.olga, item=item, version=item.version, reason="It has no queue at all.", now=LATER)
    with refused(match="Somebody has said since then"):
        take_back(review, cast.theo)


# Which, who, when


def test_only_the_last_five_are_taken_back(cast: Cast) -> None:
    review = begun(cast)
    keys = ["probed", "drilled", "mixed", "either", "queued", "written"]
    for key in keys:
        say(review, key, cast.olga, Word.PARKED)
    first, second = SpokenWord.objects.for_page().order_by("id")[:2]
    with refused(match="last five"):
        take_back(review, cast.olga, first)
    assert take_back(review, cast.olga, second).word == ""


def test_under_a_later_word_nothing_is_taken_back(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga, Word.PARKED)
    first = last_word(review)
    say(review, "drilled", cast.pia)
    with refused(rule="lifecycle", match="take that back first"):
        take_back(review, cast.olga, first, version=3)


def test_only_people_present_who_may_speak_take_anything_back(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.vera, review=review, now=LATER)
    say(review, "drilled", cast.olga)
    with refused(NotVisible):
        take_back(review, cast.sam)
    with refused(NotAllowed):
        take_back(review, cast.vera)
    with refused(rule="in-the-room"):
        take_back(review, cast.mia)


def test_nothing_is_taken_back_in_a_pause_and_after_the_decision(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga)
    now = again(review)
    actions.pause(by=cast.theo, review=now, version=now.version, now=LATER)
    with refused(rule="lifecycle", match="paused"):
        take_back(review, cast.olga)
    now = again(review)
    actions.resume(by=cast.theo, review=now, version=now.version, now=LATER)
    decided(cast, again(review))
    with refused(rule="frozen"):
        take_back(review, cast.olga)


def test_of_two_who_take_back_the_same_word_the_second_is_told(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga)
    page = last_word(review)
    take_back(review, cast.olga)
    with refused(Conflict, match="Olga Example took it back a moment ago"):
        take_back(review, cast.pia, page, version=2)


def test_a_word_said_meanwhile_is_not_taken_back_by_an_old_page(cast: Cast) -> None:
    review = begun(cast)
    say(review, "drilled", cast.olga)
    page = last_word(review)
    say(review, "drilled", cast.pia)
    with refused(match="take that back first"):
        take_back(review, cast.olga, page)
