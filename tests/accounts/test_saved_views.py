"""Filters that a person keeps under a name: theirs alone, found again, renamed, opened first, deleted."""

from typing import Any

import pytest
from django.test import Client

from readiness.accounts import actions
from readiness.accounts.actions.saved_views import MOST
from readiness.accounts.models import ListPage, SavedView
from readiness.accounts.policy import Conflict, NotVisible, Refused
from readiness.history.models import Entry
from tests.assessments.small import refused
from tests.cast import NOW, Cast, login


def save(cast: Cast, name: str = "Gates", query: str = "gate=hard", **changes: Any) -> SavedView:
    return actions.save_view(
        **{"by": cast.theo, "page": ListPage.GAPS, "name": name, "query": query, "now": NOW, **changes}
    )


def edit(cast: Cast, view: SavedView, **changes: Any) -> SavedView:
    return actions.edit_view(**{"by": cast.theo, "view": view, "version": view.version, "now": NOW, **changes})


def verbs() -> list[str]:
    return list(Entry.objects.filter(object_type="view").order_by("pk").values_list("verb", flat=True))


def test_a_view_is_saved_renamed_and_deleted_and_history_says_each(cast: Cast) -> None:
    view = edit(cast, save(cast, "  My   gates "), name="Hard gates")
    assert (view.name, view.query, view.person, view.version) == ("Hard gates", "gate=hard", cast.theo, 2)
    actions.delete_view(by=cast.theo, view=view, version=view.version, now=NOW)
    assert not SavedView.objects.exists()
    assert verbs() == ["view.saved", "view.edited", "view.deleted"]


def test_a_name_is_taken_once_and_can_be_replaced(cast: Cast) -> None:
    save(cast)
    with refused(Refused, "You have a view called “Gates” already"):
        save(cast, "gates", "gate=tracked")
    assert SavedView.objects.get().query == "gate=hard"
    assert save(cast, "gates", "gate=tracked", replaces=True).query == "gate=tracked"
    save(cast, page=ListPage.PORTFOLIO)
    save(cast, by=cast.mia)
    assert SavedView.objects.count() == 3
    other = save(cast, "Mine")
    with refused(Refused, "another view called “GATES”"):
        edit(cast, other, name="GATES")


def test_one_view_comes_first(cast: Cast) -> None:
    first, second = edit(cast, save(cast), is_first=True), save(cast, "Mine")
    edit(cast, second, is_first=True)
    first.refresh_from_db()
    assert not first.is_first
    with refused(Conflict, "in another window"):
        edit(cast, first, version=2, is_first=True)


@pytest.mark.parametrize(
    ("name", "query", "sentence"),
    [("  ", "", "Give it a name"), ("x" * 61, "", "at most 60"), ("Fine", "q=" + "x" * 1000, "more filters than")],
)
def test_what_no_view_can_hold(cast: Cast, name: str, query: str, sentence: str) -> None:
    with refused(Refused, sentence):
        save(cast, name, query)


def test_there_is_an_end_to_them(cast: Cast) -> None:
    SavedView.objects.bulk_create(SavedView(person=cast.theo, page="gaps", name=f"{n}") for n in range(MOST))
    with refused(Refused, "delete one"):
        save(cast)


def test_a_view_is_nobody_elses(cast: Cast) -> None:
    view = save(cast)
    with refused(NotVisible):
        edit(cast, view, by=cast.mia, name="Hers")
    with refused(NotVisible):
        actions.delete_view(by=cast.mia, view=view, version=1, now=NOW)


def test_what_was_changed_or_deleted_in_another_window(cast: Cast) -> None:
    view = save(cast)
    edit(cast, view, name="Other")
    with refused(Conflict, "You changed this view"):
        actions.delete_view(by=cast.theo, view=view, version=1, now=NOW)
    SavedView.objects.all().delete()
    with refused(Conflict, "You deleted this view"):
        edit(cast, view, version=2, name="Third")


def test_the_pages(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    assert (
        client.post("/views/of-gaps/", {"name": "Gates", "query": "gate=hard"}).headers["Location"]
        == "/gaps/?gate=hard"
    )
    taken = client.post("/views/of-gaps/", {"name": "Gates", "query": "gate=tracked"})
    assert taken.status_code == 422
    assert "Replace the view that has this name" in taken.text
    assert client.post("/views/of-gaps/", {"name": "", "query": "x"}).status_code == 422
    assert client.post("/views/of-nothing/", {"name": "x"}).status_code == 404
    view = SavedView.objects.get()
    assert "Open the list with this view" in client.get(f"/views/{view.pk}/").text
    client.post(f"/views/{view.pk}/", {"name": "Locks", "is_first": "on", "version": 1})
    assert SavedView.objects.get().is_first
    lost = client.post(f"/views/{view.pk}/", {"name": "Keys", "version": 1})
    assert lost.status_code == 409
    gone = client.post(f"/views/{view.pk}/delete/", {"name": "Locks", "version": 2}, follow=True)
    assert "Its filters are still set" in gone.text
    assert login(client, cast.mia).get(f"/views/{view.pk}/").status_code == 404
