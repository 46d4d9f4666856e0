"""A real Prometheus with short intervals, in a folder of its own, that scrapes what the test gives it."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from readiness.egress import Egress, EgressPolicy, Request
from tests.infrastructure.programs import find
from tests.infrastructure.servers import free_port, running


@dataclass(frozen=True, slots=True)
class Prometheus:
    url: str

    def has_series(self, query: str) -> bool:
        return bool(self._ask("query?" + urlencode({"query": query})).get("result"))

    def has_evaluated_all_rules(self) -> bool:
        groups = self._ask("rules").get("groups", [])
        return bool(groups) and all(rule["health"] != "unknown" for group in groups for rule in group["rules"])

    def _ask(self, question: str) -> dict[str, list[dict[str, list[dict[str, str]]]]]:
        answer = Egress(EgressPolicy.parse("127.0.0.0/8")).fetch(Request(f"{self.url}/api/v1/{question}"))
        found = json.loads(answer.body)["data"] if answer.status == 200 else {}
        return dict(found)


@contextmanager
def prometheus(
    *,
    rules: str = "",
    target: str = "",
    jobs: Mapping[str, Sequence[str]] | None = None,
    paths: Mapping[str, str] | None = None,
    alertmanager: str = "",
    history: str = "",
    awaited: Sequence[str] = ("up == 1",),
) -> Iterator[Prometheus]:
    """A Prometheus that scrapes `jobs` (name → host:port of each target; `target` alone is job "checkout") at
    /metrics or at the job's own of `paths`, evaluates `rules` (the text of a rule file) and sends its alerts to
    `alertmanager` (host:port). `history`: samples of the past, in the OpenMetrics format with Unix seconds.

    It has evaluated its rules, and the queries in `awaited` return something.
    """
    program = find("prometheus")
    assert program, 'mark the test with needs("prometheus")'
    jobs = jobs or ({"checkout": [target]} if target else {})
    with tempfile.TemporaryDirectory(prefix="readiness-prometheus-") as name:
        folder, port = Path(name), free_port()
        (folder / "rules.yml").write_text(rules or "groups: []")
        # JSON is YAML
        (folder / "prometheus.yml").write_text(json.dumps(_configuration(folder, jobs, paths or {}, alertmanager)))
        if history:
            _write_history(folder, history)
        command = [
            program,
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
        server = Prometheus(f"http://127.0.0.1:{port}")

        def is_ready() -> bool:
            has_rules = not rules or server.has_evaluated_all_rules()
            return has_rules and all(map(server.has_series, awaited))

        with running(command, answers=is_ready):
            yield server


def _write_history(folder: Path, history: str) -> None:
    program = find("promtool")
    assert program, 'mark the test with needs("promtool")'
    (folder / "history.txt").write_text(history)
    command = [str(program), "tsdb", "create-blocks-from", "openmetrics", f"{folder}/history.txt", f"{folder}/tsdb"]
    subprocess.run(command, capture_output=True, check=True)


def _configuration(
    folder: Path, jobs: Mapping[str, Sequence[str]], paths: Mapping[str, str], alertmanager: str
) -> dict[str, object]:
    quick = {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "200ms"}
    alertmanagers = [{"static_configs": [{"targets": [alertmanager]}]}] if alertmanager else []
    return {
        "global": quick,
        "rule_files": [f"{folder}/rules.yml"],
        "alerting": {"alertmanagers": alertmanagers},
        "scrape_configs": [
            {
                "job_name": job,
                "metrics_path": paths.get(job, "/metrics"),
                "static_configs": [{"targets": list(targets)}],
            }
            for job, targets in jobs.items()
        ],
    }
