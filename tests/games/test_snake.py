from __future__ import annotations

import random
from itertools import pairwise
from statistics import median
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire import Player
from tickwire.game.contract import Emitted
from tickwire.game.loader import load_module
from tickwire.games.snake import FOOD, RESPAWN, START_LENGTH, TURNS_AHEAD, Body, Cell, Score, Snake, Turn
from tickwire.room.room import Room
from tickwire.wire.messages import Event

SPEC = load_module("tickwire.games.snake")
WIDTH, HEIGHT = 60, 40

Heading = Literal["up", "down", "left", "right"]
HEADINGS: list[Heading] = ["up", "down", "left", "right"]
Place = tuple[int, int]


def _board(**snakes: tuple[Heading, list[Place]]) -> Snake:
    """A board without food and with these snakes: for each player, from 1, the heading and the places, tail first."""
    game = SPEC.create(1)
    assert isinstance(game, Snake)
    for id, (name, (heading, places)) in enumerate(snakes.items(), start=1):
        game.players[id] = Player(id, name)
        game.score_of[id] = game.scores.add(Score(id)).id
        for place in places:
            _put(game, place, id)
        game.bodies[id] = Body(list(places), heading)
    return game


def _put(game: Snake, place: Place, owner: int) -> int:
    game.taken[place] = game.cells.add(Cell(*place, owner)).id
    return game.taken[place]


def _step(game: Snake) -> list[str]:
    """One tick on a board without other food; who died."""
    game.tick += 1
    game.step()
    _check(game)
    return [
        game.players[e.data["player"]].name for e in game.take_said() if isinstance(e, Emitted) and e.name == "died"
    ]


def _clear_food(game: Snake) -> None:
    for cell in game.cells:
        if cell.owner == FOOD:
            game.cells.remove(cell)
            del game.taken[cell.x, cell.y]


def _turn(game: Snake, id: int, *headings: Heading) -> None:
    for heading in headings:
        game.receive(game.players[id], Turn(heading))


def _places(game: Snake, id: int) -> list[Place]:
    return list(game.bodies[id].places)


def _points(game: Snake, id: int) -> int:
    return game.scores[game.score_of[id]].points


def _check(game: Snake) -> None:
    """What is true after every tick: `cells`, `taken` and `bodies` tell the same story."""
    assert game.taken == {(c.x, c.y): c.id for c in game.cells}
    assert all(0 <= c.x < WIDTH and 0 <= c.y < HEIGHT for c in game.cells)
    owned: dict[int, list[Place]] = {}
    for cell in game.cells:
        if cell.owner != FOOD:
            owned.setdefault(cell.owner, []).append((cell.x, cell.y))
    assert {p: sorted(body.places) for p, body in game.bodies.items()} == {p: sorted(o) for p, o in owned.items()}
    for player in game.bodies:
        body = _places(game, player)
        assert len(set(body)) == len(body)
        assert all(abs(x - u) + abs(y - v) == 1 for (x, y), (u, v) in pairwise(body))
    # A player is on the board or waits for the next life, and has one line of the scoreboard.
    assert game.bodies.keys() | game.reborn.keys() == game.players.keys() == game.score_of.keys()
    assert not game.bodies.keys() & game.reborn.keys()
    assert sorted(s.player for s in game.scores) == sorted(game.players)


def _row(y: int, *xs: int) -> list[Place]:
    return [(x, y) for x in xs]


# --- moving ---


@pytest.mark.parametrize(("heading", "way"), [("up", (0, -1)), ("down", (0, 1)), ("left", (-1, 0)), ("right", (1, 0))])
def test_a_snake_moves_one_cell_a_tick_along_its_heading(heading: Heading, way: Place) -> None:
    places = [(30 + way[0] * i, 20 + way[1] * i) for i in range(4)]
    game = _board(ada=(heading, places))
    assert _step(game) == []
    assert _places(game, 1) == [*places[1:], (30 + way[0] * 4, 20 + way[1] * 4)]


def test_a_turn_is_made_on_the_next_tick() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)))
    _turn(game, 1, "up")
    assert _places(game, 1)[-1] == (12, 20)
    _step(game)
    assert _places(game, 1)[-1] == (12, 19)


@pytest.mark.parametrize(("heading", "back"), [("up", "down"), ("down", "up"), ("left", "right"), ("right", "left")])
def test_a_snake_does_not_turn_back_into_itself(heading: Heading, back: Heading) -> None:
    way = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}[heading]
    places = [(30 + way[0] * i, 20 + way[1] * i) for i in range(4)]
    game = _board(ada=(heading, places))
    _turn(game, 1, back)
    assert _step(game) == []
    assert _places(game, 1)[-1] == (30 + way[0] * 4, 20 + way[1] * 4)


def test_two_turns_within_one_tick_are_both_made_one_a_tick() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)))
    _turn(game, 1, "up", "left")
    _step(game)
    assert _places(game, 1)[-1] == (12, 19)
    _step(game)
    assert _places(game, 1)[-1] == (11, 19)


def test_a_queued_turn_may_not_undo_the_one_before_it() -> None:
    # "up, down" while moving right: down would turn back into the snake that goes up by then.
    game = _board(ada=("right", _row(20, 10, 11, 12)))
    _turn(game, 1, "up", "down")
    _step(game)
    _step(game)
    assert _places(game, 1)[-1] == (12, 18)


def test_a_turn_that_is_the_heading_already_waits_for_nothing() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)))
    _turn(game, 1, "right", "right", "right", "right", "up")
    _step(game)
    assert _places(game, 1)[-1] == (12, 19)


def test_turns_too_far_ahead_are_dropped() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)))
    _turn(game, 1, "up", "right", "up", "right", "up", "right")
    assert game.bodies[1].turns == ["up", "right", "up"][:TURNS_AHEAD]


# --- dying ---


@pytest.mark.parametrize(
    ("heading", "places"),
    [
        ("left", _row(20, 2, 1, 0)),
        ("right", _row(20, WIDTH - 3, WIDTH - 2, WIDTH - 1)),
        ("up", [(30, 2), (30, 1), (30, 0)]),
        ("down", [(30, HEIGHT - 3), (30, HEIGHT - 2), (30, HEIGHT - 1)]),
    ],
)
def test_a_snake_dies_of_every_wall(heading: Heading, places: list[Place]) -> None:
    game = _board(ada=(heading, places))
    assert _step(game) == ["ada"]
    assert 1 not in game.bodies


def test_a_snake_dies_of_itself() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12, 13, 14)))
    _turn(game, 1, "up", "left", "down")
    assert [_step(game) for _ in range(3)] == [[], [], ["ada"]]


def test_a_snake_may_follow_its_own_tail() -> None:
    game = _board(ada=("down", [(10, 10), (11, 10), (11, 11), (10, 11)]))
    for heading in ("up", "right", "down", "left") * 3:
        _turn(game, 1, heading)
        assert _step(game) == []
        _clear_food(game)
    assert len(game.bodies[1].places) == 4


def test_a_snake_dies_of_another_which_lives() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)), bob=("up", [(13, 22), (13, 21), (13, 20), (13, 19)]))
    assert _step(game) == ["ada"]
    assert 2 in game.bodies


def test_heads_that_meet_in_a_cell_both_die() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)), bob=("left", _row(20, 16, 15, 14)))
    assert sorted(_step(game)) == ["ada", "bob"]


def test_heads_that_meet_on_food_both_die() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)), bob=("left", _row(20, 16, 15, 14)))
    _put(game, (13, 20), FOOD)
    assert sorted(_step(game)) == ["ada", "bob"]
    assert game.cells[game.taken[13, 20]].owner == FOOD


def test_heads_that_would_change_places_both_die() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)), bob=("left", _row(20, 15, 14, 13)))
    assert sorted(_step(game)) == ["ada", "bob"]


def test_three_heads_in_a_cell_all_die() -> None:
    game = _board(
        ada=("right", _row(20, 10, 11, 12)),
        bob=("left", _row(20, 16, 15, 14)),
        eve=("down", [(13, 17), (13, 18), (13, 19)]),
    )
    assert sorted(_step(game)) == ["ada", "bob", "eve"]


def test_a_tail_that_moves_on_in_this_tick_is_no_obstacle() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)), bob=("up", [(13, 20), (13, 19), (13, 18)]))
    assert _step(game) == []
    assert _places(game, 1)[-1] == (13, 20)


def test_a_tail_that_stays_because_its_snake_grows_is_an_obstacle() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)), bob=("up", [(13, 20), (13, 19), (13, 18)]))
    game.bodies[2].growing = 1
    assert _step(game) == ["ada"]


def test_a_tail_whose_snake_dies_in_this_tick_is_food_for_who_comes_into_it() -> None:
    game = _board(ada=("right", _row(2, 10, 11, 12)), bob=("up", [(13, 2), (13, 1), (13, 0)]))
    assert _step(game) == ["bob"]
    assert _places(game, 1)[-1] == (13, 2)
    assert _points(game, 1) == 1


def test_the_dead_leave_food_and_lose_their_points() -> None:
    game = _board(ada=("left", _row(20, 6, 5, 4, 3, 2, 1, 0)))
    game.scores[game.score_of[1]].points = 5
    assert _step(game) == ["ada"]
    left = {(c.x, c.y) for c in game.cells if c.y == 20 and c.x <= 6}
    assert left >= {(6, 20), (3, 20), (0, 20)}
    assert all(c.owner == FOOD for c in game.cells)
    assert _points(game, 1) == 0


def test_the_dead_come_back_after_their_time_and_not_before() -> None:
    game = _board(ada=("left", _row(20, 2, 1, 0)))
    _step(game)
    died = game.tick
    while game.tick < died + RESPAWN - 1:
        _step(game)
        assert 1 not in game.bodies
    _step(game)
    assert len(game.bodies[1].places) == START_LENGTH


def test_the_dead_cannot_turn() -> None:
    game = _board(ada=("left", _row(20, 2, 1, 0)))
    _step(game)
    _turn(game, 1, "up")
    assert _step(game) == []
    assert game.bodies == {}


# --- eating ---


def test_food_is_a_point_and_a_cell_more_on_the_next_tick() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)))
    food = _put(game, (13, 20), FOOD)
    _step(game)
    assert (_points(game, 1), len(game.bodies[1].places)) == (1, 3)
    assert game.cells.get(food) is None
    assert game.cells[game.taken[13, 20]].owner == 1
    _clear_food(game)
    _step(game)
    assert (_points(game, 1), len(game.bodies[1].places)) == (1, 4)
    _clear_food(game)
    _step(game)
    assert len(game.bodies[1].places) == 4


def test_two_pieces_of_food_in_a_row_are_two_cells_more() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)))
    _put(game, (13, 20), FOOD)
    _put(game, (14, 20), FOOD)
    for _ in range(2):
        _step(game)
    for _ in range(3):
        _clear_food(game)
        _step(game)
    assert (_points(game, 1), len(game.bodies[1].places)) == (2, 5)


def test_there_is_food_from_the_start_and_more_for_more_players() -> None:
    room = Room(SPEC, "K7QX", 1, 0.0)
    game = room.game
    assert isinstance(game, Snake)
    assert sum(c.owner == FOOD for c in game.cells) in (2, 3)  # one in a thousand falls on another and is made up for
    for _ in range(4):
        room.join("ada")
    for _ in range(5):
        room.make_tick()
    assert sum(c.owner == FOOD for c in game.cells) >= 7


# --- coming and going ---


def test_who_joins_has_a_short_snake_with_room_ahead() -> None:
    for seed in range(20):
        game = SPEC.create(seed)
        assert isinstance(game, Snake)
        game.start()
        ada = Player(1, "ada")
        game.players[1] = ada
        game.join(ada)
        _check(game)
        assert len(game.bodies[1].places) == START_LENGTH
        for _ in range(3):
            assert _step(game) == []


def test_who_leaves_takes_snake_and_score_off_the_board() -> None:
    game = _board(ada=("right", _row(20, 10, 11, 12)), bob=("right", _row(30, 10, 11, 12)))
    ada = game.players.pop(1)
    game.leave(ada)
    _check(game)
    assert sorted(game.taken) == _row(30, 10, 11, 12)
    _step(game)


def test_who_leaves_while_dead_does_not_come_back() -> None:
    game = _board(ada=("left", _row(20, 2, 1, 0)), bob=("right", _row(30, 10, 11, 12)))
    _step(game)
    game.leave(game.players.pop(1))
    _check(game)
    for _ in range(RESPAWN + 5):
        _step(game)
    assert 1 not in game.bodies


def test_who_joins_a_crowded_board_waits_for_room() -> None:
    game = SPEC.create(1)
    assert isinstance(game, Snake)
    game.players[9] = Player(9, "wall")
    game.score_of[9] = game.scores.add(Score(9)).id
    # One endless snake on the whole board, to and fro, line by line.
    places = [(x if y % 2 == 0 else WIDTH - 1 - x, y) for y in range(HEIGHT) for x in range(WIDTH)]
    for place in places:
        _put(game, place, 9)
    game.bodies[9] = Body(places, "up")
    ada = Player(1, "ada")
    game.players[1] = ada
    game.join(ada)
    _check(game)
    assert game.reborn == {1: RESPAWN}


# --- long games ---


def _play(seed: int, ticks: int, *, bots: int, people: bool) -> tuple[Room, list[int]]:
    """A long game with people who come, turn at random and go; checked at every tick. And how long each life was."""
    room = Room(SPEC, "K7QX", seed, 0.0, bots=bots)
    game = room.game
    assert isinstance(game, Snake)
    chance = random.Random(seed)
    here: list[int] = []
    born: dict[int, int] = {}
    lives: list[int] = []
    seq = 0
    for _ in range(ticks):
        if people and room.has_seat and chance.random() < 0.1:
            here.append(room.join("ada").id)
        if here and chance.random() < 0.03:
            room.leave(here.pop(chance.randrange(len(here))))
        for player in here:
            if chance.random() < 0.3:
                seq += 1
                room.input(player, seq, Turn(chance.choice(HEADINGS)))
        output = room.make_tick()
        _check(game)
        for message in output.messages:
            if isinstance(message, Event) and message.name == "died":
                lives.append(game.tick - born.pop(message.data["player"], game.tick))
        born = {player: born.get(player, game.tick) for player in game.bodies}
    return room, lives + [game.tick - b for b in born.values()]


@given(st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_cells_bodies_and_what_is_taken_agree_at_every_tick_of_a_crowded_game(seed: int) -> None:
    _play(seed, 150, bots=2, people=True)


def test_cells_bodies_and_what_is_taken_agree_at_every_tick_of_a_long_game() -> None:
    room, lives = _play(7, 2_000, bots=3, people=True)
    assert room.tick == 2_000
    assert len(lives) > 100  # people who turn at random die


def test_bots_live_reasonably_long_among_each_other() -> None:
    # Measured over six seeds of 1,500 ticks: medians from 86 to 172 ticks, all lives together 115; half of the worst.
    lives = [life for seed in (0, 2, 4) for life in _play(seed, 800, bots=8, people=False)[1]]
    assert median(lives) > 43
    assert max(lives) > 300


def test_a_lonely_bot_eats() -> None:
    room, _ = _play(3, 600, bots=1, people=False)
    game = room.game
    assert isinstance(game, Snake)
    assert max((len(body.places) for body in game.bodies.values()), default=0) >= 2 * START_LENGTH


def test_a_bot_never_asks_for_what_a_person_could_not() -> None:
    room = Room(SPEC, "K7QX", 1, 0.0, bots=8)
    game = room.game
    assert isinstance(game, Snake)
    for _ in range(200):
        room.make_tick()
        for player in list(game.players.values()):
            wish = game.bot(player)
            assert wish is None or wish.heading in HEADINGS
            assert wish is None or player.id in game.bodies
