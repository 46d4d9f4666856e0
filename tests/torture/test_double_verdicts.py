"""Time and again (`make torture`: a thousand times) two people say a word on the same item at the same moment: two web
processes, on each database.

The promise: *exactly one of them wins, the other is told with what the first one wrote, and nothing is lost or broken.*
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import groupby
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from tests.infrastructure.site import beside, environment, serving

LANES, ROUNDS = 5, min(200, 20 * int(os.environ.get("TORTURE_ROUNDS", "1")))
"""Items talked about side by side, and how often two meet on each: a hundred pairs, `make torture` makes the thousand."""
TOKEN = "x" * 32
ROOM = "tests.torture.one_room"
pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Answer:
    person: str
    note: str
    status: int
    body: str


class Speaker:
    """One person's browser, with a connection that it keeps."""

    def __init__(self, port: int, review: int, person: Mapping[str, Any], due_on: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.review, self.person, self.due_on = review, person, due_on

    def say(self, point: int, version: int, word: str) -> Answer:
        note = f"{self.person['name']} in round {version} on {point}"
        said = {"version": version, "word": word, "note": note}
        said |= {"owner": self.person["id"], "due_on": self.due_on, "plan": f"Plan {version}."}
        headers = {
            "Cookie": f"sessionid={self.person['session']}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.connection.request("POST", f"/reviews/{self.review}/say/{point}/", urlencode(said), headers)
        answer = self.connection.getresponse()
        return Answer(self.person["name"], note, answer.status, answer.read().decode())


@contextmanager
def database(vendor: str, folder: Path) -> Iterator[str]:
    """The address of an empty one, which nobody else knows."""
    if vendor == "sqlite":
        yield f"sqlite:///{folder}/room.sqlite3"
        return
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server.startswith("postgresql"):
        pytest.skip("runs on postgresql only")
    name = f"room_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_of_two_verdicts_at_once_one_wins_a_thousand_times(vendor: str, tmp_path: Path) -> None:
    with database(vendor, tmp_path) as url:
        env = environment(url)
        room = json.loads(beside(ROOM, "prepare", env=env))
        points = room["points"][:LANES]
        with serving(env) as port:
            pairs = [
                [Speaker(port, room["review"], person, room["due_on"]) for person in room["people"]] for _ in points
            ]
            answers = [answer for lane in _all_at_once(pairs, points) for answer in lane]
        told = json.loads(beside(ROOM, "tell", env=env))
    assert Counter(tuple(sorted(answer.status for answer in pair)) for pair in answers) == {(200, 409): LANES * ROUNDS}
    winners, losers = zip(*(sorted(pair, key=lambda answer: answer.status) for pair in answers), strict=True)
    for winner, loser in zip(winners, losers, strict=True):
        assert f"{winner.person} wrote here while you were writing" in loser.body
        assert winner.note in loser.body
        assert loser.note in loser.body, "what was typed is still in the form"
    assert len({answer.person for answer in winners}) == 2
    _assert_nothing_is_lost(told, points, {answer.note for answer in winners})


def _all_at_once(pairs: list[list[Speaker]], points: list[int]) -> list[list[list[Answer]]]:
    """Lane → round → the two answers."""
    with ThreadPoolExecutor(2 * len(pairs)) as pool:
        lanes = []
        for number, (pair, point) in enumerate(zip(pairs, points, strict=True)):
            barrier, word = Barrier(len(pair)), "gap" if number % 2 else "parked"
            lanes.append([pool.submit(_speak, speaker, barrier, point, word) for speaker in pair])
        done = [[half.result() for half in lane] for lane in lanes]
    return [[list(both) for both in zip(*lane, strict=True)] for lane in done]


def _speak(speaker: Speaker, barrier: Barrier, point: int, word: str) -> list[Answer]:
    answers = []
    for version in range(1, ROUNDS + 1):
        barrier.wait(60)
        answers.append(speaker.say(point, version, word))
    return answers


def _assert_nothing_is_lost(told: Mapping[str, Any], points: list[int], won: set[str]) -> None:
    """Each winner's word is in the history once, and each next word knows the one before it."""
    assert sorted(told["history"]) == sorted(won)
    last = {point["id"]: point for point in told["points"]}
    by_point = {key: list(words) for key, words in groupby(sorted(told["words"]), key=lambda word: word[0])}
    for point in points:
        words = by_point[point]
        assert [version for _, version, _, _ in words] == list(range(2, ROUNDS + 2))
        notes = [*[before for _, _, _, before in words][1:], last[point]["note"]]
        assert last[point]["version"] == ROUNDS + 1
        assert set(notes) <= won
        assert len(set(notes)) == ROUNDS
