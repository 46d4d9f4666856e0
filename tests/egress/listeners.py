"""Servers that misbehave on demand, and listeners that nobody may reach."""

import contextlib
import random
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

type Script = Callable[[socket.socket, bytes], None]  # gets the connection and the head of the request


BELOW_THE_EPHEMERAL = range(20_000, 32_000)
"""Where nobody is given a port by chance."""


def _bound(address: str) -> socket.socket:
    """Everything on this machine that waits for a server of its own knocks on ports that the system gave out; one that listens on
    all addresses would hear such a stranger, and count it. So it takes a port that the system gives to nobody.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    is_everywhere = address == "::"
    candidates = random.sample(BELOW_THE_EPHEMERAL, 50) if is_everywhere else [0]
    for port in candidates:
        with contextlib.suppress(OSError):
            return socket.create_server((address, port), family=family, dualstack_ipv6=is_everywhere, backlog=256)
    raise OSError(f"No free port on {address}.")


class Listener:
    """Accepts on a free port and lets `script` answer each request. Counts connections, keeps the heads of requests.

    A listener on "::" hears IPv4 as well.
    """

    def __init__(self, script: Script, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.script, self.tls = script, tls
        self.heads: list[bytes] = []
        self._visitors: list[int] = []  # their ports
        self._came = threading.Condition()
        self._server = _bound(address)
        self.address = address
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}" if self.address == "::" else f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.place}/"

    def visitors(self) -> int:
        """Say how many came. A last visitor of our own stands behind all others in the queue, so none is missed."""
        with socket.create_connection((self.place.rpartition(":")[0], self.port)) as last:
            port = last.getsockname()[1]
            with self._came:
                assert self._came.wait_for(lambda: port in self._visitors, timeout=10)
                self._visitors.remove(port)
                return len(self._visitors)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._server.accept()
            except OSError:  # closed
                return
            with self._came:
                self._visitors.append(peer[1])
                self._came.notify_all()
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self.tls.wrap_socket(connection, server_side=True) if self.tls else connection as stream:
                while head := _read_head(stream):
                    self.heads.append(head)
                    self.script(stream, head)
        except OSError:
            pass  # the visitor left; mostly that is the point of the test


@contextmanager
def listening(
    script: Script | None = None, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[Listener]:
    listener = Listener(script or answer(b"ok"), address, tls)
    try:
        yield listener
    finally:
        listener.close()


def _read_head(stream: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and not head.startswith(b"\x16\x03"):  # a TLS handshake is answered in plain text
        chunk = stream.recv(4096)
        if not chunk:
            return b""
        head += chunk
    return head


def answer(body: bytes, *headers: str, status: str = "200 OK") -> Script:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda stream, head: stream.sendall("\r\n".join(lines).encode() + body)


def redirect(to: Callable[[str], str] | str, status: int = 302) -> Script:
    """Redirect every path; `to` may compute the Location from the path asked for."""

    def script(stream: socket.socket, head: bytes) -> None:
        location = to if isinstance(to, str) else to(head.split()[1].decode())
        answer(b"", f"Location: {location}", "Connection: close", status=f"{status} Elsewhere")(stream, head)
        stream.shutdown(socket.SHUT_WR)

    return script


def slow_redirect(stream: socket.socket, head: bytes) -> None:
    time.sleep(0.4)
    redirect(lambda path: path + "x")(stream, head)


def silence(stream: socket.socket, head: bytes) -> None:
    stream.recv(1)


def drip(stream: socket.socket, head: bytes) -> None:
    """A byte of the body every tenth of a second, for thirty seconds."""
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n")
    for _ in range(300):
        stream.sendall(b".")
        time.sleep(0.1)


def drip_headers(stream: socket.socket, head: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(300):
        stream.sendall(b"X: 1\r\n")
        time.sleep(0.1)


def endless_body(stream: socket.socket, head: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        stream.sendall(b"x" * 65536)


def endless_headers(stream: socket.socket, head: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        stream.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")


def endless_header_line(stream: socket.socket, head: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\nX-Filler: ")
    while True:
        stream.sendall(b"x" * 65536)


def endless_interim(stream: socket.socket, head: bytes) -> None:
    while True:
        stream.sendall(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 100)


def endless_trailers(stream: socket.socket, head: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
    while True:
        stream.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")


def gzip_bomb(layers: int = 1) -> Script:
    """512 MiB of zeros, packed once or over and over.

    A flushed block of deflate stands alone, so the packed form of one MiB is simply sent 512 times.
    """
    start, block = _packed(bytes(1 << 20))
    body = start + block * 512
    for _ in range(layers - 1):
        body = b"".join(_packed(body))
    encoding = f"Content-Encoding: {', '.join(['gzip'] * layers)}\r\n"
    return lambda stream, head: stream.sendall(f"HTTP/1.1 200 OK\r\n{encoding}\r\n".encode() + body)


def _packed(plain: bytes) -> tuple[bytes, bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH), packer.compress(plain) + packer.flush(
        zlib.Z_FULL_FLUSH
    )
