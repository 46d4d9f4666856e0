"""Gaps follow their items: an unmet item opens its gap, or reopens it (rule *reopen*); a passing check closes it (*second-pair*).

`unknown` and `stale` move no gap and send no mail (rule *unknown-blocks*).
"""

from collections.abc import Iterable
from datetime import datetime

from readiness.accounts.models import User
from readiness.assessments import rules
from readiness.assessments.actions import regressions
from readiness.assessments.actions.holding import gap_subject
from readiness.assessments.actions.judging import Judged
from readiness.assessments.models import Assessment, Gap, GapStatus
from readiness.assessments.models.gap import ClosedHow
from readiness.assessments.queries import gap_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.history.actions import Actor, entry, record_all
from readiness.history.models import Entry

MOVED = (
    "status", "gate", "open_since", "opened_because", "reopened", "extended",
    "proposed_by", "proposed_at", "proposal_note", "sent_back_note", "closed_at", "closed_how", "verified_by", "version",
)  # fmt: skip

WERE_MET = frozenset({ItemStatus.MET, ItemStatus.STALE})
"""Without a gap, a stale item is one that was met until its proof ran out."""


def follow(held: Assessment, outcomes: Iterable[Judged], *, now: datetime, by: User | Actor) -> list[Gap]:
    """At most one statement to make gaps, one to change them and one for their history, however many there are.

    Answers the gaps of what stopped being met.
    """
    opened: list[Gap] = []
    turned: list[Gap] = []
    moved: list[tuple[Gap, str, str]] = []
    for outcome in outcomes:
        gap = gap_of(outcome.item)
        if gap is None:
            if outcome.status is ItemStatus.NOT_MET:
                opened.append(_new(held, outcome, now))
                turned += opened[-1:] if outcome.was in WERE_MET else []
        elif change := _change(gap, outcome, now):
            moved.append(change)
    Gap.objects.bulk_create(opened)
    if moved:
        Gap.objects.bulk_update([gap for gap, _, _ in moved], MOVED)
    record_all([_opened(held, gap, now, by) for gap in opened] + [_moved(held, change, now, by) for change in moved])
    turned += [gap for gap, verb, _ in moved if verb == "gap.reopened"]
    fallen = [gap for gap in turned if not _is_new(gap, now)]
    regressions.tell(fallen, held.service, now)
    regressions.settled([gap for gap, verb, _ in moved if verb == "gap.closed"], held.service)
    return fallen


def stays(outcome: Judged) -> bool:
    """Whether `follow` would leave the gap of an item as it is whose status stayed what it was."""
    gap = gap_of(outcome.item)
    is_unmet = outcome.status is ItemStatus.NOT_MET
    if gap is None or gap.is_closed:
        return not is_unmet and (gap is None or gap.gate == outcome.item.gate)
    is_over = outcome.status is ItemStatus.NOT_APPLICABLE or rules.closes_by_itself(
        outcome.standing, outcome.proofs, gap.open_since
    )
    return not is_over and gap.gate == outcome.item.gate


def _new(held: Assessment, outcome: Judged, now: datetime) -> Gap:
    item = outcome.item
    gap = Gap(
        item=item, service=held.service, gate=item.gate, opened_at=now, open_since=now,
        opened_because=item.reason, due_on=item.new_until,
    )  # fmt: skip
    item.gap = gap
    return gap


def _change(gap: Gap, outcome: Judged, now: datetime) -> tuple[Gap, str, str] | None:
    """Moves the gap where its item's standing asks for it: (gap, verb of history, status before)."""
    was = gap.status
    verb = ""
    if outcome.status is ItemStatus.NOT_MET and (gap.is_closed or _fell_while_awaiting(gap, outcome)):
        reopen(gap, outcome.item.reason, now)
        verb = "gap.reopened"
    elif not gap.is_closed and outcome.status is ItemStatus.NOT_APPLICABLE:
        close(gap, ClosedHow.EXCUSED, now)
        verb = "gap.closed"
    elif not gap.is_closed and rules.closes_by_itself(outcome.standing, outcome.proofs, gap.open_since):
        close(gap, ClosedHow.CHECK, now)
        verb = "gap.closed"
    elif gap.gate != outcome.item.gate:
        verb = "gap.gate"
    if not verb:
        return None
    gap.gate = outcome.item.gate
    gap.version += 1
    return gap, verb, was


def _fell_while_awaiting(gap: Gap, outcome: Judged) -> bool:
    return gap.status == GapStatus.AWAITING and outcome.was is not ItemStatus.NOT_MET


def reopen(gap: Gap, because: str, now: datetime) -> None:
    """Extensions are counted anew: those before belong to what was closed, and the history keeps them."""
    gap.status = GapStatus.OPEN
    gap.reopened += 1
    gap.extended = 0
    gap.open_since, gap.opened_because = now, because
    gap.closed_at, gap.closed_how, gap.verified_by = None, "", None
    gap.proposed_by, gap.proposed_at, gap.proposal_note, gap.sent_back_note = None, None, "", ""


def close(gap: Gap, how: ClosedHow, now: datetime, *, verified_by: User | None = None) -> None:
    gap.status, gap.closed_at, gap.closed_how, gap.verified_by = GapStatus.CLOSED, now, how, verified_by


def _is_new(gap: Gap, now: datetime) -> bool:
    """*pinned*: what an upgrade asks for anew is no regression, so nobody is told that it came back."""
    return gap.item.new_until is not None and house_day(now) < gap.item.new_until


def _opened(held: Assessment, gap: Gap, now: datetime, by: User | Actor) -> Entry:
    subject = gap_subject(gap, gap.item, held.service)
    return entry(
        "gap.opened", subject, by=by, at=now, after={"status": gap.status, "gate": gap.gate}, reason=gap.opened_because
    )


def _moved(held: Assessment, change: tuple[Gap, str, str], now: datetime, by: User | Actor) -> Entry:
    gap, verb, was = change
    subject = gap_subject(gap, gap.item, held.service)
    after = {"status": gap.status, "gate": gap.gate} | ({"closed_how": gap.closed_how} if gap.is_closed else {})
    reason = gap.opened_because if verb == "gap.reopened" else gap.item.reason
    return entry(verb, subject, by=by, at=now, before={"status": was}, after=after, reason=reason)
