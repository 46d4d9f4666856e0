"""Who calls: a signed-in person with their session, or a pipeline with a service's token.

`Authorization` wins over the cookie, and a token that is no good is refused even where a good session comes along. A session
writes only with its CSRF token, as on the pages; a bearer token can't be sent by somebody else's page and needs none.
"""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from readiness.accounts import policy
from readiness.accounts.actions import tokens
from readiness.accounts.adapter import client_address
from readiness.accounts.limits import TooMany, counted
from readiness.accounts.models import Token, User
from readiness.accounts.policy import NotAllowed, Refused, Target
from readiness.accounts.rules import Action
from readiness.history.actions import Actor

RULE = "who-calls"
WRONG_TOKENS = 20
WINDOW_SECONDS = 300

type Caller = User | Token


class Unrecognised(Refused):
    """401: we don't know who is asking."""

    def __init__(self, sentence: str) -> None:
        super().__init__(RULE, sentence)


class ServiceToken(AuthBase):
    """For calls that a pipeline may make."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "A CI token of one service: `Authorization: Bearer rdy_…`. Its service's tech lead mints it."

    def __call__(self, request: HttpRequest) -> Token | None:
        header = request.headers.get("Authorization")
        return None if header is None else recognise(request, header, timezone.now())


class SignedIn(AuthBase):
    """The session of a person. Where only a person may call, a token is told so."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME
    openapi_description = "The session of a signed-in person; writing takes the header `X-CSRFToken` too."

    def __call__(self, request: HttpRequest) -> User | None:
        header = request.headers.get("Authorization")
        if header is not None:
            recognise(request, header, timezone.now())
            raise NotAllowed(
                policy.TOKEN_RULE,
                "A CI token asks its service's gate, reads where it stands, runs its checks, pushes proof. This takes a person.",
            )
        if not isinstance(request.user, User):
            return None
        if check_csrf(request):
            raise NotAllowed("csrf", "A session writes with the header X-CSRFToken, from the page that makes the call.")
        return request.user


PERSON = [SignedIn()]
PERSON_OR_TOKEN = [ServiceToken(), SignedIn()]


def caller_of(request: HttpRequest) -> Caller:
    """Whom the authentication of this call recognised."""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # ninja puts it there
    return caller


def person_of(request: HttpRequest) -> User:
    """For calls with `auth=PERSON`."""
    caller = caller_of(request)
    if not isinstance(caller, User):
        raise TypeError("This call takes a person; declare auth=PERSON.")
    return caller


def actor_of(caller: Caller) -> User | Actor:
    """By whom an action is done. Actions trust machines: ask `require` first."""
    return caller if isinstance(caller, User) else Actor.machine(f"CI token “{caller.name}”")


def counted_as(caller: Caller) -> str:
    """Under which name a caller's calls are counted against a limit."""
    return f"{'person' if isinstance(caller, User) else 'token'}-{caller.pk}"


def require(caller: Caller, action: Action, target: Target) -> None:
    """Raises NotVisible or NotAllowed unless this caller may."""
    if isinstance(caller, User):
        policy.require(caller, action, target)
    else:
        policy.require_token(caller, action, target)


def recognise(request: HttpRequest, header: str, now: datetime) -> Token:
    """The live token in an `Authorization` header. Raises Unrecognised, TooMany."""
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unrecognised("Send a token as “Authorization: Bearer rdy_…”, or sign in.")
    token = tokens.find(secret.strip())
    if token is None:
        _count_wrong_token(client_address(request))
        raise Unrecognised("This is not a token of this installation. Mint one on the page of the service.")
    state = token.state(now)
    if state != "active":
        moment = token.revoked_at or token.expires_at
        word = {"revoked": "was revoked", "expired": "expired"}[state]
        raise Unrecognised(f"The token {token.prefix}… {word} on {moment:%d %B %Y}. Mint a new one.")
    tokens.note_use(token, now)
    return token


def _count_wrong_token(address: str) -> None:
    """A token that is right is always let through: a colleague's typo behind the same address must not stop a deployment.

    While the cache is down nobody is counted: 238 bits can't be guessed, the limit only spares the database.
    """
    if counted(f"api-wrong-tokens:{address}", WINDOW_SECONDS) > WRONG_TOKENS:
        raise TooMany("Too many wrong tokens came from your address; wait five minutes.", WINDOW_SECONDS)
