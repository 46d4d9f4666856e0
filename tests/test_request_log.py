"""One JSON line a request: which, how long, what came of it, and who asked."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from readiness import logging as our_logging
from tests.cast import Cast, login


@pytest.fixture
def lines() -> Iterator[Any]:
    """The log as a deployment writes it, read line by line."""
    root, out = logging.getLogger(), StringIO()
    before, level = root.handlers[:], root.level
    our_logging.configure("INFO", as_json=True)
    ours = next(
        handler for handler in root.handlers if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    )
    assert isinstance(ours, logging.StreamHandler)
    ours.setStream(out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)


def request_lines(lines: Any) -> list[dict[str, Any]]:
    return [line for line in lines() if line["event"] == "request"]


def test_a_request_is_one_line_with_who_and_how_long(cast: Cast, client: Client, lines: Any) -> None:
    response = login(client, cast.theo).get("/settings/roles/?q=secret")
    [line] = request_lines(lines)
    assert line["request_id"] == response["X-Request-ID"]
    assert (line["method"], line["path"], line["status"], line["user_id"]) == (
        "GET",
        "/settings/roles/",
        200,
        cast.theo.pk,
    )
    assert line["duration_ms"] > 0
    assert line["level"] == "info"
    assert "secret" not in json.dumps(line), "a query may hold what somebody searched for"


def test_a_stranger_has_no_id_and_a_redirect_is_logged(cast: Cast, client: Client, lines: Any) -> None:
    client.get("/settings/")
    [line] = request_lines(lines)
    assert (line["status"], line["user_id"]) == (302, None)


def test_the_callers_request_id_is_kept_when_it_is_well_formed(cast: Cast, client: Client) -> None:
    assert client.get("/healthz/live", headers={"X-Request-ID": "abc-12345"})["X-Request-ID"] == "abc-12345"
    for given in ("short", "x" * 65, "a b c d e f g", "<script>123", 'evil"id12345'):
        assert client.get("/healthz/live", headers={"X-Request-ID": given})["X-Request-ID"] != given


def test_health_and_static_files_fill_no_log(db: None, client: Client, lines: Any) -> None:
    client.get("/healthz/live")
    client.get("/static/nothing.css")
    assert request_lines(lines) == []


def test_a_line_never_carries_over_who_asked_before(cast: Cast, lines: Any) -> None:
    login(Client(), cast.theo).get("/settings/roles/")
    Client().get("/settings/")
    assert [line["user_id"] for line in request_lines(lines)] == [cast.theo.pk, None]
    assert len({line["request_id"] for line in request_lines(lines)}) == 2


def test_a_fault_is_logged_with_its_trace_in_one_line(lines: Any) -> None:
    def break_down(_: HttpRequest) -> HttpResponse:
        try:
            return HttpResponse(str(1 // 0))
        except ZeroDivisionError:
            logging.getLogger("django.request").exception("Internal Server Error: /x/")
        return HttpResponse(status=500)

    our_logging.RequestLogMiddleware(break_down)(RequestFactory().get("/static/x"))
    fault, request = lines()
    assert "ZeroDivisionError" in fault["exception"]
    assert fault["request_id"] == request["request_id"]
    assert request["status"] == 500, "a fault shows even where the path is quiet"


def test_an_address_that_is_a_secret_is_not_written_down(cast: Cast, client: Client, lines: Any) -> None:
    client.get("/shared/who-knows-this-sees-the-figures/")
    [line] = request_lines(lines)
    assert (line["path"], line["status"]) == ("/shared/…/", 404)
    assert "who-knows" not in str(lines())
