"""Secrets at rest: encrypted with a key made of SECRET_KEY, so a copy of the database alone opens nothing.

A secret is sealed together with what it is for (its kind and origin), and opens for that only: whoever moves the address
in the database does not move the secret with it. SECRET_KEY_FALLBACKS hold earlier keys; `manage.py reseal_secrets`
writes everything anew under the present one.
"""

import json
from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"readiness: secrets of integrations, 1"


class SealedError(Exception):
    """A secret that can't be opened (any more). The text is a sentence that says what to do."""


def seal(secret: str, *, purpose: str) -> str:
    """`purpose`: what it is for; the same words open it."""
    return _box().encrypt(json.dumps([purpose, secret]).encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Raises SealedError."""
    try:
        meant, secret = json.loads(_box().decrypt(sealed.encode()))
    except (InvalidToken, ValueError, TypeError) as error:
        raise SealedError(
            "The stored secret can’t be read any more, as SECRET_KEY has changed. Type the secret again, "
            "or add the earlier key to SECRET_KEY_FALLBACKS."
        ) from error
    if meant != purpose:
        raise SealedError("The stored secret was given for another address. Type it again for this one.")
    return str(secret)


def resealed(sealed: str) -> str:
    """The same under the present key. Raises SealedError."""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealedError("It can’t be read with SECRET_KEY or one of SECRET_KEY_FALLBACKS.") from error


def _box() -> MultiFernet:
    return _made((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _made(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return urlsafe_b64encode(made)
