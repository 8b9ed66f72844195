"""Notes where the fields of rows are set, so that a trial can say which line set a value that its field cannot hold."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Collection, Iterator
from types import FrameType
from typing import Any

from tickwire.game.contract import Game
from tickwire.game.entity import Entity
from tickwire.game.fields import Unfit

_DEEPEST = 100  # frames that are looked at for one set

Frames = list[tuple[FrameType, int]]  # with the line that each was in, the outermost first


class Sets:
    """Where each field of each row was set last."""

    def __init__(self) -> None:
        self._noted: dict[tuple[int, str], Frames] = {}
        self._rows: dict[int, Entity] = {}  # kept, so that no other row takes an id() over

    def note(self, row: Entity, names: Collection[str]) -> None:
        """Fields of a row are being set by the caller's caller."""
        frames: Frames = []
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and len(frames) < _DEEPEST:
            frames.append((frame, frame.f_lineno))
            frame = frame.f_back
        frames.reverse()
        self._rows[id(row)] = row
        for name in names:
            self._noted[id(row), name] = frames

    def unfit(self, game: Game, tables: dict[str, type[Entity]], where: str) -> Frames:
        """Where the first row of a game's tables was set whose field, `Ship.x`, holds what it cannot hold."""
        for table, entity in tables.items():
            for field in entity.fields:
                if f"{entity.__name__}.{field.name}" != where:
                    continue
                for row in getattr(game, table):
                    try:
                        field.type.to_wire([getattr(row, field.name)])
                    except Unfit:
                        return self._noted.get((id(row), field.name), [])
        return []


@contextlib.contextmanager
def noted_sets(entities: Collection[type[Entity]]) -> Iterator[Sets]:
    """Within it, rows of these classes note where they are set."""
    sets = Sets()
    with contextlib.ExitStack() as stack:
        for entity in entities:
            _replace(stack, entity, "__init__", _noting_init(entity, sets))
            _replace(stack, entity, "__setattr__", _noting_setattr(entity, sets))
        yield sets


def _replace(stack: contextlib.ExitStack, entity: type[Entity], name: str, method: Callable[..., None]) -> None:
    if name in vars(entity):
        stack.callback(setattr, entity, name, vars(entity)[name])
    else:
        stack.callback(delattr, entity, name)
    setattr(entity, name, method)


def _noting_init(entity: type[Entity], sets: Sets) -> Callable[..., None]:
    init, names = entity.__init__, [field.name for field in entity.fields]

    def noting(row: Entity, *args: Any, **kwargs: Any) -> None:
        init(row, *args, **kwargs)
        sets.note(row, names)

    return noting


def _noting_setattr(entity: type[Entity], sets: Sets) -> Callable[..., None]:
    set = entity.__setattr__

    def noting(row: Entity, name: str, value: object) -> None:
        set(row, name, value)
        sets.note(row, [name])

    return noting
