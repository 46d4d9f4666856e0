"""What a log line should not hold, told by its looks. What was found is never repeated, only of which sort it was.

A value that is masked (`***`, `[REDACTED]`, `<hidden>`) is none. Card numbers are told by their first digits, their length and
their check digit: https://www.rfc-editor.org/rfc/rfc6750 (bearer tokens) · ISO/IEC 7812 (card numbers)
"""

import re
from typing import Literal

type Content = Literal["credentials", "card-numbers", "email-addresses"]

LONGEST = 20_000
"""Characters of a line that are looked at: what a line holds beyond is a payload, and its beginning is enough to tell."""
_MASKED = r"(?![*x]{3}|[<\[(]|redact|filter|hidden|masked|removed|null|none|true|false|\d{1,12}(?:[^\w.-]|$))"
_CREDENTIAL = re.compile(
    r"\b(?:bearer|basic)\s+(?!realm)[A-Za-z0-9._~+/-]{16,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\."  # a JSON web token
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\b(?:gh[pousr]_[A-Za-z0-9]{30}|github_pat_\w{30}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10}|rdy_\w{16})"
    r"|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"
    rf"|(?:passw(?:or)?d|pwd|secret|token|api_?key|private_?key)\\?[\"']?\s{{0,3}}[:=]\s{{0,3}}\\?[\"']?{_MASKED}[^\s\"',;&)}}\]\\]{{6,}}"
    r"|://[^/\s:@\"]{1,100}:(?!\*{3}|[<\[]|x{3})[^/\s@\"]{3,100}@",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+-])(?!git@)[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[a-z]{2,24}\b", re.IGNORECASE
)
_CARD = re.compile(
    r"(?<![\w.-])(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d)(?:[ -]?\d{4}){3}(?![\w.-])|(?<![\w.-])3[47]\d{13}(?![\w.-])"
)


def contents_of(text: str) -> frozenset[Content]:
    start = text[:LONGEST]
    found: set[Content] = set()
    if _CREDENTIAL.search(start):
        found.add("credentials")
    if "@" in start and _EMAIL.search(start):
        found.add("email-addresses")
    if any(_is_card(match[0]) for match in _CARD.finditer(start)):
        found.add("card-numbers")
    return frozenset(found)


def _is_card(number: str) -> bool:
    """The check digit is right (Luhn)."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
