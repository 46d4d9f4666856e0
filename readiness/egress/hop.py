"""One exchange with one place: a libcurl handle whose callbacks keep every limit.

The callback that opens the socket is handed the very address that libcurl is about to dial, after all parsing and name
lookup; so it judges there, and nothing that happened before can make the two differ.
"""

import re
import socket
from dataclasses import dataclass, field
from ipaddress import ip_address

import pycurl

from readiness.egress.calls import Fault, Request
from readiness.egress.limits import MAX_BODY, MAX_CONNECT_SECONDS, MAX_HEADERS
from readiness.egress.policy import EgressPolicy
from readiness.egress.problems import explain
from readiness.egress.target import Target

_STOP = -1  # what a callback returns to end the transfer
_TLS_VERSION = re.compile(rb"SSL connection using (\S+)")
_USER_AGENT = "Readiness (production readiness checks)"


class _Lent(socket.socket):
    """A socket that libcurl duplicates and goes on with; ours is closed at once and without a warning."""

    def __del__(self) -> None:
        self.close()


@dataclass(slots=True, eq=False)
class Hop:
    """State of one exchange. `peek` only looks at an untrusted certificate: a handshake, unverified, nothing sent."""

    request: Request
    target: Target
    policy: EgressPolicy
    seconds: float
    peek: bool = False
    curl: pycurl.Curl = field(default_factory=pycurl.Curl)
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    certificates: tuple[str, ...] = ()
    tls_version: str = ""
    fault: Fault | None = None
    problem: str = ""
    was_looked_up: bool = True
    _header_bytes: int = 0
    _in_headers: bool = False
    _headers_done: bool = False
    _has_dialled: bool = False

    def prepare(self, ca_file: str | None, addresses: list[str]) -> pycurl.Curl:
        """Set every option of the handle and return it. `addresses`, when given, replace the name lookup."""
        curl, target = self.curl, self.target
        curl.setopt(pycurl.URL, self._url())
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)  # one exchange a connection: limits are exact
        curl.setopt(pycurl.PROXY, "")  # and no http_proxy from the environment: the proxy would dial, unjudged
        curl.setopt(pycurl.NOPROXY, "*")
        curl.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.TIMEOUT_MS, max(1, int(self.seconds * 1000)))
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(min(self.seconds, MAX_CONNECT_SECONDS) * 1000)))
        curl.setopt(pycurl.ACCEPT_ENCODING, "gzip, deflate")
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        curl.setopt(pycurl.HEADERFUNCTION, self._take_header)
        curl.setopt(pycurl.WRITEFUNCTION, self._take_body)
        if ca_file:
            curl.setopt(pycurl.CAINFO, ca_file)
        if addresses:
            curl.setopt(pycurl.RESOLVE, [f"{target.host}:{target.port}:{','.join(map(_bracket, addresses))}"])
        if self.request.connect_only or self.peek:
            curl.setopt(pycurl.CONNECT_ONLY, 1)
        else:
            self._set_message()
        if self.request.want_certificate and target.scheme == "https":
            self._set_certificate_wanted()
        return curl

    def close(self, code: int = 0, message: str = "") -> None:
        """Take what libcurl knows about the finished transfer, then free the handle. `code` 0 means success."""
        self.was_looked_up = any(map(self.curl.getinfo, (pycurl.NAMELOOKUP_TIME, pycurl.REQUEST_SIZE)))
        if self.request.want_certificate and self.target.scheme == "https":
            self.certificates = _certificates(self.curl)
        if self.fault is Fault.DENIED and self._has_dialled:  # another address of the same name was fine, and failed
            self.fault, self.problem = None, ""
        if code and self.fault is None:
            self.fault, self.problem = explain(code, message, self.target, self.curl, self.request)
        if not code:
            self.fault, self.problem = None, ""
        self.curl.close()

    def _url(self) -> str:
        if self.request.connect_only and not (self.request.want_certificate and self.target.scheme == "https"):
            return Target("http", self.target.host, self.target.port).url  # plain TCP, whatever it is for
        return self.target.url

    def _set_message(self) -> None:
        curl, request = self.curl, self.request
        if request.method == "HEAD":
            curl.setopt(pycurl.NOBODY, 1)
        elif request.body is not None or request.method in {"POST", "PUT", "PATCH"}:
            curl.setopt(pycurl.POSTFIELDS, request.body or b"")
        if request.method != "HEAD":
            curl.setopt(pycurl.CUSTOMREQUEST, request.method)
        given = {name.lower() for name in request.headers}
        lines = [f"{name}: {text}" if text else f"{name};" for name, text in request.headers.items()]
        # libcurl would add these by itself: a form's content type, and a wait for "100 Continue"
        lines += [f"{name}:" for name in ("Content-Type", "Expect") if name.lower() not in given]
        curl.setopt(pycurl.HTTPHEADER, [line.encode("utf-8") for line in lines])
        if request.user:
            curl.setopt(pycurl.USERPWD, request.user.encode("utf-8"))
        if request.user and request.aws_sigv4:
            curl.setopt(pycurl.AWS_SIGV4, request.aws_sigv4)
        if "user-agent" not in given:
            curl.setopt(pycurl.USERAGENT, _USER_AGENT)

    def _set_certificate_wanted(self) -> None:
        curl = self.curl
        curl.setopt(pycurl.OPT_CERTINFO, 1)
        curl.setopt(pycurl.FRESH_CONNECT, 1)  # a kept connection or a resumed session shows no certificate
        curl.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
        curl.setopt(pycurl.VERBOSE, 1)  # the TLS version is told nowhere else
        curl.setopt(pycurl.DEBUGFUNCTION, self._take_note)
        if self.peek:
            curl.setopt(pycurl.SSL_VERIFYPEER, 0)
            curl.setopt(pycurl.SSL_VERIFYHOST, 0)

    def _open(self, _purpose: int, dialled: tuple[int, int, int, tuple[str, int]]) -> socket.socket | int:
        family, kind, protocol, where = dialled
        if family not in {socket.AF_INET, socket.AF_INET6}:
            return int(pycurl.SOCKET_BAD)
        refusal = self.policy.judge(ip_address(where[0].partition("%")[0]), where[1], self.target.host)
        if refusal is not None:
            self.fault, self.problem = Fault.DENIED, refusal
            return int(pycurl.SOCKET_BAD)
        self._has_dialled = True
        return _Lent(family, kind, protocol)

    def _take_header(self, line: bytes) -> int | None:
        self._header_bytes += len(line)
        if self._header_bytes > MAX_HEADERS:
            self.fault = Fault.TOO_LARGE
            self.problem = f"{self.target.place} sent more than {MAX_HEADERS >> 10} KiB of headers."
            return _STOP
        if not self._headers_done:  # what comes after the body, a trailer, changes no header
            self._note_header(line.decode("latin-1").strip())
        return None

    def _note_header(self, line: str) -> None:
        if not line:
            self._in_headers = False
            self._headers_done = self.status is not None and self.status >= 200  # else "100 Continue" and the like
        elif self._in_headers:
            name, _, text = line.partition(":")
            self.headers[name.strip().lower()] = text.strip()
        else:
            status = line.partition(" ")[2].partition(" ")[0]
            self.status = int(status) if status.isdecimal() else None
            self.headers.clear()
            self._in_headers = True

    def _take_body(self, chunk: bytes) -> int | None:
        room = MAX_BODY - len(self.body)
        self.body += chunk[:room]
        if len(chunk) <= room:
            return None
        self.fault = Fault.TOO_LARGE
        self.problem = f"{self.target.place} sent more than {MAX_BODY >> 20} MiB; the rest was not read."
        return _STOP

    def _take_note(self, kind: int, note: bytes) -> None:
        found = _TLS_VERSION.search(note) if kind == pycurl.INFOTYPE_TEXT else None
        if found:
            self.tls_version = found[1].decode("ascii", "replace")


def _certificates(curl: pycurl.Curl) -> tuple[str, ...]:
    chain = curl.getinfo_raw(pycurl.INFO_CERTINFO) or ()
    fields = (dict(entry) for entry in chain)
    return tuple(one[b"Cert"].decode("ascii", "replace") for one in fields if b"Cert" in one)


def _bracket(address: str) -> str:
    return f"[{address}]" if ":" in address else address
