"""Teams, people and services of a company that nobody works for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from readiness.accounts.models import Grant, Team, User
from readiness.accounts.rules import Role
from readiness.catalog.models import Lifecycle, Service
from readiness.catalog.rules import Trait
from readiness.demo.story.people import PASSWORD

HOST = "many.example"
SERVICES_A_TEAM, PEOPLE_A_TEAM = 40, 8
WORDS = (
    "ledger", "search", "notify", "catalogue", "fraud", "payout", "invoice", "session", "media", "quote", "index", "relay",
    "basket", "pricing", "stock", "returns", "loyalty", "address", "consent", "export",
)  # fmt: skip
KINDS = ("api", "worker", "sync", "gateway", "store", "ui", "batch", "router", "stream")
GIVEN = (
    "Ada",
    "Bo",
    "Chidi",
    "Dana",
    "Emeka",
    "Freya",
    "Goran",
    "Hana",
    "Ilse",
    "Jun",
    "Kofi",
    "Lena",
    "Mateo",
    "Nia",
    "Omar",
)
FAMILY = (
    "Abara",
    "Berg",
    "Castellanos",
    "Dvořák",
    "Eriksen",
    "Fofanah",
    "Grigoryan",
    "Huang",
    "Iversen",
    "Jovanović",
    "Kaya",
)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "America/Sao_Paulo",
    "Australia/Sydney",
)


@dataclass(frozen=True, slots=True)
class Company:
    """`people` by the place of their team in `teams`, `members` by its number. `boss` sees everything."""

    teams: list[Team]
    people: list[list[User]]
    boss: User
    members: dict[int, list[User]]


def company(services: int) -> Company:
    """One that is large enough; what an earlier one left is not touched."""
    first = Team.objects.count()
    number = max(4, services // SERVICES_A_TEAM)
    teams = Team.objects.bulk_create(
        [Team(slug=f"team-{first + at}", name=f"Team {WORDS[at % len(WORDS)]} {first + at}") for at in range(number)]
    )
    known = make_password(PASSWORD)  # slow by design, so once for all
    people = [
        _person(f"{first + at}-{nth}", first + at * PEOPLE_A_TEAM + nth, known)
        for at in range(number)
        for nth in range(PEOPLE_A_TEAM)
    ]
    boss = _person(f"boss-{first}", first, known)
    User.objects.bulk_create([boss, *people], batch_size=500)
    by_team = [people[at * PEOPLE_A_TEAM : (at + 1) * PEOPLE_A_TEAM] for at in range(number)]
    Grant.objects.bulk_create(_grants(teams, by_team, boss), batch_size=500)
    members = {team.pk: people for team, people in zip(teams, by_team, strict=True)}
    return Company(teams, by_team, boss, members)


def _person(key: str, at: int, password: str) -> User:
    name = f"{GIVEN[at % len(GIVEN)]} {FAMILY[at // len(GIVEN) % len(FAMILY)]}"
    return User(email=f"{key}@{HOST}", name=name, time_zone=ZONES[at % len(ZONES)], password=password)


def _grants(teams: Sequence[Team], people: Sequence[Sequence[User]], boss: User) -> list[Grant]:
    """The first of each team manages it; everybody else leads in it."""
    grants = [Grant(user=boss, role=Role.ADMIN)]
    for team, members in zip(teams, people, strict=True):
        grants.append(Grant(user=members[0], role=Role.MANAGER, team=team))
        grants += [Grant(user=member, role=Role.TECH_LEAD, team=team) for member in members[1:]]
    return grants


def services(number: int, of: Company, now: datetime, chance: Random) -> list[Service]:
    first = Service.objects.count()
    made = [_service(first + at, at % len(of.teams), of, now, chance) for at in range(number)]
    return Service.objects.bulk_create(made, batch_size=500)


def _service(at: int, team: int, of: Company, now: datetime, chance: Random) -> Service:
    name = f"{WORDS[at % len(WORDS)]}-{KINDS[at // len(WORDS) % len(KINDS)]}"
    people = of.people[team]
    return Service(
        slug=f"{name}-{at}",
        name=f"{name.replace('-', ' ').capitalize()} {at}",
        description="One of many.",
        team=of.teams[team],
        tier=chance.choice([1, 2, 2, 3, 3, 3, 4]),
        traits=sorted(chance.sample([trait.value for trait in Trait], 4)),
        tech_lead=people[1 + at % (len(people) - 1)],
        on_call=people[1 + (at + 2) % (len(people) - 1)],
        lifecycle=Lifecycle.PROTOTYPE,
        created_at=now - timedelta(days=731),
        source="seed",
    )


def day_ahead(today: date, chance: Random) -> date | None:
    """When what is not launched is to go live; some passed their day."""
    offset = chance.choice([None, None, *range(-6, 150, 4)])
    return None if offset is None else today + timedelta(days=offset)
