"""The least that a live stream can be: one Redis subscription, each message to all. `uvicorn tests.bench.bare_stream:app`."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis

CHANNEL = "bare"
_queues: set[asyncio.Queue[bytes]] = set()
_tasks: set[asyncio.Task[None]] = set()


async def app(scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    if scope["type"] == "lifespan":
        await receive()
        _tasks.add(asyncio.create_task(_fan_out()))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    _queues.add(queue)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
    while True:
        await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})


async def _fan_out() -> None:
    async with Redis.from_url(os.environ["BROKER_URL"]) as client, client.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        async for message in channel.listen():
            if message["type"] == "message":
                for queue in _queues:
                    queue.put_nowait(b"data: " + message["data"] + b"\n\n")
