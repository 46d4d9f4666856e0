#!/usr/bin/env python
"""Django's command line. A wrong setting ends in a sentence, not a stack trace."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - Django must find its settings first
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"Readiness can't start: {problem}")


if __name__ == "__main__":
    main()
