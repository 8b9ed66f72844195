"""Nobody hears of anything before it is with the kernel, and a disk that fails ends no game."""

from __future__ import annotations

import asyncio
import copy
import errno
import logging
import os
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from helpers import PATIENCE, Quiet, read_all, run, serving, until
from room.rules import SPEC, Add, counts, new_room
from store.disks import MemoryDisk

from tickwire import Player
from tickwire.game.spec import inspect_game
from tickwire.room.journal import Ended, unpack_commit
from tickwire.room.recovery import Stories, rebuild
from tickwire.server import journaling as journaling_module
from tickwire.server import recovering as recovering_module
from tickwire.server.journaling import AT_ONCE, CHECKPOINT, Journaling
from tickwire.server.recovering import recover
from tickwire.store import folder as folder_module
from tickwire.store.fsync import Fsync
from tickwire.store.log import Log
from tickwire.store.reading import Reading, first_of, read_log, reversed_runs
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Bye, Welcome


@asynccontextmanager
async def keeping(disk: MemoryDisk) -> AsyncIterator[Journaling]:
    loop = asyncio.get_running_loop()
    journaling = Journaling(loop, disk, Reading(), 1, Fsync.NEVER, 1e9, 1 << 40)
    try:
        yield journaling
    finally:
        await asyncio.to_thread(journaling.stop)


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
        # The room was opened while nothing could be written. Its checkpoint says all the same how it began.
        [story] = stories(disk).open.values()
        assert counts(rebuild(story, {"counters": SPEC}, 0.0)) == {ada: 3}

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


def test_a_room_whose_game_is_not_served_is_named_for_a_day_and_the_others_are_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
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
            await (await server.join("eve", game="quiet")).state()
        async with serving(Quiet, Other, data=tmp_path) as server:
            assert {room.spec.name for room in server.lobby.rooms.values()} == {"quiet", "other"}
        caplog.clear()
        for named in (True, True, False):
            async with serving(Quiet, data=tmp_path) as server:
                assert (f"room {code} of other cannot be opened again" in caplog.text) is named
                await (await server.join("eve", game="quiet")).state()
            caplog.clear()
            monkeypatch.setattr(journaling_module, "FORGOTTEN", 0.0)

    with caplog.at_level(logging.ERROR, "tickwire"):
        run(main())


# --- a disk that was full, and has room again ---------------------------------------------------------------


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> MemoryDisk:
    """A disk in memory for servers of this test; when it was full, it is soon tried again."""
    disk = MemoryDisk()
    monkeypatch.setattr(folder_module, "RealDisk", lambda path: path.mkdir(parents=True, exist_ok=True) or disk)
    monkeypatch.setattr(journaling_module, "Log", partial(Log, retry=0.02))
    monkeypatch.setattr(journaling_module, "TRY", 0.05)
    return disk


async def kept_again(caplog: pytest.LogCaptureFixture) -> None:
    await until(lambda: "every room is kept again" in caplog.text)


def test_rooms_that_opened_ended_and_were_joined_while_the_disk_was_full_are_as_they_were(
    full_disk: MemoryDisk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving(Quiet, data=tmp_path) as server:
            over = await server.join("eve", room="new")
            old = await server.join("ada", room="new")
            full_disk.room = 10
            await old.do(1)
            await old.expect(Ack)
            await until(lambda: "the log cannot be written" in caplog.text)
            new = await server.join("bob", room="new")
            late = await server.join("cyd", room=old.room)
            await over.say(type="leave")
            await over.ended()
            server.gateway.sweep()
            full_disk.room = None
            await kept_again(caplog)
            known = stories(full_disk).open.values()
            assert sorted(story.opened.code for story in known) == sorted([old.room, new.room])
            assert all(story.known for story in known)
            tokens = [caller.welcome.token for caller in (old, new, late) if caller.welcome is not None]
        async with serving(Quiet, data=tmp_path) as server:
            for caller, token in zip((old, new, late), tokens, strict=True):
                back = await server.call()
                await back.say(type="hello", name="", token=token)
                welcome = await back.expect(Welcome)
                assert (welcome.room, welcome.player) == (caller.room, caller.player)

    with caplog.at_level(logging.WARNING, "tickwire"):
        run(main())


def test_a_room_that_nobody_is_connected_to_is_kept_again_by_itself(
    full_disk: MemoryDisk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving(Quiet, data=tmp_path) as server:
            ada = await server.join("ada")
            await ada.do(1)
            await ada.expect(Ack)
            full_disk.room = 10
            await ada.do(2)
            await ada.expect(Ack)
            await until(lambda: "the log cannot be written" in caplog.text)
            ada.reset()
            await until(lambda: server.gateway.connections == 0)
            full_disk.room = None
            await kept_again(caplog)
            [story] = stories(full_disk).open.values()
            [mark] = rebuild(story, {"quiet": inspect_game(Quiet)}, 0.0).game.marks  # type: ignore[attr-defined]
            assert mark.count == 2
            assert len(story.tokens) == 1

    with caplog.at_level(logging.WARNING, "tickwire"):
        run(main())


def test_a_game_that_breaks_in_the_tick_that_its_checkpoint_needs_ends_its_room_alone(
    full_disk: MemoryDisk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Delicate(Quiet):
        """Does not bear that a player is away."""

        def away_changed(self, player: Player) -> None:
            raise RuntimeError("somebody is away")

    async def main() -> None:
        async with serving(Delicate, Quiet, data=tmp_path) as server:
            ada = await server.join("ada", game="delicate")
            bob = await server.join("bob", game="quiet")
            full_disk.room = 10
            await bob.do(1)
            await bob.expect(Ack)
            await until(lambda: "the log cannot be written" in caplog.text)
            ada.reset()
            await until(lambda: server.gateway.connections == 1)
            full_disk.room = None
            await kept_again(caplog)
            assert [story.opened.game for story in stories(full_disk).open.values()] == ["quiet"]
            assert f"room {ada.room}: delicate broke" in caplog.text

    with caplog.at_level(logging.WARNING, "tickwire"):
        run(main())


def test_a_server_that_ends_behind_a_full_disk_tries_once_more(
    full_disk: MemoryDisk, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journaling_module, "TRY", 1e9)  # nothing but the end itself tries
    monkeypatch.setattr(journaling_module, "Log", partial(Log, retry=1e9))

    async def main() -> None:
        async with serving(Quiet, data=tmp_path) as server:
            ada = await server.join("ada")
            full_disk.room = 10
            await ada.do(1)
            await ada.expect(Ack)
            await until(lambda: "the log cannot be written" in caplog.text)
            full_disk.room = None
        [story] = stories(full_disk).open.values()
        [mark] = rebuild(story, {"quiet": inspect_game(Quiet)}, 0.0).game.marks  # type: ignore[attr-defined]
        assert mark.count == 1

    with caplog.at_level(logging.WARNING, "tickwire"):
        run(main())


def test_a_server_that_is_killed_right_behind_a_gap_has_its_rooms_as_they_were_before_it(
    full_disk: MemoryDisk, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        monkeypatch.setattr(journaling_module, "CHECKPOINT", 0.05)
        async with serving(Quiet, data=tmp_path) as server:
            ada = await server.join("ada")
            for seq in (1, 2):
                await ada.do(seq)
                await ada.expect(Ack, lambda ack, seq=seq: ack.seq == seq)  # type: ignore[misc]
            monkeypatch.setattr(journaling_module, "AT_ONCE", 0)  # no checkpoint is taken any more
            full_disk.room = 10
            await ada.do(3)
            await ada.expect(Ack, lambda ack: ack.seq == 3)
            await until(lambda: "the log cannot be written" in caplog.text)
            full_disk.room = None
            await until(lambda: any(not story.known for story in stories(full_disk).open.values()))
            killed = copy.deepcopy(full_disk.files)
            assert "every room is kept again" not in caplog.text
            token = ada.welcome.token if ada.welcome is not None else ""
        full_disk.files = killed
        caplog.clear()
        monkeypatch.setattr(journaling_module, "AT_ONCE", 4)
        async with serving(Quiet, data=tmp_path) as server:
            assert f"room {ada.room} of quiet: the log has a gap" in caplog.text
            await kept_again(caplog)  # though nobody is connected
            assert all(story.known for story in stories(full_disk).open.values())
            back = await server.call()
            await back.say(type="hello", name="", token=token, seq=3)
            welcome = await back.expect(Welcome)
            assert (welcome.player, welcome.acked) == (ada.player, 2)

    with caplog.at_level(logging.WARNING, "tickwire"):
        run(main())


# --- what is said besides states ------------------------------------------------------------------------------


def test_a_classic_client_hears_nothing_that_is_not_with_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Talk(Quiet):
        """Where classic clients go."""

        name = "chat"

    async def main() -> None:
        disk = MemoryDisk()
        monkeypatch.setattr(folder_module, "RealDisk", lambda path: path.mkdir(parents=True) or disk)
        async with serving(Talk, data=tmp_path / "data") as server:
            guest = await server.call(Dialect.HEADER64)
            await guest.send(Dialect.HEADER64.frame(b"hi"))
            assert await guest.receive() == b"Msg received"
            gate = Gate(disk)
            await guest.send(Dialect.HEADER64.frame(b"hello there"))
            (room,) = server.lobby.rooms.values()
            tick = room.tick
            await until(lambda: room.tick >= tick + 5)
            with pytest.raises(BlockingIOError):
                guest.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            await guest.send(Dialect.HEADER64.frame(b"!DISCONNECT"))
            await until(lambda: not room.seated)
            with pytest.raises(BlockingIOError):
                guest.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            gate.open()
            assert (await read_all(guest.sock)).startswith(b"Msg received")

    run(main())


@pytest.mark.parametrize("dialect", Dialect)
def test_a_bye_waits_for_the_disk_too(dialect: Dialect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        disk = MemoryDisk()
        monkeypatch.setattr(folder_module, "RealDisk", lambda path: path.mkdir(parents=True) or disk)
        async with serving(Quiet, data=tmp_path / "data") as server:
            ada, bob = await server.join("ada", dialect), await server.join("bob", dialect)
            await ada.state()
            gate = Gate(disk)
            await ada.say(type="leave")
            await until(lambda: len(server.lobby.rooms[ada.room].seated) == 1)
            tick = server.lobby.rooms[bob.room].tick
            await until(lambda: server.lobby.rooms[bob.room].tick > tick + 5)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ada.expect(Bye), 0.1)
            gate.open()
            assert await ada.bye() == "left"

    run(main())


def test_a_classic_clients_seat_is_free_after_a_restart(tmp_path: Path) -> None:
    class Talk(Quiet):
        """Where classic clients go."""

        name = "chat"

    async def main() -> None:
        async with serving(Talk, data=tmp_path) as server:
            guest = await server.call(Dialect.HEADER64)
            await guest.send(Dialect.HEADER64.frame(b"hi"))
            assert await guest.receive() == b"Msg received"
            await server.join("ada")
            server.server._journaling = None  # nothing is written any more, as by a server that is killed
        async with serving(Talk, data=tmp_path) as server:
            (room,) = server.lobby.rooms.values()
            assert [player.name for player in room.players()] == ["ada"]

    run(main())


# --- where recovery begins to read ------------------------------------------------------------------------------


def test_a_long_log_is_read_from_the_last_checkpoints_on_and_says_the_same(
    full_disk: MemoryDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, games = full_disk, {"quiet": inspect_game(Quiet)}
    monkeypatch.setattr(journaling_module, "Log", partial(Log, segment_bytes=4000))
    monkeypatch.setattr(journaling_module, "CHECKPOINT", 0.1)
    monkeypatch.setattr(journaling_module, "STANDING", 0.1)
    monkeypatch.setattr(journaling_module, "LONG_STILL", 0.2)

    def marks() -> dict[str, tuple[int, int, int]]:
        """By room its number, its tick, and what was counted in it."""
        found = recover(disk, games, 0.0).rooms
        return {r.code: (r.number or s.opened.room, r.tick, sum(m.count for m in r.game.marks)) for r, s in found}  # type: ignore[attr-defined]

    async def main() -> None:
        async with serving(Quiet, data=tmp_path) as server:
            still = await server.join("bob", room="new")
            still.reset()
            ada = await server.join("ada", room="new")
            over = await server.join("eve", room="new")
            await over.say(type="leave")
            await over.ended()
            server.gateway.sweep()
            seq = 0
            while len(disk.files) < 8 or recovering_module._first_needed(disk) < first_of(sorted(disk.files)[4]):
                seq += 1
                await ada.do(seq)
                await ada.expect(Ack, lambda ack, seq=seq: ack.seq >= seq)  # type: ignore[misc]
            reads: list[str] = []
            files = copy.deepcopy(disk.files)  # as by a server that is killed now
            disk.before = reads.append
        disk.files, disk.before = files, reads.append
        quick, needed = marks(), reads.count("read")
        monkeypatch.setattr(recovering_module, "_first_needed", lambda disk: 0)
        reads.clear()
        assert marks() == quick
        assert sorted(quick) == sorted([still.room, ada.room])
        assert quick[ada.room][2] == seq
        assert needed < reads.count("read")

    run(main())


def test_segments_before_the_first_commit_that_is_needed_are_not_read() -> None:
    disk = MemoryDisk()
    log = Log(disk, Reading(), Unheard(), Fsync.NEVER, segment_bytes=200)
    for number in range(1, 41):
        log.append(b"%d" % number * 20)
        while log.figures.commits < number:  # one by one, so that segments are small
            time.sleep(0.001)
    assert log.close()
    reads: list[str] = []
    disk.before = reads.append
    reading = Reading()
    runs = [run for run, _ in read_log(disk, reading, 30)]
    assert 20 < runs[0].first <= 30
    assert (runs[-1].next, reading.next, reading.findings) == (41, 41, [])
    assert reads.count("read") < len(disk.files) / 2
    assert [run.first for run in reversed_runs(disk)][:2] == [runs[-1].first, runs[-2].first]


class Unheard:
    """Listens to a log, and does nothing."""

    def settled(self, number: int) -> None:
        pass

    def failed(self, error: OSError) -> None:
        pass

    def resumed(self, number: int) -> None:
        pass
