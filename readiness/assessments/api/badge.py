"""What is fetched by the browsers and image caches of whoever reads a README, and the drill that a pipeline fetches."""

import hashlib
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from ninja import Router

from readiness.accounts.api.callers import PERSON_OR_TOKEN
from readiness.accounts.api.contract import Problem, answers
from readiness.assessments import badge, drain_drill, gate
from readiness.assessments.api.standing import services
from readiness.catalog.models import Service

tools = Router(tags=["Tools"])
FRESH_FOR = "public, max-age=60"


def _media(kind: str) -> dict[str, object]:
    return {"content": {kind: {"schema": {"type": "string"}}}}


@services.get(
    "/{slug:slug}/badge.svg",
    auth=None,
    response={404: Problem},
    operation_id="getBadge",
    openapi_extra={
        "security": [{}],
        "responses": {
            200: {"description": "The badge.", **_media("image/svg+xml")},
            304: {"description": "As it was: If-None-Match named its ETag."},
        },
    },
)
def get_badge(request: HttpRequest, slug: str) -> HttpResponse:
    """The decision as a small picture, for everybody, where the service's switch says so; otherwise as if there were none."""
    service = Service.objects.filter(slug=slug, is_badge_public=True).first()
    if service is None:
        raise Http404
    verdict = gate.answer(service, timezone.now())
    picture = badge.drawn(None if verdict is gate.UNMEASURED else verdict.decision)
    response = HttpResponse(picture, content_type="image/svg+xml")
    response["Cache-Control"] = FRESH_FOR
    response["ETag"] = f'"{hashlib.sha256(picture.encode()).hexdigest()[:16]}"'
    kept = get_conditional_response(request, etag=response["ETag"], response=response)
    return kept if isinstance(kept, HttpResponse) else response


@tools.get(
    "/drain_drill.py",
    auth=PERSON_OR_TOKEN,
    response={status: model for status, model in answers(200, None).items() if status != 200},
    operation_id="getDrainDrill",
    openapi_extra={"responses": {200: {"description": "A Python file.", **_media("text/x-python")}}},
)
def get_drain_drill(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - ninja hands it in by this name
    """The drain drill, one file for Python 3.9 and later: starts a server, tells it to stop, writes the report to push."""
    content = Path(drain_drill.__file__).read_bytes()
    named = {"Content-Disposition": 'attachment; filename="drain_drill.py"'}
    return HttpResponse(content, content_type="text/x-python; charset=utf-8", headers=named)
