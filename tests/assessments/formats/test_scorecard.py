import json

import pytest

from readiness.assessments.formats import read
from tests.assessments.formats.reports import as_json, judged, scorecard, told

OURS = "https://github.com/Shop/checkout.git"


def test_named_checks_are_held_against_their_thresholds() -> None:
    report = scorecard(("Code-Review", 9), ("Vulnerabilities", 4))
    assert judged(report, checks={"Code-Review": 8}, repository=OURS).result == "pass"
    outcome = judged(report, checks={"code-review": 8, "Vulnerabilities": 10}, repository=OURS)
    assert outcome.reason == "Vulnerabilities has 4; at least 10 is asked for: as found."
    assert outcome.result == "fail"


def test_minus_one_and_a_check_that_is_missing_are_unknown() -> None:
    report = scorecard(("Branch-Protection", -1))
    assert judged(report, checks={"Branch-Protection": 0}).result == "unknown"
    assert judged(report, checks={"Fuzzing": 0}).reason == "Fuzzing has no score: the report has no such check."
    assert judged(scorecard(score=-1), min_score=0).result == "unknown"


def test_the_whole_score_is_held_against_its_threshold() -> None:
    assert judged(scorecard(score=8.1), min_score=8).result == "pass"
    assert judged(scorecard(score=7.9), min_score=8).result == "fail"


@pytest.mark.parametrize(
    "repository",
    [OURS, "git@github.com:shop/checkout", "github.com/shop/checkout/", "ssh://git@github.com/shop/checkout.git"],
)
def test_one_repository_is_written_in_many_ways(repository: str) -> None:
    assert judged(scorecard(), min_score=5, repository=repository).result == "pass"


def test_a_report_of_the_upstream_says_nothing_here() -> None:
    outcome = judged(scorecard(("Code-Review", 0), repo="github.com/upstream/checkout"), min_score=5, repository=OURS)
    assert outcome.result == "unknown"
    assert "of github.com/upstream/checkout, not of" in outcome.reason
    assert read(scorecard()).lacks({"min_score": 5})
    assert not read(scorecard()).lacks({"min_score": 5, "repository": OURS})


def test_commit_and_time_are_read_also_of_version_4() -> None:
    reading = read(scorecard()).reading
    assert (reading.commit[:7], reading.tool) == ("4f2a91c", "Scorecard v5.0.0")
    old = as_json(json.loads(scorecard()) | {"date": "2022-02-02", "scorecard": {"version": "v4.0.1"}})
    assert read(old).reading.observed_at is not None
    assert told(old).kind == "scorecard"


def test_a_report_without_checks_is_unknown() -> None:
    assert told(as_json(json.loads(scorecard()) | {"checks": []})).outcome.result == "unknown"
