"""The two parts that most sections of a packed state are made of, straight from a table's baseline.

`delta.pack` makes the same bytes of a `TableDelta`; where many groups are packed in each tick, to make one for each
would cost more than the packing. docs/WIRE.md, section 4.2, has the form.

Kinds are a letter for each field, as its type's `kind` begins: i for an integer, f for an f32, t for a text.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import sub
from typing import Any

from tickwire.accelerator import accelerated
from tickwire.replication.ints import pack_changes, pack_floats, pack_ids, pack_steps, pack_texts, pack_varint

_NEW: dict[str, Callable[[list[Any]], bytes]] = {"i": pack_steps, "f": pack_floats, "t": pack_texts}


@accelerated
def pack_rows(kinds: str, ids: list[int], baseline: list[dict[int, Any]]) -> bytes:
    """Rows that are added: their ids, at least one, ascending, and all their columns.

    Args:
        kinds: of the fields.
        ids: of the rows.
        baseline: for each field the wire values by id.
    """
    parts = [pack_ids(ids)]
    for kind, column in zip(kinds, baseline, strict=True):
        parts.append(_NEW[kind]([column[id] for id in ids]))
    return b"".join(parts)


@accelerated
def pack_moves(kinds: str, places: list[int], ids: list[int], before: list[list[Any]], after: list[list[Any]]) -> bytes:
    """Rows that changed: their ids, which fields changed in any of them, and the columns of these.

    Args:
        kinds: of the fields.
        places: where the rows are in the lists that follow, at least one, ascending.
        ids: of these and other rows, ascending.
        before: for each field the old wire values of the rows in `ids`.
        after: the new ones.
    """
    parts, mask = [pack_ids([ids[p] for p in places]), b""], 0
    for i, (kind, olds, news) in enumerate(zip(kinds, before, after, strict=True)):
        old, new = [olds[p] for p in places], [news[p] for p in places]
        if old != new:
            mask |= 1 << i
            parts.append(pack_changes(list(map(sub, new, old))) if kind == "i" else _NEW[kind](new))
    parts[1] = pack_varint(mask)
    return b"".join(parts)
