"""What changed in one group of rows of one table: the delta, and its packed form.

`pack` and `unpack` are inverses; docs/WIRE.md, section 4.2, has the form. A group is the whole table (number 0), one
cell of the world, or one owner's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tickwire.game.fields import Wire
from tickwire.replication.ints import (
    Reader,
    broken,
    pack_changes,
    pack_floats,
    pack_ids,
    pack_steps,
    pack_texts,
    pack_varint,
    unsteps,
    unzigzag,
)
from tickwire.replication.schema import TableSchema

HASH, REMOVED, ADDED, CHANGED_SOME, CHANGED_ALL, GROUP, GONE = 1, 2, 4, 8, 16, 32, 64

Column = Sequence[Any]  # wire values, one for each row


@dataclass(slots=True)
class TableDelta:
    """What changed in one group of rows.

    Attributes:
        removed: ids, ascending.
        changed: ids, ascending; None with `changes` means all rows that are left after removing.
        changes: for the index of each field that changed the column of differences to the old wire values (for
            `f32` and `text`: of the new values), a value for each changed row.
        added: ids, ascending.
        columns: all fields' wire values of the added rows.
        hash: of the group's rows after this delta, or None.
        gone: the mirror sees this group no longer.
    """

    table: TableSchema
    group: int = 0
    removed: list[int] = field(default_factory=list)
    changed: list[int] | None = None
    changes: dict[int, Column] = field(default_factory=dict)
    added: list[int] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    hash: int | None = None
    gone: bool = False

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.removed or self.changes or self.added or self.gone or self.hash is not None)


def pack(delta: TableDelta) -> bytes:
    """The section of a packed state that says what `delta` says."""
    fields = delta.table.fields
    flags = GROUP if delta.group else 0
    parts = [b"", pack_varint(delta.group) if delta.group else b""]
    if delta.gone:
        flags |= GONE
    if delta.removed:
        flags |= REMOVED
        parts.append(pack_ids(delta.removed))
    if delta.changes:
        if delta.changed is None:
            flags |= CHANGED_ALL
        else:
            flags |= CHANGED_SOME
            parts.append(pack_ids(delta.changed))
        mask, columns = 0, []
        for i, column in sorted(delta.changes.items()):
            mask |= 1 << i
            kind = fields[i].type.kind
            columns.append(pack_changes(column) if kind == "int" else _PACK_VALUES[kind](column))
        parts += (pack_varint(mask), *columns)
    if delta.added:
        flags |= ADDED
        parts.append(pack_ids(delta.added))
        for one, column in zip(fields, delta.columns, strict=True):
            kind = one.type.kind
            parts.append(pack_steps(column) if kind == "int" else _PACK_VALUES[kind](column))
    if delta.hash is not None:
        flags |= HASH
        parts.append(delta.hash.to_bytes(4, "little"))
    parts[0] = bytes((delta.table.index, flags))
    return b"".join(parts)


def unpack(
    sections: bytes, tables: Sequence[TableSchema], rows_left: Callable[[TableSchema, int, list[int]], int]
) -> Iterator[TableDelta]:
    """The deltas that `sections` hold; each is to be applied before the next one is asked for.

    Args:
        sections: packed sections, one after the other.
        tables: the schema's tables.
        rows_left: how many rows of a table's group the mirror holds once those removed are gone.

    Raises:
        RemoteProtocolError: the bytes make no sense.
    """
    reader = Reader(sections)
    while reader:
        index, flags = reader.take(2)
        if index >= len(tables):
            raise broken(f"there is no table {index}")
        table = tables[index]
        kinds = [f.type.kind for f in table.fields]
        delta = TableDelta(table, group=reader.varint() if flags & GROUP else 0, gone=bool(flags & GONE))
        if delta.gone and flags & ~(GROUP | GONE):
            raise broken("a group that is gone comes with nothing else")
        if flags & REMOVED:
            delta.removed = reader.ids()
        if flags & (CHANGED_SOME | CHANGED_ALL):
            if flags & CHANGED_SOME:
                delta.changed = reader.ids()
                n = len(delta.changed)
            else:
                n = rows_left(table, delta.group, delta.removed)
            mask = reader.varint()
            if mask >> len(kinds):
                raise broken(f"{table.name} has no field {mask.bit_length() - 1}")
            for i, kind in enumerate(kinds):
                if mask >> i & 1:
                    delta.changes[i] = unzigzag(reader.ints(n)) if kind == "int" else _READ_VALUES[kind](reader, n)
        if flags & ADDED:
            delta.added = reader.ids()
            n = len(delta.added)
            delta.columns = [
                unsteps(unzigzag(reader.ints(n))) if kind == "int" else _READ_VALUES[kind](reader, n) for kind in kinds
            ]
        if flags & HASH:
            delta.hash = reader.u32()
        yield delta


_PACK_VALUES: dict[str, Callable[[Any], bytes]] = {"f32": pack_floats, "text": pack_texts}
_READ_VALUES: dict[str, Callable[[Reader, int], list[Wire]]] = {"f32": Reader.floats, "text": Reader.texts}  # type: ignore[dict-item]
