"""The rows of a campaign as CSV: read and sent piece by piece."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.conf import settings

from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.catalog.reach import services_where
from readiness.face.spreadsheet import AT_ONCE, pieces
from readiness.portfolio.campaigns.pages import Filters
from readiness.portfolio.campaigns.progress import Standing, standings
from readiness.portfolio.campaigns.scope import Scope
from readiness.portfolio.heat import service_url
from readiness.portfolio.models import Campaign

COLUMNS = {
    "service": "slug", "name": "name", "team": "team__slug", "tier": "tier", "standing": "standing",
    "next_step": "asked__next_step", "gap_owner": "asked__gap__owner__name", "gap_due_on": "asked__gap__due_on",
    "tech_lead": "tech_lead__name",
}  # fmt: skip


def lines(campaign: Campaign, user: User, filters: Filters, today: date) -> Iterator[str]:
    """One statement, the heading first."""
    services = Scope.of(campaign.scope).services().filter(pk__in=services_where(user, Action.EXPORT).values("pk"))
    rows = filters.apply(standings(services, campaign, today)).order_by("team__name", "name", "slug")
    values = rows.values_list(*COLUMNS.values()).iterator(chunk_size=AT_ONCE)
    return pieces([*COLUMNS, "address"], (_cells(dict(zip(COLUMNS, row, strict=True))) for row in values))


def _cells(row: dict[str, Any]) -> Iterable[object]:
    yield from (row | {"standing": Standing(row["standing"]).label}).values()
    yield f"{settings.BASE_URL}{service_url(row['service'])}"
