"""Every alert that should page reaches somebody.

Passes when Prometheus sends its alerts to an Alertmanager, and the labels of each rule that pages lead through the
routing tree to a receiver with at least one integration; one without any swallows what it gets. A rule that is always
muted on the way, or silenced for more than a week to come, is unknown. Followed are the labels set on the rule and its
name: those that its series and Prometheus (its external labels) add are not known here, so a route that depends on them
is noted.
https://prometheus.io/docs/alerting/latest/configuration/#route
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ValidationError

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.assessments.promql.alerts import AlertingRule, pages
from readiness.checks.types._alerting import AlertmanagerConfig, OwnRules, rulebook, rules_requests
from readiness.checks.types._prometheus import content, request
from readiness.checks.types._routing import Route, Routing, read_routing
from readiness.checks.types._silences import active_silences
from readiness.checks.types._sources import answered, get
from readiness.checks.types.contract import UnreadableError, bounded, joined, plural, shortened
from readiness.egress import Response, Steps

MOST_PAGING_RULES = 200
LONGEST_SILENCE = timedelta(days=7)


class Config(OwnRules, AlertmanagerConfig):
    pass


class _Configuration(BaseModel):
    original: str


class _Status(BaseModel):
    config: _Configuration


class _Alertmanagers(BaseModel):
    activeAlertmanagers: list[object]  # noqa: N815 - Prometheus' own name


@dataclass(frozen=True, slots=True)
class Way:
    """Where one rule's alerts go."""

    rule: AlertingRule
    routes: tuple[Route, ...]
    open_labels: tuple[str, ...]


def run(config: Config) -> Steps[Outcome]:
    try:
        answers = yield [
            get(config, "api/v2/status"),
            get(config, "api/v2/silences"),
            request(config.prometheus, "alertmanagers", []),
            *rules_requests(config.prometheus, config.selector, config.groups),
        ]
        routing = _routing(answers[0])
        rules = rulebook(answers[3:]).selected(config.selector, config.groups)
        paging = [rule for rule in rules if pages(rule, config.page_label)]
        if not paging:
            reason = f"No rule with these labels pages ({config.page_label}), so there is none to follow."
            return unknown(reason, {"paging_rules": 0})
        if len(paging) > MOST_PAGING_RULES:
            return unknown(f"{len(paging)} rules page, too many to follow; narrow the labels.")
        ways = [_way(routing, rule) for rule in paging]
        silenced = _silenced(answers[1], paging, datetime.now(UTC))
        return _verdict(routing, ways, silenced, is_sent=_is_sent(answers[2]))
    except UnreadableError as problem:
        return unknown(str(problem))


def _routing(answer: Response) -> Routing:
    body = answered(answer, "Alertmanager")
    try:
        return read_routing(_Status.model_validate_json(body).config.original)
    except (ValidationError, RecursionError) as error:
        raise UnreadableError("The answer is not that of an Alertmanager; is the address right?") from error


def _is_sent(answer: Response) -> bool:
    """Does Prometheus send its alerts anywhere? What keeps no such list (a ruler of Thanos or Mimir) is believed."""
    try:
        return bool(_Alertmanagers.model_validate(content(answer)).activeAlertmanagers)
    except (UnreadableError, ValidationError, RecursionError):
        return True


def _silenced(answer: Response, rules: Sequence[AlertingRule], now: datetime) -> list[Finding]:
    try:
        silences = active_silences(answer)
    except UnreadableError as problem:
        return [Finding("silences-unread", Level.INFO, f"What is silenced now could not be read. {problem}")]
    found = []
    for rule in rules:
        until = max((silence.until for silence in silences if silence.holds(_labels(rule))), default=None)
        if until:
            level = Level.WARNING if until - now > LONGEST_SILENCE else Level.INFO
            found.append(
                Finding("silenced", level, f"{rule.name} is silenced until {until:%Y-%m-%d %H:%M %Z}.", rule.place)
            )
    return found


def _labels(rule: AlertingRule) -> dict[str, str]:
    return {**rule.labels, "alertname": rule.name}


def _way(routing: Routing, rule: AlertingRule) -> Way:
    labels = _labels(rule)
    templated = {label for label, value in labels.items() if "{{" in value}
    open_labels = (routing.labels - labels.keys()) | (routing.labels & templated)
    return Way(rule, tuple(routing.root.takers(labels)), tuple(sorted(open_labels)))


# How it is judged


def _verdict(routing: Routing, ways: Sequence[Way], silenced: Sequence[Finding], *, is_sent: bool) -> Outcome:
    findings = [*(finding for way in ways for finding in _findings(routing, way)), *silenced]
    if not is_sent:
        message = "Prometheus sends its alerts to no Alertmanager."
        findings.insert(0, Finding("not-sent", Level.ERROR, message))
    figures = _figures(ways, findings)
    if errors := [finding.message for finding in findings if finding.level is Level.ERROR]:
        return failed(joined(errors), figures, bounded(findings))
    if doubts := [finding.message for finding in findings if finding.level is Level.WARNING]:
        return unknown(joined(doubts), figures, bounded(findings))
    reached = sorted({route.receiver for way in ways for route in _telling(routing, way)})
    names = ", ".join(shortened(name, 60) for name in reached[:5]) + (" …" if len(reached) > 5 else "")
    return passed(
        f"{plural(len(ways), 'rule')} that should page: all reach a receiver ({names}).", figures, bounded(findings)
    )


def _telling(routing: Routing, way: Way) -> list[Route]:
    return [route for route in way.routes if routing.integrations.get(route.receiver)]


def _findings(routing: Routing, way: Way) -> list[Finding]:
    name, place = way.rule.name, way.rule.place
    telling = _telling(routing, way)
    if not telling:
        dead = ", ".join(dict.fromkeys(f"“{shortened(route.receiver, 60)}”" for route in way.routes))
        message = f"{name} reaches nobody: it ends at {dead}, which has no integration."
        return [Finding("black-hole", Level.ERROR, message, place)]
    heard = [route for route in telling if not routing.is_always_muted(route)]
    if not heard:
        message = f"{name} reaches nobody: the route to “{shortened(telling[0].receiver, 60)}” is muted at all times."
        return [Finding("muted", Level.WARNING, message, place)]
    return [*_muted_at_times(way, heard), *_open(way)]


def _muted_at_times(way: Way, heard: Sequence[Route]) -> list[Finding]:
    if not all(route.muted or route.active for route in heard):
        return []
    names = ", ".join(shortened(name, 60) for name in dict.fromkeys((*heard[0].muted, *heard[0].active)))
    message = f"{way.rule.name} is muted at times, by the intervals {names}."
    return [Finding("muted-at-times", Level.INFO, message, way.rule.place)]


def _open(way: Way) -> list[Finding]:
    if not way.open_labels:
        return []
    names = ", ".join(shortened(label, 60) for label in way.open_labels[:8])
    message = f"Some route asks for {names}, which {way.rule.name} doesn't set: its series or Prometheus may."
    return [Finding("open-label", Level.INFO, message, way.rule.place)]


def _figures(ways: Sequence[Way], findings: Sequence[Finding]) -> Mapping[str, Figure]:
    return {
        "paging_rules": len(ways),
        "receivers": len({route.receiver for way in ways for route in way.routes}),
        "black_holes": sum(finding.rule == "black-hole" for finding in findings),
        "muted": sum(finding.rule == "muted" for finding in findings),
        "silenced": sum(finding.rule == "silenced" for finding in findings),
    }
