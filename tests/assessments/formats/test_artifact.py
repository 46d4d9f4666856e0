"""Bounds of what is read: depth and density of JSON, and JSON in parts."""

import json
from random import Random
from typing import Any

import pytest

from readiness.assessments.formats._artifact import MAX_DEPTH, MAX_VALUES, Artifact, parse_json
from readiness.assessments.formats._json_parts import JsonText
from readiness.assessments.formats.contract import UnreadableError
from tests.assessments.formats.reports import log


def nested(depth: int, chance: Random) -> Any:
    value: Any = chance.choice(["]]", "[[[", '"\\{', "é}", 1])
    for _ in range(depth):
        value = [value, {'a\\"[': "{"}] if chance.random() < 0.5 else {'k]"': value, "z": "}}"}
    return value


@pytest.mark.parametrize("seed", range(20))
def test_depth_is_counted_outside_of_texts_and_exactly(seed: int) -> None:
    assert parse_json(json.dumps(nested(MAX_DEPTH - 1, Random(seed))))
    with pytest.raises(UnreadableError, match="64 levels deep"):
        parse_json(json.dumps(nested(MAX_DEPTH + 1, Random(seed))))


@pytest.mark.parametrize("part", ['\\"', '"', "}{", "[", "\\", '{"a":', "[]", '"a",'])
def test_text_that_is_no_json_is_refused_at_once(part: str) -> None:
    with pytest.raises(UnreadableError):
        parse_json(part * 99_999)


def test_more_values_than_a_report_of_its_size_holds_are_refused() -> None:
    with pytest.raises(UnreadableError, match="more than 600,000 values"):
        parse_json("[" + "0," * MAX_VALUES + "0]")


def test_lines_are_counted_before_they_are_made() -> None:
    sample = Artifact(log(good=50))
    assert len(sample.lines(50, "It has")) == 50
    with pytest.raises(UnreadableError, match="It has more than 20 lines"):
        sample.lines(20, "It has")


def read_parts(text: str) -> tuple[dict[str, Any], list[Any]]:
    """(the members but “list”, the items of “list”)."""
    parts, members, items = JsonText(text), {}, []

    def item(at: int) -> int:
        value, end = parts.value(at)
        items.append(value)
        return end

    def member(name: str, at: int) -> int:
        if name == "list":
            return parts.items(at, item)
        members[name], end = parts.value(at)
        return end

    parts.ended(parts.members(parts.first(), member))
    return members, items


def test_a_document_is_read_in_parts() -> None:
    text = ' { "a" : {"b": [1, 2]} ,\n"list": [ 1 , {"x": "]"}, [ ] ] , "c":null } \n'
    assert read_parts(text) == ({"a": {"b": [1, 2]}, "c": None}, [1, {"x": "]"}, []])
    assert read_parts('{"list":[]}') == ({}, [])
    assert read_parts("{}") == ({}, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"a" 1}',
        '{"a":1,}',
        '{"list":[1,]}',
        '{"list":[1 2]}',
        '{"list":[1',
        '{"a":1} x',
        "{1:2}",
        '{"list":{}}',
    ],
)
def test_what_breaks_says_where(text: str) -> None:
    with pytest.raises(UnreadableError, match=r"This is not JSON: line 1, column \d+"):
        read_parts(text)


def test_a_part_is_no_deeper_than_a_whole() -> None:
    with pytest.raises(UnreadableError, match="levels deep"):
        read_parts('{"list":[' + "[" * 100 + "]" * 100 + "]}")
