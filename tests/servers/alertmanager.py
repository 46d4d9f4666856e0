"""A real Alertmanager, in a folder of its own, and its own word on where an alert goes."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from readiness.egress import Egress, EgressPolicy, Request
from tests.infrastructure.programs import find
from tests.infrastructure.servers import free_port, running


@dataclass(frozen=True, slots=True)
class Alertmanager:
    url: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def is_ready(self) -> bool:
        return Egress(EgressPolicy.parse("127.0.0.0/8")).fetch(Request(f"{self.url}/-/ready")).status == 200


@contextmanager
def alertmanager(configuration: str) -> Iterator[Alertmanager]:
    """`configuration`: the text of its file (YAML, or JSON)."""
    program = find("alertmanager")
    assert program, 'mark the test with needs("alertmanager")'
    with tempfile.TemporaryDirectory(prefix="readiness-alertmanager-") as name:
        folder, port = Path(name), free_port()
        (folder / "alertmanager.yml").write_text(configuration)
        command = [
            program,
            f"--config.file={folder}/alertmanager.yml",
            f"--storage.path={folder}/kept",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        server = Alertmanager(f"http://127.0.0.1:{port}")
        with running(command, answers=lambda: server.is_ready):
            yield server


def receivers_by_amtool(configuration: str, labels: Mapping[str, str]) -> list[str]:
    """The receivers that Alertmanager's own tool says an alert with these labels goes to, in their order."""
    program = find("amtool")
    assert program, 'mark the test with needs("amtool")'
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(configuration)
        file.flush()
        pairs = [f"{label}={json.dumps(value)}" for label, value in labels.items()]
        command = [str(program), "config", "routes", "test", f"--config.file={file.name}", *pairs]
        told = subprocess.run(command, capture_output=True, text=True, check=True)
    return told.stdout.strip().split(",")
