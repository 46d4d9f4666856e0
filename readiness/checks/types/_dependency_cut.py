"""In staging, a needed dependency is taken away for a moment: live must stay 200, ready must turn 503, and come back.

The rule: *what is switched off is switched on again*. A run can end at any moment, and nothing here can be sure to be called
then; so the switch itself is told for how many seconds it may stay off, and turns back by itself. Beyond that every run begins
by switching on (an earlier one may have been cut short) and ends by switching on, three times if need be, whatever it saw.
"""

import json
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import Field

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, joined
from readiness.egress import Request, Response, Steps

OFF_FOR = timedelta(seconds=60)
A_CALL, SWITCHING = timedelta(seconds=5), timedelta(seconds=15)
LOOKS, TRIES = 5, 3


class DependencyCut(CheckConfig):
    hook_url: HttpAddress = Field(
        title="Switch",
        description=(
            'Is sent POST {"dependency": "off", "seconds": 60} and POST {"dependency": "on"} in each run. It answers 2xx when '
            "that is done and can be seen, and must switch on by itself when the seconds are over."
        ),
        examples=["https://faults.staging.example.com/checkout/database"],
    )
    live_url: HttpAddress = Field(
        title="Live address in staging",
        description="Of the service whose dependency is switched off.",
        examples=["https://checkout.staging.example.com/healthz/live"],
    )
    ready_url: HttpAddress = Field(
        title="Ready address in staging",
        description="Of the same service.",
        examples=["https://checkout.staging.example.com/healthz/ready"],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential of the switch",
        description="A header that lets this check switch; the secret is named, not written.",
        examples=["Authorization: Bearer ${CHECK_SECRET_FAULTS}"],
    )


def host_of(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def without_dependency(cut: DependencyCut) -> Steps[Outcome]:
    """Begins and ends with the dependency on."""
    try:
        on = _switch(cut, {"dependency": "on"})
        off = _switch(cut, {"dependency": "off", "seconds": int(OFF_FOR.total_seconds())})
    except UnreadableError as refusal:
        return unknown(str(refusal))
    [first] = yield [on]
    if not _is_done(first):
        return unknown(f"The switch does not work, so nothing was switched off: {_said(first)}")
    before = yield _probes(cut)
    if any(answer.status != 200 or answer.fault for answer in before):
        return unknown("In staging the service was not live and ready beforehand, so nothing was switched off.")
    [switched] = yield [off]
    live, ready = before
    if _is_done(switched):
        live, ready = yield from _looked(cut, wanted=503)
    # From the moment that "off" was sent, whatever came back, it is switched on again.
    is_on = yield from _switched_on(on)
    _, again = yield from _looked(cut, wanted=200)
    return _judge(switched, live, ready, again, is_on=is_on)


def _switch(cut: DependencyCut, body: dict[str, object]) -> Request:
    """Raises UnreadableError when the credential is not to be had."""
    secret = revealed(cut.credential, cut.hook_url) if cut.credential else {}
    headers = {"Content-Type": "application/json"} | secret
    return Request(cut.hook_url, "POST", headers, json.dumps(body).encode(), timeout=SWITCHING, follow_redirects=False)


def _probes(cut: DependencyCut) -> list[Request]:
    return [Request(url, timeout=A_CALL) for url in (cut.live_url, cut.ready_url)]


def _looked(cut: DependencyCut, *, wanted: int) -> Steps[tuple[Response, Response]]:
    """Live and ready when ready first answers so, else what they answered last."""
    live, ready = yield _probes(cut)
    for _ in range(LOOKS - 1):
        if ready.status == wanted and not ready.fault:
            break
        live, ready = yield _probes(cut)
    return live, ready


def _switched_on(on: Request) -> Steps[bool]:
    for _ in range(TRIES):
        [answer] = yield [on]
        if _is_done(answer):
            return True
    return False


def _judge(switched: Response, live: Response, ready: Response, again: Response, *, is_on: bool) -> Outcome:
    figures: dict[str, Figure] = {
        "live_status_without": live.status,
        "ready_status_without": ready.status,
        "ready_status_again": again.status,
        "is_back_on": is_on,
    }
    if not is_on:
        message = "The dependency could not be switched on again in staging. The switch does that by itself in a minute: look."
        return failed(message, figures, (_finding("not-back-on", message, switched),))
    if not _is_done(switched):
        return unknown(f"The dependency was not switched off: {_said(switched)}", figures)
    if live.fault or ready.fault:
        silent = live if live.fault else ready
        return unknown(f"With the dependency off there was no answer: {silent.problem or silent.fault}", figures)
    problems = _problems(live, ready, again)
    if problems:
        return failed(joined(one.message for one in problems), figures, tuple(problems))
    return passed("With the dependency off live stayed 200 and ready turned 503, and came back.", figures)


def _problems(live: Response, ready: Response, again: Response) -> list[Finding]:
    problems = []
    if live.status != 200:
        message = f"With the dependency off live answered {live.status}: it would be restarted, which helps nobody."
        problems.append(_finding("live-follows-dependency", message, live))
    if ready.status != 503:
        message = f"With the dependency off ready answered {ready.status}, not 503: it would go on getting traffic."
        problems.append(_finding("ready-without-dependency", message, ready))
    if again.status != 200 or again.fault:
        message = f"With the dependency on again ready answered {again.status or 'nothing'}, not 200."
        problems.append(_finding("not-ready-again", message, again))
    return problems


def _is_done(answer: Response) -> bool:
    return not answer.fault and 200 <= (answer.status or 0) < 300


def _said(answer: Response) -> str:
    return answer.problem or (str(answer.fault) if answer.fault else f"it answered {answer.status}.")


def _finding(rule: str, message: str, answer: Response) -> Finding:
    return Finding(rule, Level.ERROR, message, answer.request.url[:300])
