"""People and teams: lists, a person, and the forms on them."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import Grant, Team, User
from readiness.accounts.rules import Role
from readiness.history.models import Entry
from readiness.mail.models import Mail
from tests.cast import NOW, Cast, give, login, person, service


def names(client: Client, query: str = "") -> set[str]:
    page = client.get(f"/settings/people/{query}")
    assert page.status_code == 200
    return {shown.name.split()[0] for shown in page.context["page"]}


def test_an_administrator_sees_everybody_a_manager_their_teams(cast: Cast) -> None:
    everybody = {user.name.split()[0] for user in cast.people}
    assert names(login(Client(), cast.ada)) == everybody
    assert names(login(Client(), cast.mia)) == {"Mia", "Theo", "Olga", "Pia", "Rob", "Vera", "Eve"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=the", {"Theo"}),
        ("?q=VERA@", {"Vera"}),
        ("?q=%00", {"Ada", "Mia", "Theo", "Olga", "Pia", "Rob", "Vera", "Sam", "Eve"}),
        ("?role=tech-lead", {"Theo", "Rob", "Sam"}),
        ("?role=on-call", {"Olga", "Pia"}),
        ("?role=admin", {"Ada"}),
        ("?role=nonsense&q=ada", {"Ada"}),
        ("?state=inactive", set()),
        ("?q=nobody", set()),
    ],
)
def test_the_list_is_narrowed(cast: Cast, client: Client, query: str, found: set[str]) -> None:
    assert names(login(client, cast.ada), query) == found


def test_who_left_shows_only_when_asked_for(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.vera.pk).update(is_active=False)
    login(client, cast.ada)
    assert "Vera" not in names(client)
    assert names(client, "?state=inactive") == {"Vera"}
    assert "Vera" in names(client, "?state=all")


def test_who_was_invited_and_has_not_come_in_is_said_so(cast: Cast, client: Client) -> None:
    User.objects.create_user("nora@example.com", None, name="Nora", joined_at=NOW)
    assert names(login(client, cast.ada), "?state=invited") == {"Nora"}
    assert client.get("/settings/people/").content.decode().count("Invited</span>") == 1


def test_a_manager_learns_no_role_of_another_team(cast: Cast, client: Client) -> None:
    give(cast.vera, Role.MANAGER, team=cast.search)
    login(client, cast.mia)
    for address in ("/settings/people/", f"/settings/people/{cast.vera.pk}/"):
        text = client.get(address).content.decode()
        assert "Payments" in text
        assert "Search" not in text
    assert names(client, "?role=manager") == {"Mia"}


def test_fifty_people_cost_as_many_queries_as_five(cast: Cast, client: Client) -> None:
    for user in (cast.ada, cast.mia):
        login(client, user)
        client.get("/settings/people/")
        few = cost(lambda: client.get("/settings/people/"))
        for number in range(60):
            give(person(f"P{user.pk}x{number}"), Role.VIEWER, team=cast.payments)
        many = cost(lambda: client.get("/settings/people/"))
        assert many == few <= 8
        assert len(client.get("/settings/people/").context["page"]) == 50


def cost(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def test_htmx_gets_the_list_alone(cast: Cast, client: Client) -> None:
    text = login(client, cast.ada).get("/settings/people/?q=theo", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "Theo Example" in text


def test_an_invitation_by_the_form(cast: Cast, client: Client) -> None:
    login(client, cast.mia)
    form = client.get(f"/settings/people/invite/?team={cast.payments.pk}").context["form"]
    assert [str(team) for team in form.fields["team"].queryset] == ["Payments"]
    assert ("admin", "Administrator") not in form.fields["role"].choices
    sent = {"name": "Nora", "email": "nora@example.com", "role": "viewer", "team": cast.payments.pk}
    page = client.post("/settings/people/invite/", sent, follow=True)
    assert "on its way to nora@example.com" in page.content.decode()
    assert Mail.objects.get().to == "nora@example.com"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"team": "search"}, 422),
        ({"role": "admin"}, 422),
        ({"role": "external"}, 422),
        ({"role": ""}, 422),
        ({"email": "x"}, 422),
    ],
)
def test_what_a_manager_may_not_give_is_no_choice(
    cast: Cast, client: Client, change: dict[str, object], status: int
) -> None:
    if change.get("team"):
        change = {"team": cast.search.pk}
    sent = {"name": "Nora", "email": "nora@example.com", "role": "viewer", "team": cast.payments.pk} | change
    assert login(client, cast.mia).post("/settings/people/invite/", sent).status_code == status
    assert not User.objects.filter(name="Nora").exists()


def test_what_a_rule_refuses_is_said_on_the_form(cast: Cast, client: Client) -> None:
    sent = {"name": "Nora", "email": "nora@example.com", "role": "tech-lead", "team": ""}
    response = login(client, cast.ada).post("/settings/people/invite/", sent)
    assert response.status_code == 422
    assert "is given for a team or a service" in response.content.decode()


def test_a_person_shows_their_roles_and_services(cast: Cast, client: Client) -> None:
    text = login(client, cast.mia).get(f"/settings/people/{cast.theo.pk}/").content.decode()
    assert "Checkout" in text
    assert "Tech lead" in text
    text = client.get(f"/settings/people/{cast.eve.pk}/").content.decode()
    assert "Outside reviewer" in text
    assert "Checkout · since" in text


def test_services_of_other_teams_stay_unsaid(cast: Cast, client: Client) -> None:
    service("secret", cast.search, tech_lead=cast.theo)
    text = login(client, cast.mia).get(f"/settings/people/{cast.theo.pk}/").content.decode()
    assert "Secret" not in text
    assert "Secret" in login(client, cast.ada).get(f"/settings/people/{cast.theo.pk}/").content.decode()


def test_giving_and_withdrawing_a_role_by_the_page(cast: Cast, client: Client) -> None:
    login(client, cast.mia)
    address = f"/settings/people/{cast.theo.pk}/"
    page = client.post(f"{address}roles/", {"role": "on-call", "team": cast.payments.pk}, follow=True)
    assert "Theo Example is on-call of Payments now." in page.content.decode()
    grant = Grant.objects.get(user=cast.theo)
    page = client.post(f"{address}roles/{grant.pk}/withdraw/", follow=True)
    assert "no longer on-call of Payments" in page.content.decode()
    assert not Grant.objects.filter(user=cast.theo).exists()


def test_a_grant_of_somebody_else_or_of_another_team_is_not_there(cast: Cast, client: Client) -> None:
    elsewhere = give(cast.vera, Role.MANAGER, team=cast.search)
    of_rob = Grant.objects.get(user=cast.rob)
    login(client, cast.mia)
    for grant in (elsewhere, of_rob):
        assert client.post(f"/settings/people/{cast.vera.pk}/roles/{grant.pk}/withdraw/").status_code == 404
    assert Grant.objects.filter(pk__in=[elsewhere.pk, of_rob.pk]).count() == 2
    assert not Entry.objects.exists()


def test_the_last_administrator_is_told_so(cast: Cast, client: Client) -> None:
    grant = Grant.objects.get(user=cast.ada)
    response = login(client, cast.ada).post(f"/settings/people/{cast.ada.pk}/roles/{grant.pk}/withdraw/")
    assert response.status_code == 422
    assert "last administrator" in response.content.decode()


def test_deactivating_by_the_page(cast: Cast, client: Client) -> None:
    login(client, cast.ada)
    address = f"/settings/people/{cast.vera.pk}/"
    assert client.post(f"{address}deactivate/", {"version": 7}).status_code == 409
    assert client.post(f"{address}deactivate/", {}).status_code == 422
    page = client.post(f"{address}deactivate/", {"version": 1, "reason": "left"}, follow=True)
    assert "is deactivated" in page.content.decode()
    page = client.post(f"{address}reactivate/", {"version": 2}, follow=True)
    assert "is active again" in page.content.decode()


def test_a_manager_is_offered_no_deactivating(cast: Cast, client: Client) -> None:
    login(client, cast.mia)
    address = f"/settings/people/{cast.vera.pk}/"
    assert "eactivate" not in client.get(address).content.decode()
    assert client.post(f"{address}deactivate/", {"version": 1}).status_code == 403


def test_an_invitation_is_sent_again_by_the_page(cast: Cast, client: Client) -> None:
    nora = User.objects.create_user("nora@example.com", None, name="Nora", joined_at=NOW)
    give(nora, Role.VIEWER, team=cast.payments)
    login(client, cast.mia)
    assert "Send the invitation again" in client.get(f"/settings/people/{nora.pk}/").content.decode()
    client.post(f"/settings/people/{nora.pk}/invite-again/")
    assert Mail.objects.get().recipient == nora


def test_teams_are_listed_as_far_as_one_sees_them(cast: Cast, client: Client) -> None:
    def listed(user: User) -> list[tuple[str, int, int]]:
        page = login(client, user).get("/settings/teams/").context["page"]
        return [(team.name, team.services_count, team.people_count) for team in page]

    assert listed(cast.ada) == [("Payments", 1, 3), ("Search", 1, 1)]
    assert listed(cast.theo) == listed(cast.eve) == listed(cast.vera) == [("Payments", 1, 3)]
    assert listed(person("Nora")) == []


def test_many_teams_cost_as_many_queries_as_few(cast: Cast, client: Client) -> None:
    login(client, cast.ada).get("/settings/teams/")
    few = cost(lambda: client.get("/settings/teams/"))
    Team.objects.bulk_create(Team(slug=f"t{number}", name=f"T{number}") for number in range(60))
    assert cost(lambda: client.get("/settings/teams/")) == few <= 8


def test_a_team_shows_its_people_to_its_own_and_a_guest_only_their_service(cast: Cast, client: Client) -> None:
    service("ledger", cast.payments)
    text = login(client, cast.vera).get("/settings/teams/payments/").content.decode()
    assert "Rob Example" in text
    assert "Ledger" in text
    assert "Name and purpose" not in text
    text = login(client, cast.theo).get("/settings/teams/payments/").content.decode()
    assert "Checkout" in text
    assert "Rob Example" not in text
    assert "Ledger" not in text
    assert login(client, cast.sam).get("/settings/teams/payments/").status_code == 404


def test_founding_and_renaming_a_team_by_the_page(cast: Cast, client: Client) -> None:
    login(client, cast.rob)
    page = client.post("/settings/new-team/", {"name": "Fraud", "description": ""}, follow=True)
    assert page.redirect_chain[-1][0] == "/settings/teams/fraud/"
    client.post("/settings/teams/fraud/", {"version": 1, "name": "Fraud & Risk", "description": "Says no."})
    assert Team.objects.get(slug="fraud").name == "Fraud & Risk"
    assert client.post("/settings/teams/fraud/", {"version": 1, "name": "X", "description": ""}).status_code == 409
    assert client.post("/settings/new-team/", {"name": "fraud"}).status_code == 422
    assert client.post("/settings/new-team/", {"name": "!!!"}).status_code == 422
    assert login(client, cast.vera).post("/settings/new-team/", {"name": "Mine"}).status_code == 403
    assert client.post("/settings/teams/payments/", {"version": 1, "name": "Mine"}).status_code == 403
