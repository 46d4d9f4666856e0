"""What is found by its name, and that people can read which names these are."""

from pathlib import Path

import pytest

from readiness.assessments.promql.queries import matchers
from readiness.checks.types import _conventions as names

MANUAL = (Path(__file__).parents[3] / "docs" / "monitoring.md").read_text()


def exported(*metrics: str) -> names.Exported:
    return names.Exported(frozenset(metrics), matchers('{job="a"}'))


@pytest.mark.parametrize("table", ["COUNTERS", "LATENCIES", "STATUS_LABELS", "CPU", "MEMORY"])
def test_each_name_stands_in_the_manual(table: str) -> None:
    assert [name for name in getattr(names, table) if f"`{name}`" not in MANUAL] == []


def test_each_pool_stands_in_the_manual() -> None:
    assert [pool for _, *pool, _ in names.POOLS if not all(f"`{name}`" in MANUAL for name in pool)] == []


def test_a_histogram_goes_before_a_name_that_only_looks_like_one() -> None:
    found = names.latency_of(exported("order_request_duration_seconds_bucket", "http_server_requests_seconds_bucket"))
    assert found == names.Latency("http_server_requests_seconds", has_buckets=True)


def test_what_libraries_name_in_another_way_is_found_by_its_words() -> None:
    assert names.latency_of(exported("shop_request_latency_seconds_bucket")) is not None
    assert names.counters_of(exported("shop_requests_total", "shop_requests_handled_total")) == [
        "shop_requests_total",
        "shop_requests_handled_total",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "http_client_requests_total",
        "promhttp_metric_handler_requests_total",
        "envoy_cluster_upstream_requests_total",
        "redis_requests_total",
        "http_client_request_duration_seconds_bucket",
    ],
)
def test_what_it_asks_of_others_is_left_out(name: str) -> None:
    assert names.counters_of(exported(name)) == []
    assert names.latency_of(exported(name)) is None


def test_containers_leave_out_the_groups_of_their_pods() -> None:
    found = names.gauge_of([exported("container_memory_working_set_bytes")], names.MEMORY)
    assert found is not None
    assert 'image!=""' in found[1]
