"""What a game says that nobody would hear: misspelt hooks, state that no room has, state that all rooms share.

Each of these is legal Python, and would be served without a word. They are found in the class and in its text.
"""

from __future__ import annotations

import ast
import collections
import difflib
import os
import sys
import types
import typing
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from tickwire.errors import ContractError
from tickwire.game.contract import Game
from tickwire.game.entity import Entity, Row, Rows, Table
from tickwire.game.fields import FixedDefault
from tickwire.game.look import Look
from tickwire.game.sources import (
    attributes_changed,
    attributes_set,
    attributes_set_by,
    forget,
    function_of,
    names_used_by,
    source_of,
)
from tickwire.game.view import Grid, Owner

_CLOSE = 0.8  # of difflib's ratio: `recieve` has 0.86, `steps` 0.89

# How other frameworks call what a room calls, without underscores and in small letters.
_ELSEWHERE = {
    "step": "update onupdate tick ontick process onprocess physicsprocess fixedupdate loop gameloop mainloop onframe",
    "start": "onstart setup onsetup oncreate create oninit init initialize ready onready awake begin",
    "join": "onjoin onconnect connect playerjoin playerjoined onplayerjoin onplayerjoined onenter addplayer joined"
    " onjoined joining joinplayer playerconnected",
    "leave": "onleave ondisconnect disconnect playerleave playerleft onplayerleave onplayerleft onexit removeplayer"
    " onleft leaving leaveplayer playerdisconnected",
    "receive": "onreceive received receives onmessage handlemessage oninput handleinput processinput handle onkey"
    " onkeypress onaction oncommand ondata",
    "hear": "onhear onchat chat",
    "bot": "onbot ai",
}
_HOOK_OF = {name: hook for hook, names in _ELSEWHERE.items() for name in names.split()}
_PAINTING = {"draw", "ondraw", "render", "onrender", "paint"}

# The same for what a class says of its game.
_SAID_ELSEWHERE = {
    **dict.fromkeys(("maxplayers", "maxclients", "players", "numplayers", "playerlimit"), "seats"),
    **dict.fromkeys(("fps", "tps", "hz", "framerate", "ticks", "ticksperseconds"), "tick_rate"),
    **dict.fromkeys(("worldsize", "boardsize", "mapsize"), "board"),
    **dict.fromkeys(("keys", "keymap", "keybindings"), "controls"),
}

_OF_THE_ROOM = {
    "players": "who is in the room, by number",
    "random": "the game's only chance",
    "tick": "the number of the tick",
}
_MUTABLE = (list, dict, set, bytearray, collections.deque)
_TYPES = (int, float, str, bool, list, dict, set, tuple)


def check_names(game: type[Game], hooks: Mapping[str, tuple[str, ...]], hints: Mapping[str, Any]) -> None:
    """Whether all that a game defines is known to a room or used by its own rules.

    Args:
        game: the class.
        hooks: the methods that a room calls, with their parameters.
        hints: the annotated attributes with their types.

    Raises:
        ContractError: something is misspelt, shared by all rooms, or set without being declared.
    """
    said = {name for name, hint in _game_hints().items() if typing.get_origin(hint) is typing.ClassVar}
    used = _Used(game, hints)
    for owner in _own_classes(game):
        for name, value in list(vars(owner).items()):
            if name.startswith("__"):
                continue
            where = f"{game.__name__}.{name}"
            if _is_method(value):
                _check_room_owns(where, name)
                if name not in hooks and not hasattr(Game, name) and name not in used:
                    _check_hook(where, name, hooks, used)
            elif not hasattr(Game, name):
                if name not in used and not is_constant(hints.get(name)):
                    _check_said(where, name, said)
                if name not in hints:
                    _check_shared(where, name, value)
    _check_hints(game, hints, said, used)
    _check_set(game, hints, said)
    _check_changed(game, hints)


def check_entity(entity: type[Entity]) -> None:
    """Whether all that an entity says of its rows is heard.

    Raises:
        ContractError: a look or a view is misspelt, or a field has its type as its value.
    """
    for owner in entity.__mro__:
        if owner is Entity or owner is Row:
            break
        for name, value in vars(owner).items():
            where = f"{entity.__name__}.{name}"
            if isinstance(value, Look) and name != "look":
                raise ContractError(where, "is a Look by which nothing is painted; call it look")
            if isinstance(value, Grid | Owner) and name != "view":
                raise ContractError(where, "is a view by which nobody sees; call it view")
            if isinstance(value, FixedDefault):
                raise ContractError(where, f"has no type, and so is no field; write {name}: float = fixed(...)")
            if not name.startswith("_") and _is_type(value):
                raise ContractError(
                    where, f"has a type as its value, and so is no field; write {name}: {_shown(value)}"
                )


def mutable_constants(game: type[Game], hints: Mapping[str, Any]) -> dict[str, Any]:
    """The lists, dicts and sets of the class that are no state: constants, the same for all rooms."""
    return {
        name: value
        for owner in reversed(_own_classes(game))
        for name, value in vars(owner).items()
        if isinstance(value, _MUTABLE) and not name.startswith("__")
        if name not in hints or is_constant(hints[name])
    }


def is_constant(hint: Any) -> bool:
    """Whether an annotation says that an attribute belongs to the class: ClassVar or Final, of a type or bare."""
    return any(kind in (hint, typing.get_origin(hint)) for kind in (typing.ClassVar, typing.Final))


def shared(where: str, name: str, kind: type) -> ContractError:
    """What to say of a list, dict or set that belongs to the class and is changed."""
    return ContractError(
        where,
        f"is one {kind.__name__} that all rooms share; write {name}: {_shown_kind(kind)} to give each room its own",
    )


def undeclared(game: str, name: str, setter: str, known: Collection[str], kind: str = "") -> ContractError:
    """What to say of an attribute that is set on a game and that its class does not declare."""
    meant = difflib.get_close_matches(name, known, 1, _CLOSE)
    words = f"is set in {setter} and not declared in the class; "
    if meant:
        return ContractError(
            f"{game}.{name}", f"{words}was {meant[0]} meant? If not, write {name}: {kind or 'its type'}"
        )
    return ContractError(f"{game}.{name}", f"{words}write {name}: {kind or 'its type, as in ' + name + ': int'}")


class _Used:
    """Which names the rules of a game use themselves: a helper that they call is no misspelt hook."""

    def __init__(self, game: type[Game], hints: Mapping[str, Any]) -> None:
        self._classes = _own_classes(game)
        self._names: set[str] = set()
        files = {getattr(sys.modules.get(owner.__module__), "__file__", None) for owner in _own_classes(game)}
        files |= {code.co_filename for code in _codes(game)}
        for file in filter(None, files):
            forget(file)
        for code in _codes(game):
            if source_of(code.co_filename) is None:
                self._names |= names_used_by(code)
        for file in filter(None, files):
            if (source := source_of(file)) is not None:
                self._names |= source.names
                # `self.scores.update(...)` is a dict's own, and calls no method of the game.
                self._names |= {attr for owner, attr in source.attributes if owner not in hints}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def beside(self, name: str) -> bool:
        """Whether a file of the author's uses it that the game imports and that lies beside the game's own."""
        sources = (source_of(file) for file in self._files_beside())
        return any(name in s.names or name in {attr for _, attr in s.attributes} for s in sources if s is not None)

    def _files_beside(self) -> set[str]:
        own = [sys.modules[c.__module__] for c in self._classes if c.__module__ in sys.modules]
        imported = {
            value if isinstance(value, types.ModuleType) else sys.modules.get(getattr(value, "__module__", None) or "")
            for module in own
            for value in vars(module).values()
        }
        here = {getattr(module, "__file__", None) or "" for module in own}
        folders = {os.path.dirname(file) for file in here} - {""}
        files = {getattr(module, "__file__", None) or "" for module in imported} - here
        return {file for file in files if os.path.dirname(file) in folders}


@cache
def _game_hints() -> dict[str, Any]:
    return typing.get_type_hints(Game)


def _own_classes(game: type[Game]) -> list[type]:
    """The classes that an author wrote, the game's own first."""
    return [c for c in game.__mro__ if c not in Game.__mro__]


def _is_method(value: object) -> bool:
    return isinstance(value, types.FunctionType | staticmethod | classmethod)


def _methods(game: type[Game]) -> Iterator[tuple[str, types.FunctionType]]:
    """The plain methods of a game's own classes."""
    for owner in _own_classes(game):
        for name, value in vars(owner).items():
            if isinstance(value, types.FunctionType):
                yield name, value


def _codes(game: type[Game]) -> Iterator[types.CodeType]:
    for owner in _own_classes(game):
        for value in vars(owner).values():
            function = getattr(value, "__func__", value)
            if isinstance(function, types.FunctionType):
                yield function.__code__


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _closest(name: str, known: Collection[str]) -> str | None:
    """The known name that was probably meant, or None."""
    plain = {_plain(k): k for k in known}
    name = _plain(name)
    for close in difflib.get_close_matches(name, plain, 1, _CLOSE):
        if abs(len(close) - len(name)) <= 1:  # `restart` is a word of its own, and no misspelt `start`
            return plain[close]
    swapped = (name[:i] + name[i + 1 : i + 2] + name[i : i + 1] + name[i + 2 :] for i in range(len(name) - 1))
    return next((plain[s] for s in swapped if s in plain), None)


def _check_hook(where: str, name: str, hooks: Mapping[str, tuple[str, ...]], used: _Used) -> None:
    plain = _plain(name)
    if plain in _PAINTING:
        raise ContractError(where, "is called by nobody: a game paints nothing itself; give its entities a look")
    if name.startswith("_") and plain not in ("process", "physicsprocess", "ready", "init"):
        return  # what begins with _ is no hook's name, but for those of Godot
    hook = _HOOK_OF.get(plain) or _closest(name, hooks)
    if hook is not None and not used.beside(name):
        signature = f"{hook}({', '.join(hooks[hook])})"
        private = "" if name.startswith("_") else f", name it _{name}"
        raise ContractError(
            where, f"is called by nobody; did you mean {signature}? If not, call it from a rule{private} or delete it"
        )


def _check_room_owns(where: str, name: str) -> None:
    if name in _OF_THE_ROOM:
        hint = "; what is done in each tick is step(self)" if name == "tick" else ""
        raise ContractError(
            where, f"cannot be a method: the room gives {name}, {_OF_THE_ROOM[name]}{hint}; choose another name"
        )


def _check_said(where: str, name: str, said: Collection[str]) -> None:
    if name.isupper() and name.lower() not in said:
        return  # a constant such as NAMES; but TICK_RATE is no near miss
    meant = _SAID_ELSEWHERE.get(_plain(name)) or _closest(name, said)
    if meant is not None:
        raise ContractError(where, f"is read by nobody; did you mean {meant}?")


def _check_shared(where: str, name: str, value: object) -> None:
    """What a class gives without an annotation is a constant; what can only be meant as state is refused."""
    if isinstance(value, Rows):
        entity = value.entity.__name__
        raise ContractError(
            where, f"is one table that all rooms share and no client sees; write {name}: Table[{entity}]"
        )
    if _is_type(value):
        raise ContractError(where, f"has a type as its value; declare it with a colon: {name}: {_shown(value)}")
    if isinstance(value, _MUTABLE) and not value:
        raise shared(where, name, type(value))


def _check_hints(game: type[Game], hints: Mapping[str, Any], said: Collection[str], used: _Used) -> None:
    room = _game_hints()
    for name, hint in hints.items():
        where = f"{game.__name__}.{name}"
        if name in _OF_THE_ROOM:
            if hint != room[name] or any(name in vars(c) for c in _own_classes(game)):
                raise ContractError(
                    where, f"cannot be declared: the room gives {name}, {_OF_THE_ROOM[name]}; choose another name"
                )
        elif (
            name not in room
            and name not in used
            and not is_constant(hint)
            and any(name in vars(c) for c in _own_classes(game))
        ):
            _check_said(where, name, said)  # a setting has a value; state that no rule uses yet need not have one


def _check_set(game: type[Game], hints: Mapping[str, Any], said: Collection[str]) -> None:
    """Whether what the methods set is declared, and theirs to set."""
    tables = {n for n, hint in hints.items() if typing.get_origin(hint) is Table}
    state = {name for name, hint in hints.items() if not is_constant(hint)} - _game_hints().keys()
    for method, name, value in _settings(game):
        where = f"{game.__name__}.{name}"
        if name in tables:
            raise ContractError(where, f"is set in {method}, but it is the room's table; use its add, remove and clear")
        if name in _OF_THE_ROOM:
            raise ContractError(
                where, f"is set in {method}, but the room gives it: {_OF_THE_ROOM[name]}; choose another name"
            )
        if name in said:
            raise ContractError(where, f"is set in {method}, when the room has read it already; set it in the class")
        if name in hints and is_constant(hints[name]):
            raise ContractError(
                where, f"is set in {method}, and a ClassVar or Final belongs to all rooms; write {name}: its own type"
            )
        if name not in hints and not hasattr(getattr(game, name, None), "__set__"):
            raise undeclared(game.__name__, name, method, state, _kind(value))


def _settings(game: type[Game]) -> Iterator[tuple[str, str, ast.expr | None]]:
    for method, function in _methods(game):
        text = function_of(function.__code__)
        if text is None:
            yield from ((method, name, None) for name in sorted(attributes_set_by(function.__code__)))
            continue
        for name, value in attributes_set(text):
            yield method, name, value


def _check_changed(game: type[Game], hints: Mapping[str, Any]) -> None:
    constants = mutable_constants(game, hints)
    if not constants:
        return
    owners = {c.__name__ for c in _own_classes(game)}
    for _, function in _methods(game):
        text = function_of(function.__code__)
        for name in attributes_changed(text, owners) if text else ():
            if name in constants:
                raise shared(f"{game.__name__}.{name}", name, type(constants[name]))


def _kind(value: ast.expr | None) -> str:
    """The type of a plain value, as it is to be annotated; empty if that cannot be told."""
    match value:
        case ast.Constant(bool() | int() | float() | str() as constant):
            return type(constant).__name__
        case ast.List() | ast.ListComp():
            return "list[int], say"
        case ast.Dict() | ast.DictComp():
            return "dict[int, int], say"
    return ""


def _is_type(value: object) -> bool:
    """Whether a value is what would stand behind the colon of an annotation."""
    return typing.get_origin(value) is not None or any(value is kind for kind in _TYPES)


def _shown(value: Any) -> str:
    if isinstance(value, type) and not isinstance(value, types.GenericAlias):
        return value.__name__
    if typing.get_origin(value) is typing.Annotated:
        return "u16, say"
    arguments = ", ".join(_shown(a) for a in typing.get_args(value))
    return f"{getattr(typing.get_origin(value), '__name__', value)}[{arguments}]"


def _shown_kind(kind: type) -> str:
    shown: dict[type, str] = {list: "list[int]", dict: "dict[int, int]", set: "set[int]"}
    return shown.get(kind, "its type")
