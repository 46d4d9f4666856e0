"""EGRESS_ALLOW and the judgement, without a network."""

import contextlib
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings, strategies as st

from readiness.egress import Egress, EgressPolicy, Fault, Request
from readiness.egress.addresses import SPECIAL, is_this_machine

NOTHING = EgressPolicy.parse("")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("169.254.169.254", "169.254.169.254 is a cloud metadata address; no setting allows it."),
        ("10.0.0.7", "10.0.0.7 is a private address; add 10.0.0.0/8 to EGRESS_ALLOW to reach it."),
        ("127.0.0.1", "127.0.0.1 is a loopback address; add 127.0.0.0/8 to EGRESS_ALLOW to reach it."),
        ("100.64.1.1", "100.64.1.1 is a carrier-grade NAT address; add 100.64.0.0/10 to EGRESS_ALLOW to reach it."),
        ("fd12::1", "fd12::1 is a private address; add fc00::/7 to EGRESS_ALLOW to reach it."),
        ("::ffff:10.0.0.7", "stands for 10.0.0.7, which is a private address; add 10.0.0.0/8 to EGRESS_ALLOW"),
        ("198.18.0.1", "a benchmarking address"),
        ("192.0.2.1", "a documentation address"),
        ("2001:db8::1", "a documentation address"),
        ("240.0.0.1", "a reserved address"),
        ("fec0::1", "a private address"),
        ("4000::1", "4000::1 is an unassigned address; add 4000::/64 to EGRESS_ALLOW to reach it."),
        ("fd00::5efe:8.8.8.8", "a private address"),
        ("::8.8.8.8", "an unassigned address"),
    ],
)
def test_a_refusal_says_what_the_address_is_and_what_would_allow_it(address: str, words: str) -> None:
    assert words in (NOTHING.judge(address) or "")


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "172.32.0.1",
    ],
)
def test_public_addresses_need_no_setting(address: str) -> None:
    assert NOTHING.judge(address, 443) is None


@pytest.mark.parametrize(
    ("allow", "allowed", "denied"),
    [
        (
            "10.0.0.0/8",
            [("10.1.2.3", 80, ""), ("::ffff:10.1.2.3", 80, "")],
            [("172.16.0.1", 80, ""), ("192.168.0.1", 80, "")],
        ),
        ("10.0.0.0/8:8080", [("10.1.2.3", 8080, "")], [("10.1.2.3", 80, "")]),
        ("10.0.0.5", [("10.0.0.5", 1, "")], [("10.0.0.6", 1, "")]),
        ("[fd00:1::/32]:443", [("fd00:1::5", 443, "")], [("fd00:1::5", 80, ""), ("fd00:2::5", 443, "")]),
        ("fd00:1::/32", [("fd00:1::5", 80, "")], [("fd00:2::5", 80, "")]),
        (
            ".corp.example",
            [("10.0.0.1", 80, "a.corp.example"), ("10.0.0.1", 80, "CORP.example.")],
            [("10.0.0.1", 80, "")],
        ),
        (".corp.example:443", [("10.0.0.1", 443, "a.corp.example")], [("10.0.0.1", 80, "a.corp.example")]),
        ("64:ff9b::/96", [("64:ff9b::10.0.0.1", 80, "")], [("10.0.0.1", 80, ""), ("64:ff9b::169.254.169.254", 80, "")]),
        (".corp.example", [], [("169.254.169.254", 80, "a.corp.example"), ("10.0.0.1", 80, "notcorp.example")]),
    ],
)
def test_an_entry_allows_what_it_names_and_nothing_else(
    allow: str, allowed: list[tuple[str, int, str]], denied: list[tuple[str, int, str]]
) -> None:
    policy = EgressPolicy.parse(f" {allow} , 203.0.113.9:7 ")
    assert [case for case in allowed if policy.judge(*case)] == []
    assert [case for case in denied if not policy.judge(*case)] == []


@pytest.mark.parametrize(
    "entry",
    [
        "nonsense",
        "10.0.0.7/8",
        "10.0.0.0/33",
        "10.0.0.0/8:0",
        "10.0.0.0/8:65536",
        "10.0.0.0/8:http",
        "[fd00::/8]:",
        "[fd00::/8",
        "..corp.example",
        ".",
        ".corp example!",
        "*.corp.example",
        "corp.example",
        "169.254.169.254",
        "169.254.0.0/16",
        "fe80::/10",
        "224.0.0.0/8",
        "0.0.0.0",
        "http://10.0.0.1",
        "[fd00::]/8:443",
        "[fd00::/8]443",
        ".0.1",
        ".corp.0x1",
    ],
)
def test_a_faulty_entry_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="EGRESS_ALLOW: ") as raised:
        EgressPolicy.parse(f"10.0.0.0/8, {entry}, .corp.example")
    assert entry.rsplit(maxsplit=1)[-1] in str(raised.value)
    assert str(raised.value).endswith(".")


def test_an_own_socket_by_name_is_closed_by_address() -> None:
    policy = EgressPolicy.parse("127.0.0.0/8", own=[("localhost", 5432), ("no-such-host.invalid", 6379)])
    assert "this application itself" in (policy.judge("127.0.0.1", 5432) or "")
    assert "this application itself" in (policy.judge("127.0.0.1", 6379) or "")  # unknown now: stays closed
    assert policy.judge("127.0.0.1", 5433) is None


def spellings(address: IPv4Address) -> list[str]:
    bits = int(address)
    a, b, c, d = address.packed
    return [
        *(str(address), f"{address}.", str(bits), f"{bits:#x}", f"{bits:#X}".replace("X", "x"), f"0{bits:o}"),
        *(
            f"{a}.{bits & 0xFFFFFF}",
            f"{a}.{b}.{bits & 0xFFFF}",
            f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
            f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        ),
        *(f"{a:#x}.{b}.0{bits & 0xFFFF:o}", f"000{a:o}.{b}.{c}.{d:#x}"),
    ]


def carriers(address: IPv4Address) -> list[IPv6Address]:
    """IPv6 addresses that lead to an IPv4 one and are public or nothing in themselves."""
    bits = int(address)
    return [
        IPv6Address((0xFFFF << 32) | bits),
        IPv6Address((0xFFFF << 48) | bits),
        IPv6Address((0x0064FF9B << 96) | bits),
        IPv6Address((0x2002 << 112) | (bits << 80) | 1),
        IPv6Address((0x20010000 << 96) | (0x08080808 << 64) | (bits ^ 0xFFFFFFFF)),
        IPv6Address((0x20010000 << 96) | (bits << 64) | (0x08080808 ^ 0xFFFFFFFF)),
    ]


SPECIAL_IPV4 = st.sampled_from([kind.network for kind in SPECIAL if kind.network.version == 4]).flatmap(
    lambda network: st.integers(int(network.network_address), int(network.broadcast_address)).map(IPv4Address)
)
ANY_IPV4 = st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), SPECIAL_IPV4)
ALLOWANCES = st.sampled_from(["", "10.0.0.0/8", "127.0.0.0/8, 100.64.0.0/10", "0.0.0.0/0"])


@settings(deadline=None)  # a busy machine is no fault
@given(ANY_IPV4, ALLOWANCES)
def test_every_spelling_of_an_address_is_judged_alike(address: IPv4Address, allow: str) -> None:
    policy = EgressPolicy.parse(allow)
    verdict = policy.judge(address)
    assert [policy.judge(text) for text in spellings(address)] == [verdict] * len(spellings(address))


@settings(deadline=None)  # a busy machine is no fault
@given(ANY_IPV4, ALLOWANCES)
def test_an_ipv6_address_that_carries_an_ipv4_one_is_judged_by_it(address: IPv4Address, allow: str) -> None:
    policy = EgressPolicy.parse(allow)
    is_allowed = policy.judge(address) is None
    for carrier in carriers(address):
        for text in (str(carrier), carrier.exploded, f"[{carrier}]", str(carrier).upper()):
            assert (policy.judge(text) is None) == is_allowed, text


@settings(deadline=None)  # a busy machine is no fault
@given(SPECIAL_IPV4, st.data())
def test_what_libcurl_makes_of_a_spelling_is_what_is_judged(address: IPv4Address, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([*spellings(address), *(f"[{carrier}]" for carrier in carriers(address))]))
    response = Egress(NOTHING).fetch(Request(f"http://{text}/"))
    assert (response.fault, response.problem) == (Fault.DENIED, NOTHING.judge(text))


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=40))
def test_any_text_is_a_policy_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ValueError):
        EgressPolicy.parse(text)
        return
    with pytest.raises(ValueError, match=r"^EGRESS_ALLOW: .*\.$"):
        EgressPolicy.parse(text)


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_sentence(text: str) -> None:
    for url in (text, f"http://h{text}", f"http://127.0.0.1/{text}"):
        response = Egress(NOTHING, resolve=lambda host, port: ["127.0.0.1"]).fetch(Request(url))
        assert response.fault in {Fault.BAD_URL, Fault.DENIED}
        assert response.problem.endswith(".")


def test_this_machines_addresses_are_told_from_others() -> None:
    for own in ("127.0.0.9", "::1", "0.0.0.0"):
        assert is_this_machine(ip_address(own))
    assert not is_this_machine(IPv4Address("192.0.2.1"))
