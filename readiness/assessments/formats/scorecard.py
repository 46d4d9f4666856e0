"""OpenSSF Scorecard of the service's own repository, as JSON of versions 4 and 5.

Passes when the scores that are asked for are reached: named checks, or the whole. A score of -1 means that the tool could not
tell, and proves nothing either way. The report may be of an upstream repository; then it says nothing of this service.
https://github.com/ossf/scorecard#scorecard-checks
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    entries_of,
    fields_of,
    moment_of,
    number_of,
    shortened,
    text_of,
)
from readiness.assessments.outcome import Figure, Level, Outcome

MAX_CHECKS = 200


class ScorecardParams(Params):
    """`checks`: the check's name, such as Branch-Protection, → the least score, 0 to 10. `repository`: the service's own."""

    min_score: float | None = None
    checks: Mapping[str, float] = field(default_factory=dict)
    repository: str = ""


DEFAULTS = ScorecardParams(min_score=7)


@dataclass(frozen=True, slots=True)
class Check:
    """`score` None: the tool could not tell; `reason` says why."""

    name: str
    score: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class ScorecardReading(Reading):
    repository: str = ""
    score: float | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)


def detect(artifact: Artifact) -> bool:
    report = fields_of(artifact.json_or_none)
    return {"repo", "checks", "score"} <= report.keys() or {"repo", "scorecard", "checks"} <= report.keys()


def read(artifact: Artifact) -> ScorecardReading:
    report = fields_of(artifact.json)
    found = [fields_of(one) for one in entries_of(report.get("checks"))[:MAX_CHECKS]]
    checks = [Check(shortened(text_of(one.get("name")), 80), _score(one.get("score")), _reason(one)) for one in found]
    if not checks:
        raise UnreadableError("This is no Scorecard report in JSON (--format json): it lists no check.")
    repository = fields_of(report.get("repo"))
    version = text_of(fields_of(report.get("scorecard")).get("version"))
    figures: dict[str, Figure] = {
        "score": _score(report.get("score")), "checks": len(checks), "unsure": sum(check.score is None for check in checks),
        "repository": shortened(text_of(repository.get("name"))),
    }  # fmt: skip
    return ScorecardReading(
        shortened(f"Scorecard {version}".strip(), 80),
        figures,
        moment_of(report.get("date")),
        text_of(repository.get("commit")),
        repository=text_of(repository.get("name")),
        score=_score(report.get("score")),
        checks={check.name.lower(): check for check in checks},
    )


def _score(said: object) -> float | None:
    number = number_of(said)
    return number if number is not None and 0 <= number <= 10 else None


def _reason(check: Mapping[str, object]) -> str:
    return shortened(text_of(check.get("reason")).rstrip("."), 200)


def judge(reading: ScorecardReading, params: ScorecardParams) -> Outcome:
    verdict = Verdict()
    own, said = _plain(params.repository), _plain(reading.repository)
    if own and own != said:
        verdict.unclear.append(f"The report is of {reading.repository or 'no repository'}, not of {params.repository}.")
    else:
        if params.min_score is not None:
            _judge_score("The whole", Check("score", reading.score, ""), params.min_score, verdict)
        for name, least in params.checks.items():
            check = reading.checks.get(name.lower(), Check(name, None, "the report has no such check"))
            _judge_score(check.name, check, least, verdict)
        _note_rest(reading, params, verdict)
    return verdict.outcome(_good(reading, params), reading)


def _judge_score(name: str, check: Check, least: float, verdict: Verdict) -> None:
    if check.score is None:
        verdict.unclear.append(f"{name} has no score{f': {check.reason}' if check.reason else ''}.")
    elif check.score < least:
        reason = f": {check.reason}" if check.reason else ""
        verdict.fail("low-score", f"{name} has {check.score:g}; at least {least:g} is asked for{reason}.", check.name)


def _note_rest(reading: ScorecardReading, params: ScorecardParams, verdict: Verdict) -> None:
    asked = {name.lower() for name in params.checks}
    for key, check in reading.checks.items():
        if key not in asked and check.score is not None and check.score < 5:
            verdict.note("low-score", f"{check.name} has {check.score:g}: {check.reason}.", check.name, Level.INFO)


def _good(reading: ScorecardReading, params: ScorecardParams) -> str:
    named = [f"{reading.checks[name.lower()].name} {reading.checks[name.lower()].score:g}" for name in params.checks
             if name.lower() in reading.checks and reading.checks[name.lower()].score is not None]  # fmt: skip
    whole = f"{reading.score:g} of 10" if reading.score is not None else "no score for the whole"
    return f"{reading.repository}: {whole}{f'; {", ".join(named)}' if named else ''}."


def _plain(repository: str) -> str:
    """`https://github.com/Shop/Checkout.git`, `git@github.com:shop/checkout` and `github.com/shop/checkout` are one."""
    address = re.sub(r"^[\w.-]+@([\w.-]+):", r"//\1/", repository.strip())
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host = parts.hostname or ""
    except ValueError:
        return ""
    path = parts.path.strip("/").removesuffix(".git")
    return f"{host}/{path}".lower() if host else ""


def lacks(params: ScorecardParams) -> str:
    if not params.repository:
        return "The service names no repository, so nothing says whether this report is of it."
    return ""
