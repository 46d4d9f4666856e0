"""The page of the day: what it shows to whom, and what its buttons do, with and without htmx."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from readiness.assessments import actions
from readiness.assessments.models import Launch, LaunchPlan
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from tests.assessments.launches import MINUTE, SUPPORT_KEY, at_the_last_step, measured, planned, replanned, started
from tests.assessments.small import small
from tests.assessments.test_records import LAUNCH
from tests.cast import Cast, login

DAY = "/services/checkout/launch-day/"
HTMX = {"HX-Request": "true"}
WHY = "The provider fixed it a minute ago."


def page(client: Client) -> str:
    response = client.get(DAY)
    assert response.status_code == 200
    return " ".join(response.text.split())


def post(client: Client, move: str, **said: Any) -> Any:
    return client.post(f"{DAY}{move}/", said)


def test_before_it_starts_the_page_names_who_decides_and_what_is_to_do(cast: Cast, client: Client) -> None:
    planned(cast, now=timezone.now())
    text = page(login(client, cast.theo))
    assert '<strong class="launch-decider">Mia Example</strong> decides.' in text
    assert "Times are those of UTC." in text
    assert "Start: 5 % of traffic" in text
    assert "0 of 2 were told so far" in text
    assert "Read during the launch" in text
    assert "Look yourself" in text


def test_a_launch_is_carried_out_without_javascript(cast: Cast, client: Client) -> None:
    planned(cast, now=timezone.now())
    login(client, cast.theo)
    assert post(client, "tell", key=SUPPORT_KEY).headers["Location"] == DAY
    assert "by Theo Example" in page(client)
    post(client, "untell", key=SUPPORT_KEY)
    assert "0 of 2" in page(client)
    assert post(client, "start").status_code == 302
    text = page(client)
    assert "At 5 % since" in text
    assert "hold until" in text
    assert post(client, "next-step", step=2, reason=WHY).status_code == 302
    assert WHY in page(client)
    assert post(client, "roll-back", reason="It is too slow by far.").status_code == 302
    text = page(client)
    assert "<strong>Rolled back</strong>" in text
    assert "at 50 %" in text
    assert "It is too slow by far." in text
    assert "Roll back…" not in text
    assert post(client, "prepare").status_code == 302
    assert "Attempt 2." in page(client)


def test_the_one_who_decides_ends_it(cast: Cast, client: Client) -> None:
    launch = at_the_last_step(cast, timezone.now() - 182 * MINUTE)
    measured(launch, 0.001, timezone.now())
    text = page(login(client, cast.theo))
    assert "Mia Example decides in this launch; only they can say that it is launched." in text
    login(client, cast.mia)
    assert "I have looked at the figures, and it stays." in page(client)
    assert post(client, "finish").status_code == 422
    assert post(client, "finish", is_confirmed="on").status_code == 302
    text = page(client)
    assert "<strong>Launched</strong>" in text
    assert "launch-pulse" not in text
    assert Service.objects.get(pk=cast.checkout.pk).launched_on


def test_htmx_gets_both_parts_and_no_page(cast: Cast, client: Client) -> None:
    planned(cast, now=timezone.now())
    response = login(client, cast.olga).post(f"{DAY}tell/", {"key": SUPPORT_KEY}, headers=HTMX)
    assert response.status_code == 200
    assert 'hx-target="#launch-live"' in response.text
    assert 'hx-target="#launch-board"' in response.text
    assert "<html" not in response.text
    lost = client.post(f"{DAY}tell/", {"key": SUPPORT_KEY}, headers=HTMX)
    assert lost.status_code == 409
    assert "Olga Example told Support at" in lost.text
    assert client.post(f"{DAY}tell/", {"key": "x"}, headers=HTMX).status_code == 422


def test_a_figure_beyond_its_limit_is_red_said_and_announced(cast: Cast, client: Client) -> None:
    launch = started(cast, timezone.now() - 5 * MINUTE)
    for minutes in (2, 1, 0):
        measured(launch, 0.014, timezone.now() - minutes * MINUTE)
    text = page(login(client, cast.olga))
    assert '<span class="figure-value num">1.4 %</span>' in text
    assert "Roll back: Mia Example decides." in text
    status = text.split('role="status">')[1].split("</p>")[0]
    assert status.strip() == "Beyond its limit: Error ratio. Roll back: Mia Example decides."
    assert "Error ratio is beyond the limit at which the plan rolls back." in text
    assert "draw-trend" in text


def test_an_old_value_is_unknown_and_says_from_when_it_is(cast: Cast, client: Client) -> None:
    started(cast, timezone.now() - 20 * MINUTE)
    text = page(login(client, cast.olga))
    assert "too old to say anything of now. The value is of" in text
    assert "beyond" not in text.split('role="status">')[1].split("</p>")[0]


def test_a_no_go_says_so_and_offers_no_start(cast: Cast, client: Client) -> None:
    planned(cast, decision=Decision.NO_GO, now=timezone.now())
    text = page(login(client, cast.theo))
    assert "The last review decided no-go." in text
    assert "a launch begins with a go" in text
    assert "Start: 5 %" not in text
    assert post(client, "start").status_code == 422


def test_a_conditional_go_shows_what_it_rests_on(cast: Cast, client: Client) -> None:
    planned(cast, decision=Decision.CONDITIONAL, now=timezone.now())
    text = page(login(client, cast.theo))
    assert "A conditional go." in text
    assert "without a waiver by now" in text
    assert "Decided today it would be a no-go" in text


def test_another_day_asks_why(cast: Cast, client: Client) -> None:
    planned(cast, now=timezone.now())
    Service.objects.filter(pk=cast.checkout.pk).update(go_live_on=timezone.localdate() + timedelta(days=3))
    assert "Today is not the day that was planned" in page(login(client, cast.theo))


def test_a_plan_that_was_changed_since_says_how(cast: Cast, client: Client) -> None:
    plan = planned(cast, now=timezone.now())
    replanned(cast, plan, by=cast.theo, thresholds=[*plan.thresholds[:2], {**plan.thresholds[2], "limit": "five"}])
    text = page(login(client, cast.theo))
    assert "The plan is not the one that the review saw" in text
    assert "<del>Complaints three: roll back</del> → Complaints five: roll back" in text


def test_a_plan_that_changes_under_way_can_be_taken_over(cast: Cast, client: Client) -> None:
    started(cast, timezone.now())
    replanned(cast, LaunchPlan.objects.get(), by=cast.theo, decider=cast.olga)
    text = page(login(client, cast.theo))
    assert "The plan was changed since the launch started." in text
    assert "<del>Mia Example</del> → Olga Example" in text
    post(client, "adopt-plan")
    text = page(client)
    assert "since the launch started" not in text
    assert '<strong class="launch-decider">Olga Example</strong>' in text


def test_who_only_looks_is_told_why_there_is_nothing_to_press(cast: Cast, client: Client) -> None:
    started(cast, timezone.now())
    text = page(login(client, cast.vera))
    assert "Your role does not let you carry out a launch" in text
    assert "<button" not in text.split('id="launch-board"')[1].split("launch-beside")[0]
    assert login(client, cast.sam).get(DAY).status_code == 404


def test_without_a_plan_there_is_nothing_to_press(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    assert "There is no launch plan yet" in page(login(client, cast.olga))


def test_times_are_those_of_the_reader(cast: Cast, client: Client) -> None:
    started(cast, timezone.now())
    cast.olga.time_zone = "Asia/Kolkata"
    cast.olga.save(update_fields=["time_zone"])
    text = page(login(client, cast.olga))
    assert "Times are those of Asia/Kolkata." in text
    assert "+05:30" in text


@pytest.mark.parametrize("state", ["planned", "running", "rolled back"])
def test_a_page_costs_the_same_however_much_was_done(
    cast: Cast, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, state: str
) -> None:
    planned(cast, now=timezone.now()) if state == "planned" else started(cast, timezone.now())
    if state == "rolled back":
        actions.roll_back(by=cast.olga, service=cast.checkout, reason=WHY, now=timezone.now())
    for line in Launch.objects.all():
        for minutes in range(20):
            measured(line, 0.001, timezone.now() - minutes * MINUTE)
    login(client, cast.theo)
    with django_assert_max_num_queries(14):
        client.get(DAY)
