import pytest

from readiness.checklists.pack import Param, Way
from readiness.checklists.rules import How
from readiness.portfolio.case_names import in_words, wanted_cases


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("backoff", "backoff"),
        ("fail.?fast", "fail fast"),
        ("dependency.?(off|down)", "dependency off or down"),
        ("idempoten|handled.?twice", "idempoten or handled twice"),
        ("(?<![a-z])ddl(?![a-z])", "ddl"),
        ("(?:a|b)", "a or b"),
    ],
)
def test_a_pattern_is_made_readable(pattern: str, words: str) -> None:
    assert in_words(pattern) == words


def test_the_names_are_said_once_for_the_report_and_for_each_dependency() -> None:
    params: dict[str, Param] = {
        "required_cases": ["backoff", "fail.?fast"],
        "required_cases_per_dependency": ["slow", "down"],
    }
    assert wanted_cases([Way(how=How.ARTIFACT, kind="junit", params=params)]) == [
        "A test report needs passed cases whose names hold: backoff · fail fast.",
        "A test report needs passed cases whose names hold, for each dependency, its name and: slow · down.",
    ]
    assert wanted_cases([Way(how=How.ARTIFACT, kind="junit", params={})]) == []
