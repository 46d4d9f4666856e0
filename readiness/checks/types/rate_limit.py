"""Whoever calls too often is told to wait.

Sends a burst of ordinary requests to staging, at most 200 and never more than needed, and one more when it is over.
Passes when one of the burst is answered 429 and the service still answers afterwards. Never runs where production
answers. What 429 says: https://www.rfc-editor.org/rfc/rfc6585#section-4
"""

from collections import Counter
from collections.abc import Sequence
from itertools import batched
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.pacing import AT_ONCE
from readiness.checks.types._apis import retry_after
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import MAX_REQUESTS, CheckConfig, HttpAddress, Path, UnreadableError, plural
from readiness.egress import Request, Response, Steps

TURNED_AWAY = {401, 403, 404, 405}


class Config(CheckConfig):
    staging_url: HttpAddress = Field(
        title="Staging address",
        description="Where an environment like production answers; the burst goes there.",
        examples=["https://checkout.staging.example.com"],
    )
    production_url: HttpAddress = Field(
        title="Production address",
        description="Where the burst must never go; another host than staging.",
        examples=["https://checkout.example.com"],
    )
    path: Path = Field(
        default="/",
        title="Path",
        description="A limited route that only reads; it continues the staging address.",
        examples=["/api/orders"],
    )
    max_requests: int = Field(
        default=MAX_REQUESTS,
        ge=AT_ONCE,
        le=MAX_REQUESTS,
        title="Requests at most",
        description="The burst ends with the first 429, or after this many.",
        examples=[200],
    )
    environment: Literal["staging"] = Field(
        default="staging",
        title="Environment",
        description="A burst belongs where it disturbs nobody.",
        examples=["staging"],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential",
        description="A header that lets the burst in, where limits count by caller; the secret is named, not written.",
        examples=["Authorization: Bearer ${CHECK_SECRET_CHECKOUT_STAGING}"],
    )

    @model_validator(mode="after")
    def _not_production(self) -> "Config":
        if _host(self.staging_url) == _host(self.production_url):
            raise ValueError(
                "the staging address is where production answers; name an environment that a burst disturbs nobody in"
            )
        return self


def _host(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def run(config: Config) -> Steps[Outcome]:
    url = config.staging_url.rstrip("/") + config.path
    try:
        headers = revealed(config.credential, url) if config.credential else {}
    except UnreadableError as refusal:
        return unknown(str(refusal))
    request = Request(url, headers=headers, follow_redirects=False)
    [first] = yield [request]
    if first.fault or (first.status or 0) >= 500:
        return unknown(f"Staging does not answer as it should: {first.problem or first.fault or first.status}")
    if first.status == 429:
        return unknown(
            "Staging answered 429 to the very first call, so somebody else uses its limit up; look again later."
        )
    answers = [first]
    for some in batched([request] * (config.max_requests - 1), AT_ONCE):
        answers += yield some
        if _refusal(answers):
            break
    [after] = yield [request]
    return _judge(answers, after)


def _refusal(answers: Sequence[Response]) -> Response | None:
    return next((answer for answer in answers if not answer.fault and answer.status == 429), None)


def _judge(answers: Sequence[Response], after: Response) -> Outcome:
    refusal = _refusal(answers)
    wait = retry_after(refusal) if refusal else None
    figures: dict[str, Figure] = {
        "requests": len(answers),
        "refused": sum(answer.status == 429 for answer in answers),
        "retry_after_s": int(wait.total_seconds()) if wait else None,
        "status_afterwards": after.status,
    }
    if after.fault or ((after.status or 0) >= 500 and not _is_limit(after)):
        said = after.problem or str(after.fault or f"it answered {after.status}.")
        message = f"After a burst of {plural(len(answers), 'request')} the service does not answer any more: {said}"
        return failed(message, figures, (Finding("down-after-burst", Level.ERROR, message, after.request.url),))
    if refusal is None:
        return _unlimited(answers, figures)
    when = f"wait {plural(int(wait.total_seconds()), 'second')}" if wait else "wait, without saying how long"
    notes = () if "retry-after" in refusal.headers else (_note(refusal),)
    reason = f"After {plural(answers.index(refusal), 'request')} the next was answered 429: {when}."
    return passed(reason, figures, notes)


def _unlimited(answers: Sequence[Response], figures: dict[str, Figure]) -> Outcome:
    counts = Counter(f"{answer.status}" for answer in answers if not answer.fault)
    said = ", ".join(f"{count} × {status}" for status, count in counts.most_common(4)) or "none answered"
    tried = f"{plural(len(answers), 'request')} in a burst ({said})"
    silent = [answer for answer in answers if answer.fault]
    if silent:
        problem = silent[0].problem or silent[0].fault
        return unknown(f"{tried}: no 429, and {plural(len(silent), 'request')} got no answer: {problem}", figures)
    if all(answer.status in TURNED_AWAY for answer in answers):
        reason = (
            f"{tried}: turned away before any limit. Name a path that answers, and a credential where one is needed."
        )
        return unknown(reason, figures)
    hint = " A limit that answers 503 looks like a failure to callers; let it say 429." if counts.get("503") else ""
    message = f"{tried}: none was answered 429.{hint}"
    return failed(message, figures, (Finding("no-limit", Level.ERROR, message, answers[0].request.url),))


def _is_limit(answer: Response) -> bool:
    return answer.status == 503 and "retry-after" in answer.headers


def _note(refusal: Response) -> Finding:
    message = "The 429 has no Retry-After, so callers don't know how long to wait."
    return Finding("no-retry-after", Level.WARNING, message, refusal.request.url)
