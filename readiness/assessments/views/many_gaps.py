"""Many gaps at once: given to somebody, extended or commented on; and what became of it, above the register."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions import Changed, Chosen, ManyOutcome
from readiness.assessments.forms.many_gaps import ManyForm, What
from readiness.assessments.models import Gap
from readiness.assessments.people import people_of_all
from readiness.assessments.register import Filters, matching
from readiness.assessments.views.asking import cleaned, person
from readiness.assessments.views.gaps import REPORT, back_to
from readiness.catalog.reach import services_where

ACTIONS = {What.REASSIGN: Action.PLAN_GAP, What.EXTEND: Action.PLAN_GAP, What.COMMENT: Action.COMMENT}
DONE = {What.REASSIGN: "given to", What.EXTEND: "extended", What.COMMENT: "commented on"}


@require_POST
def many(request: HttpRequest) -> HttpResponse:
    user = person(request)
    chosen, more = _chosen(request, user)
    people = people_of_all({one.gap.service for one in chosen}, timezone.now(), Action.PROPOSE_CLOSED)
    form = ManyForm(request.POST, people=people)
    said = cleaned(form, "accountable-output")
    if not chosen:
        raise Refused(
            "accountable-output", "Choose some gaps first; none of those that were chosen is there to change."
        )
    what = What(said["what"])
    outcome = _said_of_each(user, chosen, what, form)
    done = f"given to {said['owner']}" if what is What.REASSIGN else DONE[what]
    return _reported(request, outcome, done, more=more, is_undoable=what is What.REASSIGN)


@require_POST
def give_back(request: HttpRequest) -> HttpResponse:
    """Takes the last reassignment of this session back."""
    user, report = person(request), request.session.get(REPORT, {})
    changed = [Changed(**one) for one in report.get("undo", [])]
    if not changed:
        raise Refused("two-at-once", "There is nothing left to take back here; look at the gaps themselves.")
    gaps = Gap.objects.visible_to(user).with_context().filter(pk__in=[one.gap_id for one in changed])
    outcome = actions.give_back(by=user, changed=changed, gaps=gaps.order_by("pk"), now=timezone.now())
    return _reported(request, outcome, "given back to whom they belonged to before")


def _chosen(request: HttpRequest, user: User) -> tuple[list[Chosen], int]:
    """The gaps, and how many more match than can be changed at once."""
    if "all" not in request.POST:
        return _ticked(user, request.POST.getlist("gap")), 0
    filters = Filters.of(QueryDict(request.POST.get("query", "")))
    action = ACTIONS.get(request.POST.get("what", ""), Action.PLAN_GAP)  # type: ignore[call-overload]  # a str is found too
    gaps = matching(user, filters, timezone.localdate()).filter(service__in=services_where(user, action))
    found = gaps.with_context()[: actions.MOST_AT_ONCE]
    chosen = [Chosen(gap, gap.version) for gap in found]
    return chosen, gaps.count() - len(chosen) if len(chosen) == actions.MOST_AT_ONCE else 0


def _ticked(user: User, pairs: Iterable[str]) -> list[Chosen]:
    """From "id:version" each; what is none is left out, and so is what this person may not see."""
    asked = (pair.split(":") for pair in pairs if all(part.isascii() and part.isdecimal() for part in pair.split(":")))
    versions = {int(parts[0]): int(parts[1]) for parts in asked if len(parts) == 2}
    wanted = [pk for pk in versions if pk < 2**62][: actions.MOST_AT_ONCE]
    gaps = Gap.objects.visible_to(user).with_context().filter(pk__in=wanted).order_by("pk")
    return [Chosen(gap, versions[gap.pk]) for gap in gaps]


def _said_of_each(user: User, chosen: list[Chosen], what: What, form: ManyForm) -> ManyOutcome:
    said, now = form.cleaned_data, timezone.now()
    match what:
        case What.REASSIGN:
            return actions.reassign_gaps(by=user, chosen=chosen, owner=said["owner"], now=now)
        case What.EXTEND:
            return actions.extend_gaps(by=user, chosen=chosen, until=form.until, reason=said["reason"], now=now)
        case What.COMMENT:
            return actions.comment_on_gaps(by=user, chosen=chosen, text=said["text"], now=now)


def _reported(
    request: HttpRequest, outcome: ManyOutcome, done: str, *, more: int = 0, is_undoable: bool = False
) -> HttpResponse:
    """Back to the register, which says what became of it. Kept in the session: five hundred refusals fit into no address."""
    report: dict[str, Any] = {
        "done": done, "changed": len(outcome.changed), "unchanged": outcome.unchanged, "more": more,
        "most": actions.MOST_AT_ONCE,
        "refused": [asdict(one) for one in outcome.refused],
        "undo": [asdict(one) for one in outcome.changed] if is_undoable else [],
    }  # fmt: skip
    request.session[REPORT] = report
    back = back_to(request.POST.get("back", ""))
    return redirect(f"{back}{'&' if '?' in back else '?'}report=1")
