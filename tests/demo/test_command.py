import pytest
from django.core.management import call_command

from readiness.accounts.models import User
from readiness.catalog.models import Service


@pytest.mark.django_db
def test_a_database_that_somebody_uses_gets_no_demo(capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create_user("somebody@example.com", "x", name="Somebody")
    call_command("demo", if_empty=True)
    assert capsys.readouterr().out == ""
    assert not Service.objects.exists()
