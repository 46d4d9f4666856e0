"""What an incident says of a checklist. Facts in, values out."""

from datetime import timedelta
from typing import Any

import pytest

from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from reviews.rules.drift import StoodFacts
from reviews.rules.incidents import Standing, calls_for_review, incident_problems, standing_of
from tests.cast import NOW


def stood(status: str, *, is_waived: bool = False) -> StoodFacts:
    return StoodFacts("Probed", Gate.HARD, ItemStatus(status), is_waived=is_waived)


@pytest.mark.parametrize(
    ("then", "standing"),
    [
        (stood("met"), Standing.PASSED),
        (stood("met", is_waived=True), Standing.PASSED),
        (stood("not_met", is_waived=True), Standing.WAIVED),
        (stood("stale", is_waived=True), Standing.WAIVED),
        (stood("not_met"), Standing.GAP),
        (stood("unknown"), Standing.GAP),
        (stood("stale"), Standing.GAP),
        (stood("not_applicable"), Standing.NOT_APPLICABLE),
        (None, Standing.NOT_ASKED),
    ],
)
def test_an_item_stood_as_the_packet_has_it(then: StoodFacts | None, standing: Standing) -> None:
    assert standing_of(then, is_decided=True) is standing
    assert standing_of(then, is_decided=False) is Standing.NOT_DECIDED


def test_only_what_was_asked_and_went_by_was_let_through() -> None:
    assert {standing for standing in Standing if standing.is_let_through} == {Standing.PASSED, Standing.WAIVED}
    assert all(standing.label for standing in Standing)


@pytest.mark.parametrize(
    ("items", "calls"),
    [
        ([("hard", "passed")], True),
        ([("tracked", "passed"), ("hard", "waived"), ("hard", "gap"), ("", "missing")], False),
        ([("tracked", "passed"), ("hard", "passed")], True),
        ([], False),
    ],
)
def test_a_hard_gate_that_had_passed_calls_for_a_review(items: list[tuple[str, str]], calls: bool) -> None:
    assert calls_for_review(items) is calls


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, []),
        ({"named": [], "missing": "No item asks for a second region."}, []),
        ({"title": "  "}, ["title"]),
        ({"what_happened": ""}, ["what_happened"]),
        ({"link": "javascript:alert(1)"}, ["link"]),
        ({"happened_at": NOW + timedelta(minutes=1)}, ["happened_at"]),
        ({"named": []}, ["named"]),
    ],
)
def test_what_has_to_be_said(fields: dict[str, Any], wrong: list[str]) -> None:
    values: dict[str, Any] = {
        "title": "Payments hung", "what_happened": "The pool ran dry.", "link": "", "happened_at": NOW, "named": ["probed"],
        "missing": "", "now": NOW,
    } | fields  # fmt: skip
    assert list(incident_problems(**values)) == wrong
