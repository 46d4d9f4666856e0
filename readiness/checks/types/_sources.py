"""Asking a source that has an address and perhaps a credential, and telling its answer from everything that is none.

Prometheus and Loki wrap what they say in one envelope: `{"status": "success", "data": …}`. A refusal says why, in the
envelope (Prometheus) or in plain text (Loki). https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from pydantic import BaseModel, Field, ValidationError

from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, shortened
from readiness.egress import Request, Response

REFUSALS = {400, 422, 503}


class SourceConfig(CheckConfig):
    """A type that asks a source says in its own `base_url` what is at the address; `base_url` is what planning fills."""

    base_url: HttpAddress = Field(
        title="Address",
        description="Where the source answers.",
        examples=["https://monitoring.internal.example.com"],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential",
        description="A header that lets this check read; the secret is named, not written. Empty where none is asked for.",
        examples=["Authorization: Bearer ${CHECK_SECRET_MONITORING}"],
    )


class _Envelope(BaseModel):
    status: str
    data: object = None
    error: str = ""


def get(config: SourceConfig, path: str, parameters: Sequence[tuple[str, str]] = ()) -> Request:
    """A GET of `path` below the source's address. Raises UnreadableError when the credential is not to be had."""
    question = f"?{urlencode(parameters)}" if parameters else ""
    url = f"{config.base_url.rstrip('/')}/{path}{question}"
    return Request(url, headers=revealed(config.credential, url) if config.credential else {})


def answered(response: Response, source: str) -> bytes:
    """The body of a 200. Raises UnreadableError, a sentence about `source` (“Loki”)."""
    if response.fault:
        raise UnreadableError(f"{source} gave no answer: {response.problem or response.fault}")
    if response.status in {401, 403}:
        raise UnreadableError(f"{source} asks for a credential: it answered {response.status}.")
    if response.status != 200:
        raise UnreadableError(f"{source} answered {response.status}.")
    return response.body


def enveloped(response: Response, source: str) -> object:
    """The answer's `data`. Raises UnreadableError with a sentence for everything that is not a success."""
    envelope = None if response.fault else _envelope(response)
    if response.status in REFUSALS and not response.fault and (why := _refusal(response, envelope)):
        raise UnreadableError(f"{source} refused the question: {why}.")
    answered(response, source)
    if envelope is None or envelope.status != "success":
        raise UnreadableError(f"The answer is not that of a {source}; is the address right?")
    return envelope.data


def _refusal(response: Response, envelope: _Envelope | None) -> str:
    if envelope:
        return shortened(envelope.error).rstrip(".") if envelope.status == "error" else ""
    is_plain = response.headers.get("content-type", "").startswith("text/plain")
    return shortened(response.text).rstrip(".") if is_plain and response.status == 400 else ""


def _envelope(response: Response) -> _Envelope | None:
    try:
        return _Envelope.model_validate_json(response.body)
    except (ValidationError, RecursionError):
        return None
