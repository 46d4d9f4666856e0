"""The rules of a SARIF run: what each is about, and how bad it is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from readiness.assessments.formats.contract import entries_of, fields_of, number_of, shortened, text_of

MAX_RULES = 50_000
_WORDS = {"critical": 9.5, "high": 8.0, "medium": 5.5, "moderate": 5.5, "low": 2.0}
_PLACEHOLDER = re.compile(r"\{(\d{1,2})\}")


@dataclass(frozen=True, slots=True)
class Rule:
    """`words`: all that says what it is about. `level` and `severity` are empty where the rule has none."""

    id: str
    words: str
    level: str = ""
    severity: float | None = None
    messages: Mapping[str, Any] = field(default_factory=dict)
    is_on: bool = True


def rule_of(rule: Mapping[str, Any], taxa: Mapping[str, str]) -> Rule:
    properties, configured = fields_of(rule.get("properties")), fields_of(rule.get("defaultConfiguration"))
    texts = [fields_of(rule.get(name)).get("text") for name in ("shortDescription", "fullDescription")]
    tags = [tag for tag in entries_of(properties.get("tags")) if isinstance(tag, str)]
    words = [text_of(rule.get("id")), text_of(rule.get("name")), *map(text_of, texts), *tags, *_classes(rule, taxa)]
    return Rule(
        shortened(text_of(rule.get("id")), 120) or "no rule",
        " ".join(words)[:4000],
        text_of(configured.get("level")).lower(),
        severity_of(properties),
        fields_of(rule.get("messageStrings")),
        configured.get("enabled") is not False,
    )


def names_of_taxa(members: Mapping[str, Any]) -> dict[str, str]:
    """`CWE/89` → “CWE-89 SQL Injection”: of the taxonomies that rules refer to."""
    names: dict[str, str] = {}
    for taxonomy in map(fields_of, entries_of(members.get("taxonomies"))[:50]):
        family = text_of(taxonomy.get("name"))
        for taxon in map(fields_of, entries_of(taxonomy.get("taxa"))[:MAX_RULES]):
            text = text_of(taxon.get("name")) or text_of(fields_of(taxon.get("shortDescription")).get("text"))
            names[f"{family}/{text_of(taxon.get('id'))}"] = text[:200]
    return names


def _classes(rule: Mapping[str, Any], taxa: Mapping[str, str]) -> Iterator[str]:
    for relation in map(fields_of, entries_of(rule.get("relationships"))[:50]):
        target = fields_of(relation.get("target"))
        family, name = text_of(fields_of(target.get("toolComponent")).get("name")), text_of(target.get("id"))
        yield f"{family}-{name.removeprefix(f'{family}-')} {taxa.get(f'{family}/{name}', '')}"


def message_in_words(message: Mapping[str, Any], rule: Rule) -> str:
    if "text" in message:
        return text_of(message["text"])
    template = text_of(fields_of(rule.messages.get(message["id"])).get("text"))
    arguments = message["arguments"]
    return shortened(_PLACEHOLDER.sub(lambda match: at(int(match[1]), arguments) or "", template[:2000]), 300)


def at[T](place: object, places: Sequence[T]) -> T | None:
    if not isinstance(place, int) or isinstance(place, bool):
        return None
    return places[place] if 0 <= place < len(places) else None


def severity_of(properties: Mapping[str, Any]) -> float | None:
    """A CVSS score as number or text, or a word such as CRITICAL."""
    said = properties.get("security-severity")
    return _WORDS.get(said.strip().lower(), number_of(said)) if isinstance(said, str) else number_of(said)
