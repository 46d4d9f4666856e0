"""Two at once, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from readiness.accounts import actions
from readiness.accounts.models import Grant, User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Role
from tests.cast import NOW, PASSWORD, give, person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[str]:
    """What each answered: "done", or the rule that refused it."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> str:
        try:
            start.wait(10)
            work()
        except Refused as refusal:
            return refusal.rule
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(pool.map(run, works))


def test_of_two_who_set_up_an_empty_install_at_once_one_gets_in() -> None:
    def set_up(name: str) -> object:
        return actions.first_administrator(name=name, email=f"{name}@example.com", password=PASSWORD, now=NOW)

    assert at_once(lambda: set_up("ada"), lambda: set_up("eve")) == ["done", "first-run"]
    assert User.objects.count() == Grant.objects.count() == 1


def with_page_open(user: User) -> User:
    """As a request that asked for this person's roles a moment ago."""
    reader: User = User.objects.get(pk=user.pk)
    assert reader.live_grants()
    return reader


def test_two_administrators_who_remove_each_other_at_once_leave_one() -> None:
    ada, dora = person("Ada"), person("Dora")
    grants = {user.pk: give(user, Role.ADMIN) for user in (ada, dora)}
    pages = [(with_page_open(ada), grants[dora.pk]), (with_page_open(dora), grants[ada.pk])]
    answers = at_once(*(partial(actions.withdraw_grant, by=by, grant=grant, now=NOW) for by, grant in pages))
    assert answers == ["done", "last-administrator"]
    assert Grant.objects.count() == 1
