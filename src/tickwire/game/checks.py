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
from typing import Any, Literal, Union

import msgspec

from tickwire.errors import ContractError
from tickwire.game.contract import Input
from tickwire.game.entity import Entity
from tickwire.game.fields import F32_MAX
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
        _check_is_input(where, f"sends {_shown(input)} on {keys!r}", input, controls)
    for name in ("input", "click"):
        kind = getattr(controls, name)
        if kind is not None and not _is_input_class(kind):
            raise ContractError(where, f"has {name}={_shown(kind)}, and needs an Input class there, as in {name}=Go")
    _check_listed(where, controls, inputs)
    for keys, input in controls.keys.items():
        if fault := _refusal(input, inputs):
            raise ContractError(where, f"sends {input!r} on {keys!r}, which the game does not take: {fault}")
    if (controls.input is None) != (not controls.hold):
        raise ContractError(
            where, "needs hold={...} and input=... together: keys that are held, and where they are told"
        )
    if controls.input is not None:
        _check_held(where, controls.input, controls)
        if fault := _refusal(controls.input(), inputs):
            raise ContractError(where, f"sends {controls.input()!r}, which the game does not take: {fault}")
    if controls.click is not None:
        _check_clicked(where, controls.click)
    if not isinstance(controls.text, str):
        raise ContractError(where, f"has text={controls.text!r}, which must be a hint in words")


def _check_is_input(where: str, says: str, input: Any, controls: Controls) -> None:
    """Whether what a key sends is an Input, and not its class or the name of a field."""
    if isinstance(input, Input):
        return
    if _is_input_class(input):
        raise ContractError(where, f"{says}, a class; write {_call(input)}, an input of that class")
    if isinstance(input, str) and controls.input is not None:
        raise ContractError(where, f"{says} in keys; for a key that is held write hold={{...}} instead of keys={{...}}")
    raise ContractError(where, f"{says}, which is no input; write one, as in Go('up')")


def _check_listed(where: str, controls: Controls, inputs: tuple[type, ...]) -> None:
    """Whether the game's `inputs` names the class of each input that the controls send."""
    said = {f"sends {input!r} on {keys!r}": type(input) for keys, input in controls.keys.items()}
    said |= {f"has {n}={_shown(kind)}": kind for n in ("input", "click") if (kind := getattr(controls, n)) is not None}
    missing = [says for says, kind in said.items() if kind not in inputs]
    if missing:
        named = dict.fromkeys([kind for kind in inputs if kind is not Input] + [said[says] for says in missing])
        names = " | ".join(kind.__name__ for kind in named)
        raise ContractError(where, f"{missing[0]}, which is not one of its inputs; write inputs = {names} in the class")


def _check_clicked(where: str, click: type) -> None:
    if not {"x", "y"} <= set(_fields(click)):
        raise ContractError(where, f"clicks with {click.__name__}, which needs the fields x and y")
    if more := [f for f in _fields(click) if f not in {"x", "y", *_optional(click)}]:
        raise ContractError(where, f"clicks with {click.__name__}, so its {more[0]} needs a default")


def _refusal(input: Any, inputs: tuple[type, ...]) -> str:
    """Why the server would refuse an input that a client sends as the schema has it; empty if it would not."""
    taken: Any = Union[inputs]  # noqa: UP007  # of a tuple
    try:
        plain = _as_sent(msgspec.to_builtins(input))
        msgspec.json.decode(msgspec.json.encode(plain), type=taken)
        msgspec.msgpack.decode(msgspec.msgpack.encode(plain), type=taken)
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
        words, _, path = str(error).rstrip("`").partition(" - at `$.")
        field = path.partition("[")[0].partition(".")[0]
        values = typing.get_args(hint) if typing.get_origin(hint := _hint(type(input), field)) is Literal else ()
        if values and "[" not in path and "." not in path:
            return f"{field} must be {' or '.join(map(repr, values))}"
        return f"{words[:1].lower()}{words[1:]}" + (f" in {path}" if path else "")
    return ""


def _as_sent(value: Any) -> Any:
    """Plain values as a server reads them: integral floats are integers, and others must be finite in 32 bits."""
    match value:
        case float() if not abs(value) <= F32_MAX:
            raise ValueError(f"{value} is no finite number of 32 bits")
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: _as_sent(each) for key, each in value.items()}
        case list():
            return [_as_sent(each) for each in value]
    return value


def _hint(input: type, field: str) -> Any:
    return typing.get_type_hints(input).get(field)


def _is_input_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Input)


def _shown(value: object) -> str:
    return value.__name__ if isinstance(value, type) else repr(value)


def _call(input: Any) -> str:
    return f"{input.__name__}(...)" if _fields(input) else f"{input.__name__}()"


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
