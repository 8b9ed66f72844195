from __future__ import annotations

from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickwire import Entity, Game, Table, u8
from tickwire.errors import ContractError, FieldError
from tickwire.game.spec import inspect_game
from tickwire.replication import states as states_module
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.replication.states import HASH_EVERY, RoomStates
from tickwire.wire.codec import Encoding
from tickwire.wire.messages import PackedState, State

from .histories import SCHEMA, Dot, Step, Thing, baselines, histories, new_game, read, take


def _wires(mirror: Mirror) -> dict[str, dict[int, tuple[Any, ...]]]:
    return {name: table.wire_rows() for name, table in mirror.tables.items()}


@given(histories, st.sets(st.integers(1, 12)))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mirrors_in_both_encodings_hold_what_the_room_captured_at_every_tick(
    history: list[list[Step]], fulls: set[int]
) -> None:
    with patch.object(states_module, "HASH_EVERY", 2):
        game, states = new_game()
        mirrors = {encoding: Mirror(SCHEMA) for encoding in Encoding}
        for tick, tick_steps in enumerate(history, start=1):
            for step in tick_steps:
                take(game, step)
            changed = states.capture(tick)
            for encoding, mirror in mirrors.items():
                before = _wires(mirror)
                assert mirror.apply(read(states.delta(encoding), encoding)) == []
                assert mirror.tick == tick
                assert _wires(mirror) == baselines(states)
                assert changed or before == _wires(mirror)
                late = Mirror(SCHEMA)
                assert late.apply(read(states.full(encoding), encoding)) == []
                assert _wires(late) == baselines(states)
                if tick in fulls:
                    # A client that read slowly goes on from a full state, whatever its mirror held.
                    assert mirror.apply(read(states.full(encoding), encoding)) == []
                    assert _wires(mirror) == baselines(states)


@given(histories, st.integers(0, 12))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mirror_that_missed_states_is_healed_by_a_full_one(history: list[list[Step]], missed: int) -> None:
    game, states = new_game()
    mirror = Mirror(SCHEMA)
    for tick, tick_steps in enumerate(history, start=1):
        for step in tick_steps:
            take(game, step)
        states.capture(tick)
        if tick < missed:
            continue
        message = states.full(Encoding.MSGPACK) if tick == max(1, missed) else states.delta(Encoding.MSGPACK)
        assert mirror.apply(read(message, Encoding.MSGPACK)) == []
        assert _wires(mirror) == baselines(states)


@given(histories)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mirrors_values_are_the_games_within_a_step(history: list[list[Step]]) -> None:
    game, states = new_game()
    mirror = Mirror(SCHEMA)
    for tick, tick_steps in enumerate(history, start=1):
        for step in tick_steps:
            take(game, step)
        states.capture(tick)
        mirror.apply(read(states.delta(Encoding.MSGPACK), Encoding.MSGPACK))
    assert len(mirror.tables["Thing"]) == len(game.things)
    for thing in game.things:
        row = mirror.tables["Thing"][thing.id]
        assert (row.id, row.a, row.f, row.g, row.h, row.i) == (thing.id, thing.a, thing.f, thing.g, thing.h, thing.i)
        assert abs(row.x - thing.x) <= 0.125
        assert type(row.h) is bool


@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_bytes_of_a_tick_are_made_once_however_many_ask(encoding: Encoding) -> None:
    game, states = new_game()
    game.dots.add(Dot(5))
    states.capture(1)
    assert states.delta(encoding) is states.delta(encoding)
    assert states.full(encoding) is states.full(encoding)
    first = states.delta(encoding)
    game.dots.add(Dot(6))
    states.capture(2)
    assert states.delta(encoding) is not first
    assert states.delta(encoding) is states.delta(encoding)


def test_a_capture_says_whether_anything_changed() -> None:
    game, states = new_game()
    assert states.capture(1) is False
    dot = game.dots.add(Dot(5))
    assert states.capture(2) is True
    assert states.capture(3) is False
    dot.x = 5
    assert states.capture(4) is False
    dot.x = 6
    assert states.capture(5) is True
    game.dots.remove(dot)
    assert states.capture(6) is True


def test_a_state_in_which_nothing_changed_is_empty() -> None:
    game, states = new_game()
    game.dots.add(Dot(5))
    states.capture(1)
    states.capture(2)
    assert states.delta(Encoding.JSON) == b'{"type":"state","tick":2}'
    assert read(states.delta(Encoding.MSGPACK), Encoding.MSGPACK) == PackedState(2, False, b"")


def test_before_the_first_capture_everything_is_nothing() -> None:
    _, states = new_game()
    assert states.full(Encoding.JSON) == b'{"type":"state","tick":0,"full":true}'
    assert read(states.full(Encoding.MSGPACK), Encoding.MSGPACK) == PackedState(0, True, b"")


def test_a_json_state_has_the_form_of_the_document() -> None:
    game, states = new_game()
    one, two = game.things.add(Thing(a=3, x=1.25, h=True, i="hi")), game.things.add(Thing())
    dot = game.dots.add(Dot(7))
    states.capture(1)
    everything = {"a": 3, "b": 0, "c": 0, "d": 0, "e": 0, "f": 0, "g": 0.0, "h": True, "i": "hi", "x": 1.25}
    assert msgspec.json.decode(states.delta(Encoding.JSON)) == {
        "type": "state",
        "tick": 1,
        "tables": {
            "Thing": {"1": everything, "2": {**everything, "a": 0, "x": 0.0, "h": False, "i": ""}},
            "Dot": {"1": {"x": 7}},
        },
    }
    one.a, two.h = 4, True
    game.dots.remove(dot)
    states.capture(2)
    assert msgspec.json.decode(states.delta(Encoding.JSON)) == {
        "type": "state",
        "tick": 2,
        "tables": {"Thing": {"1": {"a": 4}, "2": {"h": True}}},
        "removed": {"Dot": [1]},
    }


def test_every_so_many_captures_a_state_carries_the_hashes_of_the_tables_that_it_touches() -> None:
    game, states = new_game()
    dot = game.dots.add(Dot(0))
    game.things.add(Thing())
    hashed = []
    for tick in range(1, 2 * HASH_EVERY + 1):
        dot.x = tick
        states.capture(tick)
        state = read(states.delta(Encoding.JSON), Encoding.JSON)
        assert isinstance(state, State)
        if state.hash:
            assert set(state.hash) == {"Dot"}
            hashed.append(tick)
    assert hashed == [HASH_EVERY, 2 * HASH_EVERY]


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize(
    "drift",
    [
        State(0, tables={"Thing": {1: {"a": 77}}}),
        State(0, tables={"Thing": {1: {"g": 1.5}}}),
        State(0, tables={"Thing": {1: {"i": "drifted"}}}),
        State(0, removed={"Thing": [1]}),
        State(0, tables={"Thing": {99: dict.fromkeys("abcdefg", 0) | {"h": False, "i": "", "x": 0}}}),
    ],
)
def test_the_hash_names_the_table_in_which_a_mirror_drifted(encoding: Encoding, drift: State) -> None:
    with patch.object(states_module, "HASH_EVERY", 4):
        game, states = new_game()
        mirror = Mirror(SCHEMA)
        game.things.add(Thing())
        thing, dot = game.things.add(Thing()), game.dots.add(Dot(0))
        for tick in range(1, 9):
            thing.b = dot.x = tick
            # Rows come and go, so that no change is of all rows and could not be applied to a drifted mirror.
            game.things.add(Thing())
            states.capture(tick)
            drifted = mirror.apply(read(states.delta(encoding), encoding))
            assert drifted == ([] if tick < 8 else ["Thing"])
            if tick == 5:
                mirror.apply(drift)
        assert mirror.apply(read(states.full(encoding), encoding)) == []
        assert _wires(mirror) == baselines(states)


def test_a_row_that_cannot_be_sent_is_an_error_of_the_game() -> None:
    game, states = new_game()
    game.dots.add(Dot(70_000))
    with pytest.raises(FieldError, match=r"Dot\.x holds an integer from 0 to 65535, not 70000"):
        states.capture(1)


def _entity(name: str, fields: int) -> type[Entity]:
    meta: Any = type(Entity)
    body = {"__annotations__": {f"f{i}": u8 for i in range(fields)}, "__module__": __name__}
    made: type[Entity] = meta(name, (Entity,), body)
    return made


@pytest.mark.parametrize(("tables", "fields"), [(1, 32), (1, 36), (1, 64), (255, 1), (256, 1), (257, 1)])
def test_a_wide_game_either_breaks_the_contract_or_reaches_the_mirror(tables: int, fields: int) -> None:
    entities = [_entity(f"E{i}", fields) for i in range(tables)]
    hints = {f"t{i}": Table[entity] for i, entity in enumerate(entities)}  # type: ignore[valid-type]
    game_class = type("Wide", (Game,), {"__annotations__": hints, "__module__": __name__})
    try:
        spec = inspect_game(game_class)
    except ContractError:
        assert fields > 32 or tables > 128  # a game of an ordinary size is to be had
        return
    game, schema = spec.create(0), Schema.of_game(spec)
    all_tables = [getattr(game, name) for name in spec.tables]
    states, mirror = RoomStates(schema, all_tables), Mirror(schema)
    row = all_tables[-1].add(entities[-1](*[0] * fields))
    for tick in (1, 2):
        setattr(row, f"f{fields - 1}", tick)
        states.capture(tick)
        assert mirror.apply(read(states.delta(Encoding.MSGPACK), Encoding.MSGPACK)) == []
    assert _wires(mirror) == baselines(states)
