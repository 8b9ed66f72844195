from __future__ import annotations

import asyncio

import pytest
from helpers import Do, Stage, run, serving, until

from tickwire import Controls
from tickwire import bots as bots_module
from tickwire.bots import run_bots
from tickwire.errors import ConnectionLost


class Pressed(Stage):
    """Counts the keys that are pressed."""

    controls = Controls(keys={"space": Do("count")})


def test_they_join_press_keys_and_leave_when_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bots_module, "PRESS_EVERY", (0.001, 0.01))

    async def main() -> None:
        async with serving(Pressed, seats=8) as server:
            playing = asyncio.create_task(run_bots(f"127.0.0.1:{server.port}", 5))
            await until(lambda: [r.people for r in server.lobby.rooms.values()] == [5])
            (room,) = server.lobby.rooms.values()
            names = {p.name for p in room.players()}
            assert len(names) == 5
            game = room.game
            assert isinstance(game, Pressed)
            await until(lambda: len(game.marks) == 5 and all(m.count > 0 for m in game.marks))
            playing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await playing
            await until(lambda: server.gateway.connections == 0)

    run(main())


def test_a_game_without_keys_is_watched_from_its_seats() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            playing = asyncio.create_task(run_bots(f"127.0.0.1:{server.port}", 2, game="stage"))
            await until(lambda: [r.people for r in server.lobby.rooms.values()] == [2])
            assert not playing.done()
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)

    run(main())


def test_they_go_to_the_room_they_are_told() -> None:
    async def main() -> None:
        async with serving(Stage, seats=8) as server:
            ada = await server.join("ada", room="new")
            await server.join("bob", room="new")
            playing = asyncio.create_task(run_bots(f"127.0.0.1:{server.port}", 3, room=ada.room))
            await until(lambda: server.lobby.rooms[ada.room].people == 4)
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)

    run(main())


def test_a_refusal_ends_them_all_as_connection_lost() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            with pytest.raises(ConnectionLost) as lost:
                await run_bots(f"127.0.0.1:{server.port}", 3, room="ZZZZ")
            assert lost.value.code == "no_such_room"

    run(main())


def test_the_servers_end_ends_them_as_connection_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bots_module, "PRESS_EVERY", (0.001, 0.01))

    async def main() -> None:
        async with serving(Stage) as server:
            playing = asyncio.create_task(run_bots(f"127.0.0.1:{server.port}", 3))
            await until(lambda: [r.people for r in server.lobby.rooms.values()] == [3])
            server.gateway.shutdown()
            with pytest.raises(ConnectionLost) as lost:
                await playing
            assert lost.value.code == "shutdown"

    run(main())
