"""Every artifact format there is. A new one is a file, a line here and a test file; no migration.

`inspect` does all of it: tells the format by its content, reads, judges, and never raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from readiness.assessments.formats import (
    drain,
    explain,
    junit,
    k8s_manifest,
    loadtest,
    log_sample,
    otlp_trace,
    pgss,
    prom_rules_file,
    resource_trend,
    sarif,
    scorecard,
    secrets_scan,
    zap,
)
from readiness.assessments.formats._neighbours import said_instead
from readiness.assessments.formats.contract import MAX_BYTES, Artifact, Format, Reading, UnreadableError
from readiness.assessments.outcome import Outcome, unknown


def _table(*formats: Format[Any, Any]) -> dict[str, Format[Any, Any]]:
    return {one.kind: one for one in formats}


FORMATS = _table(
    Format("junit", "Test report", junit.detect, junit.read, junit.JunitParams, junit.judge, junit.JunitParams(),
           is_general=True, lacks=junit.lacks),
    Format("sarif", "Code scan", sarif.detect, sarif.read, sarif.SarifParams, sarif.judge,
           sarif.SarifParams(min_security_severity=sarif.HIGH), is_general=True),
    Format("zap", "Web scan", zap.detect, zap.read, zap.ZapParams, zap.judge, zap.ZapParams(), lacks=zap.lacks),
    Format("scorecard", "Scorecard", scorecard.detect, scorecard.read, scorecard.ScorecardParams, scorecard.judge,
           scorecard.DEFAULTS, lacks=scorecard.lacks),
    Format("pgss", "Query statistics", pgss.detect, pgss.read, pgss.PgssParams, pgss.judge, pgss.DEFAULTS, lacks=pgss.lacks),
    Format("prom_rules_file", "Alerting rules", prom_rules_file.detect, prom_rules_file.read, prom_rules_file.RuleFileParams,
           prom_rules_file.judge, prom_rules_file.RuleFileParams()),
    Format("loadtest", "Load test", loadtest.detect, loadtest.read, loadtest.LoadParams, loadtest.judge, loadtest.DEFAULTS,
           lacks=loadtest.lacks),
    Format("k8s_manifest", "Kubernetes manifest", k8s_manifest.detect, k8s_manifest.read, k8s_manifest.ManifestParams,
           k8s_manifest.judge, k8s_manifest.DEFAULTS),
    Format("explain", "Query plans", explain.detect, explain.read, explain.ExplainParams, explain.judge,
           explain.ExplainParams(large_table_rows=explain.LARGE)),
    Format("secrets_scan", "Secrets scan", secrets_scan.detect, secrets_scan.read, secrets_scan.SecretsParams,
           secrets_scan.judge, secrets_scan.SecretsParams()),
    Format("otlp_trace", "Trace export", otlp_trace.detect, otlp_trace.read, otlp_trace.TraceParams, otlp_trace.judge,
           otlp_trace.DEFAULTS, lacks=otlp_trace.lacks),
    Format("resource_trend", "Resource trend", resource_trend.detect, resource_trend.read, resource_trend.TrendParams,
           resource_trend.judge, resource_trend.DEFAULTS),
    Format("drain", "Drain drill", drain.detect, drain.read, drain.DrainParams, drain.judge, drain.DrainParams()),
    Format("log_sample", "Log sample", log_sample.detect, log_sample.read, log_sample.LogParams, log_sample.judge,
           log_sample.DEFAULTS),
)  # fmt: skip
"""In the order in which content is tried: a log sample is what has no clearer mark."""


@dataclass(frozen=True, slots=True)
class Read:
    """A report that could be read, with the format it is of."""

    format: Format[Any, Any]
    reading: Reading

    def judged(self, params: Mapping[str, object]) -> Outcome:
        """By what one criterion asks. A setting that does not exist makes it unknown."""
        try:
            return self.format.judge(self.reading, self.format.asked(params))
        except UnreadableError as error:
            return unknown(str(error), self.reading.figures)

    def lacks(self, params: Mapping[str, object]) -> str:
        """What has to be declared before this criterion can be judged; empty when nothing is missing."""
        try:
            return self.format.lacks(self.format.asked(params))
        except UnreadableError:
            return ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """`kind` and `tool` are empty where the file could not be read."""

    kind: str
    tool: str
    outcome: Outcome


def detect(artifact: Artifact) -> str:
    """The kind of the content; empty when it is none of ours. Raises UnreadableError for what is no text at all."""
    artifact.refuse_archives()
    kind = next((kind for kind, one in FORMATS.items() if _is_one(one, artifact)), "")
    # A tool's report on one line of JSON would pass for a log of one line.
    return "" if kind == "log_sample" and said_instead(artifact) else kind


def _is_one(one: Format[Any, Any], artifact: Artifact) -> bool:
    try:
        return one.detect(artifact)
    except UnreadableError:
        return False


def read(content: bytes, kind: str = "", *, max_bytes: int = MAX_BYTES) -> Read:
    """Reads `content` as `kind`, or as what it looks like. Raises UnreadableError with a sentence."""
    artifact = Artifact(content, max_bytes)
    if kind and kind not in FORMATS:
        raise UnreadableError(f"“{kind}” is none of the kinds that are read: {', '.join(FORMATS)}.")
    looks_like = detect(artifact)
    kind = kind or looks_like
    if not kind:
        raise UnreadableError(_nothing_known(artifact))
    try:
        return Read(FORMATS[kind], FORMATS[kind].read(artifact))
    except UnreadableError as error:
        if looks_like and looks_like != kind:
            raise UnreadableError(f"{error} It looks like: {FORMATS[looks_like].name}.") from error
        raise


def _nothing_known(artifact: Artifact) -> str:
    if sentence := said_instead(artifact):
        return sentence
    known = ", ".join(one.name for one in FORMATS.values())
    if artifact.first_character in {"{", "["}:
        artifact.json  # noqa: B018 - says where broken JSON breaks
    if len(artifact.text) < 100 and artifact.text.strip() in {"[]", "null", "{}"}:
        return "The report is empty, and nothing shows of which kind it is; say the kind."
    return f"This is none of the reports that are read: {known}."


def inspect(
    content: bytes, kind: str = "", params: Mapping[str, object] | None = None, *, max_bytes: int = MAX_BYTES
) -> Inspection:
    """Reads and judges by the format's own defaults with `params` laid over them."""
    try:
        found = read(content, kind, max_bytes=max_bytes)
    except UnreadableError as error:
        return Inspection("", "", unknown(str(error)))
    asked = found.format.defaults.model_dump() | dict(params or {})
    return Inspection(found.format.kind, found.reading.tool, found.judged(asked))
