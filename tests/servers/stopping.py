"""A server to be told to stop, run by path: `stopping.py PORT drains|drops|quits|ignores|says-unready`. `/slow` takes a second.

`asgi` and `wsgi` are the same for real servers: `uvicorn tests.servers.stopping:asgi`.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any

SLOW_S = 1.0
UNREADY_S = 0.8


class Server(ThreadingHTTPServer):
    daemon_threads = False
    is_ready = True


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(SLOW_S)
        status = 404 if self.path == "/nothing" else 200
        self.send_response(503 if self.path == "/ready" and not self.server.is_ready else status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def serve(port: int, how: str) -> None:
    server = Server(("127.0.0.1", port), Handler)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.is_ready = False
        wait_s = UNREADY_S if how == "says-unready" else 0
        threading.Timer(wait_s, server.shutdown).start()

    handlers: dict[str, Any] = {"drops": signal.SIG_DFL, "ignores": signal.SIG_IGN, "quits": lambda *_: os._exit(0)}
    signal.signal(signal.SIGTERM, handlers.get(how, stop))
    server.serve_forever(poll_interval=0.05)
    server.server_close()  # the listener first, then whoever is still being answered


async def asgi(scope: dict[str, Any], _: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    if scope["type"] != "http":
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(SLOW_S)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def wsgi(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        time.sleep(SLOW_S)
    start_response("200 OK", [])
    return [b"ok"]


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
