"""From one version of the checklist to a newer one: what would change, and the button that does it (rule *pinned*)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from readiness.accounts import policy
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions.upgrading import grace_ends
from readiness.assessments.models import Assessment
from readiness.assessments.views.asking import done, person
from readiness.checklists.compare import compare
from readiness.checklists.models import Status, Version


@require_http_methods(["GET", "HEAD", "POST"])
def upgrade(request: HttpRequest, slug: str) -> HttpResponse:
    rows = Assessment.objects.visible_to(person(request)).select_related("service__team", "version__checklist")
    assessment = get_object_or_404(rows, service__slug=slug)
    service, old = assessment.service, assessment.version
    new = _newest(old)
    if request.method == "POST":
        number = request.POST.get("version", "")
        chosen = get_object_or_404(Version, pk=int(number) if number.isdecimal() else 0)
        actions.upgrade(by=person(request), assessment=assessment, version=chosen, now=timezone.now())
        return done(request, f"{service} is measured against version {chosen.number} now.", service)
    context = {
        "service": service,
        "old": old,
        "new": new,
        "comparison": compare(old.pack, new.pack) if new else None,
        "problem": policy.may(person(request), Action.EDIT_SERVICE, service.target).reason,
        "grace_ends": grace_ends(timezone.now()),
    }
    return render(request, "assessments/upgrade.html", context)


def _newest(pinned: Version) -> Version | None:
    """The newest published version of the same checklist, when it is newer."""
    published = Version.objects.filter(checklist=pinned.checklist, status=Status.PUBLISHED, number__gt=pinned.number)
    return published.select_related("checklist").order_by("-number").first()
