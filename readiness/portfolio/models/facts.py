"""How each service stood at the end of each day, so that a curve over two years is read and not computed."""

from typing import ClassVar

from django.db import models

from readiness.accounts.models import Team
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service


class Counted(models.Model):
    """What is counted of one service, or summed over many. Items: `met` + `open` (unmet) + `unsure` (unknown or stale) +
    `waived` = `applicable`; `by_machine` of the met ones rest on what a machine saw (strength "observed"), None where nobody
    knows any more: history says that an item was met, not by which proof. `hard_open` are the hard gates that block, as in
    `Assessment.hard_open`. Gaps: `gaps` and `overdue` stood open that day, `opened` and `closed` moved on it.
    `by_category`: {category: items neither met nor waived}.
    """

    applicable = models.PositiveIntegerField(default=0)
    met = models.PositiveIntegerField(default=0)
    by_machine = models.PositiveIntegerField(null=True)
    open = models.PositiveIntegerField(default=0)
    unsure = models.PositiveIntegerField(default=0)
    waived = models.PositiveIntegerField(default=0)
    hard_open = models.PositiveIntegerField(default=0)
    gaps = models.PositiveIntegerField(default=0)
    overdue = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    by_category = models.JSONField(default=dict)

    class Meta:
        abstract = True


class DailyFact(Counted):
    """One service at the end of one day (of the house's time zone)."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="daily_facts", db_index=False)
    day = models.DateField()
    decision = models.CharField(max_length=16, choices=[(one.value, one.label) for one in Decision])

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["service", "day"], name="fact_once")]
        indexes: ClassVar = [models.Index(fields=["day"], name="fact_day")]

    def __str__(self) -> str:
        return f"{self.service_id} on {self.day}"


class DailySum(Counted):
    """All services of one team and tier at the end of one day: `services` of them, by decision."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="daily_sums", db_index=False)
    tier = models.PositiveSmallIntegerField()
    day = models.DateField()
    services = models.PositiveIntegerField()
    go = models.PositiveIntegerField()
    conditional = models.PositiveIntegerField()
    no_go = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "team", "tier"], name="sum_once")]
        indexes: ClassVar = [models.Index(fields=["team", "day"], name="sum_team_day")]

    def __str__(self) -> str:
        return f"{self.team_id}, tier {self.tier}, on {self.day}"
