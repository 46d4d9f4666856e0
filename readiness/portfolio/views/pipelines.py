"""What a pipeline of a service copies and pastes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.catalog.models import Service
from readiness.portfolio.pipelines import read_pipeline_page


@require_safe
def pipeline(request: HttpRequest, slug: str) -> HttpResponse:
    service = get_object_or_404(Service.objects.visible_to(request.user).select_related("team"), slug=slug)
    page = read_pipeline_page(service, request.user, timezone.now())  # type: ignore[arg-type]  # strangers got a 404
    return render(request, "portfolio/pipeline.html", {"page": page, "service": service})
