"""One gap: what is missing, the plan, and the way to closed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.forms.gaps import MoveForm, PlanForm, ProposeForm, SendBackForm
from readiness.assessments.forms.talk import CommentForm, StepForm
from readiness.assessments.forms.tickets import TicketForm
from readiness.assessments.gap_page import gap_page, read_gap
from readiness.assessments.gap_talk import talk_about
from readiness.assessments.models import Gap
from readiness.assessments.people import People, people_of
from readiness.assessments.views.asking import cleaned, is_htmx, person


@require_safe
def gap(request: HttpRequest, gap_id: int) -> HttpResponse:
    return _page(request, gap_or_404(request, gap_id), is_editing="edit" in request.GET)


def gap_or_404(request: HttpRequest, gap_id: int) -> Gap:
    found = read_gap(person(request), gap_id)
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    found: Gap,
    *,
    form: PlanForm | None = None,
    is_editing: bool = False,
    status: int = 200,
    other: object = None,
    **written: Any,
) -> HttpResponse:
    """The whole page, or for htmx its content. `other`: the gap as somebody else left it while this person was typing.
    `written`: forms of a part of the page.
    """
    context = _context(request, found, form=form, is_editing=is_editing, other=other) | written
    template = "assessments/gap.html#gap" if is_htmx(request) else "assessments/gap.html"
    return render(request, template, context, status=status)


def _context(
    request: HttpRequest, found: Gap, *, form: PlanForm | None = None, is_editing: bool = False, other: object = None
) -> dict[str, Any]:
    page = gap_page(found, person(request), timezone.now())
    if form is None and not page.plan_problem and (is_editing or found.lacks):
        form = PlanForm.of(found, people=_people(found))
    return {
        "page": page, "gap": found, "item": page.item, "service": found.service, "plan_form": form, "other": other,
        "is_editing": is_editing, "propose_form": ProposeForm(), "send_back_form": SendBackForm(),
        "talk": talk_about(found, person(request), request.GET.get("page")), "step_form": StepForm(auto_id="step_%s"),
        "comment_form": CommentForm(auto_id="comment_%s"), "ticket_form": TicketForm.of(found),
    }  # fmt: skip


def part_page(
    request: HttpRequest, found: Gap, part: str, *, status: int = 200, sentence: str = "", **written: Any
) -> HttpResponse:
    """For htmx one part of the page (what was typed elsewhere on it stays) with what happened; the whole page otherwise.
    `sentence`: why nothing was changed.
    """
    if sentence:
        messages.warning(request, sentence)
    if not is_htmx(request):
        return _page(request, found, status=status, **written)
    context = _context(request, found) | {"part": part, **written}
    return render(request, "assessments/_gap_part.html", context, status=status)


def after_part(request: HttpRequest, gap_id: int, part: str, **written: Any) -> HttpResponse:
    """After a change to a part: the part anew for htmx, the page by a redirect otherwise."""
    found = gap_or_404(request, gap_id)
    return part_page(request, found, part, **written) if is_htmx(request) else redirect(found)


def _people(found: Gap) -> People:
    return people_of(found.service, timezone.now(), Action.PROPOSE_CLOSED)


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, gap_id: int) -> HttpResponse:
    """Owner, date and plan."""
    found = gap_or_404(request, gap_id)
    policy.require(person(request), Action.PLAN_GAP, found.service.target)
    if request.method != "POST":
        return _page(request, found, is_editing=True)
    form = PlanForm(request.POST, people=_people(found), auto_id=f"gap_{found.pk}_%s")
    if form.is_valid():
        try:
            _plan(request, found, form, form.cleaned_data["plan"])
        except (NotAllowed, NotVisible):
            raise
        except Conflict as conflict:
            form.take_refusal(conflict)
            return _page(request, gap_or_404(request, gap_id), form=form, status=409, other=conflict.current)
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return _after(request, gap_id, "The plan is saved.")
    return _page(request, found, form=form, status=422)


def _plan(request: HttpRequest, found: Gap, form: PlanForm, text: str) -> Gap:
    said = form.cleaned_data
    return actions.plan_gap(
        by=person(request), gap=found, version=said["version"], owner=said["owner"], due_on=said["due_on"], plan=text,
        reason=said["reason"], now=timezone.now(),
    )  # fmt: skip


def _after(request: HttpRequest, gap_id: int, sentence: str) -> HttpResponse:
    """After a change: the content anew for htmx, the page by a redirect otherwise; both with the sentence."""
    messages.success(request, sentence)
    found = gap_or_404(request, gap_id)
    return _page(request, found) if is_htmx(request) else redirect(found)


type Said = dict[str, Any]


def _move(
    request: HttpRequest, gap_id: int, form: MoveForm, change: Callable[[Gap, Said], object], sentence: str
) -> HttpResponse:
    """The gap first: a stranger hears nothing, not even what the form lacks."""
    found = gap_or_404(request, gap_id)
    change(found, cleaned(form, "two-at-once"))
    return _after(request, gap_id, sentence)


@require_POST
def start(request: HttpRequest, gap_id: int) -> HttpResponse:
    by, now = person(request), timezone.now()

    def change(gap: Gap, said: Said) -> None:
        actions.start_work(by=by, gap=gap, version=said["version"], now=now)

    return _move(request, gap_id, MoveForm(request.POST), change, "Work has started.")


@require_POST
def propose_closed(request: HttpRequest, gap_id: int) -> HttpResponse:
    by, now = person(request), timezone.now()

    def change(gap: Gap, said: Said) -> None:
        actions.propose_closed(by=by, gap=gap, version=said["version"], note=said["note"], now=now)

    return _move(request, gap_id, ProposeForm(request.POST), change, "Proposed as closed. A second person verifies it.")


@require_POST
def withdraw_proposal(request: HttpRequest, gap_id: int) -> HttpResponse:
    by, now = person(request), timezone.now()

    def change(gap: Gap, said: Said) -> None:
        actions.withdraw_proposal(by=by, gap=gap, version=said["version"], now=now)

    return _move(request, gap_id, MoveForm(request.POST), change, "Taken back. The gap is in progress again.")


@require_POST
def verify_closed(request: HttpRequest, gap_id: int) -> HttpResponse:
    by, now = person(request), timezone.now()

    def change(gap: Gap, said: Said) -> None:
        actions.verify_closed(by=by, gap=gap, version=said["version"], now=now)

    return _move(request, gap_id, MoveForm(request.POST), change, "Verified and closed.")


@require_POST
def send_back(request: HttpRequest, gap_id: int) -> HttpResponse:
    by, now = person(request), timezone.now()

    def change(gap: Gap, said: Said) -> None:
        actions.send_back(by=by, gap=gap, version=said["version"], reason=said["reason"], now=now)

    return _move(request, gap_id, SendBackForm(request.POST), change, "Sent back, with your reason on the gap.")
