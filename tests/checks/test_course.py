"""How a check's last runs went, as its page and that of its item show it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments.outcome import Outcome, passed
from readiness.checks.course import Course, course_of
from readiness.checks.models import Check
from tests.cast import NOW, Cast, login
from tests.checks.cases import FAIL, PASS, UNKNOWN, health, ran

ITEM = "/services/checkout/items/health/"


def took(milliseconds: int) -> Outcome:
    return passed("Both answered.", {"live_ms": milliseconds})


def course(check: Check) -> Course:
    return course_of(Check.objects.for_item(check.item).get(pk=check.pk))


def several(check: Check, *outcomes: Outcome) -> None:
    for hour, outcome in enumerate(outcomes):
        ran(check, outcome, at=NOW + timedelta(hours=hour))


def test_each_run_is_a_mark_that_leads_to_it_and_says_when_and_what(cast: Cast, client: Client) -> None:
    check = health(cast)
    several(check, PASS, FAIL)
    first, last = course(check).marks
    assert (first.run.result, last.run.result) == ("pass", "fail")
    assert first.words.startswith("Pass, Mon 2 Mar, 09:30")
    assert FAIL.reason in last.words
    page = login(client, cast.theo).get(ITEM).content.decode()
    assert f'href="{last.url}"' in page
    assert client.get(last.url).status_code == 200


def test_the_course_of_a_figure_needs_a_few_runs(cast: Cast) -> None:
    check = health(cast)
    several(check, took(5), took(9))
    assert course(check).trend is None
    ran(check, took(7), at=NOW + timedelta(hours=3))
    trend = course(check).trend
    assert trend is not None
    assert trend.words == "Live: 7\u00a0ms now, between 5\u00a0ms and 9\u00a0ms in 3 runs"
    assert trend.words in trend.line


def test_since_when_it_cannot_tell(cast: Cast, client: Client) -> None:
    check = health(cast)
    several(check, UNKNOWN, PASS, UNKNOWN, UNKNOWN, UNKNOWN)
    assert course(check).unread_since == NOW + timedelta(hours=2)
    page = login(client, cast.theo).get(ITEM).content.decode()
    assert "It could not tell 3 times in a row" in page
    assert "It is asked less often meanwhile" in page


def test_a_check_that_never_ran_has_no_course(cast: Cast) -> None:
    shown = course(health(cast))
    assert (shown.marks, shown.trend, shown.unread_since, shown.begins_at) == ([], None, None, None)


def test_what_is_under_way_is_asked_for_again_and_its_end_changes_the_whole_page(cast: Cast, client: Client) -> None:
    check = health(cast)
    login(client, cast.theo)
    row = client.post(f"/checks/{check.pk}/run/", {"place": "item"}, headers={"HX-Request": "true"}).content.decode()
    assert f"/checks/{check.pk}/row/?place=item" in row
    waits = client.get(f"/checks/{check.pk}/row/?place=item", headers={"HX-Request": "true"})
    assert "HX-Refresh" not in waits.headers
    check.runs.all().delete()
    ended = client.get(f"/checks/{check.pk}/row/?place=item", headers={"HX-Request": "true"})
    assert ended.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("address", [ITEM, "check"])
def test_many_runs_cost_no_more_than_few(cast: Cast, client: Client, address: str) -> None:
    check = health(cast)
    address = check.get_absolute_url() if address == "check" else address
    several(check, took(1), UNKNOWN)
    login(client, cast.theo).get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for hour in range(2, 40):
        ran(check, took(hour), at=NOW + timedelta(hours=hour))
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few), address
