from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from readiness.assessments import actions
from readiness.assessments.models import Evidence
from tests.assessments.registered import day
from tests.assessments.small import DRILLED, LINK, NOTE, PROBED, attested, body_of, item_yaml, pack, see, small
from tests.cast import Cast, login, published

ATTEST = "/services/checkout/items/drilled/attest/"
EXCUSE = "/services/checkout/items/drilled/excuse/"


@pytest.fixture(autouse=True)
def measured(cast: Cast) -> None:
    small(cast, now=timezone.now())


def words(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "proves": "done:drill", "link": LINK, "performed_on": day(-1), "performed_by": cast.olga.pk, "witness": cast.pia.pk,
        "note": NOTE,
    } | changes  # fmt: skip


def test_attest_witness_met(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    assert "By a drill that was run." in client.get(ATTEST).text
    response = client.post(ATTEST, words(cast), follow=True)
    evidence = Evidence.objects.get()
    assert response.redirect_chain == [(f"/evidence/{evidence.pk}/", 302)]
    assert "I was there" not in response.text
    login(client, cast.pia)
    assert "I was there, and saw it" in client.get(f"/evidence/{evidence.pk}/").text
    assert "From now on it counts." in client.post(f"/evidence/{evidence.pk}/witness/", follow=True).text
    assert cast.item("drilled").status == "met"


def test_the_same_words_again_are_said_to_have_been_there_before(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    assert "Attested. Pia Example" in client.post(ATTEST, words(cast), follow=True).text
    assert "This was here before" in client.post(ATTEST, words(cast), follow=True).text
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("criterion", "chosen"),
    [("decided", "decided:document"), ("exercised", "exercised:drill"), ("nonsense", "decided:document")],
)
def test_the_form_takes_the_criterion_of_its_address(cast: Cast, client: Client, criterion: str, chosen: str) -> None:
    ways = {"decided": "{attestation: document}", "exercised": "{attestation: drill}"}
    version = published(pack(item_yaml("rollback", ways)))
    actions.upgrade(by=cast.theo, assessment=cast.checkout.assessment, version=version, now=timezone.now())
    address = f"/services/checkout/items/rollback/attest/?criterion={criterion}"
    response = login(client, cast.theo).get(address)
    assert response.context["form"]["proves"].value() == chosen
    client.post(address, words(cast, proves=chosen))
    assert Evidence.objects.get().criterion_key == chosen.partition(":")[0]


def test_what_is_wrong_is_said_at_its_field(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    response = client.post(ATTEST, words(cast, note="Did it.", performed_by=cast.pia.pk))
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"note", "witness"}
    too_large = SimpleUploadedFile("big.bin", b"x" * (10 * 1024 * 1024 + 1))
    assert "larger than 10 MiB" in client.post(ATTEST, words(cast, file=too_large)).text
    assert not Evidence.objects.exists()


def test_the_one_who_writes_is_not_offered_as_a_witness(cast: Cast, client: Client) -> None:
    form = login(client, cast.theo).get(ATTEST).context["form"]
    names = {str(person) for person in form.fields["witness"].queryset}
    assert "Theo Example" not in names
    assert {"Olga Example", "Pia Example", "Mia Example"} <= names
    assert "Vera Example" not in names


def test_where_machines_prove_it_the_page_says_so(cast: Cast, client: Client) -> None:
    text = login(client, cast.theo).get("/services/checkout/items/probed/attest/").text
    assert "Machines prove this one" in text


@pytest.mark.parametrize("address", [ATTEST, EXCUSE])
def test_who_may(cast: Cast, client: Client, address: str) -> None:
    for person, status in (("sam", 404), ("vera", 403), ("ada", 403), ("olga", 200)):
        assert login(client, getattr(cast, person)).get(address).status_code == status


def test_a_file_is_an_attachment_that_is_never_sniffed(cast: Cast, client: Client) -> None:
    file = SimpleUploadedFile("report.html", b"<script>alert(1)</script>", content_type="text/html")
    login(client, cast.theo).post(ATTEST, words(cast, file=file))
    address = f"/evidence/{Evidence.objects.get().pk}/file/"
    response = client.get(address)
    assert response.headers["Content-Disposition"] == 'attachment; filename="report.html"'
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert body_of(response) == b"<script>alert(1)</script>"
    for person, status in (("ada", 200), ("mia", 200), ("olga", 200), ("vera", 403), ("sam", 404)):
        assert login(client, getattr(cast, person)).get(address).status_code == status, person
    page = login(client, cast.vera).get(Evidence.objects.get().get_absolute_url()).text
    assert "report.html" in page
    assert address not in page


def test_evidence_without_a_file_has_none_to_take_away(cast: Cast, client: Client) -> None:
    evidence = attested(cast, now=timezone.now())
    assert login(client, cast.theo).get(f"/evidence/{evidence.pk}/file/").status_code == 404


def test_what_a_machine_saw_is_shown_with_figures_and_findings(cast: Cast, client: Client) -> None:
    recorded = see(cast.checkout.assessment, now=timezone.now())
    text = login(client, cast.theo).get(f"/evidence/{recorded.evidence.pk}/").text
    assert "Latency" in text
    assert "latency_ms" not in text
    assert "Health probes" in text
    assert login(client, cast.sam).get(f"/evidence/{recorded.evidence.pk}/").status_code == 404


def test_only_the_witness_confirms(cast: Cast, client: Client) -> None:
    evidence = attested(cast, now=timezone.now(), is_confirmed=False)
    refused = login(client, cast.olga).post(f"/evidence/{evidence.pk}/witness/")
    assert (refused.status_code, "Pia Example was named" in refused.text) == (422, True)
    assert login(client, cast.sam).post(f"/evidence/{evidence.pk}/witness/").status_code == 404


def test_excused_by_two(cast: Cast, client: Client) -> None:
    reason = "There is no second region to fail over to."
    login(client, cast.theo)
    short = client.post(EXCUSE, {"version": 1, "reason": "n/a"})
    assert (short.status_code, "at least 20 characters" in short.text) == (422, True)
    client.post(EXCUSE, {"version": 1, "reason": reason})
    place = "/services/checkout/items/drilled"
    assert client.post(f"{place}/confirm-excuse/", {"version": 2}).status_code == 422
    login(client, cast.olga).post(f"{place}/confirm-excuse/", {"version": 2})
    assert cast.item("drilled").status == "not_applicable"
    client.post(f"{place}/withdraw-excuse/", {"version": 3})
    assert cast.item("drilled").status == "unknown"
    lost = client.post(EXCUSE, {"version": 1, "reason": reason})
    assert lost.status_code == 409


def test_a_person_opens_a_gap_and_is_led_to_it(cast: Cast, client: Client) -> None:
    place = "/services/checkout/items/drilled/open-gap/"
    response = login(client, cast.theo).post(place, {"because": "Nobody has tried."}, follow=True)
    assert "Nobody has tried." in response.text
    assert login(client, cast.vera).post(place).status_code == 403
    assert login(client, cast.sam).post(place).status_code == 404


def test_upgrading_shows_the_difference_and_does_it(cast: Cast, client: Client) -> None:
    address = "/services/checkout/upgrade/"
    login(client, cast.theo)
    assert "This is the newest version" in client.get(address).text
    version = published(pack(PROBED, DRILLED))
    text = client.get(address).text
    assert "version 1 → 2" in text
    assert "until then it keeps no service from a go." in text
    assert "Your role does not let you" in login(client, cast.vera).get(address).text
    assert client.post(address, {"version": version.pk}).status_code == 403
    assert login(client, cast.sam).get(address).status_code == 404
    login(client, cast.theo)
    assert client.post(address, {"version": "nonsense"}).status_code == 404
    assert client.post(address, {"version": version.pk}).status_code == 302
    assert cast.item("probed").assessment.version == version
    assert actions.sweep(now=timezone.now()) == 0
