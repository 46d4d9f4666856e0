"""Making an issue on GitHub or GitLab, and finding one that was made before.

https://docs.github.com/en/rest/issues/issues · https://docs.gitlab.com/api/issues/

A call that makes an issue may succeed and its answer be lost. So one is looked for first, in the list of issues since it was
asked for: the search of GitHub follows minutes later, its list at once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from readiness.checks.types._apis import is_out_of_calls
from readiness.checks.types._code_host import Repository
from readiness.egress import Fault, Request, Response, Steps

A_PAGE, MOST_PAGES = 100, 10
CLOCKS_DIFFER_BY = timedelta(hours=1)
LONGEST_URL = 500


@dataclass(frozen=True, slots=True)
class Made:
    url: str
    name: str


class TrackerError(Exception):
    """No issue; the text is a sentence. `is_final`: trying again would change nothing. `headers` may ask for patience."""

    def __init__(self, sentence: str, *, is_final: bool = False, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.is_final = is_final
        self.headers = headers or {}


def look_for(place: Repository, marker: str, since: datetime) -> Steps[Made | None]:
    """The issue that has `marker` in its text, of those since then. Raises TrackerError when that can't be told."""
    for page in range(1, MOST_PAGES + 1):
        (answer,) = yield [place.get("issues", _asked(place, since - CLOCKS_DIFFER_BY, page))]
        issues = _read(place, answer, 200, "list the issues of")
        if not isinstance(issues, list) or not all(isinstance(one, dict) for one in issues):
            raise TrackerError(f"{place.host} answered with no list of issues; is the address that of its API?")
        for issue in issues:
            if marker in str(issue.get("body" if place.is_github else "description") or ""):
                return _made(place, issue)
        if len(issues) < A_PAGE:
            return None
    raise TrackerError(
        f"More than {A_PAGE * MOST_PAGES} issues of {place.path} changed since this one was asked for; whether it is among "
        "them can't be told, and it is not made twice.",
        is_final=True,
    )


def _asked(place: Repository, since: datetime, page: int) -> dict[str, object]:
    common = {"per_page": A_PAGE, "page": page}
    if place.is_github:
        return {
            "state": "all",
            "sort": "created",
            "direction": "desc",
            "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
            **common,
        }
    return {
        "scope": "all",
        "order_by": "created_at",
        "sort": "desc",
        "created_after": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        **common,
    }


def make(place: Repository, title: str, text: str) -> Steps[Made]:
    """Raises TrackerError, also when it may have been made and the answer was lost."""
    said = {"title": title, "body" if place.is_github else "description": text}
    (answer,) = yield [_posted(place.get("issues"), said)]
    return _made(place, _read(place, answer, 201, "make an issue in"))


def _posted(request: Request, said: Mapping[str, str]) -> Request:
    headers = {**request.headers, "Content-Type": "application/json"}
    return replace(request, method="POST", headers=headers, body=json.dumps(said).encode(), follow_redirects=False)


def _made(place: Repository, issue: Any) -> Made:
    url_name, number_name = ("html_url", "number") if place.is_github else ("web_url", "iid")
    said = issue if isinstance(issue, dict) else {}
    url, number = str(said.get(url_name) or ""), said.get(number_name)
    if not url.startswith(("https://", "http://")) or len(url) > LONGEST_URL or not isinstance(number, int):
        raise TrackerError(f"{place.host} answered without the address of the issue; is the address that of its API?")
    return Made(url, f"{place.path}#{number}")


def _read(place: Repository, answer: Response, wanted: int, what: str) -> Any:
    if answer.fault and answer.fault is not Fault.TOO_LARGE:
        raise TrackerError(f"{place.host} gave no answer: {answer.problem or answer.fault}")
    if answer.status != wanted:
        raise _refusal(place, answer, what)
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise TrackerError(
            f"{place.host} answered with something that is no JSON; is the address that of its API?"
        ) from error


def _refusal(place: Repository, answer: Response, what: str) -> TrackerError:
    status = answer.status or 0
    if is_out_of_calls(answer):
        return TrackerError(f"{place.host} takes no more calls for now.", headers=answer.headers)
    if status in {401, 403, 404}:
        sentence = f"{place.host} answered {status}: there is no {place.path}, or the stored token may not {what} it."
        return TrackerError(sentence, is_final=True)
    if status == 410:
        return TrackerError(f"{place.host} answered 410: {place.path} has its issues switched off.", is_final=True)
    if 300 <= status < 400:
        return TrackerError(
            f"{place.path} has moved: {place.host} answered {status}. Write its new address.", is_final=True
        )
    return TrackerError(f"{place.host} answered {status}.", is_final=status == 422)
