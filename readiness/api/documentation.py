"""The OpenAPI document, and the page that shows it in our look: plain HTML, no script from anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from readiness.api.problems import KINDS, MEDIA_TYPE

METHODS = ("get", "post", "patch", "put", "delete")
type Json = dict[str, Any]


def tidy(schema: Json) -> Json:
    """Ninja declares every answer as plain JSON; a problem is a media type of its own."""
    for operation in operations_of(schema):
        for answer in operation["responses"].values():
            content = answer.get("content", {})
            if content.get("application/json", {}).get("schema", {}).get("$ref", "").endswith("/Problem"):
                answer["content"] = {MEDIA_TYPE: content["application/json"]}
        for form in _forms_of(operation):
            form["additionalProperties"] = False  # a field that nobody knows is refused, as in every body
    schema["servers"] = [{"url": settings.BASE_URL}]
    return schema


def _forms_of(operation: Json) -> Iterator[Json]:
    for media_type, part in operation.get("requestBody", {}).get("content", {}).items():
        if media_type == "multipart/form-data":
            yield part["schema"]


def operations_of(schema: Json) -> Iterator[Json]:
    for path in schema["paths"].values():
        for method in METHODS:
            if method in path:
                yield path[method]


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a member of a body or an answer, as a row."""

    name: str
    kind: str
    is_required: bool
    note: str


@dataclass(frozen=True, slots=True)
class Call:
    id: str
    method: str
    path: str
    summary: str
    parameters: list[Field]
    body: list[Field]
    body_is: str
    answer: list[Field]
    statuses: list[int]
    takes_token: bool
    is_open: bool


@require_safe
def page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    schema = api.get_openapi_schema()
    groups: dict[str, list[Call]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                groups.setdefault(operation["tags"][0], []).append(_call(schema, path, method, operation))
    context = {"groups": groups, "kinds": KINDS.values(), "base_url": settings.BASE_URL, "description": api.description}
    return render(request, "api/docs.html", context)


def _call(schema: Json, path: str, method: str, operation: Json) -> Call:
    success = next(status for status in operation["responses"] if status < 300)
    answer = operation["responses"][success].get("content", {}).get("application/json", {}).get("schema", {})
    media_type, body = _body_of(operation)
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=str(operation.get("description") or operation["summary"]),
        parameters=[
            Field(p["name"], kind_of(schema, p["schema"]), p["required"], p.get("description", ""))
            for p in operation["parameters"]
        ],
        body=_fields(schema, body),
        body_is=media_type,
        answer=_fields(schema, answer),
        statuses=sorted(operation["responses"]),
        is_open={} in operation.get("security", []),
        takes_token=any("ServiceToken" in way for way in operation.get("security", [])),
    )


def _body_of(operation: Json) -> tuple[str, Json]:
    """(media type, schema); empty where the call takes no body."""
    content = operation.get("requestBody", {}).get("content", {})
    return next(((media_type, part.get("schema", {})) for media_type, part in content.items()), ("", {}))


def _fields(schema: Json, part: Json, prefix: str = "") -> list[Field]:
    """The members of an object, and theirs beneath them: `items[].gap.due_on`."""
    found = _resolved(schema, part)
    required = set(found.get("required", ()))
    fields = []
    for name, member in found.get("properties", {}).items():
        fields.append(Field(prefix + name, kind_of(schema, member), name in required, member.get("description", "")))
        inner, mark = _inner(schema, member)
        fields += _fields(schema, inner, f"{prefix}{name}{mark}.")
    return fields


def _inner(schema: Json, member: Json) -> tuple[Json, str]:
    """What a member is made of, and how its path goes on."""
    for choice in member.get("anyOf", [member]):
        if choice.get("type") == "array":
            return _resolved(schema, choice.get("items", {})), "[]"
        if "$ref" in choice:
            return _resolved(schema, choice), ""
    return {}, ""


def _resolved(schema: Json, part: Json) -> Json:
    reference = part.get("$ref", "")
    found: Json = schema["components"]["schemas"][reference.rsplit("/", 1)[-1]] if reference else part
    return found


def kind_of(schema: Json, member: Json) -> str:
    """`string or null`, `go | no_go`, `object[]`: what a member may be, in a word or two."""
    member = _resolved(schema, member)
    if "anyOf" in member:
        return " or ".join(dict.fromkeys(kind_of(schema, choice) for choice in member["anyOf"]))
    if "enum" in member:
        return " | ".join(str(value) for value in member["enum"])
    kind = str(member.get("type", "any"))
    if kind == "array":
        return f"{kind_of(schema, member.get('items', {}))}[]"
    return str(member.get("format", kind)) if kind == "string" else kind
