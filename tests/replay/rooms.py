"""Rooms that were played, as recordings, for the tests of replays."""

from __future__ import annotations

import random
from collections.abc import Iterable

from room.rules import SPEC, Add
from room.test_checkpoint import Script

from tickwire.game.loader import load_module
from tickwire.game.spec import GameSpec
from tickwire.replay.recording import Recording
from tickwire.room.journal import Journal, Opened, Record
from tickwire.room.room import Room

COUNTERS = {SPEC.name: SPEC}


def recording(records: Iterable[Record]) -> Recording:
    """The recording of the only room of these records."""
    opened, *others = records
    assert isinstance(opened, Opened)
    made = Recording(opened)
    made.add(others)
    return made


def counted(ticks: int = 60, every: int = 20) -> Recording:
    """Somebody adds numbers, with a checkpoint every so many ticks."""
    room, journal = Room(SPEC, "K7QX", 1, 0.0), Journal()
    room.keep(journal)
    ada = room.join("ada").id
    for tick in range(1, ticks + 1):
        if tick % 3 == 0:
            room.input(ada, tick, Add(tick))
        if tick % 10 == 0:
            room.say(ada, "ada", f"tick {tick}")
        room.make_tick()
        if tick % every == 0:
            assert room.checkpoint()
    return recording(journal.take())


def played(game: str, seed: int = 1, ticks: int = 160, every: int = 50) -> tuple[GameSpec, Recording, list[Room]]:
    """A built-in game, played by a script; its recording, and a twin of the room that was given the same calls."""
    spec = load_module(f"tickwire.games.{game}")
    rooms = [Room(spec, "K7QX", seed, 0.0, bots=min(2, spec.seats - 1), seats=min(6, spec.seats)) for _ in range(2)]
    journal, script, chance = Journal(), Script(spec, seed), random.Random(seed)
    rooms[0].keep(journal)
    for tick in range(1, ticks + 1):
        script.play(*rooms)
        if chance.random() < 0.1:
            for room in rooms:
                room.watch("eve")
        for room in rooms:
            room.make_tick()
        if tick % every == 0:
            rooms[0].checkpoint()
    return spec, recording(journal.take()), rooms
