"""Rules that do not return: a thread notices, names the line, and lets the process be ended all the same.

While a rule hangs, the loop runs no callback, and so no signal handler of the loop either. What still runs are other
threads, and signal handlers of `signal.signal`, which Python calls in the main thread between two bytecodes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import NamedTuple

from tickwire.game.contract import Game
from tickwire.room.room import Room

LOOK = 1.0  # seconds between two looks at the loop
LEAVE = 2  # looks without a turn of the loop after which a signal that interrupts a rule ends the process
TELL = 5  # looks without one after which the log names the rule, and the end that was asked for before happens
_LAST_WORDS = 1.0  # seconds that the log gets before the process ends

log = logging.getLogger("tickwire.runner")


class Place(NamedTuple):
    """Where the rules of a room are."""

    room: Room
    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}"


class Hangs:
    """Watches the loop of the thread that makes this.

    Looks are counted, not seconds: a process that was stopped for an hour has not hung for an hour.

    Args:
        loop: which loop.
        stop: called in the loop to end the server as usual.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, stop: Callable[[], object]) -> None:
        self._loop = loop
        self._stop = stop
        self._thread = threading.get_ident()  # the loop's
        self._looks = 0  # in a row, without a turn of the loop
        self._turned = True  # the loop has run a callback since the last look
        self._told = False
        self._asked = False
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin to look. The thread is a daemon: it holds up no end."""
        threading.Thread(target=self._run, name="tickwire-hangs", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def on_signal(self, _: int, frame: FrameType | None) -> None:
        """A handler for `signal.signal`: ends the server as usual, or the process if a rule hangs."""
        self.ask()
        if self._looks >= LEAVE and (place := place_of(frame)) is not None:
            leave(place)

    def ask(self) -> None:
        """End the server as usual; if a rule hangs for TELL looks, the process ends without a bye. Any thread may."""
        self._asked = True
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server has ended already
            self._loop.call_soon_threadsafe(self._stop)

    def look(self) -> None:
        """Look whether the loop has turned since the last look."""
        if self._turned:
            self._looks, self._turned, self._told = 0, False, False
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._turn)
            return
        self._looks += 1
        if self._looks < TELL or (place := place_of(sys._current_frames().get(self._thread))) is None:
            return
        if self._asked:
            leave(place)
        elif not self._told:
            self._told = True
            log.error(
                "room %s: %s has been in tick %d for %d s, at %s; no room goes on until it returns: mend that rule, "
                "and end the server with Ctrl+C or SIGTERM",
                *(place.room.code, place.room.spec.name, place.room.tick, self._looks * LOOK, place),
            )

    def _turn(self) -> None:
        self._turned = True

    def _run(self) -> None:
        while not self._closed.wait(LOOK):
            self.look()


def place_of(frame: FrameType | None) -> Place | None:
    """The line of a game's own file that a stack is in, if it is in the rules of a room at all.

    Args:
        frame: the innermost one.
    """
    called: list[FrameType] = []  # by the room, innermost first
    while frame is not None:
        if frame.f_code.co_filename == _ROOM_FILE and isinstance(room := frame.f_locals.get("self"), Room):
            files = _files(type(room.game))
            found = next((f for f in called if f.f_code.co_filename in files), called[0] if called else frame)
            return Place(room, found.f_code.co_filename, found.f_lineno, found.f_code.co_name)
        called.append(frame)
        frame = frame.f_back
    return None


def leave(place: Place) -> None:
    """End the process at once, with a line in the log: the state in the middle of a tick cannot be trusted."""

    def tell() -> None:
        log.critical(
            "room %s: %s hung in tick %d at %s, so the server ended without a bye to its players; mend that rule",
            *(place.room.code, place.room.spec.name, place.room.tick, place),
        )
        for handler in logging.getLogger("tickwire").handlers:
            handler.flush()

    # In a thread, since the rule may have been interrupted while it held the log's lock.
    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    thread.join(_LAST_WORDS)
    os._exit(1)


_ROOM_FILE = Room.advance.__code__.co_filename


def _files(game: type[Game]) -> set[str]:
    """The files that a game and its bases are written in, but for the framework's own."""
    bases = (base for base in game.__mro__ if base not in Game.__mro__)
    functions = (value for base in bases for value in vars(base).values())
    return {value.__code__.co_filename for value in functions if isinstance(value, FunctionType)}
