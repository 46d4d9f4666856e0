"""Figure b5: from one person's verdict to everybody else's screen, 30 of them on a review, then ten such reviews at once.

As it is deployed: the nginx configuration that we ship, two web processes, PostgreSQL, Redis, one live process. The yardstick,
measured in turn with it: a bare publish and subscribe through the same Redis to as many streams of a process that does nothing
else. A screen answers its heartbeats, as a browser does. Run it with `make bench ARGS='-k room'`.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

import pytest
from django.conf import settings
from django.utils import timezone
from redis.asyncio import Redis

from readiness.accounts.models import Team, User
from readiness.accounts.rules import Role
from readiness.assessments import actions as assessments
from readiness.catalog.rules import Trait
from readiness.checklists.models import Version
from reviews import actions
from reviews.models import AgendaItem, Review
from tests import cast
from tests.bench.bare_stream import CHANNEL
from tests.bench.screens import Caller, Window, arrived
from tests.infrastructure.servers import free_port, port_open, running
from tests.reviews.live.following import cookie_of
from tests.reviews.meetings import again
from tests.servers.readiness import ROOT, Site, behind_nginx, database_url

SCREENS, ROOMS = 30, 10
ROUNDS, ROUNDS_EACH = 40, 10
WARM = 8
PAUSE_S, PAUSE_EACH_S = 0.15, 2.0
MB = 1_000_000

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("postgresql", "nginx", "redis"),
    pytest.mark.timeout(900),
]


@dataclass
class Meeting:
    review: Review
    speaker: str  # the cookie of who leads
    people: list[str]  # everybody else's
    point: AgendaItem
    version: int
    said: int = 0
    windows: list[Window] = field(default_factory=list)


def meeting(number: int) -> Meeting:
    """34 items; thirty people are in the room beside the one who leads."""
    now = timezone.now()
    team = Team.objects.create(slug=f"team-{number}", name=f"Team {number}")
    lead, *people = [_person(f"P{number}x{at}", team) for at in range(SCREENS + 1)]
    service = cast.service(
        f"service-{number}", team, traits=sorted(trait.value for trait in Trait), tech_lead=lead, on_call=people[0],
        platform_owner=people[1], go_live_on=now.date() + timedelta(days=17),
    )  # fmt: skip
    version = Version.objects.first() or cast.published(now=now)
    assessments.start(service=service, by=lead, now=now, version=version)
    review = actions.schedule(
        by=lead, service=service, starts_at=now + timedelta(minutes=1), minutes=30, place="", timing_reason="",
        participants=[], now=now,
    )  # fmt: skip
    actions.begin(by=lead, review=again(review), version=again(review).version, now=now)
    for person in people:
        actions.join(by=person, review=again(review), now=now)
    review = again(review)
    point = review.agenda.first()
    assert point
    return Meeting(review, cookie_of(lead), [cookie_of(person) for person in people], point, point.version)


def _person(name: str, team: Team) -> User:
    person = cast.person(name)
    cast.give(person, Role.TECH_LEAD, team=team)
    return person


@pytest.fixture
def site(transactional_db: None, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    """With static files as they are deployed."""
    var = tmp_path / "var"
    more = {"DEBUG": "0", "VAR_DIR": str(var), "DATABASE_URL": database_url()}
    env = {"PATH": os.environ["PATH"], "SECRET_KEY": settings.SECRET_KEY} | more
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, env=env, check=True)
    with behind_nginx(redis_url, tmp_path, asks_again_s=45, **more) as site:
        yield site


@pytest.fixture
def bare(redis_url: str) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.bench.bare_stream:app", "--port", port, "--log-level", "warning"]
    with running(["env", f"BROKER_URL={redis_url}", *command], answers=port_open(port), folder=ROOT):
        yield port


@dataclass(frozen=True)
class Figures:
    """Milliseconds from the click to a screen."""

    room: list[float]
    bare: list[float]
    answers: list[float]
    mb_each: float
    cpu: float  # of the live process, of one core


def test_a_verdict_is_on_thirty_screens_at_once(
    site: Site, bare: int, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    idle = (
        os.getloadavg()[0] < 2
    )  # with other programs on its cores, this says more about them; the figures are printed all the same
    one = asyncio.run(_one_room(site, bare, redis_url, meeting(0)))
    _report(capsys, "1 room × 30", one, goal=100)
    many = asyncio.run(_many_rooms(site, bare, redis_url, [meeting(number) for number in range(1, ROOMS + 1)]))
    _report(capsys, f"{ROOMS} rooms × 30", many, goal=250)
    assert max(one.mb_each, many.mb_each) <= 1
    if idle:
        assert _percentile(one.room, 95) <= 100
        assert _percentile(many.room, 95) <= 250


async def _one_room(site: Site, bare: int, redis_url: str, meeting: Meeting) -> Figures:
    empty = _memory(site)
    await _open(site, [meeting])
    plain = await _open_bare(bare, SCREENS)
    for _ in range(WARM):  # what a process does for the first time is no figure of the room's
        await _say(site, meeting, [], [])
    used = Processor(site.live_process.pid)
    room: list[float] = []
    beside: list[float] = []
    answers: list[float] = []
    async with Redis.from_url(redis_url) as client:
        for number in range(ROUNDS):
            await _say(site, meeting, room, answers)
            await _publish(client, plain, f"word-{number}.", beside)
            await asyncio.sleep(PAUSE_S)
    mb_each, cpu = (_memory(site) - empty) / SCREENS, used.share()
    _close(meeting.windows, plain)
    return Figures(room, beside, answers, mb_each, cpu)


async def _many_rooms(site: Site, bare: int, redis_url: str, meetings: list[Meeting]) -> Figures:
    """Each room says something every two seconds; together that is five verdicts a second, and 150 screens told."""
    empty = _memory(site)
    await _open(site, meetings)
    plain = await _open_bare(bare, SCREENS)
    used = Processor(site.live_process.pid)
    room: list[float] = []
    beside: list[float] = []
    answers: list[float] = []

    async def talk(meeting: Meeting, delay: float) -> None:
        await asyncio.sleep(delay)
        for _ in range(ROUNDS_EACH):
            begun = time.perf_counter()
            await _say(site, meeting, room, answers)
            await asyncio.sleep(max(0, PAUSE_EACH_S - (time.perf_counter() - begun)))

    async def compare() -> None:
        async with Redis.from_url(redis_url) as client:
            for number in range(ROUNDS):
                await _publish(client, plain, f"beside-{number}.", beside)
                await asyncio.sleep(PAUSE_EACH_S * ROUNDS_EACH / ROUNDS)

    delays = [number * PAUSE_EACH_S / len(meetings) for number in range(len(meetings))]
    await asyncio.gather(compare(), *map(talk, meetings, delays))
    mb_each, cpu = (_memory(site) - empty) / (SCREENS * len(meetings)), used.share()
    _close(*(meeting.windows for meeting in meetings), plain)
    return Figures(room, beside, answers, mb_each, cpu)


async def _open(site: Site, meetings: list[Meeting]) -> None:
    port = int(site.url.rpartition(":")[2])
    for meeting in meetings:
        path = f"/reviews/{meeting.review.pk}/stream/"
        meeting.windows = [Window(port, path, cookie) for cookie in meeting.people]
        await asyncio.gather(*(window.open() for window in meeting.windows))
    await asyncio.sleep(1)  # the first pictures are sent


async def _open_bare(port: int, number: int) -> list[Window]:
    windows = [Window(port, "/", "") for _ in range(number)]
    await asyncio.gather(*(window.open() for window in windows))
    return windows


def _close(*groups: list[Window]) -> None:
    for windows in groups:
        for window in windows:
            window.close()


async def _say(site: Site, meeting: Meeting, took: list[float], answers: list[float]) -> None:
    """The verdict of who leads, again and again with another note."""
    meeting.said += 1
    word = f"Word-{meeting.review.pk}-{meeting.said}."
    for window in meeting.windows:
        window.waits_for = word.encode()
    token = "t" * 32
    headers = {
        "Cookie": f"{meeting.speaker}; {settings.CSRF_COOKIE_NAME}={token}", "X-CSRFToken": token, "Origin": site.url,
        "HX-Request": "true", "Readiness-Live": "1", "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    caller = Caller(int(site.url.rpartition(":")[2]), headers)
    fields = {"version": meeting.version, "word": "parked", "note": word}
    begun = time.perf_counter()
    status = await caller.post(f"/reviews/{meeting.review.pk}/say/{meeting.point.pk}/", dict(fields))
    answers.append((time.perf_counter() - begun) * 1000)
    assert status == 200
    meeting.version += 1
    took += [(moment - begun) * 1000 for moment in await arrived(meeting.windows, word.encode())]


async def _publish(client: Redis, windows: list[Window], word: str, took: list[float]) -> None:
    for window in windows:
        window.waits_for = word.encode()
    begun = time.perf_counter()
    await client.publish(CHANNEL, word + "x" * 5000)
    took += [(moment - begun) * 1000 for moment in await arrived(windows, word.encode())]


def _memory(site: Site) -> float:
    """Megabytes of the live process."""
    status = Path(f"/proc/{site.live_process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 / MB for line in status.splitlines() if line.startswith("VmRSS"))


class Processor:
    """How much of a core a process has used since."""

    def __init__(self, pid: int) -> None:
        self.pid, self.begun, self.used = pid, time.monotonic(), self._seconds(pid)

    def share(self) -> float:
        return (self._seconds(self.pid) - self.used) / (time.monotonic() - self.begun)

    @staticmethod
    def _seconds(pid: int) -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _percentile(values: list[float], number: int) -> float:
    return quantiles(values, n=100)[number - 1]


def _report(capsys: pytest.CaptureFixture[str], title: str, figures: Figures, *, goal: int) -> None:
    with capsys.disabled():
        print(f"\n{title}: click to screen, {len(figures.room)} samples, load {os.getloadavg()[0]:.1f}")
        for name, values in (
            ("room", figures.room),
            ("bare", figures.bare),
            ("the speaker's own answer", figures.answers),
        ):
            p50, p95, p99 = (_percentile(values, number) for number in (50, 95, 99))
            print(f"  {name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms")
        print(f"  goal p95 {goal} ms; {figures.mb_each:.2f} MB a screen, live process {figures.cpu:.0%} of a core")
