"""Which of a service's metrics say how it fares, by the names that libraries give them.

A service says only which series are its own; what they are called follows from what it is built with. Names are as
they arrive in Prometheus. Sources of the names:
https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ · https://prometheus.io/docs/instrumenting/writing_clientlibs/
https://docs.spring.io/spring-boot/reference/actuator/metrics.html · https://istio.io/latest/docs/reference/config/metrics/
https://github.com/grpc-ecosystem/go-grpc-middleware/tree/main/providers/prometheus
https://doc.traefik.io/traefik/reference/install-configuration/observability/metrics/
https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from readiness.assessments.promql.queries import Matcher, Selector

LATENCIES = (
    "http_server_request_duration_seconds",  # OpenTelemetry
    "http_server_requests_seconds",  # Micrometer
    "http_request_duration_seconds",
    "http_requests_duration_seconds",
    "http_server_duration_milliseconds",  # OpenTelemetry until 2023
    "http_server_request_duration_milliseconds",
    "http_request_duration_milliseconds",
    "http_request_duration_ms",
    "flask_http_request_duration_seconds",
    "django_http_requests_latency_including_middlewares_seconds",
    "grpc_server_handling_seconds",
    "rpc_server_call_duration_seconds",
    "rpc_server_duration_milliseconds",
    "request_duration_seconds",
    "istio_request_duration_milliseconds",
    "traefik_service_request_duration_seconds",
    "nginx_ingress_controller_request_duration_seconds",
)
COUNTERS = (
    "http_requests_total",
    "http_server_requests_total",
    "flask_http_request_total",
    "django_http_responses_total_by_status_total",
    "grpc_server_handled_total",
    "requests_total",
    "istio_requests_total",
    "traefik_service_requests_total",
    "nginx_ingress_controller_requests",
    "nginx_vts_server_requests_total",
    "nginx_http_requests_total",
)
OTHER_LATENCY = re.compile(r"\w*request\w*(?:duration|latency|time)\w*_(?:seconds|milliseconds|ms)")
OTHER_COUNTER = re.compile(r"\w*requests?(?:_handled|_received|_served)?_total")
# What it asks of others, or what is asked of its runtime, is not its own traffic.
NOT_ITS_OWN = re.compile(
    r"(?:^|_)(?:client|outgoing|outbound|upstream|promhttp|prometheus|scrape|go|probe|kafka|redis|db)_"
)
STATUS_LABELS = (
    "http_response_status_code",
    "status_code",
    "http_status_code",
    "code",
    "status",
    "response_code",
    "status_class",
    "grpc_code",
    "grpc_status",
    "rpc_grpc_status_code",
    "rpc_response_status_code",
    "outcome",
    "result",
)
HTTP_STATUS = re.compile(r"[1-5](?:\d\d|xx)", re.IGNORECASE)
HTTP_FAILURE = "5.."
# https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ names those that are the server's fault.
GRPC_FAILURE = (
    "Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss"
    "|UNKNOWN|DEADLINE_EXCEEDED|UNIMPLEMENTED|INTERNAL|UNAVAILABLE|DATA_LOSS|2|4|12|13|14|15"
)
GRPC_ONLY = re.compile(
    r"(?:Canceled|InvalidArgument|DeadlineExceeded|NotFound|AlreadyExists|PermissionDenied|ResourceExhausted|Aborted"
    r"|FailedPrecondition|OutOfRange|Unimplemented|Internal|Unavailable|DataLoss|Unauthenticated)",
    re.IGNORECASE,
)
NAMED_FAILURE = f"{GRPC_FAILURE}|(?i:.*(err|fail|exception|unavailable).*)"

# Name → whether it is a counter of CPU seconds; else it is a share of a CPU.
CPU: Mapping[str, bool] = {
    "process_cpu_seconds_total": True,
    "process_cpu_time_seconds_total": True,
    "jvm_cpu_time_seconds_total": True,
    "dotnet_process_cpu_time_seconds_total": True,
    "process_cpu_usage": False,
    "process_cpu_utilization_ratio": False,
    "jvm_cpu_recent_utilization_ratio": False,
    "container_cpu_usage_seconds_total": True,
}
MEMORY = (
    "process_resident_memory_bytes",
    "process_memory_usage_bytes",
    "dotnet_process_memory_working_set_bytes",
    "container_memory_working_set_bytes",
    "jvm_memory_used_bytes",
    "go_memory_used_bytes",
)
DESCRIPTORS = ("process_open_fds", "process_files_open_files", "process_open_file_descriptor_count")
DESCRIPTOR_LIMITS = ("process_max_fds", "process_files_max_files")
RESTARTS = ("kube_pod_container_status_restarts_total",)
STARTED = ("process_start_time_seconds",)
MEMORY_LIMITS = ("container_spec_memory_limit_bytes",)

USED = Matcher("db_client_connection_state", "=", "used")
USED_ONCE = Matcher("state", "=", "used")  # OpenTelemetry until 2024
# (pool, in use, most) and what narrows the first.
POOLS: Sequence[tuple[str, str, str, tuple[Matcher, ...]]] = (
    ("hikaricp", "hikaricp_connections_active", "hikaricp_connections_max", ()),
    ("jdbc", "jdbc_connections_active", "jdbc_connections_max", ()),
    ("tomcat", "tomcat_threads_busy_threads", "tomcat_threads_config_max_threads", ()),
    ("executor", "executor_active_threads", "executor_pool_max_threads", ()),
    ("db_client", "db_client_connection_count", "db_client_connection_max", (USED,)),
    ("db_client", "db_client_connections_usage", "db_client_connections_max", (USED_ONCE,)),
    ("go_sql", "go_sql_in_use_connections", "go_sql_max_open_connections", ()),
    ("go_sql", "go_sql_stats_connections_in_use", "go_sql_stats_connections_max_open", ()),
)
IN_USE = re.compile(r"(\w*pool\w*?)_(?:in_use|active|busy|used|checked_?out)((?:_connections|_workers|_threads)?)")
MOST = ("max", "max_size", "limit", "size", "capacity")
MOST_POOLS = 10


@dataclass(frozen=True, slots=True)
class Exported:
    """The metrics that carry some labels. `labels` are of the service, or of the containers it runs in."""

    names: frozenset[str]
    labels: tuple[Matcher, ...]

    def selector(self, name: str, *more: Matcher) -> str:
        return str(Selector(name, (*self.labels, *more)))

    def first(self, candidates: Iterable[str]) -> str:
        """The first candidate that is exported; empty where none is."""
        return next((name for name in candidates if name in self.names), "")


@dataclass(frozen=True, slots=True)
class Latency:
    """`name` without suffix. A summary has its quantiles ready, a native histogram neither buckets nor quantiles."""

    name: str
    has_buckets: bool

    @property
    def to_ms(self) -> float:
        return 1.0 if self.name.endswith(("_milliseconds", "_ms")) else 1000.0


@dataclass(frozen=True, slots=True)
class Pool:
    """The selectors of how much is in use and of the most there can be."""

    name: str
    in_use: str
    most: str


def latency_of(exported: Exported) -> Latency | None:
    bare = _with_suffix(exported, "_bucket")
    for name in _latency_names(bare):
        if name in bare or name in exported.names:
            return Latency(name, has_buckets=name in bare)
    return None


def counters_of(exported: Exported) -> list[str]:
    """Counters of requests, the likeliest first."""
    counted = _with_suffix(exported, "_count")
    others = sorted(filter(OTHER_COUNTER.fullmatch, exported.names), key=lambda name: (len(name), name))
    found = [
        *(name for name in COUNTERS if name in exported.names),
        *(f"{name}_count" for name in _latency_names(counted) if name in counted),
        *(name for name in others if not NOT_ITS_OWN.search(name)),
    ]
    return list(dict.fromkeys(found))


def _with_suffix(exported: Exported, suffix: str) -> set[str]:
    return {name.removesuffix(suffix) for name in exported.names if name.endswith(suffix)}


def _latency_names(present: Iterable[str]) -> list[str]:
    others = sorted(name for name in present if OTHER_LATENCY.fullmatch(name) and not NOT_ITS_OWN.search(name))
    return [*LATENCIES, *others]


def failure_matcher(values: Mapping[str, Iterable[str]]) -> Matcher | None:
    """`values`: label → the values it has. The matcher that keeps the failed requests; None where no label tells."""
    for label in STATUS_LABELS:
        if said := {value for value in values.get(label, ()) if value}:
            return Matcher(label, "=~", _failures(label, said))
    return None


def _failures(label: str, said: set[str]) -> str:
    if (
        "grpc" in label
        or label.startswith("rpc_")
        or any(GRPC_ONLY.fullmatch(value.replace("_", "")) for value in said)
    ):
        return GRPC_FAILURE
    return HTTP_FAILURE if any(map(HTTP_STATUS.fullmatch, said)) else NAMED_FAILURE


def failures_beside(counter: str, exported: Exported) -> str:
    """The counter of failures that stands beside a counter of requests without a status; empty where there is none."""
    stem = re.sub(r"_requests?_total$", "", counter)
    endings = ("requests_failed", "request_errors", "requests_errors", "request_failures", "errors", "failures")
    return exported.first(f"{stem}_{ending}_total" for ending in endings)


def gauge_of(sources: Sequence[Exported], candidates: Iterable[str]) -> tuple[str, str] | None:
    """(name, selector) of the first candidate, looked for in one source after the other."""
    wanted = tuple(candidates)
    for source in sources:
        if name := source.first(wanted):
            # cAdvisor counts each container once more in its pod's own group, which has no image.
            more = (Matcher("image", "!=", ""),) if name.startswith("container_") else ()
            return name, source.selector(name, *more)
    return None


def pools_of(exported: Exported) -> list[Pool]:
    return [*_known_pools(exported), *_other_pools(exported)][:MOST_POOLS]


def _known_pools(exported: Exported) -> Iterator[Pool]:
    for name, in_use, most, matchers in POOLS:
        if {in_use, most} <= exported.names:
            yield Pool(name, exported.selector(in_use, *matchers), exported.selector(most))


def _other_pools(exported: Exported) -> Iterator[Pool]:
    known = {metric for _pool, *metrics, _matchers in POOLS for metric in metrics}
    for name in sorted(exported.names - known):
        if match := IN_USE.fullmatch(name):
            stem, unit = match.groups()
            ends = (f"{stem}_{word}{tail}" for word in MOST for tail in dict.fromkeys((unit, "")))
            if most := exported.first(ends):
                yield Pool(stem, exported.selector(name), exported.selector(most))
