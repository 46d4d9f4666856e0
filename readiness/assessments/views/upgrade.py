"""From the pinned version to a newer one or to another checklist: what would change, and the button for it (rule *pinned*)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from readiness.accounts import policy
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions.upgrading import grace_ends, open_gates
from readiness.assessments.models import Assessment, Item
from readiness.assessments.views.asking import done, person
from readiness.catalog.models import Service
from readiness.checklists.compare import Comparison, compare
from readiness.checklists.models import Checklist, Version
from readiness.checklists.pack import PackItem
from readiness.checklists.rules import Gate


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another checklist that the service could be measured against, by the number of items."""

    version: Version
    shared: int
    added: int
    removed: int


@require_http_methods(["GET", "HEAD", "POST"])
def upgrade(request: HttpRequest, slug: str) -> HttpResponse:
    rows = Assessment.objects.visible_to(person(request)).select_related("service__team", "version__checklist")
    assessment = get_object_or_404(rows, service__slug=slug)
    service, old = assessment.service, assessment.version
    if request.method == "POST":
        chosen = get_object_or_404(Version.objects.select_related("checklist"), pk=_number(request, "version"))
        seen = _number(request, "pinned") or None
        actions.upgrade(by=person(request), assessment=assessment, version=chosen, seen=seen, now=timezone.now())
        return done(request, f"{service} is measured against {chosen} now.", service)
    new = _chosen(old, request.GET.get("to", ""))
    comparison = compare(old.pack, new.pack) if new else None
    counting = _counting(service, comparison.added if comparison else ())
    context = {
        "service": service,
        "old": old,
        "new": new,
        "is_other": new and new.checklist_id != old.checklist_id,
        "comparison": comparison,
        "counting": counting,
        "hard_counting": counting.count(Gate.HARD),
        "fallen_gates": _fallen_gates(assessment, comparison),
        "alternatives": _alternatives(old),
        "problem": policy.may(person(request), Action.EDIT_SERVICE, service.target).reason,
        "grace_ends": grace_ends(timezone.now()),
    }
    return render(request, "assessments/upgrade.html", context)


def _number(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 19 else 0


def _chosen(pinned: Version, key: str) -> Version | None:
    """What `key` asks for now, or without a key the newest of the same checklist; None when that is pinned already."""
    published = Version.objects.published().select_related("checklist").order_by("-number")
    if not key or key == pinned.checklist.key:
        return published.filter(checklist=pinned.checklist, number__gt=pinned.number).first()
    chosen = published.filter(checklist__key=key).first()
    if chosen is None:
        raise Http404
    return chosen


def _counting(service: Service, added: Iterable[PackItem]) -> list[Gate]:
    """Of what is added, as which gate each item counts that counts for this service at all."""
    tier, traits = service.tier, service.traits
    return [item.gate_for(tier=tier, traits=traits) for item in added if item.applies_when.holds(tier, traits)]


def _fallen_gates(assessment: Assessment, comparison: Comparison | None) -> list[Item]:
    removed = [item.key for item in comparison.removed] if comparison else []
    return open_gates(assessment.items.filter(key__in=removed, retired_at=None))


def _alternatives(pinned: Version) -> list[Alternative]:
    own = {item.key for item in pinned.items}
    others = Checklist.objects.exclude(pk=pinned.checklist_id).filter(versions__status="published").distinct()
    found = []
    for checklist in others[:50]:
        version = checklist.current
        if version:
            keys = {item.key for item in version.items}
            found.append(Alternative(version, len(own & keys), len(keys - own), len(own - keys)))
    return found
