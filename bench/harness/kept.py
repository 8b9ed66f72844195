"""Writes the log of a server that had many rooms for minutes, without playing each of them, and recovers them.

A few rooms are driven in virtual time; every other room is one of these under another number and code. Their records
are put together wake by wake, as a server commits them.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tickwire.game.loader import load_module
from tickwire.ids import room_code
from tickwire.room.journal import Checkpointed, Journal, Keyed, Opened, Record, Standing
from tickwire.room.journal import pack_commit as pack_commit_of
from tickwire.room.room import Room
from tickwire.server.journaling import CHECKPOINT, STANDING
from tickwire.server.recovering import recover
from tickwire.store.disk import RealDisk
from tickwire.store.log import SEGMENT_BYTES
from tickwire.store.segments import SUFFIX, SegmentHeader, pack_commit, pack_segment_header

PATTERNS = 20  # rooms that are driven; their checkpoints are spread over the time between two
PLAYERS = 2  # of a room
KEYS = 2.0  # of each player, a second


@dataclass(frozen=True)
class Recovery:
    """What a recovery took.

    Attributes:
        rooms: how many are open again.
        log_bytes: how long the log was.
        seconds: from the first file to the last room.
        cpu_seconds: of this process meanwhile; where these are much less, other programs had the core.
    """

    rooms: int
    log_bytes: int
    seconds: float
    cpu_seconds: float


def write_log(folder: Path, game: str, rooms: int, seconds: float) -> int:
    """Write the log of rooms that were played for so long; returns its bytes."""
    folder.mkdir(parents=True)
    spec, chance = load_module(f"tickwire.games.{game}"), random.Random(1)
    codes: set[str] = set()
    while len(codes) < rooms:
        codes.add(room_code(chance))
    copies = [(number, code) for number, code in enumerate(sorted(codes), 1)]
    patterns = [_Pattern(Room(spec, "TEST", seed, 0.0, seats=spec.seats), seed) for seed in range(PATTERNS)]
    files = _Segments(folder)
    since = [0] * PATTERNS  # the commit with the last checkpoint
    for tick in range(round(seconds * spec.tick_rate)):
        wake = [pattern.wake() for pattern in patterns]
        for pattern, records in enumerate(wake):
            if any(isinstance(record, Opened | Checkpointed) for record in records):
                since[pattern] = files.number + 1
        commit = [b"".join(_copied(record, *copy) for record in wake[copy[0] % PATTERNS]) for copy in copies]
        count = sum(len(wake[number % PATTERNS]) for number, _ in copies)
        files.append(b"\xdd" + count.to_bytes(4, "big") + b"".join(commit))
        if tick % round(STANDING * spec.tick_rate) == 0:
            files.append(pack_commit_of([Standing(rooms, [number for number, _ in copies], min(since))]))
    files.close()
    return sum(file.stat().st_size for file in folder.iterdir())


def recover_log(folder: Path, game: str) -> Recovery:
    """Recover all rooms of a log, in this process."""
    games = {game: load_module(f"tickwire.games.{game}")}
    began, worked = time.perf_counter(), time.process_time()
    recovered = recover(RealDisk(folder), games, 0.0)
    took, work = time.perf_counter() - began, time.process_time() - worked
    return Recovery(len(recovered.rooms), sum(file.stat().st_size for file in folder.iterdir()), took, work)


class _Pattern:
    """A room that is played by people who press keys at random."""

    def __init__(self, room: Room, seed: int) -> None:
        self._room, self._chance, self._journal = room, random.Random(seed), Journal()
        self._seq = 0
        self._keys = list(room.spec.controls.keys.values())
        every = round(CHECKPOINT * room.tick_rate)
        self._every, self._phase = every, every * seed // PATTERNS
        room.keep(self._journal)
        self._tokens = []
        for player in range(1, PLAYERS + 1):
            room.join(f"player {player}")
            token = self._chance.randbytes(32)
            self._tokens.append((player, token, b""))
            room.note(Keyed, player, token, b"")

    def wake(self) -> list[Record]:
        """A tick's records."""
        room = self._room
        for player in range(1, PLAYERS + 1):
            if self._chance.random() < KEYS / room.tick_rate:
                self._seq += 1
                room.input(player, self._seq, self._chance.choice(self._keys))
        room.make_tick()
        if room.tick % self._every == self._phase:
            room.checkpoint(self._tokens)
        return self._journal.take()


def _copied(record: Record, number: int, code: str) -> bytes:
    """A record of a pattern as that of another room, as it stands in a commit."""
    match record:
        case Opened():
            record = msgspec.structs.replace(record, code=code)
        case Checkpointed(opened=Opened() as opened):
            record = msgspec.structs.replace(record, opened=msgspec.structs.replace(opened, room=number, code=code))
    packed = msgspec.msgpack.encode(record)  # an array, its tag, and the pattern's number, 1: a byte each
    return packed[:2] + msgspec.msgpack.encode(number) + packed[3:]


class _Segments:
    """Commits, in segments as the log has them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.number, self._parts, self._size = folder, 0, list[bytes](), 0
        self._begin()

    def append(self, payload: bytes) -> None:
        if self._size + len(payload) > SEGMENT_BYTES:
            self.close()
            self._begin()
        self.number += 1
        commit = pack_commit(self.number, payload)
        self._parts.append(commit)
        self._size += len(commit)

    def close(self) -> None:
        (self._folder / f"{self._first:020d}{SUFFIX}").write_bytes(b"".join(self._parts))

    def _begin(self) -> None:
        self._first = self.number + 1
        self._parts = [pack_segment_header(SegmentHeader(self._first, self.number, 0))]
        self._size = len(self._parts[0])
