"""Tells rules that go by something else than their room: the clock, other chance, files, the network.

While a guard is on, Python tells it of each call that this thread makes (`sys.setprofile`), and a call of a forbidden
function raises. That finds what was imported by its name (`from time import time`) and what a library does for the
rules; other threads are not looked at. It costs each call in the rules about 1 µs, and nothing where no guard is on.

It does not find what C code calls by itself, such as `next(iter(time.time, None))`, and what no call shows: the order
of a set of texts, `hash()` and `id()`. `room.strict` plays rooms twice to find more.
"""

from __future__ import annotations

import gc
import importlib
import random
import signal
import sys
from collections.abc import Iterator
from functools import cache
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, TracebackType
from typing import Any, NamedTuple

from tickwire.errors import NotDeterministic
from tickwire.game.contract import Game
from tickwire.game.spec import GameSpec

_CLOCK = "count ticks in place of seconds: self.tick, of which there are self.tick_rate a second"
_CHANCE = "use self.random, which has the room's seed"
_OUTSIDE = "read what the rules need where the file is loaded, outside of the class"
_WAITING = "rules do not wait, and do nothing on the side; count ticks: self.tick"

# Modules with functions of theirs. By name: this package imports no module that knows the time or a socket.
_FUNCTIONS: dict[str, tuple[str, str]] = {
    "time": (
        "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns thread_time"
        " thread_time_ns",
        _CLOCK,
    ),
    "posix": ("urandom getrandom", _CHANCE),
    "nt": ("urandom", _CHANCE),
    "_uuid": ("generate_time_safe UuidCreate", _CHANCE),
    "io": ("open open_code", _OUTSIDE),
    "os": ("open listdir scandir stat getpid", _OUTSIDE),
    "_socket": ("getaddrinfo gethostbyname gethostname", _OUTSIDE),
    "builtins": ("input", _WAITING),
    "_thread": ("start_new_thread", _WAITING),
    "_posixsubprocess": ("fork_exec", _WAITING),
}
_METHODS: dict[tuple[str, str], tuple[str, str]] = {
    ("datetime", "datetime"): ("now utcnow today", _CLOCK),
    ("datetime", "date"): ("today", _CLOCK),
}
# What libraries do for themselves when rules import, log or warn; none of it reaches the state.
_HARMLESS = {"importlib._bootstrap", "importlib._bootstrap_external", "logging", "warnings", "traceback", "linecache"}


class _Forbidden(NamedTuple):
    """What rules may not call, each with what to do instead."""

    functions: dict[Any, str]
    methods: dict[CodeType, str]  # of classes written in Python
    chance: set[CodeType]  # methods of random.Random: forbidden for the one behind the module's functions
    new_chance: CodeType  # its __init__: forbidden without a seed


@cache
def _forbidden() -> _Forbidden:
    functions: dict[Any, str] = {}
    for module, (names, instead) in _FUNCTIONS.items():
        functions.update(_found(module, names, instead))
    for (module, owner), (names, instead) in _METHODS.items():
        functions.update({getattr(getattr(importlib.import_module(module), owner), n): instead for n in names.split()})
    functions[importlib.import_module("time").sleep] = _WAITING
    instance = random.random.__self__  # type: ignore[attr-defined]  # behind the module's functions
    functions.update({getattr(instance, name): _CHANCE for name in ("random", "getrandbits")})
    methods = {importlib.import_module("socket").socket.__init__.__code__: _OUTSIDE}
    own = {value.__code__ for value in vars(random.Random).values() if isinstance(value, FunctionType)}
    new = random.Random.__init__.__code__
    return _Forbidden(functions, methods, own - {new}, new)


def _found(module: str, names: str, instead: str) -> Iterator[tuple[Any, str]]:
    try:
        found = importlib.import_module(module)
    except ImportError:  # of another system
        return
    for name in names.split():
        if (function := getattr(found, name, None)) is not None:
            yield function, instead


class Guard:
    """A context in which the rules of one game may call nothing that makes them differ when they are played again.

    A guard within a guard, and one within a profiler, does nothing: Python has room for one.

    Args:
        spec: the game. Calls count as its rules' if one of its classes' modules made them, or a library for it.

    Raises:
        NotDeterministic: on leaving, if rules caught what was raised in them; in the rules themselves otherwise.
    """

    def __init__(self, spec: GameSpec) -> None:
        classes = [*spec.game.__mro__, *(base for entity in spec.tables.values() for base in entity.__mro__)]
        ours = {base.__module__ for base in Game.__mro__} | {"tickwire.game.entity"}
        self._modules = {each.__module__ for each in classes} - ours
        self._fault: NotDeterministic | None = None
        self._on = False
        known = _forbidden()
        self._functions, self._methods = known.functions, known.methods
        self._chance, self._new_chance = known.chance, known.new_chance
        self._instance: object = random.random.__self__  # type: ignore[attr-defined]

    def __enter__(self) -> Guard:
        self._on = sys.getprofile() is None
        if self._on:
            self._fault = None
            sys.setprofile(self._look)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._on:
            return
        sys.setprofile(None)
        fault, self._fault = self._fault, None
        if fault is not None and error is None:
            raise fault

    def _look(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            if type(called) is BuiltinFunctionType and (instead := self._functions.get(called)) is not None:
                self._refuse(frame, called, instead)
        elif event == "call":
            code = frame.f_code
            if code in self._chance:
                if _first(frame) is self._instance:
                    self._refuse(frame.f_back, code, _CHANCE)
            elif code is self._new_chance:
                if frame.f_locals.get("x") is None:
                    self._refuse(frame.f_back, code, _CHANCE)
            elif (instead := self._methods.get(code)) is not None:
                self._refuse(frame.f_back, code, instead)

    def _refuse(self, frame: FrameType | None, called: Any, instead: str) -> None:
        """Raise, if it was the rules that called."""
        name, interrupting = _name(called), _interrupting()
        while frame is not None:
            module = frame.f_globals.get("__name__", "")
            if frame.f_code in interrupting or frame.f_code.co_name == "__del__":
                return
            if module in self._modules:
                break
            if module in _HARMLESS or (module.startswith("tickwire.") and not module.startswith("tickwire.games.")):
                return
            name = _name(frame.f_code, module)
            frame = frame.f_back
        if frame is None:
            return
        where = frame.f_code.co_qualname.rpartition("<locals>.")[2]
        file = frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
        self._fault = NotDeterministic(where, f"calls {name} (line {frame.f_lineno} of {file}); {instead}")
        raise self._fault


def _interrupting() -> set[object]:
    """The code of what Python calls by itself in the middle of the rules: when it collects garbage, and for signals."""
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    called = [*gc.callbacks, *filter(callable, handlers)]
    return {getattr(each, "__code__", getattr(type(each).__call__, "__code__", None)) for each in called}


def _first(frame: FrameType) -> object:
    """The first argument of the function that was just called."""
    return frame.f_locals.get(frame.f_code.co_varnames[0])


def _name(called: Any, module: str = "") -> str:
    """How an author writes a call: `time.time()`, `random.choice()`."""
    if isinstance(called, CodeType):
        name, file = called.co_qualname, called.co_filename
        module = module or file.replace("\\", "/").rpartition("/")[2].removesuffix(".py")
    else:
        name, module = called.__qualname__, called.__module__ or ""
    if module == "random" or name.startswith("Random."):
        module, name = "random", name.removeprefix("Random.").replace("__init__", "Random")
    module = {"posix": "os", "nt": "os", "_io": "", "io": "", "builtins": "", "_socket": "socket"}.get(module, module)
    if name.split(".")[0] in ("datetime", "date"):
        module = ""
    name = name.removesuffix(".__init__")
    return f"{module}.{name}()" if module else f"{name}()"
