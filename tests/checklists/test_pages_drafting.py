"""An administrator hands in a pack, sees what it changes, publishes it: and what happens when something is in the way."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from readiness.assessments.models import Assessment
from readiness.checklists.actions import import_pack, publish
from readiness.checklists.models import Checklist, Status, Version
from tests.cast import NOW, Cast, login, published
from tests.checklists import lenses
from tests.checklists.small_pack import PACK, changed

NEWER = changed("X is so.", "X is so, always.")
OTHER = changed("valid_days: 30", "valid_days: 60")
IMPORT, EDIT, PUBLISH, DISCARD = (
    "/checklists/import/",
    "/checklists/small/edit/",
    "/checklists/small/publish/",
    "/checklists/small/discard/",
)


def upload(content: bytes | str) -> dict[str, object]:
    return {"file": SimpleUploadedFile("pack.yaml", content.encode() if isinstance(content, str) else content)}


def test_an_uploaded_pack_becomes_a_draft_is_previewed_and_published(client: Client, cast: Cast) -> None:
    old = published(PACK)
    Assessment.objects.create(service=cast.checkout, version=old)
    answer = login(client, cast.ada).post(IMPORT, upload(NEWER))
    assert (answer.status_code, answer.headers["Location"]) == (302, PUBLISH)
    page = client.get(PUBLISH).content.decode()
    assert "<ins>, always</ins>" in page
    assert "The 1 service on older versions stays there until upgraded." in page
    answer = client.post(PUBLISH, {"revision": "1", "note": "Clearer."})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/checklists/small/2/")
    version = Version.objects.get(number=2)
    assert (version.status, version.note, version.published_by) == (Status.PUBLISHED, "Clearer.", cast.ada)
    assert "Clearer." in client.get("/checklists/small/2/").content.decode()


def test_the_first_version_of_a_checklist_is_previewed_as_a_whole(client: Client, cast: Cast) -> None:
    login(client, cast.ada).post(IMPORT, {"text": PACK})
    page = client.get(PUBLISH).content.decode()
    assert "The first version: 1 hard gate and 0 tracked gaps." in page
    assert "on older versions" not in page
    assert "small/compare" not in page
    assert "Nothing is published yet" in client.get("/checklists/small/").content.decode()


def test_every_error_has_its_line_and_what_was_uploaded_is_kept(client: Client, cast: Cast) -> None:
    wrong = changed("gate: hard", "gate: sometimes").replace("valid_days: 30", "valid_days: 0")
    answer = login(client, cast.ada).post(IMPORT, upload(wrong))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "2 things are wrong with this file. Nothing was stored." in page
    assert 'data-line="7"' in page
    assert "`gate` must be hard or tracked, not `sometimes`" in page
    assert "gate: sometimes" in page
    assert not Checklist.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "Choose a file, or write the checklist into the box."),
        ({"text": "  \n"}, "Choose a file, or write the checklist into the box."),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"#" * (1024 * 1024 + 1), "the file is larger than 1 MiB"),
        (b"a: &x [1]\nb: *x", "is not allowed"),
        ({"text": changed("key: small", "key: import")}, "choose another key"),
    ],
    ids=["nothing", "blank", "binary", "large", "aliases", "reserved"],
)
def test_what_is_no_pack_is_refused_in_a_sentence(
    client: Client, cast: Cast, content: bytes | dict[str, str], sentence: str
) -> None:
    answer = login(client, cast.ada).post(IMPORT, content if isinstance(content, dict) else upload(content))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Checklist.objects.exists()


def test_a_draft_that_was_not_seen_is_written_over_only_when_sent_again(client: Client, cast: Cast) -> None:
    theirs = import_pack(by=cast.ada, text=NEWER, now=NOW)
    answer = login(client, cast.ada).post(IMPORT, upload(OTHER))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "a draft you have not seen: Ada Example’s" in page
    assert "valid_days: 60" in page
    assert Version.objects.get().digest == theirs.digest
    assert client.post(IMPORT, {"text": OTHER, "revision": "1"}).status_code == 302
    assert Version.objects.get().pack.items[0].valid_days == 60


def test_importing_what_is_published_already_leads_to_it(client: Client, cast: Cast) -> None:
    published(PACK)
    answer = login(client, cast.ada).post(IMPORT, {"text": PACK}, follow=True)
    assert "says exactly this already" in answer.content.decode()
    assert Version.objects.count() == 1


def test_editing_begins_with_the_draft_or_the_current_version(client: Client, cast: Cast) -> None:
    published(PACK)
    login(client, cast.ada)
    page = client.get(EDIT).content.decode()
    assert "requirement: X is so." in page
    assert 'name="revision" value="0"' in page
    assert client.post(EDIT, {"text": NEWER, "revision": "0"}).headers["Location"] == PUBLISH
    page = client.get(EDIT).content.decode()
    assert "requirement: X is so, always." in page
    assert 'name="revision" value="1"' in page


def test_two_people_editing_one_draft_lose_nothing(client: Client, cast: Cast) -> None:
    published(PACK)
    import_pack(by=cast.ada, text=NEWER, now=NOW)
    login(client, cast.ada)
    client.post(EDIT, {"text": OTHER, "revision": "1"})
    answer = client.post(EDIT, {"text": changed("title: X", "title: Mine"), "revision": "1"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "title: Mine" in page
    assert 'name="revision" value="2"' in page
    assert Version.objects.get(status=Status.DRAFT).pack.items[0].valid_days == 60


def test_an_edited_pack_can_not_become_another_checklist(client: Client, cast: Cast) -> None:
    published(PACK)
    answer = login(client, cast.ada).post(EDIT, {"text": changed("key: small", "key: large"), "revision": "0"})
    assert answer.status_code == 422
    assert "it has to be “small”" in answer.content.decode()
    assert Checklist.objects.count() == 1


def test_a_draft_that_changed_is_shown_again_before_it_is_published(client: Client, cast: Cast) -> None:
    published(PACK)
    import_pack(by=cast.ada, text=NEWER, now=NOW)
    import_pack(by=cast.ada, text=OTHER, now=NOW)
    answer = login(client, cast.ada).post(PUBLISH, {"revision": "1", "note": "My note."})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "a draft you have not seen" in page
    assert "My note." in page
    assert 'name="revision" value="2"' in page
    assert "<ins>60</ins>" in page
    assert not Version.objects.published().filter(number=2).exists()


def test_a_draft_that_changes_nothing_is_not_published(client: Client, cast: Cast) -> None:
    published(PACK)
    import_pack(by=cast.ada, text=NEWER, now=NOW)
    import_pack(by=cast.ada, text=PACK, now=NOW)
    answer = login(client, cast.ada).post(PUBLISH, {"revision": "2"})
    assert answer.status_code == 422
    assert "exactly what version 1 says" in answer.content.decode()


def test_without_a_draft_the_preview_leads_back(client: Client, cast: Cast) -> None:
    draft = import_pack(by=cast.ada, text=PACK, now=NOW)
    publish(by=cast.ada, checklist=draft.checklist, now=NOW)
    login(client, cast.ada)
    for answer in (client.get(PUBLISH, follow=True), client.post(PUBLISH, {"revision": "1"}, follow=True)):
        assert "Small has no draft any more." in answer.content.decode()


def test_a_draft_is_discarded(client: Client, cast: Cast) -> None:
    published(PACK)
    import_pack(by=cast.ada, text=NEWER, now=NOW)
    login(client, cast.ada)
    assert client.post(DISCARD, {"revision": "9"}).status_code == 409
    assert client.post(DISCARD).status_code == 409
    assert client.post(DISCARD, {"revision": "1"}).headers["Location"] == "/checklists/small/"
    assert Version.objects.get().number == 1


def test_a_checklist_that_was_only_a_draft_is_gone_with_it(client: Client, cast: Cast) -> None:
    import_pack(by=cast.ada, text=PACK, now=NOW)
    assert login(client, cast.ada).post(DISCARD, {"revision": "1"}).headers["Location"] == "/checklists/"
    assert not Checklist.objects.exists()


@pytest.mark.parametrize("person", ["mia", "theo", "vera", "sam", "eve"])
def test_nobody_else_gets_at_drafting(client: Client, cast: Cast, person: str) -> None:
    published(PACK)
    import_pack(by=cast.ada, text=NEWER, now=NOW)
    login(client, getattr(cast, person))
    for address in (IMPORT, EDIT, PUBLISH):
        assert client.get(address).status_code == 403
        assert client.post(address, {"text": OTHER, "revision": "1"}).status_code == 403
    assert client.post(DISCARD, {"revision": "1"}).status_code == 403
    draft = Version.objects.get(status=Status.DRAFT)
    assert draft.revision == 1
    assert "Draft a new version" not in client.get("/checklists/small/").content.decode()


def test_discarding_is_posted(client: Client, cast: Cast) -> None:
    import_pack(by=cast.ada, text=PACK, now=NOW)
    assert login(client, cast.ada).get(DISCARD).status_code == 405


def test_a_custom_lens_is_uploaded_like_a_pack_and_read_with_its_own_chapters(client: Client, cast: Cast) -> None:
    login(client, cast.ada)
    lens = SimpleUploadedFile("lens.json", lenses.NEWER.read_bytes())
    answer = client.post(IMPORT, {"file": lens})
    assert answer.headers["Location"] == "/checklists/aws-operational-readiness-review/publish/"
    client.post(answer.headers["Location"], {"revision": "1"})
    html = client.get("/checklists/aws-operational-readiness-review/1/").content.decode()
    assert '<h2 class="reading-category" id="chapter-3">03 - Event Management</h2>' in html
    assert "under Observability" in html


def test_what_is_wrong_with_a_lens_has_its_line(client: Client, cast: Cast) -> None:
    answer = login(client, cast.ada).post(IMPORT, {"text": lenses.changed("kept && turned", "kept && burned")})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'data-line="20"' in page
    assert "it names `burned`" in page
    assert not Checklist.objects.exists()


def test_markup_in_a_lens_is_shown_as_text(client: Client, cast: Cast) -> None:
    evil = lenses.changed("On rotation", "<script>alert(1)</script><b hx-get='/x'>bold</b>")
    client = login(client, cast.ada)
    client.post(IMPORT, {"text": evil})
    html = client.get("/checklists/house-rules/1/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b hx-get=" in html


def test_a_renamed_lens_may_become_the_next_version_where_it_is_said(client: Client, cast: Cast) -> None:
    published(PACK)
    answer = login(client, cast.ada).post("/checklists/small/edit/", {"text": lenses.LENS, "revision": "0"})
    assert answer.headers["Location"] == PUBLISH
