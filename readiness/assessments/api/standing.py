"""Where a service stands, whether it may go live, and its gaps."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from readiness.accounts import policy
from readiness.accounts.api.callers import PERSON, PERSON_OR_TOKEN, person_of
from readiness.accounts.api.contract import (
    Body,
    Day,
    InvalidRequest,
    Missing,
    Paged,
    PageNumber,
    Version,
    address_of,
    answers,
    page_of,
    person_named,
    version_seen,
)
from readiness.accounts.policy import Conflict
from readiness.accounts.rules import Action
from readiness.assessments import actions, gate
from readiness.assessments.models import Assessment, Gap, Item, Waiver
from readiness.assessments.queries import gap_of
from readiness.assessments.register import ME, NOBODY, Filters
from readiness.assessments.rules import Decision, Verdict
from readiness.catalog.api import the_service, with_etag
from readiness.checklists.rules import Gate

services = Router(tags=["Services"])
gaps = Router(tags=["Gaps"])


# The gate


class BlockerOut(BaseModel):
    item: str = Field(description="The item's key; empty where it is about the whole service.")
    rule: str
    reason: str


class GateOut(BaseModel):
    decision: Decision
    blockers: list[BlockerOut] = Field(description="What stands between this and a better decision.")


@services.get(
    "/{slug:slug}/gate",
    auth=PERSON_OR_TOKEN,
    response=answers(200, GateOut, 404, 422) | {409: GateOut},
    operation_id="askGate",
)
def ask_gate(
    request: HttpRequest,
    slug: str,
    enforce: Annotated[bool, Query(description="With 1, a no-go answers 409 with the same body.")] = False,  # noqa: FBT002 - a query's parameter has its name
) -> Status[GateOut]:
    """May this service go live? For pipelines: `curl --fail …/gate?enforce=1` ends the job when it may not."""
    verdict = gate.answer(the_service(request, slug), timezone.now())
    is_refused = enforce and verdict.decision is Decision.NO_GO
    return Status(409 if is_refused else 200, _gate_out(verdict))


def _gate_out(verdict: Verdict) -> GateOut:
    blockers = [BlockerOut(item=row.item_key, rule=row.rule, reason=row.reason) for row in verdict.blockers]
    return GateOut(decision=verdict.decision, blockers=blockers)


# The assessment


class GapBrief(BaseModel):
    id: int
    status: str
    owner: str | None
    due_on: date | None


class WaiverBrief(BaseModel):
    id: int
    status: str
    ends_on: date = Field(description="The first day on which it no longer counts.")


class ItemOut(BaseModel):
    key: str
    title: str
    category: str
    chapter: str = Field(description="Where its checklist divides itself in another way than by category; else empty.")
    gate: Gate
    status: str
    reason: str
    strength: str | None
    valid_until: datetime | None
    gap: GapBrief | None = Field(description="While it is open.")
    waiver: WaiverBrief | None = Field(
        description="Approved, else requested: while a renewal is asked for, the one that runs."
    )
    next_step: str | None


class Summary(BaseModel):
    """Of the items that count for this service."""

    hard_applicable: int
    hard_met: int
    hard_open: int = Field(description="Hard gates neither met nor waived: these block.")
    tracked_open: int
    waived: int


class AssessmentOut(BaseModel):
    service: str
    checklist: str
    version: int = Field(description="Of the checklist, as pinned.")
    decision: Decision
    summary: Summary
    items: list[ItemOut]
    refreshed_at: datetime


@services.get(
    "/{slug:slug}/assessment",
    auth=PERSON_OR_TOKEN,
    response=answers(200, AssessmentOut, 404),
    operation_id="getAssessment",
)
def get_assessment(request: HttpRequest, slug: str) -> AssessmentOut:
    """How every item of the pinned checklist stands, and why. 404 also for a service that is not measured yet."""
    service = the_service(request, slug)
    rows = Assessment.objects.select_related("version__checklist").defer("version__body")
    assessment = rows.filter(service=service).first()
    if assessment is None:
        raise Missing("This service is not measured yet; its gate says why.")
    waivers = Waiver.objects.filter(service=service).by_item()
    items = assessment.items.filter(retired_at=None).select_related("gap__owner")
    chapters = {item.key: item.chapter for item in assessment.version.items}
    return AssessmentOut(
        service=service.slug,
        checklist=assessment.version.checklist.key,
        version=assessment.version.number,
        decision=Decision(assessment.computed_decision),
        summary=Summary(**{name: getattr(assessment, name) for name in Summary.model_fields}),
        items=[_item_out(item, chapters.get(item.key, ""), waivers.get(item.pk)) for item in items],
        refreshed_at=assessment.refreshed_at,
    )


def _item_out(item: Item, chapter: str, waiver: Waiver | None) -> ItemOut:
    gap = gap_of(item)
    plain = ("key", "title", "category", "status", "reason", "valid_until")
    return ItemOut(
        **{name: getattr(item, name) for name in plain},
        chapter=chapter,
        gate=Gate(item.gate),
        strength=item.strength or None,
        next_step=item.next_step or None,
        gap=_gap_brief(gap) if gap is not None and not gap.is_closed else None,
        waiver=WaiverBrief(id=waiver.pk, status=waiver.status, ends_on=waiver.ends_on) if waiver else None,
    )


def _gap_brief(gap: Gap) -> GapBrief:
    return GapBrief(id=gap.pk, status=gap.status, owner=address_of(gap.owner), due_on=gap.due_on)


# Gaps


class GapOut(BaseModel):
    id: int
    service: str
    team: str
    item: str
    title: str
    gate: Gate
    status: str
    owner: str | None
    due_on: date | None
    is_overdue: bool
    plan: str
    opened_at: datetime
    open_since: datetime
    reopened: int
    version: int = Field(description="Send it back when you change the gap.")


class GapPage(Paged):
    items: list[GapOut]


def gap_out(gap: Gap, today: date) -> GapOut:
    plain = ("status", "due_on", "plan", "opened_at", "open_since", "reopened", "version")
    return GapOut(
        **{name: getattr(gap, name) for name in plain},
        id=gap.pk,
        service=gap.service.slug,
        team=gap.service.team.slug,
        item=gap.item.key,
        title=gap.item.title,
        gate=Gate(gap.gate),
        owner=address_of(gap.owner),
        is_overdue=gap.is_overdue(today),
    )


class GapFilters(BaseModel):
    overdue: bool = False
    team: str = Field("", max_length=80, description="A team's short name.")
    service: str = Field("", max_length=100, description="A service's short name.")
    owner: str = Field("", max_length=254, description=f"A mail address, “{ME}” or “{NOBODY}”.")
    gate: Gate | None = None
    status: Literal["open", "in_progress", "awaiting_verification", "closed", "all"] | None = Field(
        None, description="Without it: every gap that is not closed."
    )

    def read(self) -> Filters:
        """As the register of gaps takes it. Raises InvalidRequest."""
        return Filters(
            team=self.team,
            service=self.service,
            owner=_owner_word(self.owner),
            gate=self.gate.value if self.gate else "",
            status=self.status or "",
            is_overdue=self.overdue,
        )


def _owner_word(owner: str) -> str:
    if owner in {"", ME, NOBODY}:
        return owner
    person = person_named("owner", owner)
    return str(person.pk) if person else ""


@gaps.get("", auth=PERSON, response=answers(200, GapPage, 403, 422), operation_id="listGaps")
def list_gaps(request: HttpRequest, filters: Annotated[GapFilters, Query()], page: PageNumber = 1) -> GapPage:
    """The gaps of the services that you may see, the first due first."""
    person, today, wanted = person_of(request), timezone.localdate(), filters.read()
    rows = wanted.order(wanted.apply(Gap.objects.visible_to(person), person, today))
    found, figures = page_of(rows.with_context().fetch_mode(models.FETCH_RAISE), page)
    return GapPage(items=[gap_out(gap, today) for gap in found], **figures)


class GapPlan(Body):
    """What is left out stays as it is; null says "nobody" or "no day"."""

    version: Version | None = None
    owner: Annotated[str, Field(max_length=254, description="A mail address.")] | None = None
    due_on: Day | None = None
    plan: str | None = Field(None, max_length=20_000)
    reason: str = Field("", max_length=2_000, description="Why the date moves later; needed when it does.")


@gaps.patch(
    "/{int:gap_id}",
    auth=PERSON,
    response=answers(200, GapOut, 400, 403, 404, 409, 413, 415, 422),
    operation_id="planGap",
)
def plan_gap(request: HttpRequest, response: HttpResponse, gap_id: int, body: GapPlan) -> GapOut:
    """Owner, due date and plan, if `version` (or `If-Match`) is still the current one; else 409 with what stands there now."""
    person, now = person_of(request), timezone.now()
    gap = get_object_or_404(Gap.objects.visible_to(person).with_context(), pk=gap_id)
    policy.require(person, Action.PLAN_GAP, gap.service.target)
    version = version_seen(request, body.version)
    if gap.version != version:
        raise Conflict("Somebody changed this gap since you read it. Look at what it says now, then decide again.", gap)
    planned = actions.plan_gap(by=person, gap=gap, version=version, now=now, **_wanted(gap, body))
    with_etag(response, planned.version)
    return gap_out(Gap.objects.with_context().get(pk=gap.pk), timezone.localdate())


def _wanted(gap: Gap, body: GapPlan) -> dict[str, Any]:
    given = body.model_dump(exclude_unset=True, exclude={"version"})
    if "owner" in given:
        given["owner"] = person_named("owner", given["owner"])
    if "plan" in given and given["plan"] is None:
        raise InvalidRequest({"plan": "A plan is text; an empty one takes it away."})
    return {"owner": gap.owner, "due_on": gap.due_on, "plan": gap.plan} | given
