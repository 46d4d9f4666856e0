"""Figure b3: automated HTTP checks by one worker, from the Celery message to the recorded result, beside a bare loop.

Five hundred checks call live and ready of a hundred hosts, all of them one nginx, which answers after 100 ms (or at once).
Yardsticks, measured in turn with it: a bare pycurl multi loop that makes the same calls, as many at once, a new connection
each; and Celery messages that do nothing. Run it with `make bench ARGS='-k checks'`.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import pycurl
import pytest
from celery import shared_task
from celery.contrib.testing.worker import start_worker
from django.db import connection
from django.db.models import F, Max, Min
from django.utils import timezone
from pytest_django import Settings

from readiness.catalog.models import Service
from readiness.celery import app
from readiness.checks import actions, tasks
from readiness.checks.models import Check, Run
from readiness.history.actions import Actor
from tests.cast import Cast
from tests.checks.cases import town
from tests.infrastructure.programs import find
from tests.infrastructure.servers import free_port, port_open, running

CHECKS, HOSTS, BATCH, ROUNDS = 500, 100, 100, 5
AT_ONCE = 64  # what egress allows in all
GOAL, FLOOR = 0.6, 0.15
"""Recording takes the processor, the bare loop only waits: on a machine that others use too, the ratio says more about them."""
CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  keepalive_timeout 0;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    {listen}
    location / {{ return 200 "well"; }}
    location /slow/ {{ auth_basic "x"; auth_basic_user_file {folder}/nobody; auth_delay 100ms; error_page 401 =200 /well; }}
  }}
}}
"""


@shared_task(name="tests.bench.nothing", max_retries=0)
def nothing() -> int:
    NOTHING_DONE_AT.append(time.perf_counter())
    return 0


NOTHING_DONE_AT: list[float] = []


@dataclass
class Rates:
    """A second: calls of the bare loop, calls of checks, and batches as messages that do nothing."""

    bare: list[float] = field(default_factory=list)
    checks: list[float] = field(default_factory=list)
    messages: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Seconds of processor for a batch, its calls included, and for the calls alone in a bare loop."""
    bare_processor: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(self.checks) / median(self.bare)


@contextmanager
def nginx(folder: Path) -> Iterator[int]:
    program = find("nginx")
    assert program
    port = free_port()
    (folder / "nobody").write_text("")
    user = "user root;" if os.geteuid() == 0 else ""
    listen = "\n    ".join(f"listen {host}:{port};" for host in hosts())
    (folder / "nginx.conf").write_text(CONFIG.format(user=user, folder=folder, listen=listen))
    command = [program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    with running(command, answers=port_open(port)):
        yield port


def hosts() -> list[str]:
    return ["127.0.0.1", *(f"127.0.1.{number}" for number in range(1, HOSTS))]


def bare_loop(urls: list[str]) -> float:
    """Seconds for a GET of each, `AT_ONCE` at a time."""
    started = time.perf_counter()
    multi, waiting, active = pycurl.CurlMulti(), list(reversed(urls)), 0
    while waiting or active:
        while waiting and active < AT_ONCE:
            curl = pycurl.Curl()
            curl.setopt(pycurl.URL, waiting.pop())
            curl.setopt(pycurl.FRESH_CONNECT, 1)
            curl.setopt(pycurl.FORBID_REUSE, 1)
            curl.setopt(pycurl.WRITEFUNCTION, len)
            multi.add_handle(curl)
            active += 1
        multi.perform()
        _, done, failed = multi.info_read()
        assert not failed
        for curl in done:
            assert curl.getinfo(pycurl.RESPONSE_CODE) == 200
            multi.remove_handle(curl)
            curl.close()
            active -= 1
        if active:
            multi.select(0.05)
    return time.perf_counter() - started


def through_celery(send: Callable[[], object], messages: int, is_done: Callable[[], bool]) -> None:
    started = time.perf_counter()
    for _ in range(messages):
        send()
    while not is_done():
        assert time.perf_counter() - started < 120
        time.sleep(0.05)  # rarely: whoever looks takes the processor from whoever works


def seconds_of_runs(since: datetime) -> float:
    """From the first claim to the last record. How long a message lies in the broker is not among it."""
    ended = Run.objects.filter(queued_at__gte=since).aggregate(first=Min("started_at"), last=Max("finished_at"))
    return float((ended["last"] - ended["first"]).total_seconds())


def fill_queue() -> datetime:
    """A run that waits, of each check; returns since when."""
    now = timezone.now()
    checks = Check.objects.filter(type="health_pair")
    Run.objects.bulk_create(Run(check_row=check, slot=now, queued_at=now) for check in checks)
    return now


def aim(port: int, path: str) -> list[str]:
    """Points the checks at the hosts in turn; returns all their addresses."""
    urls = []
    places = hosts()
    for number, service in enumerate(Service.objects.filter(slug__startswith="town-").order_by("pk")):
        base = f"http://{places[number % HOSTS]}:{port}{path}"
        service.endpoints = {"live_url": f"{base}live", "ready_url": f"{base}ready"}
        service.save(update_fields=["endpoints"])
        actions.plan(service=service, by=Actor.machine("the measurement"), now=timezone.now())
        urls += [f"{base}live", f"{base}ready"]
    far = timezone.now() + timedelta(days=1)
    Check.objects.update(next_due_at=far, version=F("version"))
    return urls


def one_round(urls: list[str], rates: Rates) -> None:
    batches = CHECKS // BATCH
    used = time.process_time()
    rates.bare.append(len(urls) / bare_loop(urls))
    rates.bare_processor.append((time.process_time() - used) / batches)
    since = fill_queue()
    used = time.process_time()
    through_celery(tasks.wake.apply_async, 1, lambda: not Run.objects.waiting().exists())
    rates.processor.append((time.process_time() - used) / batches)
    rates.checks.append(len(urls) / seconds_of_runs(since))
    NOTHING_DONE_AT.clear()
    through_celery(nothing.apply_async, batches, lambda: len(NOTHING_DONE_AT) >= batches)
    rates.messages.append((batches - 1) / (NOTHING_DONE_AT[-1] - NOTHING_DONE_AT[0]))


@pytest.mark.timeout(1800)
@pytest.mark.needs("nginx")
@pytest.mark.django_db(transaction=True)
def test_checks_run_nearly_as_fast_as_the_calls_they_make(
    cast: Cast, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EGRESS_ALLOW = "127.0.0.0/8"
    town(cast, CHECKS)
    gc.collect()
    gc.freeze()  # as a worker does when it has started
    with nginx(tmp_path) as port, start_worker(app, pool="solo", perform_ping_check=False, loglevel="WARNING"):
        for path, words in (("/slow/", "100 ms"), ("/", "0 ms")):
            urls = aim(port, path)
            first, rates = Rates(), Rates()
            one_round(
                urls, first
            )  # the first result of a check is written by itself; what is measured is the usual case
            for _ in range(ROUNDS):
                one_round(urls, rates)
            with capsys.disabled():
                print("\n".join(report(words, first, rates)))
            assert set(Run.objects.values_list("result", flat=True)) == {"pass"}
            if path == "/slow/":
                assert rates.ratio >= FLOOR
    gc.unfreeze()


def report(words: str, first: Rates, rates: Rates) -> Iterator[str]:
    yield f"\nb3 on {connection.vendor}, {CHECKS:,} checks of 2 calls, {HOSTS} hosts, a target that takes {words}"
    yield f"  bare loop             {median(rates.bare):8,.0f} calls/s"
    yield f"  checks, recorded      {median(rates.checks):8,.0f} calls/s = {median(rates.checks) / 2:,.0f} checks/s"
    yield f"  of the bare loop      {rates.ratio:8.0%}   (goal for 100 ms: {GOAL:.0%}; first results: {first.ratio:.0%})"
    each, bare = median(rates.processor), median(rates.bare_processor)
    yield f"  processor for {BATCH} checks  {each:8.3f} s, of which the calls in a bare loop take {bare:.3f} s"
    yield f"  load of the machine   {os.getloadavg()[0]:8.1f} on {os.cpu_count()} processors"
    yield f"  Celery messages that do nothing {median(rates.messages):,.0f}/s; one message wakes for all batches that wait"
