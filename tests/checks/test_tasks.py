"""What a message to a worker sets off."""

from collections.abc import Iterator

import pytest

from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.checklists.models import Checklist, Status, Version
from readiness.checks import network, plans, tasks
from readiness.checks.models import Check, Run
from readiness.history.models import Entry
from tests.assessments.small import item_yaml
from tests.cast import NOW, Cast, published
from tests.checks.cases import HEAD, LOCAL, PACK, health, measured, queued, town
from tests.servers.misbehaving import Application, misbehaving


@pytest.fixture(autouse=True)
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "egress", lambda: LOCAL)


@pytest.fixture
def application() -> Iterator[Application]:
    with misbehaving() as running:
        yield running


def test_waking_plans_what_is_due_and_carries_it_out(cast: Cast, application: Application) -> None:
    town(cast, 3, application.url)
    assert tasks.wake() == 3
    assert set(Run.objects.values_list("status", "result")) == {("finished", "pass")}
    assert tasks.wake() == 0


def test_one_batch_carries_out_what_was_asked_for(cast: Cast, application: Application) -> None:
    queued(health(cast, application.url))
    assert tasks.run_batch() == 1
    assert tasks.run_batch() == 0


# Checks follow the checklist


def upgraded(cast: Cast, *items: str) -> None:
    """`checkout` moves to a version with other items, in a room that knows nothing of checks."""
    newer = published(HEAD + "".join(items))
    assessment = Assessment.objects.get(service=cast.checkout)
    assessments.upgrade(by=cast.theo, assessment=assessment, version=newer, now=NOW)


def test_a_service_that_moved_to_another_checklist_version_gets_its_checks(cast: Cast) -> None:
    measured(cast)
    assert plans.plan_outdated(now=NOW) == 0
    upgraded(cast, item_yaml("certificate", {"good": "{probe: tls_expiry}"}, strength="observed"))
    assert plans.plan_outdated(now=NOW) == 1
    assert list(Check.objects.in_force().values_list("type", flat=True)) == ["tls_expiry"]
    assert Entry.objects.filter(verb="service.checks_planned").latest("pk").actor_name == "the check runner"
    assert plans.plan_outdated(now=NOW) == 0


def test_a_service_that_was_measured_and_never_planned_gets_its_checks(cast: Cast) -> None:
    cast.assessed(version=published(PACK))
    tasks.wake()
    assert Check.objects.filter(service=cast.checkout).count() == 4


def test_a_service_that_cannot_be_planned_keeps_no_other_from_running(cast: Cast, application: Application) -> None:
    checklist = Checklist.objects.create(key="broken", name="Broken")
    broken = Version.objects.create(
        checklist=checklist, number=1, body={}, digest="none", status=Status.PUBLISHED, published_at=NOW
    )
    Assessment.objects.create(service=cast.index, version=broken)
    health(cast, application.url)
    assert tasks.wake() == 1
    assert Run.objects.get().status == "finished"
