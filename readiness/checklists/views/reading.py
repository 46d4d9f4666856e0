"""What everybody may read: the checklists, their versions, the difference between two, and who uses which."""

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.catalog.models import ServiceQuerySet
from readiness.checklists import compare as comparing, listing, usage
from readiness.checklists.models import Checklist, Version
from readiness.checklists.pack_writer import write_pack
from readiness.checklists.reading import chapters, gates
from readiness.checklists.rules import Gate

PAGE = 50
ORDERS = {
    "name": ("name", "slug"),
    "team": ("team__name", "name", "slug"),
    "version": ("assessment__version__number", "name", "slug"),
    "since": ("assessment__pinned_at", "name", "slug"),
}
COLUMNS = (("name", "Service"), ("team", "Team"), ("version", "Version"), ("since", "Since"))


@require_safe
def checklists(request: HttpRequest) -> HttpResponse:
    found = Checklist.objects.visible_to(request.user)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = listing.checklist_rows(request.user, page.object_list)
    context = {"page": page, "rows": rows, "may_publish": policy.may(request.user, Action.PUBLISH_CHECKLIST)}
    return render(request, "checklists/checklists.html", context)


@require_safe
def checklist(request: HttpRequest, key: str) -> HttpResponse:
    checklist = get_object_or_404(Checklist.objects.visible_to(request.user), key=key)
    published = checklist.versions.published().select_related("published_by").order_by("-number")
    page = Paginator(published.fetch_mode(models.FETCH_RAISE), PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    before = published.filter(number__lt=shown[-1].number).first() if shown else None
    may_publish = policy.may(request.user, Action.PUBLISH_CHECKLIST)
    context = {
        "checklist": checklist,
        "page": page,
        "rows": listing.version_rows(request.user, shown, before),
        "draft": checklist.draft if may_publish else None,
        "may_publish": may_publish,
    }
    return render(request, "checklists/checklist.html", context)


@require_safe
def version(request: HttpRequest, key: str, number: int) -> HttpResponse:
    version = _version(request.user, key, number)
    words = request.GET.get("q", "").strip()[:100]
    gate = request.GET.get("gate", "") if request.GET.get("gate") in set(Gate) else ""
    found = chapters(version.pack, words=words, gate=gate)
    context = {
        "checklist": version.checklist,
        "version": version,
        "current": version.checklist.current,
        "gates": gates(version.pack),
        "chapters": found,
        "count": sum(len(chapter.items) for chapter in found),
        "words": words,
        "gate": gate,
        "choices": [(gate.value, f"{gate.label}s") for gate in Gate],
        "usage": usage.usage_of(request.user, version),
        "tallies": {tally.key: tally for tally in version.checklist.tallies.all()},
    }
    template = "checklists/version.html#reading" if request.htmx else "checklists/version.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_safe
def export(request: HttpRequest, key: str, number: int) -> HttpResponse:
    version = _version(request.user, key, number)
    name = f"{key}-draft.yaml" if version.is_draft else f"{key}-v{number}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(write_pack(version.pack), content_type="application/yaml; charset=utf-8", headers=headers)


@require_safe
def compare(request: HttpRequest, key: str) -> HttpResponse:
    checklist = get_object_or_404(Checklist.objects.visible_to(request.user), key=key)
    choices = list(checklist.versions.visible_to(request.user).order_by("-number").defer("body"))
    numbers = [choice.number for choice in choices]
    new = _number(request.GET.get("b"), numbers[0] if numbers else 0)
    old = _number(request.GET.get("a"), next((number for number in numbers if number < new), new))
    context: dict[str, object] = {"checklist": checklist, "choices": choices}
    if len(choices) < 2:
        return render(request, "checklists/compare.html", context)
    before, after = _version(request.user, key, old), _version(request.user, key, new)
    context |= {"old": before, "new": after, "comparison": comparing.compare(before.pack, after.pack)}
    return render(request, "checklists/compare.html", context)


@require_safe
def services(request: HttpRequest, key: str) -> HttpResponse:
    checklist = get_object_or_404(Checklist.objects.visible_to(request.user), key=key)
    current = checklist.current
    found = _filtered(usage.services_of(request.user, checklist), request, current.number if current else 0)
    related = found.select_related("team", "assessment__version").defer("assessment__version__body")
    page = Paginator(related.fetch_mode(models.FETCH_RAISE), PAGE).get_page(request.GET.get("page"))
    context = {
        "checklist": checklist,
        "current": current,
        "numbers": checklist.versions.published().order_by("-number").values_list("number", flat=True),
        "page": page,
        "columns": COLUMNS,
        "sort": request.GET.get("sort", "name"),
        "is_filtered": any(request.GET.get(name) for name in ("q", "version", "older")),
    }
    return render(request, "checklists/services.html", context)


def _filtered(services: ServiceQuerySet, request: HttpRequest, current: int) -> ServiceQuerySet:
    """An unknown value is no filter: an old link still shows something."""
    query = request.GET
    if words := query.get("q", "").strip()[:100]:
        services = services.filter(Q(name__icontains=words) | Q(slug__icontains=words) | Q(team__name__icontains=words))
    if number := _number(query.get("version"), 0):
        services = services.filter(assessment__version__number=number)
    if query.get("older") == "1":
        services = services.filter(assessment__version__number__lt=current)
    name = query.get("sort", "name")
    order = ORDERS.get(name.removeprefix("-"), ORDERS["name"])
    return services.order_by(f"-{order[0]}" if name.startswith("-") else order[0], *order[1:])


def _version(person: User | AnonymousUser, key: str, number: int) -> Version:
    versions = Version.objects.visible_to(person).select_related("checklist", "published_by", "created_by")
    return get_object_or_404(versions, checklist__key=key, number=number)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else otherwise
