"""SARIF 2.1.0, read run by run and result by result, so that a scan of 50 MB costs little more memory than its text.

What a reader has to know of the tools: Semgrep says the level at the rule alone, bandit leaves MEDIUM out, ruff puts the results
before the rules and calls all of them errors, CodeQL keeps its rules in extensions, Trivy and Grype put a CVSS score (or a word)
at the rule, gitleaks gives no level at all. bandit and ruff list only the rules that found something.
"""

import re
from typing import Any

from readiness.assessments.formats._artifact import Artifact
from readiness.assessments.formats._json_parts import JsonText
from readiness.assessments.formats._sarif_run import Run, RunReader, Waiting, is_finding
from readiness.assessments.formats.contract import UnreadableError, fields_of, shortened, text_of

MAX_RESULTS = 500_000
SECRET_SCANNERS = ("gitleaks", "trufflehog", "detect-secrets", "ggshield", "gitguardian", "kingfisher", "noseyparker")
_DRIVER = re.compile(r'"driver"\s*:\s*(?=\{)')
_LOOKS_LIKE = re.compile(r'"(?:driver|results|tool)"\s*:\s*[\[{]')


def is_sarif(artifact: Artifact) -> bool:
    """By the outer level of the document, without reading the runs. Raises UnreadableError."""
    if artifact.first_character != "{":
        return False
    text = JsonText(artifact.json_text)
    seen: dict[str, Any] = {}

    def take(name: str, at: int) -> int:
        if name == "runs" and text.text.startswith("[", at):
            raise _RunsAtError(at)
        seen[name], end = text.value(at)
        return end

    try:
        text.members(text.first(), take)
    except _RunsAtError as found:
        says = "version" in seen or "sarif" in text_of(seen.get("$schema")) or '"version"' in text.text[-4000:]
        return says or bool(_LOOKS_LIKE.search(text.text, found.at, found.at + 4000))
    return False


class _RunsAtError(Exception):
    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


def tool_of(artifact: Artifact) -> str:
    """The name of the first run's tool, in small letters."""
    match = _DRIVER.search(artifact.text)
    if not match:
        return ""
    try:
        driver, _ = JsonText(artifact.text).value(match.end())
    except UnreadableError:
        return ""
    return text_of(fields_of(driver).get("name")).lower()


def is_of_a_secret_scanner(artifact: Artifact) -> bool:
    return is_sarif(artifact) and tool_of(artifact).replace(" ", "").startswith(SECRET_SCANNERS)


def read_runs(artifact: Artifact) -> list[Run]:
    """Raises UnreadableError for what is no SARIF of version 2.1."""
    if artifact.first_character != "{":
        artifact.json  # noqa: B018 - says where broken JSON breaks
        raise UnreadableError("This is not SARIF: it has no list of runs.")
    return _Document(JsonText(artifact.json_text)).read()


class _Document:
    def __init__(self, text: JsonText) -> None:
        self._text = text
        self._runs: list[Run] | None = None
        self._version = ""
        self._left = MAX_RESULTS

    def read(self) -> list[Run]:
        self._text.ended(self._text.members(self._text.first(), self._member))
        if self._runs is None:
            raise UnreadableError("This is not SARIF: it has no list of runs.")
        if not self._version.startswith("2.1"):
            said = shortened(self._version, 20) or "of no version"
            raise UnreadableError(f"This is SARIF {said}; version 2.1.0 is read.")
        return self._runs

    def _member(self, name: str, at: int) -> int:
        if name == "runs" and self._text.text.startswith("[", at):
            self._runs = []
            return self._text.items(at, self._run)
        value, end = self._text.value(at)
        self._version = text_of(value) if name == "version" else self._version
        return end

    def _run(self, at: int) -> int:
        """The results often come before the rules that they are of: they wait in their short form."""
        if not self._text.text.startswith("{", at):
            return self._text.value(at)[1]
        members: dict[str, Any] = {}
        waiting: list[Waiting] = []

        def result(place: int) -> int:
            value, end = self._text.value(place)
            self._left -= 1
            if self._left < 0:
                raise UnreadableError(f"The scan has more than {MAX_RESULTS:,} results.")
            if isinstance(value, dict) and is_finding(value):
                waiting.append(Waiting.of(value))
            return end

        def member(name: str, place: int) -> int:
            if name == "results" and self._text.text.startswith("[", place):
                members["results"] = True
                return self._text.items(place, result)
            members[name], end = self._text.value(place)
            return end

        end = self._text.members(at, member)
        assert self._runs is not None  # noqa: S101 - it was begun by the caller
        self._runs.append(RunReader(members).run(waiting))
        return end
