"""Small pictures: well-formed, bounded, without a script or a style."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from readiness.face import drawing

THEN = datetime(2026, 3, 2, tzinfo=UTC)


def numbers(svg: str, name: str) -> list[float]:
    return [float(one.attrib[name]) for one in ET.fromstring(svg).iter() if name in one.attrib]


@pytest.mark.parametrize("fill", [-1.0, 0.0, 0.5, 1.0, 40.0])
@pytest.mark.parametrize("mark", [None, 0.0, 1.0, 9.0])
def test_a_meter_stays_inside_its_picture(fill: float, mark: float | None) -> None:
    svg = drawing.meter(fill, "good", mark)
    assert all(0 <= number <= 100 for number in numbers(svg, "width") + numbers(svg, "x"))
    assert "style=" not in svg


def test_the_parts_of_a_bar_fill_it() -> None:
    widths = numbers(drawing.stack([(9, "good"), (0, "bad"), (1, "calm")]), "width")
    assert len(widths) == 2
    assert 98 < sum(widths) <= 100


def test_nothing_to_stack_is_an_empty_bar() -> None:
    assert numbers(drawing.stack([]), "width") == []


@pytest.mark.parametrize(("days", "tone"), [(1, "fill-good"), (27, "fill-warn")])
def test_validity_warns_when_it_is_nearly_over(days: int, tone: str) -> None:
    assert tone in drawing.validity(THEN, THEN + timedelta(days=30), THEN + timedelta(days=days))


def test_validity_that_is_over_has_nothing_left() -> None:
    svg = drawing.validity(THEN, THEN + timedelta(days=30), THEN + timedelta(days=90))
    assert "fill-" not in svg
    assert max(numbers(svg, "x")) <= 100


def test_proof_that_is_valid_for_no_time_at_all_can_be_drawn() -> None:
    assert drawing.validity(THEN, THEN, THEN)


def test_a_line_has_holes_where_nothing_was_measured_and_says_what_it_shows() -> None:
    svg = drawing.sparkline([1, 2, None, 3, 1], "Live: 1 ms now & <more>")
    root = ET.fromstring(svg)
    assert len([one for one in root if one.tag == "polyline"]) == 2
    assert root.attrib["aria-label"] == "Live: 1 ms now & <more>"


@pytest.mark.parametrize("values", [[], [1], [None, 1, None]])
def test_one_value_is_no_line(values: list[float | None]) -> None:
    assert not drawing.sparkline(values, "x")


def test_a_limit_is_drawn_only_where_it_is_near() -> None:
    assert "draw-limit" in drawing.sparkline([10, 20], "x", limit=25)
    assert "draw-limit" not in drawing.sparkline([10, 20], "x", limit=900)


def test_a_flat_line_and_a_lone_point_can_be_drawn() -> None:
    assert "polyline" in drawing.sparkline([5, 5, None, 5], "x")
