"""A pack becomes a draft: who may, what is refused, who wrote first."""

from datetime import datetime, timedelta

import pytest

from readiness.accounts.policy import Conflict, NotAllowed, Refused
from readiness.checklists.actions import discard_draft, import_pack, publish
from readiness.checklists.models import Checklist, Status, Version
from readiness.checklists.pack_errors import PackErrors
from readiness.history.actions import Actor
from readiness.history.models import Entry
from tests.cast import Cast, published
from tests.checklists.small_pack import PACK, changed

NEWER = changed("X is so.", "X is so, always.")
OTHER = changed("valid_days: 30", "valid_days: 60")


def test_an_administrator_imports_a_pack_as_the_first_draft(cast: Cast, now: datetime) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=now)
    assert (draft.number, draft.status, draft.revision, draft.created_by) == (1, Status.DRAFT, 1, cast.ada)
    assert (draft.checklist.key, draft.checklist.name) == ("small", "Small")
    assert [item.key for item in draft.items] == ["obs-x"]
    entry = Entry.objects.get(verb="checklist.drafted")
    assert (entry.actor_id, entry.object_id, entry.object_label) == (cast.ada.pk, str(draft.checklist_id), "Small")
    assert entry.after == {"version": 1, "items": 1, "digest": draft.digest}


def test_a_draft_comes_after_the_published_versions(cast: Cast, now: datetime) -> None:
    published(PACK)
    draft = import_pack(by=cast.ada, text=NEWER, now=now, revision=0)
    assert (draft.number, draft.status) == (2, Status.DRAFT)
    assert Version.objects.published().get().number == 1


def test_a_second_import_writes_over_the_draft_and_says_what_it_was(cast: Cast, now: datetime) -> None:
    first = import_pack(by=cast.ada, text=PACK, now=now)
    second = import_pack(by=cast.ada, text=changed("name: Small", "name: Smaller"), now=now, revision=1)
    assert (second.pk, second.revision) == (first.pk, 2)
    assert Checklist.objects.get().name == "Smaller"  # nothing is published under the old name
    entry = Entry.objects.filter(verb="checklist.drafted").latest("id")
    assert (entry.before["digest"], entry.after["digest"]) == (first.digest, second.digest)


def test_importing_the_same_text_twice_changes_nothing(cast: Cast, now: datetime) -> None:
    first = import_pack(by=cast.ada, text=PACK, now=now)
    again = import_pack(by=cast.ada, text=PACK.encode(), now=now + timedelta(days=1), revision=0)
    assert (again.pk, again.revision, again.created_at) == (first.pk, 1, now)
    assert Entry.objects.count() == 1


def test_importing_what_is_published_already_makes_no_draft(cast: Cast, now: datetime) -> None:
    current = published(PACK)
    assert import_pack(by=cast.ada, text=PACK, now=now) == current
    assert Version.objects.count() == 1
    assert not Entry.objects.exists()


@pytest.mark.parametrize("person", ["mia", "theo", "vera", "sam", "eve"])
def test_who_may_not_publish_imports_nothing(cast: Cast, now: datetime, person: str) -> None:
    with pytest.raises(NotAllowed, match="administrator"):
        import_pack(by=getattr(cast, person), text=PACK, now=now)
    assert not Checklist.objects.exists()
    assert not Entry.objects.exists()


def test_a_command_on_the_server_may(cast: Cast, now: datetime) -> None:
    draft = import_pack(by=Actor.machine("manage.py checklist"), text=PACK, now=now)
    assert draft.created_by is None
    assert Entry.objects.get().actor_name == "manage.py checklist"


def test_a_pack_with_errors_stores_nothing_and_names_each_line(cast: Cast, now: datetime) -> None:
    wrong = changed("gate: hard", "gate: sometimes").replace("valid_days: 30", "valid_days: 0")
    with pytest.raises(PackErrors) as refused:
        import_pack(by=cast.ada, text=wrong, now=now)
    assert [error.line for error in refused.value.errors] == [7, 9]
    assert not Checklist.objects.exists()


def test_a_key_that_is_an_address_of_ours_is_refused(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused, match="choose another key"):
        import_pack(by=cast.ada, text=changed("key: small", "key: import"), now=now)
    assert not Checklist.objects.exists()


def test_a_pack_of_another_checklist_is_not_taken_for_this_one(cast: Cast, now: datetime) -> None:
    here = published(PACK).checklist
    with pytest.raises(Refused, match="it has to be “small”"):
        import_pack(by=cast.ada, text=changed("key: small", "key: large"), now=now, checklist=here)
    assert Checklist.objects.count() == 1


@pytest.mark.parametrize("seen", [0, 1])
def test_whoever_has_not_seen_the_draft_does_not_write_over_it(cast: Cast, now: datetime, seen: int) -> None:
    import_pack(by=cast.ada, text=PACK, now=now)
    theirs = import_pack(by=cast.ada, text=NEWER, now=now, revision=1)
    with pytest.raises(Conflict, match="Ada Example’s, of 1 items") as lost:
        import_pack(by=cast.ada, text=OTHER, now=now, revision=seen)
    assert lost.value.current == theirs
    assert Version.objects.get().digest == theirs.digest
    assert Entry.objects.count() == 2


def test_a_draft_that_was_published_meanwhile_is_not_brought_back(cast: Cast, now: datetime) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=now)
    current = publish(by=cast.ada, checklist=draft.checklist, now=now)
    with pytest.raises(Conflict, match="published or discarded meanwhile") as lost:
        import_pack(by=cast.ada, text=NEWER, now=now, revision=1)
    assert lost.value.current == current
    assert Version.objects.count() == 1


def test_a_discarded_draft_leaves_the_published_version_alone(cast: Cast, now: datetime) -> None:
    current = published(PACK)
    draft = import_pack(by=cast.ada, text=NEWER, now=now)
    discard_draft(by=cast.ada, checklist=draft.checklist, now=now, revision=1)
    assert list(Version.objects.all()) == [current]
    entry = Entry.objects.get(verb="checklist.discarded")
    assert entry.before == {"version": 2, "items": 1, "digest": draft.digest}


def test_a_checklist_that_was_only_a_draft_goes_with_it(cast: Cast, now: datetime) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=now)
    discard_draft(by=cast.ada, checklist=draft.checklist, now=now)
    assert not Checklist.objects.exists()
    assert Entry.objects.get(verb="checklist.discarded").object_label == "Small"


def test_only_the_draft_that_was_seen_is_discarded_and_only_by_an_administrator(cast: Cast, now: datetime) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=now)
    import_pack(by=cast.ada, text=NEWER, now=now)
    with pytest.raises(Conflict):
        discard_draft(by=cast.ada, checklist=draft.checklist, now=now, revision=1)
    with pytest.raises(NotAllowed):
        discard_draft(by=cast.mia, checklist=draft.checklist, now=now, revision=2)
    assert Version.objects.get().revision == 2
    assert not Entry.objects.filter(verb="checklist.discarded").exists()


def test_without_a_draft_there_is_nothing_to_discard(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused, match="no draft"):
        discard_draft(by=cast.ada, checklist=published(PACK).checklist, now=now)
