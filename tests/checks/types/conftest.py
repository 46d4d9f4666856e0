"""The servers that check types are tried on."""

from collections.abc import Iterator
from itertools import count

import pytest

from readiness.egress import Egress
from tests.checks.types.playing import POLICY, SAMPLES
from tests.servers.misbehaving import Application, Page, misbehaving
from tests.servers.prometheus import Prometheus, prometheus

AWAITED = ("changes(sum(orders_total)[20s:1s]) > 0", "job:http_requests:error_ratio5m")


@pytest.fixture
def egress() -> Egress:
    return Egress(POLICY)


@pytest.fixture
def application() -> Iterator[Application]:
    with misbehaving() as running:
        yield running


@pytest.fixture(scope="session")
def monitored() -> Iterator[Prometheus]:
    """A Prometheus that scrapes `samples/metrics.txt` and evaluates `samples/rules.yml`.

    `orders_total` grows with each scrape, `lost_total` fell back to zero once; the other metrics stand still.
    """
    scrapes = count(1)
    still = (SAMPLES / "metrics.txt").read_text()

    def metrics() -> Page:
        scrape = next(scrapes)
        return Page(f"orders_total {scrape}\nlost_total {5 * (scrape < 5)}\n{still}", kind="text/plain")

    with misbehaving() as application:
        application.behaviour.pages["/metrics"] = metrics
        rules = (SAMPLES / "rules.yml").read_text()
        with prometheus(rules=rules, target=application.host, awaited=AWAITED) as running:
            yield running
