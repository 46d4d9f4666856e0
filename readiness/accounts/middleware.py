"""What every request gets: the first-run page on an empty install, the person's time zone, and refusals turned into answers."""

from collections.abc import Callable

import structlog
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from readiness.accounts.limits import TooMany
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused

type Next = Callable[[HttpRequest], HttpResponse]
OPEN_DURING_FIRST_RUN = ("/static/", "/healthz/", "/metrics", "/api/", "/v1/")


class FirstRunMiddleware:
    """Until there is a first person, every page leads to the one that makes them an administrator."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.has_people = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.has_people and not request.path.startswith(OPEN_DURING_FIRST_RUN):
            self.has_people = User.objects.exists()
            if not self.has_people and request.path != reverse("accounts:first-run"):
                return redirect("accounts:first-run")
        return self.get_response(request)


class PersonMiddleware:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: User | AnonymousUser = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        structlog.contextvars.bind_contextvars(user_id=user.pk)
        with timezone.override(user.zone):
            response = self.get_response(request)
        # Same URL for page and partial; and nothing a signed-in person saw stays behind on a shared machine.
        patch_vary_headers(response, ["HX-Request"])
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class RefusalMiddleware:
    """A refused action answers with its rule and sentence, as a page or, for htmx, as a fragment: never a stack trace."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotVisible):
            raise Http404 from exception
        if isinstance(exception, Refused):
            template = "_refusal.html" if request.headers.get("HX-Request") else "refusal.html"
            context = {"refusal": exception, "is_forbidden": isinstance(exception, NotAllowed)}
            response = render(request, template, context, status=status_of(exception))
            if isinstance(exception, TooMany):
                response["Retry-After"] = str(exception.retry_after)
            return response
        return None


def status_of(refusal: Refused) -> int:
    match refusal:
        case NotAllowed():
            return 403
        case Conflict():
            return 409
        case TooMany():
            return 429
        case _:
            return 422
