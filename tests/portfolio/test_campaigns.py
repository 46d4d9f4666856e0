"""Campaigns: who may run one, what is counted, and the course of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, Refused
from readiness.assessments.actions.holding import WrongFields
from readiness.assessments.models import Gap, Item
from readiness.catalog.models import Lifecycle, Service
from readiness.history.models import Entry
from readiness.portfolio.campaigns import actions, days, picking
from readiness.portfolio.campaigns.progress import Figures, figures, progress
from readiness.portfolio.campaigns.scope import Scope, campaigns_of, may_run, visible_to
from readiness.portfolio.models import Campaign, CampaignDay
from readiness.portfolio.tasks import count_campaigns
from tests.cast import NOW, TODAY, Cast, day
from tests.portfolio.campaigning import fleet, organisation_manager, said, started

PAYMENTS = "payments"


def mine(cast: Cast) -> Scope:
    return Scope(teams=(cast.payments.pk,))


def counted(campaign: Campaign) -> Figures:
    return figures(Scope.of(campaign.scope).services(), campaign, TODAY)


# What is counted


def test_each_service_is_counted_by_how_it_stands(cast: Cast) -> None:
    fleet(cast)
    whole = counted(started(cast))
    assert whole == Figures(gap=2, unknown=1, waived=1, met=1, absent=1)
    assert (whole.counted, whole.missing, whole.percent) == (5, 3, 20)


def test_an_item_that_does_not_apply_is_not_counted(cast: Cast) -> None:
    fleet(cast)
    assert counted(started(cast, item="queued")) == Figures(unknown=1, left_out=4, absent=1)


def test_a_waiver_that_has_ended_counts_no_more(cast: Cast) -> None:
    made = fleet(cast)
    Item.objects.filter(assessment__service=made["waived"], key="probed").update(waived_until=TODAY)
    assert counted(started(cast)) == Figures(gap=3, unknown=1, met=1, absent=1)


def test_one_criterion_is_counted_on_its_own(cast: Cast) -> None:
    fleet(cast)
    for name, status in (("checkout", "met"), ("index", "not_met"), ("met", "stale")):
        item = Item.objects.get(assessment__service__slug=name, key="mixed")
        item.criteria = [{"key": "drill", "status": "not_met"}, {"key": "rules", "status": status}]
        item.save()
    Item.objects.filter(assessment__service__slug="waived", key="mixed").update(
        criteria=[{"key": "drill", "status": "met"}]
    )
    campaign = started(cast, item="mixed", criterion="rules")
    assert counted(campaign) == Figures(gap=1, met=1, unknown=2, left_out=1, absent=1)


def test_the_scope_narrows_by_team_tier_and_trait_and_retired_services_are_out(cast: Cast) -> None:
    made = fleet(cast)
    scope = Scope(teams=(cast.payments.pk,), tiers=(2,), traits=("worker", "ml"))
    assert {one.slug for one in scope.services()} == {"met", "unknown", "waived", "absent"}
    assert all(scope.covers(one) for one in scope.services())
    assert not scope.covers(cast.checkout)
    Service.objects.filter(pk=made["met"].pk).update(lifecycle=Lifecycle.RETIRED)
    assert "met" not in {one.slug for one in scope.services()}


def test_teams_and_owners_with_the_most_missing_come_first(cast: Cast) -> None:
    made = fleet(cast)
    Gap.objects.filter(service=made["gap"]).update(owner=cast.olga)
    campaign = started(cast)
    found = progress(Scope().services(), campaign, TODAY)
    assert [(team.slug, team.figures.missing) for team in found.teams] == [("payments", 2), ("search", 1)]
    assert dict(found.owners) == {cast.olga.pk: 1, cast.sam.pk: 1, None: 1}


def test_what_can_be_picked_names_each_item_once_and_its_criteria(cast: Cast) -> None:
    fleet(cast)
    values = [one.value for one in picking.pickable()]
    assert len(values) == len(set(values))
    assert {"probed", "mixed", "mixed/rules", "mixed/drill"} <= set(values)
    assert "probed/answers" not in values  # an item of one criterion is that criterion


# Who may


def test_a_manager_runs_one_in_the_own_team_and_the_history_says_so(cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast, by=cast.mia, scope=mine(cast))
    entry = Entry.objects.get(verb="campaign.started")
    assert entry.after["scope"] == ["Payments"]
    assert (entry.actor_id, entry.team_id, entry.object_id) == (cast.mia.pk, cast.payments.pk, str(campaign.pk))
    assert CampaignDay.objects.get() == CampaignDay.objects.get(campaign=campaign, day=TODAY, services=4, met=1)


@pytest.mark.parametrize("name", ["theo", "olga", "rob", "vera", "sam", "eve"])
def test_nobody_else_does(cast: Cast, name: str) -> None:
    fleet(cast)
    campaign = started(cast, scope=mine(cast))
    before, entries = Campaign.objects.values().get(), Entry.objects.count()
    by = getattr(cast, name)
    acts: tuple[Callable[[], object], ...] = (
        lambda: started(cast, by=by, scope=mine(cast)),
        lambda: actions.edit_campaign(by=by, campaign=campaign, version=1, said=said(cast), now=NOW),
        lambda: actions.end_campaign(by=by, campaign=campaign, version=1, note="", now=NOW),
        lambda: actions.resume_campaign(by=by, campaign=campaign, version=1, now=NOW),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert (Campaign.objects.values().get(), Entry.objects.count()) == (before, entries)


def test_one_team_s_manager_runs_none_for_everybody_nor_widens_one(cast: Cast) -> None:
    fleet(cast)
    for scope in (Scope(), Scope(teams=(cast.payments.pk, cast.search.pk))):
        with pytest.raises(NotAllowed):
            started(cast, by=cast.mia, scope=scope)
    campaign = started(cast, by=cast.mia, scope=mine(cast))
    with pytest.raises(NotAllowed):
        actions.edit_campaign(by=cast.mia, campaign=campaign, version=1, said=said(cast), now=NOW)
    assert Campaign.objects.get().scope == {"teams": [cast.payments.pk]}


def test_a_manager_of_the_organisation_may(cast: Cast) -> None:
    fleet(cast)
    assert may_run(organisation_manager(cast), Scope())
    assert started(cast, by=cast.mia).started_by == cast.mia


def test_a_campaign_is_known_to_its_teams_and_to_no_stranger(cast: Cast) -> None:
    fleet(cast)
    ours, everybodys = started(cast, scope=mine(cast)), started(cast)
    nora = User.objects.create_user("nora@example.com", "x", name="Nora")
    for person, seen in (
        (cast.ada, {ours, everybodys}), (cast.theo, {ours, everybodys}), (cast.vera, {ours, everybodys}),
        (cast.sam, {everybodys}), (nora, set()),
    ):  # fmt: skip
        assert set(visible_to(person)) == seen, person
    Campaign.objects.filter(pk=ours.pk).update(owner=nora)
    assert set(visible_to(nora)) == {ours}


# Wrong words, wrong state, lost race


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"due_on": day(-1)}, "due_on"),
        ({"scope": Scope(tiers=(4,))}, "teams"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(cast: Cast, values: dict[str, Any], field: str) -> None:
    fleet(cast)
    with pytest.raises(WrongFields) as refusal:
        started(cast, **values)
    assert set(refusal.value.problems) == {field}
    assert not Campaign.objects.exists()


def test_an_item_that_nobody_asks_for_and_a_person_who_left_are_refused(cast: Cast) -> None:
    fleet(cast)
    cast.mia.is_active = False
    with pytest.raises(WrongFields) as refusal:
        started(cast, item="nothing")
    assert set(refusal.value.problems) == {"what", "owner"}


def test_edited_ended_and_resumed(cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    edited = actions.edit_campaign(by=cast.ada, campaign=campaign, version=1, said=said(cast, due_on=day(40)), now=NOW)
    assert (edited.due_on, edited.version) == (day(40), 2)
    assert Entry.objects.get(verb="campaign.edited").after == {"due_on": day(40).isoformat()}
    ended = actions.end_campaign(by=cast.ada, campaign=edited, version=2, note=" Done. ", now=NOW)
    assert (ended.has_ended, ended.end_note, ended.ended_by) == (True, "Done.", cast.ada)
    acts: tuple[Callable[[], object], ...] = (
        lambda: actions.edit_campaign(by=cast.ada, campaign=campaign, version=3, said=said(cast), now=NOW),
        lambda: actions.end_campaign(by=cast.ada, campaign=campaign, version=3, note="", now=NOW),
    )
    for act in acts:
        with pytest.raises(Refused, match="has ended"):
            act()
    resumed = actions.resume_campaign(by=cast.ada, campaign=ended, version=3, now=NOW)
    assert (resumed.has_ended, resumed.version) == (False, 4)
    with pytest.raises(Refused, match="is running"):
        actions.resume_campaign(by=cast.ada, campaign=resumed, version=4, now=NOW)


def test_a_date_that_has_passed_may_stay_while_something_else_is_edited(cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    later = NOW + timedelta(days=60)
    changed = actions.edit_campaign(by=cast.ada, campaign=campaign, version=1, said=said(cast, why="Still."), now=later)
    assert changed.why == "Still."


def test_of_two_at_once_the_second_is_told(cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    actions.edit_campaign(by=cast.ada, campaign=campaign, version=1, said=said(cast, name="First"), now=NOW)
    before, entries = Campaign.objects.values().get(), Entry.objects.count()
    acts: tuple[Callable[[], object], ...] = (
        lambda: actions.edit_campaign(
            by=cast.ada, campaign=campaign, version=1, said=said(cast, name="Second"), now=NOW
        ),
        lambda: actions.end_campaign(by=cast.ada, campaign=campaign, version=1, note="", now=NOW),
    )
    for act in acts:
        with pytest.raises(Conflict) as conflict:
            act()
        assert isinstance(conflict.value.current, Campaign)
        assert conflict.value.current.name == "First"
    assert (Campaign.objects.values().get(), Entry.objects.count()) == (before, entries)


# The course


def test_a_day_is_counted_once_and_the_last_count_stands(cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    Item.objects.filter(assessment__service__slug="unknown", key="probed").update(status="met")
    assert days.record_days(NOW) == days.record_days(NOW) == 1
    days.record_days(NOW + timedelta(days=1))
    assert list(campaign.days.order_by("day").values_list("day", "met", "services")) == [(TODAY, 2, 5), (day(1), 2, 5)]


def test_the_task_counts_what_runs_and_leaves_what_has_ended(cast: Cast) -> None:
    fleet(cast)
    ended = started(cast)
    actions.end_campaign(by=cast.ada, campaign=ended, version=1, note="", now=NOW)
    running = started(cast)
    assert count_campaigns() == 1  # on the day of the real clock
    assert (running.days.count(), ended.days.count()) == (2, 1)


def _days(*met: int, of: int = 20) -> list[CampaignDay]:
    return [CampaignDay(day=day(at), met=number, services=of) for at, number in enumerate(met)]


@pytest.mark.parametrize(
    ("met", "done"),
    [((2,), None), ((2, 2, 2), None), ((4, 2), None), ((2, 4), day(9)), ((0, 20), None), ((1, 1, 2), day(2 + 36))],
)
def test_the_forecast_goes_on_at_the_pace_of_the_last_two_weeks(met: tuple[int, ...], done: Any) -> None:
    assert days.forecast(_days(*met)) == done


def test_what_was_before_the_last_two_weeks_is_forgotten() -> None:
    assert days.forecast(_days(*([0] * 10), *range(1, 16), of=25)) == day(24 + 10)


# Mentions, and how much it costs


def test_a_service_knows_the_campaigns_that_ask_it(cast: Cast) -> None:
    fleet(cast)
    ours = started(cast, scope=mine(cast))
    ended = started(cast)
    actions.end_campaign(by=cast.ada, campaign=ended, version=1, note="", now=NOW)
    assert campaigns_of(cast.checkout, ["probed"]) == [ours]
    assert campaigns_of(cast.checkout, ["drilled"]) == []
    assert campaigns_of(cast.index, ["probed"]) == []


def test_progress_is_one_statement_that_reads_no_more_with_more_services(cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    with CaptureQueriesContext(connection) as queries:
        progress(Scope().services(), campaign, TODAY)
    assert len(queries) == 1
