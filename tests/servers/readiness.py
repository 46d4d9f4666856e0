"""The application's own processes, as they are deployed, on the database of the running test: mark it `transaction=True`."""

import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from subprocess import Popen

from django.conf import settings
from django.db import connection

from tests.infrastructure.programs import find
from tests.infrastructure.servers import free_port, port_open, running
from tests.infrastructure.waiting import eventually

ROOT = Path(__file__).parents[2]
NGINX = ROOT / "docker/nginx.conf"


@dataclass(frozen=True, slots=True)
class Site:
    """`url` is where people go, `live` where the stream is: the same behind the proxy."""

    url: str
    live: str
    live_port: int
    live_process: Popen[bytes]


@contextmanager
def embedded() -> Iterator[Site]:
    """As `make run` does it: no proxy, no Redis, the stream on a port of its own."""
    port, live_port = free_port(), free_port()
    url, live_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{live_port}"
    with ExitStack() as stack:
        env = environment(BASE_URL=url, LIVE_URL=live_url)
        stack.enter_context(pages(port, env, workers=1))
        process = stack.enter_context(live(live_port, env))
        _await(port, live_port)
        yield Site(url, live_url, live_port, process)


@contextmanager
def behind_nginx(redis_url: str, folder: Path, *, asks_again_s: float = 2, **more: str) -> Iterator[Site]:
    """As it is deployed: nginx in front of two web processes and the live stream, which hears of changes through Redis."""
    port, web_port, live_port = free_port(), free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        env = environment(BASE_URL=url, BROKER_URL=redis_url, TRUSTED_PROXIES="127.0.0.0/8") | more
        stack.enter_context(pages(web_port, env, workers=2))
        process = stack.enter_context(live(live_port, env, asks_again_s))
        stack.enter_context(proxy(port, web_port, live_port, folder))
        _await(web_port, live_port)
        yield Site(url, url, live_port, process)


def environment(**more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "readiness.settings",
        "DEBUG": "1",  # static files are served from where they lie
        "VAR_DIR": str(settings.VAR_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": database_url(),
        "LOG_LEVEL": "WARNING",
    } | more


def database_url() -> str:
    """Of the test's database, not of the one beside which it was made."""
    there = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{there['NAME']}"
    return f"postgresql://{there['USER']}@{there['HOST']}:{there['PORT']}/{there['NAME']}"


@contextmanager
def pages(port: int, env: dict[str, str], *, workers: int) -> Iterator[None]:
    options = ["--interface", "wsgi", "--port", port, "--workers", workers, "--blocking-threads", 4, "--no-access-log"]
    command = [
        Path(sys.executable).parent / "granian",
        *options,
        "--log-level",
        "warning",
        "readiness.wsgi:application",
    ]
    with running(["env", *_assignments(env), *command], answers=lambda: True, folder=ROOT):
        yield


@contextmanager
def live(port: int, env: dict[str, str], asks_again_s: float = 2) -> Iterator[Popen[bytes]]:
    command = [sys.executable, "manage.py", "live", "--port", port, "--asks-again-s", asks_again_s]
    with running(["env", *_assignments(env), *command], answers=lambda: True, folder=ROOT) as process:
        yield process


@contextmanager
def proxy(port: int, web_port: int, live_port: int, folder: Path) -> Iterator[None]:
    """The configuration that is shipped, with the addresses of this machine."""
    program = find("nginx")
    assert program, 'mark the test with needs("nginx")'
    addresses = {
        "server web:8000": f"server 127.0.0.1:{web_port}",
        "server live:8000": f"server 127.0.0.1:{live_port}",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "/tmp/": f"{folder}/",
    }
    text = NGINX.read_text()
    for shipped, here in addresses.items():
        assert shipped in text
        text = text.replace(shipped, here)
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"{user}daemon off;\n{text}")
    command = [program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    with running(command, answers=port_open(port)):
        yield


def _assignments(env: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in env.items()]


def _await(*ports: int) -> None:
    """They start side by side; on a busy machine each takes its time."""
    for port in ports:
        eventually(partial(_is_alive, port), within=timedelta(minutes=2), what=f"port {port} answers")


def _is_alive(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/live", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
