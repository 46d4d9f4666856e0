"""What a worker saw of a launch's figures. Machines record facts; nobody is asked, and no history is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from readiness.assessments.models import Launch, LaunchReading

READ_EVERY = timedelta(seconds=15)
TOLERANCE = timedelta(seconds=3)
"""A beat that comes a little early still reads."""
KEPT = 240
"""Readings of one query that are kept: an hour of them."""


@dataclass(frozen=True, slots=True)
class SeenValue:
    """`value` None: `problem` says why. `observed_at`: when what it rests on was scraped."""

    observed_at: datetime
    value: float | None = None
    problem: str = ""


def claim_readings(*, now: datetime) -> list[Launch]:
    """The launches whose figures are to be read now; of several workers one gets each."""
    every = READ_EVERY - TOLERANCE
    due = Launch.objects.to_be_read(now, every).select_related("service")
    return [launch for launch in due if Launch.objects.to_be_read(now, every).filter(pk=launch.pk).update(read_at=now)]


@transaction.atomic
def note_readings(*, launch: Launch, seen: Mapping[str, SeenValue], now: datetime) -> int:
    """Keeps them, and forgets the oldest. Nothing for a launch that ended meanwhile. Returns how many it kept."""
    if not Launch.objects.running().filter(pk=launch.pk).exists():
        return 0
    rows = [
        LaunchReading(
            launch=launch, key=key, read_at=now, observed_at=min(one.observed_at, now), value=one.value,
            problem="" if one.value is not None else (one.problem or "It could not be read.")[:300],
        )
        for key, one in seen.items()
    ]  # fmt: skip
    LaunchReading.objects.bulk_create(rows, ignore_conflicts=True)
    for key in seen:
        _forget_oldest(launch, key)
    return len(rows)


def _forget_oldest(launch: Launch, key: str) -> None:
    rows = LaunchReading.objects.filter(launch=launch, key=key).order_by("-read_at", "-id")
    edge = rows.values_list("read_at", flat=True)[KEPT : KEPT + 1].first()
    if edge is not None:
        rows.filter(read_at__lte=edge).delete()
