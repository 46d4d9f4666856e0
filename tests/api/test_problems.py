"""Bodies that can't be read, addresses and methods that are not there: always a problem in the same shape, never a fault."""

from typing import Any

import pytest

from readiness.api.reading import DEEPEST, LARGEST_BODY
from readiness.assessments.models import Gap
from tests.api.stage import API, Stage, by, problem, send
from tests.cast import Cast

DEEP = "[" * (DEEPEST + 5) + "]" * (DEEPEST + 5)


def register(cast: Cast, body: Any, content_type: str = "application/json") -> Any:
    return by(cast.rob).generic("POST", f"{API}/services", body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("{", 400, "no JSON"),
        ("nonsense", 400, "no JSON"),
        ('{"slug": NaN}', 400, "NaN is no JSON"),
        ('{"slug": Infinity}', 400, "Infinity is no JSON"),
        (b'{"slug": "\xff"}', 400, "byte 11"),
        ('{"slug": "a\\u0000b"}', 400, "no NUL"),
        ('{"slug": "\\ud800"}', 400, "half of a character pair"),
        ('{"\\u0000": 1}', 400, "no NUL"),
        (DEEP, 400, "nested deeper than 64"),
        ("[" * 100_000, 400, "nested deeper than 64"),
        ("1" * 5000, 400, "number without end"),
        (f'{{"description": "{"x" * LARGEST_BODY}"}}', 413, "1 MiB"),
        (f'{{"description": "{"x" * 12 * LARGEST_BODY}"}}', 413, "1 MiB"),
        ("", 422, "Field required"),
        ("null", 422, ""),
        ("[]", 422, ""),
        ("{}", 422, "slug: Field required. name: Field required. team: Field required."),
    ],
    ids=range(17),
)
def test_a_body_that_is_no_good(cast: Cast, body: str, status: int, words: str) -> None:
    problem(register(cast, body), status, "valid-request", words)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_media_type_is_refused(cast: Cast, media_type: str) -> None:
    problem(register(cast, '{"slug": "x"}', media_type), 415, "valid-request", "application/json")


def test_a_body_that_nobody_is_known_to_have_sent_is_not_read(cast: Cast) -> None:
    problem(send(by(), "POST", f"{API}/services", "{"), 401)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "services/",
        "nonsense",
        "services/a/b/c",
        "services/%00",
        "services/ä",
        "gaps/x",
        "gaps/-1",
        "reviews/1/packet/",
        "services//gate",
    ],
)
def test_an_address_that_is_not_there(cast: Cast, path: str) -> None:
    for client in (by(), by(cast.ada)):
        problem(client.get(f"{API}/{path}"), 404)


def test_everything_else_under_api_is_a_problem_too(db: None) -> None:
    problem(by().get("/api/"), 404)
    problem(by().get("/api/v2/services"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "services/checkout", "GET, PATCH"),
        ("PUT", "services", "GET, POST"),
        ("POST", "services/checkout/gate", "GET"),
    ],
)
def test_a_method_that_is_not_there(cast: Cast, method: str, path: str, allowed: str) -> None:
    answer = by(cast.ada).generic(method, f"{API}/{path}")
    problem(answer, 405, "method")
    assert answer["Allow"] == allowed


def test_a_number_beyond_every_database(cast: Cast) -> None:
    problem(send(by(cast.theo), "PATCH", f"{API}/gaps/{10**30}", {"plan": "x", "version": 1}), 404)
    problem(by(cast.theo).get(f"{API}/reviews/{10**30}/packet"), 404)


def test_a_fault_is_a_problem_and_is_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    Gap.objects.filter(pk=stage.gap.pk).update(gate="nonsense")
    answer = by(stage.cast.theo).get(f"{API}/gaps")
    problem(answer, 500, "fault", "X-Request-ID")
    assert answer["X-Request-ID"]
    assert "api-fault" in caplog.text
    assert "nonsense" not in answer.content.decode()
