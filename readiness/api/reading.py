"""How bodies and queries are read: JSON of bounded size and depth, and no text that a database can't store."""

import json
from typing import Any, NoReturn, cast

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from readiness.accounts.api.contract import InvalidRequest
from readiness.accounts.policy import Refused

LARGEST_BODY = 1024 * 1024
DEEPEST = 64


class Unreadable(Refused):
    """400, 413 or 415: the body is not what this interface takes."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__("valid-request", sentence)
        self.status = status


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Raises Unreadable."""
        if request.content_type != "application/json":
            raise Unreadable(415, "Send the body as Content-Type: application/json.")
        if len(request.body) > LARGEST_BODY:
            raise Unreadable(413, "A body of JSON has at most 1 MiB.")
        try:
            text = request.body.decode()
        except UnicodeDecodeError as error:
            raise Unreadable(400, f"The body is no UTF-8: byte {error.start + 1} can't be read.") from error
        return cast("dict[str, Any]", _read(text))

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """A query, or the fields and files of a form. Raises InvalidRequest, Unreadable."""
        if data is not request.GET and request.content_type != "multipart/form-data":
            raise Unreadable(415, "Send the report and what is said about it as Content-Type: multipart/form-data.")
        for name, values in data.lists():
            if any("\x00" in str(value) for value in values):
                raise InvalidRequest({name[:100].replace("\x00", ""): "Text holds no NUL."})
        return super().parse_querydict(data, list_fields, request)


def _read(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Unreadable(
            400, f"The body is no JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from error
    except (RecursionError, ValueError) as error:  # nested without end; a number of more than 4,300 digits
        raise Unreadable(400, f"The body is nested deeper than {DEEPEST}, or holds a number without end.") from error
    _check(value, 1)
    return value


def _no_number(word: str) -> NoReturn:
    raise Unreadable(400, f"{word} is no JSON.")


def _check(value: object, depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable(400, f"The body is nested deeper than {DEEPEST}.")
    match value:
        case dict():
            for key, part in value.items():
                _check(key, depth + 1)
                _check(part, depth + 1)
        case list():
            for part in value:
                _check(part, depth + 1)
        case str() if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise Unreadable(400, "Text holds no NUL and no half of a character pair.")
