"""A pipeline pushes a report, and is told what it proves, or why it is not taken."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.api.callers import counted_as
from readiness.accounts.limits import UPLOADS, spend
from readiness.accounts.models import Token
from readiness.assessments.formats.contract import MAX_BYTES
from readiness.assessments.models import Assessment, Evidence, EvidenceFile
from readiness.assessments.upload_limit import MOST_BYTES, BoundedUpload
from readiness.history.models import Entry
from tests.api.stage import API, MOMENT, by, mint, problem
from tests.assessments.formats.reports import as_json, case, drain, junit, k6, sample, sarif
from tests.cast import Cast

URL = f"{API}/services/checkout/evidence"
COMMIT = "4f2a91c0aa"
ZAP = as_json(
    {
        "@version": "2.15",
        "@generated": "Sun, 1 Mar 2026 10:00:00",
        "site": [{"@name": "https://other.example", "alerts": []}],
    }
)
HOUR_AGO = MOMENT - timedelta(hours=1)


@pytest.fixture
def ci(cast: Cast) -> Client:
    cache.clear()
    cast.assessed()
    return by(mint(cast.checkout, cast.theo, "GitHub Actions"))


def push(client: Client, content: bytes, *, name: str = "report.json", **fields: Any) -> Any:
    return client.post(URL, {"file": SimpleUploadedFile(name, content), **fields})


def declare(cast: Cast, **endpoints: str) -> None:
    cast.checkout.endpoints = endpoints
    cast.checkout.save()


def test_a_pushed_report_is_proof_and_the_answer_says_of_what(ci: Client, cast: Cast) -> None:
    answer = push(
        ci, k6(), name="load.json", commit_sha=COMMIT, finished_at=HOUR_AGO.isoformat(), environment="staging", tool="k6",
        tool_version="2.2.0", target_url="https://shop.example", ci_run_url="https://ci.example/1", service="checkout",
        started_at="",
    )  # fmt: skip
    said = answer.json()
    assert answer.status_code == 201
    assert (said["outcome"], said["kind"], said["tool"], said["is_new"]) == ("unknown", "loadtest", "k6", True)
    assert said["findings_count"] == 0
    (item,) = said["items"]
    assert (item["key"], item["status"]) == ("perf-load-test", cast.item("perf-load-test").status)
    criteria = {row["key"]: row for row in item["criteria"]}
    assert {key: row["outcome"] for key, row in criteria.items()} == {
        "at-peak": "unknown", "latency": "unknown", "errors": "pass",
    }  # fmt: skip
    assert "No latency budget is declared" in criteria["latency"]["reason"]
    assert criteria["errors"]["figures"]["p99_ms"] == 200
    assert said["evidence"] == [row["evidence"] for row in criteria.values()]
    assert answer["Location"].endswith(f"/evidence/{said['evidence'][0]}/")


def test_the_envelope_and_the_token_stand_with_the_proof(ci: Client, cast: Cast) -> None:
    about = {"commit_sha": COMMIT.upper(), "environment": "staging", "ci_run_url": "https://ci.example/runs/7"}
    proof = Evidence.objects.get(pk=push(ci, drain(), **about).json()["evidence"][0])
    assert proof.envelope == about | {"commit_sha": COMMIT}
    assert proof.token == Token.objects.get()
    assert proof.added_by is None
    for page in (f"/evidence/{proof.pk}/", "/services/checkout/items/rel-graceful-shutdown/"):
        text = by(cast.vera).get(page).text
        assert "GitHub Actions" in text
        assert "https://ci.example/runs/7" in text
        assert COMMIT[:7] in text
    entry = Entry.objects.get(verb="evidence.uploaded")
    assert (entry.actor_name, entry.after["environment"]) == ("CI token “GitHub Actions”", "staging")


def test_the_same_file_for_the_same_commit_is_answered_with_the_same_proof(ci: Client, cast: Cast) -> None:
    first = push(ci, drain(), commit_sha=COMMIT)
    again = push(ci, drain(), commit_sha=COMMIT[:7], name="another.json", ci_run_url="https://ci.example/2")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() | {"is_new": True, "items": []} == first.json() | {"items": []}
    assert again.json()["is_new"] is False
    assert (Evidence.objects.count(), EvidenceFile.objects.count()) == (1, 1)
    other = push(ci, drain(), commit_sha="beef123")
    assert other.status_code == 201
    assert other.json()["evidence"] != first.json()["evidence"]


def test_a_person_may_push_what_they_may_upload(ci: Client, cast: Cast) -> None:
    assert push(by(cast.olga), drain()).status_code == 201
    assert Evidence.objects.get().added_by == cast.olga
    assert Evidence.objects.get().token is None
    problem(push(by(cast.vera), drain()), 403)
    problem(push(by(cast.sam), drain()), 404)
    problem(push(by(), drain()), 401)
    problem(push(by(mint(cast.index, cast.sam, "theirs")), drain()), 404)


@pytest.mark.parametrize(
    ("endpoints", "content", "fields", "rule", "words"),
    [
        ({}, drain(), {"service": "index"}, "wrong-service", "is of “index”, and was sent to “checkout”"),
        (
            {"base_url": "https://shop.example/x", "staging_url": "https://STAGING.shop.example:8443"},
            drain(), {"target_url": "https://other.example"}, "wrong-host", "answers at shop.example, staging.shop.example",
        ),
        ({"base_url": "https://shop.example"}, ZAP, {}, "wrong-host", "itself names other.example; this service answers at"),
        ({"release_commit": "4f2a91c"}, drain(), {"commit_sha": "beef123"}, "wrong-commit", "goes live is 4f2a91c"),
        (
            {}, sarif(versionControlProvenance=[{"revisionId": "f" * 40}]), {"commit_sha": COMMIT}, "wrong-commit",
            "not of 4f2a91c0aa",
        ),
    ],
)  # fmt: skip
def test_a_report_of_something_else_is_refused_with_the_rule(  # noqa: PLR0917 - a table's columns
    ci: Client, cast: Cast, endpoints: dict[str, str], content: bytes, fields: dict[str, str], rule: str, words: str
) -> None:
    declare(cast, **endpoints)
    problem(push(ci, content, **fields), 409, rule, words)
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("endpoints", "fields"),
    [
        ({}, {"target_url": "https://anything.example"}),
        ({"base_url": "https://shop.example"}, {}),
        ({"base_url": "https://shop.example"}, {"target_url": "http://SHOP.example:8080/path"}),
        ({"ready_url": "https://10.0.0.7/ready"}, {"target_url": "http://10.0.0.7"}),
        ({"release_commit": "4f2a91c"}, {"commit_sha": COMMIT}),
        ({"release_commit": COMMIT}, {"commit_sha": "4F2A91C"}),
        ({}, {"commit_sha": COMMIT, "service": "Checkout"}),
    ],
)
def test_what_fits_is_taken(ci: Client, cast: Cast, endpoints: dict[str, str], fields: dict[str, str]) -> None:
    declare(cast, **endpoints)
    assert push(ci, drain(), **fields).status_code == 201


@pytest.mark.parametrize(
    ("content", "fields", "field", "words"),
    [
        (b"", {}, "file", "is empty"),
        (b"hello", {}, "file", "none of the reports"),
        (b"PK\x03\x04", {}, "file", "ZIP archive"),
        (drain(), {"kind": "pentest"}, "kind", "none of the kinds"),
        (drain(), {"kind": "sarif"}, "file", "It looks like: drain drill"),
        (drain(), {"item": "obs-runbooks"}, "item", "takes no drain drill"),
        (drain(), {"item": "nothing"}, "item", "no item “nothing”"),
        (junit(case("a")), {"finished_at": HOUR_AGO.isoformat()}, "item", "Nothing was recorded"),
        (drain(started_at=None), {}, "finished_at", "does not say when it ran"),
        (drain(started_at=None), {"started_at": "2026-03-01T10:00:00Z"}, "finished_at", "does not say when it ran"),
        (drain(), {"finished_at": "2026-03-01T10:00:00"}, "finished_at", "with its zone"),
        (drain(), {"finished_at": "2026-02-30T10:00:00Z"}, "finished_at", "no such time"),
        (drain(), {"finished_at": "2027-03-01T10:00:00Z"}, "finished_at", "in the future"),
        (drain(started_at="2027-03-01T10:00:00Z"), {}, "file", "in the future"),
        (
            drain(), {"started_at": "2026-03-01T10:00:00Z", "finished_at": "2026-03-01T09:00:00Z"}, "finished_at",
            "ended before it began",
        ),
        (drain(), {"target_url": "ftp://x"}, "target_url", "starts with http"),
        (drain(), {"ci_run_url": "javascript:alert(1)"}, "ci_run_url", "starts with http"),
        (drain(), {"commit_sha": "main"}, "commit_sha", "7 to 64"),
        (drain(), {"comit_sha": COMMIT}, "comit_sha", "no such field"),
        (drain(), {"kind": "a\0b"}, "kind", "holds no NUL"),
        (drain(), {"environment": "x" * 101}, "environment", "at most 100 characters"),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_is_refused_at_its_field(
    ci: Client, content: bytes, fields: dict[str, Any], field: str, words: str
) -> None:
    members = problem(push(ci, content, **fields), 422)
    assert list(members["problems"]) == [field]
    assert words in members["problems"][field]
    assert not Evidence.objects.exists()


def test_where_a_release_is_declared_a_report_says_its_commit(ci: Client, cast: Cast) -> None:
    declare(cast, release_commit="4f2a91c")
    problem(push(ci, drain()), 422, "wrong-commit", "say of which commit")


def test_the_age_runs_from_when_it_ended_and_an_old_run_is_recorded_as_such(ci: Client) -> None:
    answer = push(ci, drain(started_at=None), finished_at="2026-02-20T12:00:00+02:00").json()
    assert answer["observed_at"] == "2026-02-20T10:00:00Z"
    assert Evidence.objects.get().is_backdated


def test_a_general_report_goes_to_the_item_it_is_sent_for(ci: Client) -> None:
    answer = push(ci, junit(case("a")), item="sec-input-validation", finished_at=HOUR_AGO.isoformat()).json()
    assert [item["key"] for item in answer["items"]] == ["sec-input-validation"]
    about = {"finished_at": HOUR_AGO.isoformat(), "commit_sha": COMMIT}
    scan = push(ci, sample("bandit.sarif").replace(b"2026-11-", b"2025-11-"), **about).json()
    assert scan["findings_count"] > 0


def test_a_file_above_the_limit_is_refused_by_its_length_before_it_is_read(ci: Client) -> None:
    problem(push(ci, b"x" * (MAX_BYTES + 1)), 413, words="at most 10 are read")

    class Unread(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

    head: dict[str, Any] = {
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(MOST_BYTES + 1),
        "wsgi.input": Unread(),
    }
    problem(ci.generic("POST", URL, **head), 413)


def test_an_upload_stops_while_it_arrives_whatever_length_was_said() -> None:
    handler, chunk = BoundedUpload(), b"x" * 65536
    for number in range(MOST_BYTES // len(chunk)):
        assert handler.receive_data_chunk(chunk, number * len(chunk)) == chunk
    with pytest.raises(RequestDataTooBig, match="at most 10 MiB"):
        handler.receive_data_chunk(chunk, MOST_BYTES)


def test_other_media_types_are_told_so(ci: Client) -> None:
    problem(ci.post(URL, {"file": "x"}, content_type="application/json"), 415, words="multipart/form-data")
    problem(ci.post(URL, "file=x", content_type="application/x-www-form-urlencoded"), 415)
    problem(ci.generic("POST", URL, b"--", "multipart/form-data"), 400, words="cut off")
    problem(ci.post(URL, {"kind": "drain"}), 422)
    two = [SimpleUploadedFile("a", drain()), SimpleUploadedFile("b", drain())]
    problem(ci.post(URL, {"file": two}), 422, words="one report at a time")


def test_a_service_that_is_not_measured_takes_none(cast: Cast) -> None:
    problem(push(by(cast.theo), drain()), 422, "pinned", "not measured")
    assert not Assessment.objects.exists()


def test_too_many_at_once_are_told_when_to_go_on(ci: Client, cast: Cast) -> None:
    assert push(ci, b"").status_code == 422
    for _ in range(UPLOADS.most - 1):
        spend(UPLOADS, counted_as(Token.objects.get()), MOMENT)
    answer = push(ci, drain())
    problem(answer, 429, "slow-down", "At most 120 uploads in 10 minutes")
    assert 0 < int(answer["Retry-After"]) <= 600
    assert push(by(cast.theo), drain()).status_code == 201
    assert push(by(mint(cast.checkout, cast.theo, "GitLab")), drain()).status_code == 200


def test_pushing_costs_no_more_statements_however_many_proofs_there_are(ci: Client) -> None:
    def cost(number: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert push(ci, drain(seconds=number + 1), commit_sha=COMMIT).status_code == 201
        return len(queries)

    push(ci, drain(), commit_sha=COMMIT)
    costs = [cost(number) for number in range(8)]
    assert costs[-1] <= costs[1], costs
