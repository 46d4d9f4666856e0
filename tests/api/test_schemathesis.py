"""The document writes the requests: whatever it allows, and what it forbids, is answered as it declares, whoever asks.

Schemathesis makes cases from the OpenAPI document, fitting ones and ones that break it on purpose, and calls the site in process.
Each case is one transaction that is undone. `TORTURE_ROUNDS=20` makes twenty times as many, each time others.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
import schemathesis
from django.conf import settings as site
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.catalog.models import Service
from tests.api.stage import API, Stage, undone
from tests.assessments.formats.reports import case as passed, junit
from tests.cast import give

ROUNDS = int(os.environ.get("TORTURE_ROUNDS", "1"))
IS_BY_CHANCE = ROUNDS > 1
"""One round is the same each time, so that it fails for a change of ours alone."""
EACH = 3
"""Cases of one operation by one caller, in one round."""
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
CALLERS = ("ada", "mia", "theo", "olga", "vera", "sam", "eve", "own", "nobody")
"""Administrator, manager, tech lead, on-call, viewer, stranger, outside reviewer, CI token, nobody."""
SEEN: list[int] = []
type Operation = APIOperation[Any, Any, Any, Any]
CSRF = "x" * 32
PLAIN = {"Accept-Encoding": "identity"}
REPORT = junit(passed("test_a"), head="<testsuite timestamp='2026-03-01T10:00:00'>")
LIKELY: dict[str, Any] = {
    "slug": "ledger",
    "name": "Ledger",
    "team": "payments",
    "repository": "",
    "endpoints": {},
    "dependencies": ["index"],
    **dict.fromkeys(("tech_lead", "on_call", "platform_owner", "owner"), "theo@example.com"),
    "file": REPORT,
    "kind": "junit",
    "item": "queued",
    "service": "checkout",
    "commit_sha": "4f2a91c",
    **dict.fromkeys(("started_at", "finished_at", "target_url", "ci_run_url"), ""),
    "due_on": "2026-03-20",
    "go_live_on": "2026-03-20",
    "plan": "Tomorrow.",
}


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """A request ends with its connections; here they hold the transaction around it (Django's own test client does the same)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def document(stage: Stage, kept_connection: None) -> BaseSchema:
    Service.objects.filter(slug="checkout").update(is_badge_public=True)
    give(stage.cast.eve, Role.EXTERNAL, service=stage.cast.checkout, review_id=stage.review.pk)
    return schemathesis.openapi.from_wsgi(f"{API}/openapi.json", get_wsgi_application())


def operations(document: BaseSchema) -> list[Operation]:
    return [found.ok() for found in document.get_all_operations() if isinstance(found, Ok)]


def as_caller(stage: Stage, name: str) -> dict[str, Any]:
    """What goes with each request: a session with its CSRF token, a CI token, or nothing."""
    if name == "nobody":
        return {"headers": PLAIN}
    who = getattr(stage, name, None) or getattr(stage.cast, name)
    if not isinstance(who, User):
        return {"headers": PLAIN | {"Authorization": f"Bearer {who}"}}
    client = Client()
    client.force_login(User.objects.get(pk=who.pk))
    cookies = {name: morsel.value for name, morsel in client.cookies.items()} | {site.CSRF_COOKIE_NAME: CSRF}
    return {"headers": PLAIN | {"X-CSRFToken": CSRF}, "cookies": cookies}


def to_what_is_there(case: Case[Any], stage: Stage) -> None:
    """A made-up id only ever meets 404: most cases are about what there is."""
    there = {"slug": "checkout", "gap_id": stage.gap.pk, "review_id": stage.review.pk}
    for name in case.path_parameters or {}:
        case.path_parameters[name] = there[name]
    if isinstance(case.body, dict) and "version" in case.body:
        case.body["version"] = stage.gap.version if "gap_id" in case.path_parameters else stage.cast.checkout.version


def with_likely_words(case: Case[Any]) -> None:
    """Names of teams, people, items and addresses that could be: chance alone hits none of them."""
    if isinstance(case.body, dict):
        case.body |= {name: value for name, value in LIKELY.items() if name in case.body}


@contextmanager
def nothing_stays() -> Iterator[None]:
    cache.clear()  # how many there were is counted outside the database
    with undone():
        yield


def tried(operation: Operation, stage: Stage, caller: str) -> None:
    """Raises what Schemathesis or Hypothesis says of the first answer that is not as declared."""
    cases = operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(GenerationMode.NEGATIVE)
    about = as_caller(stage, caller)

    @settings(
        max_examples=EACH * ROUNDS, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate], print_blob=False,
    )  # fmt: skip
    @given(cases, st.sampled_from([True, True, True, False]), st.sampled_from([True, True, False]))
    def asks(case: Case[Any], is_there: bool, is_likely: bool) -> None:
        if is_there:
            to_what_is_there(case, stage)
        if is_likely:
            with_likely_words(case)
        with nothing_stays():
            answer = case.call(**about)
        SEEN.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    asks() if IS_BY_CHANCE else seed(f"{operation.label} {caller}")(asks)()


@pytest.mark.timeout(120 + 60 * ROUNDS)
def test_every_answer_is_a_declared_one(stage: Stage, document: BaseSchema) -> None:
    wrong = {}
    for operation, caller in product(operations(document), CALLERS):
        try:
            tried(operation, stage, caller)
        except (Exception, BaseExceptionGroup) as failure:  # noqa: BLE001 - each says what was asked
            wrong[f"{operation.label} by {caller}"] = str(failure)
    assert not wrong, "\n\n".join(f"{asked}: {said}" for asked, said in wrong.items())
    assert len(SEEN) >= 300 * ROUNDS
    assert {200, 201, 202, 401, 403, 404, 422} <= set(SEEN)
