"""Reports of the same tools that are not read, and what to make in their place: a pipeline sends the neighbouring file first."""

import re
from collections.abc import Mapping

from readiness.assessments.formats._artifact import Artifact
from readiness.assessments.formats.contract import entries_of, fields_of, text_of

_PLAN_AS_TEXT = re.compile(r"[A-Z][^\n]*\(cost=\d+\.\d+\.\.")
_SARIF = "make SARIF of it"
_BY_KEYS: Mapping[frozenset[str], str] = {
    frozenset({"generated_at", "metrics", "results"}):
        f"This is Bandit's own JSON; {_SARIF}: bandit -f sarif (pip install bandit[sarif]).",
    frozenset({"results", "errors", "paths"}): f"This is Semgrep's own JSON; {_SARIF}: semgrep scan --sarif.",
    frozenset({"code", "filename", "location", "noqa_row"}):
        f"This is ruff's own JSON; {_SARIF}: ruff check --output-format sarif.",
    frozenset({"config", "versionInfo", "cluster"}):
        "This is the state of an Alertmanager, which a check asks by itself: connect it under Settings, Integrations.",
    frozenset({"SchemaVersion", "Results"}): f"This is Trivy's own JSON; {_SARIF}: trivy --format sarif.",
    frozenset({"matches", "descriptor"}): f"This is Grype's own JSON; {_SARIF}: grype -o sarif.",
    frozenset({"numTotalTests", "testResults"}): "This is Jest's own JSON; make JUnit of it: jest --reporters=jest-junit.",
    frozenset({"stats", "tests", "passes", "failures"}):
        "This is Mocha's own JSON; make JUnit of it: mocha --reporter mocha-junit-reporter.",
    frozenset({"query_block"}): "This is a plan of MySQL or MariaDB; plans of PostgreSQL are read.",
}  # fmt: skip
_BY_ROOT: Mapping[str, str] = {
    "test-run": "This is NUnit's own XML; convert it to JUnit.",
    "assemblies": "This is xUnit's own XML; convert it to JUnit.",
    "TestRun": "This is a TRX of Visual Studio; make JUnit of it: dotnet test --logger junit.",
    "testng-results": "This is TestNG's own XML; its folder junitreports holds the JUnit files.",
    "checkstyle": "This is Checkstyle's XML, which proves nothing here; make SARIF of it.",
    "coverage": "This is a coverage report, which proves nothing here.",
}


def said_instead(artifact: Artifact) -> str:
    """A sentence for a report that is known and not read; empty for all others."""
    if artifact.first_character == "<":
        head = artifact.text[:2000]
        return next((sentence for root, sentence in _BY_ROOT.items() if f"<{root}" in head), "")
    if artifact.text[:200].lstrip().startswith("QUERY PLAN"):
        return (
            "This is a plan with psql's frame around it; send it bare: psql -XAt -c 'EXPLAIN (ANALYZE, FORMAT JSON) …'."
        )
    if _PLAN_AS_TEXT.match(artifact.text[:2000]):
        return "This is a plan as text; ask for JSON: psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) …'."
    if _is_of_k6_samples(artifact):
        return "These are k6's single samples (--out json); send the summary: k6 run --summary-export=summary.json."
    value = artifact.json_or_none
    if {"activeTargets", "droppedTargets"} <= fields_of(fields_of(value).get("data")).keys():
        return (
            "These are Prometheus' targets, which a check asks for by itself: connect it under Settings, Integrations."
        )
    keys = fields_of(value).keys() or fields_of(next(iter(entries_of(value)), None)).keys()
    return next((sentence for wanted, sentence in _BY_KEYS.items() if wanted <= keys), "")


def _is_of_k6_samples(artifact: Artifact) -> bool:
    first = fields_of(artifact.first_line_json())
    return {"type", "metric", "data"} <= first.keys() and text_of(first["type"]) in {"Point", "Metric"}
