"""What was seen, gathered for a page: findings by rule, and what would make it pass."""

from readiness.assessments.seen import seen_of


def found(rule: str, level: str = "error", message: str = "It is so.", where: str = "a.py:1") -> dict[str, str]:
    return {"rule": rule, "level": level, "message": message, "where": where}


def test_findings_are_grouped_by_rule_the_worst_and_the_many_first() -> None:
    findings = [found("a", "info"), *[found("b", "warning")] * 9, found("c"), *[found("d")] * 7]
    seen = seen_of(kind="sarif", result="fail", figures={}, findings=findings)
    assert [(group.rule, group.count, len(group.shown), group.more) for group in seen.groups] == [
        ("d", 7, 5, 2), ("c", 1, 1, 0), ("b", 9, 5, 4), ("a", 1, 1, 0),
    ]  # fmt: skip
    assert seen.counts == "8 errors, 9 warnings, 1 note"
    assert seen.is_cut


def test_of_very_many_rules_some_are_left_out_unless_all_are_asked_for() -> None:
    findings = [found(f"rule-{number}") for number in range(300)]
    cut = seen_of(kind="sarif", result="fail", figures={}, findings=findings)
    assert (len(cut.groups), cut.left_out, cut.findings) == (5, 295, 300)
    whole = seen_of(kind="sarif", result="fail", figures={}, findings=findings, is_whole=True)
    assert (len(whole.groups), whole.left_out, whole.is_cut) == (300, 0, False)


def test_limits_that_were_not_kept_say_what_would_pass() -> None:
    seen = seen_of(
        kind="health_pair", result="fail", figures={"live_ms": 1352}, findings=[], asked={"max_live_ms": 1000}
    )
    assert seen.to_pass == ["Live: at most 1,000\u00a0ms; it was 1,352\u00a0ms."]


def test_without_a_broken_limit_it_says_what_has_to_be_mended_and_how_many_more() -> None:
    findings = [
        found("a"),
        *[found(f"rule-{number}", message=f"No {number}.") for number in range(8)],
        *[found("b")] * 3,
    ]
    seen = seen_of(kind="sarif", result="fail", figures={}, findings=findings)
    assert not seen.to_pass
    assert seen.to_mend[:2] == ["3 findings of “b”", "It is so."]
    assert seen.to_mend[-1] == "And 4 more, listed below."


def test_what_the_sentence_says_is_not_said_again_as_something_to_mend() -> None:
    seen = seen_of(kind="health_pair", result="fail", reason="It is so.", figures={}, findings=[found("a")])
    assert not seen.to_mend
    assert seen.groups, "where it is so is still shown"


def test_of_one_rule_with_very_many_findings_most_are_folded_away() -> None:
    [group] = seen_of(kind="sarif", result="fail", figures={}, findings=[found("a")] * 186, is_whole=True).groups
    assert (len(group.shown), len(group.folded), group.more) == (20, 166, 0)


def test_a_pass_or_an_unknown_says_nothing_of_the_sort() -> None:
    for result in ("pass", "unknown"):
        seen = seen_of(kind="sarif", result=result, figures={}, findings=[found("a")])
        assert not seen.to_pass
        assert not seen.to_mend


def test_a_finding_that_the_sentence_says_already_is_not_said_again() -> None:
    said = found("too-slow", message="p95 is 77 ms.", where="")
    seen = seen_of(kind="loadtest", result="fail", reason="p95 is 77 ms. And more.", figures={}, findings=[said])
    assert not seen.groups


def test_what_a_picture_shows_is_not_listed_again() -> None:
    seen = seen_of(kind="junit", result="pass", figures={"tests": 3, "passed": 3, "failures": 0}, findings=[])
    assert [figure.name for figure in seen.figures] == ["Tests"]
    assert seen
    assert not seen_of(kind="junit", result="pass", figures={}, findings=[])
