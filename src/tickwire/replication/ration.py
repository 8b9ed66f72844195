"""States for a client whose budget of bytes is short: what matters most first, the rest when there is room for it.

Rows and groups that were left out grow more urgent with every state, so that each comes sooner or later. Glenn Fiedler
(Gaffer on Games), State Synchronization, calls this a priority accumulator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tickwire.replication.delta import Column, TableDelta, pack
from tickwire.replication.interest import Focus, Sight
from tickwire.replication.sections import Viewer
from tickwire.replication.states import RoomStates
from tickwire.wire.codec import Encoding

BURST = 0.5  # seconds of its budget that a client may save up: for an explosion after a quiet moment

RowPriority = Callable[[Any], float]  # of an entity; above 0, and 1 is usual


@dataclass(eq=False, slots=True)
class Ration:
    """One client's budget, and what it has not been told.

    Attributes:
        income: bytes that each state may take on average.
        most: bytes that may be saved up.
        saved: bytes left; below 0 after a state that was larger than what there was.
        rows: of tables that everyone sees, by table: the rows that the client has old values of, or none, and for how
            many states.
        unknown: of these, the rows that it has never heard of.
        gone: by table, the rows that it is still to forget.
        groups: of tables that are seen by groups, by table and group: those whose rows it has as they were, or not at
            all, and for how many states.
    """

    income: float
    most: float
    saved: float = 0.0
    rows: dict[int, dict[int, int]] = field(default_factory=dict)
    unknown: dict[int, set[int]] = field(default_factory=dict)
    gone: dict[int, list[int]] = field(default_factory=dict)
    groups: dict[tuple[int, int], int] = field(default_factory=dict)

    @staticmethod
    def of(bytes_per_second: float, states_per_second: float) -> Ration:
        """A ration that has saved up all it may."""
        most = bytes_per_second * BURST
        return Ration(bytes_per_second / states_per_second, most, most)

    @property
    def behind(self) -> bool:
        """Whether the client has not been told everything."""
        return bool(self.rows or self.gone or self.groups)

    def told_all(self) -> None:
        """The client gets a full state."""
        self.rows.clear()
        self.unknown.clear()
        self.gone.clear()
        self.groups.clear()


def rationed(
    states: RoomStates,
    viewer: Viewer,
    ration: Ration,
    sights: tuple[Sight, ...],
    focus: Focus,
    priority: RowPriority,
    encoding: Encoding,
) -> bytes:
    """The message that a client gets of this capture: what all get who see the same, or what it can afford of that.

    Call it for each capture, whether anything changed or not. A JSON state cannot say that a group is gone, so clients
    of JSON get all where tables are seen by groups.

    Args:
        states: of the room.
        viewer: the client.
        ration: of the client.
        sights: what it sees now.
        focus: where it looks.
        priority: of a row of a table that everyone sees.
        encoding: of the message.
    """
    ration.saved = min(ration.saved + ration.income, ration.most)
    before = viewer.sights
    if not ration.behind:
        payload = states.delta_for(viewer, sights, encoding)
        if len(payload) <= ration.saved or (encoding is Encoding.JSON and states.grouped):
            ration.saved -= len(payload)
            return payload
    assert before is not None
    _fall_behind(states, before, ration, sights)
    viewer.sights = sights
    payload = states.encode_deltas(_take(states, ration, focus, priority), encoding)
    ration.saved -= len(payload)
    return payload


def _fall_behind(states: RoomStates, seen: tuple[Sight, ...], ration: Ration, sights: tuple[Sight, ...]) -> None:
    """Note what this capture changed; what waits already has waited for one state more."""
    for rows in ration.rows.values():
        for id in rows:
            rows[id] += 1
    for key in ration.groups:
        ration.groups[key] += 1
    for delta in states.deltas:
        index = delta.table.index
        rows, unknown = ration.rows.setdefault(index, {}), ration.unknown.setdefault(index, set())
        for id in delta.removed:
            rows.pop(id, None)
        ration.gone.setdefault(index, []).extend(id for id in delta.removed if id not in unknown)
        unknown.difference_update(delta.removed)
        unknown.update(delta.added)
        all_changed = delta.changed is None and delta.changes
        changed = list(states.by_index[index].baseline[0]) if all_changed else (delta.changed or [])
        for id in (*changed, *delta.added):
            rows.setdefault(id, 1)
    for (tracker, _), old, new in zip(states.grouped, seen, sights, strict=True):
        index, groups = tracker.table.index, tracker.interest.groups
        before, now = set(groups[old]), groups[new]
        for group in before.difference(now):
            ration.groups[index, group] = 0  # to be forgotten at once
        for group in now:
            if group not in before or tracker.has_changed(group):
                ration.groups.setdefault((index, group), 1)


def _take(states: RoomStates, ration: Ration, focus: Focus, priority: RowPriority) -> list[TableDelta]:
    """Deltas worth what is saved, the most urgent first; at least one thing, so that none waits forever."""
    trackers, by_index, grouped = states.trackers, states.by_index, states.grouped_by_index
    deltas: list[TableDelta] = []
    for index, group in [key for key, waited in ration.groups.items() if not waited]:
        del ration.groups[index, group]
        deltas.append(TableDelta(trackers[index].table, group=group, gone=True))
    urgent: list[tuple[float, int, int, bool]] = []
    for index, rows in ration.rows.items():
        for id, waited in rows.items():
            row = states.tables[index].get(id)
            urgent.append((waited * (priority(row) if row is not None else 1.0), index, id, False))
    for (index, group), waited in ration.groups.items():
        urgent.append((waited / (1 + grouped[index].interest.distance(group, focus)), index, group, True))
    urgent.sort(reverse=True)
    left = ration.saved - sum(len(pack(d)) for d in deltas)
    chosen: dict[int, list[int]] = {}
    for _, index, key, is_group in urgent:
        if left <= 0 and (chosen or deltas):
            break
        if is_group:
            del ration.groups[index, key]
            whole = grouped[index].full_group(key)
            deltas.append(TableDelta(trackers[index].table, group=key, gone=True))
            deltas += [whole] if whole.added else []
            left -= len(grouped[index].full_sections[key]) + 4
        else:
            chosen.setdefault(index, []).append(key)
            left -= _size([column[key] for column in by_index[index].baseline])
    for index in sorted({*chosen, *ration.gone}):
        ids, baseline = sorted(chosen.get(index, ())), by_index[index].baseline
        columns: list[Column] = [[column[id] for id in ids] for column in baseline]
        gone = sorted(ration.gone.pop(index, ()))
        deltas.append(TableDelta(trackers[index].table, removed=gone, added=ids, columns=columns))
        for id in ids:
            del ration.rows[index][id]
        ration.unknown.get(index, set()).difference_update(ids)
    ration.rows = {index: rows for index, rows in ration.rows.items() if rows}
    return [d for d in deltas if d]


def _size(wires: Sequence[Any]) -> int:
    """About how many bytes a row takes."""
    return 1 + sum(1 + (len(w) if isinstance(w, str) else w.bit_length() // 8) for w in wires)
