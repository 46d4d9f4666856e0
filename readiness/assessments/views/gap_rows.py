"""Owner and date of one gap, changed where it stands in the register; without JavaScript on a page that leads back there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from readiness.accounts import policy
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.forms.gaps import RowForm
from readiness.assessments.models import Gap
from readiness.assessments.people import people_of
from readiness.assessments.views.asking import form_page, is_htmx, person
from readiness.assessments.views.gaps import Row, back_to

ROW = ("assessments/_gap_row.html", "assessments/_gap_row_form.html")
CARD = ("assessments/_gap_on_board.html", "assessments/_gap_on_board_form.html")


@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HttpRequest, gap_id: int) -> HttpResponse:
    """The row as a form, and as a row again: saved, or with `show` as it stands now."""
    gap = _gap(request, gap_id)
    policy.require(person(request), Action.PLAN_GAP, gap.service.target)
    if "show" in request.GET:
        return _shown(request, gap)
    people = people_of(gap.service, timezone.now(), Action.PROPOSE_CLOSED)
    if request.method != "POST":
        return _asked(request, gap, RowForm.of(gap, people=people))
    form = RowForm(request.POST, people=people, auto_id=f"gap_{gap.pk}_%s")
    if form.is_valid() and _is_saved(request, gap, form):
        if is_htmx(request):
            return _shown(request, _gap(request, gap_id))
        messages.success(request, f"{gap.item.title} of {gap.service} is saved.")
    return _asked(request, gap, form) if form.errors else redirect(back_to(request.GET.get("back", "")))


def _gap(request: HttpRequest, gap_id: int) -> Gap:
    return get_object_or_404(Gap.objects.visible_to(person(request)).with_context(), pk=gap_id)


def _is_saved(request: HttpRequest, gap: Gap, form: RowForm) -> bool:
    said = form.cleaned_data
    try:
        actions.plan_gap(
            by=person(request), gap=gap, version=said["version"], owner=said["owner"], due_on=said["due_on"],
            plan=gap.plan, reason=said["reason"], now=timezone.now(),
        )  # fmt: skip
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        form.take_refusal(refusal)
        return False
    return True


def _asked(request: HttpRequest, gap: Gap, form: RowForm) -> HttpResponse:
    newer = form.refusal.current if isinstance(form.refusal, Conflict) else None
    template = (CARD[1] if _is_card(request) else ROW[1]) if is_htmx(request) else "assessments/gap_row.html"
    return form_page(request, template, {"gap": newer or gap, "form": form, "newer": newer} | _place(request))


def _is_card(request: HttpRequest) -> bool:
    return request.GET.get("as") == "card"


def _shown(request: HttpRequest, gap: Gap) -> HttpResponse:
    if not is_htmx(request):
        return redirect(back_to(request.GET.get("back", "")))
    context = {"row": Row.of(gap, person(request))} | _place(request)
    return render(request, CARD[0] if _is_card(request) else ROW[0], context)


def _place(request: HttpRequest) -> dict[str, Any]:
    """Where the row stands, for the next request of it."""
    query = request.GET.copy()
    query.pop("show", None)
    return {"has_checks": "checks" in query, "row_query": query.urlencode(), "back": back_to(query.get("back", ""))}
