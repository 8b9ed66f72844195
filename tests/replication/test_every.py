"""Fields that are not sent in every state: `fixed(..., every=3)`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire import Entity, Game, Grid, Table, fixed, u16
from tickwire.game.spec import inspect_game
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.replication.sections import Viewer
from tickwire.replication.states import RoomStates
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import PackedState


class Slow(Entity):
    """`fast` comes in every state, `slow` in every third, `lazy` in every fifth."""

    fast: u16 = 0
    slow: float = fixed(0, 100, step=1, default=0, every=3)
    lazy: float = fixed(0, 100, step=1, default=0, every=5)


class SlowOnGrid(Entity):
    """The same in cells."""

    fast: u16 = 0
    slow: float = fixed(0, 100, step=1, default=0, every=3)
    lazy: float = fixed(0, 100, step=1, default=0, every=5)
    view = Grid(cell=10, window=(100, 100), x="fast", y="slow")


class Plain(Game):
    board = (100, 100)
    rows: Table[Slow]


class OnGrid(Game):
    board = (100, 100)
    rows: Table[SlowOnGrid]


class Watched:
    """A game's tables, and a mirror that gets every state."""

    def __init__(self, game: type[Plain] | type[OnGrid]) -> None:
        spec = inspect_game(game)
        self.rows: Table[Any] = spec.create(1).rows  # type: ignore[attr-defined]
        schema = Schema.of_game(spec)
        self.mirror = Mirror(schema)
        self._states = RoomStates(schema, [self.rows])
        self._viewer = Viewer(1)
        self._tick = 0
        self._decode = ServerMessageDecoder().decode
        self.send(full=True)

    def send(self, *, full: bool = False) -> None:
        """One state."""
        self._tick += 1
        self._states.capture(self._tick)
        if self._states.shared:
            payload = self._states.full(Encoding.MSGPACK) if full else self._states.delta(Encoding.MSGPACK)
        else:
            sights = self._states.look(1, (50, 50))
            payload = (
                self._states.full_for(self._viewer, sights, Encoding.MSGPACK)
                if full
                else self._states.delta_for(self._viewer, sights, Encoding.MSGPACK)
            )
        if payload:
            state = self._decode(payload, Encoding.MSGPACK)
            assert isinstance(state, PackedState)
            assert self.mirror.apply(state) == []  # no hash that is wrong

    def seen(self) -> dict[int, tuple[float, ...]]:
        """The mirror's rows."""
        [table] = self.mirror.tables.values()
        return {row.id: (row.fast, row.slow, row.lazy) for row in table}

    def true(self) -> dict[int, tuple[float, ...]]:
        """The game's rows."""
        return {row.id: (row.fast, row.slow, row.lazy) for row in self.rows}


def test_a_slow_field_is_sent_in_every_so_many_states_and_the_others_in_each() -> None:
    watched = Watched(Plain)
    row = watched.rows.add(Slow())
    watched.send()
    told: dict[str, int] = {"fast": 0, "slow": 0, "lazy": 0}
    before: tuple[float, ...] = (0.0, 0.0, 0.0)
    for n in range(1, 61):
        row.fast, row.slow, row.lazy = n, n, n
        watched.send()
        now = watched.seen()[row.id]
        told = {name: told[name] + (a != b) for name, a, b in zip(told, now, before, strict=True)}
        before = now
    assert told == {"fast": 60, "slow": 20, "lazy": 12}


@pytest.mark.parametrize("game", [Plain, OnGrid])
def test_a_new_row_comes_whole(game: type[Plain] | type[OnGrid]) -> None:
    watched = Watched(game)
    watched.rows.add(watched.rows.entity(1, 2, 3))
    watched.send()
    assert watched.seen() == {1: (1, 2, 3)}


actions = st.lists(
    st.tuples(st.sampled_from(["add", "fast", "slow", "lazy", "remove"]), st.integers(0, 20), st.integers(0, 99)),
    max_size=5,
)


@pytest.mark.parametrize("game", [Plain, OnGrid])
@given(st.lists(actions, max_size=30))
@settings(max_examples=100, deadline=None)
def test_what_was_held_back_comes_when_it_is_its_turn(
    game: type[Plain] | type[OnGrid], ticks: list[list[tuple[str, int, int]]]
) -> None:
    watched = Watched(game)
    for tick in ticks:
        for action, which, value in tick:
            rows = list(watched.rows)
            if action == "add":
                watched.rows.add(watched.rows.entity(value, value, value))
            elif rows and action == "remove":
                watched.rows.remove(rows[which % len(rows)].id)
            elif rows:
                setattr(rows[which % len(rows)], action, value)
        watched.send()
        assert {id: row[0] for id, row in watched.seen().items()} == {id: row[0] for id, row in watched.true().items()}
    for _ in range(5):  # the slowest field's turn has come by then
        watched.send()
    assert watched.seen() == watched.true()


@pytest.mark.parametrize("wrong", [0, -1, 65, 1.5, "3"])
def test_every_is_a_small_whole_number(wrong: int) -> None:
    with pytest.raises(ValueError, match="every"):
        fixed(0, 1, 0.1, every=wrong)
