"""What goes out and what comes back: the values that checks and webhooks exchange with `Egress`."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Fault(StrEnum):
    """Why there is no complete answer. Each has a sentence a person understands in `Response.problem`."""

    DENIED = "denied"  # the deployment does not allow this network
    BAD_URL = "bad-url"
    NO_SUCH_HOST = "no-such-host"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    TOO_LARGE = "too-large"
    CALLED_OFF = "called-off"  # by whoever asked, before its turn came
    BROKEN = "broken"  # anything else: connection reset, malformed answer


@dataclass(frozen=True, slots=True)
class Request:
    """One call out. `connect_only` opens and closes a TCP connection to the URL's host and port and sends nothing.

    `url` is http or https (with `connect_only` also tcp://host:port).
    `timeout` is for everything: name lookup, connection, redirects, the last byte.
    `follow_redirects`: at most 3, each judged anew; to another origin only headers that carry no secret go along.
    `want_certificate`: return the peer's chain (PEM, the server's own first) and the TLS version, also beside Fault.TLS
    when the chain is not trusted. With `connect_only` on https the handshake is made and nothing else is sent.
    `user` is name and password with a colon between, for Basic authentication; with `aws_sigv4` (such as
    `aws:amz:eu-west-1:secretsmanager`) they are key id and key, and sign the request instead of going along. Neither goes
    to another origin.
    `after`: how long to wait before its turn comes, counted from when the batch was yielded; a call that waits holds up
    no other.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a credential
    body: bytes | None = None
    timeout: timedelta = timedelta(seconds=10)
    follow_redirects: bool = True
    connect_only: bool = False
    want_certificate: bool = False
    user: str = field(default="", repr=False)
    aws_sigv4: str = ""
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `status` is None when `fault` is set before a status line arrived.

    `headers` are lower-cased names, last value wins; `body` is decoded, ≤1 MiB, its beginning when there was more;
    `url` is where the last hop led; `problem` is a sentence when `fault` is set.
    """

    request: Request
    url: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    elapsed: timedelta = timedelta(0)
    fault: Fault | None = None
    problem: str = ""
    certificates: tuple[str, ...] = ()
    tls_version: str = ""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


# A check yields requests (those of one batch go out together), is sent the responses in the same order, returns its
# result.
type Steps[T] = Generator[Sequence[Request], Sequence[Response], T]
