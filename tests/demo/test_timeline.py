from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from readiness.demo.stage import zone_of
from readiness.demo.steps import Launched, Story
from readiness.demo.story import STORIES
from readiness.demo.timeline import Timeline
from tests.cast import NOW

MIDNIGHT = NOW.replace(hour=0, minute=10)
A_WEEK = [NOW + timedelta(days=day) for day in range(7)] + [MIDNIGHT + timedelta(days=day) for day in range(7)]


def timeline(now: datetime = NOW) -> Timeline:
    return Timeline(now, zone_of)


@pytest.mark.parametrize("now", A_WEEK)
def test_every_story_happens_in_order_and_before_now(now: datetime) -> None:
    told = timeline(now).in_order(STORIES)
    moments = [moment for moment, _, _ in told]
    assert moments == sorted(moments)
    assert moments[-1] <= now
    assert len(told) == sum(len(story.steps) for story in STORIES)


@pytest.mark.parametrize("now", A_WEEK)
def test_the_order_within_a_story_does_not_depend_on_the_weekday(now: datetime) -> None:
    def order(of: datetime) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for _, story, step in timeline(of).in_order(STORIES):
            found.setdefault(story.slug, []).append(id(step))
        return found

    assert order(now) == order(NOW)


def test_people_do_not_work_on_weekends_and_machines_do() -> None:
    saturday = (date(2026, 2, 14) - NOW.date()).days
    assert timeline().moment(saturday, "09:40", "theo") == datetime(2026, 2, 16, 9, 40, tzinfo=ZoneInfo("Europe/Rome"))
    assert timeline().moment(saturday, "09:40", "") == datetime(2026, 2, 14, 9, 40, tzinfo=UTC)


def test_a_time_of_day_is_told_where_somebody_lives() -> None:
    assert timeline().moment(-7, "09:40", "yuki").hour == 0
    assert timeline().moment(-7, "09:40 theo", "yuki") == timeline().moment(-7, "09:40", "theo")


def test_a_planned_day_is_a_working_day() -> None:
    days = {timeline().planned_on(day).weekday() for day in [*range(-60, -5), *range(1, 60)]}
    assert days == {0, 1, 2, 3, 4}


def test_followers_stay_with_what_they_follow() -> None:
    story = Story(
        "x", {}, (Launched(-30, "10:00", "theo"), Launched(-30, "+5", "theo"), Launched(-30, "10:02", "olga"))
    )
    moments = [moment for moment, _ in timeline()._of_one(story)]
    assert [later - earlier for earlier, later in pairwise(moments)] == [
        timedelta(minutes=5),
        timedelta(minutes=1),
    ]
