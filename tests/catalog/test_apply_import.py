"""What an import does to the catalog: created, updated, unchanged, skipped; and what it leaves alone."""

from datetime import datetime
from pathlib import Path

import pytest

from readiness.accounts.models import Grant, Team, User
from readiness.accounts.policy import NotAllowed
from readiness.accounts.rules import Role
from readiness.catalog.actions import edit_service
from readiness.catalog.importers import Keep, Kind, Report, apply, read_backstage, read_spreadsheet
from readiness.catalog.models import Service
from readiness.history.actions import Actor
from readiness.history.models import Entry
from tests.cast import Cast, give

SAMPLES = Path(__file__).parent / "samples"
COMMAND = Actor.machine("import_backstage")

GROUPS = """
kind: Group
metadata: {name: payments, title: Payments}
spec: {type: team}
---
kind: Group
metadata: {name: lending, title: Lending, description: Lends}
spec: {type: team}
"""
LEDGER = """
kind: Component
metadata: {name: ledger, title: Ledger, description: Books, tags: [http-api]}
spec: {type: service, lifecycle: production, owner: payments, dependsOn: [component:checkout, resource:books]}
"""


def bring(*texts: str, by: User | Actor = COMMAND, keep: Keep = Keep.WHAT_IS_RIGHT, now: datetime) -> Report:
    sources = [(f"{number}.yaml", text) for number, text in enumerate(texts, start=1)]
    return apply(read_backstage(sources), by=by, now=now, keep=keep)


def names(lines: list) -> list[str]:  # type: ignore[type-arg]
    return [line.name for line in lines]


@pytest.mark.django_db
def test_the_sample_catalog_is_in_with_its_doubts_named(now: datetime) -> None:
    sources = [(name, (SAMPLES / name).read_text()) for name in ("groups.yaml", "components.yaml")]
    report = apply(read_backstage(sources), by=COMMAND, now=now)
    assert report.count("created", Kind.TEAM) == Team.objects.count() == 12
    services = [line.name for line in report.created if line.kind is Kind.SERVICE]
    assert len(services) == len(set(services)) == Service.objects.count()
    components = {*services, *(line.name for line in report.skipped)}
    assert len(components) == 68, "every component once, whether it is in or left out"
    reasons = {line.place.line: line.reason for line in report.skipped}
    assert "given twice; the entry on line 34 counts" in reasons[59]
    assert "left-over from a template" in reasons[378]
    assert sum("given twice" in reason for reason in reasons.values()) == 7
    assert sum("neither a group in these files nor a team here" in reason for reason in reasons.values()) == 10
    assert len(report.skipped) == 18
    agent = Service.objects.get(slug="agent")
    assert (agent.team.slug, agent.lifecycle, agent.traits) == ("team-bumblebee", "production", ["containerised"])
    assert agent.repository == "https://github.com/giantswarm/agent"

    again = apply(read_backstage(sources), by=COMMAND, now=now)
    assert not again.changes_something
    assert len(again.unchanged) == len(report.created)
    assert len(again.skipped) == len(report.skipped)


def test_a_component_becomes_a_service_of_an_existing_team(cast: Cast, now: datetime) -> None:
    report = bring(GROUPS, LEDGER, now=now)
    assert names(report.created) == ["Lending", "ledger"]
    assert names(report.unchanged) == ["Payments"], "found by its short name"
    ledger = Service.objects.get(slug="ledger")
    assert (ledger.team, ledger.source, ledger.external_ref) == (cast.payments, "backstage", "component:default/ledger")
    assert ledger.traits == ["http-api"], "checkout is not in these files, so that it runs is not sure"
    needed = {row.name: row.needed for row in ledger.dependencies.all()}
    assert needed == {"Checkout": cast.checkout, "books": None}
    entry = Entry.objects.about("service", ledger.pk).get()
    assert (entry.verb, entry.actor_name) == ("service.created", "import_backstage")


def test_what_people_changed_stays_until_the_source_says_something_new(cast: Cast, now: datetime) -> None:
    bring(GROUPS, LEDGER, now=now)
    ledger = Service.objects.get(slug="ledger")
    changes = {"description": "The books of the house", "traits": ["has-database", "http-api"], "tier": 1}
    edit_service(by=cast.mia, now=now, service=ledger, version=1, changes=changes, dependencies=["checkout", "vault"])
    assert not bring(GROUPS, LEDGER, now=now).changes_something

    spoken = LEDGER.replace("Books", "All books").replace("[http-api]", "[http-api, worker]")
    report = bring(GROUPS, spoken.replace(", resource:books", ""), now=now)
    assert [(line.name, line.what) for line in report.updated] == [("ledger", "traits, description")]
    ledger.refresh_from_db()
    assert ledger.description == "All books"
    assert ledger.traits == ["has-database", "http-api", "worker"]
    assert ledger.tier == 1
    assert sorted(row.label for row in ledger.dependencies.all()) == ["checkout", "vault"]


def test_a_service_registered_by_hand_is_linked_and_keeps_its_words(cast: Cast, now: datetime) -> None:
    text = LEDGER.replace("ledger", "checkout").replace("component:checkout, ", "")
    report = bring(GROUPS, text.replace("tags", "annotations: {github.com/project-slug: a/b}, tags"), now=now)
    assert [line.name for line in report.updated] == ["checkout"]
    cast.checkout.refresh_from_db()
    assert cast.checkout.external_ref == "component:default/checkout"
    assert cast.checkout.description == "Takes the customer's money."
    assert cast.checkout.repository == "https://github.com/a/b", "what was empty is filled"


def test_a_new_title_of_a_group_reaches_its_team(cast: Cast, now: datetime) -> None:
    bring(GROUPS, now=now)
    report = bring(GROUPS.replace("title: Lending", "title: Loans"), now=now)
    assert names(report.updated) == ["Loans"]
    assert Team.objects.get(slug="lending").name == "Loans"


def test_a_tech_lead_imports_into_own_and_new_teams_only(cast: Cast, now: datetime) -> None:
    texts = (GROUPS, LEDGER, LEDGER.replace("ledger", "loans").replace("owner: payments", "owner: lending"))
    report = bring(*texts, by=cast.sam, now=now)
    assert names(report.created) == ["Lending", "loans"]
    [skipped] = report.skipped
    assert (skipped.name, "your role does not let you register services for it" in skipped.reason) == ("ledger", True)
    assert Grant.objects.filter(user=cast.sam, role=Role.TECH_LEAD, team__slug="lending").exists()


def test_an_existing_service_out_of_reach_is_skipped(cast: Cast, now: datetime) -> None:
    give(cast.sam, Role.TECH_LEAD, team=cast.payments)
    Grant.objects.filter(user=cast.sam, team=cast.payments).delete()
    cast.sam.__dict__.pop("_live_grants", None)
    text = LEDGER.replace("ledger", "checkout").replace("component:checkout, ", "")
    report = bring(GROUPS, text, by=cast.sam, now=now)
    assert "does not let you change it" in report.skipped[0].reason
    cast.checkout.refresh_from_db()
    assert cast.checkout.external_ref is None


@pytest.mark.parametrize("person", ["vera", "eve", "olga"])
def test_who_may_register_nowhere_imports_nothing(cast: Cast, now: datetime, person: str) -> None:
    with pytest.raises(NotAllowed):
        bring(GROUPS, LEDGER, by=getattr(cast, person), now=now)
    assert not Team.objects.filter(slug="lending").exists()


def test_a_preview_stores_nothing(cast: Cast, now: datetime) -> None:
    before = Entry.objects.count()
    report = bring(GROUPS, LEDGER, by=cast.sam, keep=Keep.NOTHING, now=now)
    assert names(report.created) == ["Lending"]
    assert not report.is_kept
    assert not Team.objects.filter(slug="lending").exists()
    assert Entry.objects.count() == before
    assert all(grant.pk for grant in cast.sam.live_grants())


PEOPLE = """
kind: User
metadata: {name: nora}
spec: {profile: {displayName: Nora North, email: Nora@Example.com}, memberOf: [payments]}
"""


def test_users_become_people_who_see_their_teams(cast: Cast, now: datetime) -> None:
    report = bring(GROUPS, PEOPLE, by=cast.ada, now=now)
    assert "Nora North" in names(report.created)
    nora = User.objects.get(email="nora@example.com")
    assert not nora.has_usable_password()
    assert [(grant.role, grant.team) for grant in nora.live_grants()] == [(Role.VIEWER, cast.payments)]
    assert not bring(GROUPS, PEOPLE, by=cast.ada, now=now).changes_something


def test_people_are_skipped_for_who_may_not_manage_them(cast: Cast, now: datetime) -> None:
    report = bring(GROUPS, PEOPLE, by=cast.sam, now=now)
    assert "does not let you manage people" in report.skipped[0].reason
    assert not User.objects.filter(email="nora@example.com").exists()


SHEET = """slug;name;team;tier;traits;tech_lead;go_live_on;base_url;runbook_urls
checkout;;;2;;MIA@example.com;2026-05-01;https://c.example.com;https://r.example.com/1|https://r.example.com/2
ledger;Ledger;Payments;1;http-api | has-database;;;;
"""


def sheet(text: str, *, by: User | Actor = COMMAND, keep: Keep = Keep.ALL_OR_NOTHING, now: datetime) -> Report:
    return apply(read_spreadsheet([("services.csv", text)]), by=by, now=now, keep=keep)


def test_rows_create_and_change_services(cast: Cast, now: datetime) -> None:
    report = sheet(SHEET, by=cast.mia, now=now)
    assert (names(report.updated), names(report.created), report.is_kept) == (["checkout"], ["ledger"], True)
    cast.checkout.refresh_from_db()
    assert (cast.checkout.tier, cast.checkout.tech_lead, cast.checkout.name) == (2, cast.mia, "Checkout")
    assert cast.checkout.addresses("runbook_urls") == ["https://r.example.com/1", "https://r.example.com/2"]
    assert cast.checkout.endpoint("base_url") == "https://c.example.com"
    assert Service.objects.get(slug="ledger").traits == ["has-database", "http-api"]
    assert not sheet(SHEET, by=cast.mia, now=now).changes_something


def test_an_empty_cell_leaves_what_stands_there(cast: Cast, now: datetime) -> None:
    sheet(SHEET, now=now)
    report = sheet("slug,base_url,live_url,tier\ncheckout,,https://c.example.com/live,\n", now=now)
    assert [line.what for line in report.updated] == ["endpoints"]
    cast.checkout.refresh_from_db()
    assert cast.checkout.endpoint("base_url") == "https://c.example.com"
    assert cast.checkout.tier == 2


def test_one_wrong_row_keeps_all_out_unless_told_otherwise(cast: Cast, now: datetime) -> None:
    wrong = (
        SHEET + "loans;Loans;nowhere;9;;;;;\nvault;Vault;nowhere;1;;;;;\nsafe;Safe;payments;1;;ghost@example.com;;;\n"
    )
    report = sheet(wrong, now=now)
    assert not report.is_kept
    places = [(line.place.line, line.place.column) for line in report.skipped]
    assert places == [(4, "tier"), (5, "team"), (6, "tech_lead")]
    assert "ghost@example.com" in report.skipped[2].reason
    assert not Service.objects.filter(slug="ledger").exists()
    report = sheet(wrong, keep=Keep.WHAT_IS_RIGHT, now=now)
    assert report.is_kept
    assert Service.objects.filter(slug="ledger").exists()
