"""All screens of this process: who comes and goes, who is heard of, and how it learns that a review changed.

Redis tells it at once where there is one. Every second (without Redis, or while that does not answer, four times a second) it
asks the database as well, one question for all reviews that are looked at: a lost message, or what happens by itself, shows then.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from reviews.actions import heard_from_screens
from reviews.live import bus
from reviews.live.admission import Reader
from reviews.live.asking import ask
from reviews.live.moment import moments
from reviews.live.room import Room
from reviews.live.screen import Screen
from reviews.rules import HEARD_EVERY

LOOKS_EVERY_S = 0.25
LOOKS_BESIDE_REDIS_EVERY_S = 1.0
TRIES_AGAIN_S = 0.5
SCREENS_EACH = 20  # of one person in front of one review

log = structlog.get_logger(__name__)


class Hub:
    def __init__(self) -> None:
        self.rooms: dict[int, Room] = {}
        self.screens: dict[str, Screen] = {}
        self.is_told = False  # by Redis
        self.is_ending = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._somebody = asyncio.Event()
        self._wrote_at = timezone.now()

    def start(self) -> None:
        self._keep(self._again_and_again(self._watch))
        self._keep(self._again_and_again(self._write_down))
        if bus.has_redis():
            self._keep(self._again_and_again(self._listen))

    def end(self) -> None:
        """Every stream ends; the browsers come back to the next process."""
        self.is_ending = True
        for screen in list(self.screens.values()):
            screen.end()
        for task in self._tasks:
            task.cancel()

    @property
    def count(self) -> int:
        """Screens that are followed; whoever was given up does not count, though the kernel may still hold its last words."""
        return sum(1 for screen in self.screens.values() if not screen.is_ended)

    # --- screens -----------------------------------------------------------------------------------------------------------

    def has_room_for(self, reader: Reader, review_id: int) -> bool:
        room = self.rooms.get(review_id)
        return not self.is_ending and (room is None or room.screens_of(reader.person_id) < SCREENS_EACH)

    def enter(self, screen: Screen) -> None:
        room = self.rooms.get(screen.review_id)
        if room is None:
            room = self.rooms[screen.review_id] = Room(screen.review_id)
            room.screens.add(screen)
            self._keep(self._keep_up(room))
        room.screens.add(screen)
        self.screens[screen.name] = screen
        room.look()
        self._somebody.set()

    def leave(self, screen: Screen) -> None:
        self.screens.pop(screen.name, None)
        screen.is_ended = True
        self.look(screen.review_id)  # its room forgets it; the last one turns off the light
        if not self.screens:
            self._somebody.clear()

    def look(self, review_id: int, changed: frozenset[str] = frozenset()) -> None:
        if room := self.rooms.get(review_id):
            room.look(changed)

    async def _keep_up(self, room: Room) -> None:
        await room.keep_up()
        if self.rooms.get(room.review_id) is room:
            del self.rooms[room.review_id]

    # --- what keeps the screens up to date -----------------------------------------------------------------------------------

    def _keep(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _again_and_again(work: Callable[[], Awaitable[None]]) -> None:
        """Whatever a step dies of, the next one is tried."""
        while True:
            try:
                await work()
            except Exception as problem:  # noqa: BLE001 - the error boundary
                log.warning("the live stream is held up", work=work.__name__, problem=str(problem))
                await asyncio.sleep(TRIES_AGAIN_S)

    async def _watch(self) -> None:
        await self._somebody.wait()
        found = await ask(moments, list(self.rooms))
        for review_id, room in list(self.rooms.items()):
            if found.get(review_id) != room.moment:
                room.look()
        await asyncio.sleep(LOOKS_BESIDE_REDIS_EVERY_S if self.is_told else LOOKS_EVERY_S)

    async def _write_down(self) -> None:
        """Who is there, as their screens tell; and what the time that passed changes on them."""
        await self._somebody.wait()
        since, self._wrote_at = self._wrote_at, timezone.now()
        heard: dict[int, set[int]] = {review_id: set() for review_id in self.rooms}
        for screen in self.screens.values():
            if screen.heard_at >= since:
                heard.setdefault(screen.review_id, set()).add(screen.reader.person_id)
        for review_id in await ask(heard_from_screens, heard, since=since, now=self._wrote_at):
            self.look(review_id)
        await asyncio.sleep(HEARD_EVERY.total_seconds())

    async def _listen(self) -> None:
        """One subscription for all."""
        from redis.asyncio import Redis  # noqa: PLC0415 - an embedded installation never loads it

        client = Redis.from_url(settings.BROKER_URL, socket_connect_timeout=2, health_check_interval=10)
        async with client, client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(bus.CHANNEL)
            self.is_told = True
            for room in self.rooms.values():
                room.look()  # for what was said while nobody listened
            try:
                async for message in channel.listen():
                    self.look(*bus.read(message["data"]))
            finally:
                self.is_told = False
