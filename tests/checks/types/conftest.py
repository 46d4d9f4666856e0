"""The servers that check types are tried on."""

from collections.abc import Iterator

import pytest

from readiness.egress import Egress, EgressPolicy
from tests.servers.misbehaving import Application, misbehaving

POLICY = EgressPolicy.parse("127.0.0.0/8, ::1/128")


@pytest.fixture
def egress() -> Egress:
    return Egress(POLICY)


@pytest.fixture
def application() -> Iterator[Application]:
    with misbehaving() as running:
        yield running
