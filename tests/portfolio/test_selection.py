"""The address decides what the portfolio shows, and in which order."""

from datetime import date
from typing import Any

import pytest
from django.http import QueryDict

from readiness.assessments.models import Assessment, Gap
from readiness.catalog.models import Lifecycle, Service
from readiness.checklists.rules import Category
from readiness.portfolio.heat import page_of_rows
from readiness.portfolio.overview import selected
from readiness.portfolio.selection import COLUMNS, SORTS, WINDOWS, Selection, spoken
from tests.cast import NOW, TODAY, Cast, day, published, service


def shown(cast: Cast, query: str = "") -> list[str]:
    """What ada, who sees everything, finds under this address."""
    selection = Selection.of(QueryDict(query), TODAY)
    services = selected(cast.ada, selection)
    return [row.name for row in page_of_rows(services, selection, services.count(), None).object_list]


def measured(one: Service, *, blocking: int = 0, met: int = 1, **columns: Any) -> Assessment:
    """Counters as an action would have left them; all of them in security."""
    version = Assessment.objects.first().version if Assessment.objects.exists() else published()  # type: ignore[union-attr]
    zero = dict.fromkeys(
        ("applicable", "met", "open_hard", "open_tracked", "unknown", "waived", "stale", "blocking"), 0
    )
    counts = {category.value: dict(zero) for category in Category}
    counts["security"] |= {"applicable": 9, "met": met, "blocking": blocking}
    return Assessment.objects.create(service=one, version=version, counts=counts, hard_open=blocking, **columns)


@pytest.fixture
def three(cast: Cast) -> Cast:
    """Beside checkout (goes live in 17 days): alpha is blocked, beta goes, gamma is not measured."""
    Service.objects.filter(pk=cast.index.pk).delete()
    Service.objects.filter(pk=cast.checkout.pk).delete()
    alpha = service("alpha", cast.search, tier=3, go_live_on=day(40), traits=["ml"])
    beta = service("beta", cast.payments, tier=1, go_live_on=day(-2), tech_lead=cast.ada)
    service("gamma", cast.payments, tier=2, go_live_on=None, traits=["worker"])
    late = measured(alpha, blocking=3, computed_decision="no_go")
    measured(beta, blocking=0, met=8, computed_decision="go")
    for key, due_on in (("a", day(-3)), ("b", day(-1)), ("c", day(3))):
        _gap(late, key, due_on)
    return cast


def _gap(assessment: Assessment, key: str, due_on: date) -> None:
    item = assessment.items.create(key=key, category="security", title=key, position=1, gate="hard")
    Gap.objects.create(item=item, service=assessment.service, gate="hard", due_on=due_on, opened_at=NOW)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Beta", "Alpha", "Gamma"]),
        ("sort=-go-live", ["Alpha", "Beta", "Gamma"]),
        ("sort=name", ["Alpha", "Beta", "Gamma"]),
        ("sort=-name", ["Gamma", "Beta", "Alpha"]),
        ("sort=team", ["Beta", "Gamma", "Alpha"]),
        ("sort=tier", ["Beta", "Gamma", "Alpha"]),
        ("sort=-gates", ["Alpha", "Beta", "Gamma"]),
        ("sort=gates", ["Beta", "Alpha", "Gamma"]),
        ("sort=-gaps", ["Alpha", "Beta", "Gamma"]),
        ("sort=gaps", ["Beta", "Gamma", "Alpha"]),
        ("sort=-decision", ["Alpha", "Beta", "Gamma"]),
        ("sort=decision", ["Beta", "Alpha", "Gamma"]),
        ("sort=-security", ["Alpha", "Beta", "Gamma"]),
        ("sort=security", ["Beta", "Alpha", "Gamma"]),
        ("sort=-reliability", ["Alpha", "Beta", "Gamma"]),
        ("sort=nonsense", ["Beta", "Alpha", "Gamma"]),
    ],
)
def test_each_column_sorts_both_ways_and_what_has_no_value_comes_last(
    three: Cast, query: str, names: list[str]
) -> None:
    assert shown(three, query) == names


def test_every_sort_runs(three: Cast) -> None:
    for sort in SORTS:
        assert len(shown(three, f"sort={sort}")) == len(shown(three, f"sort=-{sort}")) == 3


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=alp", ["Alpha"]),
        ("team=payments", ["Beta", "Gamma"]),
        ("team=nobody", []),
        ("tier=3", ["Alpha"]),
        ("trait=ml", ["Alpha"]),
        ("decision=no_go", ["Alpha"]),
        ("decision=go", ["Beta"]),
        ("decision=none", ["Gamma"]),
        ("decision=maybe", ["Beta", "Alpha", "Gamma"]),
        ("go_live=30", ["Beta"]),
        ("go_live=60", ["Beta", "Alpha"]),
        ("go_live=passed", ["Beta"]),
        ("go_live=undated", ["Gamma"]),
        ("go_live=launched", []),
        ("go_live=soon", ["Beta", "Alpha", "Gamma"]),
        ("mine=1", ["Beta"]),
        ("team=payments&go_live=90&decision=go", ["Beta"]),
    ],
)
def test_each_filter_narrows_and_an_unknown_value_does_not(three: Cast, query: str, names: list[str]) -> None:
    assert shown(three, query) == names


def test_retired_services_are_left_out_until_asked_for(three: Cast) -> None:
    Service.objects.filter(slug="alpha").update(lifecycle=Lifecycle.RETIRED)
    assert shown(three) == ["Beta", "Gamma"]
    assert shown(three, "lifecycle=retired") == ["Alpha"]


def test_a_launched_service_is_in_no_window_of_what_is_to_come(three: Cast) -> None:
    Service.objects.filter(slug="beta").update(launched_on=day(-1))
    Service.objects.filter(slug="gamma").update(lifecycle=Lifecycle.PRODUCTION)
    assert shown(three, "go_live=launched") == ["Beta", "Gamma"]
    assert all("Beta" not in shown(three, f"go_live={window}") for window in WINDOWS if window != "launched")


def test_a_second_click_on_a_column_turns_its_order_around() -> None:
    by_gates = Selection.of(QueryDict("sort=-gates"), TODAY)
    heading = next(heading for heading in by_gates.headings if heading.label == "Hard gates")
    assert (heading.aria_sort, heading.next_sort) == ("descending", "gates")
    others = [heading for heading in by_gates.headings if heading.label != "Hard gates"]
    assert not any(heading.aria_sort for heading in others)
    assert {heading.next_sort for heading in others} == {column.worst for column in COLUMNS if column.key != "gates"}


def test_an_address_keeps_only_what_says_something() -> None:
    assert spoken(QueryDict("q=&team=payments&tier=&mine=1")).urlencode() == "team=payments&mine=1"
