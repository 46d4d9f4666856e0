"""How far a campaign is: where each service that takes part stands with its item, counted by the database.

Every figure and every row comes from `standings`, so that a number and the rows behind it can't disagree.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, FilteredRelation, Func, Q, TextChoices, Value, When
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import ServiceQuerySet
from readiness.portfolio.models import Campaign


class Standing(TextChoices):
    GAP = "gap", "Not met"
    UNKNOWN = "unknown", "Unknown"
    WAIVED = "waived", "Waived"
    MET = "met", "Met"
    LEFT_OUT = "left_out", "Does not apply"
    ABSENT = "absent", "Not measured against it"


MISSING = (Standing.GAP, Standing.UNKNOWN)
COUNTED = (Standing.MET, Standing.WAIVED, *MISSING)


class CriterionStatus(Func):
    """`CriterionStatus(criteria, key)`: the status of one criterion in `Item.criteria`; NULL where it does not count."""

    output_field = CharField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **_: Any) -> Any:
        template = "(SELECT json_extract(value, '$.status') FROM json_each(%(expressions)s))"
        joiner = ") WHERE json_extract(value, '$.key') = ("
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **_: Any) -> Any:
        # No subquery here: PostgreSQL expects a hundred rows of each, and compiles the statement for longer than it runs.
        path = "'$[*] ? (@.key == $key).status'"
        template = "(jsonb_path_query_first(%(expressions)s::text)) #>> '{}')"
        joiner = f", {path}, jsonb_build_object('key', "
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner)


def standings(services: ServiceQuerySet, campaign: Campaign, today: date) -> Any:
    """Rows of `services` with their `standing`, and `falls_to`: the id of who owns the gap, else of the tech lead."""
    condition = Q(assessment__items__key=campaign.item_key, assessment__items__retired_at=None)
    rows = services.annotate(asked=FilteredRelation("assessment__items", condition=condition))
    if campaign.criterion_key:
        rows = rows.annotate(status=CriterionStatus(F("asked__criteria"), Value(campaign.criterion_key)))
    else:
        rows = rows.annotate(status=F("asked__status"))
    standing = Case(
        When(asked__id__isnull=True, then=Value(Standing.ABSENT)),
        When(asked__status=ItemStatus.NOT_APPLICABLE, then=Value(Standing.LEFT_OUT)),
        # Each mention of a criterion's status looks into the list anew: what is true of most comes first.
        When(status=ItemStatus.MET, then=Value(Standing.MET)),
        When(status__isnull=True, then=Value(Standing.LEFT_OUT)),
        When(asked__waived_until__gt=today, then=Value(Standing.WAIVED)),
        When(status=ItemStatus.NOT_MET, then=Value(Standing.GAP)),
        default=Value(Standing.UNKNOWN),
        output_field=CharField(),
    )
    return rows.annotate(standing=standing, falls_to=Coalesce("asked__gap__owner_id", "tech_lead_id"))


@dataclass(frozen=True, slots=True)
class Figures:
    """So many services in each standing."""

    gap: int = 0
    unknown: int = 0
    waived: int = 0
    met: int = 0
    left_out: int = 0
    absent: int = 0

    @property
    def counted(self) -> int:
        """Those of which the item is asked."""
        return self.gap + self.unknown + self.waived + self.met

    @property
    def missing(self) -> int:
        return self.gap + self.unknown

    @property
    def percent(self) -> int:
        """Never 100 while one is missing."""
        return 100 * self.met // self.counted if self.counted else 0

    @property
    def bar(self) -> dict[str, int]:
        """For {% standing_bar %}."""
        return {"met": self.met, "waived": self.waived, "gaps": self.gap, "unknown": self.unknown}


@dataclass(frozen=True, slots=True)
class OfTeam:
    slug: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Progress:
    """`teams`: those with the most missing first. `owners`: (person's id or None, how many are missing), the most first."""

    figures: Figures
    teams: list[OfTeam] = field(default_factory=list)
    owners: list[tuple[int | None, int]] = field(default_factory=list)


def progress(services: ServiceQuerySet, campaign: Campaign, today: date) -> Progress:
    """One statement; what it answers is as long as there are teams and people with something missing."""
    rows = standings(services, campaign, today).order_by()
    parts = list(rows.values_list("team__slug", "team__name", "standing", "falls_to").annotate(number=Count("pk")))
    of_teams: dict[tuple[str, str], Counter[str]] = {}
    owners: Counter[int | None] = Counter()
    for slug, name, standing, person, number in parts:
        of_teams.setdefault((slug, name), Counter())[standing] += number
        if standing in MISSING:
            owners[person] += number
    teams = [OfTeam(slug, name, Figures(**counts)) for (slug, name), counts in of_teams.items()]
    return Progress(
        figures=_sum(of_teams.values()),
        teams=sorted(teams, key=lambda team: (-team.figures.missing, team.name)),
        owners=sorted(owners.items(), key=lambda pair: (-pair[1], pair[0] or 0)),
    )


def figures(services: ServiceQuerySet, campaign: Campaign, today: date) -> Figures:
    """Their sum alone. One statement."""
    rows = standings(services, campaign, today).order_by().values_list("standing")
    return Figures(**dict(rows.annotate(number=Count("pk"))))


def _sum(counts: Iterable[Counter[str]]) -> Figures:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return Figures(**total)
