"""The games that a command is given: found, checked, and tried out before anybody comes."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from tickwire.errors import GameNotFound
from tickwire.game.loader import load_file, load_module
from tickwire.game.spec import GameSpec
from tickwire.room.room import Room
from tickwire.room.trial import TookTooLong, try_out

BUILT_IN = ("snake", "arena", "swarm", "chess", "chat", "echo")  # the first is what a client gets that names none
NOT_PLAYED = ("conformance",)  # built in, too, for those who write a client; served only if it is named

TRIAL = 0.03  # seconds after which a game's trial is ended; what it has begun it finishes
NEVER = 10.0  # seconds after which rules that have not come back are said to wait


def load_built_in() -> list[GameSpec]:
    """All the games there are; one that needs a package which is not here is left out, with a word."""
    specs: list[GameSpec] = []
    for game in BUILT_IN:
        try:
            specs.append(load_module(f"tickwire.games.{game}"))
        except GameNotFound as error:
            print(f"tickwire: not served: {error}", file=sys.stderr)
    return specs


def load(games: Sequence[str]) -> list[GameSpec]:
    """The games of a command line: built-in names and files.

    Raises:
        ContractError: one of them breaks the contract, or has the name of another.
        GameNotFound: there is none of that name, or no game in that file.
    """
    specs: list[GameSpec] = []
    for game in games:
        if game in (*BUILT_IN, *NOT_PLAYED):
            spec = load_module(f"tickwire.games.{game}")
        elif game.endswith(".py") or "/" in game or Path(game).exists():
            spec = load_file(Path(game))
        else:
            if Path(f"{game}.py").is_file():
                raise GameNotFound(
                    f"there is no built-in game {game!r}; for the file that is here write `tickwire serve {game}.py`"
                )
            raise GameNotFound(
                f"there is no built-in game {game!r}; there is {', '.join(BUILT_IN)}, or give a .py file"
            )
        if any(s.name == spec.name for s in specs):
            raise GameNotFound(f'two games are called {spec.name!r}; give one of them another name = "..."')
        specs.append(spec)
    return specs


def rehearse(
    specs: Sequence[GameSpec],
    *,
    bots: bool = False,
    seats: int | None = None,
    tick_rate: float | None = None,
    strict: bool = False,
) -> None:
    """Play each game for a moment in a room that nobody sees. What a game prints meanwhile goes to standard error.

    Args:
        specs: the games.
        bots: whether there are to be bots, be it in games that do not say what these do.
        seats: of each room, if not as many as the game says.
        tick_rate: of each room, if not as the game says.
        strict: whether rules that are not deterministic are refused.

    Raises:
        ContractError: a game broke, or did not come back.
        KeyboardInterrupt: Ctrl+C.
    """
    make: type[Room] = Room
    if strict:
        from tickwire.room.strict import StrictRoom

        make = StrictRoom
    for spec in specs:
        end = time.perf_counter() + TRIAL
        with contextlib.redirect_stdout(sys.stderr), watched():
            try_out(
                spec,
                bots=bots,
                seats=seats,
                tick_rate=tick_rate,
                make=make,
                enough=lambda end=end: time.perf_counter() > end,  # type: ignore[misc]
            )


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Interrupt rules that do not come back within NEVER seconds, where the system has a timer for that."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"it was still running after {NEVER:g} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, NEVER)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
