"""The door of the live process, plain ASGI: `GET /reviews/<id>/stream/?item=&beat=` is a stream of server-sent events, a POST to
the same address with `?screen=` says that the screen is still there.

A stream sends `heartbeat` with the screen's name every other second or so, and the browser answers it: a connection that
broke without a word is noticed by both sides. `follow` says that a screen which looked elsewhere goes with the room from now
on; `over` with an address ends the stream. Everything else is regions of the room.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.db import DatabaseError
from django.http.cookie import parse_cookie
from django.utils import timezone

from reviews.live.admission import admitted
from reviews.live.asking import ask
from reviews.live.hub import Hub
from reviews.live.screen import Screen, event_message
from reviews.rules import HEARD_EVERY

ADDRESS = re.compile(r"^/reviews/(\d{1,9})/stream/$")
HEARTBEAT_S = HEARD_EVERY.total_seconds() * 0.8  # so that each time signs are written down, there is one
SILENT = timedelta(seconds=30)  # after that, whoever answers no heartbeat is gone

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]

    @classmethod
    def of(cls, scope: Message) -> "Request":
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return cls(scope["method"], scope["path"], query, headers)

    @property
    def session_key(self) -> str:
        return parse_cookie(self.headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")

    @property
    def beat(self) -> str:
        """What the screen has: the last event that reached it, or the page."""
        return self.headers.get("last-event-id") or self.query.get("beat", "")

    @property
    def cross_origin(self) -> Headers:
        """Pages of this site may read a stream that is served on another port; nobody else may."""
        if not settings.LIVE_URL or self.headers.get("origin") != settings.BASE_URL:
            return []
        return [
            (b"access-control-allow-origin", settings.BASE_URL.encode()),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-allow-headers", b"last-event-id"),
            (b"access-control-max-age", b"600"),
            (b"vary", b"origin"),
        ]


class Application:
    """One for each process, with its hub."""

    def __init__(self, *, asks_again_s: float = 45.0) -> None:
        self.hub = Hub()
        self.asks_again_s = asks_again_s  # whether a reader may still have the stream

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(Request.of(scope), receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.hub.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.hub.end()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        found = ADDRESS.match(request.path)
        match request.method:
            case "GET" if request.path == "/healthz/live":
                await _say(send, 200, body=json.dumps({"status": "alive", "screens": self.hub.count}).encode())
            case "GET" if found:
                await self._stream(request, int(found[1]), receive, send)
            case "POST" if found:
                await _say(send, self._still_there(request), request.cross_origin)
            case "OPTIONS" if found:
                await _say(send, 204, request.cross_origin)
            case _:
                await _say(send, 404)

    def _still_there(self, request: Request) -> int:
        """The name is the screen's alone; there is nothing else to know and nothing to change with it."""
        screen = self.hub.screens.get(request.query.get("screen", ""))
        if screen is None or screen.is_ended:
            return 404
        screen.heard_at = timezone.now()
        return 204

    async def _stream(self, request: Request, review_id: int, receive: Receive, send: Send) -> None:
        item = request.query.get("item") or None
        try:
            reader = await ask(admitted, request.session_key, review_id, item)
        except DatabaseError:
            await _say(send, 503, request.cross_origin)
            return
        if reader is None:
            await _say(send, 404, request.cross_origin)
        elif not self.hub.has_room_for(reader, review_id):
            await _say(send, 429, request.cross_origin)
        else:
            screen = Screen(review_id, item, request.beat, reader, timezone.now())
            await self._show(screen, request, receive, send)

    async def _show(self, screen: Screen, request: Request, receive: Receive, send: Send) -> None:
        self.hub.enter(screen)
        gone = asyncio.create_task(_until_gone(receive, screen))
        try:
            headers = STREAM_HEADERS + request.cross_origin
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._send_all(screen, request.session_key, send)
            await send({"type": "http.response.body"})
        finally:
            gone.cancel()
            self.hub.leave(screen)

    async def _send_all(self, screen: Screen, session_key: str, send: Send) -> None:
        heartbeat = event_message("heartbeat", screen.name)
        beats_at = _time()
        asks_at = beats_at + self.asks_again_s
        while (message := await _next(screen, beats_at)) is not None:
            if not message:
                beats_at = _time() + HEARTBEAT_S
                if _time() >= asks_at:
                    asks_at = _time() + self.asks_again_s
                    if not await self._may_stay(screen, session_key):
                        return
            # Waits while the browser takes nothing in; the queue runs full meanwhile, and the screen is given up.
            await send({"type": "http.response.body", "body": message or heartbeat, "more_body": True})

    async def _may_stay(self, screen: Screen, session_key: str) -> bool:
        """Signed out, or without the grant, the stream ends; so it does for a browser that answers nothing."""
        if timezone.now() - screen.heard_at > SILENT:
            return False
        try:
            reader = await ask(admitted, session_key, screen.review_id, screen.item)
        except DatabaseError:
            return True  # there is nothing new to be told meanwhile either
        if reader is not None and reader != screen.reader:
            screen.reader = reader
            self.hub.look(screen.review_id)
        return reader is not None


STREAM_HEADERS: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx passes each event on at once
    (b"x-content-type-options", b"nosniff"),
]


async def _next(screen: Screen, beats_at: float) -> bytes | None:
    """The next message; b"" when a heartbeat is due first; None at the end."""
    left = beats_at - _time()
    if left <= 0 and not screen.is_ended:
        return b""
    try:
        return await asyncio.wait_for(screen.queue.get(), max(left, 0))
    except TimeoutError:
        return b""


async def _until_gone(receive: Receive, screen: Screen) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    screen.end()


async def _say(send: Send, status: int, headers: Iterable[tuple[bytes, bytes]] = (), body: bytes = b"") -> None:
    start = [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


def _time() -> float:
    return asyncio.get_running_loop().time()
