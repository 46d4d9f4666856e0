"""Code scans as SARIF 2.1.0, from any tool: it ran with rules, and reports nothing open that matters.

Passes when a run finished with at least one rule, and no unsuppressed result is of level `error` or of a security severity at or
above the limit; with `rules_matching`, when there are such rules and none of them has an open result.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import field_validator

from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    counted,
    entries_of,
    fields_of,
    joined,
    moment_of,
    number_of,
    shortened,
    text_of,
)
from readiness.assessments.outcome import Level, Outcome

_WORDS = {"critical": 9.5, "high": 8.0, "medium": 5.5, "moderate": 5.5, "low": 2.0}
_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING}
_NO_FINDING = frozenset({"pass", "notApplicable", "informational"})
HIGH = 7.0


class SarifParams(Params):
    """`rules_matching`: only rules whose id, name, description or tags match count, and then each of their results does."""

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
class Rule:
    id: str
    words: str
    level: str
    severity: float | None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`level` is the effective one: the result's own, else its rule's, else `warning`."""

    rule: str
    words: str
    level: str
    severity: float | None
    is_open: bool
    message: str
    where: str


@dataclass(frozen=True, slots=True)
class SarifReading(Reading):
    tools: tuple[str, ...] = ()
    runs: int = 0
    rules: Sequence[Rule] = ()
    results: Sequence[ScanResult] = ()
    unfinished: str = ""


def detect(artifact: Artifact) -> bool:
    document = fields_of(artifact.json_or_none)
    return isinstance(document.get("runs"), list) and (
        "version" in document or "sarif" in text_of(document.get("$schema"))
    )


def read(artifact: Artifact) -> SarifReading:
    document = fields_of(artifact.json)
    if not isinstance(document.get("runs"), list):
        raise UnreadableError("This is not SARIF: it has no list of runs.")
    version = text_of(document.get("version"))
    if not version.startswith("2.1"):
        raise UnreadableError(f"This is SARIF {shortened(version, 20) or 'of no version'}; version 2.1.0 is read.")
    runs = [_Run(fields_of(run)) for run in document["runs"]]
    results = [result for run in runs for result in run.results()]
    rules = [rule for run in runs for rule in run.rules]
    tools = tuple(dict.fromkeys(run.tool for run in runs))
    open_results = [result for result in results if result.is_open]
    figures = {
        "runs": len(runs), "rules": len(rules), "results": len(results), "suppressed": len(results) - len(open_results),
        "errors": sum(result.level == "error" for result in open_results),
        "warnings": sum(result.level == "warning" for result in open_results),
        "highest_severity": max((r.severity for r in open_results if r.severity is not None), default=None),
    }  # fmt: skip
    moments = [moment for run in runs if (moment := run.ended_at)]
    latest = max(moments) if moments and len({moment.tzinfo is None for moment in moments}) == 1 else None
    return SarifReading(
        joined(tools) or "SARIF", figures, latest, next((run.commit for run in runs if run.commit), ""), tools=tools,
        runs=len(runs), rules=rules, results=results, unfinished=next((run.tool for run in runs if run.is_unfinished), ""),
    )  # fmt: skip


class _Run:
    def __init__(self, run: Mapping[str, Any]) -> None:
        self._run = run
        tool = fields_of(run.get("tool"))
        self._components = [fields_of(tool.get("driver")), *map(fields_of, entries_of(tool.get("extensions")))]
        self._by_component = [
            [_rule(fields_of(rule)) for rule in entries_of(part.get("rules"))] for part in self._components
        ]
        self.rules = [rule for rules in self._by_component for rule in rules]
        self._by_id = {rule.id: rule for rule in self.rules}
        self.tool = _tool_name(self._components[0])
        self._invocations = [fields_of(one) for one in entries_of(run.get("invocations"))]
        self.is_unfinished = any(one.get("executionSuccessful") is False for one in self._invocations)
        sources = [fields_of(one) for one in entries_of(run.get("versionControlProvenance"))]
        self.commit = next((text_of(one.get("revisionId")) for one in sources if one.get("revisionId")), "")

    @property
    def ended_at(self) -> Any:
        times = [one.get("endTimeUtc") or one.get("startTimeUtc") for one in self._invocations]
        return next((moment for time in reversed(times) if (moment := moment_of(time))), None)

    def results(self) -> list[ScanResult]:
        return [
            self._result(result)
            for result in map(fields_of, entries_of(self._run.get("results")))
            if result.get("kind", "fail") not in _NO_FINDING and result.get("baselineState") != "absent"
        ]

    def _result(self, result: Mapping[str, Any]) -> ScanResult:
        rule = self._rule_of(result)
        properties = fields_of(result.get("properties"))
        severity = _severity(properties)
        message = text_of(fields_of(result.get("message")).get("text"))
        return ScanResult(
            rule=rule.id,
            words=f"{rule.words} {message}",
            level=text_of(result.get("level")) or rule.level or "warning",
            severity=rule.severity if severity is None else severity,
            is_open=not _is_suppressed(result),
            message=shortened(message, 300) or rule.id,
            where=_where(result),
        )

    def _rule_of(self, result: Mapping[str, Any]) -> Rule:
        """By id, by its place in the driver or an extension, or by the part of the id before the slash."""
        said = fields_of(result.get("rule"))
        name = text_of(result.get("ruleId")) or text_of(said.get("id"))
        if name in self._by_id:
            return self._by_id[name]
        extension = _at(fields_of(said.get("toolComponent")).get("index"), self._by_component[1:])
        rules = self._by_component[0] if extension is None else extension
        placed = _at(said.get("index", result.get("ruleIndex")), rules)
        if placed:
            return placed
        parent = self._by_id.get(name.rpartition("/")[0])
        return parent or Rule(shortened(name, 120) or "no rule", name, "", None)


def _at[T](place: object, places: Sequence[T]) -> T | None:
    return places[place] if isinstance(place, int) and 0 <= place < len(places) else None


def _tool_name(driver: Mapping[str, Any]) -> str:
    version = text_of(driver.get("semanticVersion")) or text_of(driver.get("version"))
    return shortened(f"{text_of(driver.get('name'))} {version}".strip(), 80) or "an unnamed tool"


def _rule(rule: Mapping[str, Any]) -> Rule:
    properties = fields_of(rule.get("properties"))
    texts = [fields_of(rule.get(name)).get("text") for name in ("shortDescription", "fullDescription")]
    tags = [tag for tag in entries_of(properties.get("tags")) if isinstance(tag, str)]
    words = " ".join([text_of(rule.get("id")), text_of(rule.get("name")), *map(text_of, texts), *tags])
    level = text_of(fields_of(rule.get("defaultConfiguration")).get("level"))
    return Rule(shortened(text_of(rule.get("id")), 120) or "no rule", words[:4000], level, _severity(properties))


def _severity(properties: Mapping[str, Any]) -> float | None:
    """A CVSS score as number or text, or a word such as CRITICAL."""
    said = properties.get("security-severity")
    return _WORDS.get(said.strip().lower(), number_of(said)) if isinstance(said, str) else number_of(said)


def _is_suppressed(result: Mapping[str, Any]) -> bool:
    """A suppression that is under review or was rejected suppresses nothing."""
    found = [fields_of(one) for one in entries_of(result.get("suppressions"))]
    return bool(found) and all(one.get("status", "accepted") == "accepted" for one in found)


def _where(result: Mapping[str, Any]) -> str:
    place = fields_of(fields_of(next(iter(entries_of(result.get("locations"))), {})).get("physicalLocation"))
    address = text_of(fields_of(place.get("artifactLocation")).get("uri"))
    line = number_of(fields_of(place.get("region")).get("startLine"))
    return shortened(f"{address}:{line:.0f}" if line is not None else address, 300)


def judge(reading: SarifReading, params: SarifParams) -> Outcome:
    verdict = Verdict()
    about = re.compile(params.rules_matching, re.IGNORECASE) if params.rules_matching else None
    limit = HIGH if params.min_security_severity is None else params.min_security_severity
    for result in reading.results:
        if about and not about.search(result.words):
            continue
        if not result.is_open:
            verdict.note(result.rule, f"Suppressed: {result.message}", result.where, Level.INFO)
        elif about or result.level == "error" or (result.severity is not None and result.severity >= limit):
            verdict.fail(result.rule, result.message, result.where, _LEVELS.get(result.level, Level.INFO))
        else:
            verdict.note(result.rule, result.message, result.where, _LEVELS.get(result.level, Level.INFO))
    verdict.unclear += _doubts(reading, params, about)
    what = (
        "finding that has to be closed" if about is None else f"open finding of rules about “{params.rules_matching}”"
    )
    found = len(verdict.problems)
    seen = {problem.rule for problem in verdict.problems}
    bad = (
        f"{counted(found, 'finding')} of {reading.tool}: {', '.join(sorted(seen)[:4])}{' …' if len(seen) > 4 else ''}."
    )
    return verdict.outcome(f"{reading.tool} reports no {what}.", reading, {"blocking": found}, bad=bad)


def _doubts(reading: SarifReading, params: SarifParams, about: re.Pattern[str] | None) -> list[str]:
    """Why silence would prove nothing."""
    if not reading.runs:
        return ["The report holds no run: nothing was scanned."]
    if reading.unfinished:
        return [f"{reading.unfinished} says that it did not finish."]
    if strange := [tool for tool in reading.tools if params.tools and not _is_one_of(tool, params.tools)]:
        return [f"{strange[0]} is not a tool that counts here; {', '.join(params.tools)} would."]
    if not reading.rules:
        return [f"{reading.tool} lists no rule: nothing shows that it looked for anything."]
    if about and not any(about.search(rule.words) for rule in reading.rules):
        return [f"{reading.tool} lists no rule about “{params.rules_matching}”: it did not look for that."]
    return []


def _is_one_of(tool: str, wanted: Sequence[str]) -> bool:
    return any(name.lower() in tool.lower() for name in wanted)
