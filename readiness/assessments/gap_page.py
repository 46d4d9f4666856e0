"""All that the page of one gap shows: what is missing, what was planned, what may be done now and if not, why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments import rules
from readiness.assessments.actions import excuses, gaps, waivers
from readiness.assessments.models import Assessment, Evidence, Gap, GapStatus, Item, Waiver
from readiness.assessments.models.evidence import EvidenceQuerySet
from readiness.assessments.queries import house_day
from readiness.checklists.pack import PackItem
from readiness.checklists.rules import Gate, How
from readiness.history.models import Entry

PROOFS_SHOWN = 10
ENTRIES_SHOWN = 40
WAIVERS_READ = 10
TALK = ("gap.commented", "gap.comment_edited", "gap.comment_withdrawn")
"""Comments stand on the page themselves."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press, or `problem`: the sentence that says why not, the same that the action would refuse with."""

    name: str
    label: str
    icon: str
    url: str
    problem: str = ""
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class GapPage:
    gap: Gap
    item: Item
    requirement: PackItem | None
    other_proofs: list[Evidence]
    """What the standing does not rest on: too weak, unwitnessed, or about something that is met by other proof."""
    older_proofs: list[Evidence]
    waivers: list[Waiver]
    """The live ones; the last that is over, where none is."""
    moves: list[Button]
    ways: list[Button]
    plan_problem: str
    """Why this person can't plan it; empty when they can."""
    due_note: str
    trail: list[Entry]
    today: date


def read_gap(user: User, gap_id: int) -> Gap | None:
    """With everything that its page touches, or None for a stranger."""
    rows = Gap.objects.visible_to(user).with_context()
    rows = rows.select_related("item__assessment__version", "proposed_by", "verified_by", "service__tech_lead")
    return rows.defer("item__assessment__version__body").filter(pk=gap_id).first()


def gap_page(gap: Gap, user: User, now: datetime) -> GapPage:
    item, target = gap.item, gap.service.target
    today = house_day(now)
    may_plan = policy.may(user, Action.PLAN_GAP, target)
    may_read = policy.may(user, Action.READ_HISTORY, target)
    waived = list(Waiver.objects.filter(item=item).order_by("-pk")[:WAIVERS_READ])
    proofs = proofs_of(item.assessment, item.key)[:PROOFS_SHOWN]
    deciding = {part["evidence"] for part in item.criteria if part.get("evidence")}
    due_problem = gap.due_on and rules.due_problem(
        Gate(gap.gate), gap.due_on, go_live_on=gap.service.go_live_on, waived_until=item.waived_until, today=today
    )
    return GapPage(
        gap=gap,
        item=item,
        requirement=requirement_of(item),
        other_proofs=[proof for proof in proofs if not proof.is_superseded and proof.pk not in deciding],
        older_proofs=[proof for proof in proofs if proof.is_superseded and proof.pk not in deciding],
        waivers=[one for one in waived if one.is_live][::-1] or waived[:1],
        moves=moves(gap, item, user),
        ways=ways_out(item, gap, user, today) if item.is_open and not gap.is_closed else [],
        plan_problem=may_plan.reason or gaps.closed_problem(gap),
        due_note=due_problem or "",
        trail=list(trail(gap, waived)) if may_read else [],
        today=today,
    )


def requirement_of(item: Item) -> PackItem | None:
    return None if item.is_retired else item.pack_item


def proofs_of(assessment: Assessment, key: str) -> EvidenceQuerySet:
    """An item's proof with its people, what counts first, then the newest."""
    rows = Evidence.objects.of_item(assessment.pk, key).select_related("witness", "performed_by", "added_by", "file")
    return rows.order_by("is_superseded", "-observed_at", "-id")


def moves(gap: Gap, item: Item, user: User) -> list[Button]:
    """What can be done with the gap from where it is."""
    target = gap.service.target

    def button(name: str, label: str, icon: str, action: Action, problem: str, *, is_primary: bool = False) -> Button:
        ruling = policy.may(user, action, target)
        return Button(
            name, label, icon, reverse(f"assessments:{name}", args=[gap.pk]), ruling.reason or problem, is_primary
        )

    if gap.is_closed:
        return []
    if gap.status == GapStatus.AWAITING:
        verify = button(
            "verify-closed", "Verify and close", "eye-check", Action.VERIFY_CLOSED,
            gaps.verification_problem(gap, item, user), is_primary=True,
        )  # fmt: skip
        if not gaps.withdrawal_problem(gap, user):
            return [verify, button("withdraw-proposal", "Take it back", "arrow-back-up", Action.PROPOSE_CLOSED, "")]
        return [verify, button("send-back", "Send back", "arrow-back-up", Action.VERIFY_CLOSED, "")]
    proposal = button(
        "propose-closed", "Propose as closed", "eye-check", Action.PROPOSE_CLOSED, gaps.proposal_problem(gap, item),
        is_primary=True,
    )  # fmt: skip
    if gap.status == GapStatus.OPEN:
        return [button("start", "Start work", "player-play", Action.PLAN_GAP, ""), proposal]
    return [proposal]


def ways_out(item: Item, gap: Gap, user: User, today: date) -> list[Button]:
    """What else brings the item forward: proof by people, a waiver, or that it does not apply. Nothing for a mere reader."""
    target, place = gap.service.target, [gap.service.slug, item.key]
    if not any(policy.may(user, action, target) for action in (Action.ATTEST, Action.REQUEST_WAIVER)):
        return []

    def way(name: str, label: str, icon: str, action: Action, problem: str) -> Button:
        ruling = policy.may(user, action, target)
        return Button(name, label, icon, reverse(f"assessments:{name}", args=place), ruling.reason or problem)

    buttons = [way("attest", "Attest", "certificate", Action.ATTEST, attest_problem(item, gap.service))]
    if item.is_hard:
        is_waived = item.waived_until is not None and today < item.waived_until
        label = "Renew the waiver" if is_waived else "Ask for a waiver"
        problem = waivers.request_problem(item)
        buttons.append(way("request-waiver", label, "shield-off", Action.REQUEST_WAIVER, problem))
    buttons.append(
        way("excuse", "It does not apply", "circle-minus", Action.MARK_NOT_APPLICABLE, excuses.excuse_problem(item))
    )
    return buttons


def attest_problem(item: Item, service: Any) -> str:
    """Why an attestation would not help; empty when one of the item's criteria takes one."""
    pack_item = requirement_of(item)
    if pack_item is None:
        return "The checklist no longer asks for this item."
    counted = pack_item.criteria_for(tier=service.tier, traits=service.traits)
    takes = any(way.how is How.ATTESTATION for criterion in counted for way in criterion.ways)
    return "" if takes else "Machines prove this one; an attestation would not count."


def trail(gap: Gap, waived: Sequence[Waiver]) -> Any:
    """What happened to the gap, its item and its waivers, the newest first."""
    about = Q(object_type="gap", object_id=str(gap.pk)) | Q(object_type="item", object_id=str(gap.item_id))
    if waived:
        about |= Q(object_type="waiver", object_id__in=[str(one.pk) for one in waived])
    return Entry.objects.filter(about).exclude(verb__in=TALK).newest_first()[:ENTRIES_SHOWN]
