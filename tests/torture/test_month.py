"""A month of 200 people in nine time zones, across a change of the clocks, with a worker that is killed a hundred times.

The promise (rule *one-mail*): *each digest that is due arrives once per person and local day, and none that is not.* What is due
is worked out here from the rules as people read them, and not with the code that sends it; what arrived is counted at the SMTP
server. Half of the deaths come at any moment; half as the server has a mail in its hands, just before or just after taking it.

SMTP itself allows one exception: a worker that dies between the server's taking a mail and its own noting of that sends it once
more. So of each mail at most as many copies too many arrive as it was in a dying worker's hands, all with the same Message-ID.

`make test` runs a week of it with ten deaths; `make torture` the month with a hundred.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.infrastructure.site import ROOT, environment
from tests.servers.postbox import postbox
from tests.torture.test_double_verdicts import database

ROUNDS = int(os.environ.get("TORTURE_ROUNDS", "1"))
DAYS, KILLS = min(31, 7 * ROUNDS), min(100, 10 * ROUNDS)
AMBUSHES = KILLS // 2
PEOPLE, SERVICES, GAPS_EACH = 200, 20, 2
ZONES = (
    "Europe/Berlin", "America/New_York", "America/Nuuk", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC",
)  # fmt: skip
ODD_HOURS = (0, 1, 2, 23)
"""Those that the clocks leave out somewhere, or have twice. In every zone somebody wants their mail at each, every day."""
ODD = len(ODD_HOURS) * len(ZONES)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""When the clocks of Berlin and Nuuk change; New York's change within the same month, Lord Howe's in the autumn's."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.timeout(300 + 60 * DAYS)
type Key = tuple[str, str]
"""(address, local day)."""


@dataclass(frozen=True)
class Month:
    """`due`: what has to arrive → the hours at which it has to have been sent."""

    world: dict[str, Any]
    began: datetime

    def hours(self) -> Iterator[tuple[int, datetime]]:
        for hour in range(self.world["hours"]):
            yield hour, self.began + hour * HOUR

    def due(self) -> dict[Key, datetime]:
        found = {}
        for number, person in enumerate(self.world["people"]):
            for day, hour, moment in self._mornings(person):
                if self._says(number, day, hour):
                    found[person["email"], day.isoformat()] = moment
        return found

    def _mornings(self, person: Mapping[str, Any]) -> Iterator[tuple[date, int, datetime]]:
        """Each local day with the first of our hours at which the person's clock shows theirs or a later one."""
        zone, last = ZoneInfo(person["zone"]), None
        for hour, moment in self.hours():
            local = moment.astimezone(zone).replace(tzinfo=None)
            begun = (local - timedelta(hours=person["hour"])).date()
            if hour == 0 and begun < local.date():
                last = begun  # its moment was yesterday, before all this began
            if last is None or begun > last:
                last = begun
                yield begun, hour, moment

    def _says(self, number: int, day: date, hour: int) -> bool:
        own = self._wanted(number, day, hour)
        person = self.world["people"][number]
        if _is_away(person, day):
            own = set()
        for absent, one in enumerate(self.world["people"]):
            if one["deputy"] == number and _is_away(one, day):
                own = own | self._wanted(absent, day, hour)
        return bool(own)

    def _wanted(self, number: int, day: date, hour: int) -> set[int]:
        person = self.world["people"][number]
        mine, escalated, is_news = set(), set(), False
        for pk, gap in enumerate(self.world["gaps"]):
            late = (day - date.fromisoformat(gap["due_on"])).days
            if gap["closes_at"] <= hour:
                continue
            if gap["owner"] == number:
                mine |= {pk} if late >= -7 else set()
            elif self.world["manager"] == number and late >= 7:
                escalated.add(pk)
                is_news |= late == 7
            elif self.world["leads"][gap["service"]] == number and late >= 3:
                escalated.add(pk)
                is_news |= late == 3
        weekday = day.weekday()
        match person["rhythm"]:
            case "daily":
                return mine | escalated
            case "weekdays":
                return mine | escalated if weekday < 5 else set()
            case "weekly":
                return mine | escalated if weekday == person["weekly_on"] else set()
            case _:
                return escalated if weekday == 0 or (weekday < 5 and is_news) else set()


def _is_away(person: Mapping[str, Any], day: date) -> bool:
    return person["deputy"] is not None and person["away_from"] <= day.isoformat() <= person["away_until"]


def month(change: date, seed: int) -> Month:
    """With the change in its last week."""
    chance, first = random.Random(seed), change - (DAYS - 3) * DAY
    hours = 24 * DAYS

    def day(low: int, high: int) -> str:
        return (first + chance.randint(low, high) * DAY).isoformat()

    people: list[dict[str, Any]] = [
        {
            "email": f"person{number}@example.com",
            "zone": ZONES[number % len(ZONES)],
            "hour": ODD_HOURS[number // len(ZONES)] if number < ODD else chance.randint(0, 23),
            "rhythm": "daily" if number < ODD else chance.choice(["daily", "weekdays", "weekdays", "weekly", "off"]),
            "weekly_on": chance.randint(0, 6),
            "away_from": None,
            "away_until": None,
            "deputy": None,
        }
        for number in range(PEOPLE)
    ]
    for number in range(150, 170):  # their deputies are there all month
        away = sorted([day(0, DAYS), day(0, DAYS)])
        people[number] |= {"away_from": away[0], "away_until": away[1], "deputy": number - 100}
    gaps = [
        {
            "owner": number % PEOPLE,
            "service": chance.randrange(SERVICES),
            "due_on": first.isoformat() if number < ODD else day(-10, DAYS + 5),
            "closes_at": hours if number < ODD else chance.randint(1, 2 * hours),  # half of the others never
        }
        for number in range(PEOPLE * GAPS_EACH)
    ]
    leads = [chance.randrange(PEOPLE - 1) for _ in range(SERVICES)]
    began = datetime(first.year, first.month, first.day, tzinfo=UTC)
    world = {"began": began.isoformat(), "hours": hours, "kills": KILLS - AMBUSHES, "seed": seed}
    return Month(world | {"people": people, "gaps": gaps, "leads": leads, "manager": PEOPLE - 1}, began)


class Ambush:
    """Kills whoever sends the mail, at some of them: in turn before the server takes it, and after that but before it says so."""

    def __init__(self, number: Path, mails: int, deaths: int, seed: int) -> None:
        self.number = number
        self.at = sorted(random.Random(seed).sample(range(1, mails + 1), deaths))
        self.mails = 0

    def before_taking(self) -> None:
        self.mails += 1
        if self.mails in self.at and self.at.index(self.mails) % 2:
            self._strike()

    def after_taking(self) -> None:
        if self.mails in self.at and not self.at.index(self.mails) % 2:
            self._strike()

    def _strike(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(int(self.number.read_text()), signal.SIGKILL)


@pytest.mark.parametrize(("change", "vendor"), [(SPRING, "postgresql"), (AUTUMN, "sqlite")])
def test_each_due_digest_arrives_once_a_person_and_local_day_whoever_is_killed(
    change: date, vendor: str, tmp_path: Path
) -> None:
    simulated, number = month(change, seed=DAYS), tmp_path / "worker"
    due = simulated.due()
    with database(vendor, tmp_path) as url, postbox() as box:
        ambush = Ambush(number, len(due), AMBUSHES, seed=DAYS)
        box.before_taking, box.after_taking = ambush.before_taking, ambush.after_taking
        told = _live(simulated, url, box.url, number)
        arrived = Counter(box.ids)
        letters = {str(message["Message-ID"]): message for message in box.received}
    rows = {row[0]: row for row in told["outbox"]}
    keys = {message_id: (str(letter["To"]), rows[message_id][2]) for message_id, letter in letters.items()}
    sent = set(keys.values())
    assert len(sent) == len(keys), "one mail a person and local day, under one Message-ID"
    assert (sorted(due.keys() - sent), sorted(sent - due.keys())) == ([], []), "missing, and not due"
    for message_id, letter in letters.items():
        assert _first_line(letter) == f"{date.fromisoformat(keys[message_id][1]):%A, %-d %B}"
    _assert_in_time(due, rows, keys)
    assert told["struck"] == KILLS - AMBUSHES
    assert KILLS - 2 <= told["deaths"] <= KILLS, "now and then both strike at once"
    doubled = {message_id: times - 1 for message_id, times in arrived.items() if times > 1}
    assert all(extra <= told["in_flight"].get(message_id, 0) for message_id, extra in doubled.items()), doubled
    assert 0 < sum(doubled.values()) <= KILLS, "at most one a death, and some died at the worst moment"
    print(f"{len(sent)} digests, {KILLS} deaths, {sum(doubled.values())} came twice, {told['seconds']}")


def _first_line(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()).splitlines()[0] if body else ""


def _assert_in_time(due: Mapping[Key, datetime], rows: Mapping[str, list[Any]], keys: Mapping[str, Key]) -> None:
    """Sent in the hour it was due, however often its worker died in it."""
    for message_id, key in keys.items():
        status, sent_at = rows[message_id][3:5]
        assert status == "sent"
        assert timedelta(0) <= datetime.fromisoformat(sent_at) - due[key] < HOUR, key


def _live(simulated: Month, database_url: str, smtp_url: str, number: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.month", smtp_url, str(number)], input=json.dumps(simulated.world), cwd=ROOT,
        env=environment(database_url), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
