"""Which routes an OpenAPI document protects, and how to call them without doing harm.

Reads versions 2 and 3, as JSON or YAML. A route is protected when the security that counts for it (its own, else the document's)
asks for something in each of its alternatives. Only methods that read are called; a path's parameters are filled with values that
belong to nothing. References are followed within the document and nowhere else.
https://spec.openapis.org/oas/latest.html#security-requirement-object
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from readiness.assessments.formats import contract as formats
from readiness.assessments.formats._yaml import read_yaml
from readiness.checks.types.contract import UnreadableError
from readiness.egress import Fault, Response

READING = ("GET", "HEAD")
WRITING = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
LONGEST_YAML = 400_000  # characters; JSON is read up to what is fetched at all
MOST_PATHS = 2000
PARAMETER = re.compile(r"\{([^{}/]{1,100})\}")
MADE_UP = {"integer": "0", "number": "0", "boolean": "false"}
NO_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Operation:
    """`path`: filled in, after the server's own prefix. `is_made_up`: a parameter's value was invented for it."""

    method: str
    path: str
    is_protected: bool
    is_made_up: bool = False

    @property
    def is_reading(self) -> bool:
        return self.method in READING


@dataclass(frozen=True, slots=True)
class Document:
    operations: tuple[Operation, ...]

    @property
    def protected(self) -> list[Operation]:
        """What can be tried: one method a path is enough, GET before HEAD."""
        first: dict[str, Operation] = {}
        for operation in self.operations:
            if operation.is_protected and operation.is_reading:
                first.setdefault(operation.path, operation)
        return list(first.values())

    @property
    def left_open(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.operations if not one.is_protected]

    @property
    def untried(self) -> int:
        """Protected routes that only write."""
        tried = {one.path for one in self.protected}
        return len({one.path for one in self.operations if one.is_protected} - tried)


def document_of(answer: Response) -> Document:
    """Raises UnreadableError with a sentence."""
    if answer.fault is Fault.TOO_LARGE:
        raise UnreadableError(
            "The OpenAPI document is larger than a megabyte, which is not read; list the routes instead."
        )
    if answer.fault:
        raise UnreadableError(f"The OpenAPI document gave no answer: {answer.problem or answer.fault}")
    if answer.status != 200:
        raise UnreadableError(f"The OpenAPI document's address answered {answer.status}.")
    content = _parsed(answer.text)
    if not isinstance(content, dict) or not {"openapi", "swagger"} & content.keys():
        raise UnreadableError("What stands at the OpenAPI document's address is no OpenAPI document.")
    return Document(tuple(_operations(content)))


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("The OpenAPI document is no JSON that can be read.") from error
    if len(text) > LONGEST_YAML:
        raise UnreadableError("The OpenAPI document is too large to be read as YAML; offer it as JSON.")
    try:
        return next(iter(read_yaml(text)), None)
    except formats.UnreadableError as problem:
        raise UnreadableError(f"The OpenAPI document can't be read. {problem}") from problem


def _operations(content: Mapping[str, Any]) -> Iterator[Operation]:
    prefix = _prefix(content)
    for path, written in list(_fields(content.get("paths")).items())[:MOST_PATHS]:
        item = _fields(written)
        for method in (*READING, *WRITING):
            operation = item.get(method.lower())
            if isinstance(operation, dict) and re.fullmatch(r"/[^\s\x00-\x1f\x7f\\?#]{0,500}", path):
                filled = _filled(
                    path, [*_entries(item.get("parameters")), *_entries(operation.get("parameters"))], content
                )
                security = operation["security"] if "security" in operation else content.get("security")
                yield Operation(method, prefix + filled, _asks(security), PARAMETER.search(path) is not None)


def _asks(security: Any) -> bool:
    """An empty list asks for nothing, and neither does a list in which one alternative is empty."""
    return bool(_entries(security)) and all(isinstance(one, dict) and one for one in _entries(security))


def _filled(path: str, parameters: list[Any], content: Mapping[str, Any]) -> str:
    told = {}
    for parameter in (_resolved(one, content) for one in parameters):
        schema = _resolved(parameter.get("schema") or parameter, content)
        if parameter.get("in") == "path" and isinstance(parameter.get("name"), str):
            told[parameter["name"]] = _made_up(schema)
    return PARAMETER.sub(lambda found: told.get(found[1], "0"), path)


def _made_up(schema: Mapping[str, Any]) -> str:
    """A value of the right kind that belongs to nothing."""
    choices = [one for one in _entries(schema.get("enum")) if isinstance(one, str | int)]
    if choices:
        return quote(str(choices[0])[:100], safe="")
    if schema.get("format") == "uuid":
        return NO_ID
    kind = schema.get("type")
    return MADE_UP.get(kind, "readiness-probe") if isinstance(kind, str) else "0"


def _resolved(value: Any, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """`#/components/parameters/id` → what stands there; nothing for a reference that leads out, or on."""
    reference = _fields(value).get("$ref")
    if reference is None:
        return _fields(value)
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return {}
    found: Any = content
    for step in reference[2:].split("/")[:10]:
        found = _fields(found).get(unquote(step).replace("~1", "/").replace("~0", "~"))
    return _fields(found) if "$ref" not in _fields(found) else {}


def _prefix(content: Mapping[str, Any]) -> str:
    """The path of the first server (version 3) or the base path (version 2), without a slash at its end."""
    server = _fields(next(iter(_entries(content.get("servers"))), None))
    written = server.get("url", content.get("basePath", ""))
    variables = _fields(server.get("variables"))
    text = PARAMETER.sub(lambda found: str(_fields(variables.get(found[1])).get("default", "")), str(written)[:500])
    try:
        path = urlsplit(text).path.rstrip("/")
    except ValueError:
        return ""
    return path if re.fullmatch(r"(?:/[^\s\x00-\x1f\x7f\\?#{}]*)?", path) else ""


def _fields(value: Any) -> dict[str, Any]:
    return {key: inner for key, inner in value.items() if isinstance(key, str)} if isinstance(value, dict) else {}


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
