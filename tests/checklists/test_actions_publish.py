"""A draft becomes the current version, once, and never changes again: not even by SQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from readiness.accounts.policy import Conflict, NotAllowed, Refused
from readiness.checklists.actions import ensure_shipped, import_pack, publish
from readiness.checklists.models import Checklist, Status, Version
from readiness.checklists.pack_writer import write_pack
from readiness.history.models import ActorKind, Entry
from tests.cast import NOW, Cast, published
from tests.checklists.small_pack import PACK, changed

NEWER = changed("X is so.", "X is so, always.").replace("name: Small", "name: Smaller")


def test_an_administrator_publishes_the_draft(cast: Cast, now: datetime) -> None:
    published(PACK)
    draft = import_pack(by=cast.ada, text=NEWER, now=now)
    later = now + timedelta(hours=1)
    version = publish(by=cast.ada, checklist=draft.checklist, now=later, note=" Said more clearly. ", revision=1)
    assert (version.number, version.status, version.note) == (2, Status.PUBLISHED, "Said more clearly.")
    assert (version.published_at, version.published_by) == (later, cast.ada)
    checklist = Checklist.objects.get()
    assert (checklist.current, checklist.draft, checklist.name) == (version, None, "Smaller")


def test_the_history_says_what_changed(cast: Cast, now: datetime) -> None:
    published(PACK)
    draft = import_pack(by=cast.ada, text=NEWER, now=now)
    publish(by=cast.ada, checklist=draft.checklist, now=now, note="Clearer.")
    entry = Entry.objects.get(verb="checklist.published")
    assert (entry.before, entry.after) == ({"version": 1}, {"version": 2, "changed": ["obs-x"]})
    assert (entry.actor_id, entry.reason, entry.object_label) == (cast.ada.pk, "Clearer.", "Smaller")


@pytest.mark.parametrize("person", ["mia", "theo", "vera", "sam", "eve"])
def test_nobody_else_publishes(cast: Cast, now: datetime, person: str) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=now)
    with pytest.raises(NotAllowed, match="administrator"):
        publish(by=getattr(cast, person), checklist=draft.checklist, now=now)
    assert Version.objects.get().status == Status.DRAFT
    assert not Entry.objects.filter(verb="checklist.published").exists()


def test_without_a_draft_there_is_nothing_to_publish(cast: Cast, now: datetime) -> None:
    checklist = published(PACK).checklist
    with pytest.raises(Refused, match="no draft"):
        publish(by=cast.ada, checklist=checklist, now=now)
    assert not Entry.objects.exists()


def test_a_draft_that_says_what_is_published_is_not_published_again(cast: Cast, now: datetime) -> None:
    published(PACK)
    draft = import_pack(by=cast.ada, text=NEWER, now=now)
    import_pack(by=cast.ada, text=PACK, now=now, revision=1)
    with pytest.raises(Refused, match="exactly what version 1 says"):
        publish(by=cast.ada, checklist=draft.checklist, now=now)
    assert Version.objects.published().count() == 1


def test_a_draft_that_changed_since_it_was_seen_is_not_published(cast: Cast, now: datetime) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=now)
    fresh = import_pack(by=cast.ada, text=NEWER, now=now)
    with pytest.raises(Conflict) as lost:
        publish(by=cast.ada, checklist=draft.checklist, now=now, revision=1)
    assert lost.value.current == fresh
    assert Version.objects.get().status == Status.DRAFT


def test_publishing_twice_publishes_once(cast: Cast, now: datetime) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=now)
    publish(by=cast.ada, checklist=draft.checklist, now=now, revision=1)
    with pytest.raises(Conflict):
        publish(by=cast.ada, checklist=draft.checklist, now=now, revision=1)
    assert Entry.objects.filter(verb="checklist.published").count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checklists_version SET body = '{}' WHERE id = %s",
        "UPDATE checklists_version SET status = 'draft', published_at = NULL WHERE id = %s",
        "UPDATE checklists_version SET note = 'better' WHERE id = %s",
        "UPDATE checklists_version SET digest = 'x' WHERE id = %s",
        "DELETE FROM checklists_version WHERE id = %s",
    ],
)
def test_the_database_refuses_to_touch_a_published_version(cast: Cast, now: datetime, statement: str) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=now)
    version = publish(by=cast.ada, checklist=draft.checklist, now=now)
    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [version.pk])
    same = Version.objects.get()
    assert (same.body, same.digest, same.status, same.note) == (
        version.body,
        version.digest,
        Status.PUBLISHED,
        "",
    )


def test_the_shipped_checklists_are_published_by_the_installation(db: None, now: datetime) -> None:
    versions = [version for version in ensure_shipped(now=now) if version]
    facts = [(version.checklist.key, version.number, version.published_by, len(version.items)) for version in versions]
    assert facts == [("go-live", 1, None, 34), ("extended", 1, None, 72)]
    for entry in Entry.objects.filter(verb="checklist.published"):
        assert (entry.actor_kind, entry.actor_name) == (ActorKind.SYSTEM, "the installation")
    assert ensure_shipped(now=now + timedelta(days=1)) == versions
    assert Entry.objects.count() == 4


def test_extended_extends_what_go_live_says_here(cast: Cast, now: datetime) -> None:
    own = PACK.replace("key: small", "key: go-live").replace("title: X", "title: Ours")
    publish(by=cast.ada, checklist=import_pack(by=cast.ada, text=own, now=now).checklist, now=now)
    ensure_shipped(now=now)
    extended = Version.objects.get(checklist__key="extended")
    assert (len(extended.items), extended.pack.item("obs-x").title) == (39, "Ours")
    again = import_pack(by=cast.ada, text=write_pack(extended.pack), now=now)
    assert again == extended, "an exported version is whole"


def test_what_people_published_or_draft_is_left_to_them(cast: Cast, now: datetime) -> None:
    own = PACK.replace("key: small", "key: go-live")
    draft = import_pack(by=cast.ada, text=own, now=now)
    assert ensure_shipped(now=now) == [None, None]
    assert Version.objects.get() == draft
    current = publish(by=cast.ada, checklist=draft.checklist, now=now)
    assert ensure_shipped(now=now)[0] == current
    assert current.checklist.versions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_start_at_once_publish_one_version() -> None:
    together = Barrier(2)

    def start() -> list[Version | None]:
        together.wait()
        try:
            return ensure_shipped(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(start), pool.submit(start)
    assert first.result() == second.result() == list(Version.objects.order_by("pk"))
    assert Entry.objects.filter(verb="checklist.published").count() == 2
