"""What clients were last told of a table, and the delta from there to what the game has now.

Only rows that were touched are looked at. Values are read by columns, because one call per column costs a fraction of
one call per value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter, sub
from typing import Any

from tickwire.accelerator import accelerated
from tickwire.errors import FieldError
from tickwire.game.entity import Changes, Entity, Field
from tickwire.game.fields import FieldType, FixedType, IntType, Unfit, all_within, nearest_steps
from tickwire.replication.delta import TableDelta
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import TableSchema


@accelerated
class Column(dict[int, int]):
    """A column of integers: wire values by row id, ids ascending. In C it has no more of a dict than is used here."""


@accelerated
def move_on(column: dict[int, int], ids: list[int], values: list[int]) -> list[int] | None:
    """Give the rows of a column new wire values; returns the differences to the old ones, None if there are none."""
    old = [column[id] for id in ids]
    if old == values:
        return None
    column.update(zip(ids, values, strict=True))
    return list(map(sub, values, old))


Scale = tuple[float, float, int]  # of a FixedType: its lowest value, steps a unit, how many steps there are
Limits = tuple[int, int]  # of an IntType


def _wires(values: list[Any], known: Scale | Limits) -> list[int] | None:
    """Values of a field on the wire; None if it cannot hold one of them."""
    if len(known) == 3:
        return nearest_steps(values, *known)
    return values if all_within(values, *known) else None


Quick = tuple[int, dict[int, int], str, Scale | Limits]  # a field's place, column, name, and of its type


@accelerated
def move_fields(rows: list[Any], fields: tuple[Quick, ...], changes: dict[int, Sequence[Any]]) -> list[int]:
    """`move_on` to what some fields of rows now hold.

    Args:
        rows: by ascending id.
        fields: those that are moved on.
        changes: is given the differences of each field that changed.

    Returns:
        The places of fields that cannot hold a value, whose columns did not move.
    """
    ids, unfit = [row.id for row in rows], []
    for i, column, name, known in fields:
        wires = _wires(list(map(attrgetter(name), rows)), known)
        if wires is None:
            unfit.append(i)
        elif moved := move_on(column, ids, wires):
            changes[i] = moved
    return unfit


def scale_of(type: FieldType) -> Scale | Limits | None:
    """What has to be known to read a field the quicker way; None if there is none for its type."""
    if isinstance(type, FixedType):
        return type.scale
    return (type.lo, type.hi) if isinstance(type, IntType) else None


@accelerated
def hold_rows(
    rows: list[Any], groups: list[int], fields: list[tuple[str, Scale | Limits]]
) -> list[tuple[int, ...]] | None:
    """For each row its group and the wire values of these fields; None if one of them cannot hold one of these."""
    columns: list[list[int]] = []
    for name, scale in fields:
        wires = _wires(list(map(attrgetter(name), rows)), scale)
        if wires is None:
            return None
        columns.append(wires)
    return list(zip(groups, *columns, strict=True))


class TableReader:
    """Reads the wire values of a table's rows."""

    def __init__(self, table: TableSchema) -> None:
        self.table = table
        self._getters = [attrgetter(f.name) for f in table.fields]
        # Fields that are not sent every time, each with the rows that were touched since it was sent last.
        self._late: dict[int, dict[int, Any]] = {i: {} for i, f in enumerate(table.fields) if f.every > 1}
        self._held_back: set[int] = set()  # of these, the ones whose turn it is not
        self._turn = 0

    def _take_turns(self, changes: Changes[Any]) -> None:
        """Find out which fields are held back in this capture, and look again at the rows that waited for the others.

        Fields take turns by their place, so that not all of them come in the same state.
        """
        self._turn += 1
        self._held_back = {i for i in self._late if (self._turn + i) % self.table.fields[i].every}
        touched = {row.id: row for row in changes.touched}
        for i, late in self._late.items():
            for id in changes.removed:
                late.pop(id, None)
            if i in self._held_back:
                late.update(touched)
            else:
                touched |= late
                late.clear()
        changes.touched = [touched[id] for id in sorted(touched)]

    def _read_all(self, rows: list[Any]) -> list[list[Any]]:
        return [
            self._to_wire(field, list(map(getter, rows)))
            for field, getter in zip(self.table.fields, self._getters, strict=True)
        ]

    def _to_wire(self, field: Field, values: list[Any]) -> list[Any]:
        try:
            return field.type.to_wire(values)
        except Unfit as unfit:
            raise FieldError(f"{self.table.name}.{field.name}", field.type.holds, unfit.value) from None


class TableTracker(TableReader):
    """The baseline of one table: the wire values that every mirror which is up to date holds."""

    def __init__(self, table: TableSchema) -> None:
        super().__init__(table)
        # One per field, wire value by row id. Ids ascend, so all of them are in the order of ids.
        self.baseline: list[dict[int, Any]] = [Column() if f.type.kind == "int" else {} for f in table.fields]
        # The fields that have a quicker way to be read, as `move_fields` has to know them; and the others.
        scales = [scale_of(f.type) for f in table.fields]
        self._quick: tuple[Quick, ...] = tuple(
            (i, self.baseline[i], table.fields[i].name, scale) for i, scale in enumerate(scales) if scale is not None
        )
        self._slow = [i for i, scale in enumerate(scales) if scale is None]

    def wires(self, field: int, ids: Iterable[int]) -> list[Any]:
        """The wire values that some rows have in a field."""
        column = self.baseline[field]
        return [column[id] for id in ids]

    def capture(self, changes: Changes[Any]) -> TableDelta:
        """The delta that `changes` amount to; the baseline moves on.

        Raises:
            FieldError: a field holds what it cannot hold. The baseline may have moved on in part: the room is over.
        """
        delta = TableDelta(self.table, 0, [], None, {}, [], [])  # all given: defaults take twice the time
        if self._late:
            self._take_turns(changes)
        if changes.removed:
            delta.removed = sorted(changes.removed)
            for column in self.baseline:
                for id in delta.removed:
                    del column[id]
        if changes.touched:
            self._capture_touched(delta, changes.touched)
        if changes.added:
            delta.added = list(changes.added)
            for i, wires in enumerate(self._read_all(list(changes.added.values()))):
                delta.columns.append(wires)
                self.baseline[i].update(zip(delta.added, wires, strict=True))
        return delta

    def full(self) -> TableDelta:
        """The delta from nothing to the baseline."""
        return TableDelta(
            self.table,
            added=list(self.baseline[0]),
            columns=[list(column.values()) for column in self.baseline],
        )

    def hash(self) -> int:
        """The hash of the baseline."""
        return hash_rows(zip(self.baseline[0], *[c.values() for c in self.baseline], strict=True))

    def _capture_touched(self, delta: TableDelta, rows: list[Entity]) -> None:
        quick, slow = self._quick, self._slow
        if self._held_back:
            quick = tuple([each for each in quick if each[0] not in self._held_back])
            slow = [i for i in slow if i not in self._held_back]
        unfit = move_fields(rows, quick, delta.changes)
        if slow or unfit:
            self._capture_slowly(delta, rows, sorted([*slow, *unfit]))
        if len(rows) != len(self.baseline[0]):
            delta.changed = [row.id for row in rows]

    def _capture_slowly(self, delta: TableDelta, rows: list[Entity], fields: list[int]) -> None:
        ids = [row.id for row in rows]
        for i in fields:
            field, column = self.table.fields[i], self.baseline[i]
            new = self._to_wire(field, list(map(self._getters[i], rows)))
            if field.type.kind == "int":
                if differences := move_on(column, ids, new):
                    delta.changes[i] = differences
            elif new != [column[id] for id in ids]:
                delta.changes[i] = new
                column.update(zip(ids, new, strict=True))
        delta.changes = dict(sorted(delta.changes.items()))  # in JSON the fields of a row come in this order
