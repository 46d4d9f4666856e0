from readiness.assessments.asked import limits_of
from readiness.assessments.pictures import pictures_of
from readiness.catalog.models import Service
from readiness.checklists.pack import Way
from readiness.checklists.rules import How


def test_what_the_service_declares_is_the_limit_that_a_picture_shows() -> None:
    service = Service(endpoints={"statement_budget_ms": "40"})
    limits = limits_of(Way(How.ARTIFACT, "pgss", {"max_over_mean_budget": 5}), service)
    assert limits == {"budget_ms": "40", "max_over_mean_budget": 5}
    [picture] = pictures_of("pgss", {"slowest_mean_ms": 52.0}, limits)
    assert picture.is_broken


def test_what_the_criterion_asks_is_stronger_than_what_the_service_declares() -> None:
    service = Service(endpoints={"statement_budget_ms": "40"})
    assert limits_of(Way(How.ARTIFACT, "pgss", {"budget_ms": 20}), service) == {"budget_ms": 20}


def test_nothing_declared_is_no_limit() -> None:
    assert limits_of(Way(How.ARTIFACT, "pgss", {}), Service()) == {}
