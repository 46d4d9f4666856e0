"""Code scans as SARIF 2.1.0, from any tool: it ran with rules, and reports nothing open that matters.

Passes when a run finished with at least one rule, and no unsuppressed result is of level `error` or of a security severity at or
above the limit; with `rules_matching`, when there are such rules and none of them has an open result.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import field_validator

from readiness.assessments.formats._sarif import is_of_a_secret_scanner, is_sarif, read_runs
from readiness.assessments.formats._sarif_rules import Rule
from readiness.assessments.formats._sarif_run import Run, ScanResult
from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    counted,
    joined,
)
from readiness.assessments.outcome import Level, Outcome

_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING}
_LIST_WHAT_FIRED = ("bandit", "ruff", "trivy", "grype")
HIGH = 7.0


class SarifParams(Params):
    """`rules_matching`: only rules whose id, name, description, tags or classes match count, and each of their results then."""

    min_security_severity: float | None = None
    rules_matching: str = ""
    tools: tuple[str, ...] = ()

    @field_validator("rules_matching")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"“{pattern}” is not a pattern: {error}") from error
        return pattern


@dataclass(frozen=True, slots=True)
class SarifReading(Reading):
    runs: Sequence[Run] = ()
    rules: Sequence[Rule] = ()

    @property
    def results(self) -> list[ScanResult]:
        """The worst first, then by rule: tools that work in parallel write them in another order each time."""
        found = [result for run in self.runs for result in run.results]
        return sorted(found, key=lambda result: (-(result.severity or 0), result.rule.id))


def detect(artifact: Artifact) -> bool:
    return is_sarif(artifact) and not is_of_a_secret_scanner(artifact)


def read(artifact: Artifact) -> SarifReading:
    runs = read_runs(artifact)
    if is_of_a_secret_scanner(artifact):
        raise UnreadableError("This is a secrets scan written as SARIF; give it as one (kind secrets_scan).")
    rules = [rule for run in runs for rule in run.rules]
    results = [result for run in runs for result in run.results]
    found = [result for result in results if result.is_open]
    figures = {
        "runs": len(runs), "rules": len(rules), "results": len(results), "suppressed": len(results) - len(found),
        "errors": sum(result.level == "error" for result in found),
        "warnings": sum(result.level == "warning" for result in found),
        "highest_severity": max((r.severity for r in found if r.severity is not None), default=None),
    }  # fmt: skip
    moments = [run.ended_at for run in runs if run.ended_at]
    latest = max(moments) if moments and len({moment.tzinfo is None for moment in moments}) == 1 else None
    tools = joined(dict.fromkeys(run.tool for run in runs))
    return SarifReading(
        tools or "SARIF", figures, latest, next((run.commit for run in runs if run.commit), ""), runs=runs, rules=rules
    )


def judge(reading: SarifReading, params: SarifParams) -> Outcome:
    verdict = Verdict()
    about = re.compile(params.rules_matching, re.IGNORECASE) if params.rules_matching else None
    limit = HIGH if params.min_security_severity is None else params.min_security_severity
    for result in reading.results:
        if about and not about.search(result.words):
            continue
        blocks = about or result.level == "error" or (result.severity is not None and result.severity >= limit)
        _tell(result, verdict, blocks=bool(blocks))
    verdict.unclear += _doubts(reading, params, about)
    what = f"open finding of rules about “{params.rules_matching}”" if about else "finding that has to be closed"
    rules = sorted({problem.rule for problem in verdict.problems})
    found = counted(len(verdict.problems), "finding")
    bad = f"{found} of {reading.tool}: {', '.join(rules[:4])}{' …' if len(rules) > 4 else ''}."
    return verdict.outcome(f"{reading.tool} reports no {what}.", reading, {"blocking": len(verdict.problems)}, bad=bad)


def _tell(result: ScanResult, verdict: Verdict, *, blocks: bool) -> None:
    level = _LEVELS.get(result.level, Level.INFO)
    score = "" if result.severity is None else f" (severity {result.severity:g})"
    if not result.is_open:
        verdict.note(result.rule.id, f"Suppressed: {result.message}{score}", result.where, Level.INFO)
    elif blocks:
        verdict.fail(result.rule.id, f"{result.message}{score}", result.where, level)
    else:
        verdict.note(result.rule.id, f"{result.message}{score}", result.where, level)


def _doubts(reading: SarifReading, params: SarifParams, about: re.Pattern[str] | None) -> list[str]:
    """Why silence would prove nothing."""
    if not reading.runs:
        return ["The report holds no run: nothing was scanned."]
    doubts = [doubt for run in reading.runs if (doubt := _doubt(run, params))]
    if doubts or not about:
        return doubts
    if any(about.search(rule.words) for rule in reading.rules if rule.is_on):
        return []
    return [f"{reading.tool} lists no rule about “{params.rules_matching}”: {_why_not(reading.runs[0])}"]


def _doubt(run: Run, params: SarifParams) -> str:
    if run.is_unfinished:
        return f"{run.tool} says that it did not finish."
    if run.passed_over:
        names = ", ".join(run.passed_over[:3]) + (" …" if len(run.passed_over) > 3 else "")
        return f"{run.tool} could not read all of it: {names}."
    if params.tools and not any(name.lower() in run.tool.lower() for name in params.tools):
        return f"{run.tool} is not a tool that counts here; {', '.join(params.tools)} would."
    if not run.has_results:
        return f"The run of {run.tool} holds no list of results, not even an empty one: it scanned nothing."
    if not run.rules and not run.shows_that_it_looked:
        return f"{run.tool} lists no rule: {_why_not(run, 'nothing shows that it looked for anything.')}"
    return ""


def _why_not(run: Run, otherwise: str = "it did not look for that.") -> str:
    """Some tools list only the rules that found something, so that a clean run looks like one without rules."""
    if not run.tool.lower().startswith(_LIST_WHAT_FIRED):
        return otherwise
    return "it names only rules that found something, so silence shows nothing. Semgrep and CodeQL list all they ran."
