"""Which command makes which kind of report: the one table. A kind that is not in it says so in the snippet.

Commands are POSIX shell. They don't fail the step when the tool finds something: the report is pushed either way, and the gate
decides. `$TARGET_URL` is where the service answers, `$READINESS` its address here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

OWN_ADDRESS = "target_url=$TARGET_URL"


@dataclass(frozen=True, slots=True)
class Producer:
    """`fields`: what is said when it is pushed, beside what is said of every report. `instead`: other tools, as comments."""

    tool: str
    file: str
    lines: tuple[str, ...]
    instead: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


PRODUCERS: Mapping[tuple[str, str], Producer] = {
    ("loadtest", ""): Producer(
        "k6",
        "load.json",
        (
            "k6 run --summary-trend-stats 'avg,med,p(50),p(95),p(99)' --summary-export load.json load-test.js || true",
        ),
        (
            'locust --headless --users 50 --run-time 15m --host "$TARGET_URL" --json > load.json || true',
            "artillery run --output load.json load-test.yml || true",
        ),
        (OWN_ADDRESS,),
    ),
    ("resource_trend", ""): Producer(
        "Prometheus",
        "trend.json",
        (
            "# the last half hour: memory, descriptors and their limit, and whether it restarted; add your pools by name",
            "end=$(date +%s) before='{'",
            "for series in process_resident_memory_bytes process_open_fds process_max_fds process_start_time_seconds; do",
            """  printf '%s"%s": ' "$before" "$series\"""",
            '  curl --silent --show-error --get "$PROMETHEUS/api/v1/query_range" \\',
            '    --data-urlencode "query=$series$METRICS" --data step=15 --data "start=$((end - 1800))" --data "end=$end"',
            "  before=','",
            "done > trend.json",
            "echo '}' >> trend.json",
        ),
    ),
    ("junit", ""): Producer(
        "your tests",
        "tests.xml",
        ("pytest -m resilience --junit-xml tests.xml || true",),
        ("go test -v ./... | go-junit-report > tests.xml",),
    ),
    ("junit", "sec-input-validation"): Producer(
        "Schemathesis",
        "api-fuzz.xml",
        ('schemathesis run "$OPENAPI_URL" --report junit --report-junit-path api-fuzz.xml || true',),
        fields=(OWN_ADDRESS,),
    ),
    ("sarif", ""): Producer(
        "Semgrep",
        "code-scan.sarif",
        ("semgrep scan --config p/default --sarif --output code-scan.sarif || true",),
        ("bandit --recursive . --format sarif --output code-scan.sarif || true",),
    ),
    ("secrets_scan", ""): Producer(
        "gitleaks",
        "secrets.json",
        ("gitleaks git --report-format json --report-path secrets.json . || true",),
        ('trufflehog git "file://$PWD" --json > secrets.json 2>&1 || true',),
    ),
    ("zap", ""): Producer(
        "ZAP baseline",
        "zap.json",
        (
            'docker run --rm --volume "$PWD:/zap/wrk:rw" ghcr.io/zaproxy/zaproxy:stable \\',
            '  zap-baseline.py -I -t "$TARGET_URL" -J zap.json || true',
        ),
        fields=(OWN_ADDRESS,),
    ),
    ("k8s_manifest", ""): Producer(
        "Helm",
        "manifests.yaml",
        ("helm template deploy/ > manifests.yaml",),
        ("kubectl kustomize deploy/ > manifests.yaml",),
    ),
    ("drain", ""): Producer(
        "drain drill",
        "drain.json",
        (
            'curl --silent --show-error --fail --remote-name --header "Authorization: Bearer $READINESS_TOKEN" \\',
            '  "${READINESS%/services/*}/tools/drain_drill.py"',
            "# a slow path takes a second or more; {port} is where your server has to listen",
            "python3 drain_drill.py --slow-path /slow --ready-path /healthz/ready --output drain.json \\",
            "  -- ./your-server --port {port} || true",
        ),
    ),
    ("explain", ""): Producer(
        "PostgreSQL",
        "plans.json",
        (
            'psql "$DATABASE_URL" --no-psqlrc --tuples-only --no-align --output plans.json \\',
            "  --command 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT 1 -- your query'",
        ),
    ),
    ("pgss", ""): Producer(
        "PostgreSQL",
        "statements.json",
        (
            'psql "$DATABASE_URL" --no-psqlrc --tuples-only --no-align --output statements.json --command "',
            "  SELECT json_build_object('statements', (SELECT json_agg(s) FROM (",
            "    SELECT query, calls, mean_exec_time, max_exec_time, rows FROM pg_stat_statements",
            "    ORDER BY total_exec_time DESC LIMIT 50) s),",
            '  \'tables\', (SELECT json_agg(t) FROM (SELECT relname, n_live_tup FROM pg_stat_user_tables) t))"',
        ),
    ),
    ("log_sample", ""): Producer(
        "kubectl",
        "sample.ndjson",
        ("kubectl logs --tail 1000 deployment/your-service > sample.ndjson",),
        ("journalctl --unit your-service --output cat --lines 1000 > sample.ndjson",),
        ("environment=staging",),
    ),
    ("otlp_trace", ""): Producer(
        "OpenTelemetry",
        "traces.json",
        (
            "# one request through every dependency; the Collector's file exporter or your tracing backend writes them",
            'curl --silent --show-error --fail --get "$TRACES/api/traces" --output traces.json \\',
            '  --data-urlencode "service=$TRACE_SERVICE" --data limit=20',
        ),
        ('nothing to push: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="${READINESS%/api/*}/v1/traces" with the token as a header',),
        fields=("environment=staging",),
    ),
    ("scorecard", ""): Producer(
        "Scorecard", "scorecard.json", ('scorecard --repo "$REPOSITORY" --format json > scorecard.json',)
    ),
    ("prom_rules_file", ""): Producer("Prometheus", "alerts.yml", ("promtool check rules alerts.yml || true",)),
}  # fmt: skip
"""(kind, item's key; empty for every item) → what makes it."""


def producer_of(kind: str, item_key: str) -> Producer:
    found = PRODUCERS.get((kind, item_key)) or PRODUCERS.get((kind, ""))
    return found or Producer("your tool", f"{kind}.json", (f"# make the report here, as {kind}.json",))
