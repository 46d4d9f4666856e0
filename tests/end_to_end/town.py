"""Everything around the shop, for real: the service it calls, nginx in front, Prometheus that scrapes it, Alertmanager that
routes its alerts, Moto in the place of AWS.

What can't be had here is a small server that speaks the documented interface: a log store (Loki's) that is given the shop's real
log files, and a code host (GitHub's) that knows one run of a workflow.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import boto3

from tests.infrastructure.servers import free_port, port_open, running
from tests.infrastructure.waiting import eventually
from tests.servers.alertmanager import alertmanager
from tests.servers.api import Answer, Call, api
from tests.servers.aws import KEY, secrets_manager
from tests.servers.code_host import Ran, code_host
from tests.servers.loki import Loki, loki
from tests.servers.nginx import nginx
from tests.servers.prometheus import prometheus

ROOT = Path(__file__).parents[2]
RUNBOOK = """<!doctype html><title>{title}</title><h1>{title}</h1>
<h2>Meaning</h2><p>More requests fail, or take longer, than customers put up with. It pages, because people who want to
buy something can't, and each minute of it is counted against the month's budget.</p>
<h2>Causes</h2><p>Most often a release that went out within the hour, a full pool of database connections, or prices that
answer slowly. Seldom a certificate that ran out, or a disk that is full on the machine of the database.</p>
<h2>Steps</h2><p>Look at the dashboard: is it one instance or all of them? If a release went out, roll it back first and
look for the reason afterwards. If the pool is full, look for slow statements and end those that hold connections.</p>
<h2>Escalation</h2><p>After fifteen minutes call the second level; when money is lost, tell the manager of payments as well.</p>
"""
ALERTS = """
groups:
  - name: shop
    rules:
      - alert: ShopFails
        expr: >-
          sum(rate(http_requests_total{{job="shop",code=~"5.."}}[5m])) / sum(rate(http_requests_total{{job="shop"}}[5m])) > 0.5
        for: 5m
        labels: {{severity: page, service: shop}}
        annotations: {{runbook_url: "{address}/runbooks/fails.html"}}
      - alert: ShopIsSlow
        expr: histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{{job="shop"}}[5m]))) > 2
        for: 5m
        labels: {{severity: page, service: shop}}
        annotations: {{runbook_url: "{address}/runbooks/slow.html"}}
"""
ON_CALL = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//town//on call//
{shifts}END:VCALENDAR
"""
SHIFT = """BEGIN:VEVENT
UID:{uid}@town
DTSTAMP:{begins:%Y%m%dT%H%M%SZ}
DTSTART:{begins:%Y%m%dT%H%M%SZ}
DTEND:{ends:%Y%m%dT%H%M%SZ}
SUMMARY:{person}
END:VEVENT
"""
ROUTES = """
route:
  receiver: nobody
  group_wait: 0s
  group_interval: 1s
  routes:
    - matchers: [ severity = page ]
      receiver: on-call
receivers:
  - name: nobody
  - name: on-call
    webhook_configs:
      - url: {webhook}
"""
REGION, ROTATED = "eu-west-1", "shop/database"
SOLD = 'changes(sum(orders_placed_total{job="shop"})[30s:1s]) > 0'
PATIENCE = timedelta(seconds=30)
LOCATIONS = """
    error_page 400 413 414 /errors/refused.json;
    location /errors/ {{ internal; root {folder}; default_type application/problem+json; types {{ }} }}
    location /metrics {{ default_type application/problem+json; return 404 '{{"title": "Not found"}}'; }}
    location /runbooks/ {{ root {folder}; }}
    location / {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header X-Request-ID $http_x_request_id; }}
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """`address`: in front, where the outside calls. `inside`: the process itself. `switches`: see `shop.py`."""

    address: str
    inside: str
    folder: Path
    port: int
    prices_port: int

    def switch(self, name: str, *, is_on: bool) -> None:
        place = self.folder / "switches" / name
        place.touch() if is_on else place.unlink(missing_ok=True)

    def remove_runbook(self) -> None:
        (self.folder / "runbooks/slow.html").unlink()

    def call(self, path: str, *, body: object = None, bearer: str = "") -> int:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        request = urllib.request.Request(self.address + path, content, headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def serve_customers(self, rounds: int) -> None:
        """Orders, prices, and now and then a request that fails."""
        for number in range(rounds):
            self.call("/api/orders", body={"item": "coffee"}, bearer="admin")
            self.call("/api/orders", bearer="admin")
            self.call("/api/prices")
            if number % 40 == 0:
                self.call("/fail")

    def log_lines(self, name: str = "shop") -> list[str]:
        return (self.folder / f"{name}.log").read_text().splitlines()


@dataclass(frozen=True, slots=True)
class Town:
    """Addresses of what watches the shop."""

    prometheus: str
    alertmanager: str
    loki: str
    github: str
    aws: str
    pages: list[bytes]
    """What Alertmanager sent to whoever is on call."""


def _rotate(address: str) -> None:
    """The shop's secret, with the version before it."""
    key_id, _, key = KEY.partition(":")
    manager = boto3.client(
        "secretsmanager", REGION, endpoint_url=address, aws_access_key_id=key_id, aws_secret_access_key=key
    )
    manager.create_secret(Name=ROTATED, SecretString="the first")
    manager.put_secret_value(SecretId=ROTATED, SecretString="the second")


def _collected(shop: Shop, logs: Loki) -> None:
    """What an agent on each machine does: the log files as they are now."""
    lines = [(name, line) for name in ("shop", "prices") for line in shop.log_lines(name)]
    logs.lines[:] = [(_nanoseconds(line), {"app": name, "service_name": name}, line) for name, line in lines]


@contextmanager
def town(shop: Shop) -> Iterator[Town]:
    """Starts when the shop has customers: rules are evaluated over their requests."""
    pages: list[bytes] = []

    def ring(call: Call) -> Answer:
        pages.append(call.body)
        return Answer({})

    with ExitStack() as stack:
        pager = stack.enter_context(api(ring))
        logs = stack.enter_context(loki())
        logs.collect = partial(_collected, shop)
        github = stack.enter_context(code_host("github"))
        github.runs.append(Ran(at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"))
        aws = stack.enter_context(secrets_manager())
        _rotate(aws)
        router = stack.enter_context(alertmanager(ROUTES.format(webhook=f"{pager.url}/page")))
        rules = ALERTS.format(address=shop.address)
        metrics = stack.enter_context(prometheus(rules=rules, jobs={"shop": [shop.inside]}, alertmanager=router.host))

        def has_sold() -> bool:
            shop.serve_customers(5)
            return metrics.has_series(SOLD)

        eventually(has_sold, what="orders are seen to grow", within=PATIENCE)
        yield Town(metrics.url, router.url, logs.url, github.url, aws, pages)


def _nanoseconds(line: str) -> int:
    return int(datetime.fromisoformat(json.loads(line)["time"]).timestamp() * 1e9)


def calendar(now: datetime) -> str:
    """Two people in turn, a week each, for ten weeks."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=7)
    shifts = [
        SHIFT.format(
            uid=week, begins=begin + timedelta(weeks=week), ends=begin + timedelta(weeks=week + 1), person=person
        )
        for week, person in enumerate(("Olga Example", "Pia Example") * 5)
    ]
    return ON_CALL.format(shifts="".join(shifts)).replace("\n", "\r\n")


@contextmanager
def shop(folder: Path, traces: dict[str, dict[str, str]]) -> Iterator[Shop]:
    """The shop behind nginx. `traces`: service → more environment, where its traces go."""
    for name in ("switches", "runbooks", "errors"):
        (folder / name).mkdir()
    (folder / "errors/refused.json").write_text('{"title": "That was no request."}')
    (folder / "runbooks/on-call.ics").write_text(calendar(datetime.now(UTC)))
    for name, title in (("fails", "Requests fail"), ("slow", "Requests are slow")):
        (folder / f"runbooks/{name}.html").write_text(RUNBOOK.format(title=title))
    port, prices_port = free_port(), free_port()
    with ExitStack() as stack:
        stack.enter_context(_process(folder, "prices", prices_port, traces["prices"]))
        stack.enter_context(_process(folder, "shop", port, traces["shop"], "--prices", f"127.0.0.1:{prices_port}"))
        front = stack.enter_context(nginx(locations=LOCATIONS.format(folder=folder, port=port), is_plain=True))
        yield Shop(front.url, f"127.0.0.1:{port}", folder, port, prices_port)


def command(folder: Path, name: str, *more: str) -> list[str]:
    """Without `--port` it takes the one in PORT."""
    own = ["--name", name, "--switches", str(folder / "switches"), "--log", str(folder / f"{name}.log")]
    return [sys.executable, "-m", "tests.end_to_end.shop", *own, *more]


@contextmanager
def _process(
    folder: Path, name: str, port: int, environment: dict[str, str], *more: str
) -> Iterator[subprocess.Popen[bytes]]:
    given = [
        "env",
        *(f"{key}={value}" for key, value in environment.items()),
        *command(folder, name, "--port", str(port), *more),
    ]
    with running(given, answers=port_open(port), folder=ROOT) as process:
        yield process
