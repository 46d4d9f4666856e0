"""`{% load closing %}{% what_closes gap %}`: what is still to be shown, what was seen last, and the check or proof that would
close the gap. For a page of a room below this one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from readiness.assessments.models import Evidence, Gap, Item
from readiness.checks.models import Check
from readiness.checks.types import title_of
from readiness.portfolio.item_page import CriterionRow, asking_of, criterion_rows
from readiness.portfolio.item_proofs import ProofRow, proofs_of

register = template.Library()


@dataclass(frozen=True, slots=True)
class Closing:
    """One criterion. `proof`: what its standing rests on; `checks`: those in force that could prove it."""

    row: CriterionRow
    proof: ProofRow | None
    checks: Sequence[tuple[str, Check]]


@register.inclusion_tag("portfolio/_what_closes.html", takes_context=True)
def what_closes(context: Context, gap: Gap) -> dict[str, Any]:
    item = gap.item
    return {"item": item, "service": gap.service, "closings": closings_of(item, context["request"].user)}


def closings_of(item: Item, user: Any) -> list[Closing]:
    """What is not met first. Two statements; none for an item that is asked for no longer."""
    if item.is_retired:
        return []
    service = item.assessment.service
    rows = criterion_rows(item, item.pack_item, service)
    checks = list(Check.objects.in_force().filter(item=item).order_by("id"))
    found = Evidence.objects.select_related("witness", "performed_by", "added_by", "file")
    proofs = proofs_of(
        found.filter(pk__in=[row.evidence_id for row in rows if row.evidence_id]),
        asking_of(rows, checks, service), user, timezone.now(),
    )  # fmt: skip
    of = {proof.evidence.pk: proof for proof in proofs}
    counted = [row for row in rows if not row.left_out_because]
    return [
        Closing(row, of.get(row.evidence_id or 0), _checks_of(row, checks))
        for row in sorted(counted, key=lambda row: row.is_met)
    ]


def _checks_of(row: CriterionRow, checks: Sequence[Check]) -> list[tuple[str, Check]]:
    return [(title_of(check.type), check) for check in checks if check.criterion_key == row.criterion.key]
