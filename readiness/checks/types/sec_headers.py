"""The service tells browsers to be careful, and tells nobody what it is made of.

Passes when the answer of an API carries HSTS for half a year and nosniff; that of a front end also a protection against
being framed, and neither the framework's name nor the server's version. What each is for:
https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from readiness.assessments.outcome import Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types.contract import CheckConfig, HttpAddress, Path, bounded, joined, plural, shortened
from readiness.egress import Request, Response, Steps

MAX_AGE = re.compile(r"(?:^|;)\s*max-age\s*=\s*\"?(\d{1,12})\"?\s*(?=;|$)", re.IGNORECASE)
VERSION = re.compile(r"\d+\.\d+|/\s*\d")
POWERED = ("x-powered-by", "x-aspnet-version", "x-aspnetmvc-version")
EVERYBODY = {"*", "http:", "https:", "http://*", "https://*"}
SECONDS_A_DAY = 86_400


class Config(CheckConfig):
    base_url: HttpAddress = Field(
        title="Base address",
        description="Where the service answers over https; its headers are judged.",
        examples=["https://checkout.example.com"],
    )
    path: Path = Field(
        default="/",
        title="Path",
        description="A page or resource that answers without signing in; it continues the base address.",
        examples=["/"],
    )
    kind: Literal["api", "frontend"] = Field(
        default="api",
        title="Kind",
        description="A front end is opened in a browser and needs all of the headers; an API needs two of them.",
        examples=["frontend"],
    )
    min_hsts_days: int = Field(
        default=180,
        ge=1,
        le=3650,
        title="HSTS for at least (days)",
        description="How long browsers are told to come back over https only.",
        examples=[180],
    )


def run(config: Config) -> Steps[Outcome]:
    url = config.base_url.rstrip("/") + config.path
    [answer] = yield [Request(url)]
    if answer.fault:
        return unknown(f"The service gave no answer: {answer.problem or answer.fault}")
    place = urlsplit(answer.url)
    if place.hostname != urlsplit(url).hostname:
        reason = (
            f"It leads to another host, {shortened(place.netloc, 100)}, whose headers say nothing of this service. "
        )
        return unknown(reason + "Name a path that answers by itself.")
    status = answer.status or 0
    if status >= 500 or status == 429:
        return unknown(f"The service answered {status}, which may come from something in front of it.")
    return _verdict(config, answer, [*_problems(config, answer)])


def _verdict(config: Config, answer: Response, findings: list[Finding]) -> Outcome:
    errors = [finding.message for finding in findings if finding.level is Level.ERROR]
    figures = {"status": answer.status, "hsts_days": _hsts_days(answer), "missing": len(errors)}
    if errors:
        return failed(joined(errors, most=6), figures, bounded(findings))
    what = "a front end" if config.kind == "frontend" else "an API"
    days = plural(_hsts_days(answer) or 0, "day")
    return passed(f"Every header that {what} needs is there; HSTS holds for {days}.", figures, bounded(findings))


def _problems(config: Config, answer: Response) -> Iterator[Finding]:
    yield from _transport(config, answer)
    if answer.headers.get("x-content-type-options", "").strip().lower() != "nosniff":
        yield _finding("no-nosniff", "X-Content-Type-Options: nosniff is missing.", answer)
    level = Level.ERROR if config.kind == "frontend" else Level.INFO
    yield from _disclosures(answer, level)
    if config.kind == "frontend":
        yield from _framing(answer)


def _transport(config: Config, answer: Response) -> Iterator[Finding]:
    if urlsplit(answer.url).scheme != "https":
        message = "It answers over plain http, where HSTS isn't heeded: serve it over https, and redirect there."
        yield _finding("plain-http", message, answer)
        return
    days = _hsts_days(answer)
    if days is None:
        header = answer.headers.get("strict-transport-security")
        words = "can't be read" if header else "is missing"
        message = f"Strict-Transport-Security {words}; send max-age={config.min_hsts_days * SECONDS_A_DAY}."
        yield _finding("no-hsts", message, answer)
    elif days < config.min_hsts_days:
        message = f"HSTS holds for {plural(days, 'day')}, fewer than {config.min_hsts_days}."
        yield _finding("short-hsts", message, answer)


def _hsts_days(answer: Response) -> int | None:
    found = MAX_AGE.search(answer.headers.get("strict-transport-security", "")[:1000])
    return int(found[1]) // SECONDS_A_DAY if found else None


def _framing(answer: Response) -> Iterator[Finding]:
    """frame-ancestors wins where both are there: browsers then pass X-Frame-Options over."""
    policy = answer.headers.get("content-security-policy", "")
    ancestors = _ancestors(policy)
    if ancestors is not None:
        if ancestors & EVERYBODY:
            yield _finding("framed-by-all", "frame-ancestors allows everybody to frame it; name who may.", answer)
        return
    if answer.headers.get("x-frame-options", "").strip().lower() not in {"deny", "sameorigin"}:
        message = "Nothing keeps others from framing it: send a Content-Security-Policy with frame-ancestors."
        yield _finding("may-be-framed", message, answer)
    elif not policy:
        message = "X-Frame-Options is there, but no Content-Security-Policy, which limits what scripts may run."
        yield _finding("no-csp", message, answer, Level.WARNING)


def _ancestors(policy: str) -> set[str] | None:
    """The sources after frame-ancestors (none at all means nobody); None where the directive is missing."""
    for directive in policy[:20_000].lower().split(";"):
        name, *sources = directive.split() or [""]
        if name == "frame-ancestors":
            return set(sources)
    return None


def _disclosures(answer: Response, level: Level) -> Iterator[Finding]:
    for name in POWERED:
        if value := answer.headers.get(name):
            message = f"{name.title()} says “{shortened(value, 60)}”: take it away."
            yield _finding("powered-by", message, answer, level)
    server = answer.headers.get("server", "")
    if VERSION.search(server[:500]):
        message = f"Server gives the version away: “{shortened(server, 60)}”."
        yield _finding("server-version", message, answer, level)


def _finding(rule: str, message: str, answer: Response, level: Level = Level.ERROR) -> Finding:
    return Finding(rule, level, message, answer.url[:300])
