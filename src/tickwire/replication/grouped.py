"""A table that is seen by groups: for each group what changed, encoded once for all who see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tickwire.game.entity import Changes, Entity
from tickwire.replication.delta import Column, TableDelta, pack
from tickwire.replication.interest import Interest
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import TableSchema
from tickwire.replication.tracker import TableTracker


class _Sections(dict[int, bytes]):
    """Packed groups, each made when it is first asked for."""

    def __init__(self, make: Callable[[int], bytes]) -> None:
        self._make = make

    def __missing__(self, group: int) -> bytes:
        made = self[group] = self._make(group)
        return made


class GroupedTracker(TableTracker):
    """The baseline of a table, and which group each of its rows is in."""

    def __init__(self, table: TableSchema, interest: Interest, hash_every: int) -> None:
        super().__init__(table)
        self.interest = interest
        self.changed: dict[int, TableDelta] = {}  # by group, of the last capture; without the columns of added rows
        self._group_of: dict[int, int] = {}
        self._members: dict[int, set[int]] = {}
        self._hash_every = hash_every
        self._captures = 0
        self._sections = _Sections(lambda group: pack(delta) if (delta := self.delta(group)) else b"")
        self._full_sections: dict[int, bytes] = {}
        # The packed delta of a group, made once a capture; empty if nothing changed.
        self.section: Callable[[int], bytes] = self._sections.__getitem__

    def capture_groups(self, changes: Changes[Any]) -> None:
        """Find out what `changes` amount to in each group; the baseline moves on.

        Raises:
            FieldError: a field holds what it cannot hold.
        """
        self._captures += 1
        self.changed = {}
        if self._late:
            self._take_turns(changes)
        self._sections.clear()
        self._full_sections.clear()
        for id in changes.removed:
            self._leave(id)
            for column in self.baseline:
                del column[id]
        if changes.touched:
            self._capture_changes(changes.touched)
        if changes.added:
            rows = list(changes.added.values())
            for column, wires in zip(self.baseline, self._read_all(rows), strict=True):
                column.update(zip(changes.added, wires, strict=True))
            group_of = self.interest.group_of
            for row in rows:
                self._enter(row.id, group_of(row))

    def delta(self, group: int) -> TableDelta | None:
        """What changed in a group; None if nothing did."""
        delta = self.changed.get(group)
        if delta is None:
            return None
        if delta.added and not delta.columns:
            delta.added.sort()
            delta.columns = self._columns(delta.added)
        delta.removed.sort()
        # Groups take turns with their hashes, so that no tick has to hash the whole world.
        if delta.hash is None and (self._captures + group) % self._hash_every == 0:
            ids = sorted(self._members.get(group, ()))
            delta.hash = hash_rows(zip(ids, *self._columns(ids), strict=True))
        return delta

    def full_group(self, group: int) -> TableDelta:
        """A group from nothing to what it is."""
        ids = sorted(self._members.get(group, ()))
        return TableDelta(self.table, group=group, added=ids, columns=self._columns(ids))

    def members_before(self, group: int) -> set[int]:
        """The rows that were in a group before the last capture."""
        delta = self.changed.get(group)
        now = self._members.get(group, set())
        return now if delta is None else now.difference(delta.added).union(delta.removed)

    def full_section(self, group: int) -> bytes:
        """The packed whole of a group, made once a capture; empty if no row is in it."""
        made = self._full_sections.get(group)
        if made is None:
            made = self._full_sections[group] = pack(self.full_group(group)) if self._members.get(group) else b""
        return made

    def _capture_changes(self, touched: dict[int, Entity]) -> None:
        ids = sorted(touched)
        rows = [touched[id] for id in ids]
        stay: dict[int, list[int]] = {}  # by group the places in `ids` of rows that stay in it
        new = self._read_all(rows)
        old = [[column[id] for id in ids] for column in self.baseline]
        for i in self._held_back:
            new[i] = old[i]
        for column, wires in zip(self.baseline, new, strict=True):
            column.update(zip(ids, wires, strict=True))
        for place, (id, row) in enumerate(zip(ids, rows, strict=True)):
            group = self.interest.group_of(row)
            if group == self._group_of[id]:
                stay.setdefault(group, []).append(place)
            else:
                self._leave(id)
                self._enter(id, group)
        for group, places in stay.items():
            self._change(group, places, ids, old, new)

    def _change(self, group: int, places: list[int], ids: list[int], old: list[Any], new: list[Any]) -> None:
        """Note the columns of a group's rows in which any row changed."""
        changes: dict[int, Column] = {}
        for i, field in enumerate(self.table.fields):
            before = [old[i][p] for p in places]
            after = [new[i][p] for p in places]
            if before != after:
                number = field.type.kind == "int"
                changes[i] = [a - b for a, b in zip(after, before, strict=True)] if number else after
        if changes:
            delta = self._delta(group)
            delta.changed = [ids[p] for p in places]
            delta.changes = changes

    def _leave(self, id: int) -> None:
        group = self._group_of.pop(id)
        members = self._members[group]
        members.discard(id)
        if not members:
            del self._members[group]
        self._delta(group).removed.append(id)

    def _enter(self, id: int, group: int) -> None:
        self._group_of[id] = group
        self._members.setdefault(group, set()).add(id)
        self._delta(group).added.append(id)

    def _delta(self, group: int) -> TableDelta:
        delta = self.changed.get(group)
        if delta is None:
            delta = self.changed[group] = TableDelta(self.table, group=group)
        return delta

    def _columns(self, ids: list[int]) -> list[Column]:
        return [[column[id] for id in ids] for column in self.baseline]
