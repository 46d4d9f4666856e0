"""The cast every test knows: two teams, one person in each role, a service that has every trait.

ada administrator · mia manager of payments · theo tech lead of `checkout` · olga on call for it · pia platform owner of it ·
rob another tech lead in payments · vera viewer of payments · sam stranger, tech lead in search · eve outside reviewer
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from readiness.accounts.models import Grant, Team, User
from readiness.accounts.rules import Role
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment, Item
from readiness.catalog.models import Service
from readiness.catalog.rules import Trait
from readiness.checklists.models import Checklist, Status, Version
from readiness.checklists.pack import Pack, pack_digest
from readiness.checklists.pack_reader import read_pack

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""A Monday morning. Tests that don't care what time it is use this one."""
TODAY = NOW.date()
PASSWORD = "correct horse battery staple"
GO_LIVE = Path(__file__).parent.parent / "readiness/checklists/packs/go-live.yaml"


def person(name: str, *, time_zone: str = "UTC") -> User:
    return User.objects.create_user(
        f"{name.lower()}@example.com", PASSWORD, name=f"{name} Example", time_zone=time_zone
    )


def give(
    user: User, role: Role, *, team: Team | None = None, service: Service | None = None, review_id: int | None = None
) -> Grant:
    """A grant; the person's cached grants are forgotten."""
    user.forget_grants()
    return Grant.objects.create(
        user=user, role=role, team=team, service_id=service.pk if service else None, review_id=review_id
    )


def service(slug: str, team: Team, **fields: object) -> Service:
    values = {"name": slug.capitalize(), "tier": 2, "go_live_on": TODAY + timedelta(days=17)} | fields
    return Service.objects.create(slug=slug, team=team, **values)


def published(pack: Pack | str | None = None, *, now: datetime = NOW) -> Version:
    """The pack (or its YAML) as the next published version of its checklist; without one, the shipped "Go-live" pack."""
    if not isinstance(pack, Pack):
        pack = read_pack(pack or GO_LIVE.read_text())
    checklist, _ = Checklist.objects.get_or_create(key=pack.key, defaults={"name": pack.name, "summary": pack.summary})
    number = checklist.versions.count() + 1
    values = {"body": pack.as_mapping(), "digest": pack_digest(pack), "status": Status.PUBLISHED, "published_at": now}
    return Version.objects.create(checklist=checklist, number=number, **values)


def login(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@dataclass
class Cast:
    payments: Team
    search: Team
    ada: User
    mia: User
    theo: User
    olga: User
    pia: User
    rob: User
    vera: User
    sam: User
    eve: User
    checkout: Service
    index: Service
    """The stranger's own service, in team search."""

    def assessed(self, *, version: Version | None = None, now: datetime = NOW) -> Assessment:
        """`checkout` measured against `version` (by default the shipped pack, published when nothing is)."""
        if version is None:
            version = Version.objects.filter(status=Status.PUBLISHED).order_by("-number").first() or published(now=now)
        return assessments.start(service=self.checkout, by=self.theo, now=now, version=version)

    def item(self, key: str) -> Item:
        return Item.objects.select_related("assessment__service", "assessment__version").get(
            assessment__service=self.checkout, key=key
        )

    @property
    def people(self) -> list[User]:
        return [self.ada, self.mia, self.theo, self.olga, self.pia, self.rob, self.vera, self.sam, self.eve]


@pytest.fixture
def cast(db: None) -> Cast:
    payments = Team.objects.create(slug="payments", name="Payments")
    search = Team.objects.create(slug="search", name="Search")
    ada, mia, theo, olga, pia, rob, vera, sam, eve = (
        person(name) for name in ("Ada", "Mia", "Theo", "Olga", "Pia", "Rob", "Vera", "Sam", "Eve")
    )
    everything = sorted(trait.value for trait in Trait)
    checkout = service(
        "checkout", payments, tier=1, traits=everything, tech_lead=theo, on_call=olga, platform_owner=pia,
        description="Takes the customer's money.",
    )  # fmt: skip
    index = service("index", search, traits=["worker"], tech_lead=sam)
    give(ada, Role.ADMIN)
    give(mia, Role.MANAGER, team=payments)
    give(rob, Role.TECH_LEAD, team=payments)
    give(vera, Role.VIEWER, team=payments)
    give(sam, Role.TECH_LEAD, team=search)
    give(eve, Role.EXTERNAL, service=checkout)
    return Cast(payments, search, ada, mia, theo, olga, pia, rob, vera, sam, eve, checkout, index)


@pytest.fixture
def now() -> datetime:
    return NOW


def day(offset: int) -> date:
    """`offset` days from the cast's today."""
    return TODAY + timedelta(days=offset)
