"""Test reports: at least one case ran, none failed, and the cases that are asked for are among those that passed.

Passes when a case passed, none failed or ended in an error, and each pattern that is asked for matches the name of a passed case.
Cases are counted by themselves: dialects leave the counts out, or write wrong ones. There is no standard; the closest is
https://github.com/testmoapp/junitxml
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from pydantic import field_validator

from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    count_of,
    counted,
    moment_of,
    number_of,
    shortened,
)
from readiness.assessments.outcome import Outcome

MAX_ELEMENTS = 300_000
_BYTES_PER_ELEMENT = 40
"""A report above MAX_ELEMENTS may hold one for each so many bytes."""
_FAILED, _BROKEN, _SKIPPED = "failure", "error", "skipped"
_WORST = (_BROKEN, _FAILED, _SKIPPED)
_SUITES = frozenset({"testsuites", "testsuite"})
_NOT_RUN = frozenset({"notrun", "skipped", "disabled", "suppressed", "ignored"})
_MEANT = re.compile(r"^- (ST\d{3} .{1,80})$", re.MULTILINE)
_HUGE_TAG = re.compile(rb"<[^!?<>][^<>]{65536}")
_NO_CASE = "ruff No errors found"
"""What ruff writes in place of a case when it found nothing, also where there was nothing to read."""
_ROOT = re.compile(r"<\s*(?:[\w.-]+:)?(testsuites|testsuite)[\s/>]")


class JunitParams(Params):
    """Patterns are matched against class and name, whatever the case. `dependencies`: the declared ones, for the patterns that
    each of them needs a passed case for. `max_case_s`: how long a case that was asked for may take.
    """

    required_cases: tuple[str, ...] = ()
    required_cases_per_dependency: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    max_case_s: float | None = None

    @field_validator("required_cases", "required_cases_per_dependency")
    @classmethod
    def _are_patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"“{pattern}” is not a pattern: {error}") from error
        return patterns


@dataclass(slots=True)
class Case:
    """`state`: passed, or what is wrong with it."""

    name: str
    state: str = "passed"
    message: str = ""
    seconds: float | None = None


@dataclass(slots=True)
class _Claim:
    """How many failures and errors a suite counts itself, and how many the suites in it do."""

    own: int
    inside: int = 0

    @property
    def most(self) -> int:
        return max(self.own, self.inside)


@dataclass(frozen=True, slots=True)
class JunitReading(Reading):
    cases: Sequence[Case] = ()
    failures_outside: int = 0
    """Failures and errors that a suite counts, and no case shows: a suite that could not even start."""


def detect(artifact: Artifact) -> bool:
    head = artifact.content[:4000].replace(b"\0", b"").decode("latin-1")
    return bool(_ROOT.search(head))


def _elements_in(content: bytes) -> int:
    """Exactly, where a "<" can only begin a tag; 0 where it can be told by parsing alone."""
    if b"<![CDATA[" in content or b"<!--" in content or b"\0" in content[:4]:
        return 0
    return content.count(b"<") - sum(content.count(other) for other in (b"</", b"<?", b"<!"))


def _too_many(most: int) -> str:
    return f"The report has more than {most:,} elements."


def read(artifact: Artifact) -> JunitReading:
    artifact.refuse_archives()
    if _HUGE_TAG.search(artifact.content):
        raise UnreadableError("The XML has an element with more than 64 KiB of attributes.")
    most = max(MAX_ELEMENTS, len(artifact.content) // _BYTES_PER_ELEMENT)
    if _elements_in(artifact.content) > most:
        raise UnreadableError(_too_many(most))  # counted in a moment; parsing so far would take seconds
    reader = _Reader(most)
    try:
        for event, element in iterparse(BytesIO(artifact.content), ("start", "end"), forbid_dtd=True):
            reader.take(event, element)
    except ParseError as error:
        several = " Several reports have to be merged into one first." if "junk after" in str(error) else ""
        raise UnreadableError(f"This is not XML: {shortened(str(error))}.{several}") from error
    except DefusedXmlException as error:
        raise UnreadableError("The XML declares a document type or entities, which are not read.") from error
    except (ValueError, LookupError) as error:  # an encoding that does not exist
        raise UnreadableError("The XML names an encoding that can't be read.") from error
    return reader.reading()


class _Reader:
    """Keeps the cases and drops the elements, so that a large report needs little memory."""

    def __init__(self, most_elements: int) -> None:
        self.most_elements = most_elements
        self.cases: list[Case] = []
        self.open: list[Element] = []
        self.case: Case | None = None
        self.tool = ""
        self.timestamps: list[str] = []
        self.claims: list[_Claim] = []
        self.claimed = 0
        self.elements = 0

    def take(self, event: str, element: Element) -> None:
        name = element.tag.rpartition("}")[2]
        if event == "start":
            self._begin(name, element)
            return
        self._end(name, element)
        self.open.pop()
        element.clear()
        if self.open:
            self.open[-1].remove(element)

    def _begin(self, name: str, element: Element) -> None:
        self.elements += 1
        if self.elements > self.most_elements:
            raise UnreadableError(_too_many(self.most_elements))
        if not self.open and name not in _SUITES:
            raise UnreadableError(f"This XML is no test report: it begins with <{shortened(name, 40)}>.")
        self.open.append(element)
        if len(self.open) > 100:
            raise UnreadableError("The XML is nested more than 100 levels deep.")
        if name == "testcase":
            self.case = Case(_full_name(element), _stated(element), seconds=number_of(element.get("time")))
        elif name in _SUITES:
            self._suite(element)

    def _suite(self, element: Element) -> None:
        self.tool = self.tool or element.get("name", "")
        if timestamp := element.get("timestamp"):
            self.timestamps.append(timestamp)
        self.claims.append(_Claim(count_of(element.get("failures")) + count_of(element.get("errors"))))

    def _end(self, name: str, element: Element) -> None:
        if name == "testcase" and self.case is not None:
            if self.case.name != _NO_CASE:
                self.cases.append(self.case)
            self.case = None
        elif name in _WORST and self.case is not None:
            worse = self.case.state == "passed" or _WORST.index(name) < _WORST.index(self.case.state)
            if worse:
                self.case.state = name
                self.case.message = shortened(_why(element))
        elif name in _SUITES and self.claims:
            self._close_suite(self.claims.pop().most)

    def _close_suite(self, claimed: int) -> None:
        """What a suite counts stands in its parent's count, or only in its own."""
        if self.claims:
            self.claims[-1].inside += claimed
        else:
            self.claimed = claimed

    def reading(self) -> JunitReading:
        states = [case.state for case in self.cases]
        failed, broken, skipped = (states.count(state) for state in (_FAILED, _BROKEN, _SKIPPED))
        outside = max(0, self.claimed - failed - broken)
        figures = {"tests": len(states), "passed": states.count("passed"), "failures": failed, "errors": broken + outside,
                   "skipped": skipped}  # fmt: skip
        moments = [moment for moment in map(moment_of, self.timestamps) if moment]
        zones = {moment.tzinfo is None for moment in moments}
        latest = max(moments) if len(zones) == 1 else None
        is_of_secrets = self.tool.lower().startswith("gitleaks")  # its failures quote what it found
        return JunitReading(
            shortened(self.tool, 80) or "JUnit", figures, latest, holds_secrets=is_of_secrets, cases=self.cases,
            failures_outside=outside,
        )  # fmt: skip


def _why(element: Element) -> str:
    """The message of schemathesis is a code, and what it means stands in the text."""
    if meant := _MEANT.findall((element.text or "")[:4000]):
        return "; ".join(meant)
    return element.get("message") or element.text or element.get("type") or ""


def _full_name(element: Element) -> str:
    said = " ".join(filter(None, (element.get("classname"), element.get("name"))))
    return shortened(said, 300) or "a case without a name"


def _stated(element: Element) -> str:
    """GoogleTest and others say it in an attribute instead of an element."""
    said = {str(element.get(name, "")).lower() for name in ("status", "result")}
    if said & {"failed", "failure", "fail"}:
        return _FAILED
    if "error" in said:
        return _BROKEN
    return _SKIPPED if said & _NOT_RUN else "passed"


def judge(reading: JunitReading, params: JunitParams) -> Outcome:
    verdict = Verdict()
    for case in reading.cases:
        if case.state in (_FAILED, _BROKEN):
            word = "failed" if case.state == _FAILED else "ended in an error"
            verdict.fail(
                case.state, f"“{shortened(case.name, 120)}” {word}: {case.message or 'it does not say why'}", case.name
            )
    if reading.failures_outside:
        verdict.fail("error", f"The report counts {counted(reading.failures_outside, 'failure')} that no case shows.")
    passed = [case for case in reading.cases if case.state == "passed"]
    if not reading.cases:
        verdict.unclear.append("The report has no test case: nothing ran.")
    elif not passed:
        verdict.unclear.append("Every case was skipped: nothing ran.")
    for what, patterns in _wanted(params):
        _look_for(what, patterns, reading, verdict, params)
    failed = [case.name for case in reading.cases if case.state in (_FAILED, _BROKEN)]
    good = f"{counted(len(passed), 'case')} passed and none failed."
    bad = f"{len(failed):,} of {counted(len(reading.cases), 'case')} failed: {_some(failed)}." if failed else ""
    return verdict.outcome(good, reading, bad=bad)


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(shortened(name, 80) for name in names[:3])}{' …' if len(names) > 3 else ''}"


def _wanted(params: JunitParams) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(in words, the patterns that one case has to match all of)."""
    for pattern in params.required_cases:
        yield f"“{pattern}”", (pattern,)
    for dependency in params.dependencies if params.required_cases_per_dependency else ():
        for pattern in params.required_cases_per_dependency:
            yield f"“{pattern}” for {dependency}", (re.escape(dependency), pattern)


def _look_for(
    what: str, patterns: tuple[str, ...], reading: JunitReading, verdict: Verdict, params: JunitParams
) -> None:
    """A report without any such case says nothing about it; one whose cases did not run says no."""
    wanted = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    named = [case for case in reading.cases if all(pattern.search(_as_words(case.name)) for pattern in wanted)]
    good = [case for case in named if case.state == "passed"]
    if not named:
        verdict.unclear.append(f"The report has no case named {what}.")
    elif not good and all(case.state == _SKIPPED for case in named):
        verdict.fail("skipped", f"No case {what} ran: {named[0].name} was skipped.", named[0].name)
    for case in good if params.max_case_s is not None else ():
        if case.seconds is not None and case.seconds > (params.max_case_s or 0):
            verdict.fail(
                "slow", f"“{case.name}” took {case.seconds:.3g} s, more than {params.max_case_s:g} s.", case.name
            )


def _as_words(name: str) -> str:
    """`test_breakerHalfOpens` also as words, so that a pattern need not know how a language writes names."""
    spaced = re.sub(r"[_\-.:/]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name))
    return f"{name} {spaced}"


def lacks(params: JunitParams) -> str:
    if params.required_cases_per_dependency and not params.dependencies:
        return "The service declares no dependency, so there is nothing to hold the cases against."
    return ""
