from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickwire.errors import RemoteProtocolError
from tickwire.replication.delta import TableDelta, pack
from tickwire.replication.mirror import Mirror
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import Schema
from tickwire.wire.codec import Encoding
from tickwire.wire.messages import PackedState, State

from .histories import SCHEMA, Step, baselines, new_game, read, steps, take

DOTS = Schema.read(
    {
        "board": [8, 8],
        "tables": [{"name": "Dot", "fields": [{"name": "x", "type": "u16"}, {"name": "s", "type": "text"}]}],
    }
)
DOT = DOTS.tables[0]


def _added(*rows: tuple[int, int], group: int = 0) -> TableDelta:
    """A delta that adds rows given as id and x."""
    return TableDelta(
        DOT,
        group,
        added=[id for id, _ in rows],
        columns=[[x for _, x in rows], [f"of {id}" for id, _ in rows]],
    )


def _state(*deltas: TableDelta, full: bool = False) -> PackedState:
    return PackedState(1, full, b"".join(map(pack, deltas)))


def _mirror(*deltas: TableDelta) -> Mirror:
    mirror = Mirror(DOTS)
    assert mirror.apply(_state(*deltas)) == []
    return mirror


def _xs(mirror: Mirror) -> dict[int, int]:
    return {row.id: row.x for row in mirror.tables["Dot"]}


# --- rows ---


def test_a_row_has_the_fields_as_attributes_and_says_so() -> None:
    mirror = _mirror(_added((7, 3)))
    row = mirror.tables["Dot"][7]
    assert (row.id, row.x, row.s) == (7, 3, "of 7")
    assert repr(row) == "Dot(id=7, x=3, s='of 7')"
    assert list(mirror.tables["Dot"]) == [row]
    assert mirror.tables["Dot"].get(8) is None
    assert 7 in mirror.tables["Dot"]
    assert 8 not in mirror.tables["Dot"]
    with pytest.raises(AttributeError, match="Dot has no field 'y'"):
        row.y  # noqa: B018


def test_a_row_that_changes_stays_the_same_object() -> None:
    mirror = _mirror(_added((7, 3), (8, 4)))
    row = mirror.tables["Dot"][7]
    mirror.apply(_state(TableDelta(DOT, changed=[7], changes={0: [5]})))
    assert mirror.tables["Dot"][7] is row
    assert _xs(mirror) == {7: 8, 8: 4}


def test_a_row_that_a_full_state_brings_again_stays_the_same_object_and_the_others_are_gone() -> None:
    mirror = _mirror(_added((7, 3), (8, 4)))
    row = mirror.tables["Dot"][7]
    mirror.apply(_state(_added((7, 9), (10, 1)), full=True))
    assert mirror.tables["Dot"][7] is row
    assert _xs(mirror) == {7: 9, 10: 1}


def test_a_row_that_was_removed_and_comes_back_in_a_later_state_is_another_object() -> None:
    mirror = _mirror(_added((7, 3)))
    row = mirror.tables["Dot"][7]
    mirror.apply(_state(TableDelta(DOT, removed=[7])))
    assert len(mirror.tables["Dot"]) == 0
    mirror.apply(_state(_added((7, 3))))
    assert mirror.tables["Dot"][7] is not row


def test_removing_comes_before_changing_and_adding_after_it() -> None:
    mirror = _mirror(_added((1, 10), (2, 20), (3, 30)))
    delta = TableDelta(DOT, removed=[2], changes={0: [1, -1]}, added=[4], columns=[[40], ["of 4"]])
    mirror.apply(_state(delta))
    assert _xs(mirror) == {1: 11, 3: 29, 4: 40}


# --- groups ---


@pytest.mark.parametrize("added_first", [True, False])
def test_a_row_that_moves_to_another_group_stays_the_same_object_in_either_order_of_sections(added_first: bool) -> None:
    mirror = _mirror(_added((7, 3), group=1), _added((8, 4), group=2))
    row = mirror.tables["Dot"][7]
    moved = [TableDelta(DOT, 1, removed=[7]), _added((7, 9), group=2)]
    mirror.apply(_state(*(reversed(moved) if added_first else moved)))
    assert mirror.tables["Dot"][7] is row
    assert _xs(mirror) == {7: 9, 8: 4}
    table = mirror.tables["Dot"]
    assert (table.rows_left(1, []), table.rows_left(2, [])) == (0, 2)
    assert table.hash(2) == hash_rows([(7, 9, "of 7"), (8, 4, "of 8")])
    assert table.hash(1) == 0


@pytest.mark.parametrize("added_first", [True, False])
def test_a_row_that_moves_out_of_a_group_that_is_gone_stays_the_same_object(added_first: bool) -> None:
    mirror = _mirror(_added((7, 3), (8, 4), group=1), _added((9, 5), group=2))
    row = mirror.tables["Dot"][7]
    moved = [TableDelta(DOT, 1, gone=True), _added((7, 9), group=2)]
    mirror.apply(_state(*(reversed(moved) if added_first else moved)))
    assert mirror.tables["Dot"][7] is row
    assert _xs(mirror) == {7: 9, 9: 5}


def test_a_group_that_is_gone_takes_its_rows_and_no_others() -> None:
    mirror = _mirror(_added((7, 3), (8, 4), group=1), _added((9, 5), group=2), _added((1, 6)))
    mirror.apply(_state(TableDelta(DOT, 1, gone=True)))
    assert _xs(mirror) == {9: 5, 1: 6}
    mirror.apply(_state(_added((7, 1), group=1)))
    assert _xs(mirror) == {9: 5, 1: 6, 7: 1}


def test_a_group_that_was_never_seen_may_be_gone() -> None:
    mirror = _mirror(_added((7, 3), group=1))
    assert mirror.apply(_state(TableDelta(DOT, 5, gone=True))) == []
    assert _xs(mirror) == {7: 3}


def test_a_change_of_all_rows_is_of_all_rows_of_its_group() -> None:
    mirror = _mirror(_added((7, 3), (9, 4), group=1), _added((8, 5), group=2))
    mirror.apply(_state(TableDelta(DOT, 1, changes={0: [1, 2]})))
    assert _xs(mirror) == {7: 4, 9: 6, 8: 5}


def test_a_hash_is_of_the_rows_of_its_group() -> None:
    mirror = _mirror(_added((7, 3), group=1), _added((8, 4), group=2))
    right = TableDelta(DOT, 2, hash=hash_rows([(8, 4, "of 8")]))
    assert mirror.apply(_state(right)) == []
    wrong = TableDelta(DOT, 2, hash=hash_rows([(7, 3, "of 7"), (8, 4, "of 8")]))
    assert mirror.apply(_state(wrong)) == ["Dot"]


positions = st.lists(st.dictionaries(st.integers(1, 8), st.tuples(st.integers(1, 3), st.integers(0, 99))), max_size=8)


@given(positions, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_rows_that_wander_among_groups_are_where_they_are_said_to_be(
    moments: list[dict[int, tuple[int, int]]], chance: Any
) -> None:
    """Each moment says by row id its group and its x; the sections that lead there come in any order."""
    mirror = Mirror(DOTS)
    before: dict[int, tuple[int, int]] = {}
    for now in moments:
        objects = {row.id: row for row in mirror.tables["Dot"]}
        deltas = []
        for group in (1, 2, 3):
            old = {id for id, (g, _) in before.items() if g == group}
            new = {id for id, (g, _) in now.items() if g == group}
            changed = sorted(id for id in old & new if before[id] != now[id])
            delta = _added(*[(id, now[id][1]) for id in sorted(new - old)], group=group)
            delta.removed = sorted(old - new)
            if changed:
                delta.changed = None if set(changed) == old & new else changed
                delta.changes = {0: [now[id][1] - before[id][1] for id in changed]}
            delta.hash = hash_rows((id, now[id][1], f"of {id}") for id in sorted(new))
            deltas.append(delta)
        chance.shuffle(deltas)
        assert mirror.apply(_state(*deltas)) == []
        table = mirror.tables["Dot"]
        assert _xs(mirror) == {id: x for id, (_, x) in now.items()}
        assert all(table[id] is row for id, row in objects.items() if id in now)
        before = now


# --- hostile states ---


@pytest.mark.parametrize(
    "state",
    [
        _state(TableDelta(DOT, removed=[99])),
        _state(TableDelta(DOT, changed=[99], changes={0: [1]})),
        PackedState(1, False, b"\x05\x00"),
        PackedState(1, False, b"\x00"),
        PackedState(1, False, b"\x00\x08\x01\x03\x07\x04\x03\x00"),
        State(1, removed={"Dot": [99]}),
        State(1, removed={"Dor": [1]}),
        State(1, tables={"Dor": {}}),
        State(1, hash={"Dor": 1}),
        State(1, tables={"Dot": {9: {"x": 1}}}),
        State(1, tables={"Dot": {7: {"x": -1}}}),
        State(1, tables={"Dot": {7: {"x": "a"}}}),
        State(1, tables={"Dot": {7: {"x": None}}}),
        State(1, tables={"Dot": {7: {"s": 5}}}),
        State(1, tables={"Dot": {7: {"x": 1.5}}}),
    ],
)
def test_a_state_that_makes_no_sense_to_the_mirror_is_a_protocol_error(state: State | PackedState) -> None:
    mirror = _mirror(_added((7, 3)))
    with pytest.raises(RemoteProtocolError):
        mirror.apply(state)
    assert mirror.apply(_state(_added((7, 3), (8, 4)), full=True)) == []
    assert _xs(mirror) == {7: 3, 8: 4}


def test_fields_that_a_client_does_not_know_are_ignored_in_a_json_state() -> None:
    mirror = _mirror(_added((7, 3)))
    assert mirror.apply(State(1, tables={"Dot": {7: {"x": 5, "colour": "red"}}})) == []
    assert _xs(mirror) == {7: 5}


def test_a_group_that_is_gone_and_added_to_at_once_does_not_break_the_mirror() -> None:
    mirror = _mirror(_added((7, 3), group=1))
    hostile = _added((9, 5), group=1)
    hostile.gone = True
    for state in (_state(hostile), _state(_added((9, 6), group=2)), State(1, removed={"Dot": [9]})):
        with suppress(RemoteProtocolError):
            mirror.apply(state)


def _real(history: list[list[Step]]) -> tuple[list[PackedState], dict[str, dict[int, tuple[Any, ...]]], PackedState]:
    """Packed states of a history, what the baselines are at its end, and the full state there."""
    game, states = new_game()
    made = []
    for tick, tick_steps in enumerate(history, start=1):
        for step in tick_steps:
            take(game, step)
        states.capture(tick)
        state = read(states.delta(Encoding.MSGPACK), Encoding.MSGPACK)
        assert isinstance(state, PackedState)
        made.append(state)
    full = read(states.full(Encoding.MSGPACK), Encoding.MSGPACK)
    assert isinstance(full, PackedState)
    return made, baselines(states), full


hostile_sections = st.one_of(
    st.binary(max_size=60),
    # Well begun: a table that there is and any flags.
    st.builds(lambda i, f, rest: bytes((i, f)) + rest, st.integers(0, 1), st.integers(0, 127), st.binary(max_size=60)),
)


@given(
    st.lists(st.lists(steps, max_size=6), min_size=1, max_size=4),
    st.lists(st.tuples(st.booleans(), hostile_sections), max_size=4),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_make_a_mirror_raise_anything_but_a_protocol_error_and_a_full_state_heals_it(
    history: list[list[Step]], attacks: list[tuple[bool, bytes]]
) -> None:
    real, expected, full = _real(history)
    mirror = Mirror(SCHEMA)
    for state in real:
        mirror.apply(state)
    for is_full, sections in attacks:
        with suppress(RemoteProtocolError):
            mirror.apply(PackedState(1, is_full, sections))
    assert mirror.apply(full) == []
    assert {name: table.wire_rows() for name, table in mirror.tables.items()} == expected


@given(st.lists(st.lists(steps, max_size=6), min_size=2, max_size=4), st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_damage_to_real_states_makes_a_mirror_raise_anything_but_a_protocol_error(
    history: list[list[Step]], data: st.DataObject
) -> None:
    real, expected, full = _real(history)
    mirror = Mirror(SCHEMA)
    for state in real:
        sections = bytearray(state.sections)
        for _ in range(data.draw(st.integers(0, 3)) if sections else 0):
            sections[data.draw(st.integers(0, len(sections) - 1))] = data.draw(st.integers(0, 255))
        del sections[data.draw(st.integers(0, len(sections)) | st.just(len(sections))) :]
        with suppress(RemoteProtocolError):
            mirror.apply(PackedState(state.tick, state.full, bytes(sections)))
    assert mirror.apply(full) == []
    assert {name: table.wire_rows() for name, table in mirror.tables.items()} == expected


@given(
    st.builds(
        State,
        st.integers(0, 99),
        st.booleans(),
        st.dictionaries(
            st.sampled_from(["Dot", "Thing", "Dor"]),
            st.dictionaries(
                st.integers(-1, 9),
                st.dictionaries(
                    st.sampled_from("xabcfghi"), st.none() | st.booleans() | st.integers() | st.floats() | st.text()
                ),
            ),
        ),
        st.dictionaries(st.sampled_from(["Dot", "Thing", "Dor"]), st.lists(st.integers(-1, 9), max_size=4)),
        st.dictionaries(st.sampled_from(["Dot", "Thing", "Dor"]), st.integers()),
    )
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_values_make_a_mirror_raise_anything_but_a_protocol_error(state: State) -> None:
    mirror = Mirror(SCHEMA)
    mirror.apply(State(1, tables={"Dot": {n: {"x": n} for n in range(5)}}))
    with suppress(RemoteProtocolError):
        mirror.apply(state)
    assert mirror.apply(State(2, full=True, tables={"Dot": {1: {"x": 5}}})) == []
    assert mirror.tables["Dot"].wire_rows() == {1: (5,)}
