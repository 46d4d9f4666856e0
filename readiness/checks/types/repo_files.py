r"""The repository holds, at the commit that goes live, the files it should, and not those it should not.

Passes when every rule holds: a file exists, does not exist, or has a line that matches. A rule is one line:

    exists CODEOWNERS | .github/CODEOWNERS | docs/CODEOWNERS
    absent .env
    matches Dockerfile: ^FROM .+@sha256:

https://docs.github.com/en/rest/repos/contents · https://docs.gitlab.com/api/repository_files/
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, Field

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types._apis import require_ok
from readiness.checks.types._code_host import CodeHostConfig, Repository, found, is_absent
from readiness.checks.types.contract import UnreadableError, bounded, joined, plural, shortened
from readiness.egress import Fault, Request, Response, Steps

MOST_PATHS = 60
LONGEST_LINE = 500
LONGEST_SEARCH = timedelta(seconds=2)
RULE = re.compile(r"(exists|absent|matches)\s+([^\n]{1,600})")
REPEATED_GROUP = re.compile(r"\)[*+{]|\\\d|\(\?")
REPETITION = re.compile(r"[*+]|\{\d*,")
MOST_REPETITIONS = 2
"""An expression that repeats a group, or has many repetitions, can take for ever on a line made for it. With these limits one
line takes less than a second, and the clock is looked at after each.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """`paths`: alternatives, one of which is enough (for `absent`: none may be there)."""

    verb: str
    paths: tuple[str, ...]
    pattern: str = ""

    @property
    def words(self) -> str:
        return " or ".join(self.paths)


def read_rule(line: str) -> Rule:
    """Raises ValueError with what is wrong, for a form."""
    match = RULE.fullmatch(line.strip())
    if not match:
        raise ValueError("write a rule as exists PATH, absent PATH, or matches PATH: EXPRESSION")
    verb, rest = match[1], match[2]
    names, _, pattern = rest.partition(": ") if verb == "matches" else (rest, "", "")
    paths = tuple(name.strip().strip("/") for name in names.split("|"))
    for path in paths:
        if not re.fullmatch(r"[^\x00-\x1f\x7f\\]{1,300}", path) or ".." in path.split("/"):
            raise ValueError("a path is written from the repository's top, such as docs/CODEOWNERS")
    if verb == "matches":
        _require_expression(pattern.strip())
    return Rule(verb, paths, pattern.strip())


def _require_expression(pattern: str) -> None:
    if not 0 < len(pattern) <= 200:
        raise ValueError("after the path come a colon, a space and an expression of at most 200 characters")
    if REPEATED_GROUP.search(pattern) or len(REPETITION.findall(pattern)) > MOST_REPETITIONS:
        raise ValueError("an expression here repeats no group, and has at most two of *, + and {n,}")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError("this expression can't be read") from error


def _rule_line(line: str) -> str:
    read_rule(line)
    return line.strip()


RuleLine = Annotated[str, Field(max_length=700), AfterValidator(_rule_line)]


class Config(CodeHostConfig):
    rules: tuple[RuleLine, ...] = Field(
        min_length=1,
        max_length=20,
        title="Rules",
        description="exists, absent or matches, then a path; alternatives are separated by |.",
        examples=[["exists CODEOWNERS | .github/CODEOWNERS", "absent .env", "matches Dockerfile: ^FROM .+@sha256:"]],
    )


def run(config: Config) -> Steps[Outcome]:
    rules = [read_rule(line) for line in config.rules]
    paths = list(dict.fromkeys(path for rule in rules for path in rule.paths))
    if len(paths) > MOST_PATHS:
        return unknown(f"The rules name {len(paths)} paths, more than {MOST_PATHS}.")
    try:
        repository = yield from found(config)
        answers = yield [_file(repository, path) for path in paths]
        seen = dict(zip(paths, answers, strict=True))
        broken = [finding for rule in rules if (finding := _broken(rule, seen, repository))]
    except UnreadableError as problem:
        return unknown(str(problem))
    return _verdict(broken, rules, repository)


def _file(repository: Repository, path: str) -> Request:
    if repository.is_github:
        return repository.get(f"contents/{quote(path)}", {"ref": repository.ref}, "application/vnd.github.raw+json")
    return repository.get(f"repository/files/{quote(path, safe='')}/raw", {"ref": repository.ref})


def _verdict(broken: Sequence[Finding], rules: Sequence[Rule], repository: Repository) -> Outcome:
    figures: dict[str, Figure] = {
        "rules": len(rules),
        "broken": len(broken),
        "ref": repository.ref[:60],
        "is_release": bool(repository.commit),
    }
    alone = "" if repository.commit else " No release commit is declared, so the default branch was read."
    if broken:
        return failed(joined([finding.message for finding in broken]) + alone, figures, bounded(broken))
    holds = "1 rule holds" if len(rules) == 1 else f"{plural(len(rules), 'rule')} hold"
    return passed(f"{holds} at {repository.words}.{alone}", figures)


def _broken(rule: Rule, seen: dict[str, Response], repository: Repository) -> Finding | None:
    """None when it holds. Raises UnreadableError when it can't be told."""
    answers = {path: seen[path] for path in rule.paths}
    there = [path for path, answer in answers.items() if _is_there(answer, repository)]
    match rule.verb:
        case "absent":
            return _finding("present", f"{there[0]} is in the repository; take it out.", there[0]) if there else None
        case "exists":
            return None if there else _finding("missing", f"{rule.words} is not in the repository.", rule.words)
    if not there:
        return _finding("missing", f"{rule.words} is not in the repository.", rule.words)
    if any(_has_match(rule.pattern, answers[path], path) for path in there):
        return None
    return _finding("no-match", f"No line of {' or '.join(there)} matches “{shortened(rule.pattern, 100)}”.", there[0])


def _is_there(answer: Response, repository: Repository) -> bool:
    if is_absent(answer):
        return False
    if answer.fault is not Fault.TOO_LARGE:
        require_ok(answer, repository.host)
    return True


def _has_match(pattern: str, answer: Response, path: str) -> bool:
    expression = re.compile(pattern)
    ends = time.monotonic() + LONGEST_SEARCH.total_seconds()
    for line in answer.text.splitlines():
        if expression.search(line[:LONGEST_LINE]):
            return True
        if time.monotonic() > ends:
            raise UnreadableError(f"Searching {shortened(path, 100)} takes too long; write a simpler expression.")
    if answer.fault is Fault.TOO_LARGE:
        raise UnreadableError(f"{shortened(path, 100)} is larger than a megabyte, and its beginning does not match.")
    return False


def _finding(rule: str, message: str, where: str) -> Finding:
    return Finding(rule, Level.ERROR, shortened(message, 400), where[:300])
