"""Random histories of a game's tables, for the tests of this floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tickwire import Entity, Game, Table, f32, fixed, i8, i16, i32, text, u8, u16, u32
from tickwire.game.spec import inspect_game
from tickwire.replication.schema import Schema
from tickwire.replication.states import RoomStates
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import PackedState, State


class Thing(Entity):
    """A row with a field of every type."""

    a: u8 = 0
    b: u16 = 0
    c: u32 = 0
    d: i8 = 0
    e: i16 = 0
    f: i32 = 0
    g: f32 = 0.0
    h: bool = False
    i: text = ""
    x: float = fixed(-10, 10, step=0.25, default=0)


class Dot(Entity):
    """A row of the simplest kind."""

    x: u16


class Everything(Game):
    things: Table[Thing]
    dots: Table[Dot]


SPEC = inspect_game(Everything)
SCHEMA = Schema.of_game(SPEC)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "a": st.integers(0, 255),
    "b": st.integers(0, 2**16 - 1),
    "c": st.integers(0, 2**32 - 1),
    "d": st.integers(-128, 127),
    "e": st.integers(-(2**15), 2**15 - 1),
    "f": st.integers(-(2**31), 2**31 - 1),
    "g": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "h": st.booleans(),
    "i": st.text(max_size=8),
    "x": st.floats(-10, 10),
}
things = st.fixed_dictionaries({}, optional=VALUES)


@dataclass(frozen=True)
class Step:
    """One thing that a game does to its tables in a tick; `row` says to which row, modulo how many there are."""

    what: str
    row: int
    values: dict[str, Any]


steps = st.builds(
    Step,
    st.sampled_from(["add", "add", "set", "set", "set", "remove", "dot", "move dots", "remove dot", "clear"]),
    st.integers(0, 50),
    things,
)
histories = st.lists(st.lists(steps, max_size=8), max_size=12)


def take(game: Everything, step: Step) -> None:
    """Do to a game's tables what the step says."""
    rows, dots = list(game.things), list(game.dots)
    match step.what:
        case "add":
            game.things.add(Thing(**step.values))
        case "set" if rows:
            for name, value in step.values.items():
                setattr(rows[step.row % len(rows)], name, value)
        case "remove" if rows:
            game.things.remove(rows[step.row % len(rows)])
        case "dot":
            game.dots.add(Dot(step.row))
        case "move dots":
            for dot in dots:
                dot.x = (dot.x + step.row) % 1000
        case "remove dot" if dots:
            game.dots.remove(dots[step.row % len(dots)])
        case "clear" if step.row < 3:
            game.things.clear()


def new_game() -> tuple[Everything, RoomStates]:
    """A game with empty tables, and what makes its states."""
    game = SPEC.create(0)
    assert isinstance(game, Everything)
    return game, RoomStates(SCHEMA, [game.things, game.dots])


def baselines(states: RoomStates) -> dict[str, dict[int, tuple[Any, ...]]]:
    """The wire values that every mirror should hold, by table and row id."""
    return {
        tracker.table.name: {id: tuple(column[id] for column in tracker.baseline) for id in tracker.baseline[0]}
        for tracker, _ in states.common
    }


_decoder = ServerMessageDecoder()


def read(message: bytes, encoding: Encoding) -> State | PackedState:
    """The state in a message."""
    state = _decoder.decode(message, encoding)
    assert isinstance(state, State | PackedState)
    return state
