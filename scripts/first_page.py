"""How long `make run` takes to its first page (clean clone with nothing cached, second time), and to its end after Ctrl-C.

    .venv/bin/python scripts/first_page.py [PORT]

The clone (of what is committed) goes to a temporary folder, with an empty uv cache, no pip cache and no uv on PATH.
"""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300  # seconds


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8123
    with tempfile.TemporaryDirectory(prefix="readiness-clone-") as name:
        folder = Path(name)
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
        environment = bare_environment(folder)
        print("| start | to the first page | to the end after Ctrl-C |\n|---|---|---|")
        measure("clean clone, nothing cached", folder / "clone", port, environment)
        measure("second time", folder / "clone", port, environment)
        shutil.rmtree(folder / "clone/.venv")
        shutil.rmtree(folder / "clone/var")
        measure("clean clone, packages in uv's cache", folder / "clone", port, environment)


def bare_environment(folder: Path) -> dict[str, str]:
    """The python3 that comes first here, the system's own commands, and nothing else on PATH."""
    question = ["python3", "-c", "import sys; print(sys.executable)"]
    python = subprocess.run(question, capture_output=True, text=True, check=True, cwd="/").stdout.strip()
    (folder / "bin").mkdir()
    (folder / "bin/python3").symlink_to(python)
    kept = {
        name: value for name, value in os.environ.items() if name == "HOME" or "CERT" in name or name.startswith("PIP_")
    }
    path = f"{folder / 'bin'}:/usr/bin:/bin"
    return kept | {"PATH": path, "UV_CACHE_DIR": str(folder / "uv-cache"), "PIP_NO_CACHE_DIR": "1"}


def measure(what: str, clone: Path, port: int, environment: dict[str, str]) -> None:
    started = time.monotonic()
    command = ["make", "run", f"PORT={port}"]
    with (clone.parent / "output.txt").open("w+") as output:
        make = subprocess.Popen(
            command, cwd=clone, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        while (status := first_page(port)) is None:
            if make.poll() is not None or time.monotonic() - started > PATIENCE:
                output.seek(0)
                sys.exit(f"make run did not answer:\n{output.read()}")
            time.sleep(0.05)
        answered = time.monotonic()
        time.sleep(5)  # a person does not press Ctrl-C while the worker is starting
        asked = time.monotonic()
        os.killpg(make.pid, signal.SIGINT)  # what a terminal does
        make.wait()
    print(f"| {what} | {answered - started:.1f} s (status {status}) | {time.monotonic() - asked:.1f} s |", flush=True)


def first_page(port: int) -> int | None:
    """The status of `/`, redirects to the sign-in page included, or None while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


if __name__ == "__main__":
    main()
