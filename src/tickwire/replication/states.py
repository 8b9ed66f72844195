"""A room's state messages: each made at most once a tick and encoding, however many clients will get it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tickwire.game.entity import Table
from tickwire.replication.delta import TableDelta, pack
from tickwire.replication.schema import Schema
from tickwire.replication.tracker import TableTracker
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.messages import PackedState, State

HASH_EVERY = 64  # captures; a few seconds, so that a drifted mirror is not wrong for long and hashing costs little


class RoomStates:
    """Makes the state messages of one room, for tables that everyone sees.

    Call `capture` once a tick; then ask for the messages of that tick.
    """

    def __init__(self, schema: Schema, tables: Sequence[Table[Any]]) -> None:
        self._trackers = [TableTracker(t) for t in schema.tables]
        self._tables = tables
        self._tick = 0
        self._captures = 0
        self._deltas: list[TableDelta] = []
        self._made: dict[tuple[str, Encoding], bytes] = {}

    def capture(self, tick: int) -> bool:
        """Take what changed since the last call; returns whether anything did.

        Raises:
            FieldError: a field holds what it cannot hold.
        """
        self._tick = tick
        self._made.clear()
        self._captures += 1
        deltas = [t.capture(table.take_changes()) for t, table in zip(self._trackers, self._tables, strict=True)]
        self._deltas = [d for d in deltas if d]
        if self._captures % HASH_EVERY == 0:
            for delta in self._deltas:
                delta.hash = self._trackers[delta.table.index].hash()
        return bool(self._deltas)

    def delta(self, encoding: Encoding) -> bytes:
        """The message that says what changed in this tick."""
        return self._once("delta", encoding, full=False)

    def full(self, encoding: Encoding) -> bytes:
        """The message that says everything."""
        return self._once("full", encoding, full=True)

    def _once(self, what: str, encoding: Encoding, *, full: bool) -> bytes:
        made = self._made.get((what, encoding))
        if made is None:
            deltas = [d for t in self._trackers if (d := t.full())] if full else self._deltas
            made = self._made[what, encoding] = encode(self._message(deltas, encoding, full), encoding)
        return made

    def _message(self, deltas: list[TableDelta], encoding: Encoding, full: bool) -> State | PackedState:
        if encoding is Encoding.MSGPACK:
            return PackedState(self._tick, full, b"".join(map(pack, deltas)))
        state = State(self._tick, full, tables={}, removed={}, hash={})
        for delta in deltas:
            name = delta.table.name
            if rows := self._values(delta):
                state.tables[name] = rows
            if delta.removed:
                state.removed[name] = delta.removed
            if delta.hash is not None:
                state.hash[name] = delta.hash
        return state

    def _values(self, delta: TableDelta) -> dict[int, dict[str, Any]]:
        """A delta's new values by row and field, as JSON has them."""
        baseline = self._trackers[delta.table.index].baseline
        fields = delta.table.fields
        rows: dict[int, dict[str, Any]] = {}
        ids = delta.changed if delta.changed is not None else [i for i in baseline[0] if i not in set(delta.added)]
        for f, column in delta.changes.items():
            field = fields[f]
            for id, difference in zip(ids, column, strict=True):
                if difference or field.type.kind != "int":
                    rows.setdefault(id, {})[field.name] = field.type.from_wire(baseline[f][id])
        for id, *wires in zip(delta.added, *delta.columns, strict=True):
            rows[id] = {f.name: f.type.from_wire(w) for f, w in zip(fields, wires, strict=True)}
        return rows
