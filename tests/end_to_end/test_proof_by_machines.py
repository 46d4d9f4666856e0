"""The whole way of proof, with everything for real that can be had.

A shop behind nginx, watched by Prometheus and Alertmanager, becomes ready by checks and by what its pipeline pushes; people do
the little that is left, and the gate opens. Then three things break, and three items turn.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

import readiness.celery  # noqa: F401 - actions wake workers through it, as in a web process
from readiness import environment
from readiness.accounts.actions import tokens
from readiness.accounts.models import User
from readiness.assessments import actions as assessments, drain_drill
from readiness.assessments.actions.regressions import GATHERED_FOR
from readiness.assessments.actions.traces import LOOK_EVERY
from readiness.assessments.models import Assessment, Gap
from readiness.catalog.models import Service
from readiness.checklists.rules import Gate, How
from readiness.checks import actions as checks, runner
from readiness.checks.actions.integrations import Said, connect
from readiness.checks.models import Check
from readiness.mail import delivery
from readiness.portfolio import registration
from tests.cast import Cast, published, service
from tests.end_to_end import people, pipeline as ci
from tests.end_to_end.town import REGION, ROOT, ROTATED, Shop, Town, command, shop, town
from tests.infrastructure.servers import free_port
from tests.servers.aws import KEY
from tests.servers.code_host import COMMIT
from tests.servers.postbox import Postbox, postbox

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("nginx", "prometheus", "alertmanager"),
    pytest.mark.timeout(400),
]
TRAITS = ["calls-services", "containerised", "has-database", "http-api", "internet-facing"]
BY_MACHINE = (How.PROBE, How.QUERY, How.ARTIFACT)
DRILL = "am_delivery"
"""A machine sends it, but a person has to acknowledge."""


@dataclass(frozen=True, slots=True)
class Stage:
    cast: Cast
    service: Service
    shop: Shop
    town: Town
    pipeline: ci.Pipeline
    box: Postbox

    def run_checks(self) -> None:
        """As a worker does, until nothing waits."""
        checks.run_all(by=self.cast.theo, service=self.service, now=timezone.now())
        while runner.run_batch(worker="a worker"):
            pass

    def push(self, name: str, content: bytes, **envelope: str) -> None:
        answer = self.pipeline.push(name, content, **envelope)
        assert answer.status in {200, 201}, (name, answer.body)

    def push_logs(self) -> None:
        self.push("sample.ndjson", "\n".join(self.shop.log_lines()[-600:]).encode())


@pytest.fixture
def stage(
    cast: Cast, live_server: LiveServer, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    settings.BASE_URL, settings.EGRESS_ALLOW = live_server.url, "127.0.0.0/8"
    published()
    prices = service("prices", cast.search, tech_lead=cast.sam)
    shop_row = Service.objects.get(pk=_register(cast).pk)
    with ExitStack() as stack:
        traces = {
            row.slug: _traces(live_server.url, row, lead) for row, lead in ((shop_row, cast.theo), (prices, cast.sam))
        }
        running = stack.enter_context(shop(tmp_path, traces))
        running.serve_customers(80)
        around = stack.enter_context(town(running))
        box = stack.enter_context(postbox())
        settings.MAILERS = {"default": environment.email(box.url)}
        monkeypatch.setenv("CHECK_SECRET_SHOP_READER", f"{running.address} reader")
        pipeline = ci.Pipeline(live_server.url, "shop", _token(shop_row, cast.theo, "pipeline"), tmp_path)
        yield Stage(cast, _tell(cast, shop_row, running, around), running, around, pipeline, box)


def _register(cast: Cast) -> Service:
    today = timezone.now().date()
    return registration.register(
        by=cast.mia, now=timezone.now(), slug="shop", name="Shop", team=cast.payments, tier=1, traits=TRAITS,
        tech_lead=cast.theo, on_call=cast.olga, platform_owner=cast.pia, go_live_on=today + timedelta(days=17),
        dependencies=["prices", "orders-db"],
    )  # fmt: skip


def _token(row: Service, lead: User, name: str) -> str:
    minted = tokens.mint(
        by=lead, target=row.target, service=row.name, name=name, lasts=timedelta(days=30), now=timezone.now()
    )
    return minted.secret


def _traces(address: str, row: Service, lead: User) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{address}/v1/traces",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": f"Authorization=Bearer%20{_token(row, lead, 'traces')}",
    }


def _tell(cast: Cast, row: Service, running: Shop, around: Town) -> Service:
    """The organisation says once where its sources are; the lead says what is the shop's own, and sets up what is left."""
    now = timezone.now()
    for kind, address in (
        ("prometheus", around.prometheus),
        ("alertmanager", around.alertmanager),
        ("loki", around.loki),
    ):
        connect(by=cast.ada, kind=kind, said=Said(address=address), version=0, now=now)
    connect(
        by=cast.ada,
        kind="code_host",
        said=Said(address=f"{around.github}/api/v3", flavour="github"),
        version=0,
        now=now,
    )
    key_id, _, key = KEY.partition(":")
    signing = Said(address=around.aws, settings={"region": REGION, "key_id": key_id}, way="aws", secret=key)
    connect(by=cast.ada, kind="aws_secrets", said=signing, version=0, now=now)
    endpoints: dict[str, Any] = {
        "base_url": running.address,
        "live_url": f"{running.address}/healthz/live",
        "ready_url": f"{running.address}/healthz/ready",
        "openapi_url": f"{running.address}/openapi.json",
        "metrics_selector": '{job="shop"}',
        "alert_selector": '{service="shop"}',
        "log_query": '{app="shop"}',
        "oncall_calendar_url": f"{running.address}/runbooks/on-call.ics",
        "release_commit": COMMIT[:12],
        "ci_workflow": "security.yml",
        "rotated_secret": ROTATED,
        "production_rows": "orders=5000000, customers=800000",
        "statement_budget_ms": "50",
        "peak_rps": "80",
        "latency_p95_ms": "300",
        "latency_p99_ms": "800",
    }
    fresh = registration.change(
        by=cast.theo,
        now=now,
        service=row,
        version=row.version,
        changes={"endpoints": endpoints, "repository": f"{around.github}/shop/checkout"},
    )
    reader = "Authorization: Bearer ${CHECK_SECRET_SHOP_READER}"
    _configure(cast, fresh, "http_authz", low_privilege_header=reader)
    # All of it runs on one machine here, and other tests beside it: how quick an answer is says nothing.
    _configure(cast, fresh, "health_pair", max_live_ms=10_000)
    _configure(cast, fresh, "correlation", path="/api/prices")
    _configure(cast, fresh, "exposure", vantage="public", self_test_url=f"http://127.0.0.1:{free_port()}/")
    orders = {"query": 'sum(orders_placed_total{job="shop"})', "changed_within_hours": 0.01}
    _configure(cast, fresh, "prom_query", "obs-business-metrics", **orders)
    return fresh


def _configure(cast: Cast, row: Service, type_: str, item: str = "", **config: Any) -> None:
    found = Check.objects.select_related("service", "item__assessment").filter(service=row, type=type_)
    check = found.get(item__key=item) if item else found.get()
    checks.configure(
        by=cast.theo, check=check, version=check.version, config={**check.config, **config}, now=timezone.now()
    )


def hard_gates_for_machines(row: Service) -> set[str]:
    """Keys of the hard gates that count, every criterion of which a machine can verify without anybody's help."""
    assessment = Assessment.objects.select_related("version").get(service=row)
    keys = set()
    for item in assessment.items.filter(retired_at=None, gate=Gate.HARD).exclude(status="not_applicable"):
        criteria = assessment.version.pack.item(item.key).criteria_for(tier=row.tier, traits=row.traits)
        ways = [[way.kind for way in one.ways if way.how in BY_MACHINE and way.kind != DRILL] for one in criteria]
        if all(ways):
            keys.add(item.key)
    return keys


def test_a_service_becomes_ready_by_machines_and_three_things_that_break_turn_three_items(
    stage: Stage, tmp_path: Path
) -> None:
    expected = hard_gates_for_machines(stage.service)
    assert len(expected) == 19
    assert stage.pipeline.ask_gate().status == 409

    stage.run_checks()
    for name, content, envelope in ci.release_reports(stage.shop.address):
        stage.push(name, content, **envelope)
    stage.push("drain.json", drained(tmp_path))
    stage.push_logs()
    assessments.sweep_traces(now=timezone.now() + LOOK_EVERY)  # what came in is looked at once a minute

    items = stage.pipeline.assessment()
    assert {key: items[key]["reason"] for key in expected if items[key]["status"] != "met"} == {}
    assert stage.pipeline.ask_gate().status == 409

    people.do_their_part(stage.cast, stage.service, timezone.now())
    answer = stage.pipeline.ask_gate()
    assert (answer.status, answer.body["decision"]) == (200, "go"), answer.body

    stage.shop.remove_runbook()
    stage.shop.switch("debug-logs", is_on=True)
    stage.shop.switch("open-orders", is_on=True)
    stage.shop.serve_customers(70)
    before = set(Gap.objects.open().values_list("item__key", flat=True))
    stage.run_checks()
    stage.push_logs()

    turned = {
        key for key, item in stage.pipeline.assessment().items() if items[key]["status"] == "met" != item["status"]
    }
    assert turned == {"obs-runbooks", "obs-log-levels", "sec-access-control"}
    assert set(Gap.objects.open().values_list("item__key", flat=True)) - before == turned
    delivery.deliver_due(now=timezone.now())
    assert not about_regressions(stage.box)
    delivery.deliver_due(now=timezone.now() + GATHERED_FOR)
    [message] = about_regressions(stage.box)
    assert message["To"] == stage.cast.theo.email
    assert "and 2 more (Shop)" in message["Subject"]
    assert stage.pipeline.ask_gate().status == 409


def about_regressions(box: Postbox) -> list[Any]:
    return [message for message in box.received if message["Subject"].startswith("Not met any more")]


def drained(folder: Path) -> bytes:
    """The drain drill's report, made by its own command against a second process of the shop."""
    report, folder = folder / "drain.json", folder / "second"
    (folder / "switches").mkdir(parents=True)
    drill = [sys.executable, str(Path(drain_drill.__file__)), "--slow-path", "/slow?seconds=1", "--output", str(report)]
    done = subprocess.run(
        [*drill, "--", *command(folder, "shop")], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return report.read_bytes()
