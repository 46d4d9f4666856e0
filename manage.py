#!/usr/bin/env python
"""Django's command line. A wrong setting ends in a sentence, not a stack trace."""

import os
import secrets
import signal
import sys

# They read or write one file, and no deployment has to stand behind them: a pipeline calls them in a bare checkout.
READERS = {"inspect_artifact", "packet"}
OFFLINE = READERS | {"drain_drill"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OFFLINE:
        os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
    if len(sys.argv) > 1 and sys.argv[1] in READERS:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads along may stop early (| head)
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - Django must find its settings first
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"Readiness can't start: {problem}")


if __name__ == "__main__":
    main()
