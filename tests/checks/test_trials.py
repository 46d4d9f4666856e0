"""A threshold is tried while its plan is written: a worker asks, the form says what came of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.assessments.models import LaunchPlan
from readiness.assessments.promql.thresholds import key_of, metric_of
from readiness.catalog.models import Service
from readiness.checks import actions, measuring
from readiness.checks.models import Trial
from readiness.checks.trying import tried
from tests.assessments.launches import ERRORS
from tests.assessments.small import small
from tests.assessments.test_launch_pages import whole
from tests.assessments.test_records import LAUNCH
from tests.cast import NOW, Cast, login
from tests.checks.cases import LOCAL
from tests.servers.source import Source, source, vector

TRY = "/services/checkout/launch-plan/try/"
ROW_1 = f"{TRY}?row=1"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def prometheus(cast: Cast) -> Iterator[Source]:
    with source({"/api/v1/query": vector(0.0042)}) as running:
        Service.objects.filter(pk=cast.checkout.pk).update(endpoints={"prometheus_url": running.url})
        cast.checkout.refresh_from_db()
        yield running


def row(metric: str = ERRORS, limit: str = "above 1 %") -> dict[str, Any]:
    return {"thresholds-0-metric": "Another row", "thresholds-1-metric": metric, "thresholds-1-limit": limit}


def test_a_trial_is_asked_for_carried_out_and_said(cast: Cast, client: Client, prometheus: Source) -> None:
    login(client, cast.theo)
    asked = client.post(ROW_1, row(), headers=HTMX)
    assert "A worker asks Prometheus" in asked.text
    assert f"{TRY}{key_of(ERRORS)}/?row=1&amp;limit=above%201%20%25" in asked.text
    assert measuring.try_waiting(egress=LOCAL) == 1
    assert measuring.try_waiting(egress=LOCAL) == 0
    said = client.get(f"{TRY}{key_of(ERRORS)}/", {"row": "1", "limit": "above 1 %"}, headers=HTMX).text
    assert "It is 0.42\u202f% now (the query says 0.0042); &gt; 1\u202f% does not hold." in said
    assert "hx-get" not in said
    assert not LaunchPlan.objects.exists()


def test_asking_again_begins_anew(cast: Cast, prometheus: Source) -> None:
    for _ in range(2):
        actions.try_query(by=cast.theo, service=cast.checkout, query=ERRORS, now=NOW)
        assert measuring.try_waiting(now=NOW, egress=LOCAL) == 1
    assert Trial.objects.count() == 1
    actions.try_query(by=cast.theo, service=cast.checkout, query="up_total", now=NOW + timedelta(days=2))
    assert [trial.query for trial in Trial.objects.all()] == ["up_total"]


def test_of_two_workers_one_carries_it_out(cast: Cast) -> None:
    trial = actions.try_query(by=cast.theo, service=cast.checkout, query=ERRORS, now=NOW)
    assert trial.claim(NOW)
    assert not trial.claim(NOW + timedelta(seconds=59))
    assert trial.claim(NOW + timedelta(seconds=61))


def test_what_was_asked_anew_meanwhile_keeps_waiting(cast: Cast) -> None:
    trial = actions.try_query(by=cast.theo, service=cast.checkout, query=ERRORS, now=NOW)
    actions.try_query(by=cast.theo, service=cast.checkout, query=ERRORS, now=NOW + timedelta(seconds=1))
    trial.note(value=1.0, observed_at=NOW, problem="", now=NOW)
    assert Trial.objects.get().tried_at is None


@pytest.mark.parametrize(("name", "kind"), [("sam", NotVisible), ("olga", NotAllowed), ("vera", NotAllowed)])
def test_who_may_not_write_the_plan_tries_nothing(cast: Cast, name: str, kind: type[Refused]) -> None:
    with pytest.raises(kind):
        actions.try_query(by=getattr(cast, name), service=cast.checkout, query=ERRORS, now=NOW)
    assert not Trial.objects.exists()


def test_without_javascript_the_form_comes_back_as_it_was_sent(cast: Cast, client: Client, prometheus: Source) -> None:
    small(cast, LAUNCH, now=timezone.now())
    sent = whole(cast, **{"thresholds-1-metric": ERRORS, "note": "Half-written"})
    login(client, cast.theo)
    text = client.post(ROW_1, sent).text
    assert "A worker asks Prometheus" in text
    assert "Half-written" in text
    measuring.try_waiting(egress=LOCAL)
    Trial.objects.update(asked_at=NOW)
    assert not LaunchPlan.objects.exists()


@pytest.mark.parametrize(
    ("metric", "limit", "words"),
    [
        ("Error ratio", "> 1 %", "These are words"),
        ("sum(rate(x[5m])", "> 1 %", "The query could not be read"),
        (ERRORS, "> 1 %", "nor the organisation says where its Prometheus is"),
    ],
)
def test_what_is_not_asked_says_why(cast: Cast, client: Client, metric: str, limit: str, words: str) -> None:
    assert words in login(client, cast.theo).post(ROW_1, row(metric, limit), headers=HTMX).text
    assert not Trial.objects.exists()


@pytest.mark.parametrize(
    ("value", "limit", "words"),
    [
        (0.0042, "above 1 %", "It is 0.42\u202f% now (the query says 0.0042); > 1\u202f% does not hold."),
        (0.014, "above 1 % for 5 minutes", "> 1\u202f% holds (for 5 min, on the day)."),
        (3.0, "at least 2", "It is 3 now; >= 2 holds."),
        (3.0, "as usual", "It says 3 now; the limit is no plain number, so people judge it."),
    ],
)
def test_a_number_is_held_against_the_limit(cast: Cast, value: float, limit: str, words: str) -> None:
    trial = Trial(key="x", query=ERRORS, asked_at=NOW, tried_at=NOW, observed_at=NOW, value=value)
    assert words in tried(metric_of(ERRORS), limit, trial, NOW).words


def test_nobody_answers_for_ever(cast: Cast) -> None:
    trial = Trial(key="x", query=ERRORS, asked_at=NOW)
    assert tried(metric_of(ERRORS), "> 1", trial, NOW).key == "x"
    assert tried(metric_of(ERRORS), "> 1", trial, NOW + timedelta(seconds=41)).key == ""


def test_an_old_sample_is_called_old(cast: Cast) -> None:
    trial = Trial(key="x", query=ERRORS, asked_at=NOW, tried_at=NOW, observed_at=NOW - timedelta(minutes=4), value=0.1)
    assert "It was scraped 4 min ago, which is old." in tried(metric_of(ERRORS), "> 1", trial, NOW).words


def test_a_broken_query_is_refused_at_its_field(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    sent = whole(cast, **{"thresholds-0-metric": "sum(rate(x[5m])"})
    response = login(client, cast.theo).post("/services/checkout/launch-plan/", sent)
    assert response.status_code == 422
    wrong = response.context["form"].parts["thresholds"].forms[0].errors["metric"]
    assert "could not be read: unclosed left parenthesis" in wrong[0]
    sent = whole(cast, **{"thresholds-0-metric": f"Errors:\r\n{ERRORS}"})
    assert client.post("/services/checkout/launch-plan/", sent).status_code == 302
    assert LaunchPlan.objects.get().thresholds[0]["metric"] == f"Errors: {ERRORS}"
