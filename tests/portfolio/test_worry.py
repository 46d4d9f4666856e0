"""Which launch worries most, and whom to talk to about it."""

from datetime import timedelta
from math import prod
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from readiness.accounts.models import Team, User
from readiness.accounts.rules import Role
from readiness.assessments.models import Assessment, Gap
from readiness.catalog.models import Service
from readiness.checklists.models import Version
from readiness.portfolio.launches import Launch, worries
from readiness.portfolio.worry import UNREVIEWED, Contact, Person, contact, reviews_beside, worry
from reviews.models import Review
from tests.assessments.small import small
from tests.cast import NOW, TODAY, Cast, day, give, login, published, service

OLGA, THEO, PIA = (Person(name, f"{name.lower()}@example.com") for name in ("Olga", "Theo", "Pia"))
LEADS = ("leads it", THEO)


@pytest.fixture
def version(cast: Cast) -> Version:
    Service.objects.filter(pk=cast.index.pk).update(go_live_on=None)
    return published()


def launch(version: Version, slug: str, *, gates: int, days: int, tier: int = 3, **also: Any) -> Service:
    payments, theo = Team.objects.get(slug="payments"), User.objects.get(email="theo@example.com")
    made = service(slug, payments, tier=tier, go_live_on=day(days), tech_lead=theo)
    values = {"hard_open": gates, "computed_decision": "no_go" if gates else "go"} | also
    Assessment.objects.create(service=made, version=version, **values)
    return made


def planned(made: Service, by: User, days: int) -> Review:
    return Review.objects.create(
        service=made, assessment=made.assessment, lead=by, scheduled_by=by, starts_at=NOW + timedelta(days=days)
    )


def weights() -> dict[str, int]:
    rows = Service.objects.exclude(slug="checkout").exclude(go_live_on=None).annotate(weight=worry(TODAY))
    return dict(rows.values_list("slug", "weight"))


@pytest.mark.parametrize(
    ("gates", "days", "tier", "product"),
    [
        (0, 1, 1, (0,)),
        (1, 1, 3, (1, 8, 2)),
        (3, 1, 3, (3, 8, 2)),
        (30, 1, 3, (10, 8, 2)),
        (3, 7, 3, (3, 8, 2)),
        (3, 8, 3, (3, 5, 2)),
        (3, 14, 3, (3, 5, 2)),
        (3, 30, 3, (3, 3, 2)),
        (3, 31, 3, (3, 2, 2)),
        (3, -14, 3, (3, 8, 2)),
        (3, -15, 3, (3, 2, 2)),
        (3, 1, 1, (3, 8, 8)),
        (3, 1, 2, (3, 8, 4)),
        (3, 1, 4, (3, 8, 1)),
    ],
)
@pytest.mark.usefixtures("cast")
def test_gates_times_nearness_times_tier(
    version: Version, gates: int, days: int, tier: int, product: tuple[int, ...]
) -> None:
    launch(version, "one", gates=gates, days=days, tier=tier)
    assert weights() == {"one": prod(product) * UNREVIEWED}


def test_a_review_before_the_day_or_a_decision_halves_it(cast: Cast, version: Version) -> None:
    launch(version, "unreviewed", gates=1, days=7)
    planned(launch(version, "planned", gates=1, days=7), cast.theo, 7)
    planned(launch(version, "too-late", gates=1, days=7), cast.theo, 8)
    launch(version, "decided", gates=1, days=7, last_decision="conditional")
    cancelled = planned(launch(version, "cancelled", gates=1, days=7), cast.theo, 2)
    Review.objects.filter(pk=cancelled.pk).update(status="cancelled")
    assert weights() == {"unreviewed": 32, "planned": 16, "too-late": 32, "decided": 16, "cancelled": 32}


def test_what_nobody_measured_weighs_as_ten_gates_and_a_gap_without_a_plan_as_one(cast: Cast, version: Version) -> None:
    service("unmeasured", cast.payments, tier=4, go_live_on=day(1))
    launch(version, "unplanned", gates=0, days=1, tier=4, computed_decision="no_go")
    assert weights() == {"unmeasured": 10 * 8 * 1 * 2, "unplanned": 1 * 8 * 1 * 2}


@pytest.mark.parametrize(
    ("owners", "named", "found"),
    [
        ([OLGA, OLGA, THEO], [LEADS], Contact(OLGA, "owns 2 of the 3 open hard gates")),
        ([OLGA], [LEADS], Contact(OLGA, "owns the open hard gate")),
        ([OLGA, OLGA], [LEADS], Contact(OLGA, "owns all 2 open hard gates")),
        ([PIA, THEO, OLGA], [LEADS], Contact(THEO, "owns 1 of the 3 open hard gates")),
        ([PIA, OLGA], [LEADS], Contact(OLGA, "owns 1 of the 2 open hard gates")),
        ([OLGA, None, None], [LEADS], Contact(THEO, "leads it; 2 of the 3 open hard gates have no owner")),
        ([OLGA, OLGA, None], [LEADS], Contact(OLGA, "owns 2 of the 3 open hard gates")),
        ([None, None], [LEADS], Contact(THEO, "leads it; nobody owns the open hard gates yet")),
        ([None], [("is on call for it", PIA)], Contact(PIA, "is on call for it; nobody owns the open hard gate yet")),
        ([], [LEADS], Contact(THEO, "leads it")),
        ([OLGA, None, None], [], Contact(OLGA, "owns 1 of the 3 open hard gates")),
        ([None], [], None),
    ],
)
def test_whom_to_talk_to_is_who_holds_most_of_what_is_open(
    owners: list[Person | None], named: list[tuple[str, Person]], found: Contact | None
) -> None:
    assert contact(owners, named) == found


def first(user: User) -> Launch:
    return worries(Service.objects.visible_to(user), TODAY, reviews_beside(user))[0]


def own(cast: Cast, key: str, owner: User, days: int = 3) -> None:
    gap, _ = Gap.objects.get_or_create(
        item=cast.item(key), defaults={"service": cast.checkout, "gate": "hard", "opened_at": NOW}
    )
    Gap.objects.filter(pk=gap.pk).update(owner=owner, due_on=day(days))


def test_the_worst_comes_first_with_its_owner_and_what_is_late(cast: Cast) -> None:
    small(cast)
    for key in ("probed", "either", "queued"):
        own(cast, key, cast.olga, days=-1)
    top = first(cast.mia)
    assert (top.slug, top.open_gates, top.late_gates, top.more) == ("checkout", 5, 3, 2)
    assert top.contact == Contact(Person("Olga Example", "olga@example.com"), "owns 3 of the 5 open hard gates")


def test_who_has_left_is_not_the_one_to_talk_to(cast: Cast) -> None:
    small(cast)
    for key in ("probed", "either", "queued"):
        own(cast, key, cast.olga)
    User.objects.filter(pk=cast.olga.pk).update(is_active=False)
    assert first(cast.mia).contact == Contact(
        Person("Theo Example", "theo@example.com"), "leads it; nobody owns the open hard gates yet"
    )
    User.objects.filter(pk__in=[cast.theo.pk, cast.pia.pk]).update(is_active=False)
    assert first(cast.mia).contact is None


def test_a_near_launch_without_a_blocker_stands_behind_a_far_one_with_one(cast: Cast, version: Version) -> None:
    Service.objects.filter(pk=cast.checkout.pk).update(go_live_on=None)
    launch(version, "green", gates=0, days=1, tier=1)
    launch(version, "red", gates=1, days=50, tier=4)
    found = worries(Service.objects.in_force(), TODAY, reviews_beside(cast.mia))
    assert [(one.slug, bool(one.worry)) for one in found] == [("red", True), ("green", False)]


def test_a_guest_of_one_review_hears_of_no_other(cast: Cast) -> None:
    assessment = small(cast)
    review = planned(cast.checkout, cast.theo, 2)
    assert review.assessment_id == assessment.pk
    cast.eve.grants.all().delete()
    give(cast.eve, Role.EXTERNAL, service=cast.checkout, review_id=review.pk + 1)
    assert first(cast.eve).review_at is None
    assert first(cast.mia).review_at == review.starts_at


@pytest.mark.usefixtures("monday")
def test_the_first_screen_says_it_in_a_sentence_and_names_the_person(client: Client, cast: Cast) -> None:
    small(cast)
    for key in ("probed", "either", "queued"):
        own(cast, key, cast.olga)
    html = login(client, cast.mia).get("/portfolio/").content.decode()
    start = html.index("worry-title")
    said = html[start : html.index("</section>", start)]
    assert "Checkout</a> goes live" in said
    assert "with 5 hard gates open." in said
    assert "Talk to <strong>Olga Example</strong>, who owns 3 of the 5 open hard gates." in said
    assert "no review planned" in said
    assert 'href="mailto:olga@example.com?subject=Checkout"' in said


@pytest.mark.parametrize(
    ("days", "words"),
    [(3, "review in 3 days"), (17, "review in 2 weeks"), (18, "review only"), (0, "review begun and not decided yet")],
)
@pytest.mark.usefixtures("monday")
def test_it_says_whether_a_review_comes_in_time(client: Client, cast: Cast, days: int, words: str) -> None:
    small(cast)
    planned(cast.checkout, cast.theo, days)
    html = strip_tags(login(client, cast.mia).get("/portfolio/").content.decode())
    assert words in " ".join(html.split())
    assert "no review planned" not in html


@pytest.mark.usefixtures("monday")
def test_without_a_blocked_launch_there_is_nothing_to_worry_about(client: Client, cast: Cast, version: Version) -> None:
    Service.objects.filter(pk=cast.checkout.pk).update(go_live_on=None)
    launch(version, "green", gates=0, days=3)
    html = login(client, cast.mia).get("/portfolio/").content.decode()
    assert "No launch to worry about" in html
    assert "worry-title" not in html


@pytest.mark.usefixtures("monday")
def test_the_whole_list_has_the_same_order(client: Client, cast: Cast, version: Version) -> None:
    Service.objects.filter(pk=cast.checkout.pk).update(go_live_on=None)
    for at, gates in enumerate((2, 9, 0, 4)):
        launch(version, f"one-{at}", gates=gates, days=10 + at)
    response = login(client, cast.mia).get("/portfolio/?go_live=60&sort=-worry")
    assert [row.url for row in response.context["page"]] == [f"/services/one-{at}/" for at in (1, 3, 0, 2)]


@pytest.mark.usefixtures("monday")
def test_the_neediest_team_comes_first_and_its_numbers_lead_to_rows(
    client: Client, cast: Cast, version: Version
) -> None:
    launch(version, "red", gates=3, days=9)
    Service.objects.filter(pk=cast.index.pk).update(launched_on=day(-40))
    Assessment.objects.create(service=cast.index, version=version, gate_fell_on=day(-3), gate_fell="Probed")
    response = login(client, cast.ada).get("/portfolio/")
    teams = response.context["seen"].teams
    assert [(team.slug, team.blocked, team.drifted) for team in teams] == [("payments", 1, 0), ("search", 0, 1)]
    for query, number in (("team=payments&go_live=60&decision=no_go", 1), ("team=search&go_live=drifted", 1)):
        assert client.get(f"/portfolio/?{query}").context["page"].paginator.count == number
    assert response.context["figures"].drifted == 1
