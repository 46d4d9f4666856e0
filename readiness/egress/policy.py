"""Which addresses may be dialled.

Public addresses may. Loopback, private and other special networks may when the deployment allows them (EGRESS_ALLOW).
Cloud metadata, link-local, multicast, unspecified addresses and the application's own sockets never may.
"""

import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Self

from readiness.egress.addresses import Address, Network, is_this_machine, kind_of, meanings, parse_address

# The last label begins with a letter: no IP address ends like that, so a suffix is never taken for a part of one.
_SUFFIX = re.compile(r"(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*\.[a-z]([a-z0-9_-]*[a-z0-9])?")
_OWN_NAME_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """One entry of EGRESS_ALLOW: a network or a host suffix (the name itself and all below it), at one port or all."""

    network: Network | None = None
    suffix: str = ""
    port: int | None = None

    def covers(self, address: Address, port: int, host: str) -> bool:
        if self.port not in (None, port):
            return False
        if self.network is not None:
            return address in self.network
        return f".{host}".endswith(self.suffix)


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What the deployment allows beyond public addresses, and what is the application's own and stays closed.

    `own_addresses`: (IP address or host name, port) of the application's database, broker and listening sockets.
    """

    allowed: tuple[Allowance, ...] = ()
    own_addresses: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def parse(cls, text: str, own: Iterable[tuple[str, int]] = ()) -> Self:
        """Read EGRESS_ALLOW, for example "10.0.0.0/8, 127.0.0.1:9090, [fd00:1::/32]:443, .corp.example".

        Raises ValueError with a sentence that names the faulty entry.
        """
        entries = [entry for entry in re.split(r"[,\s]+", text) if entry]
        return cls(allowed=tuple(map(_parse_entry, entries)), own_addresses=frozenset(own))

    def judge(self, address: str | Address, port: int = 80, host: str = "") -> str | None:
        """Return None when the address may be dialled, else the sentence that says why not and what would allow it.

        `host` is the name that was asked for, as far as there is one: host suffixes look at it.
        """
        asked = parse_address(address) if isinstance(address, str) else address
        reasons = (self._refusal(one, asked, port, host) for one in meanings(asked))
        return next(filter(None, reasons), None)

    def _refusal(self, address: Address, asked: Address, port: int, host: str) -> str | None:
        label = str(address) if address == asked else f"{asked} stands for {address}, which"
        kind = kind_of(address)
        if kind is not None and kind.never:
            return f"{label} is {kind.name}; no setting allows it."
        if any(_is_own(address, port, own_host, own_port) for own_host, own_port in self.own_addresses):
            where = f"port {port} of {address}"
            return f"{where} is a socket of this application itself (database, broker or server); no setting allows it."
        if kind is None or self._allows(address, asked, port, host):
            return None
        fitting = kind.network if kind.network.prefixlen else ip_network(f"{address}/64", strict=False)
        return f"{label} is {kind.name}; add {fitting} to EGRESS_ALLOW to reach it."

    def _allows(self, address: Address, asked: Address, port: int, host: str) -> bool:
        name = host.removesuffix(".").lower()
        return any(entry.covers(one, port, name) for entry in self.allowed for one in {address, asked})


def _parse_entry(entry: str) -> Allowance:
    target, port = _split_port(entry)
    if target.startswith("."):
        suffix = target.lower().removesuffix(".")
        if not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"EGRESS_ALLOW: {entry} is not a host suffix; write it like .corp.example.")
        return Allowance(suffix=suffix, port=port)
    try:
        network = ip_network(target)
    except ValueError:
        raise ValueError(_network_problem(entry, target)) from None
    kind = kind_of(network.network_address)
    if kind is not None and kind.never and network.prefixlen >= kind.network.prefixlen:
        raise ValueError(f"EGRESS_ALLOW: {entry} is {kind.name}; no setting allows it.")
    return Allowance(network=network, port=port)


def _split_port(entry: str) -> tuple[str, int | None]:
    """Split "target:port"; an IPv6 network has colons of its own and needs brackets when a port follows."""
    if entry.startswith("[") and (entry.endswith("]") or "]:" in entry):
        target, _, rest = entry[1:].partition("]")
        if not rest:
            return target, None
        port = rest[1:]
    elif entry.count(":") == 1:
        target, port = entry.split(":")
    else:
        return entry, None
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError(f"EGRESS_ALLOW: {entry} has no port from 1 to 65535 behind its colon.")
    return target, int(port)


def _network_problem(entry: str, target: str) -> str:
    try:
        wider = ip_network(target, strict=False)
    except ValueError:
        hint = "write a network like 10.0.0.0/8 or 10.0.0.5:8080, or a host suffix like .corp.example"
        return f"EGRESS_ALLOW: {entry} is neither a network nor a host suffix; {hint}."
    return f"EGRESS_ALLOW: {entry} has bits set beyond its prefix; write {wider}, or a longer prefix."


def _is_own(address: Address, port: int, own_host: str, own_port: int) -> bool:
    """Say whether this is our own socket. One on this machine is ours by every address of this machine.

    A server that is known as localhost:5432 mostly listens on all addresses.
    """
    if port != own_port:
        return False
    try:
        owns: tuple[Address, ...] = (parse_address(own_host),)
    except ValueError:
        owns = _look_up_own(own_host, int(time.monotonic() // _OWN_NAME_SECONDS))
        if not owns:  # the name of our own database can't be looked up now: stay closed
            return True
    here = is_this_machine(address)
    return any(address == own or (here and is_this_machine(own)) for own in owns)


@lru_cache(maxsize=64)
def _look_up_own(name: str, _minute: int) -> tuple[Address, ...]:
    try:
        found = socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return ()
    return tuple(_plain(ip_address(str(entry[4][0]).partition("%")[0])) for entry in found)


def _plain(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return IPv4Address(address.ipv4_mapped)
    return address
