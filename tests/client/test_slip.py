"""A server that was held up, and what clients show after it. All in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from client.playing import FRAME, Play
from tickwire import Controls, Entity, Game, Input, Player, Table, fixed, u16
from tickwire.game.spec import inspect_game

WAY = 0.025  # seconds, each way
RATE = 30


class Keys(Input):
    """What is held."""

    right: bool = False


class Ship(Entity):
    """Goes by 1 a tick, so that its place is the time that it is shown in."""

    x: float = fixed(0, 100_000, step=0.125, default=0)
    player: u16 = 0

    def move(self, keys: Keys) -> None:
        """One tick."""
        self.x += 1 if keys.right else 2


class Race(Game):
    """Ships that move without end."""

    tick_rate, seats, board = RATE, 4, (100_000, 1)
    inputs = Keys
    controls = Controls(hold={"right": "right"}, input=Keys)
    predict = Ship
    ships: Table[Ship]
    held: dict[int, Keys]

    def join(self, player: Player) -> None:
        self.ships.add(Ship(player=player.id))

    def receive(self, player: Player, keys: Keys) -> None:
        self.held[player.id] = keys

    def step(self) -> None:
        for ship in self.ships:
            ship.move(self.held.get(ship.player, Keys(right=True)))


SPEC = inspect_game(Race)


def racing(*, tells: bool = True) -> Play:
    play = Play(WAY, spec=SPEC)
    play.tells = tells
    play.stage.press("right")
    play.run(4.0)
    return play


def ahead(play: Play, player: int) -> float:
    """By how many seconds a ship is painted ahead of where the server has it; below 0 it is behind."""
    true = next(ship.x for ship in play.room.game.ships if ship.player == player)  # type: ignore[attr-defined]
    return float(play.shown(player).x - true) / RATE


def watch(play: Play, seconds: float, player: int, look: Callable[[Play, int], float] = ahead) -> list[float]:
    """What a look at a player's ship gives in each frame."""
    seen = []
    for _ in range(round(seconds / FRAME)):
        play.frame()
        seen.append(look(play, player))
    return seen


@pytest.mark.parametrize("stop", [0.2, 0.5, 2.0, 8.0])
def test_right_after_a_slip_all_is_shown_in_its_time_again(stop: float) -> None:
    play = racing()
    usual = [max(watch(play, 1.0, who)) for who in (play.player, play.other)]
    usual_least = [min(watch(play, 1.0, who)) for who in (play.player, play.other)]
    assert usual[0] < 0.12, "a way, a tick and what inputs come early by"
    play.stop_server(stop)
    play.run(stop)
    assert ahead(play, play.player) > min(stop, 0.5) * 0.8
    play.run(WAY + 3 / RATE + 0.15)  # until the news are there, and what was wrong has faded
    assert play.room.clock.skipped >= 5
    for who, most, least in zip((play.player, play.other), usual, usual_least, strict=True):
        seen = watch(play, 2.0, who)
        assert max(seen) < most + 0.01
        assert min(seen) > least - 0.01
    assert play.stage.clock.steps == 1


def test_without_an_announcement_the_step_is_found_with_the_next_pong() -> None:
    for wait in range(10):  # whenever that comes
        play = racing(tells=False)
        play.run(wait * 0.1)
        usual = max(watch(play, 1.0, play.player))
        play.stop_server(0.5)
        play.run(0.5 + 1.0 + 2 * WAY + 0.15 + 1 / RATE)
        assert max(watch(play, 2.0, play.player)) < usual + 0.01
        behind = watch(play, 1.0, play.other)
        assert -0.2 < min(behind) <= max(behind) < 0


def test_a_client_that_slept_shows_what_is_now() -> None:
    play = racing()
    play.sleep(30.0)
    play.run(1.0 + 2 * WAY + 0.3)
    assert 0 < min(seen := watch(play, 1.0, play.player)) <= max(seen) < 0.12
    assert -0.2 < min(seen := watch(play, 1.0, play.other)) <= max(seen) < 0


def test_after_a_slip_a_key_counts_at_once() -> None:
    play = racing()
    play.stop_server(0.5)
    play.run(0.5 + WAY + 2 / RATE)
    play.stage.release("right")
    play.frame()
    pressed = play.room.tick_at(play.now)
    ships = play.room.game.ships  # type: ignore[attr-defined]
    before = next(ship.x for ship in ships if ship.player == play.player)
    play.run(2 * WAY + 4 / RATE)
    ticks = play.room.tick - int(pressed)
    assert next(ship.x for ship in ships if ship.player == play.player) - before > ticks + 1, "it goes by 2 now"
    play.run(0.3)
    corrections = len(play.corrections)
    play.run(2.0)
    assert len(play.corrections) == corrections, "both sides agree what was held when"


def test_what_is_shown_goes_back_without_a_jump() -> None:
    play = racing()
    play.stop_server(0.5)
    for who in (play.player, play.other):
        places = watch(play, 1.5, who, lambda play, who: play.shown(who).x)
        longest = max(abs(b - a) for a, b in pairwise(places))
        assert longest < 0.75 * RATE * FRAME / 0.15 * 1.1 + 1, "what is wrong fades in 150 ms"
