"""What is painted in a hurry is what would have been painted: a part of the room over the room before is the room after."""

import pytest

from readiness.assessments.rules import ItemStatus
from reviews.live.changes import by_a_word
from reviews.live.picture import END, Looked, Shown, Stance, glimpse_of, meeting_of, picture_of
from reviews.models import Review
from reviews.rules import Word
from tests.assessments.small import attested, see
from tests.cast import Cast
from tests.reviews.meetings import LATER, again, begun, point, say

pytestmark = pytest.mark.django_db


def rooms(review: Review, *looks: Looked) -> dict[tuple[Stance, Looked], dict[str, str]]:
    meeting = meeting_of(review.pk, LATER)
    return {
        (stance, looked): picture_of(Shown(meeting, stance, looked)).regions for stance in Stance for looked in looks
    }


def _meet(cast: Cast, review: Review, key: str) -> None:
    """It was open when the meeting began; the proof came since."""
    if key == "probed":
        see(review.assessment, now=LATER)
    else:
        attested(cast, key, now=LATER)
    assert point(review, key).item.status == ItemStatus.MET


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("drilled", Word.GAP),  # where the room is
        ("drilled", Word.PARKED),
        ("drilled", Word.MET),
        ("written", Word.GAP),  # elsewhere
        ("written", Word.PARKED),
        ("probed", Word.MET),
    ],
)
def test_a_part_over_the_room_before_is_the_room_after(cast: Cast, key: str, word: Word) -> None:
    review = begun(cast)
    if word is Word.MET:
        _meet(cast, review, key)
    here, there = point(review, key), review.agenda.exclude(item__key__in=["drilled", "written", "probed"]).first()
    assert there
    looks: tuple[Looked, ...] = (None, here.pk, there.pk, END)
    before = rooms(review, *looks)
    say(again(review), key, cast.theo, word, note="Later.")
    after = rooms(review, *looks)
    meeting = glimpse_of(review.pk, LATER)
    assert meeting
    for (stance, looked), regions in before.items():
        part = picture_of(Shown(meeting, stance, looked), only=by_a_word(here.pk)).regions
        hurried = regions | part
        assert {name for name, html in after[stance, looked].items() if hurried.get(name) != html} == set(), (
            stance,
            looked,
        )
