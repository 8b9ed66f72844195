"""Sections of groups, straight from a table's baseline, and the messages that are joined from them.

`delta.pack` makes the same bytes of a `TableDelta`; where many groups are packed in each tick, to make one for each
would cost more than the packing. docs/WIRE.md, section 4.2, has the form.

Kinds are a letter for each field, as its type's `kind` begins: i for an integer, f for an f32, t for a text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import sub
from typing import Any

from tickwire.accelerator import accelerated
from tickwire.replication.delta import ADDED, CHANGED_SOME, GROUP, HASH, REMOVED, TableDelta, pack
from tickwire.replication.ints import pack_changes, pack_floats, pack_ids, pack_steps, pack_texts, pack_varint
from tickwire.replication.schema import TableSchema
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.messages import PackedState

_NEW: dict[str, Callable[[Sequence[Any]], bytes]] = {"i": pack_steps, "f": pack_floats, "t": pack_texts}

Held = tuple[Any, ...]  # a row as mirrors have it: the number of its group, then the wire values of its fields
Moves = tuple[list[int], list[Held], list[Held]]  # ids of rows, ascending; how they were; how they are


def kinds_of(table: TableSchema) -> str:
    """The kinds of a table's fields."""
    return "".join(f.type.kind[0] for f in table.fields)


@accelerated
def pack_group(
    table: int,
    kinds: str,
    group: int,
    left: list[int],
    places: list[int],
    moves: Moves,
    came: list[int],
    rows: dict[int, Held],
    hash: int | None,
) -> bytes:
    """What changed in a group; empty if nothing did.

    Args:
        table: its place in the schema.
        kinds: of its fields.
        group: its number.
        left: ids of rows that are in it no more, ascending.
        places: where rows that changed and stayed are in the lists of `moves`, ascending.
        moves: of these and other rows.
        came: ids of rows that are new in it, ascending.
        rows: the table's rows by id.
        hash: of the group, or None.
    """
    flags, parts = GROUP, [b"", pack_varint(group)]
    if left:
        flags |= REMOVED
        parts.append(pack_ids(left))
    if places:
        flags |= CHANGED_SOME
        ids, before, after = moves
        parts.append(pack_ids([ids[p] for p in places]))
        parts += _columns_that_changed(kinds, [before[p] for p in places], [after[p] for p in places])
    if came:
        flags |= ADDED
        parts.append(pack_ids(came))
        _, *columns = zip(*[rows[id] for id in came], strict=True)
        parts += [_NEW[kind](column) for kind, column in zip(kinds, columns, strict=True)]
    if hash is not None:
        flags |= HASH
        parts.append(hash.to_bytes(4, "little"))
    if flags == GROUP:
        return b""
    parts[0] = bytes((table, flags))
    return b"".join(parts)


def _columns_that_changed(kinds: str, before: list[Held], after: list[Held]) -> list[bytes]:
    parts, mask = [b""], 0
    (_, *olds), (_, *news) = zip(*before, strict=True), zip(*after, strict=True)
    for i, (kind, old, new) in enumerate(zip(kinds, olds, news, strict=True)):
        if old != new:
            mask |= 1 << i
            parts.append(pack_changes(list(map(sub, new, old))) if kind == "i" else _NEW[kind](new))
    parts[0] = pack_varint(mask)
    return parts


# What sections of a capture are packed from: the table's place and kinds, by group who left, who changed and stayed and
# who came, the moves, the rows, the members by group, and of which captures each has which groups' hashes.
Source = tuple[
    int,
    str,
    dict[int, list[int]],
    dict[int, list[int]],
    Moves,
    dict[int, list[int]],
    dict[int, Held],
    dict[int, set[int]],
    int,
    int,
]

# What messages are joined from, of one table: the groups of each sight, ascending, and by group the section that says
# what changed, the one that says everything and the one that says that it is out of sight. These make what they lack;
# where there is a source, the accelerator makes it itself.
Pieces = tuple[dict[Any, tuple[int, ...]], dict[int, bytes], dict[int, bytes], dict[int, bytes], Source | None]


@dataclass(eq=False, slots=True)
class Viewer:
    """One client's sight of the tables that are seen by groups, as of the last state that it was sent."""

    player: int
    sights: tuple[Any, ...] | None = None  # one for each table; None before the first state


@accelerated
def pack_states(
    tick: int,
    common: bytes,
    tables: tuple[Pieces, ...],
    viewers: list[Viewer],
    sights: list[tuple[Any, ...]],
    made: dict[tuple[Any, ...], bytes],
) -> list[bytes]:
    """For each viewer the message that says what changed; empty if nothing did, or if it had no state yet.

    Args:
        tick: of the state.
        common: the sections of what everyone sees.
        tables: those that are seen by groups.
        viewers: their sights move on, but for those without a state.
        sights: what each viewer sees now of each of these tables.
        made: by sights the messages of this tick for who sees the same as before.
    """
    return states_of(viewers, sights, made, partial(_pack_state, tick, common, tables))


def states_of(
    viewers: list[Viewer],
    sights: list[tuple[Any, ...]],
    made: dict[tuple[Any, ...], bytes],
    make: Callable[[tuple[Any, ...], tuple[Any, ...]], bytes],
) -> list[bytes]:
    """`pack_states` with whatever makes the message for who saw the first and sees the second sights."""
    messages = []
    for viewer, now in zip(viewers, sights, strict=True):
        before = viewer.sights
        if before == now:
            message = made.get(now)
            if message is None:
                message = made[now] = make(now, now)
        elif before is None:
            message = b""
        else:
            viewer.sights = now
            message = make(before, now)
        messages.append(message)
    return messages


def _pack_state(
    tick: int, common: bytes, tables: tuple[Pieces, ...], old: tuple[Any, ...], new: tuple[Any, ...]
) -> bytes:
    parts = [common]
    for (groups, sections, full_sections, gone, _), before, now in zip(tables, old, new, strict=True):
        if before == now:
            parts += [sections[group] for group in groups[now]]
            continue
        seen, sees = set(groups[before]), set(groups[now])
        parts += [gone[group] for group in groups[before] if group not in sees]
        parts += [sections[group] if group in seen else full_sections[group] for group in groups[now]]
    joined = b"".join(parts)
    return encode(PackedState(tick, False, joined), Encoding.MSGPACK) if joined else b""


@accelerated
def leave_groups(
    ids: list[int], rows: dict[int, Held], members: dict[int, set[int]], left: dict[int, list[int]]
) -> None:
    """Forget rows, take them out of their groups' members, and note in `left` who left which."""
    for id in ids:
        group = rows.pop(id)[0]
        members[group].discard(id)
        left.setdefault(group, []).append(id)


@accelerated
def enter_groups(
    ids: list[int],
    new: list[Held],
    rows: dict[int, Held],
    members: dict[int, set[int]],
    came: dict[int, list[int]],
) -> None:
    """The inverse: note in `came` who came into which group."""
    for id, row in zip(ids, new, strict=True):
        rows[id] = row
        members.setdefault(row[0], set()).add(id)
        came.setdefault(row[0], []).append(id)


@accelerated
def pack_deltas(tick: int, full: bool, deltas: list[TableDelta], kinds: tuple[str, ...]) -> bytes:
    """The packed state of these deltas.

    Args:
        tick: its number.
        full: whether it says everything, and not what changed.
        deltas: one behind the other.
        kinds: of each table's fields, by the table's place in the schema.
    """
    return encode(PackedState(tick, full, b"".join(map(pack, deltas))), Encoding.MSGPACK)
