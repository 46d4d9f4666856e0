"""What is true of every format: it stands in the table, is known to checklists, and no content whatever makes it raise."""

import pkgutil
import zipfile
from io import BytesIO

import pytest

from readiness.assessments import formats
from readiness.assessments.formats import FORMATS, detect, read
from readiness.assessments.formats.contract import MAX_FINDINGS, Artifact, UnreadableError
from readiness.assessments.outcome import Result
from readiness.checklists.kinds import KINDS
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.rules import How
from tests.assessments.formats import reports
from tests.assessments.formats.reports import SAMPLES, as_json, sample, told
from tests.assessments.formats.test_samples import RAN
from tests.cast import GO_LIVE

KINDS_OF_SAMPLES = {
    "artillery-v2.json": ("loadtest", "fail"),
    "bandit.sarif": ("sarif", "fail"),
    "detect-secrets.json": ("secrets_scan", "fail"),
    "explain-index.json": ("explain", "pass"),
    "explain-noanalyze.json": ("explain", "unknown"),
    "explain-seqscan.json": ("explain", "fail"),
    "locust-json.json": ("loadtest", "fail"),
    "locust_stats.csv": ("loadtest", "fail"),
    "locust_stats_history.csv": ("loadtest", "fail"),
    "otlp-traces.json": ("otlp_trace", "pass"),
    "otlp-traces.pb": ("otlp_trace", "pass"),
    "pg-stat-statements.csv": ("pgss", "unknown"),
    "pg-stat-statements.json": ("pgss", "unknown"),
    "prometheus-range-leaky.json": ("resource_trend", "fail"),
    "prometheus-range-steady.json": ("resource_trend", "pass"),
    "ruff-junit.xml": ("junit", "fail"),
    "ruff.sarif": ("sarif", "fail"),
    "schemathesis-junit.xml": ("junit", "fail"),
    "semgrep.sarif": ("sarif", "fail"),
}
GOOD = {
    "junit": reports.junit(reports.case("test_a")),
    "sarif": reports.sarif(),
    "loadtest": reports.k6(),
    "k8s_manifest": reports.manifest(),
    "explain": reports.plan(reports.scan(10)),
    "secrets_scan": as_json(
        {
            "version": "1.5.0",
            "plugins_used": [{"name": "AWSKeyDetector"}],
            "results": {"a.py": [{"type": "AWS Access Key", "filename": "a.py", "line_number": 3, "is_secret": False}]},
        }
    ),
    "drain": reports.drain(),
    "otlp_trace": sample("otlp-traces.json"),
    "pgss": sample("pg-stat-statements.json"),
    "prom_rules_file": reports.rule_file(),
    "scorecard": reports.scorecard(),
    "zap": reports.zap(reports.zap_alert(1)),
    "resource_trend": sample("prometheus-range-steady.json"),
    "log_sample": reports.log(),
}
DECLARED = {"pgss": {"budget_ms": 50, "production_rows": "orders=200000"}}
"""What has no default, because only the service can say it."""


def test_every_module_is_in_the_table() -> None:
    modules = {module.name for module in pkgutil.iter_modules(formats.__path__)}
    assert {name for name in modules if not name.startswith("_")} - {"contract", "traces", "trend"} == set(FORMATS)


def test_every_format_is_a_kind_that_checklists_know() -> None:
    assert set(FORMATS) <= KINDS[How.ARTIFACT]


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_says_what_it_is(kind: str) -> None:
    one = FORMATS[kind]
    module = __import__(one.read.__module__, fromlist=["read"])
    assert "Passes when" in (module.__doc__ or "")
    assert "https://" in (module.__doc__ or "") or kind == "junit"
    assert one.title
    assert one.kind == kind == module.__name__.rpartition(".")[2]


def test_the_shipped_checklist_asks_only_what_formats_know() -> None:
    pack = read_pack(GO_LIVE.read_text())
    ways = [
        way for item in pack.items for criterion in item.criteria for way in criterion.ways if way.how is How.ARTIFACT
    ]
    asked = [way for way in ways if way.kind in FORMATS]
    assert len(asked) > 20
    for way in asked:
        FORMATS[way.kind].asked(way.params)


@pytest.mark.parametrize(("name", "expected"), KINDS_OF_SAMPLES.items())
def test_real_reports_are_told_apart_by_their_content(name: str, expected: tuple[str, str]) -> None:
    inspection = told(sample(name))
    assert (inspection.kind, inspection.outcome.result) == expected
    assert inspection.tool
    assert inspection.outcome.reason.endswith(".")


def test_every_sample_is_in_the_table() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == KINDS_OF_SAMPLES.keys() | RAN.keys()


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_report_passes_and_is_told_by_its_content(kind: str) -> None:
    inspection = told(GOOD[kind], params=DECLARED.get(kind))
    assert (inspection.kind, inspection.outcome.result, inspection.outcome.reason) == (
        kind,
        "pass",
        inspection.outcome.reason,
    )


@pytest.mark.parametrize("kind", GOOD)
def test_a_truncated_report_is_no_proof(kind: str) -> None:
    content = GOOD[kind]
    assert told(content[: len(content) // 2]).outcome.result is not Result.PASS


@pytest.mark.parametrize("kind", [kind for kind in GOOD if kind != "junit"])
def test_reports_in_utf_16_as_powershell_writes_them_are_read(kind: str) -> None:
    assert told(GOOD[kind].decode().encode("utf-16")).kind == kind


def archive() -> bytes:
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as files:
        files.writestr("a.json", "0" * 1000)
    return inner.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (archive(), "ZIP archive"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"\xff\xfe\x00", "can't be read"),
        (b"caf\xe9 {", "not UTF-8"),
        (b"a\x00b", "zero bytes"),
        (b"hello", "none of the reports"),
        (b"{}", "say the kind"),
        (b"[]", "say the kind"),
        (b"null", "say the kind"),
        (b'{"a":', "not JSON: line 1"),
        (b"[" * 100 + b"]" * 100, "levels deep"),
        (b'{"a":' * 100_000, "levels deep"),
        (b'{"a": 1' + b"0" * 10_000 + b"}", "not JSON"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MiB"),
    ],
)
def test_what_is_no_report_is_unknown_with_a_sentence(content: bytes, words: str) -> None:
    outcome = told(content).outcome
    assert outcome.result is Result.UNKNOWN
    assert words in outcome.reason
    for kind in FORMATS:
        assert told(content, kind).outcome.result is not Result.PASS or content in {b"[]", b"null"}


def test_a_report_of_another_kind_than_was_said_is_named() -> None:
    with pytest.raises(UnreadableError, match="It looks like: code scan"):
        read(sample("bandit.sarif"), "junit")


def test_a_kind_that_nobody_reads_is_refused() -> None:
    with pytest.raises(UnreadableError, match="“pentest” is none of the kinds"):
        read(b"x", "pentest")


def test_a_setting_that_does_not_exist_is_named() -> None:
    outcome = told(reports.k6(), params={"p95": 100}).outcome
    assert outcome.result is Result.UNKNOWN
    assert "“p95” is not a setting of loadtest. Known: min_duration_s" in outcome.reason
    assert told(reports.k6(), params={"p95_ms": "fast"}).outcome.reason.startswith("p95_ms: ")
    assert told(reports.junit(), params={"required_cases": ["("]}).outcome.result is Result.UNKNOWN


def test_findings_are_bounded() -> None:
    many = reports.sarif(*({"ruleId": "r1", "level": "error", "message": {"text": f"{n}"}} for n in range(2000)))
    outcome = told(many).outcome
    assert len(outcome.findings) == MAX_FINDINGS
    assert outcome.figures["blocking"] == 2000
    assert outcome.figures["findings_left_out"] == 1500


def test_telling_apart_reads_json_once() -> None:
    artifact = Artifact(sample("detect-secrets.json"))
    assert detect(artifact) == "secrets_scan"
    assert artifact.json is artifact.json
