"""The one written form of a packet, its digest, and the offline check of a packet's file. Plain Python; needs no database.

Canonical: UTF-8, keys sorted, no white space, no escapes but those JSON demands, whole numbers only. So the digest can be had
without this program as well:  jq -cSj .packet FILE | sha256sum

A file is {"digest": …, "packet": …} in the same form. Its digest says that the file belongs together; *which* packet it is, is
said by the digest in the mail, in the sign-offs and in the history.

Packets of the first format, from before drafts could be signed, are read and checked as ever.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

FORMAT = "readiness-packet/2"
FORMATS = ("readiness-packet/1", FORMAT)
DEEPEST = 64
LARGEST_WHOLE_NUMBER = 2**53  # beyond it, programs that read numbers as floats see another number


class Tampered(ValueError):  # noqa: N818 - an answer to a question, not a fault
    """Why a file is no packet, or no longer the one it was; a sentence for a person."""


def canonical(packet: dict[str, Any]) -> str:
    """Raises TypeError on what has no single written form: a float, a key that is no text, an object of another kind."""
    _check(packet, "packet", 1)
    return json.dumps(packet, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _check(value: Any, where: str, depth: int) -> None:
    if depth > DEEPEST:
        raise TypeError(f"{where} is nested too deeply.")
    match value:
        case list() | tuple():
            for number, part in enumerate(value):
                _check(part, f"{where}[{number}]", depth + 1)
        case dict():
            for key, part in value.items():
                if not isinstance(key, str):
                    raise TypeError(f"{where} has the key {key!r}, which is no text.")
                _check(part, f"{where}.{key}", depth + 1)
        case _:
            _check_leaf(value, where)


def _check_leaf(value: Any, where: str) -> None:
    if not isinstance(value, (str, int, type(None))):
        raise TypeError(
            f"{where} is a {type(value).__name__}; a packet holds text, whole numbers, true, false and null."
        )
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE_NUMBER:
        raise TypeError(f"{where} is too large a number; write it as text.")


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def as_file(body: str) -> bytes:
    """The file of a packet whose canonical text is `body`. The same bytes whenever it is asked for."""
    return f'{{"digest":"{digest(body)}","packet":{body}}}'.encode()


def check_file(content: bytes) -> dict[str, Any]:
    """The packet in the file. Raises Tampered when one byte of it, white space included, is not as it was written."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Tampered(f"This is no text in UTF-8: byte {error.start + 1} can't be read.") from error
    envelope = _read(text)
    if (
        not isinstance(envelope, dict)
        or set(envelope) != {"digest", "packet"}
        or not isinstance(envelope["packet"], dict)
    ):
        raise Tampered('This is no packet: it must be an object with a "digest" and a "packet", and nothing else.')
    packet: dict[str, Any] = envelope["packet"]
    if packet.get("format") not in FORMATS:
        known = '" or "'.join(FORMATS)
        raise Tampered(f'This is no packet that this program can read: its format is not "{known}".')
    body = _again(packet)
    if digest(body) != envelope["digest"]:
        raise Tampered(
            f"The packet was changed: its digest is {digest(body)}, and not {envelope['digest']} as the file says."
        )
    if as_file(body) != content:
        raise Tampered(
            "The file was changed: it says the same, but is not written as it was (white space, order or escapes)."
        )
    return packet


def _again(packet: dict[str, Any]) -> str:
    try:
        return canonical(packet)
    except TypeError as error:
        raise Tampered(f"The packet was changed: {error}") from error


def _read(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_twins, parse_float=_no_float, parse_constant=_no_float)
    except RecursionError as error:
        raise Tampered("This is no packet: it is nested too deeply.") from error
    except Tampered:
        raise
    except ValueError as error:
        raise Tampered(f"This is no JSON: {error}.") from error


def _without_twins(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Tampered(f'The file was changed: the key "{key}" stands there twice.')
        found[key] = value
    return found


def _no_float(number: str) -> Any:
    raise Tampered(f"The file was changed: a packet holds whole numbers only, and no {number}.")
