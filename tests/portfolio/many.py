"""Many services at once, for lists and benchmarks: a dozen are measured through the actions, the others are their likeness.

Ten thousand services with 34 items each through the actions would take an hour; copied by the database they take seconds.
"""

from datetime import datetime, timedelta
from random import Random

from django.db import connection
from django.db.models import F

from readiness.accounts.models import Team, User
from readiness.assessments import actions as assessments
from readiness.assessments.actions.counting import add_up
from readiness.assessments.models import Assessment, Gap, Item
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Lifecycle, Service
from readiness.catalog.rules import Trait
from readiness.checklists.models import Version
from readiness.history.actions import TIME

MODELS = 12
"""So many different standings there are."""
WORDS = (
    "ledger",
    "search",
    "notify",
    "catalogue",
    "fraud",
    "payout",
    "invoice",
    "session",
    "media",
    "quote",
    "index",
    "relay",
)
KINDS = ("api", "worker", "sync", "gateway", "store", "ui", "batch", "router")


def many_services(
    number: int, *, teams: list[Team], people: list[User], version: Version, now: datetime, seed: int = 1
) -> list[Service]:
    """`number` services with items, gaps and counters; each has a tech lead out of `people`, gaps have owners out of them."""
    chance = Random(seed)
    first = Service.objects.count()
    services = Service.objects.bulk_create(
        [_service(first + at, teams, people, now, chance) for at in range(number)], batch_size=500
    )
    models = [_measured(service, version, people, now, chance) for service in services[:MODELS]]
    if number > MODELS:
        _copy(services[MODELS:], models, people, now)
    return services


def _service(at: int, teams: list[Team], people: list[User], now: datetime, chance: Random) -> Service:
    name = f"{WORDS[at % len(WORDS)]}-{KINDS[at // len(WORDS) % len(KINDS)]}"
    offset = chance.choice([None, None, *range(-6, 150, 4)])
    is_live = offset is None and chance.random() < 0.7
    return Service(
        slug=f"{name}-{at}",
        name=f"{name.replace('-', ' ').capitalize()} {at}",
        team=teams[at % len(teams)],
        tier=chance.choice([1, 2, 2, 3, 3, 3, 4]),
        traits=sorted(chance.sample([trait.value for trait in Trait], 4)),
        tech_lead=people[at % len(people)],
        go_live_on=None if offset is None else now.date() + timedelta(days=offset),
        launched_on=now.date() - timedelta(days=chance.randrange(20, 400)) if is_live else None,
        lifecycle=Lifecycle.PRODUCTION if is_live else Lifecycle.PROTOTYPE,
    )


def _measured(service: Service, version: Version, people: list[User], now: datetime, chance: Random) -> Assessment:
    """Through the action, then with items as chance has it: some services are nearly there, others at the beginning."""
    assessment = assessments.start(service=service, by=TIME, now=now, version=version)
    items = list(assessment.items.exclude(status=ItemStatus.NOT_APPLICABLE))
    share_met = chance.choice([1.0, 0.97, 0.92, 0.85, 0.7, 0.5])
    for item in items:
        others = [ItemStatus.NOT_MET, ItemStatus.NOT_MET, ItemStatus.UNKNOWN, ItemStatus.STALE]
        item.status = ItemStatus.MET if chance.random() < share_met else chance.choice(others)
    unmet = [item for item in items if item.status == ItemStatus.NOT_MET]
    for item in unmet[::4]:
        item.waived_until = now.date() + timedelta(days=40)
    Item.objects.bulk_update(items, ["status", "waived_until"])
    Gap.objects.bulk_create([_gap(item, service, people, now, chance) for item in unmet])
    add_up(assessment, assessment.items.select_related("gap"), now)
    return assessment


def _gap(item: Item, service: Service, people: list[User], now: datetime, chance: Random) -> Gap:
    return Gap(
        item=item,
        service=service,
        gate=item.gate,
        owner=chance.choice([*people, None]),
        due_on=now.date() + timedelta(days=chance.randrange(-9, 30)),
        plan="Written down in the team's notes.",
        opened_at=now - timedelta(days=30),
        opened_because="The check failed.",
    )


def _copy(services: list[Service], models: list[Assessment], people: list[User], now: datetime) -> None:
    """The likeness of service n is model n modulo their number, remembered in `last_review_id` while copying."""
    copies = [_likeness(service, models[at % len(models)], now) for at, service in enumerate(services)]
    Assessment.objects.bulk_create(copies, batch_size=500)
    _analyse()  # the planner would think of the dozen rows of a moment ago
    item_columns = _columns(Item, without={"id", "assessment_id"})
    gap_columns = _columns(Gap, without={"id", "item_id", "service_id"})
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO assessments_item (assessment_id, {', '.join(item_columns)})"
            f" SELECT a.id, {', '.join(f't.{name}' for name in item_columns)} FROM assessments_assessment a"
            " JOIN assessments_item t ON t.assessment_id = a.last_review_id"
        )
        cursor.execute("ANALYZE")
        cursor.execute(
            f"INSERT INTO assessments_gap (item_id, service_id, {', '.join(gap_columns)})"
            f" SELECT i.id, a.service_id, {', '.join(f'g.{name}' for name in gap_columns)} FROM assessments_assessment a"
            " JOIN assessments_item i ON i.assessment_id = a.id"
            " JOIN assessments_item t ON t.assessment_id = a.last_review_id AND t.key = i.key"
            " JOIN assessments_gap g ON g.item_id = t.id"
        )
    # Spread over people and days, as in real life; the ids of people follow one another.
    first = min(person.pk for person in people)
    copied = Gap.objects.filter(service__in=Service.objects.filter(assessment__last_review_id__isnull=False))
    copied.filter(owner__isnull=False).update(owner_id=first + F("id") * F("id") % len(people))
    for rest in range(11):
        due_on = now.date() + timedelta(days=rest * 6 - 11)
        copied.annotate(rest=F("id") % 11).filter(rest=rest).update(due_on=due_on)
    Assessment.objects.filter(last_review_id__isnull=False).update(last_review_id=None)
    _analyse()


def _likeness(service: Service, model: Assessment, now: datetime) -> Assessment:
    copied = ("counts", "hard_applicable", "hard_met", "hard_open", "tracked_open", "waived", "computed_decision")
    times = {"pinned_at": now, "created_at": now, "refreshed_at": now}
    values = {name: getattr(model, name) for name in copied} | times
    return Assessment(service=service, version_id=model.version_id, last_review_id=model.pk, **values)


def _columns(model: type[Item | Gap], *, without: set[str]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.column and field.column not in without]


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
