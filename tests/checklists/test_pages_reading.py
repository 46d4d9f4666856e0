"""The pages that everybody reads: what they say, to whom, and for how many queries."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments.models import Assessment
from readiness.catalog.models import Lifecycle, Service
from readiness.checklists.actions import import_pack
from readiness.checklists.models import Version
from readiness.checklists.pack_reader import read_pack
from tests.cast import NOW, Cast, login, published, service
from tests.checklists.small_pack import PACK, changed

NEWER = changed("X is so.", "X is so, always.")


def pin(one: Service, version: Version) -> None:
    Assessment.objects.create(service=one, version=version, pinned_at=NOW)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def queries(client: Client, address: str) -> int:
    client.get(address)  # caches are warm
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_list_names_the_current_version_and_who_is_on_it(client: Client, cast: Cast) -> None:
    old, new = published(PACK), published(NEWER)
    pin(cast.checkout, old)
    pin(service("ledger", cast.payments), new)
    pin(cast.index, new)  # another team's: mia does not see it
    page = text(login(client, cast.mia), "/checklists/")
    assert "Small" in page
    assert "Version 2" in page
    assert re.search(r"1 0 1 1\b", page)  # hard, tracked, on it, on older ones
    assert "Import a checklist" not in page


def test_a_retired_service_uses_nothing(client: Client, cast: Cast) -> None:
    pin(cast.checkout, published(PACK))
    Service.objects.update(lifecycle=Lifecycle.RETIRED)
    assert "No service uses it yet" in text(login(client, cast.theo), "/checklists/small/services/")


def test_an_empty_installation_says_who_begins(client: Client, cast: Cast) -> None:
    assert "An administrator publishes the first one." in text(login(client, cast.theo), "/checklists/")
    assert "Import one to begin with" in text(login(client, cast.ada), "/checklists/")


@pytest.mark.parametrize("person", ["mia", "theo", "vera", "sam", "eve"])
def test_a_draft_is_hidden_from_who_may_not_publish(client: Client, cast: Cast, person: str) -> None:
    import_pack(by=cast.ada, text=PACK, now=NOW)
    login(client, getattr(cast, person))
    for address in ("", "1/", "1.yaml", "compare/", "services/"):
        assert client.get(f"/checklists/small/{address}").status_code == 404
    assert "Small" not in text(client, "/checklists/")


def test_the_draft_of_a_published_checklist_is_hidden_too(client: Client, cast: Cast) -> None:
    published(PACK)
    import_pack(by=cast.ada, text=NEWER, now=NOW)
    login(client, cast.theo)
    assert "Draft" not in text(client, "/checklists/small/")
    assert client.get("/checklists/small/2/").status_code == 404
    assert "always" not in text(client, "/checklists/small/compare/?a=1&b=2")
    assert "Draft" in text(login(client, cast.ada), "/checklists/small/")


@pytest.mark.parametrize("address", ["/checklists/", "/checklists/small/", "/checklists/small/1/"])
def test_nobody_reads_without_signing_in(client: Client, cast: Cast, address: str) -> None:
    published(PACK)
    assert client.get(address).status_code == 302


def test_a_version_that_does_not_exist_is_not_found(client: Client, cast: Cast) -> None:
    published(PACK)
    published(NEWER)
    login(client, cast.theo)
    for address in ("large/", "small/9/", "small/9.yaml", "small/compare/?a=9&b=1", "small/0/"):
        assert client.get(f"/checklists/{address}").status_code == 404


def test_the_versions_say_what_changed_in_each(client: Client, cast: Cast) -> None:
    published(PACK)
    published(NEWER)
    published(changed("key: obs-x", "key: obs-z"))
    page = text(login(client, cast.theo), "/checklists/small/")
    assert "Version 3 Current" in page
    assert "1 added, 1 removed" in page
    assert "1 changed" in page
    assert "the first: 1 items" in page


def test_a_version_is_read_item_by_item(client: Client, cast: Cast) -> None:
    published()
    page = text(login(client, cast.theo), "/checklists/go-live/1/")
    assert "34 items: 24 hard gates, 10 tracked gaps" in page
    assert "Every request leaves a JSON log line with its request id" in page
    assert "Free text can&#x27;t be searched at two in the morning." in page
    assert "Only for services with trait calls-services" in page
    assert "Log lines in Loki loki_logs" in page
    assert "min lines 200 · " in page
    assert "Uploaded or stronger · valid for 30 days" in page
    assert "How to get there." in page
    assert "Hard gate for services with trait internet-facing; a tracked gap for the others" in page


def test_items_are_found_by_every_word_and_by_gate(client: Client, cast: Cast) -> None:
    published()
    login(client, cast.theo)
    page = text(client, "/checklists/go-live/1/?q=junit+IDEMPOTENT")
    assert "rel-retries" in page
    assert "obs-log-levels" not in page
    assert "10 of 34 items" in text(client, "/checklists/go-live/1/?gate=tracked")
    assert "34 items: " in text(client, "/checklists/go-live/1/?gate=iron")
    assert "Nothing here says that" in text(client, "/checklists/go-live/1/?q=blockchain")


def test_htmx_gets_the_items_alone(client: Client, cast: Cast) -> None:
    published(PACK)
    login(client, cast.theo)
    answer = client.get("/checklists/small/1/?q=x", headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div class="reading" id="reading">')
    assert "HX-Request" in answer.headers["Vary"]


def test_what_an_author_writes_can_do_nothing(client: Client, cast: Cast) -> None:
    wrong = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    published(changed("Do it.", wrong).replace("title: X", f"title: '{wrong}'"))
    page = login(client, cast.theo).get("/checklists/small/1/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_current_version_names_the_services_left_behind(client: Client, cast: Cast) -> None:
    old, new = published(PACK), published(NEWER)
    pin(cast.checkout, old)
    pin(service("ledger", cast.payments), new)
    login(client, cast.theo)
    page = client.get("/checklists/small/2/").content.decode()
    assert 'href="/checklists/small/services/?older=1"' in page
    assert "<strong>1</strong> service still uses an older version" in page
    behind = client.get("/checklists/small/1/").content.decode()
    assert "Version 2 is current." in behind
    assert 'href="/checklists/small/compare/?a=1&amp;b=2"' in behind
    assert "1 service still uses it" in behind


def test_the_services_are_filtered_sorted_and_led_to_what_an_upgrade_changes(client: Client, cast: Cast) -> None:
    old, new = published(PACK), published(NEWER)
    pin(cast.checkout, old)
    pin(service("ledger", cast.payments), new)
    pin(cast.index, old)
    login(client, cast.mia)
    everything = client.get("/checklists/small/services/").content.decode()
    assert everything.index("Checkout") < everything.index("Ledger")
    assert "Index" not in everything  # search's
    assert 'href="/checklists/small/compare/?a=1&amp;b=2"' in everything
    backwards = client.get("/checklists/small/services/?sort=-name").content.decode()
    assert backwards.index("Ledger") < backwards.index("Checkout")
    for address in ("?older=1", "?version=1", "?q=check"):
        page = text(client, f"/checklists/small/services/{address}")
        assert "Checkout" in page
        assert "Ledger" not in page
    assert "No service matches" in text(client, "/checklists/small/services/?q=nothing")
    assert "Checkout" in text(client, "/checklists/small/services/?version=x&sort=weight&page=9")


def test_two_versions_are_compared_word_by_word(client: Client, cast: Cast) -> None:
    published(PACK)
    published(NEWER.replace("valid_days: 30", "valid_days: 60"))
    page = login(client, cast.theo).get("/checklists/small/compare/").content.decode()
    assert "X is so<ins>, always</ins>." in page
    assert "Proof stays valid for" in page
    assert "<del>30</del><ins>60</ins> days" in page
    assert "Asks for something else" in page


def test_a_change_of_wording_alone_is_named_so(client: Client, cast: Cast) -> None:
    published(PACK)
    published(changed("why: Because.", "why: Because it is."))
    assert "Wording only" in text(login(client, cast.theo), "/checklists/small/compare/?a=1&b=2")


def test_added_removed_and_unchanged_items_are_named(client: Client, cast: Cast) -> None:
    published(PACK)
    published(changed("key: obs-x", "key: obs-z"))
    login(client, cast.theo)
    page = text(client, "/checklists/small/compare/?a=1&b=2")
    assert "obs-z" in page
    assert "obs-x" in page
    assert "The items are the same" in text(client, "/checklists/small/compare/?a=1&b=1")
    assert "1 item unchanged" in text(client, "/checklists/small/compare/?a=1&b=1")


def test_one_version_has_nothing_to_be_compared_with(client: Client, cast: Cast) -> None:
    published(PACK)
    assert "There is one version only" in text(login(client, cast.theo), "/checklists/small/compare/")


def test_a_version_is_downloaded_as_yaml_that_reads_back_the_same(client: Client, cast: Cast) -> None:
    published(PACK)
    answer = login(client, cast.theo).get("/checklists/small/1.yaml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="small-v1.yaml"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert read_pack(answer.content) == read_pack(PACK)


def test_the_list_costs_the_same_for_many_checklists(client: Client, cast: Cast) -> None:
    login(client, cast.ada)
    for number in range(5):
        published(changed("key: small", f"key: small-{number}"))
    few = queries(client, "/checklists/")
    for number in range(5, 50):
        pin(service(f"s{number}", cast.payments), published(changed("key: small", f"key: small-{number}")))
    assert queries(client, "/checklists/") == few


def test_the_versions_cost_the_same_however_many(client: Client, cast: Cast) -> None:
    login(client, cast.theo)
    for days in range(5):
        published(changed("valid_days: 30", f"valid_days: {days + 1}"))
    few = queries(client, "/checklists/small/")
    for days in range(5, 55):
        published(changed("valid_days: 30", f"valid_days: {days + 1}"), now=NOW + timedelta(days=days))
    assert queries(client, "/checklists/small/") == few
    assert "Version 5 " in text(client, "/checklists/small/?page=2")
    assert "the first" in text(client, "/checklists/small/?page=2")


def test_the_services_and_the_version_cost_the_same_however_many(client: Client, cast: Cast) -> None:
    login(client, cast.mia)
    old, new = published(PACK), published(NEWER)
    for number in range(5):
        pin(service(f"s{number}", cast.payments), old)
    addresses = ("/checklists/small/services/", "/checklists/small/2/")
    few = [queries(client, address) for address in addresses]
    for number in range(5, 55):
        pin(service(f"s{number}", cast.payments), new if number % 2 else old)
    assert [queries(client, address) for address in addresses] == few
    assert max(few) <= 9
