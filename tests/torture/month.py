"""A month of an organisation, hour by hour, with a worker that is killed (kill -9) time and again: a program with a database of
its own (that of `tests.settings`).

    python -m tests.torture.month SMTP-URL PID-FILE < world.json     prints what the outbox says in the end, and whom death caught

The worker is a process that builds and sends what is due at the hour it is told, as the scheduler's tasks do. Whoever comes after
a killed one begins when the dead one's lease is over. Time is told, not waited for: only who dies when is left to chance, and to
whoever reads the number of the worker from the file.
"""

import json
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - only now are there apps
from django.db import connections  # noqa: E402
from django.test.utils import override_settings  # noqa: E402

from readiness import environment  # noqa: E402
from readiness.accounts.models import Grant, Team, User  # noqa: E402
from readiness.accounts.rules import Role  # noqa: E402
from readiness.assessments.models import Assessment, Gap, GapStatus, Item  # noqa: E402
from readiness.catalog.models import Service  # noqa: E402
from readiness.mail import delivery  # noqa: E402
from readiness.mail.models import Mail, MailStatus, Preferences  # noqa: E402
from readiness.reminders import digest  # noqa: E402
from tests.cast import published  # noqa: E402

HOUR = timedelta(hours=1)
AFTER_A_DEATH = delivery.LEASE + timedelta(minutes=1)
BUSY_S = 0.4
"""So long an hour with mail takes, more or less: when in it the worker dies is chance."""


def build(world: dict[str, Any]) -> None:
    call_command("migrate", verbosity=0)
    began = datetime.fromisoformat(world["began"])
    version, team = published(now=began), Team.objects.create(slug="town", name="Town")
    people = User.objects.bulk_create(
        User(email=one["email"], name=one["email"].partition("@")[0].capitalize(), time_zone=one["zone"], password="!")
        for one in world["people"]
    )
    Grant.objects.bulk_create(Grant(user=person, role=Role.ON_CALL, team=team) for person in people)
    Grant.objects.create(user=people[world["manager"]], role=Role.MANAGER, team=team)
    Preferences.objects.bulk_create(
        Preferences(
            person=person,
            rhythm=one["rhythm"],
            weekly_on=one["weekly_on"],
            digest_hour=one["hour"],
            away_from=_day(one["away_from"]),
            away_until=_day(one["away_until"]),
            deputy=None if one["deputy"] is None else people[one["deputy"]],
            token=one["email"],
        )
        for one, person in zip(world["people"], people, strict=True)
    )
    assessments = []
    for number, lead in enumerate(world["leads"]):
        name = f"service-{number}"
        service = Service.objects.create(slug=name, name=name, team=team, tech_lead=people[lead])
        assessments.append(Assessment.objects.create(service=service, version=version))
    for number, gap in enumerate(world["gaps"]):
        assessment = assessments[gap["service"]]
        item = Item.objects.create(
            assessment=assessment, key=f"item-{number}", category="operations", title=f"Item {number}", position=number,
            gate="hard",
        )  # fmt: skip
        Gap.objects.create(
            pk=number + 1, item=item, service=assessment.service, gate="hard", owner=people[gap["owner"]],
            due_on=_day(gap["due_on"]), plan="Do it", opened_at=began - timedelta(days=60), open_since=began,
        )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


class Worker:
    """A child of this process; nobody else has its pipes."""

    def __init__(self, number: Path) -> None:
        connections.close_all()  # two processes must not share one
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(ours_in)
            os.close(ours_out)
            _work(theirs_in, theirs_out)
        half = number.with_suffix(".half")
        half.write_text(str(self.pid))
        half.rename(number)
        os.close(theirs_in)
        os.close(theirs_out)
        self.answers, self.orders = ours_in, ours_out

    def work(self, now: datetime, seconds: float | None) -> bool:
        """Whether it lived to the end of it. After `seconds` it is killed; None lets it live, as far as that is up to us."""
        os.write(self.orders, now.isoformat().encode().ljust(40))
        ready, _, _ = select.select([self.answers], [], [], seconds)
        if ready and os.read(self.answers, 1) == b".":
            return True
        self.kill()
        return False

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.answers)
        os.close(self.orders)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit("a worker ended by itself")


def _work(orders: int, answers: int) -> None:
    try:
        while order := os.read(orders, 40):
            now = datetime.fromisoformat(order.decode().strip())
            digest.build(now)
            while delivery.deliver_due(now=now).sent:
                pass
            os.write(answers, b".")
    finally:
        os._exit(1)


def live(world: dict[str, Any], number: Path) -> dict[str, Any]:
    chance, worker = random.Random(world["seed"]), Worker(number)
    began, hours = datetime.fromisoformat(world["began"]), world["hours"]
    struck, deaths, in_flight = 0, 0, Counter[str]()
    closing: dict[int, list[int]] = {}
    for pk, gap in enumerate(world["gaps"], start=1):
        closing.setdefault(gap["closes_at"], []).append(pk)
    for hour in range(hours):
        now, is_done = began + hour * HOUR, False
        Gap.objects.filter(pk__in=closing.get(hour, ())).update(status=GapStatus.CLOSED, closed_at=now)
        while not is_done:
            # Twice as often as needed: an hour that is over before its worker's time came has killed nobody.
            to_come = world["kills"] - struck
            strikes = to_come > 0 and chance.random() < max(0.1, 2 * to_come / (hours - hour))
            began_at, seconds = time.monotonic(), chance.uniform(0.0, BUSY_S) if strikes else None
            is_done = worker.work(now, seconds)
            if not is_done:
                struck += seconds is not None and time.monotonic() - began_at >= seconds
                deaths += 1
                in_flight.update(_in_flight(now))
                worker = Worker(number)
                now += AFTER_A_DEATH
    worker.kill()
    rows = Mail.objects.values_list("message_id", "to", "slot", "status", "sent_at")
    outbox = [[*row[:4], row[4] and row[4].astimezone(UTC).isoformat()] for row in rows]
    return {"struck": struck, "deaths": deaths, "in_flight": in_flight, "outbox": outbox}


def _in_flight(now: datetime) -> list[str]:
    """What the dead one had in hand, as far as the outbox knows."""
    held = Mail.objects.filter(status=MailStatus.QUEUED, lease_until__gt=now)
    return list(held.values_list("message_id", flat=True))


if __name__ == "__main__":
    told = json.load(sys.stdin)
    started = time.monotonic()
    with override_settings(MAILERS={"default": environment.email(sys.argv[1])}):
        build(told)
        built = time.monotonic()
        print(json.dumps(live(told, Path(sys.argv[2])) | {"seconds": [built - started, time.monotonic() - built]}))
