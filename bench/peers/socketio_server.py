"""The swarm on python-socketio: an AsyncServer as an ASGI application under uvicorn, its own rooms, and
emit(..., room=...) at each tick."""

from __future__ import annotations

import asyncio
import socket

import socketio
import uvicorn
from dots import TICK, Lobby, Room, steer

sio = socketio.AsyncServer(async_mode="asgi")
lobby: Lobby[str] = Lobby()
room_of: dict[str, Room[str]] = {}


async def play(room: Room[str]) -> None:
    clock = asyncio.get_running_loop()
    next_tick = clock.time()
    while room.dots:
        room.step()
        await sio.emit("state", room.state(), room=room.name)
        next_tick += TICK
        await sio.sleep(max(0, next_tick - clock.time()))


@sio.event
async def connect(sid: str, environ: dict[str, object], auth: object = None) -> None:
    room = room_of[sid] = lobby.join(sid)
    await sio.enter_room(sid, room.name)
    if len(room.dots) == 1:
        sio.start_background_task(play, room)


@sio.on("steer")
async def on_steer(sid: str, message: dict[str, object]) -> None:
    steer(room_of[sid].dots[sid], message)


@sio.event
async def disconnect(sid: str, reason: str) -> None:
    del room_of.pop(sid).dots[sid]


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    host, port = listener.getsockname()[:2]
    print(f"listening on {host}:{port}", flush=True)
    config = uvicorn.Config(socketio.ASGIApp(sio), log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
