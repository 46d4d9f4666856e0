import random

from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from reviews.rules import MOVES, AgendaReason, Candidate, ReviewStatus, agenda, move_problem, reason_to_talk


def candidate(
    number: int, gate: str, status: str, *, waived: bool = False, last: str = "", disputed: bool = False
) -> Candidate:
    last_status = ItemStatus(last) if last else None
    return Candidate(
        number, number, Gate(gate), ItemStatus(status), is_waived=waived, last_status=last_status, is_disputed=disputed
    )


def test_the_agenda_holds_exceptions_only() -> None:
    assert agenda([candidate(1, "hard", "met"), candidate(2, "hard", "not_applicable")]) == []


def test_hard_gates_come_first_then_unmet_unknown_stale_changed_disputed_waived() -> None:
    in_order = [
        candidate(12, "hard", "not_met"),
        candidate(11, "hard", "unknown"),
        candidate(10, "hard", "stale"),
        candidate(9, "hard", "met", last="stale"),
        candidate(13, "hard", "met", disputed=True),
        candidate(8, "hard", "not_met", waived=True),
        candidate(4, "tracked", "not_met"),
        candidate(7, "tracked", "not_met"),
        candidate(3, "tracked", "unknown"),
        candidate(2, "tracked", "stale"),
        candidate(1, "tracked", "not_applicable", last="met"),
        candidate(14, "tracked", "not_applicable", disputed=True),
    ]
    shuffled = [*in_order, candidate(99, "hard", "met")]
    random.Random(4).shuffle(shuffled)
    assert [point.item_id for point in agenda(shuffled)] == [item.item_id for item in in_order]


def test_each_point_says_why_it_is_talked_about() -> None:
    assert reason_to_talk(candidate(1, "hard", "unknown")) is AgendaReason.UNKNOWN
    assert reason_to_talk(candidate(1, "hard", "stale", waived=True)) is AgendaReason.WAIVED
    assert reason_to_talk(candidate(1, "hard", "met", last="not_met")) is AgendaReason.CHANGED
    assert reason_to_talk(candidate(1, "hard", "met", disputed=True)) is AgendaReason.DISPUTED
    assert reason_to_talk(candidate(1, "hard", "stale", disputed=True)) is AgendaReason.STALE
    assert reason_to_talk(candidate(1, "hard", "met", waived=True, last="met")) is None


def test_an_item_that_the_checklist_brought_in_since_is_new_and_no_change() -> None:
    assert reason_to_talk(candidate(1, "hard", "met")) is None


def test_every_state_has_its_moves_and_every_refused_move_its_sentence() -> None:
    assert set(MOVES) == set(ReviewStatus)
    for status in ReviewStatus:
        for to in ReviewStatus:
            assert (move_problem(status, to) is None) == (to in MOVES[status])


def test_a_paused_meeting_cannot_be_decided_and_a_decided_one_is_over() -> None:
    assert move_problem(ReviewStatus.PAUSED, ReviewStatus.DECIDED) == "The meeting is paused; resume it first."
    assert MOVES[ReviewStatus.DECIDED] == MOVES[ReviewStatus.CANCELLED] == frozenset()
