"""What every kind of source has: what it is for, where it usually answers, how its secret travels, and what is asked to
tell whether it can be read.

A test is a generator, as a check's run is: it yields requests without a credential (`keys` adds it), is sent the answers,
and returns what it saw in one sentence. It never raises for what a server answered.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from readiness.egress import Fault, Request, Response, Steps


class Way(StrEnum):
    """How a secret travels."""

    NONE = "none"
    BEARER = "bearer"
    BASIC = "basic"
    HEADER = "header"
    VAULT = "vault"
    PAGER = "pager"
    AWS = "aws"

    @property
    def label(self) -> str:
        return _WORDS[self][0]

    @property
    def secret_label(self) -> str:
        """What the secret is called by whoever hands it out."""
        return _WORDS[self][1]


_WORDS = {
    Way.NONE: ("No credential", "Secret"),
    Way.BEARER: ("Bearer token", "Token"),
    Way.BASIC: ("User name and password", "Password"),
    Way.HEADER: ("A header of its own", "Value of the header"),
    Way.VAULT: ("Vault token", "Token"),
    Way.PAGER: ("API key", "API key"),
    Way.AWS: ("Access key", "Secret access key"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing beside the address that is no secret. `ways`: it belongs to these; empty, to the source itself."""

    name: str
    label: str
    help: str
    example: str = ""
    ways: tuple[Way, ...] = ()
    is_needed: bool = False


USER = Setting("user", "User name", "Whom the password belongs to.", "readiness", (Way.BASIC,), is_needed=True)
KEY_ID = Setting(
    "key_id",
    "Access key ID",
    "The part of the key that is no secret.",
    "AKIAIOSFODNN7EXAMPLE",
    (Way.AWS,),
    is_needed=True,
)
HEADER = Setting(
    "header", "Name of the header", "In which the value below is sent.", "X-Api-Key", (Way.HEADER,), is_needed=True
)
TENANT = Setting("tenant", "Tenant", "Sent as X-Scope-OrgID; empty where there is one tenant only.", "platform")
NAMESPACE = Setting("namespace", "Namespace", "Sent as X-Vault-Namespace; empty where there is none.", "platform/prod")
REGION = Setting("region", "Region", "Where the secrets are kept.", "eu-west-1", is_needed=True)

SENT_AS = {"tenant": "X-Scope-OrgID", "namespace": "X-Vault-Namespace"}
"""Settings that go along as headers with each call."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where one kind of source is for the whole organisation. Holds no secret; `has_secret` says whether there is one.

    `settings`: name of a `Setting` → text; those that are empty are absent.
    """

    kind: str
    address: str
    flavour: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    way: Way = Way.NONE
    has_secret: bool = False

    def url(self, path: str) -> str:
        return self.address.rstrip("/") + path


@dataclass(frozen=True, slots=True)
class Seen:
    """What a test saw. `words`: one or two sentences for an administrator."""

    is_good: bool
    words: str


def works(words: str) -> Seen:
    return Seen(is_good=True, words=words)


class SourceError(Exception):
    """The source can't be read; the text says what was seen and what would help."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source. `test` is given a connection.

    `default_addresses`: flavour (empty where there are none) → where it answers unless told otherwise; `{region}` stands
    for the setting.
    """

    slug: str
    title: str
    purpose: str
    address_help: str
    address_example: str
    ways: tuple[Way, ...]
    test: Callable[[Connection], Steps[Seen]]
    settings: tuple[Setting, ...] = ()
    flavours: Mapping[str, str] = field(default_factory=dict)
    default_addresses: Mapping[str, str] = field(default_factory=dict)

    def default_address(self, flavour: str, settings: Mapping[str, str]) -> str:
        """Empty when there is none, or when it can't be told yet."""
        pattern = self.default_addresses.get(flavour, "")
        needed = [one.name for one in self.settings if f"{{{one.name}}}" in pattern]
        return pattern.format(**settings) if all(settings.get(name) for name in needed) else ""

    def called(self, flavour: str) -> str:
        """`GitLab` rather than `Code host`, where that is known."""
        return self.flavours.get(flavour, self.title)

    def settings_for(self, way: Way) -> list[Setting]:
        return [one for one in self.settings if not one.ways or way in one.ways]


# Reading what came back


def get(connection: Connection, path: str, **headers: str) -> Request:
    return Request(connection.url(path), headers={"Accept": "application/json", **headers})


def read_json(connection: Connection, answer: Response, title: str) -> Any:
    """The answer of a 200. Raises SourceError with a sentence for everything else; `title` is what was expected there."""
    require_answer(connection, answer, title)
    if answer.status != 200:
        raise SourceError(f"{place(answer)} answered {answer.status}; {title} answers 200 there. Is the address right?")
    return parse(answer, title)


def require_answer(connection: Connection, answer: Response, title: str) -> None:
    """Raises SourceError when nobody answered, or somebody else, or the credential was refused."""
    if answer.fault is Fault.DENIED:
        raise SourceError(f"Not called: {answer.problem} That is a setting in this application’s environment.")
    if answer.fault and answer.fault is not Fault.TOO_LARGE:
        raise SourceError(answer.problem or f"No answer: {answer.fault}.")
    if _origin(answer.url) != _origin(connection.address):
        raise SourceError(
            f"It leads on to {place(answer)}, where the credential is not sent. Is a sign-in page in front of {title}?"
        )
    if answer.status in {401, 403}:
        raise SourceError(_refused(connection, answer))


def _refused(connection: Connection, answer: Response) -> str:
    if connection.has_secret:
        return f"{place(answer)} answered {answer.status}: it does not accept the stored credential, or not for this."
    return f"{place(answer)} answered {answer.status}: it asks for a credential, and none is stored."


def parse(answer: Response, title: str) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"What {place(answer)} answered is not that of {title}. Is the address right?") from error


def place(answer: Response) -> str:
    return urlsplit(answer.url).netloc


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}.get(parts.scheme, ""))


def told(value: Any, *names: str) -> Any:
    """`value[first][second]…`, or None where the answer has another shape."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def in_words(text: Any, longest: int = 60) -> str:
    """A foreign text in a sentence of ours: one short line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
