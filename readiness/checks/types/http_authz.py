"""A protected route answers 401 to nobody, and 403 to somebody who may too little.

Passes when every listed route answers a request without credentials with 401 (a front end may redirect to its sign-in
page), and a request with the low-privilege credential with 403 (404 where the service hides what exists). What the
codes mean: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from readiness.assessments.outcome import Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types._pages import redirects_to_sign_in
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
        min_length=1,
        max_length=100,
        title="Protected routes",
        description="The routes that must not answer without permission.",
        examples=[[{"path": "/api/orders", "method": "GET"}]],
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


def run(config: Config) -> Steps[Outcome]:
    targets = [(route.method, _address(config, route)) for route in config.routes]
    nobody = yield [Request(url, method=method, follow_redirects=False) for method, url in targets]
    problems = _nobody_problems(config, nobody)
    figures = {"routes": len(targets), "silent": _count_silent(nobody), "low_privilege_tried": False}
    if problems:
        return _verdict(figures, problems, nobody)
    if config.low_privilege_header is None:
        return _without_low_privilege(config, figures, nobody)
    try:
        requests = [_as_somebody(config.low_privilege_header, method, url) for method, url in targets]
    except UnreadableError as refusal:
        return unknown(str(refusal), figures)
    somebody = yield requests
    answers = [*nobody, *somebody]
    figures |= {"silent": _count_silent(answers), "low_privilege_tried": True}
    return _verdict(figures, _somebody_problems(config, somebody), answers)


def _address(config: Config, route: Route) -> str:
    return route.url or config.base_url.rstrip("/") + str(route.path)


def _as_somebody(header: str, method: str, url: str) -> Request:
    return Request(url, method=method, headers=revealed(header, url), follow_redirects=False)


def _without_low_privilege(config: Config, figures: dict[str, int | bool], nobody: Sequence[Response]) -> Outcome:
    if config.everybody_signed_in_may or _count_silent(nobody):
        return _verdict(figures, [], nobody)
    reason = f"{plural(len(nobody), 'route')} closed to nobody, but nobody with too little permission was tried: "
    return unknown(reason + "the low-privilege credential is missing.", figures, bounded(_missing_challenges(nobody)))


def _nobody_problems(config: Config, answers: Sequence[Response]) -> list[Finding]:
    expected = "401, or a redirect to sign in" if config.kind == "frontend" else "401"
    return _timeouts(answers) + [
        _wrong("open-to-nobody", answer, "without credentials", expected)
        for answer in answers
        if not answer.fault and not _is_undecided(answer) and not _refuses_nobody(config, answer)
    ]


def _refuses_nobody(config: Config, answer: Response) -> bool:
    return answer.status == 401 or (config.kind == "frontend" and redirects_to_sign_in(answer))


def _somebody_problems(config: Config, answers: Sequence[Response]) -> list[Finding]:
    accepted = {403, 404} if config.hide_existence else {403}
    expected = " or ".join(map(str, sorted(accepted)))
    return _timeouts(answers) + [
        _wrong("open-to-low-privilege", answer, "with too little permission", expected)
        for answer in answers
        if not answer.fault and not _is_undecided(answer) and answer.status not in accepted
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


def _is_undecided(answer: Response) -> bool:
    return answer.status == 429


def _count_silent(answers: Sequence[Response]) -> int:
    return sum(answer.fault is not None or _is_undecided(answer) for answer in answers)


def _missing_challenges(answers: Sequence[Response]) -> list[Finding]:
    return [
        Finding(
            "no-challenge", Level.INFO, f"{_name(answer)} answered 401 without WWW-Authenticate.", answer.request.url
        )
        for answer in answers
        if answer.status == 401 and "www-authenticate" not in answer.headers
    ]


def _verdict(figures: dict[str, int | bool], problems: list[Finding], answers: Sequence[Response]) -> Outcome:
    findings = bounded([*problems, *_silences(answers), *_missing_challenges(answers)])
    if problems:
        return failed(joined(problem.message for problem in problems), figures, findings)
    if silences := _silences(answers):
        return unknown(joined(silence.message for silence in silences), figures, findings)
    both = "401 to nobody and 403 or 404 to too little" if figures["low_privilege_tried"] else "closed to nobody"
    return passed(f"{plural(int(figures['routes']), 'route')} tried: {both}.", figures, findings)


def _silences(answers: Sequence[Response]) -> list[Finding]:
    return [
        Finding("no-answer", Level.WARNING, _silence(answer), answer.request.url)
        for answer in answers
        if answer.fault or _is_undecided(answer)
    ]


def _silence(answer: Response) -> str:
    if answer.fault:
        return f"{_name(answer)} gave no answer: {answer.problem or answer.fault}"
    return f"{_name(answer)} answered 429: too many requests to tell."


def _name(answer: Response) -> str:
    return f"{answer.request.method} {answer.request.url[:300]}"
