"""A faulty request gets a clean error: no stack trace, no debug page, no SQL, and a body of the declared kind.

Sends an unknown path, malformed JSON, an unknown method, a null byte, bytes that are no text, a very long query, a
large body. Passes when at least one was answered with an error, no answer shows internals, and each error body is of
the declared kind. A 5xx answer is allowed; what it says is judged. Why:
https://owasp.org/www-community/Improper_Error_Handling
"""

import json
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from readiness.assessments.outcome import Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types._pages import is_html
from readiness.checks.types.contract import CheckConfig, HttpAddress, Path, bounded, joined, plural
from readiness.egress import Request, Response, Steps

Phrase = Annotated[str, Field(min_length=3, max_length=200)]

# Every repetition has an end: an answer of a megabyte is read in a moment, whatever it holds.
LEAKS: dict[str, re.Pattern[str]] = {
    "a Python traceback": re.compile(r"Traceback \(most recent call last\)"),
    "a Java stack trace": re.compile(r"\bat [\w.$/<>]{3,200}\([\w$ .]{1,100}:\d{1,6}\)|Exception in thread \""),
    "a Go stack trace": re.compile(r"goroutine \d{1,9} \["),
    "a JavaScript stack trace": re.compile(r"\bat [^\n()]{1,200}\((?:file://|node:|/)[^\n()]{1,200}:\d{1,6}:\d{1,6}\)"),
    "a .NET stack trace": re.compile(r"\bat [\w.`<>]{3,200}\([^\n()]{0,200}\) in [^\n]{1,300}:line \d{1,6}"),
    "a PHP error": re.compile(
        r"(?:Fatal error|Warning|Notice)</?b?>?: {1,3}[^\n]{1,300} on line <?b?>?\d|#0 /[^\n]{1,200}\(\d{1,6}\)"
    ),
    "a Ruby backtrace": re.compile(r"\.rb:\d{1,6}:in [`']"),
    "a Rust panic": re.compile(r"thread '[^']{1,60}' (?:\(\d{1,12}\) )?panicked at"),
    "an SQL error": re.compile(
        r"SQLSTATE\[?\s?\w{0,5}|\bORA-\d{5}\b|You have an error in your SQL syntax|PG::[A-Z]\w{2,40}Error"
        r"|psycopg2?\.(?:errors\.)?[A-Z]\w{2,40}|sqlite3\.[A-Z]\w{2,40}Error|unterminated quoted string at or near"
    ),
    "Django's debug page": re.compile(r"You're seeing this error because you have <code>DEBUG = True</code>"),
    "Werkzeug's debugger": re.compile(r"Werkzeug Debugger|__debugger__=yes"),
    "a framework's debug page": re.compile(
        r"Action Controller: Exception caught|Whoops\\Exception|Whoops! There was an error"
        r"|Server Error in '[^'\n]{0,60}' Application|id=\"ignition|<title>[^<\n]{0,100}DeveloperExceptionPage"
    ),
}
LONG_QUERY = "q=" + "a" * 7000
LARGE_BODY = b'{"readiness": "' + b"a" * 300_000


class Config(CheckConfig):
    base_url: HttpAddress = Field(
        title="Base address",
        description="Where the service answers; the faulty requests go here.",
        examples=["https://checkout.example.com"],
    )
    fault_paths: tuple[Path, ...] = Field(
        default=(),
        max_length=20,
        title="Further paths that fail",
        description="Paths known to answer with an error, and paths that read a body: each gets a plain and a malformed request.",
        examples=[["/api/orders", "/debug/raise"]],
    )
    error_type: Literal["json", "html", "any"] = Field(
        default="json",
        title="Kind of error body",
        description="What a caller is promised to get with an error. An empty body is accepted for each.",
        examples=["json"],
    )
    patterns: tuple[Phrase, ...] = Field(
        default=(),
        max_length=30,
        title="Further texts that must not appear",
        description="Plain text (no expressions) that would give internals away, in upper or lower case.",
        examples=[["com.example.checkout.", "/srv/app/"]],
    )


def run(config: Config) -> Steps[Outcome]:
    faulty = _faulty_requests(config)
    answers = yield [request for _name, request in faulty]
    named = [(name, answer) for (name, _request), answer in zip(faulty, answers, strict=True)]
    errors = [answer for answer in answers if not answer.fault and (answer.status or 0) >= 400]
    problems = [problem for name, answer in named if (problem := _problem(config, name, answer))]
    silences = [_silence(name, answer) for name, answer in named if answer.fault]
    figures = {"requests": len(answers), "errors": len(errors), "leaks": len(problems), "silent": len(silences)}
    findings = bounded([*problems, *silences])
    if problems:
        return failed(joined(problem.message for problem in problems), figures, findings)
    if silences:
        return unknown(joined(silence.message for silence in silences), figures, findings)
    if not errors:
        return unknown("No faulty request was answered with an error, so there is none to judge.", figures)
    return passed(f"{plural(len(answers), 'faulty request')} got {plural(len(errors), 'clean error')}.", figures)


def _faulty_requests(config: Config) -> list[tuple[str, Request]]:
    base = config.base_url.rstrip("/")
    malformed = {"Content-Type": "application/json"}
    requests = [
        ("An unknown path", Request(f"{base}/readiness-probe-no-such-page")),
        ("Malformed JSON", Request(f"{base}/", "POST", malformed, b'{"readiness": [')),
        ("An unknown method", Request(f"{base}/", "BREW")),
        ("A null byte", Request(f"{base}/%00")),
        ("Bytes that are no text", Request(f"{base}/%ff%fe?id=%ff")),
        ("A quotation mark", Request(f"{base}/?id=%27")),
        ("A very long query", Request(f"{base}/?{LONG_QUERY}")),
        ("A large body", Request(f"{base}/", "POST", malformed, LARGE_BODY)),
    ]
    for path in config.fault_paths:
        requests.append((f"GET {path}", Request(base + path)))
        requests.append((f"Malformed JSON to {path}", Request(base + path, "POST", malformed, b'{"readiness": [')))
    # Where a redirect leads is another request, and not a faulty one.
    return [(name, _unfollowed(request)) for name, request in requests]


def _unfollowed(request: Request) -> Request:
    return Request(request.url, request.method, request.headers, request.body, follow_redirects=False)


def _problem(config: Config, name: str, answer: Response) -> Finding | None:
    where = f"{answer.request.method} {answer.request.url[:300]}"
    # A body that was cut off is searched too: half a stack trace is one.
    if leak := _leak(config.patterns, answer.text):
        return Finding("leak", Level.ERROR, f"{name} was answered {answer.status} with {leak}.", where)
    if answer.fault or (answer.status or 0) < 400 or _is_declared_kind(config.error_type, answer):
        return None
    kind = answer.headers.get("content-type", "no content type")[:80]
    message = f"{name} was answered {answer.status} with {kind}, not the {config.error_type.upper()} that callers are promised."
    return Finding("wrong-kind", Level.ERROR, message, where)


def _leak(phrases: Sequence[str], text: str) -> str:
    for name, pattern in LEAKS.items():
        if pattern.search(text):
            return name
    lowered = text.lower()
    return next((f"the text “{phrase}”" for phrase in phrases if phrase.lower() in lowered), "")


def _is_declared_kind(kind: str, answer: Response) -> bool:
    if kind == "any" or not answer.body.strip():
        return True
    return is_html(answer) if kind == "html" else _is_json(answer)


def _is_json(answer: Response) -> bool:
    try:
        json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return "json" in answer.headers.get("content-type", "").lower()


def _silence(name: str, answer: Response) -> Finding:
    message = f"{name} got no answer: {answer.problem or answer.fault}"
    return Finding("no-answer", Level.WARNING, message, f"{answer.request.method} {answer.request.url[:300]}")
