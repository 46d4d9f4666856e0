"""Secret scanners: detect-secrets baselines, gitleaks 8, trufflehog 3 (JSON lines); those that write SARIF, in SARIF.

Passes when nothing was found that nobody has decided about, nothing was verified as live, and the scan covered the whole history
where that is asked for. What was found is never repeated: rule, file and line only. Exit codes say nothing: detect-secrets ends
with success when it has findings. https://github.com/Yelp/detect-secrets · https://github.com/gitleaks/gitleaks ·
https://github.com/trufflesecurity/trufflehog
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from readiness.assessments.formats._sarif import is_of_a_secret_scanner, read_runs
from readiness.assessments.formats._sarif_run import Run
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
    joined,
    moment_of,
    parse_json,
    shortened,
    text_of,
)
from readiness.assessments.outcome import Level, Outcome

MAX_LINES = 100_000
_HISTORY_SOURCES = frozenset({"git", "github", "gitlab", "bitbucket", "azurerepos", "gerrit"})


class SecretsParams(Params):
    scope: Literal["", "full-history"] = ""


@dataclass(frozen=True, slots=True)
class Leak:
    """`decision`: what people said of it: nothing yet, that it is none, or that it is one."""

    rule: str
    where: str
    decision: Literal["none yet", "false alarm", "secret"] = "none yet"
    is_verified: bool = False


@dataclass(frozen=True, slots=True)
class SecretsReading(Reading):
    leaks: Sequence[Leak] = ()
    covers_history: bool | None = None
    """None: the report does not say."""
    doubt: str = ""
    """Why an empty report would prove nothing."""


def detect(artifact: Artifact) -> bool:
    if _is_trufflehog(artifact) or is_of_a_secret_scanner(artifact):
        return True
    return _is_baseline(artifact.json_or_none) or _is_gitleaks(artifact.json_or_none)


def read(artifact: Artifact) -> SecretsReading:
    if _is_trufflehog(artifact):
        return _trufflehog(artifact.text)
    if is_of_a_secret_scanner(artifact):
        return _sarif(read_runs(artifact))
    report = artifact.json
    if _is_baseline(report):
        return _baseline(report)
    if report is None or report == [] or _is_gitleaks(report):
        return _gitleaks(entries_of(report))
    raise UnreadableError("This is no report of detect-secrets, gitleaks or trufflehog, nor SARIF of such a scanner.")


def _is_baseline(report: object) -> bool:
    return {"results", "plugins_used"} <= fields_of(report).keys()


def _is_gitleaks(report: object) -> bool:
    return {"RuleID", "File"} <= fields_of(next(iter(entries_of(report)), None)).keys()


def _is_trufflehog(artifact: Artifact) -> bool:
    """Also its log alone: what it writes when it found nothing."""
    first = fields_of(artifact.first_line_json())
    return {"SourceMetadata", "DetectorName"} <= first.keys() or _is_its_log(first)


def _is_its_log(line: Mapping[str, Any]) -> bool:
    return line.get("logger") == "trufflehog" and "msg" in line


def _baseline(report: Mapping[str, Any]) -> SecretsReading:
    leaks = []
    for name, found in fields_of(report.get("results")).items():
        for one in map(fields_of, entries_of(found)):
            said = one.get("is_secret")
            decision = "secret" if said is True else "false alarm" if said is False else "none yet"
            where = f"{text_of(one.get('filename')) or name}:{count_of(one.get('line_number'))}"
            leaks.append(_leak(one.get("type"), where, decision, is_verified=one.get("is_verified") is True))
    tool = shortened(f"detect-secrets {text_of(report.get('version'))}", 60)
    doubt = "" if entries_of(report.get("plugins_used")) else f"{tool} had no detector switched on."
    if not leaks and not doubt:
        doubt = f"{tool} found nothing and does not say which files it read; outside a git repository it reads none."
    return _reading(tool, leaks, covers_history=False, observed_at=report.get("generated_at"), doubt=doubt)


def _gitleaks(report: Sequence[Any]) -> SecretsReading:
    """`null` and `[]` are what it writes when it found nothing. A commit beside each finding shows that it read the history."""
    found = [fields_of(one) for one in report]
    leaks = [_leak(one.get("RuleID"), f"{text_of(one.get('File'))}:{count_of(one.get('StartLine'))}") for one in found]
    is_clear = any(text_of(one.get("Secret")) not in {"", "REDACTED"} for one in found)
    covers = any(text_of(one.get("Commit")) for one in found) if found else None
    return _reading("gitleaks", leaks, covers_history=covers, holds_secrets=is_clear)


def _trufflehog(text: str) -> SecretsReading:
    """Log lines that went into the same file are passed over, but for the last: it says that the scan came to its end."""
    lines = [line for line in text.splitlines() if line.lstrip().startswith("{")]
    if len(lines) > MAX_LINES:
        raise UnreadableError(f"The report has more than {MAX_LINES:,} lines.")
    leaks, sources, is_clear, ended = [], set(), False, False
    for one in (fields_of(parse_json(line)) for line in lines):
        if "DetectorName" not in one:
            ended = ended or (_is_its_log(one) and one.get("msg") == "finished scanning")
            continue
        source, place = next(iter(fields_of(fields_of(one.get("SourceMetadata")).get("Data")).items()), ("", None))
        sources.add(source.lower())
        is_clear = is_clear or bool(one.get("Raw") or one.get("RawV2"))
        where = f"{text_of(fields_of(place).get('file'))}:{count_of(fields_of(place).get('line'))}"
        leaks.append(_leak(one.get("DetectorName"), where, is_verified=one.get("Verified") is True))
    doubt = "" if leaks or ended else "trufflehog does not say that it finished."
    covers = sources <= _HISTORY_SOURCES if sources else None
    return _reading("trufflehog", leaks, covers_history=covers, holds_secrets=is_clear, doubt=doubt)


def _sarif(runs: Sequence[Run]) -> SecretsReading:
    """gitleaks gives no level: each result is one. A commit beside it shows that it read the history."""
    found = [result for run in runs for result in run.results]
    leaks = [_leak(one.rule.id, one.where, "none yet" if one.is_open else "false alarm") for one in found]
    looked = bool(runs) and all(run.rules and run.has_results and not run.is_unfinished for run in runs)
    return _reading(
        joined(dict.fromkeys(run.tool for run in runs)) or "SARIF",
        leaks,
        covers_history=any(one.commit for one in found) if found else None,
        observed_at=max((run.ended_at.isoformat() for run in runs if run.ended_at), default=None),
        holds_secrets=any(one.quotes for one in found),
        doubt="" if looked else "The scan lists no rule, or did not come to its end.",
    )


def _leak(rule: object, where: str, decision: Any = "none yet", *, is_verified: bool = False) -> Leak:
    return Leak(shortened(text_of(rule), 80) or "secret", shortened(where, 300), decision, is_verified)


def _reading(
    tool: str,
    leaks: Sequence[Leak],
    *,
    covers_history: bool | None,
    observed_at: object = None,
    holds_secrets: bool = False,
    doubt: str = "",
) -> SecretsReading:
    figures = {
        "findings": len(leaks), "undecided": sum(leak.decision == "none yet" for leak in leaks),
        "verified": sum(leak.is_verified for leak in leaks), "covers_history": covers_history,
    }  # fmt: skip
    return SecretsReading(
        tool, figures, moment_of(observed_at), holds_secrets=holds_secrets, leaks=leaks, covers_history=covers_history,
        doubt=doubt,
    )  # fmt: skip


def judge(reading: SecretsReading, params: SecretsParams) -> Outcome:
    verdict = Verdict()
    for leak in sorted(reading.leaks, key=lambda leak: (not leak.is_verified, leak.rule)):
        if leak.is_verified:
            verdict.fail(leak.rule, "It was verified: the secret is live. Rotate it now.", leak.where)
        elif leak.decision == "secret":
            verdict.fail(leak.rule, "Somebody marked it as a secret. Rotate it, and take it out.", leak.where)
        elif leak.decision == "none yet":
            verdict.fail(leak.rule, "Nobody has decided what it is.", leak.where, Level.WARNING)
        else:
            verdict.note(leak.rule, "Marked as a false alarm.", leak.where, Level.INFO)
    if reading.doubt:
        verdict.unclear.append(reading.doubt)
    if params.scope and reading.covers_history is False:
        wanted = "a scan of the whole history is asked for (gitleaks git, trufflehog git)"
        verdict.unclear.append(f"{reading.tool} read the files as they are now; {wanted}.")
    if params.scope and reading.covers_history is None:
        verdict.note("scope", "An empty report does not say what was scanned; the pipeline does.", level=Level.INFO)
    live = sum(leak.is_verified for leak in reading.leaks)
    found = f"{counted(len(verdict.problems), 'possible secret')} not settled{f', {live} of them live' if live else ''}"
    bad = f"{reading.tool} found {found}."
    return verdict.outcome(f"{reading.tool} found nothing that is not settled.", reading, bad=bad)
