"""What to do next: the cheapest thing that brings an unmet item forward."""

from collections.abc import Iterable
from dataclasses import dataclass

from readiness.assessments.rules.standing import WAITING_FOR_WITNESS, ItemStanding, ItemStatus, Standing
from readiness.checklists.kinds import NOT_READ_YET
from readiness.checklists.pack import PackItem, Way
from readiness.checklists.rules import Gate, How

COST: dict[How, int] = {How.PROBE: 1, How.QUERY: 2, How.RECORD: 3, How.ARTIFACT: 4, How.ATTESTATION: 5}
ASKING = 1
"""What it costs to ask somebody who only has to say yes."""
NEXT_STEP: dict[How, str] = {
    How.PROBE: "Set up the check with the address to call",
    How.QUERY: "Connect the system to ask, then run the check",
    How.RECORD: "Fill it in on the service's page",
    How.ARTIFACT: "Upload a report, or push it from CI",
    How.ATTESTATION: "Attest it, with a link and a witness",
}
MEND: dict[How, str] = {
    How.PROBE: "Fix what was found, then run it again",
    How.QUERY: "Fix what was found, then run it again",
    How.RECORD: "Complete it on the service's page",
    How.ARTIFACT: "Fix what was found, then upload a new report",
    How.ATTESTATION: "Fix it, then attest again",
}

ASK_THE_WITNESS = "Ask the witness to confirm"
NOTHING_READS_IT = "No check here can read this yet: it takes a waiver with an end date"
OUT_OF_REACH = 20


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. A lower `cost` is cheaper: seconds for a probe, an afternoon for a drill."""

    item_key: str
    gate: Gate
    title: str
    step: str
    cost: int


def next_step(item: PackItem, judged: ItemStanding, *, is_excuse_waiting: bool = False) -> NextStep | None:
    """What would bring an unmet item forward most cheaply; None when it is met or does not apply.

    `is_excuse_waiting`: somebody says it does not apply, and a second person has yet to agree.
    """
    open_criteria = [(c, s) for c, s in judged.criteria if s.status is not ItemStatus.MET]
    if not open_criteria:
        return None
    if is_excuse_waiting:
        return NextStep(
            item.key, judged.gate, item.title, "Ask a second person to confirm that it does not apply", ASKING
        )
    steps = [_step(standing, _cheapest(criterion.ways)) for criterion, standing in open_criteria]
    words = min(steps)[2]
    return NextStep(item.key, judged.gate, item.title, words, sum(cost for _, cost, _ in steps))


def _cheapest(ways: Iterable[Way]) -> How | None:
    """None when no way of the criterion can be gone in this version: better said than sent looking for it."""
    possible = [way.how for way in ways if not (way.how.is_machine and way.kind in NOT_READ_YET)]
    return min(possible, key=lambda how: COST[how], default=None)


def _step(standing: Standing, how: How | None) -> tuple[bool, int, str]:
    """(can wait, cost, words): a fault that was found comes before what nobody has looked at."""
    if standing.reason == WAITING_FOR_WITNESS:
        return True, ASKING, ASK_THE_WITNESS
    if how is None:
        return True, OUT_OF_REACH, NOTHING_READS_IT
    return standing.status is not ItemStatus.NOT_MET, COST[how], _words(standing, how)


def _words(standing: Standing, how: How) -> str:
    if standing.status is ItemStatus.NOT_MET:
        return MEND[how]
    if standing.status is ItemStatus.STALE:
        return "Renew the proof: it expired"
    return NEXT_STEP[how]


def what_is_next(steps: Iterable[NextStep]) -> list[NextStep]:
    """Hard gates first, the cheapest first among them."""
    return sorted(steps, key=lambda step: (step.gate is not Gate.HARD, step.cost, step.item_key))
