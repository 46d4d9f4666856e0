"""Where a URL leads, read so strictly that no two readers of it can disagree.

The URL that is handed to libcurl is put together anew from these parts: plain ASCII, no user name, no odd characters
in the host. So the host that the policy judges is the host that libcurl connects to.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HOST = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?")
_NETLOC = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(:[0-9]*)?")
_KEPT_IN_PATH = "/:?#[]@!$&'()*+,;=%~-._|{}^"
_MAX_URL = 8192


class BadUrlError(ValueError):
    """A URL that is not dialled. Its text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place to call: lower-cased host (an IPv6 address without brackets), port, path with query."""

    scheme: str
    host: str
    port: int
    path: str = "/"

    @property
    def url(self) -> str:
        port = "" if DEFAULT_PORTS.get(self.scheme) == self.port else f":{self.port}"
        return f"{self.scheme}://{self._bracketed}{port}{self.path}"

    @property
    def place(self) -> str:
        """host:port, as people read it."""
        return f"{self._bracketed}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def parse_target(url: str, *, schemes: tuple[str, ...] = ("http", "https")) -> Target:
    """Read a URL. Raises BadUrlError with a sentence."""
    if _CONTROL.search(url):
        raise BadUrlError("The URL holds control characters.")
    if len(url) > _MAX_URL:
        raise BadUrlError(f"The URL is longer than {_MAX_URL} characters.")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise BadUrlError(f"The URL cannot be read: {error}.") from None
    if parts.scheme not in schemes:
        raise BadUrlError(f"The URL must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    if "@" in parts.netloc:
        raise BadUrlError("The URL holds a user name or password; give credentials in a header instead.")
    if not _NETLOC.fullmatch(parts.netloc):
        raise BadUrlError(f"{parts.netloc!r} is not a host with a port.")
    if port is None:
        port = DEFAULT_PORTS.get(parts.scheme)
    if not port:
        raise BadUrlError("The URL needs a port from 1 to 65535.")
    path = quote(parts.path or "/", safe=_KEPT_IN_PATH) + (
        f"?{quote(parts.query, safe=_KEPT_IN_PATH)}" if parts.query else ""
    )
    return Target(parts.scheme, _host(parts.netloc, parts.hostname or ""), port, path)


def _host(netloc: str, host: str) -> str:
    if not host:
        raise BadUrlError("The URL names no host.")
    if netloc.startswith("["):
        return _ipv6_host(host)
    try:  # also turns full-width digits and dots into plain ones
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_host = ""
    if len(ascii_host) > 254 or not _HOST.fullmatch(ascii_host):
        raise BadUrlError(f"{host!r} is not a host name.")
    return ascii_host


def _ipv6_host(host: str) -> str:
    if "%" in host:
        raise BadUrlError(
            "The URL names a network interface (a zone, behind %); such addresses are link-local and not dialled."
        )
    try:
        return str(IPv6Address(host))
    except ValueError:
        raise BadUrlError(f"[{host}] is not an IPv6 address.") from None
