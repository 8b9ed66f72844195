from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tickwire.replication.delta import TableDelta, pack
from tickwire.replication.sections import Held, Viewer, enter_groups, leave_groups, pack_group, pack_states
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


def _messages(common: bytes, tables: Any, *viewers: tuple[Any, Any]) -> list[bytes]:
    """What is packed for viewers of whom each saw something and now sees something else."""
    return pack_states(70_000, common, tables, [Viewer(1, old) for old, _ in viewers], [new for _, new in viewers], {})


def test_a_message_has_the_sections_of_all_groups_in_sight() -> None:
    tables: Any = (
        ({"here": (1, 2), "there": (3,)}, {1: b"a", 2: b"", 3: b"c"}, {}, {}, None),
        ({0: ()}, {}, {}, {}, None),
    )
    for common, sight, sections in ((b"!", "here", b"!a"), (b"", "there", b"c")):
        (message,) = _messages(common, tables, ((sight, 0), (sight, 0)))
        assert read(message, Encoding.MSGPACK) == PackedState(70_000, False, sections)


def test_who_looks_elsewhere_is_told_what_is_out_of_sight_then_all_of_what_is_new_to_it() -> None:
    sections, whole, gone = ({g: b"%d%s " % (g, kind) for g in range(1, 8)} for kind in (b"", b"w", b"g"))
    groups = {"left": (1, 2, 4, 5), "right": (2, 3, 5, 6), "far": (7,), "none": ()}
    tables: Any = ((groups, sections, whole, gone, None),)
    for old, new, said in (
        ("left", "right", b"1g 4g 2 3w 5 6w "),
        ("right", "left", b"3g 6g 1w 2 4w 5 "),
        ("left", "far", b"1g 2g 4g 5g 7w "),
        ("far", "none", b"7g "),
        ("none", "far", b"7w "),
    ):
        (message,) = _messages(b"", tables, ((old,), (new,)))
        assert read(message, Encoding.MSGPACK) == PackedState(70_000, False, said)


def test_sights_move_on_but_for_those_who_had_no_state() -> None:
    tables: Any = (({1: (1,), 2: (2,)}, {1: b"a", 2: b"b"}, {2: b"B"}, {1: b"x"}, None),)
    viewers, made = [Viewer(1, (1,)), Viewer(2, (1,)), Viewer(3)], dict[Any, bytes]()
    messages = pack_states(7, b"", tables, viewers, [(1,), (2,), (2,)], made)
    assert [read(m, Encoding.MSGPACK) if m else m for m in messages] == [
        PackedState(7, False, b"a"),
        PackedState(7, False, b"xB"),
        b"",
    ]
    assert [viewer.sights for viewer in viewers] == [(1,), (2,), None]
    # Those who see the same later are given the same bytes.
    assert made == {(1,): messages[0]}
    assert pack_states(7, b"", tables, viewers[:1], [(1,)], made)[0] is messages[0]


def test_a_message_that_says_nothing_is_empty() -> None:
    assert _messages(b"", (({1: (2,)}, {2: b""}, {}, {}, None),), ((1,), (1,))) == [b""]


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
