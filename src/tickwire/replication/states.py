"""A room's state messages: each made at most once a tick, encoding and sight, however many clients will get it.

Tables that everyone sees are encoded once for the room. Of tables that are seen by groups each group is encoded once,
and a client's message is joined from the groups that it sees; clients with the same sight share the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tickwire.game.entity import Table
from tickwire.replication.delta import TableDelta, pack
from tickwire.replication.grouped import GroupedTracker
from tickwire.replication.interest import Focus, Sight, interest_of
from tickwire.replication.schema import Schema
from tickwire.replication.sections import Viewer, kinds_of, pack_deltas, pack_states, states_of
from tickwire.replication.tracker import TableTracker
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.messages import PackedState, State

HASH_EVERY = 64  # captures; a few seconds, so that a drifted mirror is not wrong for long and hashing costs little


class RoomStates:
    """Makes the state messages of one room.

    Call `capture` once a tick; then ask for the messages of that tick.

    Attributes:
        shared: whether everyone sees everything, so that `delta` and `full` serve all.
        common: the tables that everyone sees, each with its baseline.
        grouped: those that are seen by groups.
        tables: all of them, in the order of the schema, as all that has a table's index wants them.
        trackers: what mirrors hold of them, in the same order.
        by_index, grouped_by_index: the trackers of `common` and of `grouped`, by their tables' indices.
        deltas: what changed in the common ones in the last capture.

    Args:
        schema: the game's.
        tables: the game's, in the order of the schema.
        hash_every: every so many captures carry hashes; None for HASH_EVERY.
    """

    def __init__(self, schema: Schema, tables: Sequence[Table[Any]], hash_every: int | None = None) -> None:
        self.tables = tables
        self._hash_every = hash_every = hash_every or HASH_EVERY
        self.trackers: list[TableTracker | GroupedTracker] = []
        self.common: list[tuple[TableTracker, Table[Any]]] = []
        self.grouped: list[tuple[GroupedTracker, Table[Any]]] = []
        for described, table in zip(schema.tables, tables, strict=True):
            interest = interest_of(table.entity.view, schema.board)
            if interest is None:
                self.common.append((common := TableTracker(described), table))
                self.trackers.append(common)
            else:
                self.grouped.append((grouped := GroupedTracker(described, interest, hash_every), table))
                self.trackers.append(grouped)
        self.by_index = {tracker.table.index: tracker for tracker, _ in self.common}
        self.grouped_by_index = {tracker.table.index: tracker for tracker, _ in self.grouped}
        self.shared = not self.grouped
        self._kinds = tuple([kinds_of(described) for described in schema.tables])
        self._tick = 0
        self._captures = 0
        self.deltas: list[TableDelta] = []
        self._made: dict[tuple[object, Encoding], bytes] = {}
        self._common: bytes | None = None  # the packed delta of the tables that everyone sees, once it was made
        self._made_for: dict[Encoding, dict[tuple[Sight, ...], bytes]] = {encoding: {} for encoding in Encoding}

    def capture(self, tick: int) -> bool:
        """Take what changed since the last call; returns whether anything did.

        Raises:
            FieldError: a field holds what it cannot hold.
        """
        self._tick = tick
        self._made.clear()
        for made in self._made_for.values():
            made.clear()
        self._common = None
        self._captures += 1
        self.deltas = [d for tracker, table in self.common if (d := tracker.capture(table.take_changes()))]
        if self._hash_is_due:
            for delta in self.deltas:
                delta.hash = self.by_index[delta.table.index].hash()
        if self.shared:
            return bool(self.deltas)
        for tracker, table in self.grouped:
            tracker.capture_groups(table.take_changes())
        return bool(self.deltas) or any(tracker.changed for tracker, _ in self.grouped)

    @property
    def _hash_is_due(self) -> bool:
        """Whether the states of this capture carry the hashes of the tables that everyone sees."""
        return self._captures % self._hash_every == 0

    # --- for rooms in which everyone sees everything ---

    def delta(self, encoding: Encoding) -> bytes:
        """The message that says what changed in this tick, of the tables that everyone sees."""
        made = self._made.get(("delta", encoding))
        if made is None:
            made = self._made["delta", encoding] = self._encode(encoding, full=False)
        return made

    def full(self, encoding: Encoding) -> bytes:
        """The message that says everything, of the tables that everyone sees."""
        made = self._made.get(("full", encoding))
        if made is None:
            made = self._made["full", encoding] = self._encode(encoding, full=True)
        return made

    def empty(self, encoding: Encoding) -> bytes:
        """The message that says that nothing changed."""
        made = self._made.get(("empty", encoding))
        if made is None:
            nothing = PackedState(self._tick, False, b"") if encoding is Encoding.MSGPACK else State(self._tick)
            made = self._made["empty", encoding] = encode(nothing, encoding)
        return made

    # --- for rooms in which each sees what is theirs ---

    def look(self, player: int, focus: Focus) -> tuple[Sight, ...]:
        """What a player who looks at `focus` sees of each table that is seen by groups."""
        return self.look_all([player], [focus])[0]

    def look_all(self, players: list[int], foci: list[Focus]) -> list[tuple[Sight, ...]]:
        """The same of many players."""
        if not self.grouped:
            return [()] * len(players)
        return list(zip(*[tracker.interest.sights(players, foci) for tracker, _ in self.grouped], strict=True))

    def delta_for(self, viewer: Viewer, sights: tuple[Sight, ...], encoding: Encoding) -> bytes:
        """The message that says what changed for a client that now has these sights; empty if nothing did."""
        return self.deltas_for([viewer], [sights], encoding)[0]

    def deltas_for(self, viewers: list[Viewer], sights: list[tuple[Sight, ...]], encoding: Encoding) -> list[bytes]:
        """The same for many clients; empty for one that has had no state yet, too: it is to be sent a full one."""
        made = self._made_for[encoding]
        if encoding is Encoding.MSGPACK:
            if self._common is None:
                self._common = self._common_sections(full=False)
            tables = tuple(tracker.pieces for tracker, _ in self.grouped)
            return pack_states(self._tick, self._common, tables, viewers, sights, made)
        return states_of(viewers, sights, made, self._values_for)

    def full_for(self, viewer: Viewer, sights: tuple[Sight, ...], encoding: Encoding) -> bytes:
        """The message that says everything that a client with these sights sees."""
        viewer.sights = sights
        made = self._made.get((("full", sights), encoding))
        if made is None:
            made = self._made[("full", sights), encoding] = self._encode_full_for(sights, encoding)
        return made

    def encode_deltas(self, deltas: Sequence[TableDelta], encoding: Encoding) -> bytes:
        """A message of deltas that one client gets; empty if there are none."""
        if not deltas:
            return b""
        if encoding is Encoding.MSGPACK:
            return pack_deltas(self._tick, False, list(deltas), self._kinds)
        state = State(self._tick, tables={}, removed={}, hash={})
        self._fill(state, deltas)
        return encode(state, encoding)

    # --- how they are made ---

    def _encode(self, encoding: Encoding, *, full: bool) -> bytes:
        if encoding is Encoding.MSGPACK:
            return pack_deltas(self._tick, full, self._common_deltas(full=full), self._kinds)
        state = State(self._tick, full, tables={}, removed={}, hash={})
        self._fill(state, self._common_deltas(full=full))
        return encode(state, encoding)

    def _common_deltas(self, *, full: bool) -> list[TableDelta]:
        if not full:
            return self.deltas
        deltas = [d for tracker, _ in self.common if (d := tracker.full())]
        if self._hash_is_due:
            for delta in deltas:
                delta.hash = self.by_index[delta.table.index].hash()
        return deltas

    def _common_sections(self, *, full: bool) -> bytes:
        return b"".join(map(pack, self._common_deltas(full=full)))

    def _encode_full_for(self, sights: tuple[Sight, ...], encoding: Encoding) -> bytes:
        if encoding is Encoding.JSON:
            state = State(self._tick, True, tables={}, removed={}, hash={})
            self._fill(state, self._common_deltas(full=True))
            for (tracker, _), sight in zip(self.grouped, sights, strict=True):
                self._fill(state, [tracker.full_group(g) for g in tracker.interest.groups[sight]])
            self._hash_what_is_seen(state, sights)
            return encode(state, encoding)
        parts = [self._common_sections(full=True)]
        for (tracker, _), sight in zip(self.grouped, sights, strict=True):
            parts += [tracker.full_sections[g] for g in tracker.interest.groups[sight]]
        return encode(PackedState(self._tick, True, b"".join(parts)), encoding)

    def _values_for(self, old: tuple[Sight, ...], new: tuple[Sight, ...]) -> bytes:
        """The same in JSON, which knows no groups: rows that leave the sight are removed, rows that enter are new."""
        state = State(self._tick, tables={}, removed={}, hash={})
        self._fill(state, self.deltas)
        for (tracker, _), before, now in zip(self.grouped, old, new, strict=True):
            seen, sees = set(tracker.interest.groups[before]), set(tracker.interest.groups[now])
            gone: set[int] = set().union(*[tracker.members_before(g) for g in seen - sees])
            deltas = [tracker.full_group(g) for g in sorted(sees - seen)]
            deltas += [d for g in sorted(sees & seen) if (d := tracker.delta(g))]
            self._fill(state, deltas)
            gone.update(*[d.removed for d in deltas])
            # A row that only moved from one group to another is still there.
            if left := sorted(gone.difference(*[d.added for d in deltas])):
                state.removed[tracker.table.name] = left
        if not (state.tables or state.removed or state.hash):
            return b""
        self._hash_what_is_seen(state, new)
        return encode(state, Encoding.JSON)

    def _hash_what_is_seen(self, state: State, sights: tuple[Sight, ...]) -> None:
        """In JSON, hash all rows that a client sees of each table that is seen by groups.

        There is one such hash for each sight and not for each group, so it is made only for a game that wants a hash in
        every state, and accepts what that costs.
        """
        if self._hash_every > 1:
            return
        for (tracker, _), sight in zip(self.grouped, sights, strict=True):
            if (name := tracker.table.name) in state.tables or name in state.removed:
                state.hash[name] = tracker.hash_of(tracker.interest.groups[sight])

    def _fill(self, state: State, deltas: Sequence[TableDelta]) -> None:
        """Put deltas into a JSON state."""
        for delta in deltas:
            name = delta.table.name
            if rows := _values(delta, self.trackers[delta.table.index]):
                state.tables.setdefault(name, {}).update(rows)
            if delta.removed and not delta.group:
                state.removed[name] = delta.removed
            if delta.hash is not None and not delta.group:
                state.hash[name] = delta.hash


def _values(delta: TableDelta, tracker: TableTracker | GroupedTracker) -> dict[int, dict[str, Any]]:
    """A delta's new values by row and field, as JSON has them."""
    fields = delta.table.fields
    rows: dict[int, dict[str, Any]] = {}
    ids = delta.changed
    if ids is None and delta.changes:
        assert isinstance(tracker, TableTracker)
        new = set(delta.added)
        ids = [id for id in tracker.baseline[0] if id not in new]
    for f, column in delta.changes.items():
        for id, difference, wire in zip(ids or (), column, tracker.wires(f, ids or ()), strict=True):
            if difference or fields[f].type.kind != "int":
                rows.setdefault(id, {})[fields[f].name] = fields[f].type.from_wire(wire)
    for id, *wires in zip(delta.added, *delta.columns, strict=True):
        rows[id] = {f.name: f.type.from_wire(w) for f, w in zip(fields, wires, strict=True)}
    return rows
