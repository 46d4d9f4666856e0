"""Structured logs: one JSON line an event, each with the request's id; one line a request with duration, status and user id."""

import logging
import logging.config
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
QUIET_PATHS = ("/static/", "/healthz/")

log = structlog.get_logger("readiness.request")


def configure(level: str, *, as_json: bool) -> None:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {"()": structlog.stdlib.ProcessorFormatter, "processor": renderer, "foreign_pre_chain": shared}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["out"], "level": level},
            # Django's own request logger repeats what our one line a request says; real faults still come through.
            "loggers": {"django.request": {"level": "ERROR"}, "django.security.csrf": {"level": "ERROR"}},
        }
    )


class RequestLogMiddleware:
    """Takes a well-formed `X-Request-ID` from the caller, or makes one; returns it; logs the request when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.match(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        self._log(request, response, (time.perf_counter() - started) * 1000)
        return response

    def _log(self, request: HttpRequest, response: HttpResponse, duration_ms: float) -> None:
        if request.path.startswith(QUIET_PATHS) and response.status_code < 500:  # server faults always show
            return
        log.info(
            "request",
            method=request.method,
            path=getattr(request, "told_path", request.path),  # an address that is a secret is not written down
            status=response.status_code,
            duration_ms=round(duration_ms, 1),
            user_id=getattr(getattr(request, "user", None), "pk", None),
        )
