"""What every action here needs: the assessment held against others, whom history speaks of, and the lost race."""

from typing import Any

from django.db.models import F, Model, QuerySet

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused, Target
from readiness.accounts.rules import Action
from readiness.assessments.models import Assessment, Evidence, Gap, Item, Waiver
from readiness.catalog.models import Service
from readiness.history.actions import Actor, Subject


class WrongFields(Refused):
    """422 with the place: `problems` is field → sentence."""

    def __init__(self, rule: str, problems: dict[str, str]) -> None:
        super().__init__(rule, " ".join(problems.values()))
        self.problems = problems


def hold(assessment_id: int) -> Assessment:
    """The assessment with its service and version, locked until the transaction ends. (SQLite's transactions exclude each other.)

    The version's body stays where it is: a process knows each pack by its digest.
    """
    rows = Assessment.objects.select_for_update(of=("self",)).select_related("service", "version")
    rows = rows.defer("version__body").filter(pk=assessment_id)
    # PostgreSQL drops a row that it waited for from a join when the row points elsewhere by then: the assessment was moved to
    # another checklist meanwhile. A second look sees where it points now.
    return rows.first() or rows.get()


def require(by: User | Actor, action: Action, target: Target) -> None:
    """A machine or the passing of time asks nobody; a person asks policy."""
    if isinstance(by, User):
        policy.require(by, action, target)


def swap[M: Model](row: M, version: int, **changes: Any) -> M:
    """Compare-and-swap: writes `changes` when the row still has `version`, and answers the row as it is now.

    Raises Conflict, with the row as the other person left it.
    """
    rows: QuerySet[M] = type(row)._default_manager.all()  # noqa: SLF001 - Django's documented name for "its manager"
    written = rows.filter(pk=row.pk, version=version).update(version=F("version") + 1, **changes)
    if written:
        for name, value in changes.items():
            setattr(row, name, value)
        row.version = version + 1  # type: ignore[attr-defined]  # every row that is swapped has one
        return row
    sentence = "Somebody else changed this in the meantime. Look at what it says now, and decide again."
    raise Conflict(sentence, rows.get(pk=row.pk))


def item_subject(item: Item, service: Service) -> Subject:
    return Subject("item", item.pk, f"{item.title} · {service}", service.pk, service.team_id)


def gap_subject(gap: Gap, item: Item, service: Service) -> Subject:
    return Subject("gap", gap.pk, f"{item.title} · {service}", service.pk, service.team_id)


def waiver_subject(waiver: Waiver, item: Item, service: Service) -> Subject:
    return Subject("waiver", waiver.pk, f"{item.title} · {service}", service.pk, service.team_id)


def evidence_subject(evidence: Evidence, item: Item, service: Service) -> Subject:
    return Subject("evidence", evidence.pk, f"{item.title} · {service}", service.pk, service.team_id)


def service_subject(service: Service) -> Subject:
    return Subject("service", service.pk, str(service), service.pk, service.team_id)
