"""Where a secret goes, and where it never goes."""

from collections.abc import Iterator

import pytest

from readiness.checks.sources import Connection, Way
from readiness.checks.sources.keys import Key, NoKeyError, key_of, origin_of, with_keys
from readiness.egress import Egress, EgressPolicy, Request, Response, Steps
from tests.checks.types.playing import play, says
from tests.servers.source import Source, source

SECRET = "s3cret-value"
LOCAL = Egress(EgressPolicy.parse("127.0.0.0/8"))
HOME = "https://prometheus.example:9443/prefix"


def key(way: Way = Way.BEARER, address: str = HOME, secret: str = SECRET, **settings: str) -> Key:
    made = key_of(Connection("prometheus", address, "", settings, way, has_secret=True), secret)
    assert made
    return made


def sent(request: Request, *keys: Key) -> Request:
    """What goes out for a check that makes this request."""
    seen: list[Request] = []

    def answer(out: Request) -> Response:
        seen.append(out)
        return says(200)(out)

    def steps() -> Steps[Response]:
        (came,) = yield [request]
        return came

    came = play(with_keys(steps(), keys), answer)
    assert came.request is request  # the check never sees what was added
    return seen[0]


@pytest.mark.parametrize(
    ("way", "settings", "headers"),
    [
        (Way.BEARER, {}, {"Authorization": f"Bearer {SECRET}"}),
        (Way.BASIC, {"user": "me"}, {"Authorization": "Basic bWU6czNjcmV0LXZhbHVl"}),
        (Way.HEADER, {"header": "X-Api-Key"}, {"X-Api-Key": SECRET}),
        (Way.VAULT, {"namespace": "team"}, {"X-Vault-Namespace": "team", "X-Vault-Token": SECRET}),
        (Way.PAGER, {}, {"Authorization": f"Token token={SECRET}"}),
        (Way.BEARER, {"tenant": "platform"}, {"X-Scope-OrgID": "platform", "Authorization": f"Bearer {SECRET}"}),
    ],
)
def test_each_way_travels_as_its_vendor_says(way: Way, settings: dict[str, str], headers: dict[str, str]) -> None:
    assert sent(Request(HOME + "/api/v1/query"), key(way, **settings)).headers == headers


def test_a_tenant_goes_along_without_a_secret() -> None:
    made = key_of(Connection("loki", HOME, "", {"tenant": "platform"}), "")
    assert made
    assert sent(Request(HOME), made).headers == {"X-Scope-OrgID": "platform"}
    assert key_of(Connection("loki", HOME), "") is None


def test_an_aws_key_signs_and_goes_along_with_nothing_else() -> None:
    made = key(Way.AWS, "https://secretsmanager.eu-west-1.amazonaws.com", key_id="AKIA")
    home = "https://secretsmanager.eu-west-1.amazonaws.com/"
    signed = sent(Request(home, "POST", aws_sigv4="aws:amz:eu-west-1:secretsmanager"), made)
    assert signed.user == f"AKIA:{SECRET}"
    assert sent(Request(home), made).user == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://prometheus.example:9443/prefix",  # in the clear
        "https://prometheus.example/prefix",  # another port
        "https://prometheus.example.evil.example:9443/",
        "https://evil.example:9443/?https://prometheus.example:9443",
        "https://prometheus.example:9443@evil.example/",
        "https://prometheus.example:9443\\@evil.example/",
        "tcp://prometheus.example:9443",
        "nonsense",
    ],
)
def test_no_other_origin_gets_it(url: str) -> None:
    assert sent(Request(url), key()) == Request(url)


@pytest.mark.parametrize("url", ["HTTPS://Prometheus.Example:9443/x", "https://prometheus.example:9443/other/path"])
def test_the_same_origin_written_otherwise_does(url: str) -> None:
    assert "Authorization" in sent(Request(url), key()).headers


@pytest.mark.parametrize(
    "request_",
    [
        Request(HOME, headers={"authorization": "Bearer own"}),
        Request(HOME, user="own:password"),
        Request(HOME, connect_only=True),
    ],
)
def test_a_call_with_a_credential_of_its_own_keeps_it(request_: Request) -> None:
    assert sent(request_, key()) is request_


def test_a_call_that_names_its_tenant_keeps_it_and_gets_the_secret() -> None:
    own = Request(HOME, headers={"x-scope-orgid": "its own"})
    assert sent(own, key(tenant="platform")).headers == {
        "x-scope-orgid": "its own",
        "Authorization": f"Bearer {SECRET}",
    }


def test_the_header_of_a_call_is_not_overwritten() -> None:
    own = Request(HOME, headers={"x-api-key": "own"})
    assert sent(own, key(Way.HEADER, header="X-Api-Key")) is own


def test_a_secret_that_cannot_be_read_stops_the_call_and_no_other() -> None:
    broken = key_of(Connection("prometheus", HOME, has_secret=True), "", problem="It can’t be read.")
    assert broken
    with pytest.raises(NoKeyError, match=r"It can’t be read\."):
        sent(Request(HOME), broken)
    assert sent(Request("https://elsewhere.example"), broken) == Request("https://elsewhere.example")


def test_nothing_shows_it_by_accident() -> None:
    made = key(Way.AWS, HOME, key_id="AKIA"), key()
    request = sent(Request(HOME, aws_sigv4="aws:amz:eu-west-1:x"), made[0])
    assert SECRET not in repr([*made, request, sent(Request(HOME), made[1])])


@pytest.fixture
def elsewhere() -> Iterator[Source]:
    with source({"/": {"got": "here"}, "/same": {}}) as running:
        yield running


def test_a_redirect_to_another_origin_goes_without(elsewhere: Source) -> None:
    with source({"/moved": f"{elsewhere.url}/", "/within": "/same", "/same": {}}) as home:
        for made in (key(address=home.url), key(Way.HEADER, home.url, header="X-Api-Key", tenant="platform")):
            LOCAL.run(with_keys(_calls(Request(f"{home.url}/moved"), Request(f"{home.url}/within")), [made]))
    assert len(elsewhere.calls) == 2
    for header in ("Authorization", "X-Api-Key", "X-Scope-OrgID"):
        assert elsewhere.sent(header) == [None, None]
    assert home.sent("Authorization")[:3] == [f"Bearer {SECRET}"] * 3


def _calls(*requests: Request) -> Steps[None]:
    yield requests


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://a.example") == origin_of("https://A.example:443/x") == ("https", "a.example", 443)
    assert origin_of("javascript:alert(1)") is None
