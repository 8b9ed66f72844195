"""Inputs that are meant for a tick, what a player saw, and states that come more seldom than ticks."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tickwire import Entity, Game, Input, Player, Table, fixed, u16
from tickwire.errors import ContractError
from tickwire.game.spec import inspect_game
from tickwire.replication.mirror import Mirror
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import Chat, Event, Joined, PackedState

from .rules import Add, counts, new_room


class Go(Input):
    """Go on by so much a tick."""

    by: float = 0


class Walker(Entity):
    """Walks on a line."""

    player: u16
    x: float = fixed(-1000, 1000, step=0.001, default=0)
    rewind = True


class Walk(Game):
    """Everyone walks; all steps are counted."""

    tick_rate, send_rate = 60, 20
    inputs = Go
    walkers: Table[Walker]
    by: dict[int, float]
    seen: list[tuple[int, float]]

    def join(self, player: Player) -> None:
        self.walkers.add(Walker(player.id))

    def receive(self, player: Player, go: Go) -> None:
        self.by[player.id] = go.by
        self.seen.append((self.tick, player.lag))
        self.emit("went", to=player, tick=self.tick)

    def step(self) -> None:
        for walker in self.walkers:
            walker.x += self.by.get(walker.player, 0)


def _room(game: type[Walk] = Walk, tick_rate: float | None = None) -> tuple[Room, Player, Walk]:
    room = Room(inspect_game(game), "K7QX", 1, 0.0, tick_rate=tick_rate)
    ada = room.join("ada")
    assert isinstance(room.game, Walk)
    return room, ada, room.game


# --- inputs by tick ---


def test_an_input_is_played_and_acked_in_the_tick_that_it_is_meant_for() -> None:
    room = new_room()
    ada = room.join("ada")
    room.make_tick()
    room.input(ada.id, 1, Add(5), tick=4)
    outputs = [room.make_tick() for _ in range(4)]
    assert [(o.tick, o.acks, o.early) for o in outputs] == [
        (2, {}, {}),
        (3, {}, {}),
        (4, {ada.id: 1}, {ada.id: 2}),
        (5, {}, {}),
    ]
    assert counts(room) == {ada.id: 5}


def test_the_ack_tells_how_early_the_latest_of_its_inputs_was() -> None:
    room = new_room()
    ada = room.join("ada")
    for _ in range(10):
        room.make_tick()
    room.input(ada.id, 1, Add(), tick=8)  # three ticks too late for the eleventh
    room.input(ada.id, 2, Add(), tick=11)
    room.input(ada.id, 3, Add())
    output = room.make_tick()
    assert (output.acks, output.early) == ({ada.id: 3}, {ada.id: -3})


def test_sending_more_or_for_the_future_gives_no_more_ticks_than_others_have() -> None:
    room, ada, game = _room()
    for seq in range(1, 61):
        room.input(ada.id, seq, Go(1), tick=room.tick + 1 + seq % 7)
        room.make_tick()
    assert game.walkers[1].x <= 60


# --- what was seen ---


@pytest.mark.parametrize(
    ("seen", "lag"),
    [
        (9.0, 2.0),
        (10.5, 0.5),
        (11.0, 0.0),
        (500.0, 0.0),
        (-100.0, 15.0),
        (math.inf, 0.0),
        (-math.inf, 15.0),
        (math.nan, 0),
    ],
)
def test_what_a_client_says_it_saw_is_believed_within_a_quarter_of_a_second(seen: float, lag: float) -> None:
    room, ada, game = _room()
    for _ in range(10):
        room.make_tick()
    room.input(ada.id, 1, Go(), tick=11, seen=seen)
    room.make_tick()
    assert game.seen == [(11, lag)]


def test_the_quarter_of_a_second_is_one_at_any_rate() -> None:
    room, ada, game = _room(tick_rate=120)
    for _ in range(50):
        room.make_tick()
    room.input(ada.id, 1, Go(), seen=0.0, tick=51)
    room.make_tick()
    assert game.seen == [(51, 30.0)]


# --- the rate of states ---


def test_a_game_may_step_more_often_than_it_sends() -> None:
    room, ada, game = _room()
    mirror, decode = Mirror(room.schema), ServerMessageDecoder().decode
    sent = []
    for n in range(1, 13):
        output = room.advance(n / 60)
        assert room.tick == n
        if n == 1:
            room.input(ada.id, 1, Go(1))
            room.say(ada.id, "ada", "hi")
        if output is None:
            continue
        sent.append((output.tick, output.acks, len(output.private.get(ada.id, [])), output.messages))
        state = decode((room.states.full if len(sent) == 1 else room.states.delta)(Encoding.MSGPACK), Encoding.MSGPACK)
        assert isinstance(state, PackedState)
        mirror.apply(state)
        assert [row.x for row in mirror.tables["Walker"]] == [row.x for row in game.walkers]
    assert [tick for tick, *_ in sent] == [3, 6, 9, 12]
    assert sent[0][1:] == ({ada.id: 1}, 1, [Joined(ada.id, "ada", False), Chat(ada.id, "ada", "hi")])
    assert sent[1][1:] == ({}, 0, [])


def test_ticks_between_two_states_that_are_made_at_once_send_what_is_due() -> None:
    room, ada, _ = _room()
    room.input(ada.id, 1, Go(1))
    assert room.make_ticks(2).acks == {}
    output = room.make_ticks(5)  # past the third and the sixth
    assert (output.tick, output.acks) == (7, {ada.id: 1})
    assert output.private == {ada.id: [Event("went", {"tick": 1})]}
    assert room.make_ticks(1).changed is False
    assert room.make_ticks(1).changed is True


def test_a_client_is_told_how_seldom_states_come() -> None:
    assert inspect_game(Walk).send_every == 3
    assert _room()[0].described_schema["send_every"] == 3


@pytest.mark.parametrize(
    ("rate", "why"), [(0, "above 0"), (61, "at most tick_rate"), (25, "whole number"), ("20", "above 0")]
)
def test_a_send_rate_divides_the_tick_rate(rate: Any, why: str) -> None:
    class Wrong(Walk):
        send_rate = rate

    with pytest.raises(ContractError, match=why):
        inspect_game(Wrong)


# --- the time between ticks ---


def test_a_room_knows_what_part_of_a_tick_has_passed() -> None:
    room = new_room(now=100.0)
    room.advance(100.1)
    assert room.tick_at(100.1) == pytest.approx(1.0)
    assert room.tick_at(100.15) == pytest.approx(1.5)
    assert room.tick_at(100.5) == pytest.approx(5.0), "though only one was made: the others are to be made up for"


# --- how far back a client is believed ---


@pytest.mark.parametrize(
    ("round_trip", "most"),
    [(None, 0.25), (0.0004, 0.1504), (0.05, 0.2), (0.15, 0.25), (5.0, 0.25)],  # two send intervals are 0.1 s here
)
def test_what_was_seen_is_believed_as_far_as_the_round_trip_and_the_interpolation_delay_explain(
    round_trip: float | None, most: float
) -> None:
    room, ada, game = _room()
    room.believe(ada.id, round_trip)
    for _ in range(60):
        room.make_tick()
    for seq, claimed in enumerate((0.03, 0.1, 0.18, 0.25, 1.0, math.inf), 1):
        room.input(ada.id, seq, Go(), None, room.tick + 1 - claimed * 60)
        room.make_tick()
        assert game.seen[-1][1] / 60 == pytest.approx(min(claimed, most), abs=1e-6)
    # An input that waits for its tick, and one that is late: both are judged as of the tick that they were meant for.
    room.input(ada.id, 10, Go(), room.tick + 6, room.tick + 6 - 60)
    for _ in range(6):
        room.make_tick()
    assert game.seen[-1][1] / 60 == pytest.approx(most, abs=1e-6)
    room.input(ada.id, 11, Go(), room.tick - 30, room.tick - 60)
    room.make_tick()
    assert game.seen[-1][1] / 60 == pytest.approx(most, abs=1e-6), "who says to be late sees no more of the past"


def test_what_is_believed_is_each_players_own_and_ends_with_them() -> None:
    room, ada, game = _room()
    bob = room.join("bob")
    room.believe(ada.id, 0.001)
    room.make_tick()
    for player in (ada, bob):
        room.input(player.id, 1, Go(), None, -100)
    room.make_tick()
    assert [lag < 0.2 * 60 for _, lag in game.seen[-2:]] == [True, False]
    room.leave(ada.id)
    assert ada.id not in room._reach
