from pathlib import Path

import pytest

from readiness.face import badges, navigation

ICONS = set(Path("static/icons.txt").read_text().split())
ALL = [*badges.STATUSES.items(), *badges.GATES.items(), *badges.DECISIONS.items()]


@pytest.mark.parametrize(("key", "badge"), ALL, ids=[key for key, _ in ALL])
def test_every_badge_has_a_word_and_an_icon_that_we_ship(key: str, badge: badges.Badge) -> None:
    assert badge.word
    assert badge.icon in ICONS
    assert badge.tone in {"good", "warn", "bad", "calm", "waived", "busy", "ink"}


def test_every_navigation_icon_is_shipped() -> None:
    assert {icon for _, _, icon, _, _ in navigation._ITEMS} <= ICONS


def test_red_is_only_for_an_unmet_hard_gate_something_overdue_and_a_no_go() -> None:
    red = {key for key, badge in ALL if badge.tone == "bad"}
    assert red == {"overdue", "no_go"}
    assert badges.status("not_met", gate="hard").tone == "bad"
    assert badges.status("fail", gate="hard").tone == "bad"


@pytest.mark.parametrize("status", ["not_met", "fail"])
def test_an_unmet_tracked_gap_is_amber(status: str) -> None:
    assert badges.status(status, gate="tracked").tone == "warn"
    assert badges.status(status).tone == "warn"


@pytest.mark.parametrize("status", ["unknown", "stale", "not_applicable"])
def test_what_nobody_knows_stays_grey_even_on_a_hard_gate(status: str) -> None:
    assert badges.status(status, gate="hard").tone == "calm"


@pytest.mark.parametrize("said", ["No-go", "no_go", "no go", "NO-GO"])
def test_one_state_may_be_spelled_in_several_ways(said: str) -> None:
    assert badges.decision(said) == badges.DECISIONS["no_go"]


def test_a_state_nobody_listed_shows_its_own_word_in_grey() -> None:
    assert badges.status("half_done") == badges.Badge("circle-dashed", "Half done", "calm")
    assert badges.status("").word == "None"
