"""The register of gaps, and planning one."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readiness.assessments.models import Gap
from readiness.history.models import Entry
from tests.api.stage import API, Stage, by, problem, send
from tests.assessments.small import item_yaml, see, small
from tests.cast import TODAY, Cast, day


def plan(stage: Stage, body: Any, by_whom: str = "theo", **headers: str) -> Any:
    return send(by(getattr(stage.cast, by_whom)), "PATCH", f"{API}/gaps/{stage.gap.pk}", body, **headers)


def test_owner_day_and_plan_are_written_once_and_the_rest_stays(stage: Stage) -> None:
    version = stage.gap.version
    answer = plan(
        stage, {"owner": "olga@example.com", "due_on": day(9).isoformat(), "reason": "Later.", "version": version}
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["owner"], body["due_on"], body["plan"]) == ("olga@example.com", day(9).isoformat(), stage.gap.plan)
    assert body["version"] == version + 1
    assert answer["ETag"] == f'"{version + 1}"'
    entry = Entry.objects.filter(verb="gap.planned").latest("pk")
    assert (entry.actor_id, entry.after["due_on"]) == (stage.cast.theo.pk, day(9).isoformat())
    cleared = plan(stage, {"owner": None, "due_on": None, "reason": "Off."}, **{"If-Match": f'"{version + 1}"'}).json()
    assert (cleared["owner"], cleared["due_on"], cleared["plan"]) == (None, None, stage.gap.plan)


def test_the_slower_of_two_is_told_what_stands_there_now(stage: Stage) -> None:
    version = stage.gap.version
    assert plan(stage, {"plan": "First.", "version": version}).status_code == 200
    for stale in ({"plan": "Second.", "version": version}, {"plan": "First.", "version": version}):
        refused = problem(plan(stage, stale), 409, "two-at-once")
        assert (refused["current"]["plan"], refused["current"]["version"]) == ("First.", version + 1)
    assert stage.fresh().plan == "First."


def test_of_many_at_once_one_writes(stage: Stage) -> None:
    """The version is compared in the write itself: see the races of gaps for two that really run at once."""
    version = stage.gap.version
    statuses = [plan(stage, {"plan": f"Plan {n}.", "version": version}).status_code for n in range(5)]
    assert statuses == [200, 409, 409, 409, 409]


@pytest.mark.parametrize(
    ("body", "rule", "words"),
    [
        ({"owner": "sam@example.com"}, "accountable-output", "can't see this service"),
        ({"owner": "nobody@example.com"}, "valid-request", "Nobody here"),
        ({"owner": 7}, "valid-request", "valid string"),
        ({"due_on": (TODAY - timedelta(days=1)).isoformat()}, "accountable-output", "has passed"),
        ({"due_on": "tomorrow"}, "valid-request", "write a day as"),
        ({"plan": None}, "valid-request", "A plan is text"),
        ({"plan": "x" * 20_001}, "valid-request", "20000 characters"),
        ({"status": "closed"}, "valid-request", "not permitted"),
    ],
)
def test_what_a_rule_refuses_changes_nothing(stage: Stage, body: dict[str, Any], rule: str, words: str) -> None:
    refused = problem(plan(stage, body | {"version": stage.gap.version}), 422, rule)
    assert words.lower() in refused["detail"].lower()
    assert stage.fresh().version == stage.gap.version


def test_a_version_is_asked_for(stage: Stage) -> None:
    assert set(problem(plan(stage, {"plan": "x"}), 422)["problems"]) == {"version"}


@pytest.fixture
def several(cast: Cast) -> list[Gap]:
    """Three gaps of checkout: overdue and Olga's, due soon and nobody's, closed."""
    items = [item_yaml(key, {"answers": "{probe: health_pair}"}) for key in ("late", "soon", "done")]
    assessment = small(cast, *items)
    for key in ("late", "soon", "done"):
        see(assessment, key, "fail")
    see(assessment, "done", "pass")
    Gap.objects.filter(item__key="late").update(due_on=TODAY - timedelta(days=2), owner=cast.olga)
    Gap.objects.filter(item__key="soon").update(due_on=day(3), gate="tracked")
    return list(Gap.objects.all())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["late", "soon"]),
        ("?overdue=1", ["late"]),
        ("?owner=olga@example.com", ["late"]),
        ("?owner=none", ["soon"]),
        ("?owner=me", []),
        ("?gate=tracked", ["soon"]),
        ("?status=closed", ["done"]),
        ("?status=all", ["late", "soon", "done"]),
        ("?team=payments", ["late", "soon"]),
        ("?team=search", []),
        ("?service=checkout&gate=hard", ["late"]),
    ],
)
def test_the_register_is_narrowed(cast: Cast, several: list[Gap], query: str, expected: list[str]) -> None:
    rows = by(cast.mia).get(f"{API}/gaps{query}").json()["items"]
    assert [row["item"] for row in rows] == expected
    assert [row["is_overdue"] for row in rows] == [key == "late" for key in expected]


@pytest.mark.parametrize(
    "query", ["gate=soft", "owner=ghost@example.com", "status=x", "overdue=perhaps", "page=-1", "team=%00"]
)
def test_a_wrong_filter_is_refused(cast: Cast, query: str) -> None:
    assert set(problem(by(cast.mia).get(f"{API}/gaps?{query}"), 422)["problems"]) == {query.partition("=")[0]}


def test_a_page_costs_the_same_however_many_there_are(cast: Cast) -> None:
    def cost() -> int:
        client = by(cast.mia)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{API}/gaps").status_code == 200
        return len(queries)

    items = [item_yaml(f"item-{number}", {"answers": "{probe: health_pair}"}) for number in range(60)]
    assessment = small(cast, *items)
    for number in range(5):
        see(assessment, f"item-{number}", "fail")
    few = cost()
    for number in range(5, 60):
        see(assessment, f"item-{number}", "fail")
    assert cost() == few
    answer = by(cast.mia).get(f"{API}/gaps").json()
    assert (len(answer["items"]), answer["total"], answer["pages"], answer["per_page"]) == (50, 60, 2, 50)


def test_a_day_that_moves_later_takes_a_reason(stage: Stage) -> None:
    later = {"due_on": day(90).isoformat(), "version": stage.gap.version}
    refused = problem(plan(stage, later), 422, "accountable-output")
    assert "Say why it takes longer" in refused["problems"]["reason"]
    assert plan(stage, later | {"reason": "The cluster comes late."}).status_code == 200
