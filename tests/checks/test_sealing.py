"""Secrets at rest."""

import pytest
from pytest_django import Settings

from readiness.checks.sealing import SealedError, resealed, seal, unseal

SECRET = "s3cret-value"


def test_what_was_sealed_opens_for_the_same_purpose() -> None:
    sealed = seal(SECRET, purpose="prometheus at home")
    assert SECRET not in sealed
    assert unseal(sealed, purpose="prometheus at home") == SECRET
    assert seal(SECRET, purpose="prometheus at home") != sealed


def test_it_opens_for_no_other_purpose() -> None:
    with pytest.raises(SealedError, match="another address"):
        unseal(seal(SECRET, purpose="prometheus at home"), purpose="prometheus at evil.example")


def test_a_new_key_needs_the_old_one_beside_it(settings: Settings) -> None:
    old, new = settings.SECRET_KEY, "n" * 40
    sealed = seal(SECRET, purpose="p")
    settings.SECRET_KEY = new
    with pytest.raises(SealedError, match="Type the secret again"):
        unseal(sealed, purpose="p")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed, purpose="p") == SECRET
    again = resealed(sealed)
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(again, purpose="p") == SECRET


@pytest.mark.parametrize("broken", ["", "nonsense", "gAAAAA", "é"])
def test_what_was_never_sealed_is_said_to_be_unreadable(broken: str) -> None:
    with pytest.raises(SealedError):
        unseal(broken, purpose="p")
    with pytest.raises(SealedError):
        resealed(broken)
