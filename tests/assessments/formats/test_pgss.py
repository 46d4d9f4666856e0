import json
from typing import Any

import pytest

from readiness.assessments.formats import read
from tests.assessments.formats.reports import as_json, judged, sample, told

BUDGET: dict[str, Any] = {"max_over_mean_budget": 5, "budget_ms": 50}
ROWS: dict[str, Any] = {"min_row_share": 0.8, "production_rows": "orders=250000, customers=20k"}
REAL = {"JSON": sample("pg-stat-statements.json"), "CSV": sample("pg-stat-statements.csv")}


def statement(**changes: Any) -> dict[str, Any]:
    return {"query": "select 1", "calls": 100, "mean_exec_time": 3.5, "max_exec_time": 40.0, **changes}


def report(*statements: dict[str, Any], **tables: int) -> bytes:
    rows = [{"relname": name, "n_live_tup": count} for name, count in tables.items()]
    return as_json({"statements": list(statements), "tables": rows})


@pytest.mark.parametrize("form", REAL)
def test_the_real_statistics_are_read_in_both_forms(form: str) -> None:
    assert told(REAL[form]).kind == "pgss"
    assert judged(REAL[form], **BUDGET).result == "pass"
    rows = judged(REAL[form], **ROWS)
    assert (rows.result, rows.reason) == ("pass", "orders 200,000 rows, customers 20,000 rows.")
    assert judged(REAL[form], max_over_mean_budget=5, budget_ms=4).result == "fail"
    assert judged(REAL[form], min_row_share=0.9, production_rows="orders=250000").result == "fail"


def test_only_the_json_says_when_it_was_taken() -> None:
    assert read(REAL["JSON"]).reading.observed_at is not None
    assert read(REAL["CSV"]).reading.observed_at is None


def test_a_statement_above_its_budget_is_named() -> None:
    outcome = judged(report(statement(mean_exec_time=51)), **BUDGET)
    assert outcome.reason == "Its mean is 51.0 ms, above 50 ms: select 1 (100 calls)."
    slow = judged(report(statement(max_exec_time=251)), **BUDGET)
    assert slow.reason == "Its maximum is 251.0 ms, above 250 ms: select 1 (100 calls)."
    assert judged(report(statement(max_exec_time=250)), **BUDGET).result == "pass"


def test_what_was_called_once_or_twice_is_left_out() -> None:
    rare = statement(calls=2, mean_exec_time=9000, max_exec_time=9000)
    assert judged(report(statement(), rare), **BUDGET).result == "pass"
    assert judged(report(rare), **BUDGET).result == "unknown"
    assert judged(report(rare), **BUDGET, min_calls=1).result == "fail"


def test_the_columns_of_older_versions_are_read() -> None:
    old = {"query": "select 1", "calls": "100", "total_time": "9", "mean_time": "60.5", "max_time": "61"}
    assert judged(report(old), **BUDGET).result == "fail"
    assert judged(report(statement(max_exec_time=None)), **BUDGET).result == "unknown"


def test_a_table_that_is_missing_is_unknown_and_one_that_is_small_fails() -> None:
    outcome = judged(report(orders=199_999), **ROWS | {"production_rows": "orders=250000"})
    assert outcome.reason == "orders holds 199,999 rows, 80% of the 250,000 in production; 80% are asked for."
    assert outcome.result == "fail"
    assert judged(report(orders=9), min_row_share=0.8, production_rows="stock=5").result == "unknown"


def test_a_schema_may_be_named() -> None:
    tables = [{"schemaname": "shop", "relname": "Orders", "n_live_tup": "5"}]
    for name in ("orders", "shop.orders"):
        assert judged(as_json({"tables": tables}), min_row_share=1, production_rows={name: 5}).result == "pass"


def test_what_nobody_declared_is_asked_for() -> None:
    assert "No statement budget" in judged(REAL["JSON"], max_over_mean_budget=5).reason
    assert "No rows in production" in judged(REAL["JSON"], min_row_share=0.8).reason
    assert "No statement budget" in read(REAL["JSON"]).lacks({"max_over_mean_budget": 5})
    assert "No rows in production" in read(REAL["JSON"]).lacks({"min_row_share": 0.8})
    assert read(REAL["JSON"]).lacks(BUDGET) == ""


def test_rows_that_can_t_be_read_are_named() -> None:
    outcome = judged(REAL["JSON"], min_row_share=0.8, production_rows="orders 5 million")
    assert outcome.result == "unknown"
    assert "“orders 5 million” is no table with its rows" in outcome.reason


def test_a_statement_with_a_password_is_not_repeated_and_the_file_not_kept() -> None:
    secret = statement(query="ALTER ROLE shop PASSWORD 'hunter2'", mean_exec_time=900)
    assert read(report(secret)).reading.holds_secrets
    assert "hunter2" not in repr(judged(report(secret), **BUDGET))
    assert not read(REAL["JSON"]).reading.holds_secrets


def test_statements_with_line_breaks_quotes_and_other_separators_are_read() -> None:
    text = 'query;calls;mean_exec_time;max_exec_time\n"select ""a"";\n1";10;99.5;100\n'
    assert judged(text.encode(), **BUDGET).findings[0].where == 'select "a"; 1'


@pytest.mark.parametrize(
    "empty", [b"query,calls,mean_exec_time\n", as_json({"statements": [], "tables": []}), as_json({"tables": None})]
)
def test_an_empty_report_is_unknown(empty: bytes) -> None:
    assert told(empty, "pgss").outcome.result == "unknown"


def test_a_list_of_statements_alone_is_read() -> None:
    assert judged(json.dumps([statement()]).encode(), **BUDGET).result == "pass"
