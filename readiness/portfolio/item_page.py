"""All that the page of one item shows: what is asked, how each criterion stands, the proof, the checks, and what one may do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, When
from django.utils.dateparse import parse_datetime

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Ruling
from readiness.accounts.rules import Action
from readiness.assessments.asked import may_take_file
from readiness.assessments.formats import FORMATS
from readiness.assessments.models import Evidence, Gap, Item, Waiver
from readiness.assessments.models.evidence import EvidenceQuerySet
from readiness.assessments.outcome import Result
from readiness.assessments.queries import gap_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Service
from readiness.checklists.models import Tally
from readiness.checklists.pack import PackCriterion, PackItem, Way
from readiness.checklists.rules import How, Strength
from readiness.checks.models import Check
from readiness.checks.rows import Row, rows_of
from readiness.checks.types import TYPES
from readiness.history.models import Entry
from readiness.portfolio.campaigns.scope import campaigns_of
from readiness.portfolio.case_names import wanted_cases
from readiness.portfolio.item_buttons import Button, Buttons
from readiness.portfolio.item_proofs import Asking, ProofRow, proofs_of
from readiness.portfolio.models import Campaign
from reviews.models import Incident, IncidentItem

PROOFS_A_PAGE = 10
ENTRIES_SHOWN = 10
RULINGS = {
    "attest": Action.ATTEST,
    "attach": Action.ATTACH_EVIDENCE,
    "run": Action.RUN_CHECK,
    "configure": Action.CONFIGURE_CHECK,
    "plan": Action.PLAN_GAP,
}
HOW_WORDS = {
    How.PROBE: "a check that calls it",
    How.QUERY: "a check that asks a system",
    How.ARTIFACT: "a report",
    How.ATTESTATION: "an attestation",
}
RECORD_WORDS = {
    "launch_announcement": "the announcement in the launch plan",
    "launch_ramp": "the traffic ramp in the launch plan",
    "launch_thresholds": "the thresholds in the launch plan",
    "metric_owner": "the metric’s owner, named here",
    "oncall_confirmation": "the confirmation of whoever is on call",
}


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion with its own standing; `ways` in words. Not counted: `left_out_because` says why."""

    criterion: PackCriterion
    status: str
    reason: str
    strength: str
    needed: Strength
    valid_days: int
    valid_until: datetime | None
    evidence_id: int | None
    left_out_because: str = ""

    @property
    def ways(self) -> list[str]:
        return [_way_words(way) for way in self.criterion.ways]

    @property
    def cases(self) -> list[str]:
        return wanted_cases(self.criterion.ways)

    @property
    def can_attest(self) -> bool:
        return not self.left_out_because and any(way.how is How.ATTESTATION for way in self.criterion.ways)

    @property
    def is_met(self) -> bool:
        return self.status == ItemStatus.MET


@dataclass(slots=True)
class ItemPage:
    item: Item
    service: Service
    pack_item: PackItem | None
    criteria: list[CriterionRow]
    proofs: list[ProofRow]
    page: Page[Evidence]
    checks: list[Row]
    gap: Gap | None
    waivers: list[Waiver]
    history: list[Entry]
    rulings: Mapping[str, Ruling]
    is_waived: bool
    forward: list[Button]
    aside: list[Button]
    excuse: list[Button]
    tally: Tally | None
    """How this item of the checklist has proved itself, over all services."""
    incidents: list[IncidentItem]
    campaigns: list[Campaign]
    may_run_campaigns: bool

    @property
    def shown(self) -> str:
        return "waived" if self.is_waived and self.item.is_open else self.item.status

    @property
    def counted(self) -> list[CriterionRow]:
        return [row for row in self.criteria if not row.left_out_because]

    @property
    def left_out(self) -> list[CriterionRow]:
        return [row for row in self.criteria if row.left_out_because]

    @property
    def takes_reports(self) -> bool:
        return any(way.how is How.ARTIFACT for row in self.counted for way in row.criterion.ways)

    @property
    def may_upload(self) -> bool:
        """A report of a kind that is read here; also while the item is met, before its proof expires."""
        ways = [way for row in self.counted for way in row.criterion.ways]
        is_read = any(way.how is How.ARTIFACT and way.kind in FORMATS for way in ways)
        return is_read and bool(self.rulings["attach"])


def read_item_page(item: Item, user: User, now: datetime, page_number: str | None) -> ItemPage:
    """`item` with its gap and its service's people. The caller has asked whether `user` may see it."""
    service = item.assessment.service
    pack_item = None if item.is_retired else item.pack_item
    criteria = criterion_rows(item, pack_item, service) if pack_item else []
    evidence = _deciding_first(Evidence.objects.of_item(item.assessment_id, item.key), criteria)
    shown = evidence.select_related("added_by", "performed_by", "witness", "file", "token")
    page = Paginator(shown, PROOFS_A_PAGE).get_page(page_number)
    unmet = [row.criterion for row in criteria if not row.left_out_because and not row.is_met]
    checks = list(Check.objects.for_item(item))
    is_waived = item.waived_until is not None and house_day(now) < item.waived_until
    buttons = Buttons(item, user, unmet)
    is_to_do = item.is_open and pack_item is not None
    return ItemPage(
        item=item,
        service=service,
        pack_item=pack_item,
        criteria=criteria,
        proofs=proofs_of(page, asking_of(criteria, checks, service), user, now),
        page=page,
        checks=rows_of(checks, user, now),
        gap=gap_of(item),
        waivers=list(item.waivers.select_related("requested_by", "decided_by").order_by("-id")),
        history=_history(item, user, service),
        rulings={name: policy.may(user, action, service.target) for name, action in RULINGS.items()}
        | {"take_file": may_take_file(user, service)},
        is_waived=is_waived,
        forward=buttons.forward(checks) if is_to_do else [],
        aside=buttons.aside(gap_of(item), is_waived=is_waived) if is_to_do else [],
        excuse=buttons.excuse(),
        tally=Tally.objects.filter(checklist=item.assessment.version.checklist_id, key=item.key).first(),
        incidents=_incidents(item),
        campaigns=[] if item.is_retired else campaigns_of(service, [item.key]),
        may_run_campaigns=policy.may_anywhere(user, Action.RUN_CAMPAIGN),
    )


def _deciding_first(evidence: EvidenceQuerySet, criteria: Iterable[CriterionRow]) -> EvidenceQuerySet:
    """What keeps the item from being met, what else its standing rests on, then what else there is; each newest first."""
    deciding = [row.evidence_id for row in criteria if row.evidence_id]
    place = Case(
        When(pk__in=deciding, result=Result.FAIL, then=0),
        When(pk__in=deciding, then=1),
        default=2,
        output_field=IntegerField(),
    )
    return evidence.order_by(place, "-observed_at", "-pk")


def criterion_rows(item: Item, pack_item: PackItem, service: Service) -> list[CriterionRow]:
    said = {entry["key"]: entry for entry in item.criteria}
    return [_criterion(pack_item, criterion, said.get(criterion.key, {}), service) for criterion in pack_item.criteria]


def _criterion(
    pack_item: PackItem, criterion: PackCriterion, said: Mapping[str, Any], service: Service
) -> CriterionRow:
    applies = criterion.applies_when.decide(service.tier, service.traits)
    return CriterionRow(
        criterion=criterion,
        status=said.get("status", ItemStatus.NOT_APPLICABLE),
        reason=said.get("reason", ""),
        strength=Strength(said["strength"]).label if said.get("strength") else "",
        needed=pack_item.strength_for(criterion),
        valid_days=pack_item.valid_days_for(criterion),
        valid_until=parse_datetime(said["valid_until"]) if said.get("valid_until") else None,
        evidence_id=said.get("evidence"),
        left_out_because="" if applies.applies else applies.reason,
    )


def _way_words(way: Way) -> str:
    if way.how in (How.PROBE, How.QUERY) and way.kind in TYPES:
        return f"the check “{TYPES[way.kind].title}”"
    if way.how is How.ARTIFACT and way.kind in FORMATS:
        return f"a report: {FORMATS[way.kind].name}"
    kind = way.kind.replace("_", " ")
    if way.how is How.RECORD:
        return RECORD_WORDS.get(way.kind, f"a record here ({kind})")
    return f"{HOW_WORDS[way.how]} ({kind})"


def asking_of(criteria: Iterable[CriterionRow], checks: Iterable[Check], service: Service) -> Asking:
    return Asking(
        criteria={row.criterion.key: row.criterion for row in criteria},
        needed={row.criterion.key: row.needed for row in criteria},
        deciding=frozenset(row.evidence_id for row in criteria if row.evidence_id),
        checks={check.pk: check for check in checks},
        service=service,
    )


def _incidents(item: Item) -> list[IncidentItem]:
    """Those of this service that name it, and that nobody withdrew."""
    standing = Incident.objects.standing().filter(service=item.assessment.service_id)
    rows = IncidentItem.objects.filter(key=item.key, incident__in=standing).select_related("incident")
    return list(rows.order_by("-incident__happened_at")[:ENTRIES_SHOWN])


def _history(item: Item, user: User, service: Service) -> list[Entry]:
    if not policy.may(user, Action.READ_HISTORY, service.target):
        return []
    entries = list(Entry.objects.about("item", item.pk).newest_first()[:ENTRIES_SHOWN])
    for entry in entries:
        entry.object_label = entry.object_label.removesuffix(f" · {service}")  # the page says whose
    return entries
