"""TLS: who is trusted, what is told about the chain, and what is wrong with it in words."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.x509 import SubjectAlternativeName, load_pem_x509_certificate

from readiness.egress import Egress, EgressPolicy, Fault, Request, Response
from tests.egress.listeners import Listener, listening

POLICY = EgressPolicy.parse("127.0.0.0/8")
LAST_YEAR = datetime.now(UTC) - timedelta(days=365)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def egress(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Egress:
    bundle = Path(tmp_path_factory.mktemp("ca")) / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return Egress(POLICY, ca_file=str(bundle), resolve=lambda host, port: ["127.0.0.1"])


def context(certificate: trustme.LeafCert, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.maximum_version = newest
    certificate.configure_cert(server)
    return server


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Listener]:
    with listening(tls=context(authority.issue_cert("web.test"))) as listener:
        yield listener


def look(egress: Egress, listener: Listener, host: str = "web.test", *, wanted: bool = True) -> Response:
    url = f"https://{host}:{listener.port}/"
    return egress.fetch(Request(url, want_certificate=wanted, timeout=timedelta(seconds=5)))


def names_of(pem: str) -> list[str]:
    extensions = load_pem_x509_certificate(pem.encode()).extensions
    return [str(name.value) for name in extensions.get_extension_for_class(SubjectAlternativeName).value]


def test_a_trusted_server_answers_and_shows_its_chain_and_version(egress: Egress, server: Listener) -> None:
    response = look(egress, server)
    assert (response.status, response.fault, response.tls_version) == (200, None, "TLSv1.3")
    assert names_of(response.certificates[0]) == ["web.test"]


def test_the_version_is_the_one_that_was_agreed_on(egress: Egress, authority: trustme.CA) -> None:
    with listening(tls=context(authority.issue_cert("web.test"), ssl.TLSVersion.TLSv1_2)) as server:
        assert look(egress, server).tls_version == "TLSv1.2"


def test_no_chain_is_given_unasked(egress: Egress, server: Listener) -> None:
    assert look(egress, server, wanted=False).certificates == ()


def test_an_intermediate_is_part_of_the_chain(egress: Egress, authority: trustme.CA) -> None:
    leaf = authority.create_child_ca().issue_cert("web.test")
    with listening(tls=context(leaf)) as server:
        assert len(look(egress, server).certificates) >= 2


def test_an_expired_certificate_is_named_and_shown(egress: Egress, authority: trustme.CA) -> None:
    expired = authority.issue_cert("web.test", not_before=LAST_YEAR, not_after=LAST_YEAR + timedelta(days=1))
    with listening(tls=context(expired)) as server:
        response = look(egress, server)
        assert server.heads == []
    assert (response.fault, response.status) == (Fault.TLS, None)
    assert response.problem == f"The certificate of web.test:{server.port} has expired."
    shown = load_pem_x509_certificate(response.certificates[0].encode())
    assert shown.not_valid_after_utc < datetime.now(UTC)
    assert response.tls_version == "TLSv1.3"


def test_a_certificate_for_another_name_is_named(egress: Egress, server: Listener) -> None:
    response = look(egress, server, "other.test")
    assert response.fault is Fault.TLS
    assert response.problem == f"The certificate of other.test:{server.port} is not for the name other.test."
    assert server.heads == []


def test_an_authority_that_nobody_knows_is_not_trusted(egress: Egress) -> None:
    with listening(tls=context(trustme.CA().issue_cert("web.test"))) as server:
        for wanted in (False, True):
            response = look(egress, server, wanted=wanted)
            assert response.fault is Fault.TLS
            assert "comes from an authority that this application does not trust" in response.problem
        assert server.heads == []


def test_without_a_file_of_its_own_the_machines_authorities_count(server: Listener) -> None:
    response = look(Egress(POLICY, resolve=lambda host, port: ["127.0.0.1"]), server)
    assert response.fault is Fault.TLS


def test_a_plain_http_server_is_said_to_speak_no_tls(egress: Egress) -> None:
    with listening() as server:
        response = look(egress, server)
    assert response.fault is Fault.TLS
    assert "it may speak plain HTTP" in response.problem


def test_only_the_handshake_is_made_when_connecting_for_the_certificate(egress: Egress, server: Listener) -> None:
    request = Request(f"https://web.test:{server.port}", connect_only=True, want_certificate=True)
    response = egress.fetch(request)
    assert (response.fault, names_of(response.certificates[0])) == (None, ["web.test"])
    assert server.heads == []
