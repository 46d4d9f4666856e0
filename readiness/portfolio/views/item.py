"""The page of one item of a service."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.assessments.models import Item
from readiness.portfolio.item_page import read_item_page

SHOWN = (
    *("assessment__version__checklist", "assessment__service__team", "assessment__service__tech_lead"),
    *("gap__owner", "gap__proposed_by", "excused_by", "excuse_confirmed_by"),
)


@require_safe
def item(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    items = Item.objects.visible_to(request.user).select_related(*SHOWN).defer("assessment__version__body")
    found = get_object_or_404(items, assessment__service__slug=slug, key=key)
    now = timezone.now()
    page = read_item_page(found, request.user, now, request.GET.get("page"))  # type: ignore[arg-type]  # strangers got a 404
    template = "portfolio/item.html#proof" if request.htmx else "portfolio/item.html"  # type: ignore[attr-defined]
    return render(request, template, {"page": page, "item": found, "service": page.service, "now": now})
