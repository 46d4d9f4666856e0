"""The ticket of a gap, linked and taken away by a person: answers with its card for htmx, with the page otherwise."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.forms.tickets import RemoveTicketForm, TicketForm
from readiness.assessments.models import Gap
from readiness.assessments.views.asking import cleaned, person
from readiness.assessments.views.gap import after_part, gap_or_404, part_page
from readiness.assessments.views.steps import refuse

PART = "assessments/_gap_ticket.html"


@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, gap_id: int) -> HttpResponse:
    """Its card, with `?edit` the form in it; or another address."""
    found = gap_or_404(request, gap_id)
    if request.method != "POST":
        return part_page(request, found, PART, is_linking="edit" in request.GET)
    policy.require(person(request), Action.PLAN_GAP, found.service.target)
    form = TicketForm(request.POST, auto_id="ticket_%s")
    status = _linked(request, found, form) if form.is_valid() else 422
    if not status:
        return after_part(request, gap_id, PART)
    return part_page(request, gap_or_404(request, gap_id), PART, status=status, ticket_form=form, is_linking=True)


def _linked(request: HttpRequest, found: Gap, form: TicketForm) -> int:
    """0, or the status of what was wrong."""
    try:
        actions.link_ticket(by=person(request), gap=found, now=timezone.now(), **form.cleaned_data)
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        return refuse(form, refusal)
    return 0


@require_POST
def remove_ticket(request: HttpRequest, gap_id: int) -> HttpResponse:
    found = gap_or_404(request, gap_id)
    shown = cleaned(RemoveTicketForm(request.POST), "two-at-once")["shown"]
    actions.link_ticket(by=person(request), gap=found, shown=shown, url="", now=timezone.now())
    return after_part(request, gap_id, PART, removed_ticket=shown)
