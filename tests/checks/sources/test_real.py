"""Tests of connections against the real programs, their calls carrying the stored credential."""

import pytest

from readiness.checks.sources import Connection, Seen, Way, probed
from readiness.checks.sources.keys import key_of, with_keys
from readiness.egress import Egress, EgressPolicy
from tests.servers.alertmanager import alertmanager
from tests.servers.aws import secrets_manager
from tests.servers.misbehaving import misbehaving
from tests.servers.prometheus import prometheus

LOCAL = Egress(EgressPolicy.parse("127.0.0.0/8"))
ROUTES = "{route: {receiver: pager}, receivers: [{name: pager}]}"
RULES = "groups: [{name: g, rules: [{alert: Up, expr: up == 0}]}]"


def probe(connection: Connection, secret: str = "") -> Seen:
    key = key_of(connection, secret)
    return LOCAL.run(with_keys(probed(connection), [key] if key else []))


@pytest.mark.needs("prometheus")
def test_a_real_prometheus() -> None:
    with (
        misbehaving() as application,
        prometheus(rules=RULES, target=application.host, awaited=("count(up)",)) as server,
    ):
        seen = probe(Connection("prometheus", server.url))
    assert seen.is_good
    assert seen.words.startswith("Prometheus 2.")
    assert "; 1 target, " in seen.words


@pytest.mark.needs("alertmanager")
def test_a_real_alertmanager() -> None:
    with alertmanager(ROUTES) as server:
        seen = probe(Connection("alertmanager", server.url))
        assert seen.is_good
        assert seen.words.endswith("; 1 receiver.")
        wrong = probe(Connection("prometheus", server.url))
    assert not wrong.is_good


def test_secrets_manager_with_a_signed_request() -> None:
    with secrets_manager() as address:
        connection = Connection(
            "aws_secrets",
            address,
            "",
            {"region": "eu-west-1", "key_id": "AKIAIOSFODNN7EXAMPLE"},
            Way.AWS,
            has_secret=True,
        )
        seen = probe(connection, "wJalrXUtnFEMI")
    assert seen == Seen(is_good=True, words="Secrets Manager in eu-west-1; the key is accepted and may list secrets.")
