from datetime import UTC, datetime, timedelta

import pytest
import time_machine
import trustme

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.tls_expiry import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.playing import POLICY, play, silence
from tests.servers.misbehaving import Application
from tests.servers.nginx import Nginx, nginx

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def judged(*lifetimes_days: int, tls_version: str = "TLSv1.3", fault: Fault | None = None, **more: object) -> Outcome:
    pems = [
        trustme.CA().issue_cert("a", not_after=NOW + timedelta(days=days, hours=1)).cert_chain_pems[0].bytes().decode()
        for days in lifetimes_days
    ]

    def answer(request: Request) -> Response:
        problem = "The certificate is not trusted." if fault else ""
        return Response(
            request, request.url, certificates=tuple(pems), tls_version=tls_version, fault=fault, problem=problem
        )

    with time_machine.travel(NOW, tick=False):
        return play(run(Config.model_validate({"url": "a", **more})), answer)


def of(server: Nginx) -> Outcome:
    return Egress(POLICY, ca_file=server.ca_file).run(run(Config(url=server.url)))


@pytest.mark.needs("nginx")
def test_passes_on_a_certificate_with_time_left() -> None:
    with nginx(expires=datetime.now(UTC) + timedelta(days=90, hours=1)) as server:
        outcome = of(server)
    assert outcome.result is Result.PASS, outcome
    assert outcome.reason.startswith("90 days left, until ")
    assert outcome.figures["days_left"] == 90
    assert outcome.figures["tls_version"] == "TLSv1.3"


@pytest.mark.needs("nginx")
def test_fails_when_it_ends_soon() -> None:
    with nginx(expires=datetime.now(UTC) + timedelta(days=20, hours=1)) as server:
        outcome = of(server)
    assert outcome.result is Result.FAIL
    assert outcome.reason == "The certificate has 20 days left, fewer than 21."


@pytest.mark.needs("nginx")
def test_fails_when_it_has_expired() -> None:
    with nginx(expires=datetime.now(UTC) - timedelta(days=1)) as server:
        outcome = of(server)
    assert outcome.result is Result.FAIL
    assert outcome.reason == "The certificate has expired."


@pytest.mark.needs("nginx")
def test_a_certificate_of_another_name_fails_and_one_of_an_unknown_authority_is_unknown() -> None:
    with nginx(host="elsewhere.example") as server:
        other_name = of(server)
    with nginx() as server:
        unknown_authority = Egress(POLICY).run(run(Config(url=server.url)))
    assert other_name.result is Result.FAIL
    assert other_name.reason == "The certificate is for elsewhere.example, not for localhost."
    assert unknown_authority.result is Result.UNKNOWN
    assert "certificate" in unknown_authority.reason


@pytest.mark.parametrize(
    ("names", "url", "result"),
    [
        (["a.example", "*.b.example"], "x.b.example", Result.UNKNOWN),
        (["*.b.example"], "x.y.b.example", Result.FAIL),
        (["*.b.example"], "b.example", Result.FAIL),
        (["A.example"], "a.EXAMPLE.", Result.UNKNOWN),
        (["::1"], "https://[0:0::1]/", Result.UNKNOWN),
        (["xn--bcher-kva.example"], "bücher.example", Result.UNKNOWN),
        (["xn--bcher-kva.example"], "b" * 70 + ".example", Result.FAIL),
    ],
)
def test_whose_certificate_it_is(names: list[str], url: str, result: Result) -> None:
    certificate = trustme.CA().issue_cert(*names, not_after=datetime.now(UTC) + timedelta(days=90))
    pem = certificate.cert_chain_pems[0].bytes().decode()

    def answer(request: Request) -> Response:
        return Response(
            request, request.url, certificates=(pem,), tls_version="TLSv1.3", fault=Fault.TLS, problem="Not trusted."
        )

    assert play(run(Config(url=url)), answer).result is result


def test_a_server_without_tls_and_a_refused_connection_are_unknown(egress: Egress, application: Application) -> None:
    plain = egress.run(run(Config(url=application.host)))
    refused = egress.run(run(Config(url="127.0.0.1:1")))
    assert plain.result is refused.result is Result.UNKNOWN
    assert "TLS" in plain.reason
    assert "refused" in refused.reason


@pytest.mark.parametrize(
    ("days", "result"), [(22, Result.PASS), (21, Result.PASS), (20, Result.FAIL), (0, Result.FAIL)]
)
def test_days_left(days: int, result: Result) -> None:
    assert judged(days).result is result


def test_the_soonest_of_the_chain_counts() -> None:
    outcome = judged(90, 5)
    assert outcome.result is Result.FAIL
    assert outcome.reason == "A certificate of the chain has 5 days left, fewer than 21."
    assert outcome.figures["days_left"] == 5


@pytest.mark.parametrize(
    ("version", "wanted", "result"),
    [
        ("TLSv1.2", "1.2", Result.PASS),
        ("TLSv1.2", "1.3", Result.FAIL),
        ("TLSv1.1", "1.2", Result.FAIL),
        ("TLSv1", "1.2", Result.FAIL),
        ("SSLv3", "1.2", Result.FAIL),
        ("", "1.2", Result.UNKNOWN),
    ],
)
def test_versions(version: str, wanted: str, result: Result) -> None:
    assert judged(90, tls_version=version, min_tls=wanted).result is result


def test_a_chain_that_does_not_verify_never_passes_and_still_fails_on_its_dates() -> None:
    assert judged(90, fault=Fault.TLS).result is Result.UNKNOWN
    assert judged(3, fault=Fault.TLS).result is Result.FAIL


@pytest.mark.parametrize("fault", Fault)
def test_no_certificate_is_unknown(fault: Fault) -> None:
    assert play(run(Config(url="a")), silence(fault)).result is Result.UNKNOWN


@pytest.mark.parametrize(
    "pem", ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\ud800", "é"]
)
def test_a_certificate_that_cannot_be_read_is_unknown(pem: str) -> None:
    outcome = play(run(Config(url="a")), lambda request: Response(request, request.url, certificates=(pem,)))
    assert outcome.result is Result.UNKNOWN


@pytest.mark.parametrize("url", ["a", "a:8443", "https://a/x"])
def test_a_host_is_enough(url: str) -> None:
    assert Config(url=url).url.startswith("https://a")
