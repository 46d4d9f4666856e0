"""`manage.py seed` at a small number: the models, and their likenesses that the database makes."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q, Sum

from readiness.assessments.actions.counting import tally
from readiness.assessments.models import Assessment, Evidence, Gap, Item
from readiness.assessments.queries import facts_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Service
from readiness.demo.seeding import sowing
from readiness.history.models import Entry
from readiness.portfolio.models import DailyFact, DailySum
from reviews.models import Review
from tests.cast import NOW

MODELS, NUMBER = 2, 5


@pytest.fixture
def sown(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sowing, "MODELS", MODELS)
    sowing.sow(NUMBER, now=NOW)


@pytest.mark.usefixtures("sown")
def test_every_service_has_items_gaps_history_facts_and_counters_that_agree() -> None:
    assert Service.objects.filter(assessment__isnull=False).count() == NUMBER
    for assessment in Assessment.objects.prefetch_related("items__gap"):
        items = list(assessment.items.all())
        counted = tally([item.category for item in items], facts_of(items), house_day(NOW))
        assert {name: getattr(assessment, name) for name in counted} == counted
        assert len(items) == 34
    unmet = Item.objects.filter(status=ItemStatus.NOT_MET)
    assert unmet.exists()
    assert not unmet.filter(Q(gap=None) | Q(gap__status="closed")).exists()
    assert not Gap.objects.exclude(status="closed").exclude(item__status=ItemStatus.NOT_MET).exists()


@pytest.mark.usefixtures("sown")
def test_the_facts_of_two_years_are_there_and_today_goes_on_from_yesterday() -> None:
    yesterday = NOW.date() - timedelta(days=1)
    assert DailyFact.objects.filter(day=yesterday).count() == DailyFact.objects.filter(day=NOW.date()).count() == NUMBER
    assert DailyFact.objects.order_by("day").first().day == NOW.date() - sowing.DAYS  # type: ignore[union-attr]
    summed = DailySum.objects.filter(day=yesterday).aggregate(
        gaps=Sum("gaps"), met=Sum("met"), services=Sum("services")
    )
    facts = DailyFact.objects.filter(day=yesterday).aggregate(gaps=Sum("gaps"), met=Sum("met"), services=Count("pk"))
    assert summed == facts
    moved = DailyFact.objects.values("service").annotate(
        moved=Sum("opened") - Sum("closed"), now=Sum("gaps", filter=Q(day=NOW.date()))
    )
    assert not moved.exclude(moved=F("now")).exists()


@pytest.mark.usefixtures("sown")
def test_a_likeness_has_its_models_past_under_its_own_name_and_owners_of_its_own_team() -> None:
    services = list(Service.objects.select_related("team").order_by("pk"))
    model, likeness = services[0], services[MODELS]
    of_model, of_likeness = (list(Entry.objects.of_service(one.pk).order_by("at", "id")) for one in (model, likeness))
    assert [(one.at, one.verb) for one in of_model] == [(one.at, one.verb) for one in of_likeness]
    assert not {(one.object_type, one.object_id) for one in of_model} & {
        (one.object_type, one.object_id) for one in of_likeness
    }
    assert {one.team_id for one in of_likeness} == {likeness.team_id}
    assert not [one for one in of_likeness if model.name in one.object_label]
    strangers = Gap.objects.filter(owner__isnull=False).exclude(owner__grants__team=F("service__team"))
    assert not strangers.exists()
    assert (
        Evidence.objects.filter(assessment__service=likeness).count()
        == Evidence.objects.filter(assessment__service=model).count()
    )
    assert Review.objects.filter(service=likeness).count() == Review.objects.filter(service=model).count()


def test_it_refuses_where_there_are_services_unless_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sowing, "DAYS", timedelta(days=30))
    monkeypatch.setattr(sowing, "MODELS", 1)
    said = StringIO()
    call_command("seed", "2", stdout=said)
    assert "2 services" in said.getvalue()
    assert "Done in" in said.getvalue()
    assert "Sign in as boss-0@many.example" in said.getvalue()
    with pytest.raises(CommandError, match="has 2 services"):
        call_command("seed", "2", stdout=said)
    call_command("seed", "1", "--add", stdout=said)
    assert Service.objects.count() == 3
    with pytest.raises(CommandError, match="From 1 to 100,000"):
        call_command("seed", "0", stdout=said)
