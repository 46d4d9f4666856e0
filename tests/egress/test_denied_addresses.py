"""No connection reaches a denied address, however it is written, wherever it comes from."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from readiness.egress import Egress, EgressPolicy, Fault, Request
from tests.egress.listeners import Listener, answer, listening, redirect

SECOND = timedelta(seconds=1)
CLOSED = Egress(EgressPolicy.parse(""))

LOOPBACK_IPV4 = [  # in all the ways inet_aton takes it
    *("127.0.0.1", "127.1", "127.0.1", "127.0.0.2", "127.255.255.254", "127.000.000.001", "127.0.0.1."),
    *("2130706433", "2130706433.", "0x7f000001", "0x7F000001", "0x7f.1", "0x7F.0.0.1", "0x7f.0x0.0x0.0x1"),
    *("017700000001", "0177.1", "0177.0.0.1", "0000177.0.0.01", "127.0x0.00.1", "127.1."),
    # digits and dots that are not ASCII
    *("１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1", "𝟙𝟚𝟟.𝟘.𝟘.𝟙"),  # noqa: RUF001  # that they look alike is the trick
]
LOOPBACK = [
    *LOOPBACK_IPV4,
    # "this machine", which Linux takes for loopback
    *("0.0.0.0", "0", "0x0", "00.0"),
    # names
    *("localhost", "LOCALHOST", "localhost."),
    # IPv6, and IPv4 inside it
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::]", "[::0.0.0.1]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:FFFF:7F00:1]", "[::ffff:0:127.0.0.1]"),
    *("[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::127.0.0.1]"),
    *("[2002:7f00:1::]", "[2002:7f00:1::1]", "[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]"),
    *("[fe80::5efe:127.0.0.1]", "[fd00::200:5efe:127.0.0.1]"),
]
NOT_A_HOST = [
    *("[::1%25lo]", "[fe80::1%25lo]", "[::1%lo]", "127%2e0%2e0%2e1", "127.0.0.1%00", "%31%32%37.0.0.1"),
    *("nobody@127.0.0.1", "a:b@127.0.0.1", "allowed.test\\@127.0.0.1", "127.0.0.1\\allowed.test", "127.0.0.1 "),
    *("127..0.1", ".127.0.0.1", "127.0.0.1\t", "[127.0.0.1]", "[::1", "::1", "[::1]x"),
]
METADATA = [
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.254.169.254."),
    *("[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[::169.254.169.254]"),
    *("[fd00:ec2::254]", "[fd00:0ec2:0:0:0:0:0:254]", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    *("[::ffff:168.63.129.16]", "169.254.170.2", "[fd20:ce::254]", "[64:ff9b::100.100.100.200]"),
]
NEVER = ["169.254.1.1", "[fe80::1]", "224.0.0.1", "[ff02::1]", "0.0.0.0", "[::]", "0.1.2.3", "255.255.255.255"]


@pytest.fixture(scope="module")
def forbidden() -> Iterator[Listener]:
    """One port where all of this machine's addresses listen, IPv4 and IPv6."""
    with listening(address="::") as listener:
        yield listener


def test_there_are_at_least_forty_encodings() -> None:
    assert len(LOOPBACK) >= 40


def test_no_encoding_of_loopback_is_dialled(forbidden: Listener) -> None:
    before = forbidden.visitors()
    requests = [Request(f"http://{host}:{forbidden.port}/", timeout=SECOND) for host in LOOPBACK]
    responses = CLOSED.fetch_all(requests)
    assert {response.request.url: response.fault for response in responses} == {
        request.url: Fault.DENIED for request in requests
    }
    assert all("address" in response.problem for response in responses)
    assert forbidden.visitors() == before


def test_the_same_spellings_arrive_where_loopback_is_allowed(forbidden: Listener) -> None:
    """So it's the policy that stopped them above, not how they are written."""
    before = forbidden.visitors()
    egress = Egress(EgressPolicy.parse("127.0.0.0/8"))
    requests = [Request(f"http://{host}:{forbidden.port}/", timeout=SECOND) for host in LOOPBACK_IPV4]
    assert [response.status for response in egress.fetch_all(requests)] == [200] * len(requests)
    assert forbidden.visitors() > before


@pytest.mark.parametrize("host", NOT_A_HOST)
def test_a_host_that_two_readers_could_read_differently_is_refused(forbidden: Listener, host: str) -> None:
    before = forbidden.visitors()
    response = CLOSED.fetch(Request(f"http://{host}:{forbidden.port}/", timeout=SECOND))
    assert response.fault is Fault.BAD_URL
    assert response.problem.endswith(".")
    assert forbidden.visitors() == before


def test_no_setting_allows_what_is_never_allowed() -> None:
    egress = Egress(EgressPolicy.parse("0.0.0.0/0, ::/0, .test"))
    responses = egress.fetch_all([Request(f"http://{host}/", timeout=SECOND) for host in METADATA + NEVER])
    assert {response.fault for response in responses} == {Fault.DENIED}
    assert all(response.problem.endswith("no setting allows it.") for response in responses)
    assert all("metadata" in response.problem for response in responses[: len(METADATA)])


def test_the_applications_own_sockets_are_closed_by_every_address() -> None:
    with listening(address="::") as own:
        policy = EgressPolicy.parse("0.0.0.0/0, ::/0, .localhost", own=[("127.0.0.1", own.port)])
        hosts = ["127.0.0.1", "127.0.0.2", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"]
        responses = Egress(policy).fetch_all([Request(f"http://{host}:{own.port}/", timeout=SECOND) for host in hosts])
        assert {response.fault for response in responses} == {Fault.DENIED}
        assert "socket of this application itself" in responses[0].problem
        assert own.visitors() == 0


@pytest.mark.parametrize("scheme", ["http", "tcp", "https"])
def test_connecting_only_is_judged_too(forbidden: Listener, scheme: str) -> None:
    before = forbidden.visitors()
    response = CLOSED.fetch(Request(f"{scheme}://localhost:{forbidden.port}", connect_only=True, timeout=SECOND))
    assert response.fault is Fault.DENIED
    assert forbidden.visitors() == before


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.2", "localhost.", "[::1]", "[::ffff:127.0.0.2]", "0", "2130706434"])
def test_a_redirect_to_a_denied_address_is_not_followed(forbidden: Listener, host: str, status: int) -> None:
    before = forbidden.visitors()
    with listening(redirect(f"http://{host}:{forbidden.port}/secret", status)) as allowed:
        egress = Egress(EgressPolicy.parse(f"127.0.0.1:{allowed.port}"))
        response = egress.fetch(Request(allowed.url, timeout=SECOND))
    assert response.fault is Fault.DENIED
    assert response.url.endswith("/secret")
    assert forbidden.visitors() == before


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.1:1/", "http://a:b@127.0.0.1/", "//[::1"])
def test_a_redirect_to_anything_but_a_web_address_is_not_followed(location: str) -> None:
    with listening(redirect(location)) as allowed:
        response = Egress(EgressPolicy.parse("127.0.0.1")).fetch(Request(allowed.url, timeout=SECOND))
    assert response.fault is Fault.BAD_URL
    assert "redirects to a bad address" in response.problem


def test_a_name_server_that_changes_its_mind_gains_nothing(forbidden: Listener) -> None:
    """Rebinding: the first look-up gives an allowed address, the next one, for the redirect, a denied one."""
    before = forbidden.visitors()
    with listening(redirect(f"http://rebind.test:{forbidden.port}/")) as allowed:
        answers = iter(["127.0.0.1", "127.0.0.2"])
        egress = Egress(
            EgressPolicy.parse("127.0.0.1"), resolve=lambda host, port: [next(answers)] if host == "rebind.test" else []
        )
        response = egress.fetch(Request(f"http://rebind.test:{allowed.port}/", timeout=SECOND))
        assert allowed.visitors() == 1
    assert (response.fault, response.url) == (Fault.DENIED, f"http://rebind.test:{forbidden.port}/")
    assert forbidden.visitors() == before


def test_a_name_with_a_denied_and_an_allowed_address_is_reached_by_the_allowed_one() -> None:
    with listening(answer(b"here"), address="127.0.0.3") as allowed:
        egress = Egress(EgressPolicy.parse("127.0.0.3"), resolve=lambda host, port: ["127.0.0.1", "127.0.0.3"])
        assert egress.fetch(Request(f"http://both.test:{allowed.port}/", timeout=SECOND)).text == "here"


def test_a_host_suffix_opens_private_addresses_to_that_name_only() -> None:
    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with listening() as internal:
        egress = Egress(EgressPolicy.parse(f".corp.test:{internal.port}"), resolve=resolve)

        def fault(host: str) -> Fault | None:
            return egress.fetch(Request(f"http://{host}:{internal.port}/", timeout=SECOND)).fault

        assert [fault(host) for host in ("api.corp.test", "API.Corp.Test.", "corp.test")] == [None, None, None]
        assert [fault(host) for host in ("corp.test.evil.test", "evilcorp.test", "127.0.0.1")] == [Fault.DENIED] * 3
        assert internal.visitors() == 3


def test_the_environments_proxy_is_not_used(forbidden: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    before = forbidden.visitors()
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{forbidden.port}")
    with listening(address="127.0.0.3") as allowed:
        response = Egress(EgressPolicy.parse("127.0.0.3")).fetch(Request(allowed.url, timeout=SECOND))
    assert response.status == 200
    assert forbidden.visitors() == before
