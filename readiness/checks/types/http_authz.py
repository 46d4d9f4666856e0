"""A protected route answers 401 to nobody, and 403 to somebody who may too little.

Passes when every protected route, listed here or found in the OpenAPI document, answers a request without credentials with
401 (a front end may redirect to its sign-in page), and a request with the low-privilege credential with 403 (404 where the
service hides what exists). Of the document only routes that read are called, with made-up values in their paths. What the
codes mean: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2
"""

from collections.abc import Collection, Sequence
from typing import Literal

from pydantic import Field, model_validator

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types._pages import redirects_to_sign_in
from readiness.checks.types._routes import MOST_ROUTES, Targets, targets_of
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import (
    CheckConfig,
    HttpAddress,
    Path,
    UnreadableError,
    bounded,
    joined,
    plural,
    shortened,
)
from readiness.egress import Fault, Request, Response, Steps

GUESSED_WRONG = {400, 404, 405, 422}
"""To a made-up value, or to a path that the document may give wrongly, these say nothing about permission."""
Method = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


class Route(CheckConfig):
    path: Path | None = Field(
        default=None,
        title="Path",
        description="Starts with a slash and continues the base address.",
        examples=["/api/orders"],
    )
    url: HttpAddress | None = Field(
        default=None,
        title="Address",
        description="The whole address, for a route that is not under the base address.",
        examples=["https://admin.example.com/users"],
    )
    method: Method = Field(
        default="GET",
        title="Method",
        description="Sent with an empty body. A route that turns out to be open does what it is asked: prefer GET.",
        examples=["GET"],
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> "Route":
        if (self.path is None) == (self.url is None):
            raise ValueError("a route has either a path or an address")
        return self


class Config(CheckConfig):
    base_url: HttpAddress = Field(
        title="Base address",
        description="Where the service answers; the routes' paths continue it.",
        examples=["https://checkout.example.com"],
    )
    routes: tuple[Route, ...] = Field(
        default=(),
        max_length=MOST_ROUTES,
        title="Protected routes",
        description="The routes that must not answer without permission, beside those that the document names.",
        examples=[[{"path": "/api/orders", "method": "GET"}]],
    )
    openapi_url: HttpAddress | None = Field(
        default=None,
        title="OpenAPI document",
        description="Its protected routes are tried too: those that read, with made-up values in their paths.",
        examples=["https://checkout.example.com/openapi.json"],
    )
    low_privilege_header: SecretHeader | None = Field(
        default=None,
        title="Low-privilege credential",
        description="The header of somebody who is signed in and may use none of these routes; the secret is named, not written.",
        examples=["Authorization: Bearer ${CHECK_SECRET_CHECKOUT_READER}"],
    )
    everybody_signed_in_may: bool = Field(
        default=False,
        title="Everybody who is signed in may use these routes",
        description="The service has no roles, so only a request without credentials is tried.",
        examples=[False],
    )
    kind: Literal["api", "frontend"] = Field(
        default="api",
        title="Kind",
        description="A front end may answer nobody with a redirect to its sign-in page; an API may not.",
        examples=["api"],
    )
    hide_existence: bool = Field(
        default=False,
        title="Hides what exists",
        description="The service answers 404 where somebody may not know that a thing exists.",
        examples=[False],
    )

    @model_validator(mode="after")
    def _some_routes(self) -> "Config":
        if not self.routes and self.openapi_url is None:
            raise ValueError("the protected routes, or the OpenAPI document to find them in, are missing")
        return self


def run(config: Config) -> Steps[Outcome]:
    try:
        listed = [(str(route.method), _address(config, route)) for route in config.routes]
        targets = yield from targets_of(listed, config.base_url, config.openapi_url)
    except UnreadableError as problem:
        return unknown(str(problem))
    nobody = yield [Request(url, method=method, follow_redirects=False) for method, url in targets.calls]
    figures = {
        **targets.figures,
        "routes": len(targets.calls),
        "silent": _count_silent(nobody, targets.guessed),
        "low_privilege_tried": False,
    }
    if problems := _nobody_problems(config, nobody, targets.guessed):
        return _verdict(
            figures, problems, _silences(nobody, targets.guessed), [*targets.notes, *_missing_challenges(nobody)]
        )
    if config.low_privilege_header is None:
        return _without_low_privilege(config, figures, nobody, targets)
    try:
        requests = [_as_somebody(config.low_privilege_header, method, url) for method, url in targets.calls]
    except UnreadableError as refusal:
        return unknown(str(refusal), figures)
    somebody = yield requests
    figures |= {"silent": _count_silent([*nobody, *somebody], ()), "low_privilege_tried": True}
    problems = _somebody_problems(config, somebody, targets.guessed)
    silences = [*_silences(nobody, targets.guessed), *_silences(somebody, ())]
    if not silences and not problems and not any(answer.status in _accepted(config) for answer in somebody):
        return unknown("No route told somebody with too little permission so: list routes that exist.", figures)
    notes = [*targets.notes, *_not_told(somebody, targets.guessed), *_missing_challenges(nobody)]
    return _verdict(figures, problems, silences, notes)


def _address(config: Config, route: Route) -> str:
    return route.url or config.base_url.rstrip("/") + str(route.path)


def _as_somebody(header: str, method: str, url: str) -> Request:
    return Request(url, method=method, headers=revealed(header, url), follow_redirects=False)


def _without_low_privilege(
    config: Config, figures: dict[str, Figure], nobody: Sequence[Response], targets: Targets
) -> Outcome:
    notes = [*targets.notes, *_missing_challenges(nobody)]
    if config.everybody_signed_in_may or _count_silent(nobody, targets.guessed):
        return _verdict(figures, [], _silences(nobody, targets.guessed), notes)
    reason = f"{plural(len(nobody), 'route')} tried: refused without credentials; nobody with too little permission was tried: "
    return unknown(reason + "the low-privilege credential is missing.", figures, bounded(notes))


def _nobody_problems(config: Config, answers: Sequence[Response], guessed: Collection[str]) -> list[Finding]:
    expected = "401, or a redirect to sign in" if config.kind == "frontend" else "401"
    return _timeouts(answers) + [
        _wrong("open-to-nobody", answer, "without credentials", expected)
        for answer in answers
        if not answer.fault and not _is_undecided(answer, guessed) and not _refuses_nobody(config, answer)
    ]


def _refuses_nobody(config: Config, answer: Response) -> bool:
    return answer.status == 401 or (config.kind == "frontend" and redirects_to_sign_in(answer))


def _accepted(config: Config) -> set[int]:
    return {403, 404} if config.hide_existence else {403}


def _somebody_problems(config: Config, answers: Sequence[Response], guessed: Collection[str]) -> list[Finding]:
    accepted = _accepted(config)
    expected = " or ".join(map(str, sorted(accepted)))
    return _timeouts(answers) + [
        _wrong("open-to-low-privilege", answer, "with too little permission", expected)
        for answer in answers
        if not answer.fault and not _is_undecided(answer, guessed) and answer.status not in accepted
    ]


def _not_told(answers: Sequence[Response], guessed: Collection[str]) -> list[Finding]:
    return [
        Finding(
            "not-told", Level.INFO, f"{_name(answer)} answered {answer.status} to a made-up value.", answer.request.url
        )
        for answer in answers
        if answer.status in GUESSED_WRONG and answer.request.url in guessed
    ]


def _wrong(rule: str, answer: Response, who: str, expected: str) -> Finding:
    name = _name(answer)
    location = answer.headers.get("location", "")
    towards = f" (to {shortened(location)})" if location else ""
    return Finding(
        rule, Level.ERROR, f"{name} {who} answered {answer.status}{towards}, not {expected}.", answer.request.url
    )


def _timeouts(answers: Sequence[Response]) -> list[Finding]:
    # One silent route on a host that answers is the route's fault; a host that answers nothing is not known to be reached at all.
    if all(answer.fault for answer in answers):
        return []
    return [
        Finding("no-answer-in-time", Level.ERROR, f"{_name(answer)} did not answer in time.", answer.request.url)
        for answer in answers
        if answer.fault is Fault.TIMEOUT
    ]


def _is_undecided(answer: Response, guessed: Collection[str]) -> bool:
    return answer.status == 429 or (answer.status in GUESSED_WRONG and answer.request.url in guessed)


def _count_silent(answers: Sequence[Response], guessed: Collection[str]) -> int:
    return sum(answer.fault is not None or _is_undecided(answer, guessed) for answer in answers)


def _missing_challenges(answers: Sequence[Response]) -> list[Finding]:
    return [
        Finding(
            "no-challenge", Level.INFO, f"{_name(answer)} answered 401 without WWW-Authenticate.", answer.request.url
        )
        for answer in answers
        if answer.status == 401 and "www-authenticate" not in answer.headers
    ]


def _verdict(
    figures: dict[str, Figure], problems: list[Finding], silences: list[Finding], notes: Sequence[Finding]
) -> Outcome:
    findings = bounded([*problems, *silences, *notes])
    if problems:
        return failed(joined(problem.message for problem in problems), figures, findings)
    if silences:
        return unknown(joined(silence.message for silence in silences), figures, findings)
    seen = (
        "refused without credentials, and with too little permission"
        if figures["low_privilege_tried"]
        else "refused without credentials; whoever is signed in may use them, so nobody with too little permission was tried"
    )
    return passed(f"{plural(int(figures['routes'] or 0), 'route')} tried: {seen}.", figures, findings)


def _silences(answers: Sequence[Response], guessed: Collection[str]) -> list[Finding]:
    return [
        Finding("no-answer", Level.WARNING, _silence(answer), answer.request.url)
        for answer in answers
        if answer.fault or _is_undecided(answer, guessed)
    ]


def _silence(answer: Response) -> str:
    if answer.fault:
        return f"{_name(answer)} gave no answer: {answer.problem or answer.fault}"
    if answer.status == 429:
        return f"{_name(answer)} answered 429: too many requests to tell."
    return (
        f"{_name(answer)} answered {answer.status} to a made-up value, so it can't be told: list a route that exists."
    )


def _name(answer: Response) -> str:
    return f"{answer.request.method} {answer.request.url[:300]}"
