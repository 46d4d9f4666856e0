"""A real Prometheus with short intervals, in a folder of its own, that scrapes what the test gives it."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from readiness.egress import Egress, EgressPolicy, Request
from tests.infrastructure.programs import find
from tests.infrastructure.servers import free_port, running

CONFIG = """
global:
  scrape_interval: 200ms
  scrape_timeout: 200ms
  evaluation_interval: 200ms
rule_files:
  - {folder}/rules.yml
scrape_configs:
  - job_name: checkout
    static_configs:
      - targets: [{targets}]
"""


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
def prometheus(*, rules: str, target: str, awaited: Sequence[str] = ("up == 1",)) -> Iterator[Prometheus]:
    """A Prometheus that scrapes `target` (host:port) as job "checkout".

    It has evaluated its rules, and the queries in `awaited` return something.
    """
    program = find("prometheus")
    assert program, 'mark the test with needs("prometheus")'
    with tempfile.TemporaryDirectory(prefix="readiness-prometheus-") as name:
        folder, port = Path(name), free_port()
        (folder / "rules.yml").write_text(rules)
        (folder / "prometheus.yml").write_text(CONFIG.format(folder=folder, targets=target))
        command = [
            program,
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
        server = Prometheus(f"http://127.0.0.1:{port}")
        with running(
            command, answers=lambda: all(map(server.has_series, awaited)) and server.has_evaluated_all_rules()
        ):
            yield server
