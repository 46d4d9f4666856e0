"""Rule *pinned*: a service is measured against another checklist, and what both ask for keeps its standing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.models import Assessment, Gap
from readiness.checklists.models import Status, Version
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.shipped import read_shipped
from readiness.history.models import Entry
from tests.assessments.small import DRILLED, EITHER, HEAD, PROBED, WRITTEN, attested, refused, see, small
from tests.cast import NOW, Cast, day, login, published

LATER = NOW + timedelta(hours=1)
PAGE = "/services/checkout/upgrade/"


def other(*items: str) -> Version:
    return published(read_pack(HEAD.replace("small", "large").replace("Small", "Large") + "".join(items)))


def change(cast: Cast, version: Version) -> None:
    actions.upgrade(by=cast.theo, assessment=cast.checkout.assessment, version=version, now=LATER)


def test_what_both_ask_for_keeps_its_standing_and_what_is_new_is_new(cast: Cast) -> None:
    see(small(cast, PROBED))
    since = cast.item("probed").status_since
    change(cast, other(DRILLED, PROBED))
    assert (cast.item("probed").status, cast.item("probed").status_since) == ("met", since)
    assert (cast.item("drilled").status, cast.item("drilled").new_until) == ("unknown", day(30))
    assert cast.item("probed").assessment.computed_decision == "go"


def test_from_go_live_to_extended_everything_of_go_live_stays(cast: Cast) -> None:
    extended = read_shipped("extended")
    assert extended
    cast.assessed()
    attested(cast, "ops-rollback", "exercised")
    before = dict(cast.checkout.assessment.items.values_list("key", "status"))
    change(cast, published(extended))
    items = cast.checkout.assessment.items.filter(retired_at=None)
    assert {item.key: item.status for item in items if item.key in before} == before
    assert items.count() == 72
    assert {item.new_until for item in items if item.key not in before and item.status == "unknown"} == {day(30)}


def test_what_the_other_does_not_ask_for_falls_away_with_its_gap_and_the_reason(cast: Cast) -> None:
    see(small(cast, PROBED, DRILLED), result="fail")
    change(cast, other(DRILLED, WRITTEN))
    assert (cast.item("probed").is_retired, cast.item("probed").reason) == (True, "Large v1 no longer asks for it.")
    assert Gap.objects.get().closed_how == "excused"
    assert Entry.objects.get(verb="gap.closed").reason == "Large v1 no longer asks for it."


def test_choosing_another_checklist_is_no_way_around_an_open_gate(cast: Cast) -> None:
    see(small(cast, PROBED), result="fail")
    change(cast, other(DRILLED))
    assert cast.item("drilled").new_until is None
    assert cast.item("drilled").assessment.computed_decision == "no_go"


def test_grace_can_not_be_stretched_by_changing_again(cast: Cast) -> None:
    see(small(cast, PROBED))
    change(cast, other(DRILLED))
    assert cast.item("drilled").new_until == day(30)
    change(cast, published(read_pack(HEAD.replace("small", "third") + EITHER)))
    assert cast.item("either").new_until is None


def test_history_says_that_it_is_another_checklist(cast: Cast) -> None:
    small(cast, PROBED)
    change(cast, other(PROBED, DRILLED))
    entry = Entry.objects.get(verb="service.measured_anew")
    assert (entry.before, entry.after["checklist"]) == ({"checklist": "Small v1"}, "Large v1")
    assert (entry.after["added"], entry.after["removed"]) == (["drilled"], [])


def test_who_may(cast: Cast) -> None:
    assessment = small(cast, PROBED)
    version = other(DRILLED)
    for person, refusal in ((cast.sam, NotVisible), (cast.eve, NotAllowed), (cast.olga, NotAllowed)):
        with refused(refusal):
            actions.upgrade(by=person, assessment=assessment, version=version, now=LATER)
    actions.upgrade(by=cast.mia, assessment=assessment, version=version, now=LATER)


def test_a_draft_of_another_checklist_is_refused(cast: Cast) -> None:
    assessment = small(cast, PROBED)
    version = other(DRILLED)
    draft = Version.objects.create(
        checklist=version.checklist, number=2, body=version.body, digest=version.digest, status=Status.DRAFT
    )
    with refused(Refused, "this is a draft", rule="pinned"):
        actions.upgrade(by=cast.theo, assessment=assessment, version=draft, now=LATER)


def test_who_looked_at_another_difference_is_told_so(cast: Cast) -> None:
    assessment = small(cast, PROBED)
    seen = assessment.version_id
    change(cast, other(PROBED, DRILLED))
    third = published(read_pack(HEAD.replace("small", "third") + WRITTEN))
    with refused(Conflict, "measured against Large v1 by now"):
        actions.upgrade(by=cast.theo, assessment=assessment, version=third, now=LATER, seen=seen)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_choose_at_once_one_is_refused(cast: Cast) -> None:
    assessment = small(cast, PROBED)
    versions = [other(DRILLED), published(read_pack(HEAD.replace("small", "third") + WRITTEN))]
    together = Barrier(2)

    def choose(version: Version) -> bool:
        together.wait()
        try:
            actions.upgrade(
                by=cast.theo, assessment=assessment, version=version, now=LATER, seen=assessment.version_id
            )  # fmt: skip
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(choose, versions))
    assert sorted(won) == [False, True]
    assert Assessment.objects.get().version == versions[won.index(True)]
    assert Entry.objects.filter(verb="service.measured_anew").count() == 1


# The page


def test_the_page_offers_other_checklists_and_shows_the_difference_first(client: Client, cast: Cast) -> None:
    small(cast, PROBED)
    other(PROBED, DRILLED)
    html = login(client, cast.theo).get(PAGE).content.decode()
    assert "1 item in common, 1 more" in html
    assert 'href="?to=large"' in html
    html = client.get(f"{PAGE}?to=large").content.decode()
    assert "Measure Checkout against Large v1 from now on" in html
    assert "Of what is added, 1 item counts for this service, 1 as hard gate." in html
    assert Assessment.objects.get().version.checklist.key == "small"


def test_the_button_changes_the_checklist(client: Client, cast: Cast) -> None:
    pinned = small(cast, PROBED).version
    version = other(PROBED, DRILLED)
    answer = login(client, cast.theo).post(PAGE, {"version": version.pk, "pinned": pinned.pk})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/services/checkout/")
    assert Assessment.objects.get().version == version
    assert "measured against Large v1 now" in client.get("/services/checkout/").content.decode()


def test_the_loser_of_a_race_gets_a_sentence(client: Client, cast: Cast) -> None:
    pinned = small(cast, PROBED).version
    version = other(PROBED)
    change(cast, published(read_pack(HEAD.replace("small", "third") + PROBED)))
    answer = login(client, cast.theo).post(PAGE, {"version": version.pk, "pinned": pinned.pk})
    assert answer.status_code == 409
    assert "Look at what would change from there" in answer.content.decode()


def test_open_gates_that_would_fall_away_are_named_before(client: Client, cast: Cast) -> None:
    small(cast, PROBED)
    other(DRILLED)
    html = login(client, cast.theo).get(f"{PAGE}?to=large").content.decode()
    assert "1 open hard gate falls away. What comes instead counts at once" in html


def test_who_may_not_change_it_reads_why(client: Client, cast: Cast) -> None:
    small(cast, PROBED)
    other(DRILLED)
    html = login(client, cast.vera).get(f"{PAGE}?to=large").content.decode()
    assert "disabled" in html
    assert 'class="why-not"' in html


@pytest.mark.parametrize("key", ["nothing", "draft-only"])
def test_what_is_not_published_is_not_found(client: Client, cast: Cast, key: str) -> None:
    version = small(cast, PROBED).version
    checklist = version.checklist.__class__.objects.create(key="draft-only", name="D")
    Version.objects.create(checklist=checklist, number=1, body=version.body, digest=version.digest)
    assert login(client, cast.theo).get(f"{PAGE}?to={key}").status_code == 404
    assert "draft-only" not in client.get(PAGE).content.decode()
