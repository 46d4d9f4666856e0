from datetime import timedelta
from typing import Any

import pytest

from readiness.assessments.rules import GapFacts, ItemStatus
from readiness.checklists.rules import Gate
from reviews.rules import (
    Kind,
    ParticipantRole,
    ReviewFacts,
    ReviewStatus,
    Rule,
    Where,
    Word,
    blockers,
    last_due_day,
    met_problem,
)
from tests.reviews.facts import ALL_ROLES, GO_LIVE, TODAY, item, planned, point, review

TOMORROW = TODAY + timedelta(days=1)


def kinds(facts: ReviewFacts) -> list[Kind]:
    return [blocker.kind for blocker in blockers(facts)]


def test_a_meeting_where_everything_is_said_and_owned_can_be_decided() -> None:
    assert blockers(review(point(), point(item("met"), Word.MET, 2), point(item("met"), "", None))) == []


@pytest.mark.parametrize("status", [status for status in ReviewStatus if status is not ReviewStatus.IN_PROGRESS])
def test_only_a_running_meeting_is_decided(status: ReviewStatus) -> None:
    found = blockers(review(status=status))
    assert [blocker.kind for blocker in found] == [Kind.NOT_RUNNING]
    assert found[0].rule is Rule.LIFECYCLE
    assert found[0].where is Where.ROOM


@pytest.mark.parametrize(
    ("absent", "kind", "words"),
    [
        (ParticipantRole.LEAD, Kind.LEAD_ABSENT, "Theo leads this review"),
        (ParticipantRole.ON_CALL, Kind.ROLE_ABSENT, "for on-call"),
        (ParticipantRole.PLATFORM, Kind.ROLE_ABSENT, "for platform"),
    ],
)
def test_led_by_owner_asks_for_lead_on_call_and_platform(absent: str, kind: Kind, words: str) -> None:
    (found,) = blockers(review(roles_present=ALL_ROLES - {absent}))
    assert (found.kind, found.rule, found.where) == (kind, Rule.LED_BY_OWNER, Where.PEOPLE)
    assert words in found.sentence


def test_a_service_without_a_tech_lead_cannot_be_decided() -> None:
    (found,) = blockers(review(lead="", roles_present=ALL_ROLES - {ParticipantRole.LEAD}))
    assert "no tech lead" in found.sentence


@pytest.mark.parametrize("status", ["not_met", "unknown", "stale"])
@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (None, [Kind.NO_OWNER, Kind.NO_DUE_DATE]),
        (planned(owner=False), [Kind.NO_OWNER]),
        (planned(None), [Kind.NO_DUE_DATE]),
        (planned(plan=False), []),
        (planned(GO_LIVE - timedelta(days=1)), []),
        (planned(GO_LIVE), [Kind.DUE_TOO_LATE]),
        (planned(TODAY), []),
        (planned(TODAY - timedelta(days=1)), [Kind.DUE_IN_THE_PAST]),
        (GapFacts(has_owner=True, due_on=TOMORROW, has_plan=True, is_closed=True), [Kind.NO_OWNER, Kind.NO_DUE_DATE]),
    ],
)
def test_accountable_output_on_a_hard_gate(status: str, gap: GapFacts | None, expected: list[Kind]) -> None:
    assert kinds(review(point(item(status, gap=gap)))) == expected


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (None, [Kind.NO_OWNER, Kind.NO_DUE_DATE, Kind.NO_PLAN]),
        (planned(plan=False), [Kind.NO_PLAN]),
        (planned(GO_LIVE + timedelta(days=90)), []),
    ],
)
def test_accountable_output_on_a_tracked_gap(gap: GapFacts | None, expected: list[Kind]) -> None:
    assert kinds(review(point(item(gate="tracked", gap=gap)))) == expected


def test_a_waived_hard_gate_is_due_by_the_end_of_its_waiver() -> None:
    ends = GO_LIVE + timedelta(days=30)
    assert kinds(review(point(item(waived_until=ends, gap=planned(ends))))) == []
    assert kinds(review(point(item(waived_until=ends, gap=planned(ends + timedelta(days=1)))))) == [Kind.DUE_TOO_LATE]
    short = TODAY + timedelta(days=3)
    assert kinds(review(point(item(waived_until=short, gap=planned(GO_LIVE - timedelta(days=1)))))) == []
    assert kinds(review(point(item(waived_until=short, gap=planned(GO_LIVE))))) == [Kind.DUE_TOO_LATE]


def test_the_last_possible_day_is_the_one_that_the_rule_accepts() -> None:
    for waived_until in (None, TODAY + timedelta(days=3), GO_LIVE + timedelta(days=9)):
        last = last_due_day(Gate.HARD, go_live_on=GO_LIVE, waived_until=waived_until, today=TODAY)
        assert last is not None
        assert kinds(review(point(item(waived_until=waived_until, gap=planned(last))))) == []
        assert kinds(review(point(item(waived_until=waived_until, gap=planned(last + timedelta(days=1)))))) == [
            Kind.DUE_TOO_LATE
        ]
    assert last_due_day(Gate.TRACKED, go_live_on=GO_LIVE, waived_until=None, today=TODAY) is None


@pytest.mark.parametrize("go_live_on", [None, TODAY, TODAY - timedelta(days=400)])
def test_after_go_live_a_hard_gate_has_nothing_to_be_before(go_live_on: Any) -> None:
    late = planned(TODAY + timedelta(days=60))
    assert kinds(review(point(item(gap=late)), go_live_on=go_live_on)) == []


def test_an_item_nobody_talked_about_blocks_and_says_where() -> None:
    (found,) = blockers(review(point(item("met"), "", 7)))
    assert (found.kind, found.where, found.agenda_id, found.item_key) == (
        Kind.NOT_TALKED_ABOUT,
        Where.ITEM,
        7,
        "obs-alerting",
    )


def test_parking_an_item_does_not_free_it_from_an_owner_and_a_date() -> None:
    assert kinds(review(point(item(), Word.PARKED))) == [Kind.NO_OWNER, Kind.NO_DUE_DATE]
    assert kinds(review(point(item(gap=planned()), Word.PARKED))) == []
    assert kinds(review(point(item("met"), Word.PARKED))) == []


def test_not_applicable_on_a_hard_gate_waits_for_a_second_person() -> None:
    (found,) = blockers(review(point(item("unknown"), Word.NOT_APPLICABLE, excused_by="Theo")))
    assert (found.kind, found.rule) == (Kind.NO_SECOND_PAIR, Rule.SECOND_PAIR)
    assert found.sentence.startswith("Theo said that “Alerting” does not apply")
    assert kinds(review(point(item("not_applicable"), Word.NOT_APPLICABLE))) == []


def test_an_item_that_broke_during_the_meeting_must_come_onto_the_agenda() -> None:
    (found,) = blockers(review(point(item("not_met", gap=planned()), "", None)))
    assert (found.kind, found.agenda_id) == (Kind.OFF_AGENDA, None)


def test_what_passed_is_acknowledged_by_name() -> None:
    (found,) = blockers(review(unacknowledged=19))
    assert (found.kind, found.where) == (Kind.NOT_ACKNOWLEDGED, Where.PASSED)
    assert found.sentence.startswith("19 items passed")
    assert "1 item passed" in blockers(review(unacknowledged=1))[0].sentence


def test_blockers_come_in_the_order_in_which_a_room_repairs_them() -> None:
    facts = review(point(item(), "", 4), status=ReviewStatus.PAUSED, roles_present=frozenset(), unacknowledged=2)
    assert [blocker.where for blocker in blockers(facts)] == [
        Where.ROOM,
        Where.PEOPLE,
        Where.PEOPLE,
        Where.PEOPLE,
        Where.ITEM,
        Where.PASSED,
    ]


def test_every_sentence_is_one() -> None:
    facts = review(
        point(item("stale"), "", None),
        point(item("unknown"), Word.GAP, 2),
        point(item(), "", 3),
        unacknowledged=3,
        lead="",
    )
    for blocker in blockers(facts):
        assert not blocker.sentence[0].islower()
        assert blocker.sentence.endswith(".")


@pytest.mark.parametrize("status", list(ItemStatus))
def test_the_room_says_met_only_where_the_proof_does(status: ItemStatus) -> None:
    problem = met_problem("Alerting", status, "No rule pages.")
    assert (problem is None) == (status is ItemStatus.MET)
