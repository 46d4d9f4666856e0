"""One span as every source of traces can say it, and how its ids and attributes are read."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

MAX_SPANS = 100_000
TRACE_DIGITS, SPAN_DIGITS = 32, 16
KINDS = ("", "internal", "server", "client", "producer", "consumer")
"""By their numbers in OTLP."""

DATABASE = ("db.system.name", "db.system", "db.type")
QUEUE = ("messaging.system", "message_bus.destination")
PEERS = (
    *("peer.service", "service.peer.name", "server.address", "net.peer.name", "peer.hostname", "peer.address", "http.host"),
    *("db.namespace", "db.name", "db.instance", "messaging.destination.name", "messaging.destination"),
)  # fmt: skip
ADDRESSES = ("url.full", "http.url")
WANTED = frozenset({"service.name", "span.kind", *DATABASE, *QUEUE, *PEERS, *ADDRESSES})
"""The attributes that are read, in their present and their earlier names:
https://opentelemetry.io/docs/specs/semconv/registry/attributes/"""


@dataclass(frozen=True, slots=True)
class Span:
    """Ids are lower-case hex of full length; `parent_id` is empty for a root. `kind` is one of KINDS.

    `database`, `queue`: the system it speaks to (postgresql, kafka). `peers`: other names by which it says whom it calls.
    `links`: spans (trace id, span id) it goes on from without being their child, as consumers of a queue do.
    """

    trace_id: str
    span_id: str
    service: str
    parent_id: str = ""
    kind: str = ""
    name: str = ""
    started_at: datetime | None = None
    database: str = ""
    queue: str = ""
    peers: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def is_call(self) -> bool:
        """It goes out to somebody."""
        return self.kind in {"client", "producer"}

    @property
    def is_answer(self) -> bool:
        """It was called by somebody."""
        return self.kind in {"server", "consumer"}


def kind_of(said: object) -> str:
    """`3`, `SPAN_KIND_CLIENT`, `client`."""
    if isinstance(said, int) and not isinstance(said, bool):
        return KINDS[said] if 0 <= said < len(KINDS) else ""
    word = said.lower().removeprefix("span_kind_") if isinstance(said, str) else ""
    return word if word in KINDS else ""


def id_of(said: object, digits: int) -> str:
    """Hex, with or without leading zeros, or the base64 that protobuf's JSON has for bytes. Empty for none, and for all zeros."""
    if isinstance(said, bytes):
        found = said.hex()
    elif not isinstance(said, str):
        return ""
    elif re.fullmatch(r"(?:0x)?[0-9a-fA-F]+", said) and len(said) <= digits + 2:
        found = said.lower().removeprefix("0x").zfill(digits)
    else:
        found = _from_base64(said)
    return found if len(found) == digits and found.strip("0") else ""


def _from_base64(said: str) -> str:
    try:
        return base64.b64decode(said[:64], altchars=b"-_" if {"-", "_"} & set(said) else None, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""


def moment_of_unix(number: float | None, *, per_second: int) -> datetime | None:
    seconds = (number or 0) / per_second
    return datetime.fromtimestamp(seconds, UTC) if 946_684_800 < seconds < 32_503_680_000 else None


def first_of(attributes: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((attributes[name] for name in names if attributes.get(name)), "")


def peers_of(attributes: Mapping[str, str]) -> tuple[str, ...]:
    named = [attributes[name] for name in PEERS if attributes.get(name)]
    hosts = [_host(attributes[name]) for name in ADDRESSES if attributes.get(name)]
    return tuple(dict.fromkeys(name[:200] for name in (*named, *hosts) if name))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
