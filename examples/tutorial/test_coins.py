# test_coins.py
"""The rules of coins.py, played as fast as Python goes: no server, no sockets, no waiting."""

from pathlib import Path

from tickwire.game.loader import load_file
from tickwire.room.room import Room

COINS = load_file(Path(__file__).with_name("coins.py"))
Go = COINS.inputs


def test_of_five_wishes_in_one_tick_one_counts():
    room = Room(COINS, "TEST", seed=1, now=0.0)
    ada = room.join("ada")
    for seq in range(1, 6):
        room.input(ada.id, seq, Go("right"))
    room.make_tick()
    assert [(w.x, w.y) for w in room.game.walkers if w.player == ada.id] == [(11, 5)]


def test_a_bot_gets_a_hundred_coins_in_a_few_minutes_of_play():
    room = Room(COINS, "TEST", seed=1, now=0.0, bots=1)
    for _ in range(2_000):
        room.make_tick()
    assert [score.points >= 100 for score in room.game.scores] == [True]
