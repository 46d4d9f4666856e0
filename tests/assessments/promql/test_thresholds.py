"""Words, or a query."""

import pytest

from readiness.assessments.promql.thresholds import Metric, metric_of, scale_of

RATIO = "sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))"
P99 = "histogram_quantile(0.99, sum by (le) (rate(call_seconds_bucket[5m])))"


@pytest.mark.parametrize(
    ("written", "metric"),
    [
        ("errors", Metric("errors")),
        ("Error ratio", Metric("Error ratio")),
        ("Error ratio (5xx)", Metric("Error ratio (5xx)")),
        ("Slots: sold", Metric("Slots: sold")),
        ("Vans late by more than 15 minutes", Metric("Vans late by more than 15 minutes")),
        ("", Metric("")),
        (RATIO, Metric(RATIO, RATIO)),
        (f"Error ratio: {RATIO}", Metric("Error ratio", RATIO)),
        ("orders_total", Metric("orders_total", "orders_total")),
        ("job:errors:ratio", Metric("job:errors:ratio", "job:errors:ratio")),
        ('up{job="x"}', Metric('up{job="x"}', 'up{job="x"}')),
    ],
)
def test_words_are_told_from_queries(written: str, metric: Metric) -> None:
    assert metric_of(written) == metric


@pytest.mark.parametrize("written", ["sum(rate(x[5m])", "Errors: sum(rate(x[5m])", "Latency {broken", "sum(1"])
def test_a_broken_query_is_no_word(written: str) -> None:
    metric = metric_of(written)
    assert metric.problem.startswith("The query could not be read")
    assert metric.query == ""


@pytest.mark.parametrize(
    ("query", "unit", "factor", "scale"),
    [
        (RATIO, "%", 0.01, 0.01),
        (f"100 * {RATIO}", "%", 0.01, 1),
        ("pool_used_percent", "%", 0.01, 1),
        (P99, "ms", 0.001, 0.001),
        (f"1000 * {P99}", "ms", 0.001, 1),
        ("max(call_duration_ms)", "ms", 0.001, 1),
        ("max(call_duration_ms)", "s", 1, 1000),
        ("sum(rate(orders_total[5m]))", "orders", 1, 1),
    ],
)
def test_a_value_is_brought_into_the_unit_of_its_limit(query: str, unit: str, factor: float, scale: float) -> None:
    assert scale_of(query, unit, factor) == scale
