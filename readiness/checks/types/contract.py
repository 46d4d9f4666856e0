"""What every check type has: a typed configuration, a run that talks to nobody by itself, and how often it is worth
running.

A run is a generator: it yields batches of requests and is sent the responses, so one transport drives hundreds of
checks at once and a test needs no network. A run never raises for what a server answered: it returns an outcome.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from readiness.assessments.outcome import (
    Finding,
    Outcome,
    UnreadableError as UnreadableError,  # noqa: PLC0414 - every type has it from here
    shortened as shortened,  # noqa: PLC0414 - the same
)
from readiness.egress import Response, Steps

MAX_FINDINGS = 100
MAX_REQUESTS = 200


class CheckConfig(BaseModel):
    """What one check needs to know. Each field has a title, a description and examples: forms are made of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, str_max_length=4000)


def _http_address(value: str) -> str:
    if re.search(r"[\s\x00-\x1f\x7f\\]", value):
        raise ValueError("an address has no spaces or line breaks")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError("this is not an address") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address starts with http:// or https:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address carries no user name or password")
    if port == 0:
        raise ValueError("port 0 can't be called")
    return value


def _path(value: str) -> str:
    if not re.fullmatch(r"/[^\s\x00-\x1f\x7f\\]*", value):
        raise ValueError("a path starts with a slash and has no spaces")
    return value


HttpAddress = Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"}), AfterValidator(_http_address)]
Path = Annotated[str, Field(max_length=1000), AfterValidator(_path)]


@dataclass(frozen=True, slots=True)
class CheckType[C: CheckConfig]:
    """One way of verifying. `run` is given an instance of `config_model`. What it sees is always *observed* by a machine.

    `source`: the kind of integration it asks (`prometheus`, `loki`, …). The organisation's address of it is planned where the
    service says none, and its credential goes along with calls to its own origin, added outside of the type.
    `on_demand`: it runs only when a person asks, never by the schedule; the model of what such a run is told, which goes on from
    `config_model`. Such a run is no proof by itself.
    """

    slug: str
    title: str
    summary: str
    config_model: type[C]
    run: Callable[[C], Steps[Outcome]]
    default_every: timedelta
    strength: Literal["observed"] = "observed"
    source: str = ""
    on_demand: type[CheckConfig] | None = None

    @property
    def is_on_demand(self) -> bool:
        return self.on_demand is not None

    def start(self, config: Mapping[str, object], told: Mapping[str, object] | None = None) -> Steps[Outcome]:
        """The run for a stored configuration. Raises ValidationError; `needs` says the same in sentences.

        `told`: what this run alone is told, for a type that runs on demand.
        """
        if told and self.on_demand:
            return self.run(cast("C", self.on_demand.model_validate({**config, **told})))
        return self.run(self.config_model.model_validate(config))


def needs(check_type: CheckType[Any], config: Mapping[str, object]) -> list[str]:
    """What is missing or wrong before this check can run, one sentence each; empty when it is ready to run."""
    model = check_type.config_model
    return list(dict.fromkeys(_sentence(model, one) for one in _errors(model, config)))


def problems(check_type: CheckType[Any], config: Mapping[str, object]) -> dict[str, str]:
    """The same by place, for a form: field (`rules.selector` for a field in a field, empty for all together) → sentence."""
    found: dict[str, str] = {}
    for one in _errors(check_type.config_model, config):
        name, *inside = one["loc"] or ("",)
        deeper = inside[0] if inside and isinstance(inside[0], str) else ""
        entry = next((f"entry {step + 1}: " for step in inside if isinstance(step, int)), "")
        message = "this is needed" if one["type"] == "missing" and not entry else _message(one)
        sentence = f"{entry}{message}."
        found.setdefault(f"{name}.{deeper}" if deeper else str(name), sentence[:1].upper() + sentence[1:])
    return found


def _errors(model: type[CheckConfig], config: Mapping[str, object]) -> list[Any]:
    try:
        model.model_validate(config)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return [one for one in found if not _only_follows(one, found)]
    return []


def _only_follows(problem: Any, problems: Sequence[Any]) -> bool:
    # A list whose entries are all wrong is also reported as too short.
    place = problem["loc"]
    return problem["type"] == "too_short" and any(
        other["loc"][: len(place)] == place for other in problems if other is not problem
    )


def _sentence(model: type[CheckConfig], problem: Any) -> str:
    # A pydantic location starts with the field; what follows are places in a list (counted from 0) and fields in an entry.
    place = problem["loc"]
    if not place:
        message = _message(problem)
        return f"{message[:1].upper()}{message[1:]}."
    name, *inside = place
    field = model.model_fields.get(str(name))
    title = (field.title if field else None) or str(name)
    for step in inside:
        title += f", entry {step + 1}" if isinstance(step, int) else f", {step}"
    if problem["type"] == "missing" and not inside and field:
        example = f" For example: {_example(field.examples[0])}" if field.examples else ""
        return f"{title}: missing. {field.description or ''}{example}"
    return f"{title}: {_message(problem)}."


def _example(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _message(problem: Any) -> str:
    if problem["type"] == "too_short":
        least = problem["ctx"]["min_length"]
        return f"at least {plural(least, 'entry')} {'is' if least == 1 else 'are'} needed"
    known = {"missing": "is missing", "extra_forbidden": "is not a setting of this check"}
    text: str = known.get(problem["type"], problem["msg"]).removeprefix("Value error, ")
    return (text[:1].lower() + text[1:]).rstrip(".")


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """At most MAX_FINDINGS, the worst first; a source can't fill the database with what it answers."""
    order = {"error": 0, "warning": 1, "info": 2}
    return tuple(sorted(findings, key=lambda finding: order[finding.level]))[:MAX_FINDINGS]


def took_ms(response: Response) -> int:
    return round(response.elapsed.total_seconds() * 1000)


def plural(count: int, noun: str) -> str:
    """`1 route`, `3 days`, `2 queries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{count} {noun}s"


def joined(sentences: Iterable[str], most: int = 3) -> str:
    """The first few sentences as one text, and how many were left out."""
    shown = list(dict.fromkeys(sentences))
    rest = f" And {len(shown) - most} more." if len(shown) > most else ""
    return " ".join(shown[:most]) + rest
