"""A campaign over 100 and over 10,000 services of 34 items: what its page costs. `make bench ARGS='-k campaigns'`.

The figures are of all services that take part, so that their statement grows with them; how many statements there are does not.
"""

import re
import time
from datetime import timedelta
from statistics import median

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readiness.accounts.models import Team, User
from readiness.accounts.rules import Role
from readiness.portfolio.campaigns import days
from readiness.portfolio.campaigns.actions import Said, start_campaign
from readiness.portfolio.campaigns.scope import Scope
from readiness.portfolio.models import Campaign
from tests import cast
from tests.cast import NOW
from tests.portfolio.many import many_services

FEW, MANY = 100, 10_000
ROUNDS = 9
QUERIES = ("", "?show=all&page=2", "?show=gap", "?team=team-3")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("item", ["a whole item", "one criterion"])
def test_a_campaign_takes_as_many_statements_over_ten_thousand_services(
    db: None, client: Client, item: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = cast.person("Ada")
    cast.give(ada, Role.ADMIN)
    cast.login(client, ada)
    teams = [Team.objects.create(slug=f"team-{number}", name=f"Team {number}") for number in range(40)]
    people = [cast.person(f"Lead{number}") for number in range(200)]
    version = cast.published()
    many_services(FEW, teams=teams, people=people, version=version, now=NOW)
    asked = next(one for one in version.items if len(one.criteria) > 1)
    campaign = _started(ada, asked.key, asked.criteria[0].key if item == "one criterion" else "")
    few = {query: _measured(client, campaign, query) for query in QUERIES}
    many_services(MANY - FEW, teams=teams, people=people, version=version, now=NOW)
    many = {query: _measured(client, campaign, query) for query in QUERIES}
    counted = _time(lambda: days.record_day(campaign, timezone.now()))
    with capsys.disabled():
        print(f"\n{item} on {connection.vendor}: {'services':>10}{FEW:>10}{MANY:>10,}{'statements':>12}")
        for query in QUERIES:
            print(f"{query or 'the page':30}{few[query][0]:19.1f}{many[query][0]:10.1f}{many[query][1]:12}")
        print(f"{'the count of a day':30}{'':19}{counted:10.1f}")
        print("\n".join(_plans(client, campaign)))
    assert max(found[1] for found in few.values()) == max(found[1] for found in many.values()) <= 14


def _started(ada: User, item: str, criterion: str) -> Campaign:
    until = timezone.localdate() + timedelta(days=30)
    said = Said("Every one of them", "", Scope(), until, ada)
    return start_campaign(by=ada, item_key=item, criterion_key=criterion, said=said, now=timezone.now())


def _measured(client: Client, campaign: Campaign, query: str) -> tuple[float, int]:
    address = f"{campaign.get_absolute_url()}{query}"
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
        statements = len(captured)
    return median(_time(lambda: client.get(address)) for _ in range(ROUNDS)), statements


def _time(act: object) -> float:
    started = time.perf_counter()
    act()  # type: ignore[operator]
    return (time.perf_counter() - started) * 1000


def _plans(client: Client, campaign: Campaign) -> list[str]:
    """On PostgreSQL: which tables the statements of the page read from end to end."""
    if connection.vendor != "postgresql":
        return []
    with CaptureQueriesContext(connection) as captured:
        client.get(campaign.get_absolute_url())
    found = []
    with connection.cursor() as cursor:
        for one in captured:
            cursor.execute(f"EXPLAIN {one['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            found += [
                f"  reads all of {table}" for table in re.findall(r"Seq Scan on (\w+)", plan) if "assessments" in table
            ]
    return found
