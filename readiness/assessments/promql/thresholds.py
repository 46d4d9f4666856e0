"""A threshold's metric is words for people ("Error ratio") or a query to Prometheus; "Error ratio: sum(rate(…)) / …" is a query
with a name. A colon and a space never stand in a metric's name, so the two can be told apart.
"""

import hashlib
import re
from dataclasses import dataclass

from readiness.assessments.outcome import UnreadableError
from readiness.assessments.promql.queries import read

LONGEST_METRIC = 1000
FUNCTIONS = (
    "sum", "avg", "min", "max", "count", "rate", "irate", "increase", "delta", "deriv", "histogram_quantile", "quantile", "topk",
    "bottomk", "clamp", "clamp_max", "clamp_min", "avg_over_time", "max_over_time", "min_over_time", "sum_over_time",
    "quantile_over_time", "count_over_time", "absent", "scalar", "vector", "abs",
)  # fmt: skip
_LOOKS_LIKE_ONE = re.compile(rf"[{{}}\[\]]|\b(?:{'|'.join(FUNCTIONS)})\s*(?:by|without)?\s*\(", re.IGNORECASE)
_BARE_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_MILLI = re.compile(r"_(?:ms|milliseconds?|millis)\b")
_PERCENT = re.compile(r"_(?:percent|pct|percentage)\b")


@dataclass(frozen=True, slots=True)
class Metric:
    """`query` is empty where people look. `problem`: it is meant as a query, and can't be read."""

    name: str
    query: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """The same for the same query, whatever it is called."""
        return key_of(self.query) if self.query else ""


def key_of(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:16]


def metric_of(written: str) -> Metric:
    text = written.strip()
    name, colon, rest = text.partition(": ")
    if colon and not _means_query(name) and _means_query(rest.strip()):
        return _query(rest.strip(), name.strip())
    return _query(text) if _means_query(text) else Metric(text)


def _query(text: str, name: str = "") -> Metric:
    try:
        reading = read(text)
    except UnreadableError as problem:
        return Metric(name or text, problem=str(problem))
    if not reading.selectors and not reading.functions:
        return Metric(name or text, problem="The query reads no metric.")
    return Metric(name or text, text)


def _means_query(text: str) -> bool:
    """A word alone ("errors") is a word; with an underscore or a colon in it, it is a metric's name."""
    if _BARE_NAME.fullmatch(text):
        return "_" in text or ":" in text
    return bool(_LOOKS_LIKE_ONE.search(text))


def scale_of(query: str, unit: str, factor: float) -> float:
    """What a query's value is divided by to be in the limit's unit. Prometheus' own units are ratios, seconds and bytes; a query
    that multiplies by 100 or 1000 itself, or reads a metric that says so in its name, is in percent or milliseconds already.
    """
    reading = read(query)
    names = " ".join(selector.metric for selector in reading.selectors)
    if unit == "%" and (100 in reading.numbers or _PERCENT.search(names)):
        return 1.0
    if unit == "ms" and (1000 in reading.numbers or _MILLI.search(names)):
        return 1.0
    if unit == "s" and _MILLI.search(names) and 1000 not in reading.numbers:
        return 1000.0
    return factor
