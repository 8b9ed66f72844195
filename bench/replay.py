"""How fast a replay is: snake with eight players, in virtual time.

    python bench/replay.py

First an hour with people, who press a key now and then. Then ten minutes with built-in bots, whose thinking is most of
what such a room costs; a replay file has what they asked for. Seeks go to 100 ticks, in an order that is no order.
"""

from __future__ import annotations

import random
import time

from tickwire.game.loader import load_module
from tickwire.replay.bot_inputs import gather
from tickwire.replay.engine import Replay
from tickwire.replay.file import pack_replay, unpack_replay
from tickwire.replay.recording import Recording
from tickwire.room.journal import Journal, Opened
from tickwire.room.room import Room

HOUR = 3600.0  # seconds of game time
BOTS_TIME = 600.0  # the same with bots: to make an hour of theirs takes a minute
PLAYERS = 8
KEYS = 2.0  # that each person presses in a second
CHECKPOINT = 30  # seconds, as a server's
SEEKS = 100

SNAKE = load_module("tickwire.games.snake")


def played(seconds: float, *, bots: bool) -> Recording:
    """So many seconds of snake."""
    room, journal, chance = Room(SNAKE, "K7QX", 1, 0.0, bots=PLAYERS if bots else 0), Journal(), random.Random(1)
    room.keep(journal)
    people = {} if bots else {room.join(f"player {i}").id: 0 for i in range(PLAYERS)}
    keys = list(SNAKE.controls.keys.values())
    for tick in range(1, round(seconds * room.tick_rate) + 1):
        for player in people:
            if chance.random() < KEYS / room.tick_rate:
                people[player] += 1
                room.input(player, people[player], chance.choice(keys))
        room.make_tick()
        if tick % round(CHECKPOINT * room.tick_rate) == 0:
            room.checkpoint()
    opened, *others = journal.take()
    assert isinstance(opened, Opened)
    made = Recording(opened)
    made.add(others)
    return made


def measure(what: str, made: Recording) -> None:
    """Play a replay from its file, then seek in it."""
    data = pack_replay(made)
    began = time.perf_counter()
    replay = Replay(unpack_replay(data), {"snake": SNAKE})
    opened = time.perf_counter() - began
    began = time.perf_counter()
    while replay.read(2000):
        pass
    spent = time.perf_counter() - began
    assert replay.read_whole
    assert replay.notes == []
    chance, seeks = random.Random(2), []
    for _ in range(SEEKS):
        tick = chance.randrange(replay.end)
        began = time.perf_counter()
        assert replay.seek(tick) == tick
        seeks.append(time.perf_counter() - began)
    mean, most = sum(seeks) / SEEKS * 1000, max(seeks) * 1000
    print(
        f"{what:<46} {len(data) / 1e6:4.1f} MB, opened in {opened:.2f} s, {made.seconds / spent:6,.0f} times real time"
    )
    print(f"{'':<46} a seek takes {mean:.0f} ms, at most {most:.0f} ms")


def main() -> None:
    """Measure both."""
    measure("8 people, an hour", played(HOUR, bots=False))
    made = played(BOTS_TIME, bots=True)
    measure("8 bots, ten minutes, which think again", made)
    made.bot_inputs = gather(made, {"snake": SNAKE})
    assert made.bot_inputs is not None
    measure("8 bots, ten minutes, as a saved file has them", made)


if __name__ == "__main__":
    main()
