"""CI tokens: minted for one service, shown once, expiring, revocable.

The secret is 40 letters and digits out of 62 (238 bits), so its plain SHA-256 is enough to keep: there is nothing to guess from
it. The fixed beginning lets scanners of repositories recognise one that was committed by mistake.
"""

import hashlib
import re
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from readiness.accounts import policy
from readiness.accounts.models import Token, User
from readiness.accounts.policy import Refused, Target
from readiness.accounts.rules import Action, token_problems
from readiness.history.actions import Subject, record

RULE = "valid-token"
MARK = "rdy_"
LENGTH = 40
SHOWN = len(MARK) + 8
LETTERS = string.ascii_letters + string.digits
SHAPE = re.compile(rf"{MARK}[A-Za-z0-9]{{{LENGTH}}}", re.ASCII)
MOST_LIVE = 20
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class WrongToken(Refused):
    """422 with the place: `problems` is field → sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(RULE, " ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Minted:
    """`secret` is known here and to whoever is shown it now; it can't be had again."""

    token: Token
    secret: str


@transaction.atomic
def mint(*, by: User, target: Target, service: str, name: str, lasts: timedelta, now: datetime) -> Minted:
    """A token for the service of `target`, called `service` in the history. Raises WrongToken, NotAllowed, NotVisible."""
    policy.require(by, Action.MINT_TOKEN, target)
    if target.service_id is None:
        raise TypeError("A token is for one service.")
    name = name.strip()
    live = Token.objects.of_service(target.service_id).live(now)
    problems = token_problems(name=name, lasts=lasts)
    if live.filter(name__iexact=name).exists():
        problems["name"] = f"There is a token called “{name}” already. Revoke it first, or choose another name."
    elif live.count() >= MOST_LIVE:
        problems["name"] = f"{MOST_LIVE} tokens are enough for one service; revoke one that is not used."
    if problems:
        raise WrongToken(problems)
    secret = MARK + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    token = Token.objects.create(
        service_id=target.service_id,
        name=name,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
        created_by=by,
        created_at=now,
        expires_at=now + lasts,
    )
    after = {"prefix": token.prefix, "expires_at": token.expires_at}
    record("token.minted", subject_of(token, target, service), by=by, at=now, after=after)
    return Minted(token, secret)


@transaction.atomic
def revoke(*, by: User, token: Token, target: Target, service: str, now: datetime) -> Token:
    """It opens nothing from now on; revoked twice it is revoked once. Raises NotAllowed, NotVisible."""
    if target.service_id != token.service_id:
        raise policy.NotVisible(policy.RULE, "There is nothing here that you may see.")
    policy.require(by, Action.MINT_TOKEN, target)
    revoked = Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, revoked_by=by)
    fresh = Token.objects.get(pk=token.pk)
    if revoked:
        record("token.revoked", subject_of(fresh, target, service), by=by, at=now, before={"prefix": fresh.prefix})
    return fresh


def find(secret: str) -> Token | None:
    """The token with this secret, whatever its state; no query for what can't be one."""
    if not SHAPE.fullmatch(secret):
        return None
    return Token.objects.filter(digest=digest_of(secret)).first()


def note_use(token: Token, now: datetime) -> None:
    """At most one write a minute, however busy the pipeline: people ask "is it still used?", not "when exactly?"."""
    before = now - USE_IS_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=before)
    Token.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def subject_of(token: Token, target: Target, service: str) -> Subject:
    return Subject("token", token.pk, f"{token.name} · {service}", target.service_id, target.team_id)
