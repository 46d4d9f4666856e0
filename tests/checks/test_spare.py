"""One way to verify a criterion is enough: nobody is asked to set up the others."""

import pytest
from django.test import Client

from readiness.assessments.models import Assessment
from readiness.checks.models import Check
from readiness.checks.rows import lacking_endpoints, spare
from tests.assessments.small import item_yaml, see
from tests.cast import Cast, login, published
from tests.checks.cases import HEAD, check_of, measured

pytestmark = pytest.mark.django_db
WAYS = "{query: oncall_ical}, {query: oncall_pagerduty}, {artifact: junit}"
PACK = HEAD + item_yaml("on-call", {"cover": WAYS}, strength="uploaded")
CALENDAR = {"oncall_calendar_url": "https://calendar.example/on-call.ics"}


def checks(cast: Cast, endpoints: dict[str, str] | None = None) -> list[Check]:
    measured(cast, endpoints, version=published(PACK))
    return list(Check.objects.for_service(cast.checkout))


def test_while_none_is_set_up_each_may_be(cast: Cast) -> None:
    found = checks(cast)
    assert len(found) == 2
    assert spare(found) == set()
    assert Check.objects.without_setup().count() == 2


def test_once_one_is_at_work_the_others_are_not_needed(cast: Cast, client: Client) -> None:
    found = checks(cast, CALENDAR)
    assert spare(found) == {check_of(cast, "oncall_pagerduty").pk}
    assert [one.name for one in lacking_endpoints(found)] == []
    assert not Check.objects.without_setup().exists()
    page = login(client, cast.theo).get("/services/checkout/checks/").content.decode()
    assert "1 other way, not needed" in page
    assert "Waiting for set-up" not in page


def test_when_that_one_is_switched_off_they_are_needed_again(cast: Cast) -> None:
    checks(cast, CALENDAR)
    Check.objects.filter(type="oncall_ical").update(is_enabled=False)
    assert spare(list(Check.objects.for_service(cast.checkout))) == set()
    assert Check.objects.without_setup().get().type == "oncall_pagerduty"


def test_what_other_proof_has_met_needs_no_check(cast: Cast) -> None:
    checks(cast)
    assessment = Assessment.objects.get(service=cast.checkout)
    see(assessment, "on-call", criterion="cover", how="artifact", kind="junit", strength="uploaded", check_id=None)
    assert len(spare(list(Check.objects.for_service(cast.checkout)))) == 2
