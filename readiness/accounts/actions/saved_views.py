"""Filters of a list that a person keeps under a name. Each is for that person alone: to show it to others, send its address."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from readiness.accounts.models import ListPage, SavedView, User
from readiness.accounts.policy import RULE as READABLE, Conflict, NotVisible, Refused
from readiness.history.actions import Subject, record

RULE = "own-view"
MOST = 50
LONGEST_NAME, LONGEST_QUERY = 60, 1000


@transaction.atomic
def save_view(*, by: User, page: ListPage, name: str, query: str, now: datetime, replaces: bool = False) -> SavedView:
    """Keeps `query` under `name`. Raises Refused for a name that is empty or, unless it `replaces` what is there, taken."""
    User.objects.select_for_update().get(pk=by.pk)  # two at once would both find the name free
    name, query = _named(name), _asked(query)
    there = SavedView.objects.filter(person=by, page=page, name__iexact=name).first()
    if there and not replaces:
        raise Refused(RULE, f"You have a view called “{there.name}” already: choose another name, or replace it.")
    if there:
        return edit_view(by=by, view=there, version=there.version, now=now, query=query)
    if SavedView.objects.filter(person=by, page=page).count() >= MOST:
        raise Refused(RULE, f"You have {MOST} views of this list; delete one that you no longer need.")
    view = SavedView.objects.create(person=by, page=page, name=name, query=query, created_at=now)
    record("view.saved", subject_of(view), by=by, at=now, after={"name": name, "filters": query})
    return view


@transaction.atomic
def edit_view(
    *,
    by: User,
    view: SavedView,
    version: int,
    now: datetime,
    name: str | None = None,
    query: str | None = None,
    is_first: bool | None = None,
) -> SavedView:
    """What is None stays. Raises Conflict when it was changed in another window."""
    _require_own(by, view)
    given: dict[str, Any] = {
        "name": None if name is None else _named(name),
        "query": None if query is None else _asked(query),
        "is_first": is_first,
    }
    after = {field: value for field, value in given.items() if value is not None and getattr(view, field) != value}
    _require_free(view, after.get("name"))
    if after.get("is_first"):
        _first_no_longer(view)
    before = {field: getattr(view, field) for field in after}
    fresh = _swap(view, version, after)
    if after:
        record("view.edited", subject_of(fresh), by=by, at=now, before=before, after=after)
    return fresh


@transaction.atomic
def delete_view(*, by: User, view: SavedView, version: int, now: datetime) -> None:
    _require_own(by, view)
    _swap(view, version, {})
    record("view.deleted", subject_of(view), by=by, at=now, before={"name": view.name, "filters": view.query})
    SavedView.objects.filter(pk=view.pk).delete()


def subject_of(view: SavedView) -> Subject:
    return Subject("view", view.pk, view.name)


def _require_own(by: User, view: SavedView) -> None:
    if view.person_id != by.pk:
        raise NotVisible(READABLE, "There is nothing here that you may see.")


def _require_free(view: SavedView, name: str | None) -> None:
    others = SavedView.objects.filter(person_id=view.person_id, page=view.page).exclude(pk=view.pk)
    if name and others.filter(name__iexact=name).exists():
        raise Refused(RULE, f"You have another view called “{name}” already: choose another name.")


def _first_no_longer(view: SavedView) -> None:
    there = SavedView.objects.filter(person_id=view.person_id, page=view.page, is_first=True).exclude(pk=view.pk)
    there.update(is_first=False, version=F("version") + 1)


def _swap(view: SavedView, version: int, changes: dict[str, Any]) -> SavedView:
    written = SavedView.objects.filter(pk=view.pk, version=version).update(version=F("version") + 1, **changes)
    fresh = SavedView.objects.filter(pk=view.pk).first()
    if not written:
        gone = (
            "You deleted this view in another window." if fresh is None else "You changed this view in another window."
        )
        raise Conflict(f"{gone} Look at what is there now.", fresh)
    return fresh or view


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused(RULE, "Give it a name by which you will know it: “Overdue in payments”.")
    if len(name) > LONGEST_NAME:
        raise Refused(RULE, f"A name has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    return name


def _asked(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise Refused(RULE, "These are more filters than a view can hold; search for fewer words.")
    return query
