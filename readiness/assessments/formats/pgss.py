"""PostgreSQL's query statistics: each statement is inside its budget, on tables as large as in production.

Passes when every statement that was called often enough has a mean within the budget and a maximum within so many times that, and
each declared table holds its share of the rows that production will have. How to export both: see `docs/formats.md`.
https://www.postgresql.org/docs/current/pgstatstatements.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BeforeValidator

from readiness.assessments.formats._pgss import Statement, from_csv, from_json, is_csv, is_json
from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    counted,
    moment_of,
)
from readiness.assessments.outcome import Figure, Outcome

_ENTRY = re.compile(r"([\w.$\"-]+)\s*[=:]\s*(\d[\d_]*)\s*([km]?)", re.IGNORECASE)
NO_BUDGET = (
    "No statement budget is declared for this service; say on its page how long a statement may take on average."
)
NO_ROWS = "No rows in production are declared for this service; say on its page how many its large tables will hold."
_TIMES = {"": 1, "k": 1000, "m": 1_000_000}

MOST_LINES = 100_000


def rows_of(said: object) -> object:
    """`orders=5000000, customers=800k` → table → rows. Raises ValueError that names what can't be read."""
    if not isinstance(said, str):
        return said
    rows = {}
    for entry in filter(None, (part.strip() for part in re.split(r"[,;\n]", said))):
        found = _ENTRY.fullmatch(entry)
        if not found:
            raise ValueError(f"“{entry[:60]}” is no table with its rows; write orders=5000000, customers=800000")
        rows[found[1].strip('"').lower()] = int(found[2].replace("_", "")) * _TIMES[found[3].lower()]
    return rows


class PgssParams(Params):
    """`budget_ms`: what a statement may take on average; `max_over_mean_budget`: how many times that it may take once.
    `production_rows`: table → rows in production, also as `orders=5000000, customers=800000`; `min_row_share`: 0 to 1.
    """

    max_over_mean_budget: float | None = None
    budget_ms: float | None = None
    min_calls: int = 5
    min_row_share: float | None = None
    production_rows: Annotated[Mapping[str, int], BeforeValidator(rows_of)] = field(default_factory=dict)


DEFAULTS = PgssParams(max_over_mean_budget=5, min_row_share=0.8)


@dataclass(frozen=True, slots=True)
class PgssReading(Reading):
    statements: Sequence[Statement] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


def detect(artifact: Artifact) -> bool:
    return is_json(artifact.json_or_none) if artifact.looks_like_json else is_csv(artifact)


def read(artifact: Artifact) -> PgssReading:
    if not artifact.looks_like_json:
        artifact.lines(MOST_LINES, "The CSV has")  # refuses what is endless before it becomes cells
    found = from_json(artifact.json) if artifact.looks_like_json else from_csv(artifact.text)
    if not found.statements and not found.rows:
        raise UnreadableError(
            "There is neither a statement with its calls and times in it, nor a table with relname and n_live_tup."
        )
    means = [one.mean_ms for one in found.statements if one.mean_ms is not None]
    slowest = [one.max_ms for one in found.statements if one.max_ms is not None]
    figures: dict[str, Figure] = {
        "statements": len(found.statements), "calls": sum(one.calls for one in found.statements),
        "slowest_mean_ms": round(max(means), 3) if means else None,
        "slowest_ms": round(max(slowest), 3) if slowest else None, "tables": len({n for n in found.rows if "." not in n}),
    }  # fmt: skip
    return PgssReading(
        "pg_stat_statements",
        figures,
        moment_of(found.taken_at),
        holds_secrets=found.holds_secrets,
        statements=found.statements,
        rows=found.rows,
    )


def judge(reading: PgssReading, params: PgssParams) -> Outcome:
    verdict = Verdict()
    asks_times = params.max_over_mean_budget is not None or params.min_row_share is None
    if asks_times:
        _judge_times(reading, params, verdict)
    if params.min_row_share is not None:
        _judge_rows(reading, params.production_rows, params.min_row_share, verdict)
    return verdict.outcome(_good(reading, params, has_times=asks_times), reading)


def _judge_times(reading: PgssReading, params: PgssParams, verdict: Verdict) -> None:
    often = [one for one in reading.statements if one.calls >= params.min_calls]
    if params.budget_ms is None:
        verdict.unclear.append(NO_BUDGET)
        return
    if not often:
        verdict.unclear.append(f"No statement was called {params.min_calls:,} times or more: nothing was measured.")
    limits = [("mean", params.budget_ms)]
    if params.max_over_mean_budget is not None:
        limits.append(("maximum", params.budget_ms * params.max_over_mean_budget))
    for statement in often:
        for (what, limit), seen in zip(limits, (statement.mean_ms, statement.max_ms), strict=False):
            _hold(statement, what, seen, limit, verdict)


def _hold(statement: Statement, what: str, seen: float | None, limit: float, verdict: Verdict) -> None:
    if seen is None:
        verdict.unclear.append(f"The report leaves out the {what} of some statements.")
    elif seen > limit:
        sentence = f"Its {what} is {seen:,.1f} ms, above {limit:,.0f} ms: {statement.query}"
        verdict.fail("too-slow", f"{sentence} ({counted(statement.calls, 'call')}).", statement.query)


def _judge_rows(reading: PgssReading, wanted: Mapping[str, int], share: float, verdict: Verdict) -> None:
    if not wanted:
        verdict.unclear.append(NO_ROWS)
    for table, rows in wanted.items():
        held = reading.rows.get(table.lower())
        if held is None:
            verdict.unclear.append(f"The report has no row count of {table}.")
        elif held < share * rows:
            verdict.fail(
                "too-few-rows",
                f"{table} holds {held:,} rows, {held / rows:.0%} of the {rows:,} in production; {share:.0%} are asked for.",
                table,
            )


def _good(reading: PgssReading, params: PgssParams, *, has_times: bool) -> str:
    parts = []
    if has_times:
        often = sum(one.calls >= params.min_calls for one in reading.statements)
        parts.append(f"{counted(often, 'statement')} within {params.budget_ms or 0:g} ms on average")
    if params.min_row_share is not None:
        parts.append(
            ", ".join(f"{table} {reading.rows.get(table.lower(), 0):,} rows" for table in params.production_rows)
        )
    return f"{'; '.join(parts)}."


def lacks(params: PgssParams) -> str:
    if params.budget_ms is None and (params.max_over_mean_budget is not None or params.min_row_share is None):
        return NO_BUDGET
    return NO_ROWS if params.min_row_share is not None and not params.production_rows else ""
