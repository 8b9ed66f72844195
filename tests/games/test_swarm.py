from __future__ import annotations

from math import hypot

import pytest

from tickwire import Player
from tickwire.game.loader import load_module
from tickwire.games.swarm import SIDE, SPEED, Dot, Steer, Swarm
from tickwire.room.room import Room

SPEC = load_module("tickwire.games.swarm")


def _with_dot(x: float, y: float, heading: int) -> tuple[Swarm, Dot, Player]:
    """A swarm of one dot there, with that heading."""
    game = SPEC.create(1)
    assert isinstance(game, Swarm)
    player = Player(1, "ada")
    game.players[1] = player
    game.join(player)
    (dot,) = game.dots
    dot.x, dot.y = x, y
    game.receive(player, Steer(heading))
    return game, dot, player


@pytest.mark.parametrize(
    ("heading", "way"), [(0, (SPEED, 0)), (64, (0, SPEED)), (128, (-SPEED, 0)), (192, (0, -SPEED))]
)
def test_a_dot_moves_two_units_a_tick_along_its_heading(heading: int, way: tuple[float, float]) -> None:
    game, dot, _ = _with_dot(500, 500, heading)
    for tick in range(1, 11):
        game.step()
        assert (dot.x, dot.y) == pytest.approx((500 + tick * way[0], 500 + tick * way[1]))


@pytest.mark.parametrize("heading", range(0, 256, 17))
def test_every_heading_is_as_fast_as_any_other(heading: int) -> None:
    game, dot, _ = _with_dot(500, 500, heading)
    game.step()
    assert hypot(dot.x - 500, dot.y - 500) == pytest.approx(2)


@pytest.mark.parametrize(
    ("start", "heading", "end"),
    [
        ((SIDE - 1, 5), 0, (1, 5)),
        ((1, 5), 128, (SIDE - 1, 5)),
        ((5, SIDE - 1), 64, (5, 1)),
        ((5, 1), 192, (5, SIDE - 1)),
    ],
)
def test_a_dot_that_leaves_one_side_comes_in_at_the_other(
    start: tuple[float, float], heading: int, end: tuple[float, float]
) -> None:
    game, dot, _ = _with_dot(*start, heading)
    game.step()
    assert (dot.x, dot.y) == pytest.approx(end)


def test_a_dot_turns_when_its_player_steers() -> None:
    game, dot, player = _with_dot(500, 500, 0)
    game.step()
    game.receive(player, Steer(64))
    game.step()
    assert (dot.x, dot.y) == pytest.approx((502, 502))


def test_who_leaves_takes_their_dot_and_no_other() -> None:
    game, _, player = _with_dot(500, 500, 0)
    other = Player(2, "bob")
    game.join(other)
    game.leave(player)
    assert len(game.dots) == 1
    assert list(game.dot_of) == [2]
    game.step()


def test_a_full_room_of_bots_stays_on_the_torus_and_can_always_be_sent() -> None:
    room = Room(SPEC, "K7QX", 1, 0.0, bots=50)
    game = room.game
    assert isinstance(game, Swarm)
    before: dict[int, tuple[float, float]] = {}
    for _ in range(600):
        assert room.make_tick().changed
        assert all(0 <= d.x <= SIDE and 0 <= d.y <= SIDE for d in game.dots)
        now = {d.id: (d.x, d.y) for d in game.dots}
        assert all(now[id] != before[id] for id in before)
        before = now
    assert len(game.dots) == 50
