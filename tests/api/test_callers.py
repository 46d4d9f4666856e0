"""Who may call what: people by role, tokens by service, and those whom nobody knows."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts import policy
from readiness.accounts.api.callers import WRONG_TOKENS
from readiness.accounts.models import Token, User
from readiness.accounts.policy import NotVisible
from readiness.accounts.rules import Action
from readiness.history.models import Entry
from tests.api.stage import API, MOMENT, Stage, by, new_service, problem, send, undone
from tests.cast import Cast


def calls(stage: Stage) -> dict[str, tuple[str, str, Any]]:
    gap = {"plan": "Tomorrow.", "version": stage.gap.version}
    return {
        "list services": ("GET", f"{API}/services", None),
        "register": ("POST", f"{API}/services", new_service()),
        "service": ("GET", stage.checkout, None),
        "change": ("PATCH", stage.checkout, {"name": "Till", "version": stage.cast.checkout.version}),
        "gate": ("GET", f"{stage.checkout}/gate", None),
        "assessment": ("GET", f"{stage.checkout}/assessment", None),
        "run": ("POST", f"{stage.checkout}/checks/run", None),
        "list gaps": ("GET", f"{API}/gaps", None),
        "plan": ("PATCH", f"{API}/gaps/{stage.gap.pk}", gap),
        "packet": ("GET", f"{API}/reviews/{stage.review.pk}/packet", None),
    }


CALLS = (
    "list services", "register", "service", "change", "gate", "assessment", "run", "list gaps", "plan", "packet",
)  # fmt: skip
EXPECTED = {
    #         list  regis serv  chang gate  asses run   gaps  plan  packet
    "ada":     (200, 201, 200, 200, 200, 200, 202, 200, 403, 200),
    "mia":     (200, 201, 200, 200, 200, 200, 202, 200, 200, 200),
    "theo":    (200, 403, 200, 200, 200, 200, 202, 200, 200, 200),
    "rob":     (200, 201, 200, 200, 200, 200, 202, 200, 200, 200),
    "olga":    (200, 403, 200, 403, 200, 200, 202, 200, 200, 200),
    "pia":     (200, 403, 200, 403, 200, 200, 202, 200, 200, 200),
    "vera":    (200, 403, 200, 403, 200, 200, 403, 200, 403, 403),
    "sam":     (200, 422, 404, 404, 404, 404, 404, 200, 404, 404),
    "tina":    (200, 422, 404, 404, 404, 404, 404, 200, 404, 404),
    "own":     (403, 403, 200, 403, 200, 200, 202, 403, 403, 403),
    "foreign": (403, 403, 404, 403, 404, 404, 404, 403, 403, 403),
    "expired": (401,) * 10,
    "revoked": (401,) * 10,
    "nobody":  (401,) * 10,
}  # fmt: skip
"""Olga and Pia took part in the review, and so may take its packet home.

Sam and Tina are told that there is no such team for them, whether there is or not: 422."""


def caller(stage: Stage, name: str) -> Client:
    if name == "nobody":
        return by()
    found = getattr(stage, name, None) or getattr(stage.cast, name)
    assert isinstance(found, User | str)
    return by(found)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_call_by_each_caller(stage: Stage, name: str) -> None:
    client = caller(stage, name)
    for call, expected in zip(CALLS, EXPECTED[name], strict=True):
        with undone():
            entries = Entry.objects.count()
            answer = send(client, *calls(stage)[call])
            assert answer.status_code == expected, (call, answer.content)
            assert answer["Cache-Control"] == "no-store"
            if expected >= 400:
                problem(answer, expected)
                assert Entry.objects.count() == entries


def test_lists_hold_what_the_caller_may_see(stage: Stage) -> None:
    def slugs(user: User) -> list[str]:
        return [row["slug"] for row in by(user).get(f"{API}/services").json()["items"]]

    assert slugs(stage.cast.ada) == ["checkout", "index"]
    assert slugs(stage.cast.theo) == ["checkout"]
    assert slugs(stage.cast.sam) == ["index"]
    services = {row["service"] for row in by(stage.cast.sam).get(f"{API}/gaps").json()["items"]}
    assert services == {"index"}


def test_a_foreign_thing_and_one_that_is_not_there_are_told_alike(stage: Stage) -> None:
    for client in (by(stage.cast.sam), by(stage.foreign)):
        foreign = problem(client.get(f"{stage.checkout}/gate"), 404)
        assert foreign == problem(client.get(f"{API}/services/no-such-thing/gate"), 404)
    body = {"plan": "x", "version": 1}
    foreign = problem(send(by(stage.cast.sam), "PATCH", f"{API}/gaps/{stage.gap.pk}", body), 404)
    assert foreign == problem(send(by(stage.cast.sam), "PATCH", f"{API}/gaps/999999", body), 404)


def test_the_header_wins_over_the_session(stage: Stage) -> None:
    client = by(stage.cast.ada)
    path = f"{stage.checkout}/gate"
    assert client.get(path).status_code == 200
    problem(client.get(path, headers={"Authorization": f"Bearer {stage.foreign}"}), 404)
    problem(client.get(path, headers={"Authorization": "Bearer nonsense"}), 401, "who-calls")
    problem(client.get(path, headers={"Authorization": "Basic YWRhOmFkYQ=="}), 401, "who-calls")
    problem(client.get(path, headers={"Authorization": ""}), 401, "who-calls")


def test_a_session_writes_with_its_csrf_token_only(stage: Stage) -> None:
    client = by(stage.cast.theo, csrf=True)
    path, body = f"{API}/gaps/{stage.gap.pk}", {"plan": "Tomorrow.", "version": stage.gap.version}
    problem(send(client, "PATCH", path, body), 403, "csrf")
    assert stage.fresh().version == stage.gap.version
    client.get("/settings/")
    secret = client.cookies["csrftoken"].value
    assert send(client, "PATCH", path, body, **{"X-CSRFToken": secret}).status_code == 200
    assert send(by(stage.own, csrf=True), "POST", f"{stage.checkout}/checks/run").status_code == 202


def test_an_unknown_caller_is_told_how_to_be_known_and_is_not_sent_to_a_page(stage: Stage) -> None:
    answer = by().get(f"{API}/services")
    problem(answer, 401, "who-calls", "Bearer rdy_")
    assert answer["WWW-Authenticate"] == 'Bearer realm="readiness"'


def test_a_token_that_ended_is_told_so(stage: Stage) -> None:
    problem(by(stage.expired).get(f"{stage.checkout}/gate"), 401, "who-calls", "expired on")
    problem(by(stage.revoked).get(f"{stage.checkout}/gate"), 401, "who-calls", "was revoked on")
    with time_machine.travel(MOMENT + timedelta(days=90), tick=False):
        problem(by(stage.own).get(f"{stage.checkout}/gate"), 401, "who-calls", "expired on")


def test_the_secret_is_stored_nowhere(stage: Stage) -> None:
    kept = [str(row) for model in (Token, Entry) for row in model.objects.values()]
    assert stage.own.startswith("rdy_")
    assert not any(stage.own in row or stage.own[16:] in row for row in kept)


def test_use_is_noted_once_a_minute(stage: Stage) -> None:
    def writes(after: timedelta) -> int:
        with time_machine.travel(MOMENT + after, tick=False), CaptureQueriesContext(connection) as queries:
            assert by(stage.own).get(f"{stage.checkout}/gate").status_code == 200
        return sum(query["sql"].startswith("UPDATE") for query in queries.captured_queries)

    assert [writes(timedelta(seconds=s)) for s in (0, 20, 59, 61, 62)] == [1, 0, 0, 1, 0]
    assert Token.objects.get(name="own").last_used_at == MOMENT + timedelta(seconds=61)


def test_wrong_tokens_are_counted_by_address_and_right_ones_pass(stage: Stage) -> None:
    wrong, path = by(f"rdy_{'x' * 40}"), f"{stage.checkout}/gate"
    for _ in range(WRONG_TOKENS):
        problem(wrong.get(path), 401)
    answer = wrong.get(path)
    problem(answer, 429, "slow-down")
    assert answer["Retry-After"] == "300"
    problem(wrong.get(path, REMOTE_ADDR="203.0.113.9"), 401)
    assert by(stage.own).get(path).status_code == 200
    with time_machine.travel(MOMENT + timedelta(seconds=301), tick=False):
        problem(wrong.get(path), 401)


def test_an_ended_token_does_not_count_as_guessing(stage: Stage) -> None:
    for _ in range(WRONG_TOKENS + 2):
        problem(by(stage.revoked).get(f"{stage.checkout}/gate"), 401)


def test_a_cache_that_is_down_keeps_nobody_out(stage: Stage, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    cache.close()
    problem(by("rdy_wrong").get(f"{stage.checkout}/gate"), 401)
    assert by(stage.own).get(f"{stage.checkout}/gate").status_code == 200


def test_before_the_first_person_the_answer_is_401_and_no_page(db: None) -> None:
    User.objects.all().delete()
    problem(by().get(f"{API}/services"), 401)


def test_policy_knows_a_token_by_its_service(stage: Stage, cast: Cast) -> None:
    token = Token.objects.get(name="own")
    policy.require_token(token, Action.SEE, cast.checkout.target)
    with pytest.raises(NotVisible):
        policy.require_token(token, Action.SEE, cast.index.target)
    with pytest.raises(NotVisible):
        policy.require_token(token, Action.SEE, policy.ORGANISATION)
    with pytest.raises(policy.NotAllowed):
        policy.require_token(token, Action.EDIT_SERVICE, cast.checkout.target)
