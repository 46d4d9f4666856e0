"""What an administrator does about the organisation's sources."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from readiness.accounts.policy import Conflict, NotAllowed
from readiness.checks import sealing
from readiness.checks.actions import integrations as actions
from readiness.checks.actions.integrations import Said, WrongConnection
from readiness.checks.models import Integration
from readiness.history.models import Entry
from tests.cast import NOW, Cast
from tests.checks.connecting import SECRET, URL, changed, connected

LATER = NOW + timedelta(hours=1)


def opened(integration: Integration) -> str:
    return sealing.unseal(integration.sealed_secret, purpose=integration.purpose)


def verbs() -> list[str]:
    return list(Entry.objects.filter(object_type="integration").order_by("id").values_list("verb", flat=True))


# Connect and change


def test_a_source_is_connected_with_its_secret_sealed_and_a_test_asked_for(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks() as woken:
        made = connected(cast, tested=False)
    assert (made.address, made.way, made.secret_set_at, made.secret_set_by) == (URL, "bearer", NOW, cast.ada)
    assert SECRET not in made.sealed_secret
    assert opened(made) == SECRET
    assert made.test_asked_at == NOW
    assert len(woken) == 1
    entry = Entry.objects.get(verb="integration.connected")
    assert entry.after == {"address": URL, "flavour": "", "settings": {}, "way": "bearer"}


def test_one_of_a_kind(cast: Cast) -> None:
    connected(cast)
    with pytest.raises(Conflict) as conflict:
        connected(cast)
    assert isinstance(conflict.value.current, Integration)
    assert Integration.objects.count() == 1


def test_an_address_that_is_left_out_is_the_usual_one(cast: Cast) -> None:
    made = connected(cast, "aws_secrets", address="", way="aws", settings={"region": "eu-west-1", "key_id": "AKIA"})
    assert made.address == "https://secretsmanager.eu-west-1.amazonaws.com"


def test_settings_of_another_way_are_left_out(cast: Cast) -> None:
    made = connected(cast, settings={"user": "me", "header": "X", "tenant": " platform ", "odd": "x"})
    assert made.settings == {"tenant": "platform"}


@pytest.mark.parametrize(
    ("kind", "said", "fields"),
    [
        ("prometheus", {"address": "prometheus"}, {"address"}),
        ("prometheus", {"address": ""}, {"address"}),
        ("prometheus", {"address": "https://me:secret@prometheus.example"}, {"address"}),
        ("prometheus", {"way": "aws"}, {"way"}),
        ("prometheus", {"way": "magic"}, {"way"}),
        ("prometheus", {"way": "none", "secret": "x"}, {"secret"}),
        ("prometheus", {"secret": "one\r\nX-Other: two"}, {"secret"}),
        ("prometheus", {"secret": "x" * 9000}, {"secret"}),
        ("prometheus", {"way": "basic"}, {"user"}),
        ("prometheus", {"way": "header", "settings": {"header": "Bad Name"}}, {"header"}),
        ("prometheus", {"way": "header", "settings": {"header": "Host"}}, {"header"}),
        ("prometheus", {"settings": {"tenant": "x" * 201}}, {"tenant"}),
        ("traces", {"flavour": "zipkin"}, {"flavour"}),
        ("aws_secrets", {"address": "", "way": "aws"}, {"address", "region", "key_id"}),
    ],
)
def test_what_is_wrong_is_named_at_its_field_and_nothing_is_kept(
    cast: Cast, kind: str, said: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(WrongConnection) as refusal:
        connected(cast, kind, **said)
    assert set(refusal.value.problems) == fields
    assert not Integration.objects.exists()
    assert verbs() == []


def test_a_secret_that_is_not_typed_again_stays(cast: Cast) -> None:
    fresh = changed(cast, connected(cast), settings={"tenant": "platform"})
    assert opened(fresh) == SECRET
    assert fresh.test_asked_at == NOW
    entry = Entry.objects.get(verb="integration.changed")
    assert (entry.before, entry.after) == ({"settings": {}}, {"settings": {"tenant": "platform"}})


@pytest.mark.parametrize(
    "change",
    [{"address": "https://evil.example"}, {"address": f"{URL}:8443"}, {"address": f"{URL}/other"}, {"way": "none"}],
)
def test_another_address_or_way_forgets_the_secret(cast: Cast, change: dict[str, str]) -> None:
    fresh = changed(cast, connected(cast), **change)
    assert (fresh.sealed_secret, fresh.secret_set_at, fresh.secret_set_by) == ("", None, None)
    assert verbs()[1:] == ["integration.secret_forgotten", "integration.changed"]


def test_another_address_with_the_secret_typed_again_keeps_it(cast: Cast) -> None:
    fresh = changed(cast, connected(cast), address="https://new.example.com", secret="typed again")
    assert opened(fresh) == "typed again"
    assert verbs()[1:] == ["integration.secret_set", "integration.changed"]


def test_an_address_that_was_changed_in_the_database_does_not_take_the_secret_along(cast: Cast) -> None:
    made = connected(cast)
    Integration.objects.filter(pk=made.pk).update(address="https://evil.example")
    made.refresh_from_db()
    assert made.key
    assert "another address" in made.key.problem
    assert not made.key.headers


def test_who_looked_at_an_older_version_is_told_and_changes_nothing(cast: Cast) -> None:
    made = connected(cast)
    changed(cast, made, settings={"tenant": "first"})
    with pytest.raises(Conflict) as conflict:
        changed(cast, made, settings={"tenant": "second"}, secret="other")
    assert isinstance(conflict.value.current, Integration)
    assert conflict.value.current.settings == {"tenant": "first"}
    assert opened(Integration.objects.get()) == SECRET


# The other actions


def test_a_secret_is_forgotten(cast: Cast) -> None:
    made = connected(cast)
    fresh = actions.forget_secret(by=cast.ada, integration=made, version=made.version, now=LATER)
    assert not fresh.has_secret
    assert fresh.key is None
    assert verbs()[-1] == "integration.secret_forgotten"


def test_a_test_asked_for_twice_is_one(cast: Cast) -> None:
    made = connected(cast)
    actions.ask_test(by=cast.ada, integration=made, now=NOW)
    fresh = actions.ask_test(by=cast.ada, integration=made, now=LATER)
    assert fresh.test_asked_at == NOW
    assert verbs().count("integration.test_requested") == 1


def test_switched_off_it_is_connected_no_more_and_keeps_its_secret(cast: Cast) -> None:
    made = connected(cast)
    off = actions.switch(by=cast.ada, integration=made, version=made.version, is_enabled=False, now=LATER)
    assert (off.state, off.has_secret) == ("off", True)
    assert not Integration.objects.connected()
    on = actions.switch(by=cast.ada, integration=off, version=off.version, is_enabled=True, now=LATER)
    assert list(Integration.objects.connected()) == [on]


def test_removed_it_is_gone_and_the_history_knows_it(cast: Cast) -> None:
    made = connected(cast)
    actions.remove(by=cast.ada, integration=made, version=made.version, now=LATER)
    assert not Integration.objects.exists()
    entry = Entry.objects.get(verb="integration.removed")
    assert (entry.object_label, entry.before["address"]) == ("the integration Prometheus", URL)


ACTIONS: list[Callable[[Any, Integration, int], Any]] = [
    lambda by, made, version: actions.connect(by=by, kind=made.kind, said=Said(URL), version=version, now=LATER),
    lambda by, made, version: actions.forget_secret(by=by, integration=made, version=version, now=LATER),
    lambda by, made, version: actions.switch(by=by, integration=made, version=version, is_enabled=False, now=LATER),
    lambda by, made, version: actions.remove(by=by, integration=made, version=version, now=LATER),
    lambda by, made, _version: actions.ask_test(by=by, integration=made, now=LATER),
]


@pytest.mark.parametrize("act", ACTIONS)
@pytest.mark.parametrize("name", ["mia", "theo", "olga", "vera", "sam"])
def test_only_an_administrator_may(cast: Cast, act: Callable[..., Any], name: str) -> None:
    made = connected(cast)
    before, said = Integration.objects.values().get(), verbs()
    with pytest.raises(NotAllowed):
        act(getattr(cast, name), made, made.version)
    assert Integration.objects.values().get() == before
    assert verbs() == said


@pytest.mark.parametrize("act", ACTIONS[:4])
def test_of_two_at_once_the_second_is_told(cast: Cast, act: Callable[..., Any]) -> None:
    made = connected(cast)
    changed(cast, made, settings={"tenant": "first"})
    before, said = Integration.objects.values().get(), verbs()
    with pytest.raises(Conflict):
        act(cast.ada, made, made.version)
    assert Integration.objects.values().get() == before
    assert verbs() == said
