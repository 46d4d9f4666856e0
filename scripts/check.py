"""`make check`: everything that can be judged without running the application. All steps run; one that fails fails the whole.

scripts/check.py [--fix] [NAME…]   NAME is one of the names printed, such as `types`
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports", "--no-logo"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "django": ["python", "manage.py", "check", "--fail-level", "WARNING"],
    "templates": ["djlint", "templates", "--lint", "--quiet"],
}
FIXES: dict[str, list[str]] = {
    "lint": ["ruff", "check", "--fix", "."],
    "format": ["ruff", "format", "."],
}


def main() -> int:
    options = arguments()
    steps = FIXES if options.fix else STEPS
    chosen = options.names or list(steps)
    results = {name: passes(name, steps[name]) for name in chosen}
    failed = [name for name, passed in results.items() if not passed]
    print(
        f"\ncheck: {len(results) - len(failed)} of {len(results)} passed"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fix", action="store_true", help="repair what can be repaired by itself")
    parser.add_argument("names", nargs="*", choices=[*STEPS, []], help="only these")
    return parser.parse_args()


def passes(name: str, command: list[str]) -> bool:
    print(f"--- {name}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment(), check=False)
    outcome = "passed" if done.returncode == 0 else "FAILED"
    print(f"--- {name}: {outcome} ({time.monotonic() - started:.1f} s)", flush=True)
    return done.returncode == 0


def environment() -> dict[str, str]:
    """The tools of our environment come first; Django starts with the tests' settings, which are complete on any machine."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return os.environ | {"PATH": path, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    sys.exit(main())
