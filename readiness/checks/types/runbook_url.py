"""Each runbook can be read by who is paged, and says what the alert means, its causes, the steps and whom to escalate
to.

Passes when every link answers 200 with a page that is neither a sign-in page nor a "not found", has enough words, and
a heading (or short line) for each required section. A page that can't be read, as it asks to sign in or is built by a
script, is unknown. What a runbook is for: https://sre.google/workbook/on-call/
"""

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from readiness.assessments.outcome import Finding, Level, Outcome, failed, passed, unknown
from readiness.assessments.promql.alerts import label_filter
from readiness.checks.types._alerting import rulebook, rules_requests
from readiness.checks.types._pages import is_html, is_not_found_page, is_sign_in_page, lines_of, read_page
from readiness.checks.types._prometheus import PrometheusConfig
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, bounded, joined, plural
from readiness.egress import Request, Response, Steps

MOST_RUNBOOKS = 50
HIDES_FROM_STRANGERS = {"github.com", "raw.githubusercontent.com", "gist.github.com"}
LONGEST_HEADING = 10  # words
SCRIPTED_PAGE = 30  # words; with fewer and a script, the page is built in the browser
DEFAULT_SECTIONS = {
    "meaning": "meaning|what it means|what this means|what is happening|summary|overview|description|symptom|impact",
    "causes": "cause|why|diagnos|triage|investigat",
    "steps": "step|mitigat|remed|resol|fix|action|what to do|how to",
    "escalation": "escalat|contact|who to call|whom to call|get help",
}
Phrases = Annotated[str, Field(min_length=2, max_length=500, pattern=r"^[^\n]+$")]


class RulesSource(PrometheusConfig):
    selector: str = Field(
        min_length=2,
        max_length=1000,
        title="Labels of the service's rules",
        description="Which alerting rules' runbook links are followed.",
        examples=['{service="checkout"}'],
    )

    @model_validator(mode="after")
    def _readable(self) -> "RulesSource":
        try:
            label_filter(self.selector)
        except UnreadableError as problem:
            raise ValueError(str(problem)) from problem
        return self


class Config(CheckConfig):
    urls: tuple[HttpAddress, ...] = Field(
        default=(),
        max_length=MOST_RUNBOOKS,
        title="Runbook links",
        description="The pages that alerts link to.",
        examples=[["https://runbooks.example.com/checkout/high-error-rate"]],
    )
    rules: RulesSource | None = Field(
        default=None,
        title="Links from alerting rules",
        description="Where to find the links in the rules of a Prometheus, besides those that are listed.",
        examples=[{"base_url": "https://prometheus.internal.example.com", "selector": '{service="checkout"}'}],
    )
    required_sections: Mapping[str, Phrases] = Field(
        default=DEFAULT_SECTIONS,
        min_length=1,
        max_length=20,
        title="Required sections",
        description="For each section the beginnings of words, one of which stands in its heading, separated by |.",
        examples=[{"causes": "cause|why"}],
    )
    min_words: int = Field(
        default=80,
        ge=1,
        le=5000,
        title="Words at least",
        description="A page with fewer words tells nobody what to do at night.",
        examples=[80],
    )

    @model_validator(mode="after")
    def _some_source(self) -> "Config":
        if not self.urls and self.rules is None:
            raise ValueError("runbook links, or the alerting rules to find them in, are missing")
        return self


def run(config: Config) -> Steps[Outcome]:
    links = list(config.urls)
    if config.rules:
        try:
            answers = yield rules_requests(config.rules, config.rules.selector)
            links += [rule.runbook for rule in rulebook(answers).selected(config.rules.selector) if rule.runbook]
        except UnreadableError as problem:
            return unknown(str(problem))
    links = list(dict.fromkeys(links))
    if not links:
        return unknown("No rule links a runbook, so there is none to read.", {"runbooks": 0})
    pages = yield [Request(link) for link in links[:MOST_RUNBOOKS]]
    return _verdict([finding for page in pages for finding in _judge(config, page)], pages, len(links))


def _verdict(findings: Sequence[Finding], pages: Sequence[Response], links: int) -> Outcome:
    errors = [finding.message for finding in findings if finding.level is Level.ERROR]
    doubts = [finding.message for finding in findings if finding.level is Level.WARNING]
    figures = {"runbooks": len(pages), "problems": len(errors), "unread": len(doubts)}
    if errors:
        return failed(joined(errors), figures, bounded(findings))
    if doubts:
        return unknown(joined(doubts), figures, bounded(findings))
    if links > len(pages):
        return unknown(f"{links} runbooks are linked, of which only the first {len(pages)} were read.", figures)
    return passed(f"{plural(len(pages), 'runbook')} read: every required section is there.", figures)


def _judge(config: Config, page: Response) -> list[Finding]:
    where = page.request.url
    if unreadable := _unreadable(page):
        return [Finding("unread", Level.WARNING, f"{where[:300]} {unreadable}", where)]
    if page.status != 200:
        return [Finding("not-there", Level.ERROR, f"{where[:300]} answered {page.status}.", where)]
    title, lines, is_scripted = _text(page)
    words = sum(len(line.split()) for line in lines)
    if is_not_found_page(title, lines):
        return [Finding("not-there", Level.ERROR, f"{where[:300]} says that the page was not found.", where)]
    if is_scripted and words < min(SCRIPTED_PAGE, config.min_words):
        message = f"{where[:300]} shows its text only in a browser, so it could not be read."
        return [Finding("unread", Level.WARNING, message, where)]
    return _content_problems(config, where, lines, words)


def _unreadable(page: Response) -> str:
    if page.fault:
        return f"gave no answer: {page.problem or page.fault}"
    status, kind = page.status or 0, page.headers.get("content-type", "text/html").lower()
    if status in {401, 403, 407} or is_sign_in_page(page):
        return "asks to sign in, so it could not be read."
    if status == 404 and urlsplit(page.url).hostname in HIDES_FROM_STRANGERS:
        return "answered 404, as it does of private pages to whoever is not signed in."
    if status >= 500 or status == 429:
        return f"answered {status}."
    if status == 200 and not any(word in kind for word in ("text", "html", "markdown", "json")):
        return f"is {kind[:60]}, which could not be read as text."
    return ""


def _text(page: Response) -> tuple[str, list[str], bool]:
    if not is_html(page):
        return "", lines_of(page.text), False
    html = read_page(page.text)
    return html.title, html.lines, b"<script" in page.body.lower()


def _content_problems(config: Config, where: str, lines: Sequence[str], words: int) -> list[Finding]:
    problems = []
    if words < config.min_words:
        message = f"{where[:300]} has {plural(words, 'word')}, fewer than {config.min_words}."
        problems.append(Finding("too-short", Level.ERROR, message, where))
    headings = [f" {line.lower()}" for line in lines if len(line.split()) <= LONGEST_HEADING]
    missing = [name for name, phrases in config.required_sections.items() if not _has_section(phrases, headings)]
    if missing:
        message = f"{where[:300]} has no section on {', '.join(missing)}."
        problems.append(Finding("no-section", Level.ERROR, message, where))
    return problems


def _has_section(phrases: str, headings: Sequence[str]) -> bool:
    # The beginning of a word: "cause" is found in "Likely causes" and not in "because".
    wanted = [phrase.strip().lower() for phrase in phrases.split("|") if phrase.strip()]
    plain = ["".join(char if char.isalnum() else " " for char in heading) for heading in headings]
    return any(f" {phrase}" in heading for heading in plain for phrase in wanted)
