"""What a PromQL query reads: its selectors, quantiles, functions and numbers.

The parser is native code that recurses: some ten thousand brackets overflow its stack and take the worker with them,
and its time grows with the square of the nesting. So a query is measured before it is parsed.
https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import promql_parser as promql

from readiness.assessments.outcome import UnreadableError, shortened

LONGEST_QUERY = 8000
MOST_OPERATORS = 300
DEEPEST_NESTING = 60
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`')
OPERATOR = re.compile(r"[-+*/%^<>=!]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
ABSENT = {"absent", "absent_over_time"}
QUANTILE_FUNCTIONS = {"histogram_quantile", "quantile_over_time"}
OPERATORS = {
    "MatchOp.Equal": "=",
    "MatchOp.NotEqual": "!=",
    "MatchOp.Re": "=~",
    "MatchOp.NotRe": "!~",
}


@dataclass(frozen=True, slots=True)
class Matcher:
    label: str
    operator: str  # = != =~ !~
    value: str

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.operator}"{escaped}"'


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric and its matchers, without offset or range. `is_optional`: the query works without it (a side of `or`)."""

    name: str
    matchers: tuple[Matcher, ...]
    is_optional: bool = False

    def __str__(self) -> str:
        return f"{{{','.join(map(str, self.all_matchers))}}}"

    @property
    def all_matchers(self) -> tuple[Matcher, ...]:
        return (Matcher("__name__", "=", self.name), *self.matchers) if self.name else self.matchers

    @property
    def metric(self) -> str:
        """The metric's name, also when it is written as a matcher."""
        named = (matcher.value for matcher in self.matchers if matcher.label == "__name__")
        return self.name or next(named, "")


@dataclass(frozen=True, slots=True)
class Reading:
    selectors: tuple[Selector, ...]
    functions: frozenset[str]
    quantiles: tuple[float, ...]
    numbers: tuple[float, ...]
    has_division: bool


@lru_cache(maxsize=512)  # rules share their recorded parts
def read(query: str) -> Reading:
    """Raises UnreadableError with a sentence."""
    expression = _parsed(query)
    selectors: list[Selector] = []
    functions: set[str] = set()
    quantiles: list[float] = []
    numbers: list[float] = []
    has_division = False
    for node, is_optional in _walk(expression):
        match node:
            case promql.VectorSelector():
                selectors.append(_selector(node, is_optional=is_optional))
            case promql.NumberLiteral():
                numbers.append(node.val)
            case promql.Call():
                functions.add(node.func.name)
                if node.func.name in QUANTILE_FUNCTIONS:
                    quantiles.extend(_number(node.args[0]))
            case promql.AggregateExpr() if str(node.op) == "quantile":
                quantiles.extend(_number(node.param))
            case promql.BinaryExpr() if str(node.op) == "/":
                has_division = True
    return Reading(
        tuple(dict.fromkeys(selectors)), frozenset(functions), tuple(quantiles), tuple(numbers), has_division
    )


def matchers(labels: str) -> tuple[Matcher, ...]:
    """`{service="checkout"}` → its matchers; `{}` has none. Raises UnreadableError."""
    if not labels.strip().startswith("{"):
        raise UnreadableError('Write labels in braces, such as {service="checkout"}.')
    # Labels that would fit everything can't stand alone in a query; behind a metric's name they can.
    expression = _parsed(f"any{labels.strip()}")
    if not isinstance(expression, promql.VectorSelector):
        raise UnreadableError('Write nothing but labels, such as {service="checkout"}.')
    return _selector(expression, is_optional=False).matchers


def _parsed(query: str) -> promql.Expr:
    bare = QUOTED.sub('""', query)
    if len(query) > LONGEST_QUERY or len(OPERATOR.findall(bare)) > MOST_OPERATORS or _nesting(bare) > DEEPEST_NESTING:
        raise UnreadableError("The query is too long or too deeply nested to be read.")
    try:
        return promql.parse(query)
    except ValueError as error:
        raise UnreadableError(f"The query could not be read: {shortened(str(error))}.") from error


def _nesting(query: str) -> int:
    depth = deepest = 0
    for character in query:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _walk(expression: promql.Expr) -> Iterator[tuple[promql.Expr, bool]]:
    """Each node, and whether the query works without it. What stands in `absent()` is meant to be missing: it is left out."""
    pending = [(expression, False)]
    while pending:
        node, is_optional = pending.pop()
        yield node, is_optional
        match node:
            case promql.BinaryExpr():
                pending.append((node.lhs, is_optional or str(node.op) == "or"))
                pending.append((node.rhs, is_optional or str(node.op) in {"or", "unless"}))
            case promql.Call():
                pending.extend((argument, is_optional) for argument in node.args if node.func.name not in ABSENT)
            case promql.MatrixSelector():
                pending.append((node.vector_selector, is_optional))
            case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
                pending.append((node.expr, is_optional))


def _selector(node: promql.VectorSelector, *, is_optional: bool) -> Selector:
    if node.matchers.or_matchers:
        raise UnreadableError("The query joins matchers with “or”, which Prometheus does not know.")
    found = tuple(Matcher(item.name, OPERATORS[str(item.op)], item.value) for item in node.matchers.matchers)
    return Selector(node.name or "", found, is_optional)


def _number(node: promql.Expr | None) -> list[float]:
    while isinstance(node, promql.ParenExpr):
        node = node.expr
    return [node.val] if isinstance(node, promql.NumberLiteral) else []
