"""`manage.py run_checks`: in this process, one line a run."""

import io
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command

from readiness.checks import network
from readiness.checks.models import Check, Run
from tests.cast import Cast
from tests.checks.cases import LOCAL, health, town
from tests.servers.misbehaving import Application, misbehaving


@pytest.fixture(autouse=True)
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "egress", lambda: LOCAL)


@pytest.fixture
def application() -> Iterator[Application]:
    with misbehaving() as running:
        yield running


def lines(*arguments: str) -> list[str]:
    out = io.StringIO()
    call_command("run_checks", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_it_runs_what_is_due_and_says_one_line_a_run(cast: Cast, application: Application) -> None:
    health(cast, application.url)
    [line] = lines("--due")
    assert line.startswith("pass    checkout · health · health_pair · Live answered 200")
    assert lines() == ["Nothing to run."]


def test_now_runs_what_is_not_due_as_well(cast: Cast, application: Application) -> None:
    health(cast, application.url)
    lines()
    assert len(lines("--now")) == 1
    assert Run.objects.count() == 2


def test_one_service_alone(cast: Cast, application: Application) -> None:
    town(cast, 3, application.url)
    [line] = lines("--service", "town-1")
    assert "town-1" in line


def test_one_item_alone(cast: Cast, application: Application) -> None:
    town(cast, 2, application.url)
    assert lines("--item", "metric", "--now") == ["Nothing to run."]
    assert len(lines("--item", "health", "--now")) == 2


def test_a_service_that_is_not_there_is_an_error(cast: Cast) -> None:
    with pytest.raises(CommandError, match="no service"):
        lines("--service", "nope")


def test_what_cannot_run_is_not_run(cast: Cast) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(is_enabled=False)
    assert lines("--now") == ["Nothing to run."]
