"""How the ids and names of a lens become keys and categories here. The same id always makes the same key."""

import hashlib
import re
from collections.abc import Mapping

from readiness.catalog.rules import slug_of
from readiness.checklists.pack_fields import MAX_KEY
from readiness.checklists.rules import Category

_VERSION = re.compile(r"[\s(\[-]*\bv?\d+(?:\.\d+)+[)\]]?\s*$", re.IGNORECASE)
_WORDS: Mapping[Category, str] = {
    Category.SECURITY: r"securit|privacy|complian|protect|identit|access",
    Category.OBSERVABILITY: r"observab|monitor|logg|telemetr|event|alarm",
    Category.PERFORMANCE: r"perform|capacit|scal|efficien",
    Category.RELIABILITY: r"reliab|resilien|availab|recover|architect|failure|continuity",
}


def key_of(identifier: str) -> str:
    """Small letters, digits and hyphens, starting with a letter. A long one ends in eight characters that stand for all of it."""
    slug = slug_of(identifier)
    if not slug[:1].isalpha():
        slug = f"q-{slug}".rstrip("-")
    if len(slug) <= MAX_KEY:
        return slug
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:8]
    return f"{slug[: MAX_KEY - 9].rstrip('-')}-{digest}"


def checklist_key(name: str) -> str:
    """Of the name without the version at its end, so that the next version of a lens is the next version of its checklist."""
    words = _VERSION.sub("", name) or name
    return key_of(words) if slug_of(words) else ""


def category_of(pillar_id: str, name: str) -> Category:
    """A guess from its words; what nothing speaks for is operations."""
    words = f"{pillar_id} {name}".lower()
    return next((category for category, pattern in _WORDS.items() if re.search(pattern, words)), Category.OPERATIONS)
