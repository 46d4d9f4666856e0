"""What each card of the portfolio over time costs with 100 and with 10,000 services of 34 items and forty days on record.

`cold` is the first after something was recorded, `warm` the next: cards that speak of items keep their counts for half a minute.
Run it with `make bench ARGS='-k insights'`.
"""

import time
from datetime import timedelta
from statistics import median

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import Team
from readiness.accounts.rules import Role
from readiness.history.actions import TIME, Subject, record
from readiness.portfolio.daily.days import each_day
from readiness.portfolio.daily.recording import record_today
from readiness.portfolio.daily.sums import add_up
from readiness.portfolio.insights.cards import CARDS
from readiness.portfolio.models import DailyFact
from tests import cast
from tests.cast import NOW
from tests.portfolio.many import many_services

FEW, MANY, DAYS, ROUNDS = 100, 10_000, 40, 3
HTMX = {"HX-Request": "true"}


@pytest.mark.timeout(1800)
def test_a_card_is_there_before_anybody_waits(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    ada = cast.person("Ada")
    cast.give(ada, Role.ADMIN)
    client = cast.login(Client(), ada)
    teams = [Team.objects.create(slug=f"team-{number}", name=f"Team {number}") for number in range(40)]
    people = [cast.person(f"Lead{number}") for number in range(200)]
    version = cast.published()
    lines, statements = [], []
    for number in (FEW, MANY - FEW):
        many_services(number, teams=teams, people=people, version=version, now=NOW)
        _record()
        for key in (*CARDS, "heat?by=item"):
            queries, cold, warm = _measured(client, key)
            statements.append(queries)
            lines.append(f"{number:>6}  {key:<14} cold {cold:7.1f} ms   warm {warm:7.1f} ms   {queries} statements")
    with capsys.disabled():
        print(f"\n{connection.vendor}", *lines, sep="\n")
    half = len(statements) // 2
    assert statements[:half] == statements[half:]


def _record() -> None:
    """Today, and the same again for the days before."""
    record_today(now=NOW)
    today = NOW.date()
    facts = list(DailyFact.objects.filter(day=today))
    DailyFact.objects.exclude(day=today).delete()
    for day in list(each_day(today - timedelta(days=DAYS), today - timedelta(days=1)))[::2]:
        for fact in facts:
            fact.pk, fact.day = None, day
        DailyFact.objects.bulk_create(facts, batch_size=1000)
        add_up([day])


def _measured(client: Client, key: str) -> tuple[int, float, float]:
    card, _, query = key.partition("?")
    address = f"/portfolio/insights/{card}/?{query}"
    client.get(address, headers=HTMX)
    with CaptureQueriesContext(connection) as captured:
        client.get(address, headers=HTMX)
        queries = len(captured)  # the next request empties the log
    cold, warm = [], []
    for _ in range(ROUNDS):
        record("service.edited", Subject("service", 1, "something"), by=TIME, at=NOW)
        cold.append(_milliseconds(client, address))
        warm.append(_milliseconds(client, address))
    return queries, median(cold), median(warm)


def _milliseconds(client: Client, address: str) -> float:
    started = time.perf_counter()
    assert client.get(address, headers=HTMX).status_code == 200
    return (time.perf_counter() - started) * 1000
