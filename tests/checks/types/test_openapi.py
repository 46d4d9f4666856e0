"""Which routes a document protects, and what of them is called."""

import json
import time
from typing import Any

import pytest

from readiness.assessments.outcome import Level, Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types._openapi import NO_ID, document_of
from readiness.checks.types.contract import UnreadableError, needs
from readiness.checks.types.http_authz import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.hostile import hold_out
from tests.checks.types.playing import POLICY, play, says, says_json, silence
from tests.infrastructure.slowness import slower
from tests.servers.api import Answer, Api, Call, api

GET = {"responses": {"200": {"description": "Fine."}}}
OPEN: dict[str, Any] = {**GET, "security": []}
PATHS: dict[str, Any] = {
    "/orders": {"get": GET, "post": GET},
    "/orders/{id}": {
        "parameters": [{"$ref": "#/components/parameters/id"}],
        "get": GET,
        "delete": GET,
    },
    "/me": {"get": {**GET, "security": [{"bearer": []}, {}]}},
    "/health": {"get": OPEN},
    "/refunds": {"post": GET},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://elsewhere.example/api/{version}", "variables": {"version": {"default": "v1"}}}],
    "security": [{"bearer": []}],
    "paths": PATHS,
    "components": {"parameters": {"id": {"name": "id", "in": "path", "schema": {"type": "string", "format": "uuid"}}}},
}
YAML = """
openapi: 3.0.3
security:
  - bearer: []
paths:
  /orders:
    get:
      responses: {}
  /health:
    get:
      security: []
"""


def answered(content: object) -> Response:
    return says_json(content)(Request("https://a/openapi.json"))


def protected(content: object) -> list[str]:
    return [f"{one.method} {one.path}" for one in document_of(answered(content)).protected]


def test_what_counts_is_the_operations_own_security_else_the_documents() -> None:
    document = document_of(answered(DOCUMENT))
    assert [f"{one.method} {one.path}" for one in document.protected] == [
        "GET /api/v1/orders",
        f"GET /api/v1/orders/{NO_ID}",
    ]
    assert document.left_open == ["GET /api/v1/me", "GET /api/v1/health"]
    assert document.untried == 1


def test_version_2_and_yaml_are_read_too() -> None:
    assert protected(
        {"swagger": "2.0", "basePath": "/v2", "security": [{"key": []}], "paths": {"/a": {"head": {}}}}
    ) == ["HEAD /v2/a"]
    yaml = document_of(says(200, YAML, "application/yaml")(Request("https://a/openapi.yaml")))
    assert [one.path for one in yaml.protected] == ["/orders"]
    assert yaml.left_open == ["GET /health"]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, "0"),
        ({"type": "string"}, "readiness-probe"),
        ({"type": ["string", "null"]}, "0"),
        ({"enum": ["a/b"]}, "a%2Fb"),
        ({"$ref": "#/components/schemas/Id"}, NO_ID),
        ({"$ref": "https://elsewhere.example/schema.json"}, "0"),
        ({"$ref": "#/components/schemas/Loop"}, "0"),
        (None, "0"),
    ],
)
def test_made_up_values_are_of_the_right_kind(schema: object, value: str) -> None:
    parameter = {"name": "id", "in": "path", "schema": schema}
    schemas = {"Id": {"type": "string", "format": "uuid"}, "Loop": {"$ref": "#/components/schemas/Loop"}}
    content = {
        "openapi": "3.1.0",
        "security": [{"a": []}],
        "paths": {"/x/{id}": {"get": {"parameters": [parameter]}}},
        "components": {"schemas": schemas},
    }
    assert protected(content) == [f"GET /x/{value}"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "is no OpenAPI document"),
        ("<html><title>Sign in</title>", "is no OpenAPI document"),
        ("{", "no JSON that can be read"),
        ("[" * 100_000, "no JSON that can be read"),
        ('{"paths": {}}', "is no OpenAPI document"),
        ("a: [b", "can't be read"),
        ("a: &x [*x]", "can't be read"),
        ("a: b\n" * 200_000, "offer it as JSON"),
    ],
)
def test_what_is_no_document_is_said(body: str, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        document_of(says(200, body)(Request("https://a/")))


# With the service


def service(call: Call) -> Answer:
    """Knows order 7 only, and asks for a token before it looks."""
    if call.path == "/openapi.json":
        return Answer(DOCUMENT)
    token = call.headers.get("authorization", "")
    if not token:
        return Answer({"title": "Who are you?"}, 401, {"WWW-Authenticate": "Bearer"})
    return Answer({"title": "No."}, 403 if call.path == "/api/v1/orders" else 404)


def config(server: Api, **more: object) -> Config:
    told = {"base_url": server.url, "openapi_url": f"{server.url}/openapi.json"}
    return Config.model_validate({**told, **more})


def test_the_documents_routes_are_tried_on_the_service_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with api(service) as server:
        monkeypatch.setenv("CHECK_SECRET_R", f"{server.url} reader")
        header = "Authorization: Bearer ${CHECK_SECRET_R}"
        outcome = Egress(POLICY).run(run(config(server, low_privilege_header=header)))
        called = [(call.method, call.path) for call in server.calls[1:]]
    assert outcome.result is Result.PASS, outcome
    assert set(called) == {("GET", "/api/v1/orders"), ("GET", f"/api/v1/orders/{NO_ID}")}
    assert {name: outcome.figures[name] for name in ("routes", "protected", "open", "only_writing")} == {
        "routes": 2,
        "protected": 2,
        "open": 2,
        "only_writing": 1,
    }
    assert {finding.rule for finding in outcome.findings if finding.level is Level.INFO} == {
        "open-by-document",
        "not-told",
    }


def played(document: object, answer: int, **more: object) -> Outcome:
    def answers(request: Request) -> Response:
        return (says_json(document) if "openapi" in request.url else says(answer))(request)

    told = {"base_url": "http://a", "openapi_url": "http://a/openapi.json", "everybody_signed_in_may": True}
    return play(run(Config.model_validate({**told, **more})), answers)


def test_a_route_that_is_open_fails() -> None:
    assert played(DOCUMENT, 200).result is Result.FAIL
    assert played(DOCUMENT, 500).result is Result.FAIL
    assert played(DOCUMENT, 401).result is Result.PASS


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_a_made_up_value_is_answered_says_nothing(status: int) -> None:
    outcome = played(DOCUMENT, status)
    assert outcome.result is Result.UNKNOWN
    assert "to a made-up value" in outcome.reason
    assert played(DOCUMENT, status, openapi_url=None, routes=[{"path": "/orders"}]).result is Result.FAIL


def test_a_document_that_protects_nothing_is_unknown() -> None:
    nothing = played({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}, 401)
    assert nothing.result is Result.UNKNOWN
    assert "protects no route" in nothing.reason
    writing = played({"openapi": "3.1.0", "security": [{"a": []}], "paths": {"/a": {"post": {}}}}, 401)
    assert "only routes that write (1)" in writing.reason
    assert played({"openapi": "3.1.0"}, 401, routes=[{"path": "/x"}]).result is Result.PASS


def test_a_base_address_that_ends_as_the_documents_paths_begin_is_not_doubled() -> None:
    asked: list[str] = []

    def answers(request: Request) -> Response:
        asked.append(request.url)
        return (says_json(DOCUMENT) if "openapi" in request.url else says(401))(request)

    told = {"base_url": "http://a/api/v1/", "openapi_url": "http://a/openapi.json", "everybody_signed_in_may": True}
    assert play(run(Config.model_validate(told)), answers).result is Result.PASS
    assert asked[1] == "http://a/api/v1/orders"


def test_no_more_than_a_hundred_routes_are_tried() -> None:
    many = {"openapi": "3.1.0", "security": [{"a": []}], "paths": {f"/r{place}": {"get": {}} for place in range(500)}}
    outcome = played(many, 401)
    assert outcome.figures["routes"] == 100
    assert [finding.rule for finding in outcome.findings if finding.rule != "no-challenge"] == ["not-all-tried"]


def test_routes_or_a_document_are_needed() -> None:
    assert needs(TYPES["http_authz"], {"base_url": "http://a"}) == [
        "The protected routes, or the OpenAPI document to find them in, are missing."
    ]


@pytest.mark.parametrize("fault", Fault)
def test_a_document_that_gives_no_answer_is_unknown(fault: Fault) -> None:
    told = {"base_url": "http://a", "openapi_url": "http://a/openapi.json"}
    assert play(run(Config.model_validate(told)), silence(fault)).result is Result.UNKNOWN


def test_a_large_document_costs_no_more_than_seconds() -> None:
    started = time.process_time()
    paths = "".join(f"  /r{place}:\n    get:\n      security: []\n" for place in range(8000))
    with pytest.raises(UnreadableError):
        document_of(says(200, f"openapi: 3.1.0\n{paths}" + "# " + "x" * 100_000)(Request("https://a/")))
    references = {"$ref": "#/" + "/".join(["a"] * 1000)}
    deep = {
        "openapi": "3.1.0",
        "security": [{"a": []}],
        "paths": {f"/{{x}}{n}": {"get": {"parameters": [references] * 50}} for n in range(300)},
    }
    assert len(json.dumps(deep)) > 1_000_000
    document_of(answered(deep))
    assert time.process_time() - started < 8 * slower()


def test_any_answer_gives_an_outcome() -> None:
    words = "openapi swagger paths /a /a/{id} get post security servers url default parameters name in path schema type $ref"
    told = {"base_url": "http://a", "openapi_url": "http://a/openapi.json", "everybody_signed_in_may": True}
    hold_out(lambda: run(Config.model_validate(told)), *words.split(), "#/paths", "enum", "format", "uuid", "basePath")
