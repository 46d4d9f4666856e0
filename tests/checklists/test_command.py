"""`manage.py checklist`, as a shell sees it: what it prints, and how it ends."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from readiness.checklists import shipped
from readiness.checklists.actions import import_pack
from readiness.checklists.models import Checklist, Status, Version
from readiness.checklists.pack_reader import read_pack
from readiness.history.models import Entry
from tests.cast import NOW, Cast, published
from tests.checklists import lenses
from tests.checklists.small_pack import PACK, changed

NEWER = changed("X is so.", "X is so, always.").replace("title: X", "title: Y")
pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("checklist", *arguments, stdout=printed)
    return printed.getvalue()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(PACK)
    return path


def test_a_pack_is_imported_published_exported_and_read_back_the_same(pack: Path) -> None:
    assert "Small v1 is a draft with 1 item.\n" in run("import", str(pack))
    assert run("publish", "small", "--note", "First.") == "Small v1 is published.\n"
    assert Version.objects.get().note == "First."
    assert read_pack(run("export", "small")) == read_pack(PACK)
    assert {entry.actor_name for entry in Entry.objects.all()} == {"manage.py checklist"}


def test_two_versions_of_a_custom_lens_are_imported_as_two_of_one_checklist_and_compared() -> None:
    assert "AWS Operational Readiness Review v1.3.4 v1 is a draft with 51 items." in run("import", str(lenses.OLDER))
    run("publish", "aws-operational-readiness-review")
    run("import", str(lenses.NEWER))
    printed = run("diff", "aws-operational-readiness-review", "1", "draft")
    assert "~ architecture-demand-estimates  Demand Estimations (H)\n    Requirement\n" in printed
    assert "~ architecture-data-corruption  Data Corruption Recovery (H) (wording only)" in printed
    assert printed.endswith("41 items unchanged.\n")
    run("publish", "aws-operational-readiness-review")
    assert "says exactly this already" in run("import", str(lenses.NEWER))


def test_importing_twice_changes_nothing_the_second_time(pack: Path) -> None:
    run("import", str(pack))
    run("import", str(pack))
    assert Version.objects.get().revision == 1
    run("publish", "small")
    assert run("import", str(pack)) == "Small v1 says exactly this already; nothing was changed.\n"
    assert Version.objects.count() == 1


def test_the_shipped_packs_can_be_imported() -> None:
    assert "34 items" in run("import", str(shipped.path_of("go-live")))
    run("publish", "go-live")
    assert "72 items" in run("import", str(shipped.path_of("extended")))


def test_every_error_is_printed_with_file_and_line_and_nothing_is_stored(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack.write_text(changed("gate: hard", "gate: sometimes").replace("valid_days: 30", "valid_days: 0"))
    with pytest.raises(CommandError, match=r"2 errors; nothing was stored\.") as stopped:
        run("import", str(pack))
    assert stopped.value.returncode == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{pack}: line 7: item `obs-x`: `gate` must be hard or tracked, not `sometimes`",
        f"{pack}: line 9: item `obs-x`: `valid_days` must be a whole number of days from 1 to 1825, not `0`",
    ]
    assert not Checklist.objects.exists()


def test_a_file_that_is_too_large_or_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run("import", str(tmp_path / "nothing.yaml"))
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(CommandError, match="1 error"):
        run("import", str(large))


def test_a_pack_comes_in_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PACK.encode())))
    assert "draft" in run("import", "-")


def test_any_version_is_exported_by_number_and_the_draft_by_its_word(cast: Cast) -> None:
    published(PACK)
    import_pack(by=cast.ada, text=NEWER, now=NOW)
    assert read_pack(run("export", "small")) == read_pack(run("export", "small", "1")) == read_pack(PACK)
    assert read_pack(run("export", "small", "draft")) == read_pack(NEWER)


def test_what_was_never_published_is_exported_from_its_draft(cast: Cast) -> None:
    import_pack(by=cast.ada, text=PACK, now=NOW)
    assert read_pack(run("export", "small")) == read_pack(PACK)


def test_the_difference_names_added_removed_and_changed_items() -> None:
    published(PACK)
    published(NEWER)
    published(changed("key: obs-x", "key: obs-z"))
    assert run("diff", "small", "1", "2").splitlines() == [
        "~ obs-x  Y",
        "    Title",
        "      - X",
        "      + Y",
        "    Requirement",
        "      - X is so.",
        "      + X is so, always.",
        "0 items unchanged.",
    ]
    assert run("diff", "small", "2", "3").splitlines() == [
        "+ obs-z  X (hard gate)",
        "- obs-x  Y (hard gate)",
        "0 items unchanged.",
    ]
    assert run("diff", "small", "1", "1") == "1 item unchanged.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["publish", "small"], "Small has no draft"),
        (["publish", "large"], "There is no checklist “large”. There is: small."),
        (["export", "small", "9"], "Small has no version 9"),
        (["diff", "small", "1", "draft"], "Small has no draft"),
        (["diff", "small", "1", "two"], "'two' is not a version"),
        (["export", "small", "0"], "'0' is not a version"),
        (["mend"], "invalid choice"),
        ([], "required"),
    ],
)
def test_what_can_not_be_done_ends_with_a_sentence(arguments: list[str], sentence: str) -> None:
    published(PACK)
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)
    assert not Entry.objects.exists()


def test_install_publishes_each_shipped_checklist_once() -> None:
    assert run("install") == run("install") == "Go-live v1 is published.\nExtended v1 is published.\n"
    assert [version.status for version in Version.objects.all()] == [Status.PUBLISHED] * 2
