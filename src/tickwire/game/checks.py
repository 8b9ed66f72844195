"""What a game says about its controls and its prediction, checked when it is loaded."""

from __future__ import annotations

import ast
import builtins
import inspect
import os
import textwrap
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tickwire.errors import ContractError
from tickwire.game.entity import Entity
from tickwire.game.look import Controls, key_fault

# What a client cannot have the same of: chance, time, and the world around the process.
_ELSEWHERE = {"random", "secrets", "time", "datetime", "os", "uuid", "socket", "input", "open", "id", "hash"}


def check_controls(where: str, controls: Any, inputs: tuple[type, ...]) -> None:
    """Whether the controls send inputs that the game takes.

    Raises:
        ContractError: they do not.
    """
    if not isinstance(controls, Controls):
        raise ContractError(where, "must be a Controls(keys={...})")
    _check_keys(where, [*controls.keys, *controls.hold])
    for keys, input in controls.keys.items():
        if not isinstance(input, inputs):
            raise ContractError(where, f"sends {input!r} on {keys!r}, which is not one of its inputs")
    for name in ("input", "click"):
        input = getattr(controls, name)
        if input is not None and input not in inputs:
            raise ContractError(where, f"has {name}={input!r}, which is not one of its inputs")
    if (controls.input is None) != (not controls.hold):
        raise ContractError(
            where, "needs hold={...} and input=... together: keys that are held, and where they are told"
        )
    if controls.input is not None:
        _check_held(where, controls.input, controls)
    if controls.click is not None and not {"x", "y"} <= set(_fields(controls.click)):
        raise ContractError(where, f"clicks with {controls.click.__name__}, which needs the fields x and y")
    if not isinstance(controls.text, str):
        raise ContractError(where, f"has text={controls.text!r}, which must be a hint in words")


def _check_keys(where: str, texts: Sequence[str]) -> None:
    """Whether each key is one that faces know, and means one thing."""
    seen: set[str] = set()
    for text in texts:
        if not isinstance(text, str) or not text.split():
            blank = isinstance(text, str) and text != ""
            raise ContractError(where, f"has the key {text!r}; {'did you mean space?' if blank else 'name a key'}")
        for key in text.split():
            if fault := key_fault(key):
                raise ContractError(where, f"has the key {key!r}, {fault}")
            if key in seen:
                raise ContractError(where, f"has the key {key!r} twice; a key does one thing")
            seen.add(key)


def _check_held(where: str, input: type, controls: Controls) -> None:
    known = inspect.get_annotations(input, eval_str=True)
    for name in controls.hold.values():
        if known.get(name) is not bool:
            raise ContractError(where, f"holds {name!r}, which is not a bool of {input.__name__}")
    if missing := [f for f in _fields(input) if f not in _optional(input)]:
        raise ContractError(where, f"holds keys of {input.__name__}, so its {missing[0]} needs a default")


def check_predicted(where: str, entity: Any, tables: Sequence[type[Entity]], controls: Controls) -> None:
    """Whether clients can run the rules of their own row: `entity.move` may use the row, the input and nothing else.

    Other entities that belong to a player may have a `move`, too: one's own shots are then played ahead with the ship.
    What `entity.move` returns are such rows, new in the tick.

    Raises:
        ContractError: they cannot.
    """
    if entity not in tables:
        raise ContractError(where, f"must be an Entity that one of the tables holds, not {entity!r}")
    name = entity.__name__
    if controls.input is None:
        raise ContractError(where, "needs controls = Controls(hold={...}, input=...): what is held is played ahead")
    if "player" not in {f.name for f in entity.fields}:
        raise ContractError(where, f"needs a field `player: u16` in {name}: a client has to know which row is its own")
    if not inspect.isfunction(getattr(entity, "move", None)):
        raise ContractError(where, f"needs a method {name}.move(self, input) that makes one tick of a row")
    for moving in tables:
        move = getattr(moving, "move", None)
        if inspect.isfunction(move) and "player" in {f.name for f in moving.fields}:
            try:
                inspect.signature(move).bind(None, None)
            except TypeError:
                raise ContractError(f"{moving.__name__}.move", "must take (self, input)") from None
            _check_pure(f"{moving.__name__}.move", move, moving, set())
    _check_made(f"{name}.move", entity.move, tables)


def _check_made(where: str, move: Callable[..., Any], tables: Sequence[type[Entity]]) -> None:
    """Whether clients can show what a predicted `move` brings into the world: its own rows, which fly by themselves."""
    if inspect.isgeneratorfunction(move):
        raise ContractError(where, "must return the rows that it brings into the world, and not yield them")
    if not _returns(move):
        return
    try:
        hint = typing.get_type_hints(move, localns={t.__name__: t for t in tables}).get(
            "return", inspect.Parameter.empty
        )
    except NameError as error:
        raise ContractError(where, f"has an annotation that cannot be found: {error}") from None
    if hint is inspect.Parameter.empty:
        raise ContractError(where, "returns something and does not say what: write, say, -> Shot | None")
    for kind in _members(hint):
        if not (isinstance(kind, type) and issubclass(kind, Entity)):
            shown = getattr(kind, "__name__", str(kind))
            raise ContractError(where, f"returns {shown}, and may return nothing but rows, as in -> Shot | None")
        if kind not in tables:
            raise ContractError(where, f"returns {kind.__name__}, which none of the game's tables holds")
        fields = {f.name for f in kind.fields}
        if not inspect.isfunction(getattr(kind, "move", None)) or "player" not in fields:
            needs = f"a method {kind.__name__}.move(self, input) and a field `player: u16`"
            raise ContractError(
                where, f"returns {kind.__name__}, which needs {needs}, so that clients can play it ahead"
            )
        if all(f.smooth.blend == "step" for f in kind.fields):
            raise ContractError(where, f"returns {kind.__name__}, which needs a field that blends, such as fixed(...)")


def _returns(function: Callable[..., Any]) -> bool:
    """Whether a function returns anything but None."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):
        return "return" in inspect.get_annotations(function)
    values = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return) and n.value is not None]
    return any(not (isinstance(v, ast.Constant) and v.value is None) for v in values)


def _members(hint: Any) -> list[Any]:
    """The classes that an annotation names, in unions and collections; None left out."""
    arguments = typing.get_args(hint)
    if not arguments:
        return [] if hint in (None, type(None)) else [hint]
    return [member for each in arguments if each is not ... for member in _members(each)]


def _check_pure(where: str, function: Callable[..., Any], entity: type[Entity], seen: set[object]) -> None:
    """Whether a function, and what it calls of the game's own, uses only what a client has too."""
    if function in seen:
        return
    seen.add(function)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):
        return  # without its text nothing can be said
    variables = inspect.getclosurevars(function)
    names = {**vars(builtins), **variables.globals, **variables.nonlocals}
    this = next(iter(inspect.signature(function).parameters), None) if _is_method(function, entity) else None
    for node in ast.walk(tree):
        if isinstance(node, ast.Global | ast.Nonlocal):
            raise ContractError(
                where, f"changes {node.names[0]}, which clients have another one of; keep it in a field"
            )
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == this:
            if not hasattr(entity, node.attr):
                raise ContractError(
                    where, f"uses self.{node.attr}, which is not a field: a client has the row and the input, no more"
                )
            method = inspect.getattr_static(entity, node.attr, None)
            if inspect.isfunction(method):
                _check_pure(where, method, entity, seen)
    # `unbound` has the names of attributes in it, too, and a name may be both.
    local = _bound(tree)
    used_names = [n for n in _loads(tree) if n.id not in local]
    for name in sorted(variables.unbound & {n.id for n in used_names}):
        raise ContractError(where, f"uses {name}, which is not there")
    for used in used_names:
        value = names.get(used.id)
        if _home(value) in _ELSEWHERE or (used.id in _ELSEWHERE and value is getattr(builtins, used.id, 0)):
            raise ContractError(where, f"uses {used.id}, of which a client has another one than the server")
        if inspect.isfunction(value) and _is_own(value, function):
            _check_pure(where, value, entity, seen)


def _is_own(value: Callable[..., Any], function: Callable[..., Any]) -> bool:
    """Whether a function is of the game's own file or of one beside it; what libraries do is their own matter."""
    here, there = inspect.getfile(function), inspect.getfile(value)
    return value.__module__ == function.__module__ or os.path.dirname(here) == os.path.dirname(there)


def _loads(tree: ast.AST) -> Iterator[ast.Name]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def _bound(tree: ast.AST) -> set[str]:
    """The names that a function gives a value itself: its parameters, and what it assigns."""
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    return stored | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}


def _home(value: object) -> str:
    """The top module that something comes from; `random.random` is a method of a hidden Random."""
    if isinstance(value, types.ModuleType):
        module = value.__name__
    else:
        owner = getattr(value, "__self__", None)
        bound = owner is not None and not isinstance(owner, types.ModuleType)
        module = getattr(type(owner) if bound else value, "__module__", None) or ""
    return module.split(".")[0]


def _is_method(function: object, entity: type) -> bool:
    return any(function is value for base in entity.__mro__ for value in vars(base).values())


def _fields(input: Any) -> tuple[str, ...]:
    fields: tuple[str, ...] = input.__struct_fields__
    return fields


def _optional(input: Any) -> tuple[str, ...]:
    """The fields that have a default: the last ones."""
    count = len(input.__struct_defaults__)
    return _fields(input)[len(_fields(input)) - count :] if count else ()
