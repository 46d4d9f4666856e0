"""The chain of seals: what it covers, what it notices, and two who seal at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import connection

from readiness.history import actions
from readiness.history.actions import TIME, Subject, broken_links, record, seal
from readiness.history.models import Entry, Seal
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def happen(times: int = 1) -> list[Entry]:
    after = {"plan": "é ≤ 1.50", "share": 0.1}
    return [record("gap.planned", Subject("gap", n, f"Gap {n}"), by=TIME, at=NOW, after=after) for n in range(times)]


@contextmanager
def without_triggers() -> Iterator[None]:
    """What somebody with the database in their hands can do."""
    if connection.vendor == "postgresql":
        switch = "ALTER TABLE {} {} TRIGGER USER"
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to do can't be altered
            for table in ("history_entry", "history_seal"):
                cursor.execute(switch.format(table, "DISABLE"))
            yield
            for table in ("history_entry", "history_seal"):
                cursor.execute(switch.format(table, "ENABLE"))
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'history_%'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, sql in triggers:
            cursor.execute(sql)


def verify(*arguments: str) -> int:
    try:
        call_command("history", "verify", *arguments)
    except SystemExit as end:
        return int(str(end.code))
    return 0


def test_what_happened_is_sealed_once_and_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify() == 0
    happen(3)
    assert seal(now=NOW) == 3
    assert seal(now=NOW) == 0
    happen()
    assert list(broken_links()) == []
    assert verify() == 0
    said = capsys.readouterr().out
    assert "Nothing is sealed yet." in said
    assert "3 entries sealed, and the chain holds. 1 not sealed yet." in said
    assert Seal.objects.last().digest in said  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "change", ["actor_name = 'Eve'", "at = '2020-01-01'", "written_at = '2020-01-01'", "service_id = 7"]
)
def test_an_entry_that_was_changed_is_named(change: str, capsys: pytest.CaptureFixture[str]) -> None:
    victim = happen(3)[1]
    seal(now=NOW)
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE history_entry SET {change} WHERE id = {victim.pk}")
    assert verify() == 1
    said = capsys.readouterr()
    assert f"Position 2 does not hold: entry {victim.pk} (gap.planned)" in said.out
    assert "in one place" in said.err


def test_an_entry_that_was_removed_with_its_seal_leaves_a_hole() -> None:
    victim = happen(3)[1]
    seal(now=NOW)
    with without_triggers():
        Seal.objects.filter(entry=victim).delete()
        Entry.objects.filter(pk=victim.pk).delete()
    problems = list(broken_links())
    assert "Position 2 is missing" in problems[0]
    assert verify() == 1


def test_closing_the_hole_by_renumbering_is_noticed() -> None:
    victim = happen(3)[1]
    seal(now=NOW)
    with without_triggers():
        Seal.objects.filter(entry=victim).delete()
        Seal.objects.filter(position=3).update(position=2)
    assert any("Position 2 does not hold" in problem for problem in broken_links())


def test_a_history_cut_off_at_its_end_is_noticed_by_who_noted_a_digest() -> None:
    happen(3)
    seal(now=NOW)
    noted = Seal.objects.order_by("position").last()
    assert noted is not None
    assert verify("--digest", noted.digest) == 0
    with without_triggers():
        Seal.objects.filter(position=3).delete()
    assert verify() == 0
    assert verify("--digest", noted.digest) == 1


def test_an_entry_that_turns_up_late_is_sealed_in_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = happen(3)
    with without_triggers():
        seal(now=NOW)
        Seal.objects.filter(entry=entries[0]).delete()
        Seal.objects.filter(position__gt=1).delete()
    assert seal(now=NOW, is_full=False) == 3
    monkeypatch.setattr(actions, "LOOK_BACK", 1)
    with without_triggers():
        Seal.objects.filter(entry=entries[0]).delete()
    assert seal(now=NOW, is_full=False) == 0
    assert seal(now=NOW) == 1


def test_batches_follow_each_other() -> None:
    happen(5)
    assert [seal(now=NOW, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert list(broken_links()) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_seal_at_once_make_one_chain() -> None:
    happen(40)
    start = Barrier(4)

    def run(_: int) -> int:
        try:
            start.wait(10)
            return sum(seal(now=NOW, limit=7) for _ in range(8))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sealed = sum(pool.map(run, range(4)))
    sealed += seal(now=NOW)
    assert sealed == 40 == Seal.objects.count()
    assert list(Seal.objects.values_list("position", flat=True)) == list(range(1, 41))
    assert list(broken_links()) == []
