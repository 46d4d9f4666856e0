"""Reading the JSON of somebody's API, of which nothing is trusted: what is no answer becomes a sentence for a person."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ValidationError

from readiness.checks.types.contract import UnreadableError, shortened
from readiness.egress import Fault, Response

LATEST = 4_102_444_800  # the year 2100 in Unix seconds; what is beyond is no time


def read[M: BaseModel](model: type[M], response: Response, source: str) -> M:
    """The body of a 200 as `model`. Raises UnreadableError for everything else."""
    require_ok(response, source)
    try:
        return model.model_validate_json(response.body)
    except (ValidationError, RecursionError) as error:
        raise UnreadableError(f"The answer is not what {source} says here; is the address right?") from error


def read_list[M: BaseModel](model: type[M], response: Response, source: str) -> Sequence[M]:
    """The same for an answer that is a list."""
    require_ok(response, source)
    try:
        return _many(model, response.body)
    except (ValidationError, RecursionError) as error:
        raise UnreadableError(f"The answer is not what {source} says here; is the address right?") from error


def _many[M: BaseModel](model: type[M], body: bytes) -> Sequence[M]:
    class Listed(BaseModel):
        items: list[model]  # type: ignore[valid-type]

    found: Sequence[M] = Listed.model_validate_json(b'{"items": ' + body + b"}").items
    return found


def require_ok(response: Response, source: str) -> None:
    """Raises UnreadableError with a sentence for everything that is not a 200."""
    if response.fault is Fault.TOO_LARGE:
        raise UnreadableError(f"{source} answered with more than a megabyte, which is not read.")
    if response.fault:
        raise UnreadableError(f"{source} gave no answer: {response.problem or response.fault}")
    if is_out_of_calls(response):
        raise UnreadableError(f"{source} takes no more calls{_until(response)}.")
    if response.status in {401, 403}:
        raise UnreadableError(
            f"{source} answered {response.status}: the credential is missing, refused, or lacks the right to read this."
        )
    if response.status != 200:
        raise UnreadableError(f"{source} answered {response.status}.")


def is_out_of_calls(response: Response) -> bool:
    """Too many calls were made: a 429, or the 403 with which GitHub says so."""
    remaining = response.headers.get("x-ratelimit-remaining", "").strip()
    return response.status == 429 or (
        response.status == 403 and (remaining == "0" or "retry-after" in response.headers)
    )


def retry_after(response: Response) -> timedelta | None:
    """What Retry-After says, when it is a number of seconds."""
    text = response.headers.get("retry-after", "").strip()
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _until(response: Response) -> str:
    reset = response.headers.get("x-ratelimit-reset", response.headers.get("ratelimit-reset", "")).strip()
    if reset.isascii() and reset.isdigit() and 1_000_000_000 < int(reset[:12]) < LATEST:
        return f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC"
    if wait := retry_after(response):
        return f" for {int(wait.total_seconds())} seconds"
    return ""


def quoted(text: str, length: int = 60) -> str:
    """A foreign text inside a sentence of ours."""
    return f"“{shortened(text, length)}”"
