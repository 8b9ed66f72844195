"""Nobody hears of anything before it is with the kernel, and a disk that fails ends no game."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from helpers import PATIENCE, Quiet, run, serving, until
from room.rules import Add, new_room
from store.disks import MemoryDisk

from tickwire.room.journal import Ended, unpack_commit
from tickwire.room.recovery import Stories
from tickwire.server import journaling as journaling_module
from tickwire.server.journaling import AT_ONCE, CHECKPOINT, Journaling
from tickwire.store import folder as folder_module
from tickwire.store.fsync import Fsync
from tickwire.store.reading import Reading, read_log
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Welcome


@asynccontextmanager
async def keeping(disk: MemoryDisk) -> AsyncIterator[Journaling]:
    loop = asyncio.get_running_loop()
    journaling = Journaling(loop, disk, Reading(), 1, Fsync.NEVER, 1e9, 1 << 40)
    try:
        yield journaling
    finally:
        await asyncio.to_thread(journaling.stop, [])


def stories(disk: MemoryDisk) -> Stories:
    told = Stories()
    for segment, whole in read_log(disk, Reading()):
        if not whole:
            told.gap()
        for number, payload in enumerate(segment.payloads, segment.first):
            told.tell(number, unpack_commit(payload))
    return told


class Gate:
    """Holds the log's writes up until it is opened."""

    def __init__(self, disk: MemoryDisk) -> None:
        self._open = threading.Event()
        disk.before = self._before

    def _before(self, operation: str) -> None:
        if operation == "write":
            assert self._open.wait(PATIENCE)

    def open(self) -> None:
        self._open.set()


def test_words_wait_for_what_happened_before_them_and_keep_their_order() -> None:
    async def main() -> None:
        disk, said = MemoryDisk(), list[str]()
        gate = Gate(disk)
        async with keeping(disk) as journaling:
            journaling.say(lambda: said.append("nothing has happened yet"))
            assert said == ["nothing has happened yet"]
            room = new_room()
            journaling.opened(room)
            journaling.say(lambda: said.append("first"))
            journaling.say(lambda: said.append("second"))
            await asyncio.sleep(0.05)
            assert said == ["nothing has happened yet"]
            gate.open()
            await until(lambda: len(said) == 3)
            assert said[1:] == ["first", "second"]
            journaling.say(lambda: said.append("at once"))
            assert said[3:] == ["at once"]

    run(main())


def test_a_room_is_checkpointed_now_and_then_and_not_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        disk = MemoryDisk()
        async with keeping(disk) as journaling:
            now = asyncio.get_running_loop().time()
            rooms = [new_room() for _ in range(3 * AT_ONCE)]
            for room in rooms:
                journaling.opened(room)
            for wake in (now + CHECKPOINT, now + CHECKPOINT + 0.05, now + CHECKPOINT + 0.1):
                for room in rooms:
                    room.make_tick()
                    journaling.ticked(room, wake)
                taken = [record for record in journaling.journal.records if type(record).__name__ == "Checkpointed"]
                assert len(taken) == AT_ONCE
                journaling.say(lambda: None)
            for room in rooms:
                room.make_tick()
                journaling.ticked(room, now + CHECKPOINT + 0.2)
            assert not [r for r in journaling.journal.records if type(r).__name__ == "Checkpointed"]

    run(main())


def test_a_full_disk_ends_no_game_and_rooms_are_whole_again_when_there_is_room(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        disk, said = MemoryDisk(), list[int]()
        async with keeping(disk) as journaling:
            room = new_room()
            journaling.opened(room)
            ada = room.join("ada").id
            disk.room = 10
            for seq in range(1, 4):
                room.input(ada, seq, Add(1))
                room.make_tick()
                journaling.say(lambda: said.append(0))
            await until(lambda: len(said) == 3)
            disk.room = None
            journaling._log._down_until = 0.0
            room.make_tick()
            journaling.say(lambda: said.append(0))
            await until(lambda: journaling._due[room] == 0.0)
            room.make_tick()
            journaling.ticked(room, 1.0)
            journaling.say(lambda: said.append(0))
            await until(lambda: len(said) == 5)
        # The room was opened while nothing could be written: its story is not there, and nothing else breaks.
        assert stories(disk).open == {}

    with caplog.at_level(logging.ERROR, "tickwire"):
        run(main())
    assert "the log cannot be written" in caplog.text
    assert os.strerror(errno.ENOSPC) in caplog.text


def test_what_an_open_room_needs_is_not_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        asked: list[int] = []

        def thin(disk: object, now: float, *, needed: int, **_: object) -> list[str]:
            asked.append(needed)
            return []

        monkeypatch.setattr(journaling_module, "thin", thin)
        async with keeping(MemoryDisk()) as journaling:
            first, second = new_room(), new_room()
            for room in (first, second):
                journaling.opened(room)
                journaling.say(lambda: None)
            journaling.start()
            first.note(Ended)
            journaling.ended(first)
            journaling.start()
            assert asked == [1, 2]
            if journaling._thinning is not None:
                journaling._thinning.cancel()

    run(main())


@pytest.mark.parametrize("dialect", Dialect)
def test_a_welcome_and_an_ack_wait_for_the_disk_and_ticks_do_not(
    dialect: Dialect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        disk = MemoryDisk()
        gate = Gate(disk)
        monkeypatch.setattr(folder_module, "RealDisk", lambda path: path.mkdir(parents=True) or disk)
        async with serving(Quiet, data=tmp_path / "data") as server:
            caller = await server.call(dialect)
            await caller.say(type="hello", name="ada")
            await until(lambda: bool(server.lobby.rooms))
            (room,) = server.lobby.rooms.values()
            await until(lambda: room.tick >= 5)  # it is played, and nobody has heard of it
            with pytest.raises(BlockingIOError):
                caller.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            gate.open()
            assert (await caller.expect(Welcome)).room == room.code
            await caller.do(1)
            assert (await caller.expect(Ack)).seq == 1

    run(main())


def test_a_server_opens_its_rooms_again_with_the_seats_of_those_who_were_there(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(Quiet, data=tmp_path) as server:
            ada = await server.join("ada")
            await ada.do(1)
            await ada.expect(Ack)
            eve = await server.join("eve", watch=True)
            assert ada.welcome is not None
            code, number, token = ada.room, ada.player, ada.welcome.token
            assert eve.player == 0
        async with serving(Quiet, data=tmp_path) as server:
            (room,) = server.lobby.rooms.values()
            assert room.code == code
            assert room.watchers == 0
            assert [(p.player, p.name, p.away) for p in room.players()] == [(number, "ada", True)]
            back = await server.call()
            await back.say(type="hello", name="", token=token, seq=1)
            welcome = await back.expect(Welcome)
            assert (welcome.player, welcome.acked, welcome.room) == (number, 1, code)
            await back.state()
        async with serving(Quiet, data=tmp_path) as server:
            assert list(server.lobby.rooms) == [code]

    run(main())


def test_a_room_whose_game_is_not_served_is_named_and_the_others_are_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Other(Quiet):
        """Another game."""

    async def main() -> None:
        async with serving(Quiet, Other, data=tmp_path) as server:
            await server.join("ada", game="quiet")
            gone = await server.join("bob", game="other")
            code = gone.room
        async with serving(Quiet, data=tmp_path) as server:
            assert [room.spec.name for room in server.lobby.rooms.values()] == ["quiet"]
            assert f"room {code} of other cannot be opened again: the game other is not served any more" in caplog.text
        async with serving(Quiet, Other, data=tmp_path) as server:
            assert {room.spec.name for room in server.lobby.rooms.values()} == {"quiet", "other"}

    with caplog.at_level(logging.ERROR, "tickwire"):
        run(main())
