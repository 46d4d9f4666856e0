"""Request headers that carry a secret: the configuration names the secret, the worker's environment holds it.

The rule: *a secret is sent to the one origin that the operator bound it to.* The variable holds origin, space,
secret: `CHECK_SECRET_CHECKOUT="https://checkout.example.com eyJhb…"`. Any check may name it as
`${CHECK_SECRET_CHECKOUT}`, but one that points elsewhere does not get it: who may edit a check is not thereby allowed
to read secrets. Only variables with the prefix can be named, and the secret itself is never stored. The text of an
error never holds it.
"""

import os
import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from readiness.checks.types.contract import UnreadableError

REFERENCE = re.compile(r"\$\{(CHECK_SECRET_[A-Z0-9_]{1,100})\}")
HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]*([^\x00-\x1f\x7f]{1,500})")
# These decide where a request goes and where it ends; no secret belongs there.
FORBIDDEN = {"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer"}


def _secret_header(value: str) -> str:
    match = HEADER.fullmatch(value)
    if not match or match[1].lower() in FORBIDDEN:
        raise ValueError("write a header as name: value, such as Authorization: Bearer ${CHECK_SECRET_CHECKOUT}")
    if not REFERENCE.search(match[2]):
        raise ValueError("name the secret as ${CHECK_SECRET_…}; the secret itself is not stored here")
    return value


SecretHeader = Annotated[str, Field(max_length=600), AfterValidator(_secret_header)]


def revealed(header: str, url: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """`{"Authorization": "Bearer …"}` for a request to `url`. Raises UnreadableError when there is none for it."""
    name, _, value = header.partition(":")
    return {name: REFERENCE.sub(lambda found: _secret(found[1], url, environ), value.strip())}


def _secret(name: str, url: str, environ: Mapping[str, str] | None) -> str:
    bound_to, _, secret = (os.environ if environ is None else environ).get(name, "").strip().partition(" ")
    if not secret:
        raise UnreadableError(
            f"{name} is not set. Whoever runs this installation sets it in the worker's environment, as an origin, a space and "
            "the secret: see “Settings” in the README."
        )
    if _origin(bound_to) != _origin(url):
        raise UnreadableError(f"{name} is not meant for {urlsplit(url).netloc}, so it was not sent.")
    if not secret.isprintable():
        raise UnreadableError(f"{name} holds characters that can't stand in a header.")
    return secret.strip()


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
