"""A game that was checked against the contract: what a room may count on."""

from __future__ import annotations

import copy
import inspect
import math
import random
import types
import typing
from dataclasses import dataclass, field
from typing import Any

import msgspec
import msgspec.inspect

from tickwire.errors import ContractError
from tickwire.game.checks import check_controls, check_predicted
from tickwire.game.contract import Game, Input, Player
from tickwire.game.entity import Entity, Table
from tickwire.game.history import History
from tickwire.game.lint import check_entity, check_names, is_constant
from tickwire.game.look import Controls
from tickwire.game.view import Grid, Owner

MAX_TICK_RATE = 240  # Hz; past that a tick is shorter than what a loop can keep
MAX_TABLES = 255  # a delta numbers them in one byte
MAX_FIELDS = 32  # a delta says in one varint which changed
MIN_BUDGET = 100  # bytes a second; with less not even the framing of states is paid for
MAX_HASH_EVERY = 1024  # states; a mirror that drifted should not be wrong for longer than a minute
MAX_SEATS = 32_767  # player numbers are u16 in most games' fields; as many again may rest after their players left
MAX_GRACE = 86_400.0  # seconds

# What a room calls, with the parameters that it gives.
_METHODS = {
    "start": ("self",),
    "join": ("self", "player"),
    "leave": ("self", "player"),
    "away_changed": ("self", "player"),
    "receive": ("self", "player", "input"),
    "hear": ("self", "player", "text"),
    "step": ("self",),
    "bot": ("self", "player"),
    "focus": ("self", "player"),
    "priority": ("self", "player", "row"),
    "belated": ("self", "player", "row", "ticks"),
}


@dataclass(frozen=True, slots=True)
class GameSpec:
    """A game that keeps the contract, and what follows from its class."""

    game: type[Game]
    name: str
    title: str
    tick_rate: float
    send_every: int  # ticks
    bytes_per_second: int | None
    hash_every: int | None  # states
    seats: int
    grace: float  # seconds
    board: tuple[float, float]
    inputs: Any
    controls: Controls
    tables: dict[str, type[Entity]]  # by attribute
    state: dict[str, Any]  # the other annotated attributes, with their types
    defaults: dict[str, Any] = field(default_factory=dict)

    def tables_of(self, game: Game) -> list[Table[Any]]:
        """A game's tables, in the order of the schema."""
        return [getattr(game, name) for name in self.tables]

    def create(self, seed: int, tick_rate: float | None = None) -> Game:
        """A new game that has not started yet; `tick_rate` is the room's, if it is not the game's own."""
        game = self.game()
        game.players = {}
        game.random = random.Random(seed)
        game.tick = 0
        if tick_rate is not None:
            game.tick_rate = tick_rate  # type: ignore[misc]  # a clock in the rules counts by the room's
        game._said = []
        for name, entity in self.tables.items():
            setattr(game, name, Table(entity))
        game._history = History([getattr(game, n) for n, e in self.tables.items() if e.rewind], game.tick_rate)
        for name, default in self.defaults.items():
            setattr(game, name, copy.deepcopy(default))
        return game


def inspect_game(game: type[Game]) -> GameSpec:
    """Check a game class against the contract.

    Raises:
        ContractError: it breaks the contract; the sentence names the class and the attribute.
    """
    here = game.__name__
    if game.__init__ is not Game.__init__:
        raise ContractError(f"{here}.__init__", "is not called by rooms; set the game up in start(self) instead")
    _check_numbers(game)
    _check_budget(game)
    _check_methods(game)
    inputs = _input_classes(game)
    check_controls(f"{here}.controls", game.controls, inputs)
    tables, state, defaults = _attributes(game)
    if game.predict is not None:
        check_predicted(f"{here}.predict", game.predict, list(tables.values()), game.controls)
    elif game.rollback:
        raise ContractError(f"{here}.rollback", "needs predict = ...: it is for the row that clients play ahead")
    return GameSpec(
        game=game,
        name=game.name or here.lower(),
        title=_title(game),
        tick_rate=game.tick_rate,
        send_every=_send_every(game),
        bytes_per_second=game.bytes_per_second,
        hash_every=game.hash_every,
        seats=game.seats,
        grace=game.grace,
        board=game.board,
        inputs=game.inputs,
        controls=game.controls,
        tables=tables,
        state=state,
        defaults=defaults,
    )


def _title(game: type[Game]) -> str:
    """The first line of its docstring, or its name; a docstring that is inherited says nothing about it."""
    lines = inspect.cleandoc(game.__dict__.get("__doc__") or "").splitlines()
    return lines[0].rstrip(".") if lines else game.__name__


def _check_numbers(game: type[Game]) -> None:
    here = game.__name__
    if not isinstance(game.tick_rate, int | float) or not 1 <= game.tick_rate <= MAX_TICK_RATE:
        raise ContractError(f"{here}.tick_rate", f"must be from 1 to {MAX_TICK_RATE} Hz, not {game.tick_rate!r}")
    if not isinstance(game.seats, int) or not 1 <= game.seats <= MAX_SEATS:
        raise ContractError(f"{here}.seats", f"must be a whole number from 1 to {MAX_SEATS}, not {game.seats!r}")
    if not isinstance(game.grace, int | float) or not 0 <= game.grace <= MAX_GRACE:
        raise ContractError(f"{here}.grace", f"must be from 0 to {MAX_GRACE:g} seconds, not {game.grace!r}")
    board = game.board
    numbers = isinstance(board, tuple) and len(board) == 2 and all(isinstance(n, int | float) for n in board)
    if not (numbers and all(0 < n < math.inf for n in board)):
        raise ContractError(f"{here}.board", f"must be (width, height), both above 0, not {board!r}")
    every = game.hash_every
    if every is not None and not (isinstance(every, int) and 1 <= every <= MAX_HASH_EVERY):
        raise ContractError(
            f"{here}.hash_every", f"must be None or a whole number from 1 to {MAX_HASH_EVERY}, not {every!r}"
        )
    if game.on_error not in ("end", "rewind"):
        raise ContractError(f"{here}.on_error", f'must be "end" or "rewind", not {game.on_error!r}')
    if not isinstance(game.name, str):
        raise ContractError(f"{here}.name", f"must be text, not {game.name!r}")


def _check_budget(game: type[Game]) -> None:
    budget = game.bytes_per_second
    if budget is not None and (not isinstance(budget, int) or budget < MIN_BUDGET):
        raise ContractError(
            f"{game.__name__}.bytes_per_second", f"must be None or a whole number from {MIN_BUDGET}, not {budget!r}"
        )


def _send_every(game: type[Game]) -> int:
    """How many ticks there are to a state."""
    if game.send_rate is None:
        return 1
    where = f"{game.__name__}.send_rate"
    if not isinstance(game.send_rate, int | float) or not 0 < game.send_rate <= game.tick_rate:
        raise ContractError(where, f"must be above 0 and at most tick_rate, not {game.send_rate!r}")
    every = game.tick_rate / game.send_rate
    if abs(every - round(every)) > 1e-6:
        raise ContractError(
            where, f"must divide tick_rate: {game.tick_rate:g} Hz over {game.send_rate:g} is no whole number"
        )
    return round(every)


def _check_methods(game: type[Game]) -> None:
    """A method with the wrong number of parameters would otherwise end a room in its first tick."""
    for name, parameters in _METHODS.items():
        method = getattr(game, name)
        where = f"{game.__name__}.{name}"
        if not callable(method):
            raise ContractError(where, "must be a method")
        if inspect.iscoroutinefunction(method):
            raise ContractError(where, "must be a plain method: rules never wait, so drop the async")
        try:
            inspect.signature(method).bind(*parameters)
        except TypeError:
            raise ContractError(where, f"must take ({', '.join(parameters)})") from None


def _input_classes(game: type[Game]) -> tuple[type[Input], ...]:
    where = f"{game.__name__}.inputs"
    members = typing.get_args(game.inputs) if isinstance(game.inputs, types.UnionType) else (game.inputs,)
    if not members or not all(isinstance(m, type) and issubclass(m, Input) for m in members):
        raise ContractError(where, f"must be an Input class or a union of some, not {game.inputs!r}")
    try:
        msgspec.json.Decoder(game.inputs)
    except TypeError as error:
        raise ContractError(where, f"cannot be decoded: {error}") from None
    return members


def _attributes(game: type[Game]) -> tuple[dict[str, type[Entity]], dict[str, Any], dict[str, Any]]:
    """The tables, the other state with its types, and what the latter starts as."""
    tables: dict[str, type[Entity]] = {}
    state: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    hints = _hints(game)
    check_names(game, _METHODS, hints)
    own = typing.get_type_hints(Game)
    for name, hint in hints.items():
        where = f"{game.__name__}.{name}"
        if name in own or is_constant(hint):
            continue
        if typing.get_origin(hint) is Table or hint is Table:
            tables[name] = _table_entity(where, hint)
            continue
        state[name] = hint
        defaults[name] = _default(where, hint, getattr(game, name, None))
    if len(tables) > MAX_TABLES:
        raise ContractError(game.__name__, f"has {len(tables)} tables; a delta can speak of {MAX_TABLES}")
    names = [e.__name__ for e in tables.values()]
    for name, entity in tables.items():
        where = f"{game.__name__}.{name}"
        if names.count(entity.__name__) > 1:
            raise ContractError(where, f"is a second table of {entity.__name__}; an entity class has one table")
        _check_look_and_view(entity)
    return tables, state, defaults


def _hints(game: type[Game]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(game, include_extras=True)
    except NameError as error:
        raise ContractError(game.__name__, f"has an annotation that cannot be found: {error}") from None


def _table_entity(where: str, hint: Any) -> type[Entity]:
    arguments = typing.get_args(hint)
    if not arguments or not (isinstance(arguments[0], type) and issubclass(arguments[0], Entity)):
        raise ContractError(where, "must say which Entity it holds, as in Table[Cell]")
    entity: type[Entity] = arguments[0]
    if not entity.fields:
        raise ContractError(where, f"holds {entity.__name__}, which has no fields; annotate at least one")
    if len(entity.fields) > MAX_FIELDS:
        raise ContractError(where, f"holds {entity.__name__}, which has more than {MAX_FIELDS} fields")
    check_entity(entity)
    return entity


def _check_look_and_view(entity: type[Entity]) -> None:
    names = {f.name for f in entity.fields}
    for key, value in entity.look.values.items():
        if isinstance(value, str) and value not in names:
            raise ContractError(f"{entity.__name__}.look", f"paints {key} by {value!r}, which is not one of its fields")
    view = entity.view
    watched = (view.x, view.y) if isinstance(view, Grid) else (view.field,) if isinstance(view, Owner) else ()
    for name in watched:
        if name not in names:
            raise ContractError(f"{entity.__name__}.view", f"goes by {name!r}, which is not one of its fields")
    if isinstance(view, Grid) and not (view.cell > 0 and min(view.window) > 0):
        raise ContractError(f"{entity.__name__}.view", "needs a cell and a window larger than 0")


def _default(where: str, hint: Any, given: Any) -> Any:
    """What an annotated attribute starts as: what the class gives it, or its type's empty value."""
    try:
        msgspec.msgpack.Decoder(hint)
    except (TypeError, ValueError) as error:
        raise ContractError(where, f"has a type that cannot be saved ({error})") from None
    custom = _custom_type(msgspec.inspect.type_info(hint), set())
    if custom is Player:
        raise ContractError(
            where, "holds a Player, who may leave; keep the number, player.id, and ask self.players for the player"
        )
    if custom is not None:
        raise ContractError(where, _instead_of(custom, where.rpartition(".")[2], hint))
    if given is not None:
        return given
    if None in typing.get_args(hint) or type(None) in typing.get_args(hint):
        return None
    kind: Any = typing.get_origin(hint) or hint
    try:
        return msgspec.convert(kind(), hint)  # which finds out that () is no tuple[int, int]
    except (TypeError, msgspec.ValidationError):
        raise ContractError(where, "has no empty value to start as; give it one in the class") from None


# What can be saved in the place of a class of the standard library, by its name; `{}` are the types within it.
_SAVED_AS = {
    "deque": ("list[{}]", "int"),
    "defaultdict": ("dict[{}]", "int, int"),
    "OrderedDict": ("dict[{}]", "int, int"),
    "Counter": ("dict[{}, int]", "str"),
    "array": ("list[{}]", "int"),
}


def _instead_of(custom: type, name: str, hint: Any) -> str:
    """What to say of an attribute whose type holds a class that cannot be saved."""
    kind = custom.__name__
    if issubclass(custom, random.Random):
        return "is a source of chance of its own; use self.random, which each room has, and delete it"
    if issubclass(custom, Entity):
        ids = f"their ids, as in {name}: list[int]" if hint is not custom else f"its id, as in {name}: int"
        return f"holds a row, {kind}; keep {ids}, and ask the table for the row by get(id)"
    problem = f"has a type that cannot be saved ({kind} is a class of its own)"
    if custom.__module__ in ("collections", "array") and kind in _SAVED_AS:
        form, usual = _SAVED_AS[kind]
        if custom not in (hint, typing.get_origin(hint)):
            return f"{problem}; write, say, {form.format(usual)} in its place"
        inner = ", ".join(getattr(a, "__name__", str(a)) for a in typing.get_args(hint))
        return f"{problem}; write, say, {name}: {form.format(inner or usual)}"
    return f"{problem}; keep what it holds in numbers, texts, lists, dicts or a dataclass of these"


def _custom_type(info: Any, seen: set[int]) -> type | None:
    """A class within a type that msgspec cannot read back, or that is no state of the game's own; or None."""
    if isinstance(info, msgspec.inspect.CustomType) or getattr(info, "cls", None) is Player:
        found: type = info.cls
        return found
    if isinstance(info, list | tuple):
        return next((c for part in info if (c := _custom_type(part, seen))), None)
    if isinstance(info, msgspec.inspect.Type | msgspec.inspect.Field) and id(info) not in seen:
        seen.add(id(info))
        return _custom_type([getattr(info, name) for name in info.__struct_fields__], seen)
    return None
