"""What an orchestrator and a Prometheus ask, without signing in."""

import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from readiness import health


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process remembers that it found the database migrated."""
    monkeypatch.setattr(health, "_ready", {"is_migrated": False})


def test_alive_asks_nobody(client: Client) -> None:
    """No database fixture: a query would fail the test."""
    response = client.get("/healthz/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_ready_once_the_database_answers_and_is_migrated(db: None, client: Client) -> None:
    response = client.get("/healthz/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready", "missing": []})


def test_a_database_that_is_older_than_the_program_is_not_ready(db: None, client: Client) -> None:
    MigrationRecorder(connections["default"]).migration_qs.filter(app="history").delete()
    response = client.get("/healthz/ready")
    assert response.status_code == 503
    assert "older than the program" in response.json()["missing"][0]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_is_not_ready_and_the_process_still_lives(client: Client, tmp_path: object) -> None:
    connection = connections["default"]
    name = connection.settings_dict["NAME"]
    gone = {"NAME": f"{tmp_path}/no/such/folder/db.sqlite3"} if connection.vendor == "sqlite" else {"PORT": "1"}
    kept = {key: connection.settings_dict[key] for key in gone}
    connection.close()
    connection.settings_dict.update(gone)
    try:
        assert health.missing() == ["The database does not answer."]
        assert client.get("/healthz/live").status_code == 200
    finally:
        connection.close()
        connection.settings_dict.update(kept)
    assert connection.settings_dict["NAME"] == name


def test_metrics_for_this_machine_only(db: None, client: Client) -> None:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    for elsewhere in ({"REMOTE_ADDR": "203.0.113.9"}, {"REMOTE_ADDR": ""}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}):
        assert client.get("/metrics", **elsewhere).status_code == 404  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["/healthz/live", "/healthz/ready", "/metrics"])
def test_nobody_posts_there(db: None, client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
