"""`make run`: the whole application on this machine, with nothing but this folder.

PORT (8000) and DEMO (1) are read here; every other setting is the application's own (README). Logs are in var/log/.
"""

import contextlib
import http.client
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from honcho.environ import parse_procfile

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.supervisor import Supervised, Supervisor  # noqa: E402 - only now can it be found


def main() -> int:
    port = chosen_port()
    environment = os.environ | settings_for(port, live_port(port))
    signed_in_by = prepare(environment)
    logs = Path(environment["VAR_DIR"]) / "log"
    logs.mkdir(parents=True, exist_ok=True)
    processes = [
        Supervised(name, command, fresh(logs / f"{name}.log"), environment)
        for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items()
    ]
    threading.Thread(target=announce, args=(port, environment, signed_in_by), daemon=True).start()
    code = Supervisor(processes, say).run()
    say("Stopped.")
    return code


def chosen_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, not {text!r}.")
    if problem := why_not(int(text)):
        sys.exit(f"Port {text} can't be used ({problem}). Choose another: make run PORT={int(text) + 1}")
    return int(text)


def live_port(port: int) -> int:
    """The next free one: without a proxy, the live stream has a port of its own."""
    return next(one for one in range(port + 1, 65536) if not why_not(one))


def why_not(port: int) -> str:
    """Why nobody can listen there; empty when somebody can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            return problem.strerror or str(problem)
    return ""


def settings_for(port: int, live: int) -> dict[str, str]:
    """What `make run` sets where the person has not."""
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()
    var.mkdir(parents=True, exist_ok=True)
    ours = {
        "VAR_DIR": str(var),
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "LIVE_PORT": str(live),
        # The demo organisation's checks of this application reach it here, and nothing else on this machine.
        "EGRESS_ALLOW": f"127.0.0.1/32:{port}",
        "DJANGO_SETTINGS_MODULE": "readiness.settings",
    }
    ours["LIVE_URL"] = live_url(os.environ.get("BASE_URL") or ours["BASE_URL"], live)
    chosen = {name: value for name in ours if name != "VAR_DIR" and (value := os.environ.get(name))}
    if not os.environ.get("SECRET_KEY"):
        ours["SECRET_KEY"] = secret_key(var / "secret_key")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return ours | chosen | {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def live_url(base_url: str, live: int) -> str:
    """Beside the pages on this machine; under any other name there is a proxy in front, and the stream comes through it."""
    where = urlsplit(base_url)
    is_here = where.scheme == "http" and where.hostname in {"127.0.0.1", "localhost"}
    return f"http://{where.hostname}:{live}" if is_here else ""


def secret_key(path: Path) -> str:
    """Made once; sessions survive a restart."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()


def prepare(environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/prepare.py")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, end="")
        sys.exit(done.returncode)
    return done.stdout.strip()


def announce(port: int, environment: dict[str, str], signed_in_by: str) -> None:
    while not is_up(port):
        time.sleep(0.1)
    first_step = signed_in_by or "Open it to sign in; an empty installation asks for its first administrator."
    var = Path(environment["VAR_DIR"])
    say(f"\n  Readiness is up:  {environment['BASE_URL']}\n")
    say("\n".join(f"  {line}" for line in first_step.splitlines()))
    say(f"\n  Mail: {environment.get('EMAIL_URL') or var / 'mail'}   Logs: {var / 'log'}   Stop: Ctrl-C\n")


def is_up(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz/live")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def fresh(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be closed; stopping goes on
        print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
