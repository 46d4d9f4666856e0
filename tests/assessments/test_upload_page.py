import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from readiness.accounts.api.callers import counted_as
from readiness.accounts.limits import UPLOADS, spend
from readiness.assessments.models import Evidence, EvidenceFile
from readiness.assessments.upload_limit import MOST_BYTES, MOST_PASSED_OVER
from readiness.history.models import Entry
from tests.assessments.formats.reports import case, drain, junit, k6, sample
from tests.cast import Cast, login

URL = "/services/checkout/upload/"


@pytest.fixture
def theo(cast: Cast, client: Client) -> Client:
    cache.clear()
    cast.assessed(now=timezone.now())
    return login(client, cast.theo)


def send(client: Client, content: bytes, name: str = "report.json", **said: str) -> tuple[int, str]:
    response = client.post(URL, {"file": SimpleUploadedFile(name, content), **said})
    return response.status_code, response.text


def test_the_page_says_what_is_asked_for(theo: Client) -> None:
    text = theo.get(URL).text
    assert 'enctype="multipart/form-data"' in text
    assert "Load test" in text
    assert "Graceful shutdown" in text


def test_the_item_one_comes_from_is_chosen(theo: Client) -> None:
    assert '<option value="rel-retries" selected>' in theo.get(f"{URL}?item=rel-retries").text
    assert theo.get(f"{URL}?item=%00").status_code == 200


def test_the_answer_shows_each_criterion_with_figures_and_findings(theo: Client) -> None:
    status, text = send(theo, k6(), finished_at="2026-03-01T10:00", commit_sha="4f2a91c")
    assert status == 200
    assert "Of 3 criteria: 1 met by it, 2 not settled by it." in text
    assert "No latency budget is declared" in text
    assert "<dt>Peak users</dt>" in text
    _, scan = send(theo, sample("bandit.sarif").replace(b"2026-11-", b"2025-11-"))
    assert "/src/bad.py:4" in scan or "bad.py:4" in scan


def test_a_met_item_is_named(theo: Client, cast: Cast) -> None:
    cast.checkout.traits = ["worker"]
    cast.checkout.save()
    report = drain(started_at=timezone.now().isoformat())
    _, text = send(theo, report)
    assert "Of 1 criterion: 1 met by it. Met now: Graceful shutdown." in text
    assert "This very file" not in text
    assert "This very file was here before" in send(theo, report)[1]


@pytest.mark.parametrize(
    ("content", "said", "words"),
    [
        (b"hello", {}, "This is none of the reports that are read"),
        (b"", {}, "The file is empty"),
        (b"x" * (10 * 1024 * 1024 + 1), {}, "at most 10 are read"),
        (k6(), {}, "The report does not say when it ran"),
        (drain(), {"commit_sha": "main"}, "A commit is 7 to 64"),
        (drain(), {"item": "rel-retries"}, "takes no drain drill"),
        (drain(), {"kind": "sarif"}, "It looks like: drain drill"),
        (drain(), {"finished_at": "yesterday"}, "Enter a valid date"),
        (drain(), {"item": "made-up"}, "Select a valid choice"),
    ],
)
def test_what_is_refused_is_said_at_the_field_and_nothing_is_stored(
    theo: Client, content: bytes, said: dict[str, str], words: str
) -> None:
    entries = Entry.objects.count()
    status, text = send(theo, content, **said)
    assert status == 422
    assert words in text
    assert "Nothing was saved" in text
    assert (Evidence.objects.count(), EvidenceFile.objects.count(), Entry.objects.count()) == (0, 0, entries)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"target_url": "https://elsewhere.example"}, "this service answers at shop.example"),
        ({"commit_sha": "beef123"}, "the one that goes live is 4f2a91c"),
    ],
)
def test_a_report_of_another_host_or_commit_is_refused_at_its_field(
    theo: Client, cast: Cast, said: dict[str, str], words: str
) -> None:
    cast.checkout.endpoints = {"base_url": "https://shop.example", "release_commit": "4f2a91c"}
    cast.checkout.save()
    about = {"target_url": "https://shop.example/", "commit_sha": "4f2a91c0"}
    status, text = send(theo, drain(), **about | said)
    assert (status, words in text, Evidence.objects.count()) == (422, True, 0)
    assert send(theo, drain(), **about)[0] == 200
    assert Evidence.objects.get().envelope == about


def test_a_file_far_too_large_is_refused_in_the_form_with_what_else_was_typed(theo: Client) -> None:
    status, text = send(theo, b"x" * (MOST_BYTES + 1), environment="staging west", item="rel-retries")
    assert (status, EvidenceFile.objects.count()) == (422, 0)
    assert "The file is larger than 10 MiB" in text
    assert "This field is required" not in text
    assert 'value="staging west"' in text
    assert '<option value="rel-retries" selected>' in text


def test_the_form_keeps_its_token_when_the_file_is_passed_over(theo: Client, cast: Cast) -> None:
    strict = login(Client(enforce_csrf_checks=True), cast.theo)
    about = {"csrfmiddlewaretoken": str(strict.get(URL).context["csrf_token"])}
    assert send(strict, b"x" * (MOST_BYTES + 1), **about)[0] == 422
    assert send(strict, b"x" * (MOST_BYTES + 1))[0] == 403


def test_an_upload_beyond_all_measure_is_not_even_read(theo: Client) -> None:
    sent = {"file": SimpleUploadedFile("r", b"x")}
    assert theo.post(URL, sent, CONTENT_LENGTH=str(MOST_PASSED_OVER + 1)).status_code == 400
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies["csrftoken"] = "x" * 32
    assert stranger.post(URL, sent, CONTENT_LENGTH=str(MOST_BYTES + 1)).status_code == 400


def test_the_commit_begins_with_the_release_that_is_declared_and_is_optional_without(theo: Client, cast: Cast) -> None:
    label = re.compile(r'for="id_commit_sha">\s*Commit\s*(<span[^>]*>optional)?')

    def says_optional(text: str) -> bool:
        found = label.search(text)
        assert found
        return bool(found[1])

    assert says_optional(theo.get(URL).text)
    cast.checkout.endpoints = {"release_commit": "4f2a91c"}
    cast.checkout.save()
    page = theo.get(URL)
    assert page.context["form"]["commit_sha"].value() == "4f2a91c"
    assert not says_optional(page.text)


def test_too_many_uploads_are_stopped_for_a_while(theo: Client, cast: Cast) -> None:
    for _ in range(UPLOADS.most):
        spend(UPLOADS, counted_as(cast.theo), timezone.now())
    response = theo.post(URL, {"file": SimpleUploadedFile("r", drain())})
    assert (response.status_code, Evidence.objects.count()) == (429, 0)
    assert int(response["Retry-After"]) > 0
    assert "go on a little later" in response.text


def test_no_file_at_all_is_said_too(theo: Client) -> None:
    response = theo.post(URL, {})
    assert response.status_code == 422
    assert "This field is required" in response.text


def test_a_report_that_is_silent_says_so(theo: Client) -> None:
    _, text = send(theo, junit(case("test_a")), name="junit.xml", finished_at="2026-03-01T10:00")
    assert "speaks of nothing that this service has to show" in text
    assert "If it is about this, upload it for this item alone" in text
    assert Evidence.objects.count() == 0


def test_a_service_that_is_not_measured_takes_none(cast: Cast, client: Client) -> None:
    assert login(client, cast.theo).get(URL).status_code == 422


def test_only_who_may_attach_evidence_sees_the_page(cast: Cast, client: Client) -> None:
    cast.assessed()
    assert login(client, cast.vera).get(URL).status_code == 403
    assert login(client, cast.sam).get(URL).status_code == 404


def test_the_items_page_leads_here(theo: Client) -> None:
    assert f"{URL}?item=rel-retries" in theo.get("/services/checkout/items/rel-retries/").text
