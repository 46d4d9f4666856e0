"""The seed from beginning to end, step by step, each with how long it took."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from django.db import connection, transaction

from readiness.assessments.models import Assessment
from readiness.assessments.queries import house_day
from readiness.catalog.models import Service
from readiness.checklists.actions import ensure_shipped
from readiness.checklists.models import Version
from readiness.demo.seeding import company, likenesses, models
from readiness.portfolio.daily.past import pasts_of
from readiness.portfolio.daily.rebuilding import facts_of, sum_up, write
from readiness.portfolio.daily.recording import record_today
from readiness.portfolio.models import DailyFact

MODELS = 200
"""So many different services there are."""
DAYS = timedelta(days=730)
type Say = Callable[[str], None]


def sow(number: int, *, now: datetime, say: Say = lambda _: None, seed: int = 1) -> company.Company:
    """Adds `number` services with all that belongs to them; all of it or nothing."""
    with transaction.atomic():
        made = _sow(number, now, say, Random(seed + Service.objects.count()))
    if connection.vendor == "postgresql":
        # Within a test's transaction there is nothing to clean up yet, and it may not be asked for.
        _timed(say, "Statistics", lambda: _run("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE"))
    return made


def _sow(number: int, now: datetime, say: Say, chance: Random) -> company.Company:
    version = _version(now)
    of = company.company(number)
    services = company.services(number, of, now, chance)
    say(f"{number:,} services, {len(of.teams)} teams, {sum(map(len, of.people)) + 1:,} people.")
    first, others = services[:MODELS], services[MODELS:]
    setting = models.Setting(of, version, now, chance)
    lived = _timed(say, f"Two years of {len(first)} services", lambda: models.live(first, setting))
    days = _timed(say, "Their facts, day by day", lambda: _facts(lived, now))
    if others:
        likenesses.begin(first, others, of)
        _timed(say, "Standing of the others", likenesses.copy_standing)
        _timed(say, "History of the others", likenesses.copy_history)
        _timed(say, "Facts of the others", likenesses.copy_facts)
        _scatter(others, now, chance)
        likenesses.end()
    _timed(say, f"Sums of {len(days)} days", lambda: sum_up(days))
    _timed(say, "Today", lambda: record_today(now=now))
    return of


def _version(now: datetime) -> Version:
    """What new services are measured against."""
    version = next((one for one in ensure_shipped(now=now) if one), None)
    if version is None:
        raise LookupError("No checklist is published; publish one first.")
    return version


def _facts(lived: list[Assessment], now: datetime) -> list[date]:
    today = house_day(now)
    first, last = today - DAYS, today - timedelta(days=1)
    rows = Assessment.objects.filter(pk__in=[one.pk for one in lived]).select_related("service")
    write(facts_of(pasts_of(list(rows), first), first, last))
    return list(
        DailyFact.objects.filter(day__range=(first, last)).order_by("day").values_list("day", flat=True).distinct()
    )


def _scatter(others: list[Service], now: datetime, chance: Random) -> None:
    """Launched is who was; the others go live on days of their own."""
    today = house_day(now)
    _run(
        "UPDATE catalog_service SET launched_on = m.launched_on, lifecycle = m.lifecycle, created_at = m.created_at"
        " FROM seed_service s JOIN catalog_service m ON m.id = s.model WHERE s.service = catalog_service.id"
    )
    for other in others:
        other.go_live_on = company.day_ahead(today, chance)
    Service.objects.bulk_update(others, ["go_live_on"], batch_size=500)
    launched = Service.objects.filter(pk__in=[other.pk for other in others], launched_on__isnull=False)
    launched.update(go_live_on=None)


def _timed[T](say: Say, what: str, act: Callable[[], T]) -> T:
    started = time.monotonic()
    done = act()
    say(f"{what}: {time.monotonic() - started:.1f} s")
    return done


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
