"""A client's copy of the tables. The inverse of `states`: what a room captured is what a mirror holds.

Both our Python clients and the tests use this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tickwire.game.fields import Wire
from tickwire.replication.delta import TableDelta, unpack
from tickwire.replication.ints import broken
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import Schema, TableSchema
from tickwire.wire.messages import PackedState, State


class Row:
    """A row of a mirror: the entity's fields as attributes, and its `id`. Not to be written to."""

    __slots__ = ("id",)
    id: int

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{type(self).__name__} has no field {name!r}")

    def __repr__(self) -> str:
        names = type(self).__slots__
        return f"{type(self).__name__}(id={self.id}, {', '.join(f'{n}={getattr(self, n)!r}' for n in names)})"


class MirrorTable:
    """One table of a mirror. Iterating gives its rows."""

    def __init__(self, table: TableSchema) -> None:
        self.table = table
        self._row: type[Row] = type(table.name, (Row,), {"__slots__": tuple(f.name for f in table.fields)})
        self._rows: dict[int, Row] = {}
        self._wires: dict[int, list[Any]] = {}
        self._group_of: dict[int, int] = {}
        self._members: dict[int, set[int]] = {}
        self._leaving: dict[int, Row] = {}  # removed from a group in this state; may yet be added to another

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id: int) -> bool:
        return id in self._rows

    def __getitem__(self, id: int) -> Row:
        return self._rows[id]

    def get(self, id: int) -> Row | None:
        """The row of that id, or None."""
        return self._rows.get(id)

    def wire_rows(self) -> dict[int, tuple[Wire, ...]]:
        """All rows' wire values by id; for tests, which compare them with the server's."""
        return {id: tuple(self._wires[id]) for id in sorted(self._wires)}

    def clear(self) -> None:
        """Forget all rows; those that the same state adds again stay the same objects."""
        self._leaving.update(self._rows)
        for held in (self._rows, self._wires, self._group_of, self._members):
            held.clear()

    def settle(self) -> None:
        """The end of a state: what left no group's rows is gone for good."""
        self._leaving.clear()

    def rows_left(self, group: int, removed: list[int]) -> int:
        """How many rows of a group are left when `removed` are gone."""
        return len(self._members.get(group, set()).difference(removed))

    def hash(self, group: int = 0) -> int:
        """The hash of a group's rows."""
        return hash_rows((id, *self._wires[id]) for id in sorted(self._members.get(group, ())))

    def apply(self, delta: TableDelta) -> bool:
        """Apply one delta; returns whether its hash, if it has one, agrees.

        Raises:
            RemoteProtocolError: it speaks of rows that the mirror does not hold.
        """
        members = self._members.setdefault(delta.group, set())
        for id in list(members) if delta.gone else delta.removed:
            self._remove(id, delta.group)
        if delta.changes:
            self._change(delta, sorted(members) if delta.changed is None else delta.changed)
        for id, *wires in zip(delta.added, *delta.columns, strict=True):
            self._add(id, delta.group, wires)
        if delta.gone:
            del self._members[delta.group]
        return delta.hash is None or delta.hash == self.hash(delta.group)

    def put_values(self, id: int, values: dict[str, Any]) -> None:
        """Set fields of a row, new or not, by their values: how JSON states speak.

        Raises:
            RemoteProtocolError: a field is missing or holds what it cannot hold.
        """
        fields = self.table.fields
        try:
            given = {f.name: f.type.to_wire([values[f.name]])[0] for f in fields if f.name in values}
            if id not in self._rows:
                self._add(id, 0, [given[f.name] for f in fields])
            else:
                for i, f in enumerate(fields):
                    if f.name in given:
                        self._set(id, i, given[f.name])
        except Exception as error:
            raise broken(f"{self.table.name} {id} with {values!r}") from error

    def remove_row(self, id: int) -> None:
        """Remove a row of the group it is in."""
        self._remove(id, self._group_of.get(id, 0))

    def _change(self, delta: TableDelta, ids: list[int]) -> None:
        for i, column in delta.changes.items():
            difference = self.table.fields[i].type.kind == "int"
            if len(column) != len(ids):
                raise broken(f"{self.table.name} has {len(ids)} rows to change, not {len(column)}")
            for id, value in zip(ids, column, strict=True):
                wires = self._wires.get(id)
                if wires is None:
                    raise broken(f"{self.table.name} has no row {id}")
                self._set(id, i, wires[i] + value if difference else value)

    def _set(self, id: int, field: int, wire: Any) -> None:
        self._wires[id][field] = wire
        kind = self.table.fields[field]
        setattr(self._rows[id], kind.name, kind.type.from_wire(wire))

    def _add(self, id: int, group: int, wires: list[Any]) -> None:
        if (old := self._group_of.get(id)) is not None:
            self._members[old].discard(id)
        row = self._leaving.pop(id, None) or self._rows.get(id) or self._row()
        row.id = id
        self._rows[id] = row
        self._wires[id] = list(wires)
        self._group_of[id] = group
        self._members.setdefault(group, set()).add(id)
        for field, wire in zip(self.table.fields, wires, strict=True):
            setattr(row, field.name, field.type.from_wire(wire))

    def _remove(self, id: int, group: int) -> None:
        if id not in self._rows:
            raise broken(f"{self.table.name} has no row {id} to remove")
        if self._group_of[id] != group:
            return  # it moved on to another group earlier in this state
        self._members[group].discard(id)
        self._leaving[id] = self._rows.pop(id)
        del self._wires[id], self._group_of[id]


class Mirror:
    """All the tables of a game as a client has them.

    >>> from tickwire.replication.schema import Schema
    >>> schema = {"board": [8, 8], "tables": [{"name": "Dot", "fields": [{"name": "x", "type": "u8"}]}]}
    >>> mirror = Mirror(Schema.read(schema))
    >>> mirror.apply(State(tick=1, full=True, tables={"Dot": {1: {"x": 5}}}))
    []
    >>> list(mirror.tables["Dot"])
    [Dot(id=1, x=5)]
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.tables = {t.name: MirrorTable(t) for t in schema.tables}
        self.tick = 0

    def apply(self, state: State | PackedState) -> list[str]:
        """Apply a state; returns the names of tables that have drifted from the server's: ask for a resync then.

        Raises:
            RemoteProtocolError: the state makes no sense, at all or to this mirror: ask for a resync then too.
        """
        self.tick = state.tick
        try:
            if state.full:
                for table in self.tables.values():
                    table.clear()
            return self._apply_packed(state) if isinstance(state, PackedState) else self._apply_values(state)
        finally:
            for table in self.tables.values():
                table.settle()

    def _apply_packed(self, state: PackedState) -> list[str]:
        def rows_left(table: TableSchema, group: int, removed: list[int]) -> int:
            return self.tables[table.name].rows_left(group, removed)

        deltas = unpack(state.sections, self.schema.tables, rows_left)
        return [d.table.name for d in deltas if not self.tables[d.table.name].apply(d)]

    def _apply_values(self, state: State) -> list[str]:
        for name in (*state.removed, *state.tables, *state.hash):
            if name not in self.tables:
                raise broken(f"there is no table {name}")
        for name, ids in state.removed.items():
            for id in ids:
                self.tables[name].remove_row(id)
        for name, rows in state.tables.items():
            for id, values in rows.items():
                self.tables[name].put_values(id, values)
        return [name for name, expected in state.hash.items() if self.tables[name].hash() != expected]
