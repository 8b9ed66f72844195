"""A table that is seen by groups: for each group what changed, encoded once for all who see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from operator import ne
from typing import Any

from tickwire.game.entity import Changes, Entity
from tickwire.replication.delta import ADDED, CHANGED_SOME, GROUP, HASH, REMOVED, Column, TableDelta, pack
from tickwire.replication.interest import Interest
from tickwire.replication.ints import pack_ids, pack_varint
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import TableSchema
from tickwire.replication.sections import pack_moves, pack_rows
from tickwire.replication.tracker import TableTracker


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
        section: a group's packed delta, made once a capture; empty if nothing changed.
        full_section: the packed whole of a group, made once a capture; empty if no row is in it.
        gone_section: what says that a mirror sees a group no longer.
    """

    def __init__(self, table: TableSchema, interest: Interest, hash_every: int) -> None:
        super().__init__(table)
        self.interest = interest
        self.changed: set[int] = set()
        self._kinds = "".join(f.type.kind[0] for f in table.fields)
        self._group_of: dict[int, int] = {}
        self._members: defaultdict[int, set[int]] = defaultdict(set)
        self._hash_every = hash_every
        self._captures = 0
        # Of the last capture, by group: ids of rows that left it, ids of those that came, and the places in `_touched`
        # of those that changed and stayed; and for these their ids and wire values.
        self._left: defaultdict[int, list[int]] = defaultdict(list)
        self._came: defaultdict[int, list[int]] = defaultdict(list)
        self._stayed: defaultdict[int, list[int]] = defaultdict(list)
        self._touched: list[int] = []
        self._before: list[list[Any]] = []
        self._after: list[list[Any]] = []
        self._sections = _Made(self._pack)
        self._full_sections = _Made(self._pack_full)
        self.section: Callable[[int], bytes] = self._sections.__getitem__
        self.full_section: Callable[[int], bytes] = self._full_sections.__getitem__
        gone = _Made(lambda group: pack(TableDelta(table, group=group, gone=True)))
        self.gone_section: Callable[[int], bytes] = gone.__getitem__

    def capture_groups(self, changes: Changes[Any]) -> None:
        """Find out what `changes` amount to in each group; the baseline moves on.

        Raises:
            FieldError: a field holds what it cannot hold.
        """
        self._captures += 1
        if self._late:
            self._take_turns(changes)
        for made in (self._left, self._came, self._stayed, self._sections, self._full_sections):
            made.clear()
        if changes.removed:
            for id in changes.removed:
                self._leave(id)
            for column in self.baseline:
                for id in changes.removed:
                    del column[id]
        if changes.touched:
            self._capture_touched_rows(changes.touched)
        if changes.added:
            rows = list(changes.added.values())
            for column, wires in zip(self.baseline, self._read_all(rows), strict=True):
                column.update(zip(changes.added, wires, strict=True))
            groups = self.interest.groups_of(rows)
            self._group_of.update(zip(changes.added, groups, strict=True))
            for id, group in zip(changes.added, groups, strict=True):
                self._members[group].add(id)
                self._came[group].append(id)
        for group in self._left:
            if not self._members[group]:
                del self._members[group]
        self.changed = {*self._left, *self._came, *self._stayed}

    def delta(self, group: int) -> TableDelta | None:
        """What changed in a group; None if nothing did."""
        if group not in self.changed:
            return None
        places = self._stayed.get(group, ())
        changes: dict[int, Column] = {}
        for i, field in enumerate(self.table.fields):
            before = [self._before[i][p] for p in places]
            after = [self._after[i][p] for p in places]
            if before != after:
                number = field.type.kind == "int"
                changes[i] = [a - b for a, b in zip(after, before, strict=True)] if number else after
        came = sorted(self._came.get(group, ()))
        return TableDelta(
            self.table,
            group=group,
            removed=sorted(self._left.get(group, ())),
            changed=[self._touched[p] for p in places] or None,
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
        self._touched, self._before, self._after = ids, old, new
        group_of = self._group_of
        differ = map(ne, zip(*old, strict=True), zip(*new, strict=True))
        for place, (id, group, differs) in enumerate(zip(ids, self.interest.groups_of(rows), differ, strict=True)):
            if group != group_of[id]:
                self._leave(id)
                group_of[id] = group
                self._members[group].add(id)
                self._came[group].append(id)
            elif differs:
                self._stayed[group].append(place)

    def _leave(self, id: int) -> None:
        group = self._group_of.pop(id)
        self._members[group].discard(id)
        self._left[group].append(id)

    def _pack(self, group: int) -> bytes:
        """`pack(self.delta(group))`, by the short way."""
        if group not in self.changed:
            return b""
        flags, parts = GROUP, [b"", pack_varint(group)]
        if left := self._left.get(group):
            flags |= REMOVED
            left.sort()
            parts.append(pack_ids(left))
        if places := self._stayed.get(group):
            flags |= CHANGED_SOME
            parts.append(pack_moves(self._kinds, places, self._touched, self._before, self._after))
        if came := self._came.get(group):
            flags |= ADDED
            came.sort()
            parts.append(pack_rows(self._kinds, came, self.baseline))
        if (hash := self._hash(group)) is not None:
            flags |= HASH
            parts.append(hash.to_bytes(4, "little"))
        parts[0] = bytes((self.table.index, flags))
        return b"".join(parts)

    def _pack_full(self, group: int) -> bytes:
        if not (members := self._members.get(group)):
            return b""
        head = bytes((self.table.index, GROUP | ADDED)) + pack_varint(group)
        return head + pack_rows(self._kinds, sorted(members), self.baseline)

    def _hash(self, group: int) -> int | None:
        """The hash of a group, if it is its turn: so that no tick has to hash the whole world."""
        if (self._captures + group) % self._hash_every:
            return None
        ids = sorted(self._members.get(group, ()))
        return hash_rows(zip(ids, *self._columns(ids), strict=True))

    def _columns(self, ids: list[int]) -> list[Column]:
        return [[column[id] for id in ids] for column in self.baseline]
