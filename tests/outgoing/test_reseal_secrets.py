"""`manage.py reseal_secrets`, after SECRET_KEY has changed."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from readiness.checks.models import Integration
from readiness.outgoing.models import Receiver
from tests.cast import Cast
from tests.checks.connecting import connected
from tests.outgoing.receiving import webhook


def test_secrets_survive_the_end_of_the_old_key(
    cast: Cast, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    connected(cast)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 5
    call_command("reseal_secrets")
    assert capsys.readouterr().out == "1 written anew.\n"
    settings.SECRET_KEY_FALLBACKS = []
    assert Integration.objects.get().secret_problem == ""


def test_so_do_those_of_receivers(cast: Cast, settings: Settings) -> None:
    made = webhook(cast)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 5
    call_command("reseal_secrets")
    settings.SECRET_KEY_FALLBACKS = []
    assert Receiver.objects.get().secret == made.secret


def test_what_no_key_opens_is_named_and_left_as_it_is(cast: Cast, settings: Settings) -> None:
    connected(cast)
    before = Integration.objects.values().get()
    settings.SECRET_KEY = "another " * 5
    with pytest.raises(CommandError, match="Prometheus: It can’t be read"):
        call_command("reseal_secrets")
    assert Integration.objects.values().get() == before
