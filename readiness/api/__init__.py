"""The programming interface, under /api/v1/. Each room brings its own calls; here they are put together.

Authentication is asked of every call, each names who may make it, and whatever goes wrong is `application/problem+json`.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from readiness.accounts.api.callers import PERSON
from readiness.api import documentation, problems
from readiness.api.reading import StrictParser
from readiness.assessments import api as assessments
from readiness.catalog.api import router as services
from readiness.checks import api as checks
from readiness.portfolio import api as _  # noqa: F401 - its calls stand in the services' router once it is imported
from reviews import api as reviews

DESCRIPTION = """What stands on the pages, for programs. A pipeline asks a service's **gate** with a CI token; a person's
session may do what the person may. Lists have pages of 50. What changes something takes the `version` that you read."""


class Interface(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> Any:
        return documentation.tidy(super().get_openapi_schema(**options))


api = Interface(
    title="Readiness",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,  # the stock page loads scripts from elsewhere; ours is `documentation.page`
    auth=PERSON,
    parser=StrictParser(),
)
problems.handle_problems(api)
for prefix, router in (
    ("/services", services),
    ("/services", assessments.services),
    ("/services", checks.services),
    ("/gaps", assessments.gaps),
    ("/reviews", reviews.router),
    ("/tools", assessments.tools),
):
    api.add_router(prefix, router)


type View = Callable[..., HttpResponse]


def answered(view: View) -> View:
    """A call answers 401 by itself and is not sent to the sign-in page; nothing that it says stays in a cache."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:  # ninja's own root page, which is none
            response = problems.not_found(request)
        if isinstance(response, HttpResponseNotAllowed):
            response = problems.method_not_allowed(response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return login_not_required(answer)


def _patterns(found: Iterable[URLPattern | URLResolver]) -> list[URLPattern]:
    """Each address once: ninja repeats it for each of its methods."""
    by_address: dict[str, URLPattern] = {}
    for pattern in found:
        if isinstance(pattern, URLPattern) and str(pattern.pattern) not in by_address:
            is_document = pattern.name == "openapi-json"  # ninja answers it to every method
            pattern.callback = answered(require_safe(pattern.callback) if is_document else pattern.callback)
            by_address[str(pattern.pattern)] = pattern
    return list(by_address.values())


_calls, _app, _namespace = api.urls
urlpatterns = [
    path("v1/docs", documentation.page, {"api": api}, name="api-docs"),
    path("v1/", (_patterns(_calls), _app, _namespace)),
    re_path(
        "", csrf_exempt(answered(problems.not_found)), name="api-nothing"
    ),  # a program has no form that could expire
]
