"""One browser window that follows a review: a short queue of what it has still to be sent, and nothing else."""

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reviews.live.admission import Reader
from reviews.live.picture import partials

WAITING = 16  # messages; who is further behind than that is better off with the whole room
NOTHING: Mapping[str, str] = {}
LINE_ENDS = re.compile(r"\r\n|\r|\n")


@dataclass(eq=False, slots=True)
class Screen:
    """`item`: None follows the room. `has`: the regions that the browser shows. `beat`: of the page that it came with.

    What leaves the queue is a message, or None for the end of the stream.
    """

    review_id: int
    item: str | None
    beat: str
    reader: Reader
    heard_at: datetime
    has: Mapping[str, str] | None = None
    name: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(WAITING))
    is_ended: bool = False

    def send(self, message: bytes) -> None:
        if self.is_ended:
            return
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.end()  # it comes back, and gets the room as it is then

    def end(self, last_word: bytes = b"") -> None:
        """What it has not taken yet is given up."""
        self.is_ended = True
        while not self.queue.empty():
            self.queue.get_nowait()
        if last_word:
            self.queue.put_nowait(last_word)
        self.queue.put_nowait(None)


def regions_message(beat: str, regions: Mapping[str, str]) -> bytes:
    return _message(partials(regions), beat=beat)


def event_message(event: str, text: str) -> bytes:
    return _message(text, event=event)


def _message(text: str, *, beat: str = "", event: str = "") -> bytes:
    head = f"id: {beat}\n" * bool(beat) + f"event: {event}\n" * bool(event)
    lines = "".join(f"data: {line}\n" for line in LINE_ENDS.split(text))
    return f"{head}{lines}\n".encode()
