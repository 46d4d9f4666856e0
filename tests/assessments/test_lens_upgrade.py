"""From one real version of an AWS custom lens to the next: what was shown for unchanged questions keeps counting."""

from datetime import timedelta

import pytest

from readiness.assessments import actions
from readiness.assessments.models import Gap
from readiness.checklists.lens import read_lens
from readiness.history.models import Entry
from tests.assessments.small import attested
from tests.cast import NOW, Cast, published
from tests.checklists.lenses import NEWER, OLDER

UNCHANGED = {"event-gameday": ["gameday-practiced"], "releases-validation": ["risk-mitigated"]}
REWORDED = {"event-alarms": ["alarms-exist", "runbooks-exist"]}


@pytest.fixture
def upgraded(cast: Cast) -> Cast:
    cast.assessed(version=published(read_lens(OLDER.read_bytes())))
    for item, criteria in {**UNCHANGED, **REWORDED}.items():
        for criterion in criteria:
            attested(cast, item, criterion)
    actions.open_gap(by=cast.theo, item=cast.item("event-kpis"), because="Nobody looks.", now=NOW)
    version = published(read_lens(NEWER.read_bytes()))
    before = cast.item("event-gameday").status_since
    later = NOW + timedelta(hours=1)
    actions.upgrade(by=cast.theo, assessment=cast.checkout.assessment, version=version, now=later)
    assert cast.item("event-gameday").status_since == before
    return cast


def test_unchanged_questions_keep_their_standing(upgraded: Cast) -> None:
    assert {key: upgraded.item(key).status for key in UNCHANGED} == dict.fromkeys(UNCHANGED, "met")
    assert not upgraded.checkout.assessment.items.exclude(retired_at=None).exists()


def test_what_was_shown_for_a_reworded_choice_is_kept_and_judged_anew(upgraded: Cast) -> None:
    statuses = {row["key"]: row["status"] for row in upgraded.item("event-alarms").criteria}
    assert statuses == {
        "alarms-exist": "met",
        "runbooks-exist": "met",
        "alarms-include-runbook-links": "unknown",
        "alarms-auto-trigger-runbooks": "unknown",
    }


def test_the_history_lists_what_is_different(upgraded: Cast) -> None:
    after = Entry.objects.get(verb="service.upgraded").after
    assert (after["added"], after["removed"], len(after["changed"])) == ([], [], 10)


def test_gaps_of_unchanged_questions_stay_open(upgraded: Cast) -> None:
    assert Gap.objects.open().get().item.key == "event-kpis"


def test_portfolios_count_each_question_under_a_category(upgraded: Cast) -> None:
    counts = upgraded.item("event-kpis").assessment.counts
    assert {name: part["applicable"] for name, part in counts.items()} == {
        "observability": 17,
        "security": 0,
        "reliability": 20,
        "performance": 0,
        "operations": 14,
    }
