"""The import commands: what they print, what they store, how they end."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from readiness.accounts.models import Team
from readiness.assessments.models import Assessment
from readiness.catalog.models import Service
from readiness.history.models import ActorKind, Entry
from tests.cast import Cast, published

SAMPLES = Path(__file__).parent.parent / "catalog/samples"


def run(command: str, *arguments: object, **options: object) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command(command, *map(str, arguments), stdout=out, stderr=out, **options)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.django_db
def test_the_sample_catalog_reports_twelve_teams_and_each_component_once() -> None:
    published()
    code, text = run("import_backstage", SAMPLES / "groups.yaml", SAMPLES / "components.yaml")
    assert code == 1
    assert "teams: 12 (12 created, 0 updated, 0 unchanged, 0 skipped)" in text
    assert "services: 75 (57 created, 0 updated, 0 unchanged, 18 skipped)" in text
    created = [line.split()[2] for line in text.splitlines() if line.startswith("created    service")]
    left_out = {line.split()[2] for line in text.splitlines() if line.startswith("skipped    service")}
    assert len(created) == len(set(created)) == Service.objects.count()
    assert len({*created, *left_out}) == 68
    assert "components.yaml, line 378): Its owner, “group:team-TEAM-NAME”, is a left-over from a template" in text
    assert "agent-sandbox (" in text
    assert "line 59): The name is given twice; the entry on line 34 counts" in text
    assert Assessment.objects.count() == 57
    entry = Entry.objects.filter(verb="service.created").latest("id")
    assert (entry.actor_kind, entry.actor_name) == (ActorKind.MACHINE, "import_backstage")

    entries = Entry.objects.count()
    code, text = run("import_backstage", SAMPLES)
    assert code == 1
    assert "services: 75 (0 created, 0 updated, 57 unchanged, 18 skipped)" in text
    assert Entry.objects.count() == entries, "a second run changes nothing"


@pytest.mark.django_db
def test_a_dry_run_says_what_would_happen_and_stores_nothing() -> None:
    code, text = run("import_backstage", SAMPLES, dry_run=True)
    assert code == 1
    assert "teams: 12 (12 would be created" in text
    assert not Team.objects.exists()


@pytest.mark.django_db
def test_a_clean_catalog_ends_with_zero(tmp_path: Path) -> None:
    text = "kind: Group\nmetadata: {name: pay}\nspec: {type: team}\n---\nkind: Component\nmetadata: {name: a}\n"
    (tmp_path / "catalog.yml").write_text(text + "spec: {type: service, lifecycle: production, owner: pay}\n")
    (tmp_path / "notes.txt").write_text("not yaml: [")
    assert run("import_backstage", tmp_path)[0] == 0
    assert Service.objects.get().slug == "a"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["nowhere.yaml", "folder"])
def test_a_path_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandError, match=r"can't be read|no YAML file"):
        run("import_backstage", tmp_path / name)


def test_a_spreadsheet_is_all_or_nothing_unless_partial(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "services.csv"
    path.write_text("slug,name,team,tier\nledger,Ledger,payments,1\nvault,Vault,payments,9\n")
    code, text = run("import_services", path)
    assert code == 1
    assert "services.csv, line 3, column tier): “9” is no tier" in text
    assert "Nothing was imported" in text
    assert "1 would be created" in text
    assert not Service.objects.filter(slug="ledger").exists()
    code, text = run("import_services", path, partial=True)
    assert code == 1
    assert Service.objects.filter(slug="ledger").exists()
    path.write_text("slug,name,team,tier\nledger,Ledger,payments,1\n")
    assert run("import_services", path) == (0, run("import_services", path)[1])
    assert "1 unchanged" in run("import_services", path)[1]


def test_the_help_of_import_services_lists_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("import_services", "--help")
    assert "| `go_live_on` | a day, as 2026-09-01 |" in capsys.readouterr().out
