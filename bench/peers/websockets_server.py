"""The swarm on `websockets`: one task per connection, broadcast() to a room at each tick, uvloop as its page on
performance advises. Messages are JSON text."""

from __future__ import annotations

import asyncio
import json

import uvloop
from dots import TICK, Lobby, Room, steer
from websockets.asyncio.server import ServerConnection, broadcast, serve

lobby: Lobby[ServerConnection] = Lobby()
loops: set[asyncio.Task[None]] = set()


async def play(room: Room[ServerConnection]) -> None:
    clock = asyncio.get_running_loop()
    next_tick = clock.time()
    while room.dots:
        room.step()
        broadcast(room.dots, room.state_json())
        next_tick += TICK
        await asyncio.sleep(next_tick - clock.time())


async def handler(connection: ServerConnection) -> None:
    room = lobby.join(connection)
    if len(room.dots) == 1:
        loop = asyncio.create_task(play(room))
        loops.add(loop)
        loop.add_done_callback(loops.discard)
    try:
        async for message in connection:
            steer(room.dots[connection], json.loads(message))
    finally:
        del room.dots[connection]


async def main() -> None:
    async with serve(handler, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        print(f"listening on {host}:{port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
