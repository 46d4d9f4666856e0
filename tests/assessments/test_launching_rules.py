"""How figures stand to their limits, and what speaks against going on."""

from datetime import date, timedelta

import pytest

from readiness.assessments.rules import launching
from readiness.assessments.rules.launching import Reading, Verdict, Watched, judge
from readiness.assessments.rules.limits import parse_limit
from tests.cast import NOW

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def course(*values: float | None, every: timedelta = MINUTE) -> list[Reading]:
    """The last one is of now."""
    count = len(values)
    return [
        Reading(NOW - (count - 1 - place) * every, value, "" if value is not None else "No answer.")
        for place, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("limit", "action", "values", "verdict", "reason"),
    [
        ("> 1 %", "roll back", (0.2,), Verdict.INSIDE, ""),
        ("> 1 %", "roll back", (1.4,), Verdict.BEYOND, ""),
        ("> 1 %", "roll back", (1.4, None), Verdict.UNKNOWN, "No answer."),
        ("> 1 % for 5 minutes", "roll back", (1.4, 1.5, 1.4), Verdict.GROWING, "for 2 min of 5 min"),
        ("> 1 % for 5 minutes", "roll back", (2, 2, 2, 2, 2, 2), Verdict.BEYOND, ""),
        ("> 1 % for 5 minutes", "roll back", (2, 2, 2, 0.5, 2, 2), Verdict.GROWING, "for 1 min of 5 min"),
        ("> 1 % for 5 minutes", "roll back", (2, 2, None, 2, 2, 2), Verdict.BEYOND, ""),
        ("> 1 % for 5 minutes", "roll back", (2, 2, 2, 2, 2, 0.5), Verdict.INSIDE, ""),
        ("< 0.5 %", "go on", (0.2,), Verdict.INSIDE, ""),
        ("< 0.5 %", "go on", (0.7,), Verdict.NOT_YET, ""),
        ("< 0.5 % for 5 minutes", "go on", (0.2, 0.2), Verdict.NOT_YET, "for 1 min of 5 min"),
        ("three", "roll back", (3,), Verdict.BY_EYE, ""),
        ("> 1 %", "roll back", (), Verdict.UNKNOWN, "It was not read yet."),
    ],
)
def test_a_figure_stands_to_its_limit(
    limit: str, action: str, values: tuple[float | None, ...], verdict: Verdict, reason: str
) -> None:
    judged = judge(parse_limit(limit), action, course(*values), NOW)
    assert (judged.verdict, judged.reason) == (verdict, reason)


def test_an_old_value_says_nothing_of_now() -> None:
    judged = judge(parse_limit("> 1 %"), "roll back", [Reading(NOW - 121 * SECOND, 5.0)], NOW)
    assert (judged.verdict, judged.value) == (Verdict.UNKNOWN, 5.0)
    assert "too old" in judged.reason


def test_a_hole_of_minutes_ends_what_has_held() -> None:
    readings = [Reading(NOW - 9 * MINUTE, 2.0), Reading(NOW, 2.0)]
    assert judge(parse_limit("> 1 for 5 minutes"), "roll back", readings, NOW).verdict is Verdict.GROWING


def test_every_verdict_has_a_word_a_tone_and_an_icon() -> None:
    for verdict in Verdict:
        assert all((verdict.label, verdict.tone, verdict.icon))


@pytest.mark.parametrize(
    ("minutes", "watched", "words"),
    [
        (31, (), []),
        (12, (), ["5 % is to be held for 18 min more."]),
        (31, (Watched("p99", "roll back", Verdict.INSIDE), Watched("Sold", "go on", Verdict.INSIDE)), []),
        (31, (Watched("p99", "roll back", Verdict.GROWING),), []),
        (31, (Watched("p99", "roll back", Verdict.BY_EYE), Watched("Sold", "go on", Verdict.BY_EYE)), []),
        (31, (Watched("p99", "roll back", Verdict.BEYOND),), ["p99 is beyond the limit at which the plan rolls back."]),
        (31, (Watched("p99", "roll back", Verdict.UNKNOWN),), ["Nobody knows whether p99 is inside its limit."]),
        (31, (Watched("Sold", "go on", Verdict.NOT_YET),), ["Sold is not where the plan wants it for going on."]),
        (31, (Watched("Sold", "go on", Verdict.UNKNOWN),), ["Sold is not where the plan wants it for going on."]),
    ],
)
def test_what_speaks_against_going_on(minutes: int, watched: tuple[Watched, ...], words: list[str]) -> None:
    now = NOW + minutes * MINUTE
    assert launching.going_on_problems(percent=5, held_until=NOW + 30 * MINUTE, now=now, watched=watched) == words


@pytest.mark.parametrize(
    ("planned", "is_asked"),
    [(None, False), (NOW.date(), False), (date(2026, 3, 4), True), (date(2026, 3, 1), True)],
)
def test_another_day_is_given_a_reason(planned: date | None, is_asked: bool) -> None:
    assert bool(launching.other_day_problem(NOW.date(), planned)) is is_asked
