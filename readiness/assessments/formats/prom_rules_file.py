"""Prometheus' rules in a file: as Prometheus loads them, or as PrometheusRule objects of the operator.

Passes when, among the alerting rules that carry the service's labels, at least one that pages watches the error rate and at least
one the p99 latency, every rule links a runbook and every expression can be read. Recording rules of the same file are replaced by
what they record. Whether a metric exists is for a running Prometheus to say. What `/api/v1/rules` answers is read as well.
https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ · https://prometheus-operator.dev/docs/api-reference/api/
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from readiness.assessments.formats._yaml import read_yaml
from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    counted,
    entries_of,
    fields_of,
    shortened,
    text_of,
)
from readiness.assessments.outcome import Figure, Finding, Level, Outcome
from readiness.assessments.promql.alerts import (
    AlertingRule,
    Rulebook,
    Watched,
    label_and_value,
    pages,
    readable_selector,
    runbook_findings,
    runbook_of,
    symptom_findings,
    watch,
)
from readiness.assessments.promql.queries import read as read_query
from readiness.assessments.promql.symptoms import Symptom

MAX_RULES = 5_000
_MARKS = re.compile(r"^\s*[\"']?groups[\"']?\s*:", re.MULTILINE), re.compile(r"(?:alert|record)[\"']?\s*:")

type Required = Literal["error_rate", "latency_p99", "runbooks"]


class RuleFileParams(Params):
    """`selector`: the labels of the service's own rules; empty takes every rule. `page_label`: what makes a rule page."""

    selector: Annotated[str, AfterValidator(lambda text: readable_selector(text) if text else text)] = ""
    groups: tuple[str, ...] = ()
    page_label: Annotated[str, AfterValidator(label_and_value)] = "severity=page"
    require: tuple[Required, ...] = ("error_rate", "latency_p99", "runbooks")


@dataclass(frozen=True, slots=True)
class RuleFileReading(Reading):
    book: Rulebook = field(default_factory=lambda: Rulebook((), {}))
    wrong: Sequence[Finding] = ()
    """Rules that Prometheus itself would not load."""


def detect(artifact: Artifact) -> bool:
    if artifact.looks_like_json:
        return any(_is_group(group) for group in _groups([artifact.json_or_none]))
    if not all(mark.search(artifact.text) for mark in _MARKS):
        return False
    documents = read_yaml(artifact.text)
    others = [one for one in _objects(documents) if "kind" in one and one["kind"] != "PrometheusRule"]
    return not others and any(_is_group(group) for group in _groups(documents))


def _is_group(group: Mapping[str, Any]) -> bool:
    return any({"alert", "record"} & fields_of(rule).keys() or _is_answered(fields_of(rule))
               for rule in entries_of(group.get("rules"))[:5])  # fmt: skip


def _is_answered(rule: Mapping[str, Any]) -> bool:
    """As the interface answers: `type` and `name` in place of `alert` and `record`."""
    return text_of(rule.get("type")) in {"alerting", "recording"} and {"name", "query"} <= rule.keys()


def _objects(documents: Sequence[object]) -> Iterator[Mapping[str, Any]]:
    """Each document, and each entry of a Kubernetes list."""
    for document in map(fields_of, documents):
        if text_of(document.get("kind")).endswith("List"):
            yield from map(fields_of, entries_of(document.get("items")))
        else:
            yield document


def _groups(documents: Sequence[object]) -> Iterator[Mapping[str, Any]]:
    for one in _objects(documents):
        holder = next((fields_of(one.get(name)) for name in ("spec", "data") if name in one), one)
        yield from map(fields_of, entries_of(holder.get("groups")))


def read(artifact: Artifact) -> RuleFileReading:
    documents = [artifact.json] if artifact.looks_like_json else read_yaml(artifact.text)
    rules = list(_rules(documents))
    if not rules:
        raise UnreadableError(
            "There is no rule in it: Prometheus' rules stand under “groups”, each group with its “rules”."
        )
    if len(rules) > MAX_RULES:
        raise UnreadableError(f"There are more than {MAX_RULES:,} rules; send those of this service alone.")
    recordings: dict[str, list[str]] = {}
    for _, rule in rules:
        if name := _recorded_name(rule):
            recordings.setdefault(name, []).append(_expression(rule))
    alerts = tuple(_alert(group, rule) for group, rule in rules if _alert_name(rule))
    figures: dict[str, Figure] = {"rules": len(alerts), "recording_rules": sum(map(len, recordings.values()))}
    wrong = [finding for group, rule in rules if (finding := _wrong(group, rule))]
    return RuleFileReading("Prometheus rules", figures, book=Rulebook(alerts, recordings), wrong=wrong)


def _rules(documents: Sequence[object]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(its group's name, the rule)."""
    for group in _groups(documents):
        yield from ((text_of(group.get("name")), fields_of(rule)) for rule in entries_of(group.get("rules")))


def _recorded_name(rule: Mapping[str, Any]) -> str:
    return text_of(rule.get("record")) or (text_of(rule.get("name")) if rule.get("type") == "recording" else "")


def _expression(rule: Mapping[str, Any]) -> str:
    return text_of(rule.get("expr")) or text_of(rule.get("query"))


def _alert_name(rule: Mapping[str, Any]) -> str:
    return text_of(rule.get("alert")) or (text_of(rule.get("name")) if rule.get("type") == "alerting" else "")


def _alert(group: str, rule: Mapping[str, Any]) -> AlertingRule:
    return AlertingRule(
        name=shortened(_alert_name(rule), 120),
        group=shortened(group, 120),
        query=_expression(rule),
        labels=_texts(rule.get("labels")),
        health="",
        last_error="",
        runbook=runbook_of(_texts(rule.get("annotations"))),
    )


def _texts(value: object) -> dict[str, str]:
    return {name: said for name, said in fields_of(value).items() if isinstance(said, str)}


def _wrong(group: str, rule: Mapping[str, Any]) -> Finding | None:
    recorded = _recorded_name(rule)
    name = shortened(_alert_name(rule) or recorded, 120)
    place = shortened(f"{group} / {name}", 200)
    if not name:
        return Finding("no-name", Level.ERROR, "A rule says neither “alert” nor “record”.", place)
    if not _expression(rule).strip():
        return Finding("no-expression", Level.ERROR, f"{name} has no expression.", place)
    if recorded and (problem := _unreadable(_expression(rule))):
        return Finding("unreadable", Level.WARNING, f"{name}: {problem}", place)
    return None


def _unreadable(query: str) -> str:
    try:
        read_query(query)
    except UnreadableError as problem:
        return str(problem)
    return ""


def judge(reading: RuleFileReading, params: RuleFileParams) -> Outcome:
    verdict = Verdict()
    rules = reading.book.selected(params.selector or "{}", params.groups)
    if not rules:
        verdict.unclear.append("No alerting rule in the file carries these labels, so there is none to judge.")
        return verdict.outcome("", reading)
    watched = [watch(rule, reading.book) for rule in rules]
    findings = [*reading.wrong, *symptom_findings(watched, page_label=params.page_label, require=params.require)]
    findings += runbook_findings(rules) if "runbooks" in params.require else []
    for finding in findings:
        if finding.level is Level.ERROR:
            verdict.fail(finding.rule, finding.message, finding.where)
        else:
            verdict.unclear.append(finding.message)
            verdict.note(finding.rule, finding.message, finding.where)
    return verdict.outcome(_good(rules, watched, params), reading, _figures(rules, watched, params))


def _figures(rules: Sequence[AlertingRule], watched: Sequence[Watched], params: RuleFileParams) -> dict[str, Figure]:
    paging = [item for item in watched if pages(item.rule, params.page_label)]
    return {
        "rules": len(rules),
        "paging_rules": len(paging),
        "error_rate_rules": sum(Symptom.ERROR_RATE in item.symptoms for item in paging),
        "latency_p99_rules": sum(Symptom.LATENCY_P99 in item.symptoms for item in paging),
        "without_runbook": sum(not rule.runbook for rule in rules),
    }


def _good(rules: Sequence[AlertingRule], watched: Sequence[Watched], params: RuleFileParams) -> str:
    figures = _figures(rules, watched, params)
    parts = [f"{counted(len(rules), 'alerting rule')}, {figures['paging_rules']} of which page"]
    if set(params.require) != {"runbooks"}:
        parts.append(f"{figures['error_rate_rules']} on errors and {figures['latency_p99_rules']} on p99 latency")
    return f"{'; '.join(parts)}{'; each with a runbook' if 'runbooks' in params.require else ''}."
