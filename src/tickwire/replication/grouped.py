"""A table that is seen by groups: for each group what changed, encoded once for all who see it."""

from __future__ import annotations

from collections.abc import Callable
from operator import ne
from typing import Any

from tickwire.game.entity import Changes, Entity
from tickwire.replication.delta import Column, TableDelta, pack
from tickwire.replication.interest import Interest
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import TableSchema
from tickwire.replication.sections import Moves, enter_groups, leave_groups, pack_group
from tickwire.replication.tracker import TableTracker

_NONE: list[int] = []


class _Made(dict[int, bytes]):
    """Packed groups, each made when it is first asked for."""

    def __init__(self, make: Callable[[int], bytes]) -> None:
        self._make = make

    def __missing__(self, group: int) -> bytes:
        made = self[group] = self._make(group)
        return made


class GroupedTracker(TableTracker):
    """The baseline of a table, and which group each of its rows is in.

    Attributes:
        interest: who sees which groups.
        changed: the groups in which the last capture found a change.
        sections: by group its packed delta, made once a capture; empty if nothing changed.
        full_sections: the packed whole of a group, made once a capture; empty if no row is in it.
        gone: what says that a mirror sees a group no longer.
    """

    def __init__(self, table: TableSchema, interest: Interest, hash_every: int) -> None:
        super().__init__(table)
        self.interest = interest
        self.changed: set[int] = set()
        self._kinds = "".join(f.type.kind[0] for f in table.fields)
        self._group_of: dict[int, int] = {}
        self._members: dict[int, set[int]] = {}
        self._hash_every = hash_every
        self._captures = 0
        # Of the last capture, by group: ids of rows that left it, of rows that came, and the places in `_moves` of
        # those that changed and stayed.
        self._left: dict[int, list[int]] = {}
        self._came: dict[int, list[int]] = {}
        self._stayed: dict[int, list[int]] = {}
        self._moves: Moves = ([], [], [])
        self.sections: dict[int, bytes] = _Made(self._pack)
        self.full_sections: dict[int, bytes] = _Made(self._pack_full)
        self.gone: dict[int, bytes] = _Made(lambda group: pack(TableDelta(table, group=group, gone=True)))

    def capture_groups(self, changes: Changes[Any]) -> None:
        """Find out what `changes` amount to in each group; the baseline moves on.

        Raises:
            FieldError: a field holds what it cannot hold.
        """
        self._captures += 1
        if self._late:
            self._take_turns(changes)
        for made in (self._left, self._came, self._stayed, self.sections, self.full_sections):
            made.clear()
        if changes.removed:
            leave_groups(changes.removed, self._group_of, self._members, self._left)
            for column in self.baseline:
                for id in changes.removed:
                    del column[id]
        if changes.touched:
            self._capture_touched_rows(changes.touched)
        if changes.added:
            ids, rows = list(changes.added), list(changes.added.values())
            for column, wires in zip(self.baseline, self._read_all(rows), strict=True):
                column.update(zip(ids, wires, strict=True))
            enter_groups(ids, self.interest.groups_of(rows), self._group_of, self._members, self._came)
        for group in self._left:
            if not self._members[group]:
                del self._members[group]
        for lists in (self._left, self._came):
            for list_of_ids in lists.values():
                list_of_ids.sort()
        self.changed = {*self._left, *self._came, *self._stayed}

    def delta(self, group: int) -> TableDelta | None:
        """What changed in a group; None if nothing did."""
        if group not in self.changed:
            return None
        places = self._stayed.get(group, ())
        ids, olds, news = self._moves
        changes: dict[int, Column] = {}
        for i, field in enumerate(self.table.fields):
            before, after = [olds[i][p] for p in places], [news[i][p] for p in places]
            if before != after:
                number = field.type.kind == "int"
                changes[i] = [a - b for a, b in zip(after, before, strict=True)] if number else after
        came = self._came.get(group, [])
        return TableDelta(
            self.table,
            group=group,
            removed=self._left.get(group, []),
            changed=[ids[p] for p in places] or None,
            changes=changes,
            added=came,
            columns=self._columns(came) if came else [],
            hash=self._hash(group),
        )

    def full_group(self, group: int) -> TableDelta:
        """A group from nothing to what it is."""
        ids = sorted(self._members.get(group, ()))
        return TableDelta(self.table, group=group, added=ids, columns=self._columns(ids))

    def members_before(self, group: int) -> set[int]:
        """The rows that were in a group before the last capture."""
        now = self._members.get(group, set())
        return now.difference(self._came.get(group, ())).union(self._left.get(group, ()))

    def _capture_touched_rows(self, touched: dict[int, Entity]) -> None:
        ids = sorted(touched)
        rows = [touched[id] for id in ids]
        new = self._read_all(rows)
        old = [[column[id] for id in ids] for column in self.baseline]
        for i in self._held_back:
            new[i] = old[i]
        for column, before, after in zip(self.baseline, old, new, strict=True):
            if before != after:
                column.update(zip(ids, after, strict=True))
        self._moves = (ids, old, new)
        differ = map(ne, zip(*old, strict=True), zip(*new, strict=True))
        gone: list[int] = []
        into: list[int] = []
        for place, (id, group, differs) in enumerate(zip(ids, self.interest.groups_of(rows), differ, strict=True)):
            if group != self._group_of[id]:
                gone.append(id)
                into.append(group)
            elif differs:
                self._stayed.setdefault(group, []).append(place)
        leave_groups(gone, self._group_of, self._members, self._left)
        enter_groups(gone, into, self._group_of, self._members, self._came)

    def _pack(self, group: int) -> bytes:
        """`pack(self.delta(group))`, by the short way."""
        if group not in self.changed:
            return b""
        left, came = self._left.get(group, _NONE), self._came.get(group, _NONE)
        stayed, hash = self._stayed.get(group, _NONE), self._hash(group)
        return pack_group(self.table.index, self._kinds, group, left, stayed, self._moves, came, self.baseline, hash)

    def _pack_full(self, group: int) -> bytes:
        came = sorted(self._members.get(group, ()))
        return pack_group(self.table.index, self._kinds, group, _NONE, _NONE, self._moves, came, self.baseline, None)

    def _hash(self, group: int) -> int | None:
        """The hash of a group, if it is its turn: so that no tick has to hash the whole world."""
        if (self._captures + group) % self._hash_every:
            return None
        ids = sorted(self._members.get(group, ()))
        return hash_rows(zip(ids, *self._columns(ids), strict=True))

    def _columns(self, ids: list[int]) -> list[Column]:
        return [[column[id] for id in ids] for column in self.baseline]
