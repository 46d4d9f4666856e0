"""A small fleet for campaigns: services of two teams, each standing differently with the item "probed"."""

from typing import Any

from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.assessments import actions as assessments
from readiness.assessments.models import Item
from readiness.catalog.models import Service
from readiness.history.actions import TIME
from readiness.portfolio.campaigns.actions import Said, start_campaign
from readiness.portfolio.campaigns.scope import Scope
from readiness.portfolio.models import Campaign
from tests.assessments.small import pack, see
from tests.cast import NOW, Cast, day, give, published, service

EVERY = "Every service answers"


def fleet(cast: Cast) -> dict[str, Service]:
    """By how it stands: gap, met, unknown, waived, of payments; other (a gap too), of search; absent is not measured."""
    version = published(pack())
    made = {name: service(name, cast.payments, traits=["worker"]) for name in ("met", "unknown", "waived", "absent")}
    made |= {"gap": cast.checkout, "other": cast.index}
    for name, one in made.items():
        if name == "absent":
            continue
        assessment = assessments.start(service=one, by=TIME, now=NOW, version=version)
        if name != "unknown":
            see(assessment, "probed", "pass" if name == "met" else "fail", now=NOW, reason="Seen.", check_id=None)
    Item.objects.filter(assessment__service=made["waived"], key="probed").update(waived_until=day(10))
    return made


def said(cast: Cast, **values: Any) -> Said:
    usual: dict[str, Any] = {
        "name": EVERY,
        "why": "It was down.",
        "scope": Scope(),
        "due_on": day(30),
        "owner": cast.mia,
    }
    return Said(**usual | values)


def started(
    cast: Cast, *, by: User | None = None, item: str = "probed", criterion: str = "", **values: Any
) -> Campaign:
    by = by or cast.ada
    return start_campaign(by=by, item_key=item, criterion_key=criterion, said=said(cast, **values), now=NOW)


def organisation_manager(cast: Cast) -> User:
    give(cast.mia, Role.MANAGER)
    return cast.mia
