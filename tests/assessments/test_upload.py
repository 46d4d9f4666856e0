import hashlib
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.actions import Envelope, Uploaded, WrongFields
from readiness.assessments.models import Assessment, Evidence, EvidenceFile
from readiness.catalog.models import Dependency
from readiness.history.models import Entry
from tests.assessments.formats.reports import as_json, case, drain, junit, k6, log, manifest, plan, sample, sarif
from tests.assessments.formats.test_secrets_scan import gitleaks
from tests.assessments.small import refused, verbs
from tests.cast import NOW, Cast

COMMIT = "0123abcd"
ENVELOPE = {field.name for field in fields(Envelope)}
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def assessment(cast: Cast) -> Assessment:
    return cast.assessed()


def upload(cast: Cast, content: bytes, **said: Any) -> Uploaded:
    return actions.upload_artifact(
        by=said.pop("by", cast.theo), assessment=Assessment.objects.get(service=cast.checkout),
        file=SimpleUploadedFile(said.pop("name", "report"), content), now=said.pop("now", NOW),
        envelope=Envelope(**{"finished_at": YESTERDAY} | {name: said.pop(name) for name in ENVELOPE & said.keys()}), **said,
    )  # fmt: skip


def results(uploaded: Uploaded) -> dict[str, str]:
    return {f"{one.item.key}/{one.criterion.key}": one.outcome.result.value for one in uploaded.judged}


def declare(cast: Cast, **endpoints: str) -> None:
    cast.checkout.endpoints = endpoints
    cast.checkout.save()


def test_one_report_meets_and_fails_several_criteria_each_by_its_own(cast: Cast, assessment: Assessment) -> None:
    declare(cast, peak_rps="90", latency_p95_ms="300", latency_p99_ms="150")
    uploaded = upload(cast, k6(), commit_sha=COMMIT)
    assert results(uploaded) == {
        "perf-load-test/at-peak": "pass", "perf-load-test/latency": "fail", "perf-load-test/errors": "pass",
    }  # fmt: skip
    assert [item.key for item in uploaded.changed] == ["perf-load-test"]
    item = cast.item("perf-load-test")
    assert (item.status, item.reason) == ("not_met", "p99 is 200 ms, above the budget of 150 ms.")
    evidence = Evidence.objects.get(criterion_key="latency")
    assert (evidence.strength, evidence.how, evidence.kind, evidence.added_by) == (
        "uploaded",
        "artifact",
        "loadtest",
        cast.theo,
    )
    assert (evidence.observed_at, evidence.received_at) == (YESTERDAY, NOW)
    assert evidence.source == "upload: k6 @ 0123abcd"
    assert evidence.figures["p99_ms"] == 200


def test_what_the_service_does_not_declare_can_not_be_kept(cast: Cast, assessment: Assessment) -> None:
    assert results(upload(cast, k6())) == {
        "perf-load-test/at-peak": "unknown", "perf-load-test/latency": "unknown", "perf-load-test/errors": "pass",
    }  # fmt: skip
    declare(cast, peak_rps="90", latency_p99_ms="400")
    again = upload(cast, k6())
    assert set(results(again).values()) == {"pass"}
    assert [one.is_new for one in again.judged] == [True, True, False]


def test_the_same_file_for_the_same_commit_is_one_piece_of_evidence(cast: Cast, assessment: Assessment) -> None:
    first = upload(cast, drain(), commit_sha=COMMIT)
    again = upload(cast, drain(), commit_sha=COMMIT.upper(), name="other name")
    assert [one.is_new for one in first.judged + again.judged] == [True, False]  # type: ignore[operator]
    assert Evidence.objects.count() == EvidenceFile.objects.count() == 1
    assert verbs("evidence") == ["evidence.uploaded"]
    upload(cast, drain(), commit_sha="beef0123")
    assert (Evidence.objects.count(), EvidenceFile.objects.count()) == (2, 1)


def test_the_file_is_kept_and_history_says_what_came(cast: Cast, assessment: Assessment) -> None:
    uploaded = upload(cast, drain(), commit_sha=COMMIT, name="drain.json")
    kept = EvidenceFile.objects.get()
    assert uploaded.sha256 == kept.sha256 == hashlib.sha256(drain()).hexdigest()
    with default_storage.open(kept.path) as stored:
        assert stored.read() == drain()
    entry = Entry.objects.get(verb="evidence.uploaded")
    assert entry.after["commit"] == COMMIT
    assert entry.after["criteria"] == {"drains": "pass"}


def test_its_own_time_counts_and_not_what_a_person_says(cast: Cast, assessment: Assessment) -> None:
    uploaded = upload(cast, drain(started_at="2026-02-20T10:00:00Z"), finished_at=NOW)
    assert uploaded.observed_at == datetime.fromisoformat("2026-02-20T10:00:00Z")
    assert Evidence.objects.get().is_backdated


def test_a_time_without_a_zone_is_read_in_the_persons(cast: Cast, assessment: Assessment) -> None:
    cast.theo.time_zone = "Asia/Tokyo"
    head = "<testsuite timestamp='2026-03-02T10:00:00'>"
    uploaded = upload(cast, junit(case("test_a"), head=head), item_key="sec-input-validation")
    assert uploaded.observed_at == datetime.fromisoformat("2026-03-02T10:00:00+09:00")
    cast.theo.time_zone = "America/New_York"  # where it is still to come: then the clock that wrote it stood elsewhere
    assert upload(cast, junit(case("test_b"), head=head), item_key="sec-input-validation").observed_at == NOW


@pytest.mark.parametrize(
    ("content", "said", "field", "words"),
    [
        (b"", {}, "file", "is empty"),
        (b"x" * (10 * 1024 * 1024 + 1), {}, "file", "10.0 MiB; at most 10"),
        (b"hello", {}, "file", "none of the reports"),
        (drain(), {"kind": "pentest"}, "kind", "none of the kinds"),
        (drain(), {"kind": "sarif"}, "file", "It looks like: drain drill"),
        (drain(), {"commit_sha": "main"}, "commit_sha", "7 to 64"),
        (drain(), {"item_key": "obs-runbooks"}, "item", "takes no drain drill"),
        (drain(), {"item_key": "nothing"}, "item", "no item “nothing”"),
        (drain(started_at="2026-03-03T10:00:00Z"), {}, "file", "in the future"),
        (drain(started_at=None), {"finished_at": NOW + timedelta(hours=1)}, "finished_at", "in the future"),
        (drain(started_at=None), {"finished_at": None}, "finished_at", "Say it here"),
        (
            sarif(versionControlProvenance=[{"revisionId": "f" * 40}]),
            {"commit_sha": COMMIT},
            "commit_sha",
            "not of 0123abcd",
        ),
    ],
)
def test_what_can_not_be_taken_is_refused_at_its_field_and_nothing_is_stored(  # noqa: PLR0917 - a table's columns
    cast: Cast, assessment: Assessment, content: bytes, said: dict[str, Any], field: str, words: str
) -> None:
    before = stored()
    with refused(WrongFields, words):
        upload(cast, content, **said)
    with pytest.raises(WrongFields) as refusal:
        upload(cast, content, **said)
    assert list(refusal.value.problems) == [field]
    assert stored() == before


def stored() -> set[str]:
    return set(default_storage.listdir("evidence")[0]) if default_storage.exists("evidence") else set()


def test_a_report_that_no_item_asks_for_is_refused(cast: Cast) -> None:
    cast.checkout.traits = []
    cast.checkout.save()
    cast.assessed()
    with pytest.raises(WrongFields, match="no item of this service asks for one"):
        upload(cast, plan())


@pytest.mark.parametrize(("who", "refusal"), [("ada", NotAllowed), ("vera", NotAllowed), ("sam", NotVisible)])
def test_who_may_not_attach_evidence_uploads_nothing(
    cast: Cast, assessment: Assessment, who: str, refusal: type[Refused]
) -> None:
    with refused(refusal):
        upload(cast, drain(), by=getattr(cast, who))


def test_a_general_report_says_nothing_where_it_can_not_tell(cast: Cast, assessment: Assessment) -> None:
    """A report of unit tests is no fuzzing, and is silent about retries."""
    uploaded = upload(cast, junit(case("test_breaker_opens"), case("test_fail_fast"), case("test_half_open")))
    assert [f"{one.item.key}" for one in uploaded.recorded] == ["rel-circuit-breakers"]
    assert results(uploaded)["sec-input-validation/api-fuzzing"] == "unknown"
    assert Evidence.objects.count() == 1


def test_sent_for_an_item_it_counts_for_that_item(cast: Cast, assessment: Assessment) -> None:
    uploaded = upload(cast, sample("schemathesis-junit.xml"), item_key="sec-input-validation")
    assert results(uploaded) == {
        "sec-input-validation/api-fuzzing": "fail", "sec-input-validation/queue-payloads": "fail",
    }  # fmt: skip


def test_findings_reach_the_items_that_ask_about_them(cast: Cast, assessment: Assessment) -> None:
    uploaded = upload(cast, sample("bandit.sarif"), now=datetime(2026, 11, 24, tzinfo=UTC))
    assert results(uploaded) == {
        "sec-input-validation/injection-scan": "fail", "sec-scanning/code-scan": "fail", "rel-timeouts/no-call-without": "fail",
    }  # fmt: skip
    assert {item.status for item in uploaded.changed} == {"not_met"}


def test_declared_dependencies_need_their_cases(cast: Cast, assessment: Assessment) -> None:
    report = junit(*(case(f"test_ledger_{word}") for word in ("slow", "error", "down")))
    one = upload(cast, report, item_key="rel-dependency-failure").judged[0]
    assert "declares no dependency" in one.outcome.reason
    Dependency.objects.create(service=cast.checkout, name="ledger")
    assert results(upload(cast, report, item_key="rel-dependency-failure")) == {
        "rel-dependency-failure/faults-tested": "pass"
    }


def test_the_drain_that_was_measured_holds_the_grace_period(cast: Cast, assessment: Assessment) -> None:
    upload(cast, drain(seconds=40, grace_s=60))
    assert results(upload(cast, manifest()))["rel-graceful-shutdown/grace-period"] == "fail"
    assert cast.item("rel-graceful-shutdown").status == "not_met"


def test_secrets_are_never_kept(cast: Cast, assessment: Assessment) -> None:
    uploaded = upload(cast, gitleaks())
    assert not uploaded.is_kept
    assert results(uploaded) == {"sec-secrets/history-scan": "fail"}
    assert EvidenceFile.objects.count() == 0
    assert "AKIA" not in repr(Evidence.objects.values())


def test_a_log_sample_speaks_of_two_items(cast: Cast, assessment: Assessment) -> None:
    uploaded = upload(
        cast, log({"level": "error", "request_id": "x", "status": 500, "duration_ms": 2, "error": "down"})
    )
    assert set(results(uploaded)) == {
        "obs-structured-logging/request-lines", "obs-log-levels/no-debug", "obs-log-levels/failures-logged",
    }  # fmt: skip
    assert set(results(uploaded).values()) == {"pass"}
    assert [item.key for item in uploaded.changed] == ["obs-log-levels"]
    assert cast.item("obs-log-levels").status == "met"


def test_an_empty_list_needs_its_kind(cast: Cast, assessment: Assessment) -> None:
    with pytest.raises(WrongFields, match="say the kind"):
        upload(cast, as_json([]))
    assert results(upload(cast, as_json([]), kind="secrets_scan")) == {"sec-secrets/history-scan": "pass"}
