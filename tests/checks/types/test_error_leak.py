import time
from dataclasses import replace

import pytest
from hypothesis import given, strategies as some

from readiness.assessments.outcome import Result
from readiness.checks.types.error_leak import LEAKS, Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.playing import by_path, hurried, play, says, silence
from tests.infrastructure.slowness import slower
from tests.servers.misbehaving import DEBUG_PAGE, TRACEBACK, Application

CLEAN = says(400, '{"title": "No."}', "application/problem+json")
LEAKING = {
    "python": TRACEBACK,
    "java": "java.lang.NullPointerException\n\tat com.example.shop.Orders.create(Orders.java:42)",
    "java, uncaught": 'Exception in thread "main" java.lang.Error',
    "go": "panic: oh\n\ngoroutine 1 [running]:\nmain.main()",
    "javascript": "TypeError: x is undefined\n    at Object.create (/srv/app/orders.js:12:7)",
    "javascript, module": "Error\n    at handle (file:///srv/app/orders.mjs:12:7)",
    ".net": r"   at Shop.Orders.Create(Order o) in C:\src\Orders.cs:line 42",
    "php": "<b>Fatal error</b>:  Uncaught Error in /srv/orders.php:3\nStack trace:\n#0 /srv/index.php(12): create()",
    "ruby": "app/models/order.rb:12:in `create'",
    "rust": "thread 'main' panicked at src/main.rs:2:5",
    "sql, pdo": "SQLSTATE[42S02]: Base table or view not found",
    "sql, oracle": "ORA-00942: table or view does not exist",
    "sql, mysql": "You have an error in your SQL syntax; check the manual",
    "sql, psycopg": "psycopg.errors.SyntaxError: unterminated quoted string at or near",
    "django": DEBUG_PAGE,
    "werkzeug": "<title>KeyError // Werkzeug Debugger</title>",
    "rails": "<title>Action Controller: Exception caught</title>",
    "asp.net": "<h1>Server Error in '/' Application.</h1>",
}


def config(application: Application | None = None, **more: object) -> Config:
    return Config.model_validate({"base_url": application.url if application else "http://a", **more})


def test_passes_on_clean_errors(egress: Egress, application: Application) -> None:
    outcome = egress.run(run(config(application, fault_paths=["/api/orders"])))
    assert outcome.result is Result.PASS, outcome
    assert outcome.figures["requests"] == 10
    methods = {method for method, _path in application.seen}
    assert methods == {"GET", "POST"}  # BREW is refused before it is noted


@pytest.mark.parametrize(
    ("errors", "what"),
    [("traceback", "a Python traceback"), ("debug-page", "Django's debug page"), ("html", "text/html")],
)
def test_fails_when_errors_leak_or_are_of_another_kind(
    egress: Egress, application: Application, errors: str, what: str
) -> None:
    application.behaviour.errors = errors  # type: ignore[assignment]
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.FAIL
    assert what in outcome.reason


@pytest.mark.parametrize("error_type", ["html", "any"])
def test_a_page_is_a_clean_error_where_pages_are_promised(
    egress: Egress, application: Application, error_type: str
) -> None:
    application.behaviour.errors = "html"
    assert egress.run(run(config(application, error_type=error_type))).result is Result.PASS


@pytest.mark.parametrize("name", LEAKING)
def test_internals_are_recognised(name: str) -> None:
    outcome = play(run(config(error_type="any")), says(500, LEAKING[name], "text/plain"))
    assert outcome.result is Result.FAIL, name


@pytest.mark.parametrize(
    "body",
    [
        '{"title": "Look at the manual (page 12)."}',
        '{"detail": "Meet us at noon (room:12)."}',
        '{"detail": "Expected a number at line 3, column 7."}',
        '{"detail": "The state is unknown."}',
    ],
)
def test_ordinary_sentences_are_no_leak(body: str) -> None:
    assert play(run(config()), says(400, body, "application/json")).result is Result.PASS


def test_a_text_of_ones_own_is_looked_for() -> None:
    answer = says(500, '{"error": "com.Example.Checkout.Orders"}', "application/json")
    assert play(run(config()), answer).result is Result.PASS
    outcome = play(run(config(patterns=["com.example.checkout"])), answer)
    assert outcome.result is Result.FAIL
    assert "com.example.checkout" in outcome.reason


def test_a_500_with_a_clean_body_passes() -> None:
    assert play(run(config()), says(500, '{"title": "Oh."}', "application/json")).result is Result.PASS


def test_an_empty_error_passes() -> None:
    assert play(run(config()), says(404, "", "")).result is Result.PASS


@pytest.mark.parametrize("body", ["{", "[" * 100_000, '"\ud800'.encode("utf-8", "surrogatepass"), b"\xff\xfe"])
def test_a_body_that_is_no_json_is_of_another_kind(body: str | bytes) -> None:
    outcome = play(run(config()), says(400, body, "application/json"))
    assert outcome.result is Result.FAIL


def test_nothing_but_welcome_pages_is_unknown(egress: Egress, application: Application) -> None:
    application.behaviour.errors = "none"
    outcome = egress.run(run(config(application, fault_paths=["/"])))
    # Only the method that the server does not know is refused, and by a welcome page too.
    assert outcome.result is Result.UNKNOWN
    assert "none to judge" in outcome.reason


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    assert play(run(config()), silence(fault)).result is Result.UNKNOWN
    one_missing = by_path({"%00": silence(fault)}, CLEAN)
    assert play(run(config()), one_missing).result is Result.UNKNOWN


def test_a_leak_in_an_answer_that_never_ends_still_fails() -> None:
    def cut_off(request: Request) -> Response:
        return replace(says(500, TRACEBACK)(request), fault=Fault.TOO_LARGE, problem="Too large.")

    assert play(run(config()), cut_off).result is Result.FAIL


def test_a_silent_service_is_unknown(egress: Egress, application: Application) -> None:
    outcome = egress.run(hurried(run(config(application, fault_paths=["/silent"]))))
    assert outcome.result is Result.UNKNOWN
    assert "GET /silent got no answer" in outcome.reason


@given(some.text(max_size=300))
def test_any_body_gives_an_outcome(body: str) -> None:
    assert play(run(config()), says(400, body.encode("utf-8", "surrogatepass"), "application/json")).reason


@pytest.mark.parametrize("piece", ["at a.b(", "at " + "a" * 199, "Warning: ", "a/", "#0 /", "thread 'a", "at a (/b:"])
def test_a_large_body_is_searched_quickly(piece: str) -> None:
    body = piece * (1_000_000 // len(piece))
    start = time.perf_counter()
    for pattern in LEAKS.values():
        pattern.search(body)
    assert time.perf_counter() - start < 5 * slower(), piece
