"""Players without a face: they press the game's keys at random, or hold them. For trying a server out."""

from __future__ import annotations

import asyncio
import random

from tickwire.client import connect
from tickwire.client.held import Held
from tickwire.room.roster import BOT_NAMES

PRESS_EVERY = (0.2, 1.0)  # seconds between two keys, at least and at most


async def run_bots(address: str, count: int, *, game: str | None = None, room: str | None = None) -> None:
    """Keep `count` bots connected until cancelled.

    Raises:
        ConnectionLost: the server is not there, refuses one of them, or ends.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for i in range(count):
                name = f"{BOT_NAMES[i % len(BOT_NAMES)]} {i // len(BOT_NAMES) + 1}"
                group.create_task(_run_bot(address, name, game, room))
    except BaseExceptionGroup as ended:
        raise ended.exceptions[0] from None


async def _run_bot(address: str, name: str, game: str | None, room: str | None) -> None:
    async with connect(address, name=name, game=game, room=room) as client:
        inputs = list(client.schema.controls.get("keys", {}).values())
        held, fields = Held(client.schema), sorted(set(client.schema.controls.get("hold", {}).values()))
        while client.ended is None:
            client.take_events()
            if held.used:
                held.fields = set(random.sample(fields, random.randint(0, len(fields))))
                client.send(held.take())
            elif inputs:
                client.send(random.choice(inputs))
            await asyncio.sleep(random.uniform(*PRESS_EVERY))
        raise client.ended
