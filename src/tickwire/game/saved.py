"""A game's whole state <-> a value that can be saved: tables with ids, annotated attributes, chance, history.

A game is saved between two ticks. Who is in it belongs to the room, and is saved there. Everything is saved by name, so
a game can still be restored after its file gained or lost an attribute or a field.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import Any
from zlib import crc32

import msgspec
import msgspec.inspect

from tickwire.errors import CannotRestore
from tickwire.game.contract import Game
from tickwire.game.entity import Entity, Field, Table
from tickwire.game.fields import BoolType, FixedType, TextType, Unfit
from tickwire.game.spec import GameSpec

_CHANCE = struct.Struct("<625I")  # the Mersenne Twister: 624 words, and at which of them it is
_CHANCE_VERSION = 3  # of Python's `random.getstate`, since Python 3.2


class SavedTable(msgspec.Struct, array_like=True):
    """A table: the values of its rows by column, in the order of the ids."""

    entity: str
    fields: list[str]
    next_id: int
    ids: list[int]
    columns: list[list[Any]]


class SavedGame(msgspec.Struct, array_like=True):
    """A game; `state` has each annotated attribute in MessagePack."""

    tick: int
    chance: bytes
    gauss: float | None
    tables: dict[str, SavedTable]
    state: dict[str, msgspec.Raw]
    history: dict[str, list[dict[int, tuple[Any, ...]]]]


def save_game(spec: GameSpec, game: Game) -> SavedGame:
    """The state of a game between two ticks.

    Raises:
        TypeError: an attribute holds something that its annotation does not allow, and that cannot be saved.
    """
    _, words, gauss = game.random.getstate()
    return SavedGame(
        tick=game.tick,
        chance=_CHANCE.pack(*words),
        gauss=gauss,
        tables={name: _save_table(getattr(game, name)) for name in spec.tables},
        state={name: msgspec.Raw(msgspec.msgpack.encode(getattr(game, name))) for name in spec.state},
        history=game._history.save(),
    )


def hash_game(spec: GameSpec, game: Game) -> int:
    """CRC-32 of a game's tables, annotated attributes, chance and tick.

    Equal states have equal hashes in every process: the order of a set, which differs between processes, does not
    count. The order of a dict does, as rules may loop over it. History is left out: it follows from the tables.

    Raises:
        TypeError: an attribute holds something that its annotation does not allow, and that cannot be saved.
    """
    _, words, gauss = game.random.getstate()
    crc = crc32(_CHANCE.pack(*words))
    columns = [game.tick, gauss]
    for name in spec.tables:
        table: Table[Any] = getattr(game, name)
        rows = list(table)
        columns += [table.next_id, list(map(attrgetter("id"), rows))]
        columns += [list(map(attrgetter(field.name), rows)) for field in table.entity.fields]
    for name, hint in spec.state.items():
        value = getattr(game, name)
        columns.append(_ordered(value) if _has_set(hint) else value)
    return crc32(msgspec.msgpack.encode(columns), crc)


def restore_game(spec: GameSpec, saved: SavedGame, tick_rate: float) -> tuple[Game, list[str]]:
    """A game in a saved state; it is not started.

    Args:
        spec: the game, as it is today.
        saved: as it was.
        tick_rate: the room's.

    Returns:
        The game, and how it differs from the one that was saved, a sentence for each difference.

    Raises:
        CannotRestore: a value does not fit what the game says today.
    """
    game = spec.create(0, tick_rate)
    game.tick = saved.tick
    game.random.setstate((_CHANCE_VERSION, _CHANCE.unpack(saved.chance), saved.gauss))
    here, differences = spec.game.__name__, []
    for name in spec.tables:
        if (table := saved.tables.get(name)) is not None:
            differences += _restore_table(f"{here}.{name}", getattr(game, name), table)
    for name, hint in spec.state.items():
        if name in saved.state:
            setattr(game, name, _restore_attribute(f"{here}.{name}", saved.state[name], hint))
    today, then = {*spec.tables, *spec.state}, {*saved.tables, *saved.state}
    differences += [f"{here}.{name} is new, and begins as in a new room" for name in sorted(today - then)]
    differences += [f"{here}.{name} is gone, and what it held is lost" for name in sorted(then - today)]
    game._history.restore(saved.history, exact=not differences)
    return game, differences


def _save_table(table: Table[Any]) -> SavedTable:
    names = [field.name for field in table.entity.fields]
    rows = list(table)
    columns = [list(map(attrgetter(name), rows)) for name in names]
    return SavedTable(table.entity.__name__, names, table.next_id, [row.id for row in rows], columns)


def _restore_table(where: str, table: Table[Any], saved: SavedTable) -> list[str]:
    fields: Sequence[Field] = table.entity.fields
    then = dict(zip(saved.fields, saved.columns, strict=True))
    columns: list[list[Any]] = []
    differences: list[str] = []
    for field in fields:
        column = then.pop(field.name, None)
        if column is None:
            empty = _empty(table.entity, field)
            column = [empty] * len(saved.ids)
            differences.append(f"{where} has a new field {field.name}, which is {empty!r} in old rows")
        try:
            field.type.to_wire(column)
        except Unfit as unfit:
            raise CannotRestore(f"{where}: {field.name} holds {field.type.holds}, not {unfit.value!r}") from None
        columns.append(column)
    differences += [f"{where} has no field {name} any more" for name in then]
    for id, values in zip(saved.ids, zip(*columns, strict=True), strict=True):
        table.restore(id, table.entity(**dict(zip([f.name for f in fields], values, strict=True))))
    table.skip_to(saved.next_id)
    return differences


def _empty(entity: type[Entity], field: Field) -> Any:
    """What a field is in a row that was saved before there was that field."""
    defaults: dict[str, Any] = getattr(entity, "_defaults", {})
    if field.name in defaults:
        return defaults[field.name]
    match field.type:
        case FixedType(lo, hi):
            return min(max(0.0, lo), hi)
        case BoolType():
            return False
        case TextType():
            return ""
    return 0


def _has_set(hint: Any) -> bool:
    """Whether values of an annotation may hold sets."""
    try:
        return _known_sets(hint)
    except TypeError:  # an annotation that cannot be a key
        return True


@cache
def _known_sets(hint: Any) -> bool:
    seen: set[int] = set()

    def within(info: Any) -> bool:
        if isinstance(info, msgspec.inspect.SetType | msgspec.inspect.FrozenSetType | msgspec.inspect.AnyType):
            return True
        if isinstance(info, list | tuple):
            return any(map(within, info))
        if not isinstance(info, msgspec.inspect.Type | msgspec.inspect.Field) or id(info) in seen:
            return False
        seen.add(id(info))
        return any(within(getattr(info, name)) for name in info.__struct_fields__)

    return within(msgspec.inspect.type_info(hint))


def _ordered(value: Any) -> Any:
    """A value with each set in it as a list, in the order of its members' encoded bytes."""
    match value:
        case set() | frozenset():
            return sorted(msgspec.msgpack.encode(_ordered(each)) for each in value)
        case dict():
            return [[_ordered(key), _ordered(each)] for key, each in value.items()]
        case list() | tuple():
            return [_ordered(each) for each in value]
    names = getattr(value, "__struct_fields__", None) or getattr(value, "__dataclass_fields__", ())
    return [_ordered(getattr(value, name)) for name in names] if names else value


def _restore_attribute(where: str, raw: msgspec.Raw, hint: Any) -> Any:
    try:
        return msgspec.msgpack.decode(raw, type=hint)
    except msgspec.DecodeError as error:
        raise CannotRestore(f"{where} was saved as something else than it is today: {error}") from None
