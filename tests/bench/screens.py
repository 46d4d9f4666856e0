"""Many browser windows in one process, cheap enough to leave the machine to what is measured: asyncio protocols that note when a
word reached them, and answer heartbeats as a browser does.
"""

import asyncio
import re
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlencode

HEARTBEAT = re.compile(rb"event: heartbeat\ndata: ([\w-]+)\n")


class _Requests(asyncio.Protocol):
    """One kept connection, one request after the other."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()
        self.answered: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = bytes(self.received).partition(b"\r\n\r\n")
        if not found or not self.answered or self.answered.done():
            return
        length = re.search(rb"(?i)content-length: (\d+)", head)
        whole = len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n")
        if whole or b" 204 " in head[:20]:
            self.received.clear()
            self.answered.set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, _exc: Exception | None) -> None:
        self.transport = None


@dataclass
class Caller:
    """A person's clicks, on one connection. `headers` are all that is sent beside the length."""

    port: int
    headers: dict[str, str]
    _protocol: _Requests | None = None

    async def post(self, path: str, fields: dict[str, object] | None = None) -> int:
        if self._protocol is None or self._protocol.transport is None:
            loop = asyncio.get_running_loop()
            _, self._protocol = await loop.create_connection(_Requests, "127.0.0.1", self.port)
        body = urlencode(fields or {}).encode()
        protocol, lines = self._protocol, [f"{name}: {value}" for name, value in self.headers.items()]
        head = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *lines, f"Content-Length: {len(body)}"]
        protocol.answered = asyncio.get_running_loop().create_future()
        assert protocol.transport
        protocol.transport.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        return await protocol.answered


@dataclass(eq=False)
class Window(asyncio.Protocol):
    """A stream that is followed. `arrivals`: word → when it came."""

    port: int
    path: str
    cookie: str
    waits_for: bytes = b""
    arrivals: dict[bytes, float] = field(default_factory=dict)
    _tail: bytes = b""
    _heartbeats: Caller | None = None
    _transport: asyncio.Transport | None = None
    _answers: set[asyncio.Task[int]] = field(default_factory=set)
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self.port)
        await self._opened.wait()

    @property
    def is_closed(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        lines = [f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: {self.cookie}", "", ""]
        transport.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        seen = self._tail + data
        self._tail = seen[-64:]
        if b"text/event-stream" in seen:
            self._opened.set()
        if self.waits_for and self.waits_for in seen:
            self.arrivals.setdefault(self.waits_for, now)
        if beat := HEARTBEAT.search(data):
            self._heartbeats = self._heartbeats or Caller(self.port, {})
            answer = asyncio.ensure_future(self._heartbeats.post(f"{self.path}?screen={beat[1].decode()}"))
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)


async def arrived(windows: Collection[Window], word: bytes, *, within: float = 30.0) -> list[float]:
    """When each of them had it."""
    deadline = time.perf_counter() + within
    while not all(word in window.arrivals for window in windows):
        lacking = [window for window in windows if word not in window.arrivals]
        closed = sum(1 for window in lacking if window.is_closed)
        assert time.perf_counter() < deadline, (
            f"{word!r} is not on {len(lacking)} screens, of which {closed} are closed"
        )
        await asyncio.sleep(0.002)
    return [window.arrivals[word] for window in windows]
