from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Evidence, EvidenceFile
from readiness.checklists.rules import Strength
from tests.assessments.small import LINK, NOTE, attested, refused, small, verbs
from tests.cast import NOW, Cast, day


def words(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "by": cast.theo, "item": cast.item("drilled"), "criterion_key": "done", "link": LINK, "performed_on": day(-1),
        "performed_by": cast.olga, "witness": cast.pia, "note": NOTE, "now": NOW,
    } | changes  # fmt: skip


def test_an_attestation_counts_once_its_witness_has_confirmed_it(cast: Cast) -> None:
    small(cast)
    evidence = attested(cast, is_confirmed=False)
    item = cast.item("drilled")
    assert (item.status, item.reason) == ("unknown", "Attested, and waiting for the witness to confirm it.")
    actions.confirm_witness(by=cast.pia, evidence=evidence, now=NOW)
    item = cast.item("drilled")
    assert (item.status, item.strength) == ("met", "exercised")
    assert verbs("evidence") == ["evidence.attested", "evidence.witnessed"]


def test_it_expires(cast: Cast) -> None:
    small(cast)
    attested(cast)
    actions.sweep(now=NOW + timedelta(days=89))
    assert cast.item("drilled").status == "stale"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("link", {"link": "somewhere"}),
        ("note", {"note": "Did it."}),
        ("performed_on", {"performed_on": day(1)}),
        ("performed_on", {"performed_on": day(-90)}),
    ],
)
def test_what_is_missing_is_said_at_its_field(cast: Cast, field: str, changes: dict[str, Any]) -> None:
    small(cast)
    with refused(WrongFields, rule="attestation"):
        actions.attest(**words(cast, **changes))
    with pytest.raises(WrongFields) as refusal:
        actions.attest(**words(cast, **changes))
    assert list(refusal.value.problems) == [field]


@pytest.mark.parametrize("witness", ["olga", "theo", "vera", "sam", "ada"])
def test_the_witness_is_someone_else_who_may_witness(cast: Cast, witness: str) -> None:
    """Not who performed it, not who writes it down, nobody without a role here."""
    small(cast)
    with refused(WrongFields, rule="attestation"):
        actions.attest(**words(cast, witness=getattr(cast, witness)))


def test_who_may_attest(cast: Cast) -> None:
    small(cast)
    with refused(NotVisible):
        actions.attest(**words(cast, by=cast.sam))
    for person in (cast.vera, cast.ada, cast.eve):
        with refused(NotAllowed):
            actions.attest(**words(cast, by=person))


def test_the_same_words_twice_are_one_row(cast: Cast) -> None:
    small(cast)
    assert actions.attest(**words(cast)) == actions.attest(**words(cast, now=NOW + timedelta(minutes=1)))
    assert Evidence.objects.count() == 1


def test_a_claim_is_never_worth_more_than_its_kind(cast: Cast) -> None:
    small(cast)
    document = actions.attest(
        **words(cast, item=cast.item("written"), criterion_key="linked", strength=Strength.EXERCISED)
    )
    assert document.strength == "linked"


def test_strength_an_attestation_of_the_wrong_kind_is_kept_and_decides_nothing(cast: Cast) -> None:
    small(cast)
    evidence = actions.attest(**words(cast, kind="document"))
    actions.confirm_witness(by=cast.pia, evidence=evidence, now=NOW)
    item = cast.item("drilled")
    assert item.status == "unknown"
    assert "not of the kind" in item.reason


def test_only_the_named_witness_confirms_and_only_once(cast: Cast) -> None:
    small(cast)
    evidence = attested(cast, is_confirmed=False)
    with refused(Refused, "Pia Example was named", rule="attestation"):
        actions.confirm_witness(by=cast.olga, evidence=evidence, now=NOW)
    with refused(NotVisible):
        actions.confirm_witness(by=cast.sam, evidence=evidence, now=NOW)
    actions.confirm_witness(by=cast.pia, evidence=evidence, now=NOW)
    with refused(Conflict, "already"):
        actions.confirm_witness(by=cast.pia, evidence=evidence, now=NOW)


def test_a_file_is_kept_once_for_each_content(cast: Cast) -> None:
    small(cast)
    item = cast.item("written")
    for number in (1, 2):
        file = SimpleUploadedFile(f"../../report {number}.pdf", b"%PDF the same bytes")
        actions.attest(**words(cast, item=item, criterion_key="linked", note=f"{number} {NOTE}", file=file))
    kept = EvidenceFile.objects.get()
    assert kept.name == "report 1.pdf"
    assert kept.path == f"evidence/{kept.sha256[:2]}/{kept.sha256}"
    with default_storage.open(kept.path) as stored:
        assert stored.read() == b"%PDF the same bytes"
    assert {evidence.strength for evidence in Evidence.objects.all()} == {"uploaded"}


@pytest.mark.parametrize("size", [0, 10 * 1024 * 1024 + 1])
def test_a_file_that_is_empty_or_too_large_is_refused(cast: Cast, size: int) -> None:
    small(cast)
    with refused(Refused, "10 MiB"):
        actions.attest(**words(cast, file=SimpleUploadedFile("x.bin", b"x" * size)))
