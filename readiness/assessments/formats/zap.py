"""Web scans of ZAP, as traditional JSON or XML: of the service's own host, and without anything of high risk.

Passes when the report has a site of one of the service's hosts, and that site has no more alerts of high (and, where asked, of
medium) risk than allowed. Alerts of other sites that a page happened to load are noted. In both forms every value is text and
the time has no zone; the risk may stand in words alone. Confidence 0 means that a person marked it as false.
https://www.zaproxy.org/docs/desktop/addons/report-generation/report-traditional-json/ · …/report-traditional-xml/
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    count_of,
    counted,
    entries_of,
    fields_of,
    moment_of,
    number_of,
    shortened,
    text_of,
)
from readiness.assessments.outcome import Figure, Level, Outcome

MAX_ALERTS = 20_000
HIGH, MEDIUM, LOW, INFORMATIONAL = 3, 2, 1, 0
_RISKS = {"high": HIGH, "medium": MEDIUM, "low": LOW, "informational": INFORMATIONAL, "info": INFORMATIONAL}
_WORDS = {HIGH: "high", MEDIUM: "medium", LOW: "low", INFORMATIONAL: "informational"}
_LEVELS = {HIGH: Level.ERROR, MEDIUM: Level.WARNING}
_FALSE_POSITIVE = 0
_ROOT = re.compile(r"<\s*OWASPZAPReport[\s/>]")


class ZapParams(Params):
    """`target_hosts`: where the service answers, as addresses or hosts (the service says them). Alerts are counted by their kind,
    not by how many pages show them.
    """

    max_high: int = 0
    max_medium: int | None = None
    target_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """`risk` None: it does not say, and so may be anything. `count`: on how many pages it was seen."""

    host: str
    name: str
    risk: int | None
    count: int
    where: str
    is_false: bool = False


@dataclass(frozen=True, slots=True)
class ZapReading(Reading):
    alerts: Sequence[Alert] = ()


def detect(artifact: Artifact) -> bool:
    if artifact.looks_like_json:
        sites = _listed(fields_of(artifact.json_or_none).get("site"))
        return any("@name" in site or "@host" in site for site in sites) or _is_of_zap(fields_of(artifact.json_or_none))
    return bool(_ROOT.search(artifact.text[:4000]))


def _is_of_zap(report: Mapping[str, Any]) -> bool:
    return "site" in report and ("@version" in report or "@programName" in report)


def read(artifact: Artifact) -> ZapReading:
    report = fields_of(artifact.json) if artifact.looks_like_json else _from_xml(artifact.text)
    sites = _listed(report.get("site"))
    if not sites and not _is_of_zap(report):
        raise UnreadableError(
            "This is no report of ZAP: it names no site. Take the template “traditional JSON” or XML."
        )
    alerts = [alert for site in sites for alert in _alerts(site)]
    targets = list(dict.fromkeys(filter(None, map(_host, sites))))
    own = [alert for alert in alerts if not alert.is_false]
    figures: dict[str, Figure] = {
        "sites": len(sites),
        "hosts": ", ".join(targets[:8]),
        **{f"{word}_alerts": sum(alert.risk == risk for alert in own) for risk, word in _WORDS.items()},
    }
    program = text_of(report.get("@programName")) or "ZAP"
    tool = shortened(f"{program} {text_of(report.get('@version'))}", 80)
    return ZapReading(tool, figures, _generated(report), targets=targets, alerts=alerts)


def _listed(value: object) -> list[Mapping[str, Any]]:
    """One thing by itself stands for a list of one, as converters from XML write it."""
    return [fields_of(one) for one in (entries_of(value) if isinstance(value, list) else [value] if value else [])]


def _generated(report: Mapping[str, Any]) -> datetime | None:
    """`created` has a zone, in newer reports; “Tue, 5 Mar 2024 10:00:00” has none."""
    if moment := moment_of(report.get("created") or report.get("@created")):
        return moment
    said = text_of(report.get("@generated"))
    try:
        return moment_of(parsedate_to_datetime(said[:60]).isoformat())
    except (ValueError, TypeError, IndexError):
        return moment_of(said)


def _host(site: Mapping[str, Any]) -> str:
    return host_of(text_of(site.get("@host"))) or host_of(text_of(site.get("@name")))


def host_of(address: str) -> str:
    try:
        return (urlsplit(address if "//" in address else f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _alerts(site: Mapping[str, Any]) -> Iterator[Alert]:
    for number, alert in enumerate(_listed(site.get("alerts"))):
        if number >= MAX_ALERTS:
            raise UnreadableError(f"A site has more than {MAX_ALERTS:,} alerts.")
        instances = _listed(alert.get("instances"))
        first = text_of(instances[0].get("uri")) if instances else ""
        name = text_of(alert.get("name")) or text_of(alert.get("alert")) or f"Alert {text_of(alert.get('pluginid'))}"
        yield Alert(
            host=_host(site),
            name=shortened(name, 160),
            risk=_risk(alert),
            count=count_of(alert.get("count")) or max(1, len(instances)),
            where=shortened(first or text_of(site.get("@name"))),
            is_false=number_of(alert.get("confidence")) == _FALSE_POSITIVE or _says_false(alert),
        )


def _risk(alert: Mapping[str, Any]) -> int | None:
    """`riskcode` "3", or the first word of `riskdesc` "High (Medium)"."""
    code = number_of(alert.get("riskcode"))
    if code is not None and code in _WORDS:
        return int(code)
    return _RISKS.get(text_of(alert.get("riskdesc")).partition("(")[0].strip().lower())


def _says_false(alert: Mapping[str, Any]) -> bool:
    return "(false positive)" in text_of(alert.get("riskdesc")).lower()


# XML


def _from_xml(text: str) -> dict[str, Any]:
    """The XML in the shape of the JSON."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except ParseError as error:
        raise UnreadableError(f"This is not XML: {shortened(str(error))}.") from error
    except DefusedXmlException as error:
        raise UnreadableError("The XML declares a document type or entities, which are not read.") from error
    except (ValueError, LookupError) as error:
        raise UnreadableError("The XML names an encoding that can't be read.") from error
    if root.tag != "OWASPZAPReport":
        raise UnreadableError(f"This XML is no report of ZAP: it begins with <{shortened(root.tag, 40)}>.")
    return {**_attributes(root), "site": [_site(site) for site in root.iter("site")]}


def _attributes(element: Element) -> dict[str, str]:
    return {f"@{name}": value for name, value in element.attrib.items()}


def _site(site: Element) -> dict[str, Any]:
    return {**_attributes(site), "alerts": [_alert(item) for item in site.iter("alertitem")]}


def _alert(item: Element) -> dict[str, Any]:
    plain: dict[str, Any] = {child.tag: (child.text or "").strip() for child in item if not len(child)}
    addresses = [(uri.text or "").strip() for uri in item.iter("uri")]
    return {**plain, "instances": [{"uri": address} for address in addresses]}


# Judging


def judge(reading: ZapReading, params: ZapParams) -> Outcome:
    verdict = Verdict()
    wanted = set(map(host_of, params.target_hosts)) - {""}
    if not reading.targets:
        verdict.unclear.append("The report names no site: nothing was scanned.")
    elif wanted and not wanted & set(reading.targets):
        verdict.unclear.append(
            f"The scan was of {', '.join(reading.targets[:3])}, not of {', '.join(sorted(wanted))}: it says nothing here."
        )
    own = [alert for alert in reading.alerts if not wanted or alert.host in wanted]
    for alert in reading.alerts:
        if alert not in own:
            verdict.note("other-site", f"On another site, {alert.host}: {alert.name}.", alert.where, Level.INFO)
    open_ = [alert for alert in own if not alert.is_false]
    for alert in own:
        if alert.is_false:
            verdict.note("false-positive", f"Marked as false: {alert.name}.", alert.where, Level.INFO)
    for risk, most in ((HIGH, params.max_high), (MEDIUM, params.max_medium)):
        _judge_risk(risk, most, [alert for alert in open_ if alert.risk == risk], verdict)
    _judge_rest(open_, verdict)
    held = {HIGH: params.max_high, MEDIUM: params.max_medium}
    named = [alert.name for alert in open_ if alert.risk is not None and held.get(alert.risk) is not None]
    bad = f"{reading.tool} reports {_said(verdict)}: {_named(named)}." if verdict.problems else ""
    return verdict.outcome(_good(reading, wanted, open_), reading, bad=bad)


def _judge_risk(risk: int, most: int | None, alerts: Sequence[Alert], verdict: Verdict) -> None:
    is_over = most is not None and len(alerts) > most
    for alert in alerts:
        sentence = f"{alert.name} ({_WORDS[risk]} risk, seen {counted(alert.count, 'time')})."
        if is_over:
            verdict.fail(f"{_WORDS[risk]}-risk", sentence, alert.where, _LEVELS[risk])
        else:
            verdict.note(f"{_WORDS[risk]}-risk", sentence, alert.where, _LEVELS[risk])


def _judge_rest(alerts: Sequence[Alert], verdict: Verdict) -> None:
    for alert in alerts:
        if alert.risk is None:
            verdict.unclear.append(f"The report does not say the risk of “{alert.name}”.")
        elif alert.risk < MEDIUM:
            verdict.note(
                f"{_WORDS[alert.risk]}-risk", f"{alert.name} ({_WORDS[alert.risk]} risk).", alert.where, Level.INFO
            )


def _said(verdict: Verdict) -> str:
    counts = {word: sum(one.rule == f"{word}-risk" for one in verdict.problems) for word in ("high", "medium")}
    return " and ".join(f"{counted(count, 'alert')} of {word} risk" for word, count in counts.items() if count)


def _named(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    return f"{', '.join(unique[:4])}{' …' if len(unique) > 4 else ''}"


def _good(reading: ZapReading, wanted: set[str], alerts: Sequence[Alert]) -> str:
    hosts = ", ".join(sorted(wanted & set(reading.targets)) or reading.targets[:3])
    medium = sum(alert.risk == MEDIUM for alert in alerts)
    rest = f", and {counted(medium, 'alert')} of medium" if medium else ""
    return f"{reading.tool} reports nothing of high risk on {hosts}{rest}."


def lacks(params: ZapParams) -> str:
    if not params.target_hosts:
        return "No base address is declared for this service, so nothing says whether the scan was of this service."
    return ""
