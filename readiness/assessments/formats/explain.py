"""PostgreSQL plans: no sequential scan filters a large table, and the time is inside the budget.

Passes when a plan was really run (EXPLAIN with ANALYZE) and none of its sequential scans with a filter read more rows than a
large table has. Rows are counted per loop, and a parallel scan, still called "Seq Scan", loops once for each worker; scans of the
partitions of a table count together.
https://www.postgresql.org/docs/current/sql-explain.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    counted,
    entries_of,
    fields_of,
    number_of,
    parse_json,
    shortened,
    text_of,
)
from readiness.assessments.outcome import Level, Outcome

MAX_NODES = 50_000
LARGE = 100_000


class ExplainParams(Params):
    large_table_rows: int | None = None
    max_execution_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """`rows`: how many it read, over all loops; None where it was only estimated."""

    table: str
    filter: str
    rows: int | None
    is_parallel: bool


@dataclass(frozen=True, slots=True)
class ExplainReading(Reading):
    scans: Sequence[Scan] = ()
    times_ms: Sequence[float | None] = ()


def detect(artifact: Artifact) -> bool:
    return any("Plan" in plan for plan in _plans(artifact.json_or_none))


def read(artifact: Artifact) -> ExplainReading:
    plans = [plan for plan in _plans(artifact.json) if isinstance(plan.get("Plan"), dict)]
    if not plans:
        raise UnreadableError("This is no plan of EXPLAIN (FORMAT JSON): nothing in it is called “Plan”.")
    scans = [scan for plan in plans for scan in _scans(list(_nodes(plan["Plan"])))]
    times = [_time(plan) for plan in plans]
    measured = [time for time in times if time is not None]
    filtered = [scan for scan in scans if scan.filter]
    most = max((scan.rows for scan in filtered if scan.rows is not None), default=None)
    figures = {
        "plans": len(plans), "execution_ms": round(max(measured), 3) if measured else None, "sequential_scans": len(scans),
        "filtered_scans": len(filtered), "most_rows_filtered": most,
    }  # fmt: skip
    return ExplainReading("PostgreSQL EXPLAIN", figures, scans=scans, times_ms=times)


def _plans(value: object) -> list[Mapping[str, Any]]:
    """One plan, a list of them, or a client's table with the column “QUERY PLAN”."""
    found = []
    for entry in entries_of(value) or [value]:
        inside = fields_of(entry).get("QUERY PLAN", entry)
        if isinstance(inside, str) and inside.lstrip().startswith(("[", "{")):
            inside = _parsed(inside)
        found += [fields_of(plan) for plan in (entries_of(inside) or [inside])]
    return found


def _parsed(text: str) -> Any:
    try:
        return parse_json(text)
    except UnreadableError:
        return None


def _nodes(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [root]
    for count in range(MAX_NODES + 1):
        if not waiting:
            return
        if count == MAX_NODES:
            raise UnreadableError(f"The plan has more than {MAX_NODES:,} nodes.")
        node = waiting.pop()
        yield node
        waiting += [fields_of(child) for child in entries_of(node.get("Plans"))]


def _scans(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Scan]:
    """Scans of the partitions of one table are one scan: each of them is small, and the table is not."""
    taken: set[int] = set()
    for node in nodes:
        if text_of(node.get("Node Type")) in {"Append", "Merge Append"}:
            for partitions in _partitions(node):
                taken |= {id(one) for one in partitions}
                yield _together([_scan(one) for one in partitions], _base(partitions[0]))
    yield from (_scan(node) for node in nodes if node.get("Node Type") == "Seq Scan" and id(node) not in taken)


def _partitions(append: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """PostgreSQL numbers their aliases: `orders_1`, `orders_2`. The same table twice is no partition."""
    groups: dict[str, dict[str, Mapping[str, Any]]] = {}
    for child in map(fields_of, entries_of(append.get("Plans"))):
        if child.get("Node Type") == "Seq Scan" and text_of(child.get("Filter")) and (base := _base(child)):
            groups.setdefault(base, {}).setdefault(text_of(child.get("Relation Name")), child)
    return [list(group.values()) for group in groups.values() if len(group) > 1]


def _base(scan: Mapping[str, Any]) -> str:
    alias, underscore, number = text_of(scan.get("Alias")).rpartition("_")
    return alias if underscore and number.isdigit() else ""


def _together(scans: Sequence[Scan], table: str) -> Scan:
    rows = [scan.rows for scan in scans if scan.rows is not None]
    name = shortened(f"{counted(len(scans), 'partition')} of {table}", 80)
    is_parallel = any(scan.is_parallel for scan in scans)
    return Scan(name, scans[0].filter, sum(rows) if rows else None, is_parallel)


def _scan(node: Mapping[str, Any]) -> Scan:
    loops = number_of(node.get("Actual Loops"))
    each = (number_of(node.get("Actual Rows")) or 0) + (number_of(node.get("Rows Removed by Filter")) or 0)
    table = text_of(node.get("Relation Name")) or text_of(node.get("Alias")) or "a table"
    return Scan(
        shortened(table, 80),
        shortened(text_of(node.get("Filter")), 160),
        None if loops is None else round(each * loops),
        node.get("Parallel Aware") is True,
    )


def _time(plan: Mapping[str, Any]) -> float | None:
    """None: it was not run. auto_explain writes no time of the whole, so that of its root is taken."""
    root = plan["Plan"]
    if "Actual Loops" not in root and "Actual Total Time" not in root:
        return None
    whole = number_of(plan.get("Execution Time"))
    return number_of(root.get("Actual Total Time")) if whole is None else whole


def judge(reading: ExplainReading, params: ExplainParams) -> Outcome:
    verdict = Verdict()
    limit = LARGE if params.large_table_rows is None else params.large_table_rows
    if any(time is None for time in reading.times_ms):
        verdict.unclear.append("A plan was not run, only estimated; use EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON).")
    for scan in reading.scans:
        if scan.rows is None:
            continue
        kind = "A parallel sequential scan" if scan.is_parallel else "A sequential scan"
        if scan.filter and scan.rows > limit:
            verdict.fail("seq-scan", f"{kind} filters {scan.table}: {scan.rows:,} rows are read for it.", scan.filter)
        else:
            said = "filters" if scan.filter else "reads all of"
            verdict.note("seq-scan", f"{kind} {said} {scan.table}: {scan.rows:,} rows.", scan.filter, Level.INFO)
    for time in reading.times_ms:
        if params.max_execution_ms is not None and time is not None and time > params.max_execution_ms:
            verdict.fail("too-slow", f"It took {time:,.1f} ms, more than {params.max_execution_ms:,.0f} ms.")
    plans = counted(len(reading.times_ms), "plan")
    return verdict.outcome(f"{plans} read; none filters a table of more than {limit:,} rows by scanning it.", reading)
