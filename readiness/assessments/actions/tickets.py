"""Where the work on a gap is tracked, when that is elsewhere: as a person links it, or as a machine found or made it.

The swap compares the address itself and not the gap's version: a link says nothing about the plan, so it neither disturbs nor
is disturbed by who writes that at the same time.
"""

from datetime import datetime

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions.gaps import closed_problem
from readiness.assessments.actions.holding import WrongFields, gap_subject, hold
from readiness.assessments.models import Gap, Item
from readiness.assessments.rules.tickets import LONGEST_NAME, ticket_name, ticket_problem
from readiness.history.actions import Actor, record

RULE = "one-ticket"


@transaction.atomic
def link_ticket(*, by: User, gap: Gap, shown: str, url: str, now: datetime) -> Gap:
    """`shown`: the address that stood there when the person wrote theirs, empty for none; an empty `url` takes it away.

    Raises WrongFields, Refused on a closed gap, Conflict with the gap as somebody else left it.
    """
    url = url.strip()
    held = hold(Item.objects.values_list("assessment_id", flat=True).get(pk=gap.item_id))
    policy.require(by, Action.PLAN_GAP, held.service.target)
    if url and (problem := ticket_problem(url)):
        raise WrongFields(RULE, {"url": problem})
    fresh = Gap.objects.with_context().get(pk=gap.pk)
    if problem := closed_problem(fresh):
        raise Refused("reopen", problem)
    if fresh.ticket_url == url:
        return fresh
    before = _said(fresh)
    name = ticket_name(url) if url else ""
    if not Gap.objects.filter(pk=gap.pk, ticket_url=shown).update(ticket_url=url, ticket_name=name):
        fresh.refresh_from_db()
        raise Conflict("Somebody else linked another ticket in the meantime.", fresh)
    fresh.ticket_url, fresh.ticket_name = url, name
    verb = "gap.ticket_linked" if url else "gap.ticket_removed"
    subject = gap_subject(fresh, fresh.item, held.service)
    record(verb, subject, by=by, at=now, before=before, after=_said(fresh))
    return fresh


@transaction.atomic
def note_ticket(*, by: Actor, gap: Gap, url: str, name: str, now: datetime) -> bool:
    """False, and nothing is changed, when a person has linked a ticket meanwhile. `gap` comes with its item and service."""
    rows = Gap.objects.filter(pk=gap.pk, ticket_url="")
    if not rows.update(ticket_url=url, ticket_name=name[:LONGEST_NAME]):
        return False
    after = {"ticket": name, "ticket_url": url}
    record("gap.ticket_noted", gap_subject(gap, gap.item, gap.service), by=by, at=now, after=after)
    return True


def _said(gap: Gap) -> dict[str, str]:
    return {"ticket": gap.ticket_name, "ticket_url": gap.ticket_url} if gap.ticket_url else {}
