"""The steps of a gap's plan: each answers with the list of steps for htmx, with the page otherwise."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.forms.fields import RefusableForm
from readiness.assessments.forms.gaps import MoveForm
from readiness.assessments.forms.talk import EditStepForm, MoveStepForm, StepForm, TickForm
from readiness.assessments.models import Gap, Step
from readiness.assessments.views.asking import cleaned, person
from readiness.assessments.views.gap import after_part, gap_or_404, part_page

PART = "assessments/_gap_steps.html"
GONE = "That step is not there any more: somebody has removed it."


@require_http_methods(["GET", "HEAD", "POST"])
def steps(request: HttpRequest, gap_id: int) -> HttpResponse:
    """All of them; or one more."""
    found = gap_or_404(request, gap_id)
    if request.method != "POST":
        return part_page(request, found, PART)
    policy.require(person(request), Action.PLAN_GAP, found.service.target)
    form = StepForm(request.POST, auto_id="step_%s")
    if form.is_valid():
        try:
            actions.add_step(by=person(request), gap=found, now=timezone.now(), **form.cleaned_data)
        except (NotAllowed, NotVisible):
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return after_part(request, gap_id, PART, goes_on=True)
    return part_page(request, gap_or_404(request, gap_id), PART, status=422, step_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_step(request: HttpRequest, gap_id: int, step_id: int) -> HttpResponse:
    found = gap_or_404(request, gap_id)
    policy.require(person(request), Action.PLAN_GAP, found.service.target)
    step = _step(found, step_id)
    if step is None:
        return part_page(request, found, PART, status=404, sentence=GONE)
    form = EditStepForm(initial={"text": step.text, "version": step.version}, auto_id="edit_step_%s")
    status = 200
    if request.method == "POST":
        form = EditStepForm(request.POST, auto_id="edit_step_%s")
        status = _edited(request, step, form)
        if not status:
            return after_part(request, gap_id, PART)
    return part_page(request, found, PART, status=status, edit_form=form, edited=step)


def _edited(request: HttpRequest, step: Step, form: EditStepForm) -> int:
    """0, or the status of what was wrong."""
    if not form.is_valid():
        return 422
    said = form.cleaned_data
    try:
        actions.edit_step(by=person(request), step=step, version=said["version"], text=said["text"], now=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        return refuse(form, refusal)
    return 0


def refuse(form: RefusableForm, refusal: Refused) -> int:
    form.take_refusal(refusal)
    return 409 if isinstance(refusal, Conflict) else 422


type Change = Callable[[Step, dict[str, Any]], object]


def _change(request: HttpRequest, gap_id: int, step_id: int, form: Any, change: Change, **context: Any) -> HttpResponse:
    """A button on a step. Who lost a race sees the list as it is now, with the sentence."""
    found = gap_or_404(request, gap_id)
    policy.require(person(request), Action.PLAN_GAP, found.service.target)
    step = _step(found, step_id)
    if step is None:
        return part_page(request, found, PART, status=404, sentence=GONE)
    said = cleaned(form, "two-at-once")
    try:
        change(step, said)
    except Conflict as conflict:
        return part_page(request, found, PART, status=409, sentence=conflict.sentence)
    removed = {"removed": step} if context.pop("is_removal", False) else {}
    return after_part(request, gap_id, PART, **removed)


@require_POST
def move_step(request: HttpRequest, gap_id: int, step_id: int) -> HttpResponse:
    form = MoveStepForm(request.POST)
    by, now = person(request), timezone.now()

    def change(step: Step, said: dict[str, Any]) -> None:
        actions.move_step(by=by, step=step, version=said["version"], places=form.places, now=now)

    return _change(request, gap_id, step_id, form, change)


@require_POST
def tick_step(request: HttpRequest, gap_id: int, step_id: int) -> HttpResponse:
    by, now = person(request), timezone.now()

    def change(step: Step, said: dict[str, Any]) -> None:
        actions.tick_step(by=by, step=step, version=said["version"], is_done=said["is_done"], now=now)

    return _change(request, gap_id, step_id, TickForm(request.POST), change)


@require_POST
def remove_step(request: HttpRequest, gap_id: int, step_id: int) -> HttpResponse:
    by, now = person(request), timezone.now()

    def change(step: Step, said: dict[str, Any]) -> None:
        actions.remove_step(by=by, step=step, version=said["version"], now=now)

    return _change(request, gap_id, step_id, MoveForm(request.POST), change, is_removal=True)


def _step(found: Gap, step_id: int) -> Step | None:
    step = found.steps.filter(pk=step_id).first()
    if step is not None:
        step.gap = found
    return step
