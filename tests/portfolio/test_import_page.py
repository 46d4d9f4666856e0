"""Importing on the page: a look first, then the same again for good."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from readiness.accounts.models import Team
from readiness.assessments.models import Assessment
from readiness.catalog.models import Service
from tests.cast import Cast, login, published

SAMPLES = Path(__file__).parent.parent / "catalog/samples"
SHEET = b"slug;name;team;tier\nledger;Ledger;payments;1\nvault;Vault;Payments;2\n"
WRONG = SHEET + b"safe;Safe;payments;9\n"


def upload(*files: tuple[str, bytes], **fields: str) -> dict[str, Any]:
    return {"files": [SimpleUploadedFile(name, content) for name, content in files], **fields}


def samples() -> dict[str, Any]:
    return upload(*((path.name, path.read_bytes()) for path in sorted(SAMPLES.glob("*.yaml"))))


def test_a_catalog_is_looked_at_and_then_imported(cast: Cast, client: Client) -> None:
    published()
    login(client, cast.ada)
    preview = client.post("/services/import/", samples())
    page = preview.content.decode()
    assert preview.status_code == 200
    assert "components.yaml" in page
    assert "line 378" in page
    assert "left-over from a template" in page
    assert Team.objects.count() == 2, "nothing is stored yet"
    assert Service.objects.count() == 2

    result = client.post("/services/import/", {"upload": preview.context["confirm"].initial["upload"]})
    assert "Imported" in result.content.decode()
    assert Team.objects.count() == 14
    assert Service.objects.count() == 59
    assert Assessment.objects.count() == 57
    assert '<a href="/services/agent/">agent</a>' in result.content.decode()

    again = client.post("/services/import/", samples())
    assert "There is nothing to import" in again.content.decode()


def test_a_spreadsheet_is_imported(cast: Cast, client: Client) -> None:
    login(client, cast.mia)
    preview = client.post("/services/import/", upload(("services.CSV", b"\xef\xbb\xbf" + SHEET)))
    client.post("/services/import/", {"upload": preview.context["confirm"].initial["upload"]})
    assert set(Service.objects.filter(team=cast.payments).values_list("slug", flat=True)) == {
        "checkout",
        "ledger",
        "vault",
    }


def test_one_wrong_row_holds_the_others_back(cast: Cast, client: Client) -> None:
    login(client, cast.mia)
    preview = client.post("/services/import/", upload(("s.csv", WRONG)))
    page = preview.content.decode()
    assert "line 4, tier" in page
    assert "nothing would be imported" in page
    result = client.post("/services/import/", {"upload": preview.context["confirm"].initial["upload"]})
    assert "Nothing was imported" in result.content.decode()
    assert not Service.objects.filter(slug="ledger").exists()


def test_the_right_rows_come_in_when_asked_for(cast: Cast, client: Client) -> None:
    login(client, cast.mia)
    preview = client.post("/services/import/", upload(("s.csv", WRONG), is_partial="on"))
    client.post("/services/import/", {"upload": preview.context["confirm"].initial["upload"]})
    assert Service.objects.filter(slug__in=["ledger", "vault"]).count() == 2


def test_rows_find_the_teams_of_a_catalog_in_the_same_upload(cast: Cast, client: Client) -> None:
    login(client, cast.sam)
    files = upload(
        ("s.csv", b"slug,name,team\nloans,Loans,lending\n"),
        ("groups.yaml", b"kind: Group\nmetadata: {name: lending}\nspec: {type: team}\n"),
    )
    preview = client.post("/services/import/", files)
    assert not preview.context["report"].skipped
    assert not Team.objects.filter(slug="lending").exists()
    client.post("/services/import/", {"upload": preview.context["confirm"].initial["upload"]})
    assert Service.objects.get(slug="loans").team.slug == "lending"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "Choose at least one file"),
        ([("notes.txt", b"x")], "neither YAML"),
        ([("s.csv", b"\xff\xfe\x00")], "is not UTF-8 text (byte 1"),
        ([("s.csv", b"x" * (2 * 1024 * 1024 + 1))], "larger than 2 MiB"),
        ([(f"{n}.csv", b"x" * 1_100_000) for n in range(5)], "more than 5 MiB"),
        ([(f"{n}.csv", b"x") for n in range(21)], "At most 20 files"),
    ],
)
def test_a_bad_upload_gets_a_sentence(cast: Cast, client: Client, files: list[tuple[str, bytes]], words: str) -> None:
    response = login(client, cast.mia).post("/services/import/", upload(*files))
    assert response.status_code == 422
    assert words in response.content.decode()


def test_a_preview_is_valid_for_its_person_and_an_hour(cast: Cast, client: Client) -> None:
    preview = login(client, cast.mia).post("/services/import/", upload(("s.csv", SHEET)))
    signed = preview.context["confirm"].initial["upload"]
    for person, later in ((cast.ada, timedelta()), (cast.mia, timedelta(hours=2))):
        with time_machine.travel(timezone.now() + later):
            response = login(client, person).post("/services/import/", {"upload": signed})
        assert response.status_code == 422
        assert "has expired" in response.content.decode()
    response = login(client, cast.mia).post("/services/import/", {"upload": signed[:-3]})
    assert response.status_code == 422
    assert not Service.objects.filter(slug="ledger").exists()


@pytest.mark.parametrize("person", ["vera", "theo", "olga", "eve"])
def test_who_may_register_nowhere_may_not_import(cast: Cast, client: Client, person: str) -> None:
    login(client, getattr(cast, person))
    assert client.get("/services/import/").status_code == 403
    assert client.post("/services/import/", upload(("s.csv", SHEET))).status_code == 403
    assert client.post("/services/import/", {"upload": "x"}).status_code == 403
    assert not Service.objects.filter(slug="ledger").exists()
