"""The shapes that all calls share: problems, pages, days, versions.

Bodies are strict: a field that nobody knows is a typing error that would otherwise do nothing, silently.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from django.core.paginator import EmptyPage, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from readiness.accounts.models import Team, User
from readiness.accounts.policy import Refused

PER_PAGE = 50
LARGEST_VERSION = 2**31 - 1
IF_MATCH = re.compile(r'(?:W/)?"?(\d{1,10})"?', re.ASCII)


class Problem(BaseModel):
    """RFC 9457: `application/problem+json`. `rule` is the rule that says no, in the product's words."""

    type: str = Field(description="What kind of problem this is: an address in the documentation of this interface.")
    title: str
    status: int
    detail: str = Field(description="A sentence that says what would satisfy the rule.")
    rule: str
    problems: dict[str, str] | None = Field(
        None, description="Field → what is wrong with it, where a body or query was."
    )
    current: dict[str, Any] | None = Field(None, description="409: what stands there now.")


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Paged(BaseModel):
    """`total` rows on `pages` pages; a page behind the last is empty."""

    page: int
    pages: int
    per_page: int
    total: int


PageNumber = Annotated[int, Query(ge=1, le=100_000, description=f"Pages have {PER_PAGE} rows.")]


def answers(status: int, model: Any, *problems: int) -> dict[int, Any]:
    """The declared answers of a call: its own, and the problems it may end with. Every call can end with 401 and 429."""
    return {status: model} | dict.fromkeys(sorted({401, 429, *problems}), Problem)


def page_of[M: Model](rows: QuerySet[M], number: int) -> tuple[list[M], dict[str, int]]:
    """The rows of one page, and the figures of `Paged`. Two statements."""
    paginator = Paginator(rows, PER_PAGE)
    figures = {"page": number, "pages": paginator.num_pages, "per_page": PER_PAGE, "total": paginator.count}
    try:
        return list(paginator.page(number)), figures
    except EmptyPage:
        return [], figures


def _read_day(value: object) -> date:
    """Pydantic alone would take numbers, and times of a day; and a year that no calendar on a page can show."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"20\d\d-\d\d-\d\d", value, re.ASCII):
        raise ValueError("write a day as 2026-03-09")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("there is no such day") from error


Day = Annotated[date, BeforeValidator(_read_day), Field(examples=["2026-03-09"])]
Version = Annotated[
    int,
    Field(strict=True, ge=1, le=LARGEST_VERSION, description="The version you read; also as If-Match. Stale: 409."),
]


def version_seen(request: HttpRequest, given: int | None) -> int:
    """The version that the caller has read: from the body or from `If-Match`. Raises Refused for none, or for two."""
    header = request.headers.get("If-Match")
    if header is None:
        if given is None:
            raise InvalidRequest({"version": "Say which version you have read, here or as If-Match."})
        return given
    found = IF_MATCH.fullmatch(header.strip())
    if not found or int(found[1]) > LARGEST_VERSION:
        raise InvalidRequest({"If-Match": 'A version as it was answered: If-Match: "3".'})
    if given is not None and given != int(found[1]):
        raise InvalidRequest({"version": "The body and If-Match name different versions."})
    return int(found[1])


class InvalidRequest(Refused):
    """422: the request itself is wrong; `problems` is field → sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("valid-request", " ".join(problems.values()))
        self.problems = dict(problems)


class Missing(Refused):
    """404 with a sentence of its own: the caller may know of the thing, and this part of it is not there yet."""

    def __init__(self, sentence: str) -> None:
        super().__init__("readable", sentence)


def address_of(person: User | None) -> str | None:
    """How this interface names people: by their mail address, which is theirs alone."""
    return person.email if person else None


def person_named(field: str, address: str | None) -> User | None:
    """Raises InvalidRequest for an address that no active person has."""
    if address is None:
        return None
    person: User | None = User.objects.active().filter(email=address.strip().lower()).first()
    if person is None:
        raise InvalidRequest({field: f"Nobody here has the address “{address[:100]}”."})
    return person


def team_named(field: str, slug: str, among: QuerySet[Team]) -> Team:
    """Raises InvalidRequest for a short name that none of the teams `among` has."""
    team = among.filter(slug=slug).first()
    if team is None:
        raise InvalidRequest({field: f"There is no team “{slug[:100]}” in which you may register services."})
    return team
