from __future__ import annotations

import math

import pytest

from tickwire import Entity, Game, Input, Player, Table, fixed, u8
from tickwire.game.history import History
from tickwire.game.spec import inspect_game
from tickwire.room.room import Room

RATE = 20.0


class Dot(Entity):
    x: float = fixed(0, 1000, step=0.5, jump=50)
    angle: float = fixed(0, 360, step=1, default=0, blend="angle")
    color: u8 = 0
    rewind = True


def moving(ticks: int, *, by: float = 10) -> tuple[Table[Dot], History]:
    """A dot that was recorded in so many ticks, at x = 0, 10, 20."""
    table: Table[Dot] = Table(Dot)
    history = History([table], RATE)
    dot = table.add(Dot(x=0))
    for i in range(ticks):
        dot.x, dot.color = i * by, i
        history.record()
    return table, history


@pytest.mark.parametrize(("lag", "x"), [(0, 60), (1, 50), (2.5, 35), (0.25, 57.5), (5, 10)])
def test_rows_are_where_they_were_so_many_ticks_ago(lag: float, x: float) -> None:
    table, history = moving(7)
    [row] = history.rows(table, lag)
    assert (row.x, row.id) == (x, 1)


def test_what_does_not_blend_is_as_it_was_before() -> None:
    table, history = moving(7)
    assert history.rows(table, 2.5)[0].color == 3
    assert history.rows(table, 2)[0].color == 4


@pytest.mark.parametrize("lag", [6, 100, 1e300, math.inf])
def test_nothing_is_rewound_by_more_than_a_quarter_of_a_second(lag: float) -> None:
    table, history = moving(100)
    assert history.rows(table, lag)[0].x == 990 - 10 * RATE / 4


@pytest.mark.parametrize("lag", [-1, -math.inf, math.nan])
def test_a_lag_that_makes_no_sense_is_none(lag: float) -> None:
    table, history = moving(7)
    assert history.rows(table, lag)[0].x == 60


def test_before_anything_was_recorded_there_is_nothing_and_then_the_oldest() -> None:
    table, history = moving(0)
    assert history.rows(table, 2) == []
    table, history = moving(2)
    assert history.rows(table, 5)[0].x == 0


def test_an_angle_is_blended_the_shorter_way_and_a_teleport_not_at_all() -> None:
    table: Table[Dot] = Table(Dot)
    history = History([table], RATE)
    dot = table.add(Dot(x=0, angle=350))
    history.record()
    dot.angle = 10
    history.record()
    assert history.rows(table, 0.5)[0].angle == 0
    dot.x = 100
    history.record()
    assert history.rows(table, 0.5)[0].x == 0
    assert history.rows(table, 0)[0].x == 100


def test_who_is_gone_now_is_still_there_then_and_who_came_later_is_not() -> None:
    table, history = moving(5)
    table.remove(1)
    late = table.add(Dot(x=500))
    history.record()
    assert [row.id for row in history.rows(table, 0)] == [late.id]
    assert [row.id for row in history.rows(table, 2)] == [1]
    assert history.rows(table, 0.5)[0].x == 40, "between two moments, those of the earlier one, where they were last"


def test_copies_are_in_no_table_and_change_nothing() -> None:
    table, history = moving(5)
    history.rows(table, 1)[0].x = 7
    assert table[1].x == 40
    assert history.rows(table, 1)[0].x == 30


def test_a_table_that_is_not_remembered_says_what_to_write() -> None:
    class Wall(Entity):
        x: u8

    with pytest.raises(ValueError, match="Wall is not remembered; write rewind = True in it"):
        moving(3)[1].rows(Table(Wall), 1)


# --- in a game ---


class Look(Input):
    """What did you see?"""


class Range(Game):
    """A target that moves by 10 a tick, and somebody who looks at it."""

    tick_rate = RATE
    inputs = Look
    dots: Table[Dot]
    seen: list[float]

    def start(self) -> None:
        self.dots.add(Dot(x=0))

    def receive(self, player: Player, look: Look) -> None:
        self.seen.append(self.rewound(player, self.dots)[0].x)

    def step(self) -> None:
        self.dots[1].x = 10 * self.tick


def looked(seen: float | None, tick: int | None = None) -> tuple[Range, Player]:
    room = Room(inspect_game(Range), "TEST", 1, 0.0)
    player = room.join("ada")
    for _ in range(20):
        room.make_tick()
    room.input(player.id, 1, Look(), tick, seen)
    room.make_tick()
    assert isinstance(room.game, Range)
    return room.game, player


@pytest.mark.parametrize("seen", [20, 19, 18.5, 17.25])
def test_a_game_sees_what_was_on_the_players_screen(seen: float) -> None:
    game, player = looked(seen)
    assert game.seen == [10 * seen]
    assert player.lag == 21 - seen


def test_a_claim_is_clamped_and_no_claim_is_now() -> None:
    assert looked(3)[0].seen == [10 * (21 - RATE / 4)]
    assert looked(3)[1].lag == RATE / 4
    assert looked(None)[0].seen == [200], "the tick of now is not over yet"


def test_an_input_that_came_late_does_not_make_the_screen_later() -> None:
    game, player = looked(17, tick=20)  # it is played in tick 21
    assert game.seen == [170], "but it shows what it showed"
    assert player.lag == 3
