"""Whoever sends mail is killed (kill -9) in the middle of it, time and again.

The promise: *no mail is lost, and at most one is sent twice a crash.*
"""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from readiness.mail import actions
from readiness.mail.models import Mail, MailStatus
from tests.cast import Cast
from tests.infrastructure.waiting import eventually
from tests.servers.postbox import Postbox, postbox
from tests.torture.test_worker_killed import ROOT, database_url, kill

KILLS = 3 * int(os.environ.get("TORTURE_ROUNDS", "1"))
MAILS = 4 * KILLS + 10
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120 + 30 * KILLS)]


@contextmanager
def postman(box: Postbox, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "readiness.settings",
        "VAR_DIR": str(folder),
        "DATABASE_URL": database_url(),
        "BROKER_URL": "embedded",
        "EMAIL_URL": box.url,
        "SECRET_KEY": "for tests only, " + "x" * 32,
        "LOG_LEVEL": "WARNING",
    }
    with (folder / "postman.log").open("ab") as output:
        command = [sys.executable, "-m", "tests.torture.postman"]
        running = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True)
    try:
        yield running
    finally:
        kill(running)


class Ambush:
    """Kills the postman once, at the nth mail from now: just before the server takes it, or after that and before it says so."""

    def __init__(self, victim: "subprocess.Popen[bytes]", *, mails: int, is_taken: bool) -> None:
        self.victim, self.left, self.is_taken = victim, mails, is_taken

    def before_taking(self) -> None:
        self.left -= 1
        if not self.is_taken:
            self._strike()

    def after_taking(self) -> None:
        if self.is_taken:
            self._strike()

    def _strike(self) -> None:
        if self.left == 0:
            kill(self.victim)


def test_a_postman_killed_time_and_again_loses_nothing_and_doubles_one_a_crash(cast: Cast, tmp_path: Path) -> None:
    chance, people, now = random.Random(KILLS), cast.people, timezone.now()
    for number in range(MAILS):
        actions.queue(
            recipient=people[number % len(people)], kind="letter", matter="daily", slot=str(number), subject="Due",
            text="Two are due.", why="because you own 2 gaps", now=now,
        )  # fmt: skip
    with postbox() as box:
        for turn in range(KILLS):
            with postman(box, tmp_path) as victim:
                ambush = Ambush(victim, mails=chance.randint(1, 4), is_taken=turn % 2 == 0)
                box.before_taking, box.after_taking = ambush.before_taking, ambush.after_taking
                assert victim.wait(timeout=60) == -9, (tmp_path / "postman.log").read_text()
        with postman(box, tmp_path):
            eventually(
                lambda: not Mail.objects.exclude(status=MailStatus.SENT).exists(), within=timedelta(seconds=90),
                what="all of it is sent",
            )  # fmt: skip
        arrived = Counter(box.ids)
    assert arrived.keys() == set(Mail.objects.values_list("message_id", flat=True))
    twice = sum(times - 1 for times in arrived.values())
    assert 0 < twice <= KILLS, "who dies between the server's taking it and our noting it sends it once more"
