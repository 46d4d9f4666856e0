"""Liveness and readiness are two questions with two addresses, and both answer.

Passes when the live address answers 200 in time (1 s unless set otherwise), the ready address answers 200, and the
two are different; where a switch for a dependency in staging is given, also when live stays 200 and ready turns 503 while it
is off. Which question is which:
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from dataclasses import replace
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, Result, failed, passed, unknown
from readiness.checks.types._dependency_cut import DependencyCut, host_of, without_dependency
from readiness.checks.types._pages import is_sign_in_page
from readiness.checks.types.contract import CheckConfig, HttpAddress, joined, took_ms
from readiness.egress import Request, Response, Steps


class Config(CheckConfig):
    live_url: HttpAddress = Field(
        title="Live address",
        description="Answers 200 while the process itself works, whatever its dependencies do.",
        examples=["https://checkout.internal.example.com/healthz/live"],
    )
    ready_url: HttpAddress = Field(
        title="Ready address",
        description="Answers 200 while the service can take traffic, 503 when it can't.",
        examples=["https://checkout.internal.example.com/healthz/ready"],
    )
    max_live_ms: int = Field(
        default=1000,
        ge=1,
        le=10_000,
        title="Slowest live answer (ms)",
        description="A live answer slower than this fails; an orchestrator gives up about then.",
        examples=[1000],
    )
    dependency_cut: DependencyCut | None = Field(
        default=None,
        title="With a dependency off",
        description="In staging, a dependency is switched off for a moment in each run. Empty: this is not tried.",
        examples=[{"hook_url": "https://faults.staging.example.com/checkout/database"}],
    )

    @model_validator(mode="after")
    def _only_staging_is_cut(self) -> "Config":
        cut = self.dependency_cut
        places = {host_of(url) for url in (cut.hook_url, cut.live_url, cut.ready_url)} if cut else set()
        if places & {host_of(self.live_url), host_of(self.ready_url)}:
            raise ValueError(
                "a dependency is never switched off where production answers; give the addresses of staging"
            )
        return self


def run(config: Config) -> Steps[Outcome]:
    outcome = yield from _both_answer(config)
    if outcome.result is not Result.PASS or config.dependency_cut is None:
        return outcome
    tried = yield from without_dependency(config.dependency_cut)
    reason = f"{outcome.reason} {tried.reason}" if tried.result is Result.PASS else tried.reason
    return replace(tried, reason=reason, figures={**outcome.figures, **tried.figures})


def _both_answer(config: Config) -> Steps[Outcome]:
    if _place(config.live_url) == _place(config.ready_url):
        reason = "Live and ready are the same address, so one of the two questions is not asked."
        return failed(reason, findings=(Finding("same-address", Level.ERROR, reason, config.live_url),))
    live, ready = yield [Request(config.live_url), Request(config.ready_url)]
    figures: dict[str, Figure] = {
        "live_status": live.status,
        "live_ms": took_ms(live),
        "ready_status": ready.status,
        "ready_ms": took_ms(ready),
    }
    problems = [*_problems("live", live), *_problems("ready", ready)]
    if not live.fault and live.status == 200 and took_ms(live) > config.max_live_ms:
        message = f"Live took {took_ms(live)} ms, more than {config.max_live_ms} ms."
        problems.append(Finding("live-slow", Level.ERROR, message, config.live_url))
    if not (live.fault or ready.fault) and _place(live.url) == _place(ready.url):
        message = "Live and ready end at the same address."
        problems.append(Finding("same-address", Level.ERROR, message, live.url))
    if problems:
        return failed(joined(finding.message for finding in problems), figures, tuple(problems))
    silent = [_silence(name, answer) for name, answer in (("Live", live), ("Ready", ready)) if answer.fault]
    if silent:
        return unknown(joined(silent), figures)
    reason = f"Live answered 200 in {took_ms(live)} ms, ready 200 in {took_ms(ready)} ms."
    return passed(reason, figures)


def _place(url: str) -> tuple[str, int | None, str, str]:
    """Two addresses are one when they differ only in case of the host, the default port or a trailing slash."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.hostname or "", port, parts.path.rstrip("/"), parts.query


def _problems(name: str, response: Response) -> list[Finding]:
    where = response.request.url
    if response.fault:
        return []
    if response.status != 200:
        message = f"{name.title()} answered {response.status} in {took_ms(response)} ms."
        return [Finding(f"{name}-not-200", Level.ERROR, message, where)]
    if is_sign_in_page(response):
        message = f"{name.title()} ends at a sign-in page, which a probe can't pass."
        return [Finding(f"{name}-sign-in", Level.ERROR, message, where)]
    return []


def _silence(name: str, response: Response) -> str:
    return f"{name} did not answer: {response.problem or response.fault}"
