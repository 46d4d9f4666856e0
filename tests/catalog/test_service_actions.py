"""Registering and editing a service: who may, what is refused, and who wrote first."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Role
from readiness.catalog.actions import WrongFields, create_service, edit_service, mark_launched
from readiness.catalog.models import Lifecycle, Service
from readiness.history.models import Entry
from tests.cast import Cast, give, service as new_service


def test_a_manager_registers_a_service_of_her_team(cast: Cast, now: datetime) -> None:
    service = create_service(by=cast.mia, now=now, slug="ledger", name=" Ledger ", team=cast.payments, tier=2)
    assert (service.name, service.tier, service.version) == ("Ledger", 2, 1)
    entry = Entry.objects.about("service", service.pk).get()
    assert (entry.verb, entry.actor_id, entry.team_id) == ("service.created", cast.mia.pk, cast.payments.pk)
    assert entry.after["team"] == "Payments"


@pytest.mark.parametrize(("person", "refusal"), [("sam", NotVisible), ("vera", NotAllowed), ("eve", NotVisible)])
def test_who_may_not_register_changes_nothing(cast: Cast, now: datetime, person: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        create_service(by=getattr(cast, person), now=now, slug="ledger", name="Ledger", team=cast.payments)
    assert not Service.objects.filter(slug="ledger").exists()
    assert not Entry.objects.filter(object_label="Ledger").exists()


def test_somebody_who_left_registers_nothing(cast: Cast, now: datetime) -> None:
    cast.mia.is_active = False
    with pytest.raises(NotVisible):
        create_service(by=cast.mia, now=now, slug="ledger", name="Ledger", team=cast.payments)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"slug": "Not A Slug"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"slug": "checkout"}, "slug"),
        ({"name": "  "}, "name"),
        ({"tier": 5}, "tier"),
        ({"traits": ["http-api", "blockchain"]}, "traits"),
        ({"lifecycle": "sunset"}, "lifecycle"),
        ({"repository": "git@github.com:a/b"}, "repository"),
        ({"endpoints": {"live_url": "checkout/healthz"}}, "live_url"),
        ({"endpoints": {"pigeon_url": "https://x.example"}}, "pigeon_url"),
        ({"dependencies": ["ledger"]}, "dependencies"),
        ({"dependencies": ["x" * 161]}, "dependencies"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    cast: Cast, now: datetime, fields: dict[str, object], place: str
) -> None:
    given: dict[str, Any] = {"slug": "ledger", "name": "Ledger", **fields}
    with pytest.raises(WrongFields) as refused:
        create_service(by=cast.mia, now=now, team=cast.payments, **given)
    assert list(refused.value.problems) == [place]
    assert Service.objects.count() == 2


def test_nobody_who_left_can_be_named(cast: Cast, now: datetime) -> None:
    User.objects.filter(pk=cast.olga.pk).update(is_active=False)
    gone = User.objects.get(pk=cast.olga.pk)
    with pytest.raises(WrongFields) as refused:
        create_service(by=cast.mia, now=now, slug="ledger", name="Ledger", team=cast.payments, on_call=gone)
    assert "has left" in refused.value.problems["on_call"]


def test_the_tech_lead_edits_and_only_what_differs_is_written_down(cast: Cast, now: datetime) -> None:
    changes = {
        "description": "Takes payments.",
        "tier": 1,
        "endpoints": {"base_url": "https://c.example.com", "live_url": ""},
    }
    service = edit_service(by=cast.theo, now=now, service=cast.checkout, version=1, changes=changes)
    assert (service.description, service.version) == ("Takes payments.", 2)
    assert service.endpoints == {"base_url": "https://c.example.com"}
    entry = Entry.objects.get(verb="service.edited")
    assert set(entry.after) == {"description", "endpoints"}
    assert entry.before["description"] == "Takes the customer's money."


def test_an_edit_that_changes_nothing_leaves_no_trace(cast: Cast, now: datetime) -> None:
    service = edit_service(by=cast.theo, now=now, service=cast.checkout, version=1, changes={"tier": 1})
    assert service.version == 1
    assert not Entry.objects.filter(verb="service.edited").exists()


@pytest.mark.parametrize(
    ("person", "refusal"), [("sam", NotVisible), ("eve", NotAllowed), ("vera", NotAllowed), ("olga", NotAllowed)]
)
def test_who_may_not_edit_changes_nothing(cast: Cast, now: datetime, person: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        edit_service(by=getattr(cast, person), now=now, service=cast.checkout, version=1, changes={"tier": 4})
    cast.checkout.refresh_from_db()
    assert (cast.checkout.tier, cast.checkout.version) == (1, 1)


def test_who_writes_second_sees_what_the_first_wrote(cast: Cast, now: datetime) -> None:
    edit_service(by=cast.mia, now=now, service=cast.checkout, version=1, changes={"tier": 2})
    with pytest.raises(Conflict) as lost:
        edit_service(by=cast.theo, now=now, service=cast.checkout, version=1, changes={"tier": 3})
    assert isinstance(lost.value.current, Service)
    assert lost.value.current.tier == 2
    cast.checkout.refresh_from_db()
    assert cast.checkout.tier == 2


def test_an_unchanged_form_of_an_old_version_is_a_conflict_too(cast: Cast, now: datetime) -> None:
    edit_service(by=cast.mia, now=now, service=cast.checkout, version=1, changes={"tier": 2})
    with pytest.raises(Conflict):
        edit_service(by=cast.theo, now=now, service=cast.checkout, version=1, changes={"tier": 1})


def test_moving_a_service_takes_a_say_in_the_other_team(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotVisible):
        edit_service(by=cast.mia, now=now, service=cast.checkout, version=1, changes={"team": cast.search})
    give(cast.mia, Role.MANAGER, team=cast.search)
    moved = edit_service(by=cast.mia, now=now, service=cast.checkout, version=1, changes={"team": cast.search})
    assert moved.team == cast.search
    assert Entry.objects.get(verb="service.edited").after == {"team": "Search"}


def test_a_dependency_is_linked_when_its_service_is_known(cast: Cast, now: datetime) -> None:
    ledger = new_service("ledger", cast.payments)
    service = edit_service(
        by=cast.theo, now=now, service=cast.checkout, version=1, changes={}, dependencies=["stripe", "LEDGER"]
    )
    assert [(d.name, d.needed) for d in service.dependencies.all()] == [("LEDGER", None), ("stripe", None)], (
        "theo sees only his own service, so the name stays a name"
    )
    service = edit_service(
        by=cast.mia, now=now, service=service, version=2, changes={}, dependencies=["stripe", "Ledger", "ledger"]
    )
    assert [(d.name, d.needed) for d in service.dependencies.all()] == [("Ledger", ledger), ("stripe", None)]


def test_an_edit_keeps_links_to_services_that_the_editor_cannot_see(cast: Cast, now: datetime) -> None:
    cast.checkout.dependencies.create(needed=cast.index, name="Index")
    edit_service(by=cast.theo, now=now, service=cast.checkout, version=1, changes={}, dependencies=["index", "stripe"])
    assert cast.checkout.dependencies.get(name="Index").needed == cast.index


def test_what_waited_for_a_service_is_linked_when_it_is_registered(cast: Cast, now: datetime) -> None:
    cast.checkout.dependencies.create(name="ledger")
    ledger = create_service(by=cast.mia, now=now, slug="ledger", name="Ledger", team=cast.payments)
    assert cast.checkout.dependencies.get().needed == ledger


def test_a_launch_is_marked_on_the_day_or_after(cast: Cast, now: datetime) -> None:
    service = mark_launched(by=cast.theo, now=now, service=cast.checkout, version=1, launched_on=now.date())
    assert (service.lifecycle, service.launched_on) == (Lifecycle.PRODUCTION, now.date())
    with pytest.raises(Refused):
        mark_launched(by=cast.theo, now=now, service=service, version=2, launched_on=now.date() + timedelta(days=1))
    with pytest.raises(NotAllowed):
        mark_launched(by=cast.vera, now=now, service=service, version=2, launched_on=now.date())
    with pytest.raises(Conflict):
        mark_launched(by=cast.theo, now=now, service=service, version=1, launched_on=now.date())
