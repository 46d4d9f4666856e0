"""The gate, the assessment, asking for checks, and the packet."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readiness.assessments.models import Gap, Item
from readiness.catalog.models import Service
from readiness.checks.models import Check, Run
from readiness.history.models import ActorKind, Entry
from reviews.models import Packet
from reviews.packet import check_file
from tests.api.stage import API, MOMENT, Stage, by, problem, send
from tests.assessments.small import PROBED, WRITTEN, item_yaml, see, small
from tests.cast import NOW, Cast, service


def gate(stage_or_cast: Stage | Cast, query: str = "") -> tuple[int, dict[str, object]]:
    cast = stage_or_cast.cast if isinstance(stage_or_cast, Stage) else stage_or_cast
    answer = by(cast.theo).get(f"{API}/services/checkout/gate{query}")
    return answer.status_code, answer.json()


def command(slug: str) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    status = 0
    try:
        call_command("gate", slug, stdout=out, stderr=err)
    except SystemExit as end:
        status = int(str(end.code))
    return status, out.getvalue() + err.getvalue()


def test_a_no_go_names_what_blocks_and_enforced_it_is_a_conflict(cast: Cast) -> None:
    small(cast, PROBED, WRITTEN)
    see(cast.checkout.assessment, result="fail", reason="The live address answered 500.")
    status, body = gate(cast)
    assert status == 200
    assert body["decision"] == "no_go"
    assert body["blockers"] == [
        {"item": "probed", "rule": "derived-decision", "reason": "Probed is not met: The live address answered 500."},
        {
            "item": "probed",
            "rule": "derived-decision",
            "reason": "The gap Probed has no owner, no due date and no plan.",
        },
    ]
    assert gate(cast, "?enforce=1") == (409, body)
    assert gate(cast, "?enforce=0") == (200, body)
    status, said = command("checkout")
    assert status == 1
    assert said.splitlines()[0] == "checkout: No-go"
    assert "probed [derived-decision] Probed is not met" in said


def test_a_go_passes(cast: Cast) -> None:
    see(small(cast, PROBED))
    assert gate(cast, "?enforce=1") == (200, {"decision": "go", "blockers": []})
    assert command("checkout") == (0, "checkout: Go\n")


def test_proof_that_ran_out_does_not_pass_though_no_sweep_has_noticed(cast: Cast) -> None:
    see(small(cast, PROBED))
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        assert Item.objects.get(key="probed").status == "met"
        assert gate(cast, "?enforce=1")[0] == 409
        assert Item.objects.get(key="probed").status == "stale"


def test_a_service_that_is_not_measured_does_not_pass(cast: Cast) -> None:
    status, body = gate(cast, "?enforce=1")
    assert (status, body["decision"]) == (409, "no_go")
    assert command("checkout")[0] == 1
    problem(by(cast.theo).get(f"{API}/services/checkout/assessment"), 404, words="not measured yet")


def test_the_command_knows_no_such_service(cast: Cast) -> None:
    assert command("nonsense") == (2, "There is no service called “nonsense”; give its short name.\n")


def test_the_assessment_says_how_each_item_stands(stage: Stage) -> None:
    body = by(stage.own).get(f"{stage.checkout}/assessment").json()
    assert (body["service"], body["checklist"], body["version"], body["decision"]) == ("checkout", "small", 1, "no_go")
    assert body["summary"] == {"hard_applicable": 5, "hard_met": 0, "hard_open": 5, "tracked_open": 1, "waived": 0}
    items = {row["key"]: row for row in body["items"]}
    assert list(items) == ["probed", "drilled", "mixed", "either", "written", "queued"]
    probed = items["probed"]
    assert (probed["status"], probed["gate"], probed["category"]) == ("not_met", "hard", "reliability")
    assert probed["gap"] == {
        "id": stage.gap.pk, "status": "open", "owner": stage.gap.owner.email if stage.gap.owner else None,
        "due_on": stage.gap.due_on.isoformat() if stage.gap.due_on else None,
    }  # fmt: skip
    assert (probed["waiver"], probed["chapter"]) == (None, "")
    assert probed["next_step"]


def test_the_assessment_costs_the_same_however_many_items_there_are(cast: Cast) -> None:
    def cost() -> int:
        client = by(cast.theo)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{API}/services/checkout/assessment").status_code == 200
        return len(queries)

    small(cast, PROBED)
    few = cost()
    cast.checkout.assessment.delete()
    many = [item_yaml(f"item-{number}", {"answers": "{probe: health_pair}"}) for number in range(30)]
    small(cast, *many)
    assert cost() == few


def test_a_pipeline_asks_for_the_checks_and_is_named_in_the_history(stage: Stage) -> None:
    Run.objects.all().delete()
    answer = send(by(stage.own), "POST", f"{stage.checkout}/checks/run")
    assert answer.status_code == 202, answer.content
    body = answer.json()
    ready = Check.objects.ready().filter(service=stage.cast.checkout)
    assert [(row["check"], row["item"]) for row in body["runs"]] == [(c.type, c.item.key) for c in ready]
    assert body["runs"]
    assert all(row["reason"] for row in body["passed_over"])
    assert len(body["passed_over"]) == Check.objects.count() - ready.count()
    assert by(stage.own).get(answer["Location"]).status_code == 200
    entry = Entry.objects.get(verb="service.checks_requested")
    assert (entry.actor_kind, entry.actor_name) == (ActorKind.MACHINE, "CI token “own”")
    again = send(by(stage.own), "POST", f"{stage.checkout}/checks/run").json()
    assert again["runs"] == body["runs"]


def test_the_packet_is_the_file_byte_for_byte(stage: Stage) -> None:
    answer = by(stage.cast.theo).get(f"{API}/reviews/{stage.review.pk}/packet")
    frozen = Packet.objects.get()
    assert check_file(answer.content) == json.loads(frozen.body)
    assert answer.json()["digest"] == frozen.digest


def test_an_undecided_review_has_no_packet(stage: Stage) -> None:
    problem(by(stage.cast.theo).get(f"{API}/reviews/{stage.review.pk + 1}/packet"), 404)


@pytest.mark.parametrize("path", ["", "/gate", "/assessment"])
def test_a_retired_service_is_still_read(cast: Cast, path: str) -> None:
    old = service("old", cast.payments, lifecycle="retired")
    see(small(cast, PROBED))
    Service.objects.filter(pk=old.pk).update(tech_lead=cast.theo)
    answer = by(cast.theo).get(f"{API}/services/old{path}")
    assert answer.status_code == (404 if path == "/assessment" else 200)


def test_the_moment_of_the_stage_is_after_the_review(stage: Stage) -> None:
    assert stage.review.starts_at < MOMENT
    assert Gap.objects.filter(service=stage.cast.checkout).exists()
