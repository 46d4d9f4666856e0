"""Something of everything that the interface answers about, its callers, and short words for calling."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.test import Client

from readiness.accounts.actions import tokens
from readiness.accounts.api.contract import Problem
from readiness.accounts.models import Token, User
from readiness.accounts.rules import Role
from readiness.assessments import actions as assessments
from readiness.assessments.models import Gap
from readiness.catalog.models import Service
from readiness.checks import actions as checks
from reviews.models import Review
from tests.assessments.small import see
from tests.cast import NOW, Cast, give, person
from tests.reviews.meetings import LATER, begun, decided

MOMENT = LATER + timedelta(minutes=10)
LASTS = timedelta(days=90)
API = "/api/v1"


@dataclass
class Stage:
    """`checkout` measured, reviewed and decided (no-go), with a gap and a check that is ready; a token each way.

    `tina` is a tech lead of the other team, beside `cast.sam` who leads `index` itself.
    """

    cast: Cast
    gap: Gap
    foreign_gap: Gap
    review: Review
    own: str
    foreign: str
    expired: str
    revoked: str
    tina: User

    @property
    def checkout(self) -> str:
        return f"{API}/services/{self.cast.checkout.slug}"

    def fresh(self) -> Gap:
        return Gap.objects.get(pk=self.gap.pk)


def set_stage(cast: Cast) -> Stage:
    cache.clear()
    address = "http://127.0.0.1:9/healthz"
    endpoints = {"live_url": f"{address}/live", "ready_url": f"{address}/ready"}
    Service.objects.filter(pk=cast.checkout.pk).update(endpoints=endpoints)
    cast.checkout.refresh_from_db()
    review = begun(cast)
    see(cast.checkout.assessment, result="fail")
    checks.plan(service=cast.checkout, by=cast.theo, now=NOW)
    decided(cast, review)
    see_index = assessments.start(service=cast.index, by=cast.sam, now=NOW)
    see(see_index, result="fail")
    tina = person("Tina")
    give(tina, Role.TECH_LEAD, team=cast.search)
    return Stage(
        cast=cast,
        gap=Gap.objects.get(service=cast.checkout, item__key="probed"),
        foreign_gap=Gap.objects.get(service=cast.index, item__key="probed"),
        review=review,
        own=mint(cast.checkout, cast.theo, "own"),
        foreign=mint(cast.index, cast.sam, "foreign"),
        expired=mint(cast.checkout, cast.theo, "expired", lasted=timedelta(days=100)),
        revoked=revoked(cast),
        tina=tina,
    )


def mint(service: Service, by: User, name: str, *, lasted: timedelta = timedelta(0)) -> str:
    """A token that was minted so long ago."""
    made = tokens.mint(by=by, target=service.target, service=service.name, name=name, lasts=LASTS, now=MOMENT - lasted)
    return made.secret


def revoked(cast: Cast) -> str:
    secret = mint(cast.checkout, cast.theo, "revoked")
    token = Token.objects.get(name="revoked")
    tokens.revoke(by=cast.theo, token=token, target=cast.checkout.target, service="Checkout", now=MOMENT)
    return secret


def by(caller: User | str | None = None, *, csrf: bool = False) -> Client:
    """A client for a person (session), a token (its secret), or nobody. `csrf`: the check is made as in the browser."""
    headers = {"Authorization": f"Bearer {caller}"} if isinstance(caller, str) else {}
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False, headers=headers)
    if isinstance(caller, User):
        client.force_login(User.objects.get(pk=caller.pk))  # grants are read anew
    return client


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.generic(
        method, path, text if body is not None else "", content_type="application/json", headers=headers
    )


def problem(answer: Any, status: int, rule: str = "", words: str = "") -> dict[str, Any]:
    """Asserts that the answer is a well-formed problem, and answers its members."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    members: dict[str, Any] = json.loads(answer.content)
    shape = Problem.model_validate(members)
    assert set(members) <= set(Problem.model_fields)
    assert shape.status == status
    assert shape.detail[-1] in ".?"
    assert "/api/v1/docs#" in shape.type
    assert not rule or shape.rule == rule
    assert words in shape.detail
    return members


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written within is gone afterwards: the next call finds the stage as it was set."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def new_service(**more: Any) -> dict[str, Any]:
    return {"slug": "ledger", "name": "Ledger", "team": "payments"} | more
