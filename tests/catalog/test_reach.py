"""The condition on rows says of every service what policy says of each."""

import pytest

from readiness.accounts import policy
from readiness.accounts.rules import Action, Role
from readiness.catalog.models import Service
from readiness.catalog.reach import services_where
from tests.cast import Cast, give, service


@pytest.mark.parametrize("action", list(Action))
def test_rows_and_policy_agree_for_everybody(cast: Cast, action: Action) -> None:
    service("ledger", cast.payments, tech_lead=cast.rob, platform_owner=cast.sam)
    service("relay", cast.search, on_call=cast.theo)
    give(cast.vera, Role.TECH_LEAD, service=cast.index)
    give(cast.olga, Role.MANAGER)
    for person in cast.people:
        allowed = {one for one in Service.objects.all() if policy.may(person, action, one.target)}
        assert set(services_where(person, action)) == allowed, person
