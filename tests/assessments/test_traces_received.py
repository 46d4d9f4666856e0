"""Traces become proof: several senders are joined, nobody learns more than their own, and nothing grows without end."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from readiness.assessments import actions, sightings
from readiness.assessments.actions import traces
from readiness.assessments.actions.traces import JOINED_WITHIN, LOOK_EVERY, MOST_ROWS, SAY_AGAIN_AFTER
from readiness.assessments.formats.traces import Span
from readiness.assessments.models import Assessment, Evidence, ReceivedSpan, TraceSummary
from readiness.catalog.models import Dependency
from tests.assessments.small import item_yaml, small
from tests.cast import NOW, Cast

TRACED = item_yaml(
    "traced",
    {
        "linked": "{artifact: otlp_trace, params: {min_services: 2}}",
        "depth": "{artifact: otlp_trace, params: {require_spans: [database]}}",
    },
    strength="uploaded",
)


@pytest.fixture(autouse=True)
def assessment(cast: Cast) -> Assessment:
    Dependency.objects.create(service=cast.checkout, name="index", needed=cast.index)
    return small(cast, TRACED)


def span(
    number: int, kind: str, service: str, parent: int = 0, *, trace: int = 1, at: datetime = NOW, **more: Any
) -> Span:
    return Span(
        trace_id=f"{trace:032x}", span_id=f"{number:016x}", parent_id=f"{parent:016x}" if parent else "", kind=kind,
        service=service, started_at=at, **more,
    )  # fmt: skip


def checkouts(trace: int = 1, at: datetime = NOW) -> list[Span]:
    return [
        span(1, "server", "checkout", trace=trace, at=at),
        span(2, "client", "checkout", 1, trace=trace, at=at, peers=("index.prod",)),
    ]


def indexs(trace: int = 1, at: datetime = NOW, name: str = "index") -> list[Span]:
    return [
        span(3, "server", name, 2, trace=trace, at=at),
        span(4, "client", name, 3, trace=trace, at=at, database="postgresql", peers=("secret-db",)),
    ]


def receive(service: Any, spans: Sequence[Span], now: datetime = NOW) -> actions.Received:
    return actions.receive_traces(service=service, spans=spans, now=now)


def looked(now: datetime = NOW) -> None:
    """A minute later, when the spans of everybody are there."""
    actions.sweep_traces(now=now + LOOK_EVERY)


def said(criterion: str = "linked") -> list[tuple[str, str]]:
    rows = Evidence.objects.filter(criterion_key=criterion).order_by("id")
    return [(row.result, row.reason) for row in rows]


@pytest.mark.parametrize("is_caller_first", [False, True])
def test_a_trace_whose_spans_come_from_two_services_is_joined_in_either_order(
    cast: Cast, is_caller_first: bool
) -> None:
    first, second = (cast.index, indexs()), (cast.checkout, checkouts())
    for sender, spans in (second, first) if is_caller_first else (first, second):
        receive(sender, spans)
        assert said() == []
    looked()
    assert said() == [("pass", "1 trace of 2 services; checkout → index.")]
    evidence = Evidence.objects.get(criterion_key="linked")
    assert (evidence.strength, evidence.kind, evidence.source, evidence.observed_at) == (
        "observed", "otlp_trace", "traces received", NOW,
    )  # fmt: skip
    assert {name: evidence.figures[name] for name in ("traces", "services", "links")} == {
        "traces": 1, "services": 2, "links": 1,
    }  # fmt: skip


def test_what_comes_after_a_look_is_looked_at_within_another_minute(cast: Cast) -> None:
    receive(cast.checkout, checkouts())
    looked()
    assert said()[0][0] == "fail"
    later = NOW + timedelta(seconds=70)
    receive(cast.index, indexs(), later)
    assert actions.sweep_traces(now=later + timedelta(seconds=59)) == 0
    assert actions.sweep_traces(now=later + LOOK_EVERY) == 2
    assert said()[1] == ("pass", "1 trace of 2 services; checkout → index.")
    assert cast.item("traced").criteria[0]["status"] == "met"


def test_a_busy_sender_is_looked_at_without_waiting_for_the_sweep(cast: Cast) -> None:
    receive(cast.checkout, [*checkouts(), *indexs()])
    receive(cast.checkout, checkouts(trace=2), NOW + LOOK_EVERY)
    assert said()[0][0] == "pass"


def test_nobody_sees_more_of_another_service_than_that_it_answered(cast: Cast) -> None:
    receive(cast.index, indexs())
    receive(cast.checkout, checkouts())
    looked()
    assert said("depth") == [("fail", "No span says that it speaks to a database.")]
    seen = json.dumps(
        [*Evidence.objects.values_list("figures", "reason"), TraceSummary.objects.get(service=cast.checkout).sightings]
    )
    assert "secret-db" not in seen
    assert "postgresql" not in seen


def test_spans_of_a_stranger_that_know_no_id_of_ours_are_not_joined(cast: Cast) -> None:
    receive(cast.index, [span(9, "server", "index", 8), span(3, "server", "index", 2, trace=2)])
    receive(cast.checkout, checkouts())
    looked()
    assert said()[0][0] == "fail"


def test_a_token_does_not_speak_for_another_service(cast: Cast) -> None:
    """Index's token brings spans that call themselves payments: no proof for anybody else."""
    receive(cast.index, indexs(name="payments"))
    receive(cast.checkout, checkouts())
    looked()
    assert said()[0][0] == "fail"
    assert set(ReceivedSpan.objects.values_list("service__slug", "is_own")) == {("index", False), ("checkout", True)}


def test_a_collector_may_bring_the_whole_trace_with_one_token_for_its_own_service(cast: Cast) -> None:
    receive(cast.checkout, [*checkouts(), *indexs()])
    looked()
    assert said() == [("pass", "1 trace of 2 services; checkout → index; postgresql.")]
    assert said("depth")[0][0] == "pass"


def test_a_service_under_another_name_is_found_by_its_declared_one(cast: Cast) -> None:
    told = [span(1, "server", "co-api"), span(2, "client", "co-api", 1)]
    assert receive(cast.checkout, told).warning == (
        "None of these spans is of checkout: they say co-api. Say its name in traces on its page."
    )
    looked()
    assert said() == []
    cast.checkout.endpoints = {"trace_service": "co-api"}
    cast.checkout.save()
    receive(cast.index, indexs(trace=5))
    assert (
        receive(cast.checkout, [span(1, "server", "co-api", trace=5), span(2, "client", "co-api", 1, trace=5)]).warning
        == ""
    )
    looked()
    assert said() == [("pass", "2 traces of 2 services; co-api → index.")]


def test_a_dependency_is_joined_under_its_name_in_traces_whoever_sends_its_spans(cast: Cast) -> None:
    cast.index.endpoints = {"trace_service": "index-api"}
    cast.index.save()
    receive(cast.index, indexs(name="index-api"))
    receive(cast.checkout, checkouts())
    looked()
    assert said() == [("pass", "1 trace of 2 services; checkout → index-api.")]
    later = NOW + SAY_AGAIN_AFTER
    receive(cast.checkout, [*checkouts(trace=2, at=later), *indexs(trace=2, at=later, name="index-api")], later)
    looked(later)
    assert said()[-1][1] == "2 traces of 2 services; checkout → index-api; postgresql."


def test_the_same_answer_is_recorded_once_an_hour_and_another_one_at_once(cast: Cast) -> None:
    for minutes in range(0, 59, 2):
        now = NOW + timedelta(minutes=minutes)
        receive(cast.checkout, [*checkouts(trace=minutes + 1, at=now), *indexs(trace=minutes + 1, at=now)], now)
        looked(now)
    assert [result for result, _ in said()] == ["pass"]
    later = NOW + SAY_AGAIN_AFTER
    receive(cast.checkout, [*checkouts(trace=90, at=later), *indexs(trace=90, at=later)], later)
    looked(later)
    assert [row.observed_at for row in Evidence.objects.filter(criterion_key="linked").order_by("id")] == [NOW, later]


def test_a_call_that_is_rare_is_remembered_for_a_day(cast: Cast) -> None:
    receive(cast.checkout, [*checkouts(), *indexs()])
    looked()
    later = NOW + timedelta(hours=3)
    actions.sweep_traces(now=later)
    assert ReceivedSpan.objects.count() == 0
    receive(cast.checkout, [span(1, "server", "checkout", trace=7, at=later)], later)
    looked(later)
    assert said()[-1][0] == "pass"
    much_later = NOW + timedelta(hours=30)
    receive(cast.checkout, [span(1, "server", "checkout", trace=8, at=much_later)], much_later)
    looked(much_later)
    assert said()[-1][0] == "fail"


def test_rows_are_bounded_and_all_services_keep_the_same_traces(cast: Cast) -> None:
    for batch in range(12):
        numbers = range(batch * 100, batch * 100 + 100)
        receive(cast.checkout, [one for number in numbers for one in checkouts(trace=number + 1)])
        receive(cast.index, [one for number in numbers for one in indexs(trace=number + 1)])
    assert ReceivedSpan.objects.filter(service=cast.checkout).count() == MOST_ROWS
    assert ReceivedSpan.objects.filter(service=cast.index).count() == MOST_ROWS
    kept = [
        set(ReceivedSpan.objects.filter(service=one).values_list("trace_id", flat=True))
        for one in (cast.checkout, cast.index)
    ]
    assert kept[0] == kept[1]


def test_the_same_export_twice_is_one(cast: Cast) -> None:
    receive(cast.checkout, checkouts())
    receive(cast.checkout, checkouts())
    looked()
    assert ReceivedSpan.objects.count() == 2
    assert len(said()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        span(1, "server", ""),
        span(1, "server", "checkout", at=NOW - timedelta(days=2)),
        span(1, "server", "checkout", at=NOW + timedelta(hours=1)),
        Span(trace_id="", span_id="", service="checkout", kind="server", started_at=NOW),
        Span(trace_id="1" * 32, span_id="2" * 16, service="checkout", kind="server"),
    ],
)
def test_what_can_not_be_used_is_counted_as_left_out(cast: Cast, wrong: Span) -> None:
    received = receive(cast.checkout, [wrong, *checkouts(trace=3)])
    assert received.rejected == 1
    assert "left out" in received.warning
    assert ReceivedSpan.objects.count() == 2


def test_a_clock_that_is_a_little_ahead_makes_no_proof_from_the_future(cast: Cast) -> None:
    ahead = NOW + timedelta(minutes=4)
    receive(cast.checkout, [*checkouts(at=ahead), *indexs(at=ahead)])
    looked()
    assert Evidence.objects.get(criterion_key="linked").observed_at == NOW


def test_a_service_that_is_not_measured_yet_still_helps_the_others(cast: Cast) -> None:
    assert not Assessment.objects.filter(service=cast.index).exists()
    receive(cast.index, indexs())
    receive(cast.checkout, checkouts())
    looked()
    assert said()[0][0] == "pass"


def test_the_sweep_lets_go_of_what_is_old(cast: Cast) -> None:
    receive(cast.checkout, checkouts())
    actions.sweep_traces(now=NOW + JOINED_WITHIN)
    assert ReceivedSpan.objects.count() == 2
    actions.sweep_traces(now=NOW + JOINED_WITHIN + timedelta(seconds=1))
    assert (ReceivedSpan.objects.count(), TraceSummary.objects.count()) == (0, 1)
    actions.sweep_traces(now=NOW + sightings.KEPT + JOINED_WITHIN + timedelta(minutes=1))
    assert TraceSummary.objects.count() == 0


def test_what_is_remembered_is_bounded(cast: Cast) -> None:
    peers = [span(n, "client", "checkout", 1, peers=(f"10.0.0.{n}",)) for n in range(2, 190)]
    receive(cast.checkout, [span(1, "server", "checkout"), *peers])
    more = [span(n, "client", "checkout", 1, trace=2, peers=(f"10.0.1.{n}",)) for n in range(2, 190)]
    receive(cast.checkout, more, NOW + LOOK_EVERY)
    looked(NOW + LOOK_EVERY)
    assert len(TraceSummary.objects.get().sightings["calls"]) == sightings.MOST


def test_ranks_do_not_follow_ids_that_begin_with_the_time() -> None:
    ranks = [traces.rank_of(f"{number:032x}") for number in range(100)]
    assert ranks != sorted(ranks)
    assert max(ranks) < 2**62
