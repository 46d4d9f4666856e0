"""What an address is, whatever it is dressed as.

`ipaddress.is_private` and `is_global` are not used: they differ between Python versions and take an IPv6 address that
carries an IPv4 address (NAT64, 6to4, Teredo) for a public one.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Kind:
    """A special network: `name` completes "10.0.0.7 is …"; `never` means that no setting allows it."""

    network: Network
    name: str
    never: bool = False


def _kinds(name: str, *networks: str, never: bool = False) -> tuple[Kind, ...]:
    return tuple(Kind(ip_network(network), name, never) for network in networks)


# The first match counts, so the particular stands before the general.
SPECIAL = (
    *_kinds(
        "a cloud metadata address",
        "169.254.169.254/32",  # AWS, Google, Azure, and most others
        "169.254.170.2/32",  # AWS container credentials
        "169.254.170.23/32",
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle
        "168.63.129.16/32",  # Azure's host agent
        "fd00:ec2::/32",  # AWS: ::254 metadata, ::23 pod identity
        "fd20:ce::254/128",  # Google
        "fd00:42::42/128",  # Scaleway
        never=True,
    ),
    *_kinds("a link-local address", "169.254.0.0/16", "fe80::/10", never=True),
    *_kinds("a multicast address", "224.0.0.0/4", "ff00::/8", never=True),
    *_kinds("the broadcast address", "255.255.255.255/32", never=True),
    *_kinds("an unspecified address", "0.0.0.0/8", "::/128", never=True),
    *_kinds("a loopback address", "127.0.0.0/8", "::1/128"),
    *_kinds("a private address", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    *_kinds("a carrier-grade NAT address", "100.64.0.0/10"),
    *_kinds("a benchmarking address", "198.18.0.0/15", "2001:2::/48"),
    *_kinds(
        "a documentation address", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"
    ),
    *_kinds("a local translation address", "64:ff9b:1::/48"),
    *_kinds("a reserved address", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"),
    *_kinds("a reserved address", "2001:10::/28", "2001:20::/28", "100::/64", "5f00::/16"),
)
_UNICAST = IPv6Network("2000::/3")
_UNASSIGNED = IPv6Network("::/0")
_STANDS_FOR_IPV4 = tuple(  # in the last 32 bits: mapped, translated (RFC 2765), NAT64
    IPv6Network(network) for network in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
_HOLDS_IPV4 = tuple(  # too, and counts for itself as well: compatible, NAT64 for local use
    IPv6Network(network) for network in ("::/96", "64:ff9b:1::/96")
)
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
_32_BITS = 0xFFFF_FFFF


def parse_address(text: str) -> Address:
    """Read an address in any form that a resolver takes: 127.1, 0x7f000001, 017700000001, [::1], with a dot behind.

    Raises ValueError when it is a name, or nothing at all.
    """
    plain = text.strip("[]").removesuffix(".")
    try:
        return ip_address(plain)
    except ValueError:
        if not plain or not plain.isascii() or any(c.isspace() for c in plain):
            raise
    try:
        return IPv4Address(socket.inet_aton(plain))
    except OSError:
        raise ValueError(f"{text} is not an IP address") from None


def meanings(address: Address) -> tuple[Address, ...]:
    """Return every address that has to be fit to dial before this one is: it itself, and the IPv4 ones inside it."""
    if isinstance(address, IPv4Address) or int(address) <= 1:
        return (address,)
    bits = int(address)
    last = IPv4Address(bits & _32_BITS)
    if any(address in network for network in _STANDS_FOR_IPV4):
        return (last,)
    if any(address in network for network in _HOLDS_IPV4) or (bits >> 32) & _32_BITS in _ISATAP:
        return last, address
    if address in _SIX_TO_FOUR:
        return IPv4Address((bits >> 80) & _32_BITS), address
    if address in _TEREDO:  # the relay that is spoken to, and the client behind it (bits inverted)
        return IPv4Address((bits >> 64) & _32_BITS), IPv4Address(~bits & _32_BITS), address
    return (address,)


def kind_of(address: Address) -> Kind | None:
    """Return the special network that an address is in, None for a public one. See `meanings` for what is inside it."""
    for kind in SPECIAL:
        if address in kind.network:  # an address of the other family is in no network
            return kind
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return Kind(_UNASSIGNED, "an unassigned address")
    return None


def is_this_machine(address: Address) -> bool:
    """Say whether an address is one of this machine's own: then, and only then, a socket can be bound to it."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
