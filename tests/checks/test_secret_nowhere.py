"""A stored secret is looked for wherever this program writes something down."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import serializers
from django.db import DatabaseError
from django.test import Client

from readiness.checks import probing, runner
from readiness.checks.actions.integrations import Said, WrongConnection
from readiness.checks.models import Check
from readiness.checks.sources import KINDS
from readiness.history import actions as history
from tests.cast import NOW, Cast, login
from tests.checks.cases import LOCAL, check_of, measured, queued, standing_still
from tests.checks.connecting import SECRET, changed, connected
from tests.servers.source import Source, source, vector

FORMS = (SECRET, "czNjcmV0LVZhbHVlLW5vYm9keS1tYXktc2Vl")
"""As it is, and in Base64."""
WITHOUT_SERVICE = ("/", "/portfolio/", "/services/", "/settings/", "/settings/integrations/", "/history/", "/checks/")


@pytest.fixture
def prometheus() -> Iterator[Source]:
    with source({"/api/v1/query": vector(3), "/api/v1/status/buildinfo": {"data": {"version": "2.42.0"}}}) as running:
        yield running


@pytest.fixture
def lived(cast: Cast, prometheus: Source, caplog: pytest.LogCaptureFixture) -> Cast:
    """Connected, refused, changed, tested, used by checks that pass, fail to read and break, forgotten."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WrongConnection):
        connected(cast, address="nowhere", settings={"tenant": "x"})
    made = connected(cast, address=prometheus.url, tested=False)
    made = changed(cast, made, way="basic", settings={"user": "me"}, secret=SECRET)
    made = changed(cast, made, way="header", settings={"header": "X-Api-Key"}, secret=SECRET)
    probing.probe_waiting(egress=LOCAL)
    measured(cast)
    Check.objects.filter(type="prom_query").update(
        config={"base_url": prometheus.url, "query": "up", "comparator": "exists"}, is_set_up=True
    )
    answers: tuple[object, ...] = (
        vector(1),
        (401, {"status": "error"}),
        (500, {}),
        [None],
        f"{prometheus.url}/elsewhere",
    )
    for minute, answer in enumerate(answers):
        prometheus.answers["/api/v1/query"] = answer
        queued(check_of(cast, "prom_query"), at=NOW + timedelta(minutes=minute))
        runner.run_batch(worker="w", clock=standing_still(NOW + timedelta(minutes=minute)), egress=LOCAL)
    assert SECRET in prometheus.sent("X-Api-Key")
    assert made.sealed_secret
    return cast


def assert_nowhere(text: str) -> None:
    for form in FORMS:
        assert form not in text


def test_in_no_row_of_the_database(lived: Cast) -> None:
    history.seal(now=NOW)
    for model in apps.get_models():
        try:
            assert_nowhere(serializers.serialize("json", model._default_manager.all()))
        except DatabaseError:  # pragma: no cover - a table of another engine
            continue


def test_on_no_page_and_in_no_answer_of_the_api(lived: Cast, client: Client) -> None:
    login(client, lived.ada)
    checks = [f"/checks/{check.pk}/" for check in Check.objects.all()]
    service = ["/services/checkout/", "/services/checkout/checks/", "/services/checkout/edit/"]
    api = ["/api/v1/services", "/api/v1/services/checkout", "/api/v1/services/checkout/assessment"]
    own = [f"/settings/integrations/prometheus/{part}" for part in ("", "state/")]
    seen = 0
    for path in [*WITHOUT_SERVICE, *service, *checks, *own, *api, "/metrics", "/api/v1/openapi.json"]:
        for headers in ({}, {"HX-Request": "true"}):
            response = client.get(path, headers=headers)
            assert response.status_code < 500, path
            seen += response.status_code == 200
            assert_nowhere(response.content.decode())
    assert seen > 25


def test_in_no_line_of_the_log(lived: Cast, caplog: pytest.LogCaptureFixture) -> None:
    records = caplog.get_records("setup")
    assert len(records) >= 5
    assert_nowhere("".join(f"{record.getMessage()} {record.exc_text}" for record in records))


def test_not_in_what_an_error_prints_of_it() -> None:
    said = Said("https://prometheus.example.com", way="bearer", secret=SECRET)
    assert_nowhere(repr([said, said.tidy(KINDS["prometheus"])]))
