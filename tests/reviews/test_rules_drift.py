"""What counts as drift, under which cause, and in which words. Facts in, lines out."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from reviews.rules.drift import Asks, Cause, CheckFacts, Drift, PersonFacts, ServiceFacts, StoodFacts, drift

THEO, ROB = PersonFacts(1, "Theo"), PersonFacts(2, "Rob")
CHECK = ("probed", "answers", "health_pair")
THEN = ServiceFacts(
    tier=2,
    traits=("worker",),
    team="Payments",
    repository="",
    people={"Tech lead": THEO, "On-call": None},
    endpoints={"base_url": "https://one.example", "runbook_urls": ["https://a.example"]},
    dependencies=frozenset({"ledger"}),
    checks={CHECK: CheckFacts("aa", is_enabled=True)},
)


def since(now: ServiceFacts = THEN, **changes: Any) -> list[str]:
    found = drift(service=(THEN, replace(now, **changes)), items=({}, {}), asked={}, titles={})
    assert all(line.cause is Cause.SERVICE for line in found.lines)
    return [line.title for line in found.lines]


def stood(status: str = "met", **fields: Any) -> StoodFacts:
    values: dict[str, Any] = {"title": "Probed", "gate": Gate.HARD, "reason": ""} | fields
    return StoodFacts(status=ItemStatus(status), **values)


def of_item(then: StoodFacts, now: StoodFacts, **fields: Any) -> Drift:
    values: dict[str, Any] = {"asked": {}, "titles": {}} | fields
    return drift(service=(THEN, THEN), items=({"probed": then}, {"probed": now}), **values)


def test_the_same_is_no_drift() -> None:
    found = of_item(stood(), stood())
    assert (found.lines, found.better, found.summary) == ((), (), "Nothing drifted")


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"tier": 1}, ["Tier: 2 → 1"]),
        ({"traits": ("http-api", "worker")}, ["New trait: HTTP API"]),
        ({"traits": ()}, ["No trait any more: Worker"]),
        ({"team": "Search"}, ["Team: Payments → Search"]),
        ({"repository": "https://git.example/x"}, ["Repository: nothing → https://git.example/x"]),
        ({"people": {"Tech lead": ROB, "On-call": THEO}}, ["Tech lead: Theo → Rob", "On-call: nobody → Theo"]),
        (
            {"people": {"Tech lead": PersonFacts(1, "Theodora"), "On-call": None}},
            [],
        ),
        (
            {"endpoints": {"base_url": "https://two.example", "runbook_urls": ["https://b.example"], "peak_rps": "9"}},
            [
                "Base address: https://one.example → https://two.example",
                "Runbooks changed",
                "Expected peak: nothing → 9",
            ],
        ),
        ({"dependencies": frozenset({"mail"})}, ["New dependency: mail", "No dependency any more: ledger"]),
        ({"checks": {CHECK: CheckFacts("bb", True, "Health")}}, ["Check configured anew: Health"]),
        ({"checks": {CHECK: CheckFacts("aa", False, "Health")}}, ["Check switched off: Health"]),
        ({"checks": {}}, []),
        ({"checks": {("new", "x", "y"): CheckFacts("aa", True, "New")} | dict(THEN.checks or {})}, []),
    ],
)
def test_what_changed_about_the_service_is_said_in_words(changes: dict[str, Any], lines: list[str]) -> None:
    assert since(**changes) == lines


def test_an_old_packet_that_holds_no_endpoints_dependencies_or_checks_compares_none() -> None:
    old = replace(THEN, endpoints=None, dependencies=None, checks=None)
    assert drift(service=(old, THEN), items=({}, {}), asked={}, titles={}).lines == ()


@pytest.mark.parametrize(
    ("then", "now", "cause", "note"),
    [
        (stood(), stood("not_met", reason="No rule pages."), Cause.PROOF, "Met then, not met now. No rule pages."),
        (stood(), stood("stale"), Cause.PROOF, "Met then, stale now."),
        (stood(), stood("unknown"), Cause.PROOF, "Met then, unknown now."),
        (stood("unknown"), stood("not_met"), Cause.PROOF, "Unknown then, not met now."),
        (stood("not_met", is_waived=True), stood("not_met"), Cause.PROOF, "Under a waiver then, which ended."),
        (stood("not_applicable"), stood("unknown"), Cause.SERVICE, "Did not apply then, counts now."),
        (stood(), stood("not_applicable", reason="No queue."), Cause.SERVICE, "Counted then. No queue."),
        (stood(), stood("not_met", is_waived=True), None, ""),
        (stood("not_met"), stood("not_met"), None, ""),
        (stood("not_met"), stood("unknown"), None, ""),
        (stood("not_met"), stood("met"), None, ""),
        (stood("not_met", waived_until=date(2026, 5, 1)), stood("not_met"), None, ""),
    ],
)
def test_an_item_drifts_when_it_is_worse_than_it_was(
    then: StoodFacts, now: StoodFacts, cause: Cause | None, note: str
) -> None:
    found = of_item(then, now)
    assert [(line.cause, line.note, line.item) for line in found.lines] == ([(cause, note, "probed")] if cause else [])


def test_what_got_better_is_named_apart() -> None:
    assert of_item(stood("not_met"), stood("met")).better == ("Probed",)


def test_what_the_checklist_asks_anew_is_not_blamed_on_the_proof() -> None:
    found = of_item(
        stood(), stood("unknown"), asked={"probed": Asks.ELSE, "new": Asks.ADDED}, titles={"new": "New one"}
    )
    assert [(line.cause, line.title, line.note) for line in found.lines] == [
        (Cause.CHECKLIST, "probed", "The checklist: asks for something else now."),
        (Cause.CHECKLIST, "New one", "The checklist: asked for now."),
    ]


def test_the_summary_counts_by_cause() -> None:
    found = drift(
        service=(THEN, replace(THEN, tier=1)),
        items=({"a": stood(), "b": stood()}, {"a": stood("stale"), "b": stood("not_met")}),
        asked={},
        titles={},
    )
    assert found.summary == "3 things drifted: 1 service, 0 checklist, 2 proof"
