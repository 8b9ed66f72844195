"""Entities: rows of state that clients may see. Tables: all the rows of one class.

Setting a field marks its row in its table, so that a tick's delta costs what changed and not what there is.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar, dataclass_transform

from tickwire.accelerator import accelerated
from tickwire.errors import ContractError
from tickwire.game.blend import Smooth
from tickwire.game.fields import FieldType, FixedDefault, annotated_type, fixed, type_of, usual_smooth
from tickwire.game.look import Look
from tickwire.game.view import Everyone, View

_MISSING = object()
_RESERVED = {"id", "look", "view", "fields", "rewind", "self"}

_assign = accelerated(object.__setattr__, "assign")  # sets a field without marking its row


# What a row's table has to know of it. Only a quiet one is noted when a field of it is set: all others are known.
APART, QUIET, TOUCHED, NEW = range(4)


@accelerated
class Row:
    """What an entity is below its fields: setting one notes the row in its table's list of touched ones, once."""

    __slots__ = ("_mark", "_touched", "id")

    id: int
    _touched: list[Any] | None
    _mark: int

    def __setattr__(self, name: str, value: object) -> None:
        _assign(self, name, value)
        if self._mark == QUIET and self._touched is not None:
            self._touched.append(self)
            _assign(self, "_mark", TOUCHED)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity class.

    Attributes:
        name: its name.
        type: what it holds.
        smooth: how it is shown between two states.
        every: it is sent in every so many states.
    """

    name: str
    type: FieldType
    smooth: Smooth
    every: int = 1

    def describe(self) -> dict[str, Any]:
        """The field as the schema has it."""
        described = {"name": self.name, **self.type.describe(), **self.smooth.describe(usual_smooth(self.type))}
        return described | ({"every": self.every} if self.every > 1 else {})

    @staticmethod
    def read(described: dict[str, Any]) -> Field:
        """The inverse of `describe`; KeyError, TypeError or ValueError for what makes no sense."""
        name, type = public_name(described["name"]), type_of(described)
        return Field(name, type, Smooth.read(described, usual_smooth(type)), int(described.get("every", 1)))


def public_name(name: Any) -> str:
    """A name from outside that can be an attribute's; what begins with _ is Python's own.

    Raises:
        ValueError: it cannot.
    """
    if not (isinstance(name, str) and name.isidentifier() and not name.startswith("_")):
        raise ValueError(f"{name!r} is no name")
    return name


def _annotations(body: dict[str, Any]) -> dict[str, Any]:
    """A class body's own annotations, before there is a class."""
    if sys.version_info >= (3, 14):
        import annotationlib

        annotate = annotationlib.get_annotate_from_class_namespace(body)
        if annotate is not None:
            return annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF)
    return dict(body.get("__annotations__", {}))


def _is_class_variable(annotation: object) -> bool:
    return "ClassVar" in (annotation if isinstance(annotation, str) else str(annotation))


def _field(cls: type, name: str, default: object, names: dict[str, Any]) -> Field:
    where = f"{cls.__name__}.{name}"
    if isinstance(default, FixedDefault):
        return Field(name, default.type, default.smooth, default.every)
    try:
        annotation = typing.get_type_hints(cls, localns=names, include_extras=True)[name]
    except NameError as error:
        raise ContractError(where, f"has a type that cannot be found ({error}); import it") from None
    if isinstance(annotation, FixedDefault):
        raise ContractError(where, f"has fixed(…) where its type stands; write {name}: float = fixed(…)")
    found = annotated_type(annotation)
    if found is None:
        shown = getattr(annotation, "__name__", str(annotation))
        raise ContractError(where, f"needs a field type such as u16, bool, text or fixed(0, 9, step=0.1), not {shown}")
    return Field(name, found, usual_smooth(found))


@accelerated
def quick_init(
    init: Callable[..., None], entity: type, fields: tuple[str, ...], defaults: tuple[object, ...]
) -> Callable[..., None]:
    """An `__init__` that does what `init` does, faster where it can.

    Args:
        init: takes a row and its fields, by place or by name.
        entity: the class of the rows.
        fields: their names, in order.
        defaults: of the last of them.
    """
    return init


def _make_init(entity: type, fields: tuple[Field, ...], defaults: dict[str, object]) -> Callable[..., None]:
    """An `__init__` with one parameter per field, compiled as dataclasses does it: a loop takes thrice the time."""
    names = tuple(f.name for f in fields)
    # As in a function and in a dataclass. To make all of them keyword-only in silence would be a riddle to the caller.
    for before, name in pairwise(names):
        if before in defaults and name not in defaults:
            raise ContractError(
                f"{entity.__name__}.{name}",
                f"has no default and stands behind {before}, which has one; give it a default, or put it in front",
            )
    parameters = ["self"]
    parameters += [f"{name}=_defaults[{name!r}]" if name in defaults else name for name in names]
    body = "".join(f"    _assign(self, {name!r}, {name})\n" for name in names)
    apart = f"    _assign(self, '_mark', {APART})\n    _assign(self, '_touched', None)\n"
    source = f"def __init__({', '.join(parameters)}):\n{apart}{body}"
    scope: dict[str, Any] = {"_assign": _assign, "_defaults": defaults}
    exec(source, scope)
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{entity.__name__}.__init__"  # which errors about missing arguments name
    return quick_init(made, entity, names, tuple(defaults[n] for n in names if n in defaults))


class _EntityMeta(type):
    """Makes slots of a class's annotations and writes its `__init__`."""

    def __new__(mcls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _EntityMeta:
        names = [n for n, a in _annotations(body).items() if not _is_class_variable(a)]
        if bases == (Row,):
            return super().__new__(mcls, name, bases, body)
        for clash in _RESERVED.intersection(names):
            raise ContractError(f"{name}.{clash}", "is a name that Entity itself uses; choose another")
        for private in (n for n in names if n.startswith("_")):
            raise ContractError(f"{name}.{private}", "is a field, and so may not begin with _; choose another name")
        if "__init__" in body:
            raise ContractError(
                f"{name}.__init__", "is made of the fields; give these defaults, or make rows in a function"
            )
        inherited = {f.name: f for base in reversed(bases) for f in getattr(base, "fields", ())}
        defaults = {n: body.pop(n) for n in names if n in body}
        body["__slots__"] = tuple(n for n in names if n not in inherited)
        cls = super().__new__(mcls, name, bases, body)
        # What the class body can see: postponed annotations of a class in a function or a doctest name things there.
        caller = sys._getframe(1)
        seen = caller.f_globals | caller.f_locals
        own = {n: _field(cls, n, defaults.get(n, _MISSING), seen) for n in names}
        cls.fields = tuple((inherited | own).values())  # type: ignore[attr-defined]
        known = dict(getattr(cls, "_defaults", {}))
        for n, value in defaults.items():
            default = value.default if isinstance(value, FixedDefault) else value
            if default is not None:
                known[n] = default
        cls._defaults = known  # type: ignore[attr-defined]
        cls.__init__ = _make_init(cls, cls.fields, known)  # type: ignore[attr-defined, misc]
        return cls


@dataclass_transform(field_specifiers=(fixed,))
class Entity(Row, metaclass=_EntityMeta):
    """One row of state that clients may see. Its annotated fields travel, and only when they change.

    `look` says how faces paint it, `view` who sees it (everyone, if it says nothing). `id` is given by the table. With
    `rewind = True` the game can see where its rows were a moment ago, by `Game.rewound`.

    >>> from tickwire import Entity, Look, u16
    >>> class Cell(Entity):
    ...     x: u16
    ...     y: u16
    ...     owner: u16 = 0
    ...     look = Look.cell(x="x", y="y", color="owner")
    >>> Cell(3, 4)
    Cell(x=3, y=4, owner=0)
    """

    __slots__ = ()

    fields: ClassVar[tuple[Field, ...]] = ()
    look: ClassVar[Look] = Look.none()
    view: ClassVar[View] = Everyone()
    rewind: ClassVar[bool] = False

    def __repr__(self) -> str:
        values = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in self.fields)
        return f"{type(self).__name__}({values})"


EntityT = TypeVar("EntityT", bound=Entity)


@dataclass(slots=True)
class Changes(Generic[EntityT]):
    """What happened to a table since it was last asked.

    Attributes:
        added: the new rows by id, ids ascending.
        touched: the rows of which a field was set, by ascending id; of those that were there before and still are.
        removed: ids of rows that were there before.
    """

    added: dict[int, EntityT]
    touched: list[EntityT]
    removed: list[int]


@accelerated
class Rows(Generic[EntityT]):
    """What a table is below its name: the rows by id, and what happened to them since it was last asked."""

    __slots__ = ("_added", "_removed", "_rows", "_touched", "entity", "next_id")

    def __init__(self, entity: type[EntityT]) -> None:
        if not (isinstance(entity, type) and issubclass(entity, Row)):
            raise TypeError(f"a table holds the rows of an Entity class, not {entity!r}")
        self.entity = entity
        self.next_id = 1  # ids are never used again: a client may still animate the row that bore one
        self._rows: dict[int, EntityT] = {}
        self._added: dict[int, EntityT] = {}
        self._touched: list[EntityT] = []  # may hold rows that are gone since
        self._removed: list[int] = []

    def add(self, row: EntityT, /) -> EntityT:
        """Put a new row in; gives it its id and returns it."""
        if type(row) is not self.entity:
            raise TypeError(f"this table holds {self.entity.__name__}, not {type(row).__name__}")
        if row._touched is not None:
            raise ValueError(f"{row!r} is in a table already")
        id = self.next_id
        self.next_id = id + 1
        _assign(row, "id", id)
        _assign(row, "_touched", self._touched)
        _assign(row, "_mark", NEW)
        self._rows[id] = self._added[id] = row
        return row

    def restore(self, id: int, row: EntityT, /) -> EntityT:
        """Put a row in under an id of its own: for saved games. Ids must ascend."""
        if not isinstance(id, int):
            raise TypeError(f"an id is an integer, not {type(id).__name__}")
        if id < self.next_id:
            raise ValueError(f"id {id} was used already; ids ascend")
        self.next_id = id
        return self.add(row)

    def skip_to(self, id: int, /) -> None:
        """Give no id below this one any more: for saved games, whose last rows may have been removed again."""
        if not isinstance(id, int):
            raise TypeError(f"an id is an integer, not {type(id).__name__}")
        if id < self.next_id:
            raise ValueError(f"id {id} was used already; ids ascend")
        self.next_id = id

    def remove(self, row: EntityT | int, /) -> None:
        """Take a row out, by itself or by its id; KeyError if it is not in this table."""
        if isinstance(row, int):
            id = row
        elif row in self:
            id = row.id
        else:
            raise KeyError(f"{row!r} is not in this table")
        gone = self._rows.pop(id)
        _assign(gone, "_mark", APART)
        _assign(gone, "_touched", None)
        if id in self._added:
            del self._added[id]
        else:
            self._removed.append(id)

    def get(self, id: int, /) -> EntityT | None:
        """The row of that id, or None."""
        return self._rows.get(id)

    def __getitem__(self, id: int, /) -> EntityT:
        return self._rows[id]

    def __iter__(self) -> Iterator[EntityT]:
        # A copy, so that a loop over a table may add and remove rows.
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, row: object, /) -> bool:
        # By its type: isinstance asks the metaclass.
        return type(row) is self.entity and self._rows.get(getattr(row, "id", 0)) is row

    def _take(self) -> tuple[dict[int, EntityT], list[EntityT], list[int]]:
        """What changed since the last call, as `Changes` has it."""
        added, removed = self._added, self._removed
        touched = [row for row in self._touched if row._mark == TOUCHED and row._touched is self._touched]
        self._added, self._removed = {}, []
        for row in (*touched, *added.values()):
            if row._touched is self._touched:
                _assign(row, "_mark", QUIET)
        self._touched.clear()  # in place, as rows hold on to it; the last step, as rows that die may touch others
        touched.sort(key=attrgetter("id"))
        return added, touched, removed


class Table(Generic[EntityT], Rows[EntityT]):
    """All the entities of one class, in the order of adding.

    Declared by an annotation on the game, made by the room:

    >>> from tickwire import Entity, Table, u16
    >>> class Coin(Entity):
    ...     x: u16
    >>> coins: Table[Coin] = Table(Coin)
    >>> coin = coins.add(Coin(x=3))
    >>> coin.id, len(coins), [c.x for c in coins], coins.get(1) is coin
    (1, 1, [3], True)
    >>> coins.remove(coin)
    >>> len(coins)
    0
    """

    __slots__ = ()

    def clear(self) -> None:
        """Take all rows out."""
        for id in list(self._rows):
            self.remove(id)

    def __repr__(self) -> str:
        return f"<Table of {len(self)} {self.entity.__name__}>"

    def take_changes(self) -> Changes[EntityT]:
        """What changed since the last call."""
        return Changes(*self._take())
