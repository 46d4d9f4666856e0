"""The issue of a gap: its state, asked for while a worker is at it, and the button that asks for one."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from readiness.assessments.models import Gap
from readiness.assessments.views.asking import is_htmx, person
from readiness.outgoing.actions.issues import ask_for_issue
from readiness.outgoing.templatetags.issues import box_of


@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest, gap_id: int) -> HttpResponse:
    if request.method == "POST":
        ask_for_issue(by=person(request), gap=_found(request, gap_id), now=timezone.now())
    found = _found(request, gap_id)
    if is_htmx(request):
        box = box_of(found, person(request))
        box = replace(box, is_news=bool(box.issue and box.issue.is_made))
        return render(request, "outgoing/_issue.html", {"box": box})
    if request.method == "POST":
        messages.success(request, "The issue is being made.")
    return redirect(found)


def _found(request: HttpRequest, gap_id: int) -> Gap:
    found = Gap.objects.visible_to(person(request)).with_context().filter(pk=gap_id).first()
    if found is None:
        raise Http404
    return found
