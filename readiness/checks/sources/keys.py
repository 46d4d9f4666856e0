"""The credential of a source, added to calls from outside of whoever makes them: a check type never sees a secret.

The rule: *a secret is sent to the origin it was stored for (scheme, host and port), and to no other.* Redirects to another
origin lose it in `egress`.
"""

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from readiness.checks.sources.contract import SENT_AS, Connection, Way
from readiness.egress import Request, Response, Steps
from readiness.egress.target import BadUrlError, parse_target

type Origin = tuple[str, str, int]
type Attach = Callable[[Mapping[str, str], str], dict[str, str]]

_HEADERS: dict[Way, Attach] = {
    Way.BEARER: lambda _, secret: {"Authorization": f"Bearer {secret}"},
    Way.BASIC: lambda said, secret: {"Authorization": f"Basic {_base64(said.get('user', ''), secret)}"},
    Way.HEADER: lambda said, secret: {said["header"]: secret} if said.get("header") else {},
    Way.VAULT: lambda _, secret: {"X-Vault-Token": secret},
    Way.PAGER: lambda _, secret: {"Authorization": f"Token token={secret}"},
}


def _base64(user: str, secret: str) -> str:
    return b64encode(f"{user}:{secret}".encode()).decode()


class NoKeyError(Exception):
    """The secret is there and can't be read; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Key:
    """What goes along with calls to one origin. `headers` and `user` are secret, `beside` is not; a call that names the
    tenant itself keeps what it names. `problem`: why the secret can't go, though it should.
    """

    origin: Origin
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    beside: Mapping[str, str] = field(default_factory=dict)
    user: str = field(default="", repr=False)
    problem: str = ""

    def fits(self, request: Request) -> bool:
        """Not a call elsewhere, nor one that sends nothing, nor one that brings a credential of its own."""
        if request.connect_only or origin_of(request.url) != self.origin or request.user:
            return False
        own = {name.lower() for name in request.headers}
        return "authorization" not in own and not own & {name.lower() for name in self.headers}

    def added_to(self, request: Request) -> Request:
        """Raises NoKeyError."""
        if self.problem:
            raise NoKeyError(self.problem)
        own = {name.lower() for name in request.headers}
        beside = {name: text for name, text in self.beside.items() if name.lower() not in own}
        # A user name signs a request that asks to be signed; anybody else would get the key itself.
        user = self.user if request.aws_sigv4 else ""
        return replace(request, headers={**request.headers, **beside, **self.headers}, user=user)


def key_of(connection: Connection, secret: str, *, problem: str = "") -> Key | None:
    """None when there is nothing to send, or nowhere."""
    origin = origin_of(connection.address)
    if origin is None:
        return None
    beside = {header: connection.settings[name] for name, header in SENT_AS.items() if connection.settings.get(name)}
    headers: Mapping[str, str] = {}
    user = ""
    if secret and connection.way is Way.AWS:
        user = f"{connection.settings.get('key_id', '')}:{secret}"
    elif secret and connection.way in _HEADERS:
        headers = _HEADERS[connection.way](connection.settings, secret)
    return Key(origin, headers, beside, user, problem) if headers or beside or user or problem else None


def origin_of(url: str) -> Origin | None:
    """As `egress` reads an address; None for one that it would not call."""
    try:
        return parse_target(url).origin
    except BadUrlError:
        return None


def with_keys[T](steps: Steps[T], keys: Collection[Key]) -> Steps[T]:
    """The same steps; their calls carry the key that fits. What comes back shows the request as it was without.

    Raises NoKeyError when a key that fits can't be read.
    """
    answers: Sequence[Response] | None = None
    while True:
        try:
            requests = next(steps) if answers is None else steps.send(answers)
        except StopIteration as stop:
            outcome: T = stop.value
            return outcome
        try:
            sent = [_with_key(request, keys) for request in requests]
        except NoKeyError:
            steps.close()
            raise
        came = yield sent
        answers = [replace(answer, request=request) for answer, request in zip(came, requests, strict=True)]


def _with_key(request: Request, keys: Collection[Key]) -> Request:
    fitting = next((key for key in keys if key.fits(request)), None)
    return fitting.added_to(request) if fitting else request
