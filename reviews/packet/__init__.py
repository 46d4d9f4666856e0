"""The decision packet: what it holds, its one written form, its digests and its offline check."""

from reviews.packet.canonical import FORMAT, Tampered, as_file, canonical, digest
from reviews.packet.content import build, draft
from reviews.packet.reading import as_shown, gaps, owed, read
from reviews.packet.signed import check as check_file, content_digest

__all__ = [
    "FORMAT",
    "Tampered",
    "as_file",
    "as_shown",
    "build",
    "canonical",
    "check_file",
    "content_digest",
    "digest",
    "draft",
    "gaps",
    "owed",
    "read",
]
