"""Which routes are tried: those that a person listed, then those that the service's OpenAPI document protects."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from readiness.assessments.outcome import Figure, Finding, Level
from readiness.checks.types._openapi import Document, document_of
from readiness.checks.types.contract import UnreadableError, plural, shortened
from readiness.egress import Request, Steps

MOST_ROUTES = 100
type Call = tuple[str, str]
"""Method and address."""


@dataclass(frozen=True, slots=True)
class Targets:
    """`guessed`: addresses that the document gave; `figures`: what it said beside."""

    calls: tuple[Call, ...]
    guessed: frozenset[str] = frozenset()
    figures: dict[str, Figure] = field(default_factory=dict)
    notes: tuple[Finding, ...] = ()


def targets_of(listed: list[Call], base_url: str, openapi_url: str | None) -> Steps[Targets]:
    """The listed routes, and those that the document adds. Raises UnreadableError when it can't be read, or when there is
    nothing to try.
    """
    if openapi_url is None:
        return Targets(tuple(listed))
    [answer] = yield [Request(openapi_url)]
    document = document_of(answer)
    found = [(one.method, _under(base_url, one.path)) for one in document.protected]
    new = [call for call in found if call not in listed]
    calls = [*listed, *new][:MOST_ROUTES]
    if not calls:
        raise UnreadableError(_nothing_to_try(document))
    figures: dict[str, Figure] = {
        "protected": len(found),
        "open": len(document.left_open),
        "only_writing": document.untried,
    }
    notes = _document_notes(document, len(listed) + len(new) - len(calls))
    return Targets(tuple(calls), frozenset(url for _, url in new), figures, notes)


def _nothing_to_try(document: Document) -> str:
    if document.untried:
        return (
            f"The OpenAPI document protects only routes that write ({document.untried}), which are not tried by guess: "
            "list those that may be called."
        )
    return "The OpenAPI document protects no route: none of its operations has a security requirement."


def _document_notes(document: Document, left_out: int) -> tuple[Finding, ...]:
    notes = []
    if document.left_open:
        names = shortened(", ".join(document.left_open[:20]), 400)
        notes.append(Finding("open-by-document", Level.INFO, f"The document leaves open: {names}."))
    if left_out:
        notes.append(Finding("not-all-tried", Level.INFO, f"{plural(left_out, 'further route')} were not tried."))
    return tuple(notes)


def _under(base_url: str, path: str) -> str:
    """The document's path may begin with what the base address ends with."""
    parts = urlsplit(base_url)
    base = parts.path.rstrip("/")
    whole = path if base and (path == base or path.startswith(f"{base}/")) else base + path
    return f"{parts.scheme}://{parts.netloc}{whole}"
