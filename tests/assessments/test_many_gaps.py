"""Many gaps at once: each through the action of one, what fails by name, and a reassignment taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from readiness.accounts.policy import Refused
from readiness.accounts.rules import Role
from readiness.assessments import actions
from readiness.assessments.actions import Chosen, Until
from readiness.assessments.models import Comment, Gap
from readiness.history.models import Entry
from tests.assessments.registered import TODAY, day, many_gaps
from tests.assessments.small import refused
from tests.cast import Cast, give, login


def ticked(gaps: dict[str, Gap], *keys: str) -> list[str]:
    return [f"{gaps[key].pk}:1" for key in keys]


def say(client: Client, **values: Any) -> Any:
    return client.post("/gaps/many/", {"back": "/gaps/?gate=hard&sort=due&page=1", **values}, follow=True)


def report_of(response: Any) -> dict[str, Any]:
    assert response.redirect_chain[0] == ("/gaps/?gate=hard&sort=due&page=1&report=1", 302)
    return response.context["report"]  # type: ignore[no-any-return]


def test_many_are_given_to_somebody_and_given_back(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    login(client, cast.mia)
    response = say(client, what="reassign", owner=cast.pia.pk, gap=ticked(gaps, "probed", "drilled", "written"))
    assert report_of(response)["changed"] == 3
    assert "3 gaps given to Pia Example." in response.text
    assert set(Gap.objects.open().values_list("owner__name", flat=True)) == {"Pia Example"}
    assert "Take it back" in response.text

    Gap.objects.filter(pk=gaps["written"].pk).update(version=9)
    back = client.post("/gaps/give-back/", {"back": "/gaps/?gate=hard&sort=due&page=1"}, follow=True)
    assert "2 gaps given back" in back.text
    assert [one["name"] for one in report_of(back)["refused"]] == ["Written of Checkout"]
    owners = {gap.pk: gap.owner for gap in Gap.objects.select_related("owner")}
    assert owners[gaps["probed"].pk] == cast.olga
    assert owners[gaps["drilled"].pk] == cast.theo
    assert owners[gaps["written"].pk] == cast.pia, "what somebody changed since then stays"
    again = client.post("/gaps/give-back/")
    assert again.status_code == 422
    assert "nothing left to take back" in again.text


def test_what_fails_is_named_and_holds_nobody_up(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    Gap.objects.filter(pk=gaps["drilled"].pk).update(version=7)
    chosen = ticked(gaps, "probed", "drilled", "mixed")
    report = report_of(say(login(client, cast.theo), what="reassign", owner=cast.pia.pk, gap=chosen))
    assert report["changed"] == 1
    why = {one["name"]: one["why"] for one in report["refused"]}
    assert why["Drilled of Checkout"].startswith("Somebody else changed this")
    assert why["Mixed of Checkout"].startswith("This gap is closed")
    assert Gap.objects.get(pk=gaps["probed"].pk).owner == cast.pia


def test_what_says_so_already_is_no_change(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    report = report_of(say(login(client, cast.theo), what="reassign", owner=cast.olga.pk, gap=ticked(gaps, "probed")))
    assert (report["changed"], report["unchanged"]) == (0, 1)


def test_many_are_extended_with_one_reason_each_by_its_own_weeks(
    cast: Cast, client: Client, gaps: dict[str, Gap]
) -> None:
    Gap.objects.update(open_since=timezone.now() - timedelta(days=30))
    values = {"what": "extend", "weeks": "2", "reason": "The cluster is late."}
    response = say(login(client, cast.theo), gap=ticked(gaps, "probed", "drilled", "written"), **values)
    assert report_of(response)["changed"] == 3
    found = {gap.item.key: gap for gap in Gap.objects.select_related("item")}
    assert found["probed"].due_on == TODAY + timedelta(weeks=2), "from today, where its own day has passed"
    assert found["drilled"].due_on == day(5) + timedelta(weeks=2)
    assert {found[key].extended for key in ("probed", "drilled", "written")} == {1}
    assert set(Entry.objects.filter(verb="gap.planned").values_list("reason", flat=True)) == {"The cluster is late."}


def test_a_gap_that_is_due_later_already_stays(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    values = {"what": "extend", "due_on": day(20), "reason": "Late."}
    report = report_of(say(login(client, cast.theo), gap=ticked(gaps, "drilled", "written"), **values))
    assert report["changed"] == 1
    assert "due later already" in report["refused"][0]["why"]
    assert Gap.objects.get(pk=gaps["written"].pk).due_on == day(40)


def test_many_are_commented_on(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    chosen = ticked(gaps, "probed", "drilled")
    report_of(say(login(client, cast.rob), what="comment", text="Is this still so?", gap=chosen))
    assert Comment.objects.filter(author=cast.rob, text="Is this still so?").count() == 2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"what": "reassign", "gap": [], "owner": "olga"}, "Select a valid choice"),
        ({"what": "reassign", "owner": ""}, "Choose who is to own them."),
        ({"what": "extend", "due_on": "", "reason": "x"}, "Say until when"),
        ({"what": "extend", "due_on": "2099-01-01", "weeks": "2", "reason": "x"}, "Say until when"),
        ({"what": "extend", "due_on": "2020-01-01", "reason": "x"}, "That day has passed"),
        ({"what": "extend", "weeks": "2", "reason": " "}, "Say why it takes longer"),
        ({"what": "comment", "text": " "}, "Write something first"),
        ({"what": "comment", "text": "@olga look"}, "mentions nobody"),
        (
            {"what": "comment", "text": "Hm.", "gap": ["nonsense", "1:x", "1:2:3", "²:1", f"{10**30}:1"]},
            "Choose some gaps first",
        ),
        ({"what": "nonsense"}, "Select a valid choice"),
    ],
)
def test_it_says_what_is_missing_and_changes_nothing(
    cast: Cast, client: Client, gaps: dict[str, Gap], values: dict[str, Any], sentence: str
) -> None:
    before = list(Gap.objects.order_by("pk").values())
    response = login(client, cast.theo).post("/gaps/many/", {"gap": ticked(gaps, "probed", "drilled"), **values})
    assert response.status_code == 422
    assert sentence in response.text
    assert list(Gap.objects.order_by("pk").values()) == before
    assert not Comment.objects.exists()


def test_a_stranger_touches_nothing_and_who_may_not_plan_hears_why(
    cast: Cast, client: Client, gaps: dict[str, Gap]
) -> None:
    values = {"what": "comment", "text": "Hm.", "gap": ticked(gaps, "probed")}
    assert login(client, cast.sam).post("/gaps/many/", values).status_code == 422
    report = report_of(say(login(client, cast.vera), **values))
    assert "Your role does not let you comment" in report["refused"][0]["why"]
    assert not Comment.objects.exists()


def test_all_that_match_are_as_many_as_one_may_change(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    many_gaps(cast, 70)
    give(cast.vera, Role.ON_CALL, service=cast.checkout)
    values = {"what": "reassign", "all": "1", "query": "gate=hard&sort=due"}
    few = report_of(say(login(client, cast.vera), owner=cast.olga.pk, **values))
    assert (few["changed"], few["unchanged"], few["refused"]) == (1, 1, []), "only those of the one service"
    all_of_them = report_of(say(login(client, cast.mia), owner=cast.rob.pk, **values))
    assert (all_of_them["changed"], all_of_them["more"]) == (72, 0)


def test_of_more_than_can_be_changed_at_once_it_says_how_many_are_left(
    cast: Cast, client: Client, gaps: dict[str, Gap], monkeypatch: pytest.MonkeyPatch
) -> None:
    many_gaps(cast, 60)
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 55)
    text = login(client, cast.mia).get("/gaps/?gate=hard").text
    assert "The first 55 of 62 that match" in text
    response = say(client, what="reassign", owner=cast.rob.pk, all="1", query="gate=hard&sort=due")
    assert (report_of(response)["changed"], report_of(response)["more"]) == (55, 7)
    assert "7 more match and stay as they are: 55 are as many as are changed at once." in response.text


def test_the_report_goes_with_the_next_look(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    say(login(client, cast.theo), what="comment", text="Hm.", gap=ticked(gaps, "probed"))
    assert "1 gap commented on" in client.get("/gaps/?report=1").text
    assert "1 gap commented on" not in client.get("/gaps/?gate=hard").text


def test_the_actions_themselves_ask_for_their_words(cast: Cast, gaps: dict[str, Gap]) -> None:
    chosen = [Chosen(gaps["probed"], 1)]
    with refused(Refused, "Say why"):
        actions.extend_gaps(by=cast.theo, chosen=chosen, until=Until(weeks=1), reason="", now=timezone.now())
    with refused(Refused, "Write something"):
        actions.comment_on_gaps(by=cast.theo, chosen=chosen, text="", now=timezone.now())
