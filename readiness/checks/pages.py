"""All that a page about checks shows, read in a constant number of statements."""

import inspect
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.seen import Seen, seen_of
from readiness.catalog.models import Service
from readiness.checks import planning
from readiness.checks.config_fields import asked_for, shown
from readiness.checks.connections import connected
from readiness.checks.course import asked_of
from readiness.checks.forms import origin_of
from readiness.checks.models import Check, CheckQuerySet, Run
from readiness.checks.rows import Lacking, Row, lacking_endpoints, lacking_sources, row_of, rows_of, spare
from readiness.checks.types import TYPES
from readiness.checks.types.contract import CheckType

ROWS_A_PAGE = 50
RUNS_A_PAGE = 20

__all__ = ["CheckPage", "ServicePage", "Trouble", "of_check", "of_service", "rows_of", "trouble_counts", "troubled"]


# Of a service


@dataclass(frozen=True, slots=True)
class ServicePage:
    rows: Sequence[Row]
    spare_ids: set[int]
    lacking: Sequence[Lacking]
    sources: Sequence[Lacking]
    may_connect: bool

    @property
    def active(self) -> list[Row]:
        return [row for row in self.rows if row.check.is_enabled and row.check.is_set_up]

    @property
    def without_setup(self) -> list[Row]:
        return [row for row in self._idle if row.check.pk not in self.spare_ids]

    @property
    def spare(self) -> list[Row]:
        """Further ways to verify what is verified already; nobody has to set them up."""
        return [row for row in self._idle if row.check.pk in self.spare_ids]

    @property
    def _idle(self) -> list[Row]:
        return [row for row in self.rows if row.check.is_enabled and not row.check.is_set_up]

    @property
    def off(self) -> list[Row]:
        return [row for row in self.rows if not row.check.is_enabled]

    @property
    def may_run(self) -> bool:
        return any(row.may_run and not row.check.blocked_because for row in self.rows)

    @property
    def waiting_for_endpoints(self) -> int:
        return sum(bool(lacking_endpoints([row.check])) for row in self.without_setup)

    @property
    def counts(self) -> dict[str, int]:
        """How many pass, fail, can't tell, are in quarantine."""
        states = [row.check.state for row in self.active]
        return {state: states.count(state) for state in ("pass", "fail", "unknown", "quarantined")}


def of_service(service: Service, user: User) -> ServicePage:
    checks = list(Check.objects.for_service(service))
    may_connect = bool(policy.may(user, Action.CONNECT_INTEGRATION))
    return ServicePage(
        rows_of(checks, user), spare(checks), lacking_endpoints(checks), lacking_sources(checks), may_connect
    )


# That somebody should look at


class Trouble(StrEnum):
    QUARANTINED = "quarantined"
    UNREAD = "unread"
    WITHOUT_SETUP = "without-setup"

    @classmethod
    def of(cls, word: str | None) -> "Trouble":
        return cls(word) if word in set(cls) else cls.QUARANTINED

    def among(self, checks: CheckQuerySet) -> CheckQuerySet:
        match self:
            case Trouble.QUARANTINED:
                return checks.quarantined()
            case Trouble.UNREAD:
                return checks.unread()
            case Trouble.WITHOUT_SETUP:
                return checks.without_setup()


def troubled(user: User, trouble: Trouble) -> CheckQuerySet:
    found = trouble.among(Check.objects.visible_to(user))
    return found.for_rows().order_by("-quarantined_at", "-unknown_in_a_row", "service__name", "item__position", "pk")


def trouble_counts(user: User) -> dict[str, int]:
    visible = Check.objects.visible_to(user)
    return {trouble.name.lower(): trouble.among(visible).count() for trouble in Trouble}


# One check


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of what a check is told. `origin`: see `planning.origin`."""

    label: str
    value: Any
    origin: str

    @property
    def from_where(self) -> str:
        """Said shortly; the form says it in full."""
        if self.origin in ("", planning.HERE):
            return self.origin
        if self.origin.startswith("the organisation's"):
            return f"from {self.origin}"
        return "from the checklist" if self.origin == planning.THE_CHECKLIST else "from the service"

    @property
    def text(self) -> str:
        return ", ".join(self.value) if isinstance(self.value, list) else str(self.value)


@dataclass(frozen=True, slots=True)
class CheckPage:
    """`shown`: the run whose result stands at the top, by default the last one; None before the first."""

    row: Row
    runs: "Page[Run]"
    shown: Run | None
    seen: Seen | None
    is_last: bool
    settings: Sequence[Setting]
    summary: str
    explanation: Sequence[str]
    sources: Sequence[Lacking]
    may_connect: bool

    @property
    def every_hours(self) -> int:
        return round(self.row.check.every_seconds / 3600)


def of_check(check: Check, user: User, *, run: str | None, number: str | None) -> CheckPage:
    row = row_of(Check.objects.for_rows(with_figures=True).get(pk=check.pk), user)
    past = Run.objects.filter(check_row=check, finished_at__isnull=False).select_related("requested_by").order_by("-pk")
    last = past.first()
    chosen = past.filter(pk=run).first() if run and run.isdecimal() else None
    known = TYPES.get(check.type)
    return CheckPage(
        row=row,
        runs=Paginator(past.defer("figures", "findings"), RUNS_A_PAGE).get_page(number),
        shown=chosen or last,
        seen=_seen(check, chosen or last),
        is_last=chosen is None or chosen == last,
        settings=_settings(check) if known else (),
        summary=known.summary if known else "",
        explanation=_explanation(known) if known else (),
        sources=lacking_sources([check]) if known else (),
        may_connect=bool(policy.may(user, Action.CONNECT_INTEGRATION)),
    )


def _seen(check: Check, run: Run | None) -> Seen | None:
    if run is None:
        return None
    return seen_of(
        kind=check.type, result=run.result, reason=run.reason, figures=run.figures, findings=run.findings,
        asked=asked_of(check), is_whole=True,
    )  # fmt: skip


def _explanation(known: CheckType[Any]) -> list[str]:
    """The paragraphs that head the type's own file: what it verifies, and where that is written down."""
    words = inspect.getdoc(sys.modules[known.run.__module__]) or ""
    return [" ".join(paragraph.split()) for paragraph in words.split("\n\n")]


def _settings(check: Check) -> list[Setting]:
    """What stands in the form, for reading; lines that nobody filled are left out."""
    model = TYPES[check.type].config_model
    values = shown(model, planning.filled(check.type, check.config))
    sources = connected()
    lines = [
        Setting(str(asked.field.label), values[name], origin_of(check, name, sources))
        for name, asked in asked_for(model).items()
    ]
    return [line for line in lines if line.value not in ("", None, [], False)]
