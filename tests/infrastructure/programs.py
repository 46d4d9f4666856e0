"""The programs that tests run against, where they are found, and the Debian package that brings each."""

import shutil
from pathlib import Path

# name in `needs(…)` → commands that will do, and the package
PROGRAMS: dict[str, tuple[tuple[str, ...], str]] = {
    "postgresql": (("initdb",), "postgresql"),
    "redis": (("redis-server",), "redis-server"),
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "nginx": (("nginx",), "nginx-light"),
    "prometheus": (("prometheus",), "prometheus"),
    "promtool": (("promtool",), "prometheus"),
    "alertmanager": (("alertmanager", "prometheus-alertmanager"), "prometheus-alertmanager"),
    "amtool": (("amtool",), "prometheus-alertmanager"),
}


def find(name: str) -> Path | None:
    """The program's path, or None: `find("nginx")`."""
    commands, _package = PROGRAMS[name]
    for command in commands:
        if path := shutil.which(command) or shutil.which(command, path=":".join(_more_folders())):
            return Path(path)
    return None


def package(name: str) -> str:
    """The Debian package that brings it."""
    return PROGRAMS[name][1]


def _more_folders() -> list[str]:
    # Debian keeps servers out of an ordinary user's PATH, and PostgreSQL's in a folder for each version; the newest first.
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return [*map(str, versions), "/usr/sbin", "/usr/local/sbin", "/sbin"]
