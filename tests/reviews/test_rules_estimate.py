import pytest

from readiness.checklists.rules import Gate
from reviews.rules import DEFAULT_SECONDS, AgendaReason, Talk, Talked, estimate, length_for, share

ALERTING = Talk("obs-alerting", Gate.HARD, AgendaReason.UNMET)
ROLLBACK = Talk("ops-rollback", Gate.HARD, AgendaReason.UNMET)
STALE_GATE = Talk("sec-secrets", Gate.HARD, AgendaReason.STALE)
WISH = Talk("ops-game-days", Gate.TRACKED, AgendaReason.UNKNOWN)


def talked(about: Talk, *seconds: int) -> list[Talked]:
    """In as many reviews as there are figures."""
    return [Talked(about, each, number) for number, each in enumerate(seconds)]


def test_without_a_past_an_item_takes_the_stated_default() -> None:
    found = estimate([ALERTING, WISH], [])
    assert found.each == (DEFAULT_SECONDS, DEFAULT_SECONDS)
    assert found.seconds == 2 * DEFAULT_SECONDS + 300
    assert found.minutes == 9
    assert found.source == "at 2 minutes an item, as there is no past review to go by"


@pytest.mark.parametrize(
    ("wanted", "seconds"),
    [
        (ALERTING, 90),  # by the item itself: the median, and not the mean that one lost hour would make
        (ROLLBACK, 110),  # by gate and reason
        (STALE_GATE, 120),  # by the gate
        (WISH, DEFAULT_SECONDS),  # by nothing
    ],
)
def test_the_closest_past_speaks(wanted: Talk, seconds: int) -> None:
    past = [
        *talked(ALERTING, 60, 90, 3600),
        *talked(Talk("rel-retries", Gate.HARD, AgendaReason.UNMET), 110, 115),
        *talked(Talk("rel-timeouts", Gate.HARD, AgendaReason.CHANGED), 120, 125, 400, 500),
    ]
    assert estimate([wanted], past).each == (seconds,)


def test_an_item_that_was_passed_by_says_nothing() -> None:
    found = estimate([ALERTING], talked(ALERTING, 0, 3, 19))
    assert (found.each, found.reviews) == ((DEFAULT_SECONDS,), 0)


def test_it_says_how_many_reviews_it_rests_on() -> None:
    assert estimate([ALERTING], talked(ALERTING, 60)).source == "from the last review"
    assert estimate([ALERTING], talked(ALERTING, 60, 70, 80)).source == "from the last 3 reviews"


@pytest.mark.parametrize(("minutes", "length"), [(1, 20), (20, 20), (21, 30), (31, 45), (200, 90)])
def test_the_shortest_length_that_will_do(minutes: int, length: int) -> None:
    assert length_for(minutes, [90, 45, 20, 30]) == length


def test_the_meetings_time_is_shared_by_what_the_items_take() -> None:
    each = [60, 120, 180]
    assert [share(seconds, each, 1800) for seconds in each] == [300, 600, 900]
    assert share(1, [1, 1000], 600) == 30
    assert share(120, [], 600) == 600
