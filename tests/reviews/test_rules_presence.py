from datetime import datetime, timedelta

import pytest

from reviews.rules import Presence, Traces, hand_over_problem, is_waited_for, mood, take_over_problem
from tests.cast import NOW


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("traces", "presence"),
    [
        (Traces(), Presence.AWAY),
        (Traces(seen_at=ago(1)), Presence.LOOKING),
        (Traces(seen_at=ago(9)), Presence.AWAY),
        (Traces(present_since=ago(1)), Presence.HERE),
        (Traces(present_since=ago(600), seen_at=ago(7.9)), Presence.HERE),
        (Traces(present_since=ago(600), seen_at=ago(8)), Presence.LOST),
        (Traces(present_since=ago(600)), Presence.LOST),
        (Traces(present_since=ago(1800), seen_at=ago(899)), Presence.LOST),
        (Traces(present_since=ago(1800), seen_at=ago(900)), Presence.LEFT),
        (Traces(present_since=ago(2), seen_at=ago(600)), Presence.HERE),
        (Traces(present_since=ago(600), seen_at=ago(-1)), Presence.HERE),
    ],
)
def test_who_is_here_is_told_by_the_last_sign_of_their_screens(traces: Traces, presence: Presence) -> None:
    assert traces.presence(NOW) is presence
    assert presence.label


@pytest.mark.parametrize(("seconds", "is_quiet"), [(0, False), (5.9, False), (6, True), (7.9, True), (8, False)])
def test_before_somebody_is_lost_they_are_quiet(seconds: float, is_quiet: bool) -> None:
    assert Traces(present_since=ago(600), seen_at=ago(seconds)).is_quiet(NOW) is is_quiet
    assert not Traces(seen_at=ago(seconds)).is_quiet(NOW)


def test_who_is_gone_is_neither_ready_nor_writing() -> None:
    here = Traces(present_since=ago(600), seen_at=ago(1), ready_at=ago(60), writing_in="notes", writing_at=ago(2))
    assert here.is_ready(NOW)
    assert here.writes_in(NOW) == "notes"
    later = NOW + timedelta(seconds=8)
    assert not here.is_ready(later)
    assert not here.writes_in(later)


@pytest.mark.parametrize(("seconds", "place"), [(0, "notes"), (5.9, "notes"), (6, "")])
def test_who_says_no_more_that_they_write_has_stopped(seconds: float, place: str) -> None:
    traces = Traces(present_since=ago(600), seen_at=NOW, writing_in="notes", writing_at=ago(seconds))
    assert traces.writes_in(NOW) == place


def test_the_room_waits_for_whoever_was_asked_to_speak() -> None:
    assert is_waited_for(["on_call"])
    assert is_waited_for(["member", "platform"])
    assert not is_waited_for(["member"])


def test_nobody_who_is_here_is_pushed_aside_but_by_the_tech_lead() -> None:
    sentence = take_over_problem("Theo", Presence.HERE, is_tech_lead=False)
    assert sentence == (
        "Theo leads through the agenda and is connected; ask them to hand over, or wait until their connection is lost."
    )
    assert take_over_problem("Theo", Presence.HERE, is_tech_lead=True) is None
    assert take_over_problem("", Presence.AWAY, is_tech_lead=False) is None
    for presence in (Presence.LOST, Presence.LEFT, Presence.AWAY, Presence.LOOKING):
        assert take_over_problem("Theo", presence, is_tech_lead=False) is None


@pytest.mark.parametrize(
    ("presence", "may_speak", "sentence"),
    [
        (Presence.HERE, True, None),
        (Presence.HERE, False, "Vera only looks on: hand over to somebody who may record verdicts."),
        (Presence.LOST, True, "The connection of Vera is lost; hand over to somebody who is here."),
        (Presence.LEFT, True, "The connection of Vera is lost; hand over to somebody who is here."),
        (Presence.AWAY, True, "Vera is not marked present; hand over to somebody who is here."),
        (Presence.LOOKING, True, "Vera is not marked present; hand over to somebody who is here."),
    ],
)
def test_the_lead_goes_to_somebody_who_is_here_and_may_speak(
    presence: Presence, may_speak: bool, sentence: str | None
) -> None:
    assert hand_over_problem("Vera", presence, may_speak=may_speak) == sentence


def test_the_mood_changes_when_the_room_looks_different() -> None:
    people = {
        1: Traces(present_since=ago(600), seen_at=ago(1)),
        2: Traces(present_since=ago(600), seen_at=ago(1), writing_in="notes", writing_at=ago(1)),
    }
    later = [mood(people, 1, NOW + timedelta(seconds=seconds)) for seconds in range(12)]
    # Quiet (the facilitator) and stopped writing, lost; and nothing in between or after.
    assert [second for second in range(1, 12) if later[second] != later[second - 1]] == [5, 7]
    assert mood(people, 1, NOW) != mood(people, 1, NOW, "Time is up.")
    assert mood(people, 1, NOW) == mood(dict(reversed(people.items())), 1, NOW)
