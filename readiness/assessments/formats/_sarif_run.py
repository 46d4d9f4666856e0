"""One run of a SARIF document: its results, each joined to its rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from readiness.assessments.formats._sarif_rules import (
    MAX_RULES,
    Rule,
    at,
    message_in_words,
    names_of_taxa,
    rule_of,
    severity_of,
)
from readiness.assessments.formats.contract import (
    UnreadableError,
    count_of,
    entries_of,
    fields_of,
    moment_of,
    number_of,
    shortened,
    text_of,
)

_NO_FINDING = frozenset({"pass", "notApplicable", "informational", "notapplicable"})


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`level` is the effective one: the result's own, else its rule's, else `warning`. `commit`: the one it was found in."""

    rule: Rule
    level: str
    severity: float | None
    is_open: bool
    message: str
    where: str
    commit: str = ""
    quotes: bool = False
    """Repeats what was found, and not only where."""

    @property
    def words(self) -> str:
        return f"{self.rule.words} {self.message}"


@dataclass(slots=True)
class Run:
    """`has_results` False: the run holds no list of them, which says something else than an empty list."""

    tool: str
    rules: Sequence[Rule] = ()
    results: list[ScanResult] = field(default_factory=list)
    has_results: bool = False
    is_unfinished: bool = False
    passed_over: Sequence[str] = ()
    """What the tool could not read, as it says itself."""
    shows_that_it_looked: bool = False
    """By something else than its rules: files or lines that it counts."""
    ended_at: datetime | None = None
    commit: str = ""


def is_finding(result: Mapping[str, Any]) -> bool:
    kind, state = result.get("kind", "fail"), result.get("baselineState")
    return not (isinstance(kind, str) and kind in _NO_FINDING) and state != "absent"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a result says by itself."""

    rule_id: str
    rule_at: object
    component: Mapping[str, Any]
    level: str
    severity: float | None
    is_open: bool
    message: Mapping[str, Any]
    where: tuple[str, object, float | None]
    commit: str
    quotes: bool

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> "Waiting":
        said = fields_of(result.get("rule"))
        region = fields_of(_place(result).get("region"))
        file = fields_of(_place(result).get("artifactLocation"))
        quoted = text_of(fields_of(region.get("snippet")).get("text"))
        return cls(
            rule_id=text_of(result.get("ruleId")) or text_of(said.get("id")),
            rule_at=said.get("index", result.get("ruleIndex")),
            component=fields_of(said.get("toolComponent")),
            level=text_of(result.get("level")).lower(),
            severity=severity_of(fields_of(result.get("properties"))),
            is_open=not _is_suppressed(result),
            message=_short_message(fields_of(result.get("message"))),
            where=(text_of(file.get("uri")) or _logical(result), file.get("index"), number_of(region.get("startLine"))),
            commit=text_of(fields_of(result.get("partialFingerprints")).get("commitSha"))[:64],
            quotes=bool(quoted.strip()) and "REDACTED" not in quoted,
        )


def _place(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return fields_of(fields_of(next(iter(entries_of(result.get("locations"))), {})).get("physicalLocation"))


def _logical(result: Mapping[str, Any]) -> str:
    location = fields_of(next(iter(entries_of(result.get("locations"))), {}))
    named = fields_of(next(iter(entries_of(location.get("logicalLocations"))), {}))
    return text_of(named.get("fullyQualifiedName")) or text_of(named.get("name"))


def _short_message(message: Mapping[str, Any]) -> Mapping[str, Any]:
    if text := text_of(message.get("text")) or text_of(message.get("markdown")):
        return {"text": shortened(text, 300)}
    arguments = [shortened(text_of(one), 100) for one in entries_of(message.get("arguments"))[:20]]
    return {"id": text_of(message.get("id"))[:200], "arguments": arguments}


def _is_suppressed(result: Mapping[str, Any]) -> bool:
    """A suppression that is under review or was rejected suppresses nothing."""
    found = [fields_of(one) for one in entries_of(result.get("suppressions"))]
    return bool(found) and all(one.get("status", "accepted") == "accepted" for one in found)


class RunReader:
    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members
        tool = fields_of(members.get("tool"))
        self._components = [fields_of(tool.get("driver")), *map(fields_of, entries_of(tool.get("extensions")))]
        if sum(len(entries_of(part.get("rules"))) for part in self._components) > MAX_RULES:
            raise UnreadableError(f"The scan lists more than {MAX_RULES:,} rules.")
        taxa = names_of_taxa(members)
        self._rules = [
            [rule_of(fields_of(rule), taxa) for rule in entries_of(part.get("rules"))] for part in self._components
        ]
        self._by_id = {rule.id: rule for rules in reversed(self._rules) for rule in rules}
        self._unlisted: dict[str, Rule] = {}
        self._invocations = [fields_of(one) for one in entries_of(members.get("invocations"))]
        self._overrides = dict(self._overridden())
        self._files = [
            text_of(fields_of(fields_of(one).get("location")).get("uri"))
            for one in entries_of(members.get("artifacts"))
        ]

    def run(self, waiting: Sequence[Waiting]) -> Run:
        times = [one.get("endTimeUtc") or one.get("startTimeUtc") for one in self._invocations]
        sources = [fields_of(one) for one in entries_of(self._members.get("versionControlProvenance"))]
        return Run(
            tool=_tool_name(self._components[0]),
            rules=[rule for rules in self._rules for rule in rules],
            results=[self._result(one) for one in waiting],
            has_results=self._members.get("results") is True,
            is_unfinished=any(one.get("executionSuccessful") is False for one in self._invocations),
            passed_over=list(dict.fromkeys(self._passed_over())),
            shows_that_it_looked=self._shows_that_it_looked(),
            ended_at=next((moment for time in reversed(times) if (moment := moment_of(time))), None),
            commit=next((text for one in sources if (text := text_of(one.get("revisionId")))), ""),
        )

    def _passed_over(self) -> Iterator[str]:
        """bandit ends with success when a file can't be parsed, and says so only here."""
        for invocation in self._invocations:
            for kind in ("toolExecutionNotifications", "toolConfigurationNotifications"):
                for one in map(fields_of, entries_of(invocation.get(kind))):
                    if text_of(one.get("level")).lower() == "error":
                        file = text_of(fields_of(_place(one).get("artifactLocation")).get("uri"))
                        yield shortened(file or text_of(fields_of(one.get("message")).get("text")) or "something", 80)

    def _shows_that_it_looked(self) -> bool:
        """bandit counts the lines it read; others list the files that they analysed."""
        finished = any(one.get("executionSuccessful") is True for one in self._invocations)
        totals = fields_of(fields_of(fields_of(self._members.get("properties")).get("metrics")).get("_totals"))
        roles = (
            role
            for one in entries_of(self._members.get("artifacts"))
            for role in entries_of(fields_of(one).get("roles"))
        )
        return finished and (count_of(totals.get("loc")) > 0 or "analysisTarget" in roles)

    def _overridden(self) -> Iterator[tuple[str, str]]:
        """Levels that a configuration of this run gave to rules."""
        for invocation in self._invocations:
            for one in map(fields_of, entries_of(invocation.get("ruleConfigurationOverrides"))):
                rule = self._placed(fields_of(one.get("descriptor")))
                if rule and (level := text_of(fields_of(one.get("configuration")).get("level"))):
                    yield rule.id, level.lower()

    def _placed(self, reference: Mapping[str, Any]) -> Rule | None:
        return self._rule_of(
            text_of(reference.get("id")), reference.get("index"), fields_of(reference.get("toolComponent"))
        )

    def _result(self, one: Waiting) -> ScanResult:
        rule = self._rule_of(one.rule_id, one.rule_at, one.component) or self._not_listed(one.rule_id)
        uri, index, line = one.where
        where = uri or at(index, self._files) or ""
        return ScanResult(
            rule=rule,
            level=one.level or self._overrides.get(rule.id, "") or rule.level or "warning",
            severity=rule.severity if one.severity is None else one.severity,
            is_open=one.is_open,
            message=message_in_words(one.message, rule) or rule.id,
            where=shortened(f"{where}:{line:.0f}" if line is not None else where, 300),
            commit=one.commit,
            quotes=one.quotes,
        )

    def _rule_of(self, name: str, place: object, component: Mapping[str, Any]) -> Rule | None:
        """By id, by its place in the driver or an extension, or by the part of the id before the slash."""
        if name in self._by_id:
            return self._by_id[name]
        return at(place, self._rules_of(component)) or self._by_id.get(name.rpartition("/")[0])

    def _rules_of(self, component: Mapping[str, Any]) -> Sequence[Rule]:
        if (rules := at(component.get("index"), self._rules[1:])) is not None:
            return rules
        named = [text_of(component.get(key)) for key in ("guid", "name")]
        for part, rules in zip(self._components, self._rules, strict=True):
            if any(said and said == part.get(key) for key, said in zip(("guid", "name"), named, strict=True)):
                return rules
        return self._rules[0]

    def _not_listed(self, name: str) -> Rule:
        if len(self._unlisted) > MAX_RULES:
            name = ""
        return self._unlisted.setdefault(name, Rule(shortened(name, 120) or "no rule", name[:400]))


def _tool_name(driver: Mapping[str, Any]) -> str:
    version = text_of(driver.get("semanticVersion")) or text_of(driver.get("version"))
    name = text_of(driver.get("name"))
    return shortened(name if version in name else f"{name} {version}".strip(), 80) or "an unnamed tool"
