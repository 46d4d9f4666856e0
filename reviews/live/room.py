"""The screens in front of one review. What changed is rendered once for each kind of reader, whatever their number, and only
what looks different is sent. Where it is known beforehand what a change touches, that is rendered at once, and the whole room
when it is quiet again.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

import structlog
from django.urls import reverse
from django.utils import timezone

from reviews.live.asking import ask
from reviews.live.moment import Moment, moments
from reviews.live.picture import (
    Picture,
    Shown,
    Stance,
    glimpse_of,
    meeting_of,
    parts_of,
    picture_of,
    put_together,
)
from reviews.live.screen import NOTHING, Screen, event_message, regions_message
from reviews.meeting import Meeting
from reviews.rules import ReviewStatus

TRIES_AGAIN_S = 0.5
QUIET_S = 0.7  # before the whole room is painted after a part of it
FOLLOW = event_message("follow", "")

log = structlog.get_logger(__name__)

type Kind = tuple[Stance, str | None]


@dataclass(eq=False)
class Room:
    """`moment` is the last one shown. Many changes that come at once are one look and one rendering. `changed`: what each of them
    said that it touches since the last look; nothing, for all that may be anything.
    """

    review_id: int
    screens: set[Screen] = field(default_factory=set)
    moment: Moment | None = None
    pictures: dict[Kind, tuple[Moment, Picture]] = field(default_factory=dict)
    looks: asyncio.Event = field(default_factory=asyncio.Event)
    changed: list[frozenset[str]] = field(default_factory=list)
    owes: asyncio.TimerHandle | None = None  # the whole room, after a part of it was shown

    def screens_of(self, person_id: int) -> int:
        return sum(1 for screen in self.screens if screen.reader.person_id == person_id and not screen.is_ended)

    def look(self, changed: frozenset[str] = frozenset()) -> None:
        """There may be something new."""
        self.changed.append(changed)
        self.looks.set()

    async def keep_up(self) -> None:
        """Until nobody is there any more."""
        while self.screens:
            await self.looks.wait()
            self.looks.clear()
            self.screens = {screen for screen in self.screens if not screen.is_ended}
            try:
                await self._look()
            except Exception:
                log.exception("a review could not be shown; its screens try again", review=self.review_id)
                await asyncio.sleep(TRIES_AGAIN_S)
                self.look()

    async def _look(self) -> None:
        changed, self.changed = self.changed, []
        is_known = bool(changed) and all(changed)
        # Where only a part is painted, what it is painted from tells the moment as well: two questions and a turn less.
        meeting = await ask(glimpse_of, self.review_id, timezone.now()) if is_known else None
        moment = Moment.of(meeting) if meeting else (await ask(moments, [self.review_id])).get(self.review_id)
        if moment is None or moment.is_over:
            self._close(moment)
            return
        self.moment = moment
        for screen in self.screens:
            if screen.item == moment.item:
                screen.item = None  # the room has come to where this screen was: from here on they go together
                screen.send(FOLLOW)
        counted = Counter(self._kind(screen, moment) for screen in self.screens)
        self.pictures = {kind: shown for kind, shown in self.pictures.items() if kind in counted}
        behind = [kind for kind, _ in counted.most_common() if self._is_behind(kind, moment)]
        for kind in counted.keys() - behind:
            self._show(kind, moment)  # to who has just come
        if not behind:
            return
        only = self._only(behind, moment, changed)
        if meeting is None or not only:
            meeting = await ask(meeting_of, self.review_id, timezone.now())
        for kind in behind:
            await self._paint(kind, moment, meeting, only)
            self._show(kind, moment)
        self._owe_the_rest(is_owed=bool(only))

    def _only(self, behind: Collection[Kind], moment: Moment, changed: Collection[frozenset[str]]) -> frozenset[str]:
        """The regions that can have changed; nothing when that is not known. Each change counts the pulse on by one: when the
        pulse has gone further than they say, something else happened as well.
        """
        if not all(changed) or not all(kind in self.pictures for kind in behind):
            return frozenset()
        known = moment.before(len(changed))
        is_known = all(self.pictures[kind][0].is_like(known) for kind in behind)
        return frozenset().union(*changed) if is_known else frozenset()

    def _owe_the_rest(self, *, is_owed: bool) -> None:
        if self.owes:
            self.owes.cancel()
        self.owes = asyncio.get_running_loop().call_later(QUIET_S, self._pay) if is_owed else None

    def _pay(self) -> None:
        self.owes = None
        self.pictures = {kind: (moment.outdated(), shown) for kind, (moment, shown) in self.pictures.items()}
        self.look()

    def _close(self, moment: Moment | None) -> None:
        """Everybody goes to what came out; for a review that is gone, that is a page which says so."""
        what = "packet" if moment and moment.status == ReviewStatus.DECIDED else "review"
        there = event_message("over", reverse(f"reviews:{what}", args=[self.review_id]))
        for screen in self.screens:
            screen.end(there)

    @staticmethod
    def _kind(screen: Screen, moment: Moment) -> Kind:
        reader = screen.reader
        if not reader.may_speak or reader.person_id not in moment.present:
            return Stance.LOOKING, screen.item
        return Stance.LEADING if reader.person_id == moment.facilitator_id else Stance.SPEAKING, screen.item

    def _is_behind(self, kind: Kind, moment: Moment) -> bool:
        return kind not in self.pictures or self.pictures[kind][0] != moment

    async def _paint(self, kind: Kind, moment: Moment, meeting: Meeting, only: Collection[str]) -> None:
        found = await ask(picture_of, Shown(meeting, *kind), only=only)
        if only:
            found = Picture(found.beat, self.pictures[kind][1].regions | found.regions)
        # What it was painted from may be newer than the moment that asked for it.
        self.pictures[kind] = replace(moment, beat=found.beat), found

    def _show(self, kind: Kind, moment: Moment) -> None:
        _, shown = self.pictures[kind]
        told: dict[int, bytes] = {}
        for screen in self.screens:
            if self._kind(screen, moment) == kind:
                self._tell(screen, shown, told)

    def _tell(self, screen: Screen, shown: Picture, told: dict[int, bytes]) -> None:
        """`told`: messages by what a screen has; most have the same."""
        has = screen.has
        if has is None:
            has = shown.regions if screen.beat == shown.beat else NOTHING
        if id(has) not in told:
            changed = _whole(shown.regions, _difference(has, shown.regions))
            told[id(has)] = regions_message(shown.beat, changed) if changed else b""
        if told[id(has)]:
            screen.send(told[id(has)])
        screen.has = shown.regions


def _whole(regions: Mapping[str, str], changed: Iterable[str]) -> dict[str, str]:
    """Each with its parts in their places: a part that is new has no place in the browser before its region has come."""
    whole = {region: put_together(regions, region) for region in changed}
    placed = set(chain.from_iterable(parts_of(regions, region) for region in changed))
    return {region: html for region, html in whole.items() if region not in placed}


def _difference(has: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    if has is wanted:
        return {}
    return {region: html for region, html in wanted.items() if has.get(region) != html}
