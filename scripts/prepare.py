"""Makes the database and the static files ready for `make run`. Progress goes to stderr; who can sign in, to stdout.

One process for all steps: starting Django takes longer than a step that has nothing to do.
"""

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")
    try:
        django.setup()
    except ImproperlyConfigured as problem:
        sys.exit(f"Readiness can't start: {problem}")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    collect_static_files()
    if os.environ.get("DEMO", "1") != "0":
        call_command("demo", if_empty=True)  # before the next line: its story begins months ago, with the checklist
    call_command("checklist", "install", verbosity=0)


def collect_static_files() -> None:
    """Only when a file changed: compressing them takes seconds. Under DEBUG they are served from where they lie."""
    if settings.DEBUG:
        return
    root = Path(settings.STATIC_ROOT)
    stamp, state = root / ".collected-from", _static_state()
    if stamp.exists() and stamp.read_text() == state:
        return
    print("Collecting static files …", file=sys.stderr)
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state)


def _static_state() -> str:
    """A digest over our static files and the versions of the libraries that bring their own."""
    paths = sorted(path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*") if path.is_file())
    lines = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in paths]
    lock = Path(settings.BASE_DIR) / "uv.lock"
    lines.append(lock.read_text() if lock.exists() else django.__version__)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


if __name__ == "__main__":
    main()
