"""Reports gone wrong: what real ones become by hand, by accident and by malice."""

import gzip
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from random import Random
from typing import Any

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**70), 10**400, 1e308, -1e308, float("nan"), float("inf"),
    "", " ", "0", "-1", "NaN", "N/A", "1e999", "\u0000", "\ud800", "é" * 300, "x" * 5000, "error", "CRITICAL", "null",
    [], {}, [[]], [{}], [None], {"": None}, {"a": {"a": {}}},
    "2026-02-30T25:61:61Z", "0001-01-01T00:00:00Z", "1970-01-01", "{{ x }}", "../../etc/passwd", "\u202e",
)  # fmt: skip
DAMAGE = (
    b"<![CDATA[", b"]]>", b"&x;", b"<!--", b"<", b">", b"\n---\n", b"NaN", b"Infinity", b'"', b"'", b"\\", b"&a *a",
    b"{{ x }}", b"\0", b"\xff", b"\xed\xa0\x80", b"}", b"{", b"[", b"]", b",", b":", b"\r", b"\t", b"%",
    b"\xef\xbb\xbf", b"1e999999", b"-", b"!!python/object",
)  # fmt: skip
_SCALAR = re.compile(rb"-?\d+(?:\.\d+)?|\"[^\"]*\"|true|false|null")
_NAME = re.compile(r"[A-Za-z_@][\w.@/-]{1,40}")

type Mutation = Callable[[Random, bytes], bytes]


def words_in(content: bytes) -> list[str]:
    """The names that a report of this kind is made of."""
    return list(dict.fromkeys(_NAME.findall(content.decode("utf-8", "replace"))))[:400]


def tree(chance: Random, words: Sequence[str], depth: int = 0) -> Any:
    """JSON of the format's own words, in no order that means anything."""
    if depth > 5 or chance.random() < 0.3:
        return chance.choice(words) if chance.random() < 0.4 else chance.choice(STRANGE)
    if chance.random() < 0.4:
        return [tree(chance, words, depth + 1) for _ in range(chance.randint(0, 4))]
    return {chance.choice(words): tree(chance, words, depth + 1) for _ in range(chance.randint(0, 6))}


def as_text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def truncated(chance: Random, content: bytes) -> bytes:
    return content[: chance.randint(0, len(content))]


def holed(chance: Random, content: bytes) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + content[at + chance.randint(0, 200) :]


def damaged(chance: Random, content: bytes) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + chance.choice(DAMAGE) * chance.choice((1, 1, 1, 2, 50)) + content[at + chance.randint(0, 8) :]


def doubled(chance: Random, content: bytes) -> bytes:
    at = chance.randint(0, len(content))
    end = at + chance.randint(0, 2000)
    return content[:end] + content[at:end] * chance.choice((1, 1, 3, 20)) + content[end:]


def with_other_values(chance: Random, content: bytes) -> bytes:
    """Some of the numbers and texts in it become others, wherever they stand."""
    share = chance.choice((0.01, 0.1, 0.5))

    def other(match: re.Match[bytes]) -> bytes:
        return as_text(chance.choice(STRANGE)) if chance.random() < share else match[0]

    return _SCALAR.sub(other, content)


def deep(chance: Random, content: bytes) -> bytes:
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"- ", b""), (b"{a: ", b"}")))
    levels = chance.choice((30, 63, 64, 65, 101, 1000, 20_000))
    return damaged(chance, content) if chance.random() < 0.5 else opening * levels + content + closing * levels


def in_another_encoding(chance: Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(
        chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp037", "utf-7")), "replace"
    )


def packed(chance: Random, content: bytes) -> bytes:
    for _ in range(chance.randint(1, 3)):
        if chance.random() < 0.5:
            content = gzip.compress(content)
            continue
        archive = BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("report.json", content)
        content = archive.getvalue()
    return content


def rearranged(chance: Random, content: bytes) -> bytes:
    """As JSON: names dropped, types swapped, lists emptied. What is no JSON is damaged in its place."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return damaged(chance, content)
    return as_text(_rearranged(chance, value, chance.choice((0.005, 0.02, 0.1, 0.3))))


def _rearranged(chance: Random, value: object, share: float) -> object:
    if chance.random() < share:
        return chance.choice(STRANGE)
    match value:
        case dict():
            return {
                name: _rearranged(chance, inner, share) for name, inner in value.items() if chance.random() >= share
            }
        case list():
            kept = [_rearranged(chance, inner, share) for inner in value if chance.random() >= share]
            return kept if chance.random() >= share else []
    return value


MUTATIONS: tuple[Mutation, ...] = (
    truncated, holed, damaged, doubled, with_other_values, deep, in_another_encoding, packed, rearranged, rearranged, rearranged,
)  # fmt: skip


def hollow(value: object) -> object:
    """The same outer form with nothing in it."""
    match value:
        case dict():
            return {name: type(inner)() if isinstance(inner, dict | list) else inner for name, inner in value.items()}
        case list():
            return [hollow(inner) for inner in value[:1]]
    return value
