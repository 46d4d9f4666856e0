"""moto's server: AWS as far as tests need it, over real HTTP."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.infrastructure.servers import free_port, port_open, running

KEY = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
"""The pair that AWS's own documentation shows; it opens nothing."""


@contextmanager
def secrets_manager() -> Iterator[str]:
    """Its address. Keys are not checked, but what is signed is read like a real call."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, answers=port_open(port)):
        yield f"http://127.0.0.1:{port}"
