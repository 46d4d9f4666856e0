"""One request on its way: read, sent, redirected, answered."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urljoin

from readiness.egress.calls import Fault, Request, Response
from readiness.egress.hop import Hop
from readiness.egress.limits import MAX_REDIRECTS
from readiness.egress.target import BadUrlError, Target, parse_target

_REDIRECTS = {301, 302, 303, 307, 308}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_OURS_TO_SET = {"connection", "content-length", "transfer-encoding", "upgrade"}
# What may go along to another origin. A list of what may not would miss the next X-Api-Key.
_NO_SECRET = {"accept", "accept-language", "content-type", "user-agent"}


@dataclass(slots=True, eq=False)
class Journey:
    """One request on its way through its hops."""

    request: Request
    arrive: Callable[[Response], None]
    target: Target = field(init=False)
    started: float = field(default=0.0, init=False)
    redirects: int = field(default=0, init=False)
    untrusted: Hop | None = field(default=None, init=False)
    sent: Request = field(init=False)

    def begin(self) -> None:
        """Read the request. Raises BadUrlError when it can't be sent."""
        self.sent = self.request
        schemes = ("http", "https", "tcp") if self.request.connect_only else ("http", "https")
        self.target = parse_target(self.request.url, schemes=schemes)
        _check_message(self.request)

    @property
    def seconds_left(self) -> float:
        return self.started + self.request.timeout.total_seconds() - time.monotonic()

    def refuse(self, problem: BadUrlError) -> None:
        self.arrive(Response(self.request, self.request.url, fault=Fault.BAD_URL, problem=str(problem)))

    def call_off(self) -> None:
        self.arrive(Response(self.request, self.request.url, fault=Fault.CALLED_OFF, problem="It was called off."))

    def end(self, hop: Hop) -> None:
        """Hand the last hop's answer to whoever waits for it."""
        response = Response(
            self.request,
            hop.target.url,
            status=hop.status,
            headers=hop.headers,
            body=bytes(hop.body),
            elapsed=timedelta(seconds=time.monotonic() - self.started),
            fault=hop.fault,
            problem=hop.problem,
            certificates=hop.certificates,
            tls_version=hop.tls_version,
        )
        self.arrive(response)

    def next_target(self, hop: Hop) -> Target | None:
        """Turn to where the answer points. Returns None when it is the final one, for good or with a fault on it."""
        location = hop.headers.get("location")
        if hop.fault or hop.status not in _REDIRECTS or not location or not self.request.follow_redirects:
            return None
        if self.redirects >= MAX_REDIRECTS:
            hop.fault = Fault.TOO_MANY_REDIRECTS
            hop.problem = (
                f"{self.target.place} redirects more than {MAX_REDIRECTS} times, at last from {hop.target.url}."
            )
            return None
        try:
            target = parse_target(urljoin(hop.target.url, location))
        except ValueError as problem:
            hop.fault, hop.problem = Fault.BAD_URL, f"{hop.target.place} redirects to a bad address. {problem}"
            return None
        self.redirects += 1
        self.sent = _redirected(self.sent, hop.status, same_origin=target.origin == hop.target.origin)
        return target


def _check_message(request: Request) -> None:
    if not _TOKEN.fullmatch(request.method):
        raise BadUrlError(f"{request.method!r} is not an HTTP method.")
    for name, text in request.headers.items():
        if not _TOKEN.fullmatch(name) or _NOT_IN_HEADER.search(text):
            raise BadUrlError(f"The header {name!r} holds characters that headers can't have.")
        if name.lower() in _OURS_TO_SET:
            raise BadUrlError(f"The header {name} can't be given: it follows from the request itself.")
    if "\0" in request.user:
        raise BadUrlError("A user name and a password hold no zero characters.")


def _redirected(request: Request, status: int, *, same_origin: bool) -> Request:
    """Return the request as it goes on after a redirect: method and body by RFC 9110, headers by origin."""
    headers = request.headers
    if not same_origin:
        headers = {name: text for name, text in headers.items() if name.lower() in _NO_SECRET}
        request = replace(request, user="", aws_sigv4="")
    if request.method in {"GET", "HEAD"} or status in {307, 308} or (status != 303 and request.method != "POST"):
        return replace(request, headers=headers)
    headers = {name: text for name, text in headers.items() if name.lower() != "content-type"}
    return replace(request, method="GET", body=None, headers=headers)
