from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tickwire.replication.delta import TableDelta, pack
from tickwire.replication.sections import Held, enter_groups, leave_groups, pack_group, pack_state
from tickwire.wire.codec import Encoding
from tickwire.wire.messages import PackedState

from .histories import SCHEMA, read

THING = SCHEMA.tables[0]
KINDS = "".join(field.type.kind[0] for field in THING.fields)

wires = {"int": st.integers(0, 2**32), "f32": st.integers(0, 2**32 - 1), "text": st.text(max_size=8)}
u32 = st.integers(0, 2**32 - 1)
some = st.sets(u32, max_size=20).map(sorted)


def _columns(data: Any, n: int) -> list[Any]:
    return [data.draw(st.lists(wires[field.type.kind], min_size=n, max_size=n)) for field in THING.fields]


def _held(columns: list[Any]) -> list[Held]:
    return list(zip([9] * len(columns[0]), *columns, strict=True))


@given(st.integers(1, 2**20), some, some, some, st.none() | u32, st.data())
def test_a_group_is_packed_as_its_delta_is(
    group: int, left: list[int], known: list[int], came: list[int], hash: int | None, data: Any
) -> None:
    before, after, new = _columns(data, len(known)), _columns(data, len(known)), _columns(data, len(came))
    places = sorted(data.draw(st.sets(st.sampled_from(range(len(known)))))) if known else []
    changes: dict[int, Any] = {}
    for i, field in enumerate(THING.fields):
        if data.draw(st.booleans()):
            after[i] = before[i]
        old, now = [before[i][p] for p in places], [after[i][p] for p in places]
        if old != now:
            changes[i] = [b - a for a, b in zip(old, now, strict=True)] if field.type.kind == "int" else now
    if not changes:
        places = []
    delta = TableDelta(THING, group, left, [known[p] for p in places], changes, came, new, hash)
    moves = (known, _held(before), _held(after))
    rows = dict(zip(came, _held(new), strict=True))
    packed = pack_group(THING.index, KINDS, group, left, places, moves, came, rows, hash)
    assert packed == (pack(delta) if delta else b"")


def test_a_group_has_the_bytes_worked_out_by_hand() -> None:
    moves: Any = ([4, 5, 7], [(130, 0, 5), (9, 0, 5), (130, 0, 5)], [(130, 0, 6), (9, 9, 9), (130, 0, 4)])
    packed = pack_group(2, "ii", 130, [3], [0, 2], moves, [8], {8: (130, 1, 0)}, 0x01020304)
    # Table 2; removed, changed, added, hash and a group: 130. Row 3 is gone. Rows 4 and 7 (4 + 2 + 1) have a new field
    # 1: one more and one less, 2 and 1 in zigzag. Row 8 is new: 1 and 0.
    assert packed == bytes.fromhex("02 2f 8201  01 0303  02 0042 02 0021  01 0308 0302 0300  04030201")


def test_a_message_has_the_sections_of_all_groups_in_sight() -> None:
    tables: Any = (({"here": (1, 2), "there": (3,)}, {1: b"a", 2: b"", 3: b"c"}), ({(): ()}, {}))
    for common, sight, sections in ((b"!", "here", b"!a"), (b"", "there", b"c")):
        message = pack_state(70_000, common, tables, (sight, ()))
        assert read(message, Encoding.MSGPACK) == PackedState(70_000, False, sections)


def test_a_message_that_says_nothing_is_empty() -> None:
    assert pack_state(7, b"", (({1: (2,)}, {2: b""}),), (1,)) == b""


def test_rows_leave_and_enter_groups() -> None:
    rows: dict[int, Held] = {1: (10, 0), 2: (10, 0), 3: (20, 0)}
    members = {10: {1, 2}, 20: {3}}
    left: dict[int, list[int]] = {}
    came: dict[int, list[int]] = {}
    leave_groups([2, 1], rows, members, left)
    assert (rows, members, left) == ({3: (20, 0)}, {10: set(), 20: {3}}, {10: [2, 1]})
    enter_groups([1, 4, 5], [(20, 7), (30, 8), (30, 9)], rows, members, came)
    assert rows == {3: (20, 0), 1: (20, 7), 4: (30, 8), 5: (30, 9)}
    assert members == {10: set(), 20: {1, 3}, 30: {4, 5}}
    assert came == {20: [1], 30: [4, 5]}
