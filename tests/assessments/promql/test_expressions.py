import re
import time

import pytest
from hypothesis import given, strategies as some

from readiness.assessments.outcome import UnreadableError
from readiness.assessments.promql.expressions import Expression


@pytest.mark.parametrize(
    ("written", "matching", "other"),
    [
        ("checkout|pay.*", ["checkout", "payments", "pay"], ["checkout-canary", "", "xpay"]),
        ("^(prod|staging)-.+$", ["prod-eu", "staging-1"], ["prod-", "dev-eu", "xprod-eu"]),
        ("checkout(-canary)?", ["checkout", "checkout-canary"], ["checkout-", "checkout-canar"]),
        ("pay-(?:eu|us)-[a-z0-9]+", ["pay-eu-a1"], ["pay-eu-", "pay-xx-a"]),
        ("a|(b|c(d|e))f", ["a", "bf", "cdf", "cef"], ["cf", "af"]),
        ("(?i)page", ["PAGE", "page"], ["pager"]),
        ("5..", ["503"], ["5030", "403"]),
        (r"a\.b", ["a.b"], ["axb"]),
        (r"\d{3}", ["123"], ["12", "١٢٣"]),
        ("[^a-c]+", ["xyz"], ["xa"]),
        ("", [""], ["x"]),
        (".+", ["x"], [""]),
        ("a|", ["", "a"], ["b"]),
    ],
)
def test_whole_values_match_as_in_go(written: str, matching: list[str], other: list[str]) -> None:
    expression = Expression(written)
    assert [value for value in matching if not expression.matches(value)] == []
    assert [value for value in other if expression.matches(value)] == []


@pytest.mark.parametrize(
    "written",
    [
        *("(a+)+", "(a|a)*", "a?" * 20, "(.*)(.*)(.*)(.*)", "(a", "a)", "[a", "[[:alpha:]]", r"\pL", "(?P<n>a)", "a**"),
        *("(a|b)" * 20, "x" * 3000, r"\(a\)", "[(]a", "[a|b]", "a{1000}", "|".join([".*.*.*"] * 30)),
    ],
)
def test_what_may_run_for_ever_or_is_not_understood_is_refused(written: str) -> None:
    with pytest.raises(UnreadableError, match="Only alternatives such as"):
        Expression(written)


def test_the_most_costly_expression_takes_a_moment() -> None:
    expression = Expression("|".join(["a*a*a*b"] * 10))
    began = time.monotonic()
    assert not expression.matches("a" * 1000)
    assert time.monotonic() - began < 5


@given(some.text(alphabet="ab.*+?|()[]{}^$\\-d,1", max_size=12), some.text(alphabet="ab-1", max_size=6))
def test_what_is_understood_is_what_python_understands(written: str, value: str) -> None:
    try:
        expression = Expression(written)
    except UnreadableError:
        return
    assert expression.matches(value) == (re.fullmatch(written, value, re.ASCII) is not None)
