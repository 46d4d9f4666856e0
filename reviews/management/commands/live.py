"""`live`: serves the live streams of the review rooms, in one process that waits and sends. Pages go on without it, by asking."""

import gc
import socket  # noqa: TID251 - to listen; it opens no connection
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand, CommandParser
from django.urls import get_resolver

from reviews.live.stream import Application

UNHEARD_MS = 30_000
"""A browser that takes nothing in for so long is gone: the kernel ends its connection and gives its memory back."""
SENT_AHEAD = 128 * 1024  # bytes that the kernel keeps for a browser that is slow to take them


class Server(uvicorn.Server):
    """Streams end first when it is told to stop: Uvicorn waits for whoever is being answered."""

    def __init__(self, application: Application, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                application, host, port, log_config=None, access_log=False, lifespan="on", ws="none",
                server_header=False, timeout_keep_alive=75, timeout_graceful_shutdown=2,
            )
        )  # fmt: skip
        self.application = application

    async def shutdown(self, sockets: Any = None) -> None:
        self.application.hub.end()
        await super().shutdown(sockets)


class Command(BaseCommand):
    help = "Serves the live streams of the review rooms."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--asks-again-s", type=float, default=45.0, help="how often a reader's right is looked at")

    def handle(self, *args: Any, **options: Any) -> None:
        get_resolver().url_patterns  # noqa: B018 - the first stream need not wait for every page to be loaded
        application = Application(asks_again_s=options["asks_again_s"])
        server = Server(application, options["host"], options["port"])
        listener = server.config.bind_socket()
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_AHEAD)
        gc.collect()
        gc.freeze()
        server.run([listener])
