"""A table that is seen by groups: for each group what changed, encoded once for all who see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tickwire.game.entity import Changes, Entity
from tickwire.replication.delta import Column, TableDelta, pack
from tickwire.replication.interest import Interest
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import TableSchema
from tickwire.replication.sections import Held, Moves, Pieces, enter_groups, kinds_of, leave_groups, pack_group
from tickwire.replication.tracker import TableReader, hold_rows, scale_of

_NONE: list[int] = []


class _Made(dict[int, bytes]):
    """Packed groups, each made when it is first asked for."""

    def __init__(self, make: Callable[[int], bytes]) -> None:
        self._make = make

    def __missing__(self, group: int) -> bytes:
        made = self[group] = self._make(group)
        return made


class GroupedTracker(TableReader):
    """What mirrors hold of a table, and which group each of its rows is in.

    Attributes:
        interest: who sees which groups.
        sections: by group its packed delta, made once a capture; empty if nothing changed.
        full_sections: the packed whole of a group, made once a capture; empty if no row is in it.
        gone: what says that a mirror sees a group no longer.
    """

    def __init__(self, table: TableSchema, interest: Interest, hash_every: int) -> None:
        super().__init__(table)
        self.interest = interest
        self._kinds = kinds_of(table)
        scales = [(f.name, scale) for f in table.fields if (scale := scale_of(f.type))]
        self._scales = scales if len(scales) == len(table.fields) else None  # of all fields, if they are plain numbers
        self._rows: dict[int, Held] = {}
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

    @property
    def pieces(self) -> Pieces:
        """What the messages of this capture are joined from."""
        source = (
            self.table.index,
            self._kinds,
            self._left,
            self._stayed,
            self._moves,
            self._came,
            self._rows,
            self._members,
            self._captures,
            self._hash_every,
        )
        return self.interest.groups, self.sections, self.full_sections, self.gone, source

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
        moved, arrived = self._capture_touched_rows(changes.touched) if changes.touched else (_NONE, [])
        # Ids of rows that are there ascend, and new ones are above all of them; so the lists by group ascend too.
        leave_groups(sorted([*changes.removed, *moved]), self._rows, self._members, self._left)
        enter_groups(moved, arrived, self._rows, self._members, self._came)
        if changes.added:
            entities = list(changes.added.values())
            new = self._hold(entities)
            enter_groups(list(changes.added), new, self._rows, self._members, self._came)
        for group in self._left:
            if not self._members[group]:
                del self._members[group]

    @property
    def changed(self) -> bool:
        """Whether the last capture found a change in any group."""
        return bool(self._left or self._came or self._stayed)

    def has_changed(self, group: int) -> bool:
        """Whether it found one in this group."""
        return group in self._left or group in self._came or group in self._stayed

    def delta(self, group: int) -> TableDelta | None:
        """What changed in a group; None if nothing did."""
        if not self.has_changed(group):
            return None
        places = self._stayed.get(group, ())
        ids, olds, news = self._moves
        changes: dict[int, Column] = {}
        for i, field in enumerate(self.table.fields, start=1):
            before, after = [olds[p][i] for p in places], [news[p][i] for p in places]
            if before != after:
                number = field.type.kind == "int"
                changes[i - 1] = [a - b for a, b in zip(after, before, strict=True)] if number else after
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

    def wires(self, field: int, ids: Iterable[int]) -> list[Any]:
        """The wire values that some rows have in a field."""
        return [self._rows[id][field + 1] for id in ids]

    def full_group(self, group: int) -> TableDelta:
        """A group from nothing to what it is."""
        ids = sorted(self._members.get(group, ()))
        hash = self._hash(group) if ids else None
        return TableDelta(self.table, group=group, added=ids, columns=self._columns(ids), hash=hash)

    def members_before(self, group: int) -> set[int]:
        """The rows that were in a group before the last capture."""
        now = self._members.get(group, set())
        return now.difference(self._came.get(group, ())).union(self._left.get(group, ()))

    def _capture_touched_rows(self, entities: list[Entity]) -> tuple[list[int], list[Held]]:
        """Note what changed in rows that stay in their groups; returns the ids of the others and what these are now."""
        ids = [entity.id for entity in entities]
        columns = self._read_all(entities)
        groups = self.interest.groups_of(entities)
        old = [self._rows[id] for id in ids]
        for i in self._held_back:
            columns[i] = [row[i + 1] for row in old]
        new: list[Held] = list(zip(groups, *columns, strict=True))
        self._moves = (ids, old, new)
        gone: list[int] = []
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            if before == after:
                continue
            if before[0] == after[0]:
                self._rows[ids[place]] = after
                self._stayed.setdefault(after[0], []).append(place)
            else:
                gone.append(place)
        return [ids[place] for place in gone], [new[place] for place in gone]

    def _hold(self, entities: list[Any]) -> list[Held]:
        groups = self.interest.groups_of(entities)
        held = hold_rows(entities, groups, self._scales) if self._scales is not None else None
        return list(zip(groups, *self._read_all(entities), strict=True)) if held is None else held

    def _pack(self, group: int) -> bytes:
        """`pack(self.delta(group))`, by the short way."""
        if not self.has_changed(group):
            return b""
        left, came = self._left.get(group, _NONE), self._came.get(group, _NONE)
        stayed, hash = self._stayed.get(group, _NONE), self._hash(group)
        return pack_group(self.table.index, self._kinds, group, left, stayed, self._moves, came, self._rows, hash)

    def _pack_full(self, group: int) -> bytes:
        came = sorted(self._members.get(group, ()))
        hash = self._hash(group) if came else None
        return pack_group(self.table.index, self._kinds, group, _NONE, _NONE, self._moves, came, self._rows, hash)

    def hash_of(self, groups: Iterable[int]) -> int:
        """The hash of the rows of some groups, as if they were one."""
        ids = sorted({id for group in groups for id in self._members.get(group, ())})
        return hash_rows(zip(ids, *self._columns(ids), strict=True))

    def _hash(self, group: int) -> int | None:
        """The hash of a group, if it is its turn: so that no tick has to hash the whole world."""
        return None if (self._captures + group) % self._hash_every else self.hash_of((group,))

    def _columns(self, ids: list[int]) -> list[Column]:
        return [self.wires(i, ids) for i in range(len(self.table.fields))]
