"""Everything that goes wrong, as `application/problem+json` (RFC 9457): one table of kinds, one shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel

from readiness.accounts.api.callers import Unrecognised
from readiness.accounts.api.contract import Missing
from readiness.accounts.limits import TooMany
from readiness.accounts.middleware import status_of
from readiness.accounts.policy import Conflict, NotVisible, Refused
from readiness.api.reading import Unreadable
from readiness.assessments.actions import Mismatch, TooLarge
from readiness.assessments.api import gap_out
from readiness.assessments.models import Gap
from readiness.assessments.queries import house_day
from readiness.catalog.api import service_out
from readiness.catalog.models import Service

MEDIA_TYPE = "application/problem+json"
DOCS = "/api/v1/docs"
NOTHING = "There is nothing here that you may see."

log = structlog.get_logger("readiness.api")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a status means here. `name` is the last part of a problem's `type`: a place on the documentation page."""

    status: int
    name: str
    title: str
    meaning: str


KINDS = {
    kind.status: kind
    for kind in (
        Kind(
            400,
            "unreadable",
            "The request can't be read",
            "The body is not what it says it is, or holds what no text may hold.",
        ),
        Kind(401, "who-calls", "Who is calling?", "No session, or a token that is unknown, expired or revoked."),
        Kind(403, "not-allowed", "Not allowed", "You may know of it, and your role or token does not reach this far."),
        Kind(404, "not-found", "Not found", "It is not there, or you may not know of it: the answer is the same."),
        Kind(405, "method", "Not in this way", "The address is there, the method is not; Allow names those that are."),
        Kind(
            409,
            "conflict",
            "Not as things stand",
            "Somebody changed it since you read it, and what stands there now comes with it; or a report is of another "
            "service, host or commit than this one, as the rule says.",
        ),
        Kind(413, "too-large", "Too large", "A body of JSON has at most 1 MiB, a report 10 MiB."),
        Kind(
            415,
            "media-type",
            "Another media type",
            "A body is application/json in UTF-8, a report multipart/form-data.",
        ),
        Kind(422, "refused", "A rule says no", "The answer names the rule, says what would satisfy it, and where."),
        Kind(
            429,
            "slow-down",
            "Too many at once",
            "Too many wrong tokens came from your address, or too many reports from you; Retry-After says when to go on.",
        ),
        Kind(500, "fault", "Our fault", "Something broke. Nothing was half done; the log knows the X-Request-ID."),
    )
}


def problem(status: int, detail: str, rule: str, **more: Any) -> HttpResponse:
    """`more`: members beside the standard ones, such as `problems` and `current`; empty ones are left out."""
    kind = KINDS[status]
    body = {
        "type": f"{settings.BASE_URL}{DOCS}#{kind.name}",
        "title": kind.title,
        "status": status,
        "detail": detail,
        "rule": rule,
        **{name: value for name, value in more.items() if value},
    }
    response = JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="readiness"'
    return response


def not_found(_request: HttpRequest) -> HttpResponse:
    """Whatever else is asked for under /api/."""
    return problem(404, f"There is no such address; the calls are described at {DOCS}.", "readable")


def method_not_allowed(answer: HttpResponse) -> HttpResponse:
    allowed = ", ".join(sorted(word.strip() for word in answer["Allow"].split(",")))
    refused = problem(405, f"This address takes {allowed}.", "method")
    refused["Allow"] = allowed
    return refused


# Exceptions, turned into problems


def handle_problems(api: NinjaAPI) -> None:
    handlers: dict[type[Exception], Any] = {
        Refused: _refused,
        Http404: _missing,
        AuthenticationError: _nobody,
        HttpError: _http_error,
        ValidationError: _invalid,
        RequestDataTooBig: _too_large,
        SuspiciousOperation: _suspicious,
        BadRequest: _suspicious,
        UnreadablePostError: _suspicious,
        MultiPartParserError: _broken_parts,
        Exception: _fault,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _refused(_request: HttpRequest, refusal: Refused) -> HttpResponse:
    current = _current(refusal.current) if isinstance(refusal, Conflict) else None
    problems = getattr(refusal, "problems", None)
    answer = problem(_status(refusal), refusal.sentence, refusal.rule, problems=problems, current=current)
    if isinstance(refusal, TooMany):
        answer["Retry-After"] = str(refusal.retry_after)
    return answer


def _status(refusal: Refused) -> int:
    match refusal:
        case NotVisible() | Missing():
            return 404
        case Unreadable():
            return refusal.status
        case Unrecognised():
            return 401
        case Mismatch():
            return 409
        case TooLarge():
            return 413
        case _:
            return status_of(refusal)


def _current(row: object) -> dict[str, Any] | None:
    """What stands there now, in the shape in which it is read."""
    shown: BaseModel
    match row:
        case Gap():
            fresh = Gap.objects.with_context().get(pk=row.pk)
            shown = gap_out(fresh, house_day(timezone.now()))
        case Service():
            shown = service_out(row)
        case _:
            return None
    return shown.model_dump(mode="json")


def _missing(_request: HttpRequest, _missing: Http404) -> HttpResponse:
    """One sentence for all of them: another one would tell what is there."""
    return problem(404, NOTHING, "readable")


def _nobody(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return problem(401, "Sign in, or send a token as “Authorization: Bearer rdy_…”.", "who-calls")


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja wraps whatever its parser raises; what we raised ourselves says more."""
    if isinstance(error.__cause__, Refused):
        return _refused(request, error.__cause__)
    return problem(error.status_code if error.status_code in KINDS else 400, str(error), "valid-request")


def _invalid(_request: HttpRequest, invalid: ValidationError) -> HttpResponse:
    problems = {_place(error): _sentence(error) for error in invalid.errors}
    detail = " ".join(f"{place}: {sentence}" for place, sentence in list(problems.items())[:5])
    return problem(422, detail, "valid-request", problems=problems)


def _place(error: Mapping[str, Any]) -> str:
    """("body", "body", "tier") → "tier"; the whole body or query by its own name."""
    source, *parts = [str(part) for part in error["loc"]]
    named = parts[1:] if parts and parts[0] in {"body", "filters"} else parts
    return ".".join(named)[:200] or source


def _sentence(error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{message[0].upper()}{message[1:]}.".replace("..", ".")


def _too_large(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(413, KINDS[413].meaning, "valid-request")


def _suspicious(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(400, KINDS[400].meaning, "valid-request")


def _broken_parts(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(400, "The body is no multipart/form-data that can be read: is it cut off?", "valid-request")


def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("api-fault", path=request.path, method=request.method, exc_info=error)
    return problem(500, KINDS[500].meaning, "fault")
