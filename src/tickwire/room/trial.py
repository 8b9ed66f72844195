"""A trial room: a few ticks of a game that nobody sees, so that what breaks at once breaks before anybody comes."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import io
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from tickwire.errors import ContractError, FieldError
from tickwire.game.contract import Game, Player
from tickwire.game.lint import mutable_constants, shared, undeclared
from tickwire.game.spec import GameSpec
from tickwire.room.noting import noted_sets
from tickwire.room.room import Room

PLAYERS = 2  # people in a trial room, beside a bot
TICKS = 3  # with nobody in it, and again after each has come
_WORDS = 300  # characters of what a game's exception says

# What a room gives a game beside its annotated attributes.
_GIVEN = {"players", "random", "tick", "tick_rate", "_said", "_history"}


class TookTooLong(BaseException):  # not an Exception, so that rules that catch everything do not catch this
    """Raised within rules that do not come back, by whoever watches the time."""


def try_out(
    spec: GameSpec,
    *,
    bots: bool = False,
    seats: int | None = None,
    tick_rate: float | None = None,
    make: Callable[..., Room] = Room,
    enough: Callable[[], bool] = lambda: False,
) -> None:
    """Play a game in a room of its own: it starts, bots and people come, press each key once, talk and go.

    Args:
        spec: the game.
        bots: whether a bot plays even if the game does not say what bots do.
        seats: of the room, if not as many as the game says.
        tick_rate: of the room, if not as the game says.
        make: takes what `Room` takes.
        enough: whether to stop early, asked before each step of the trial but the first ones.

    Raises:
        ContractError: the game broke, or set what it does not declare; the sentence names the method and the line.
        KeyboardInterrupt: Ctrl+C.
    """
    constants = mutable_constants(spec.game, typing.get_type_hints(spec.game))
    before = {name: _copied(value) for name, value in constants.items()}
    bots = bots or spec.game.bot is not Game.bot
    trial = _Trial(spec, int(bots), seats, tick_rate, make)
    try:
        for number, _ in enumerate(trial.acts()):
            if number >= 2 and enough():
                break
    except (KeyboardInterrupt, ContractError):
        raise
    except FieldError as error:
        raise _misfit(trial, error) from error
    except BaseException as error:
        raise _broken(trial, error) from error
    assert trial.room is not None
    _check_attributes(spec, trial.room.game)
    for name, value in constants.items():
        if before[name] is not value and before[name] != value:
            raise shared(f"{spec.game.__name__}.{name}", name, type(value))


class _Trial:
    """What happens in a trial room, step by step.

    Attributes:
        room: the room, once the game has started.
        when: what has just happened, for the sentence about what broke.
    """

    def __init__(
        self, spec: GameSpec, bots: int, seats: int | None, tick_rate: float | None, make: Callable[..., Room] = Room
    ) -> None:
        self.spec = spec
        self.room: Room | None = None
        self.when = "as it started"
        self._make = make
        self._arguments: dict[str, Any] = {"bots": bots, "seats": seats, "tick_rate": tick_rate}

    def again(self) -> _Trial:
        """The same trial from the beginning."""
        again = _Trial(self.spec, 0, None, None)
        again._arguments = self._arguments
        return again

    def acts(self) -> Iterator[None]:
        """What happens in the trial; each step may be the last."""
        room = self.room = self._make(self.spec, "TRIAL", 1, 0.0, **self._arguments)
        room.wishes.strict = True
        self.when = "with a bot in it" if self._arguments["bots"] else "with nobody in it"
        room.make_ticks(TICKS)
        yield
        people = []
        for name in ("ada", "bob")[: min(PLAYERS, room.seats)]:
            self.when = f"after {name} joined"
            people.append(room.join(name))
            room.make_ticks(TICKS)
            yield
        room.foci([player.id for player in people])
        if room.spec.bytes_per_second:
            rows = [next(iter(getattr(room.game, name)), None) for name in room.spec.tables]
            for row in filter(None, rows):
                room.priority(people[0].id, row)
        yield
        for seq, input in enumerate(_inputs(room.spec), start=1):
            self.when = f"after {people[0].name} sent {input!r}"
            room.input(people[0].id, seq, input)
            room.make_tick()
            yield
        self.when = f"after {people[0].name} said hello"
        room.say(people[0].id, people[0].name, "hello")
        room.make_tick()
        yield
        for player in people:
            self.when = f"after {player.name} left"
            room.leave(player.id)
            room.make_tick()
            yield


def _inputs(spec: GameSpec) -> list[Any]:
    """What the keys send, each once."""
    inputs = list(spec.controls.keys.values())
    if spec.controls.input is not None:
        inputs.append(spec.controls.input())
    return [copy.copy(i) for n, i in enumerate(inputs) if i not in inputs[:n] and isinstance(i, msgspec.Struct)]


def _copied(value: Any) -> Any:
    """A copy to compare with; the value itself if it has none."""
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def _check_attributes(spec: GameSpec, game: Game) -> None:
    """Whether the rules set attributes that no text of theirs shows, by setattr say."""
    known = {*spec.tables, *spec.state}
    for name, value in vars(game).items():
        cache = isinstance(inspect.getattr_static(spec.game, name, None), functools.cached_property)
        if name not in known | _GIVEN and not name.startswith("_") and not cache:
            raise undeclared(spec.game.__name__, name, "the rules", known, type(value).__name__)


def _broken(trial: _Trial, error: BaseException) -> ContractError:
    """What broke, in which method and in which line of the game's own files."""
    trace, frames = error.__traceback__, []
    while trace is not None:
        frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    where, place = _place(trial.spec, frames)
    if isinstance(error, TookTooLong):
        return ContractError(where, f"does not come back: {error}{place}; rules must not wait")
    words = _words(error)
    told = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return ContractError(where, f"broke in a trial room {trial.when}: {told}{place}")


def _misfit(trial: _Trial, error: FieldError) -> ContractError:
    """Which method and line set a value that its field cannot hold.

    That is found out at the end of a tick, when who set it is gone: so the trial is played again, with rows that note
    where their fields are set.
    """
    where, place = trial.spec.game.__name__, ""
    again = trial.again()
    with contextlib.redirect_stdout(io.StringIO()), noted_sets([*trial.spec.tables.values()]) as sets:
        try:
            for _ in again.acts():
                pass
        except KeyboardInterrupt:
            raise
        except BaseException as same:
            if isinstance(same, FieldError) and same.where == error.where and again.room is not None:
                where, place = _place(trial.spec, sets.unfit(again.room.game, trial.spec.tables, same.where))
    words, hint = _words(error), ""
    if isinstance(error.value, Player):
        words, hint = f"{words.partition(', not ')[0]}, not a Player", "; write player.id"
    elif isinstance(error.value, float) and "an integer" in words:
        hint = "; round it, or declare the field with fixed(...)"
    return ContractError(where, f"broke in a trial room {trial.when}: {words}{place}{hint}")


def _place(spec: GameSpec, frames: Iterable[tuple[types.FrameType, int]]) -> tuple[str, str]:
    """The method of the game, and the line of its own files, given the frames from the outermost to the innermost."""
    method, place = "", ""
    own = {_file_of(c) for c in spec.game.__mro__ if c not in Game.__mro__} - {None}
    for frame, line in frames:
        code = frame.f_code
        first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        if not method and isinstance(first, spec.game):
            method = f".{code.co_name}"
        if code.co_filename in own:
            place = f" (line {line} of {code.co_filename.replace(chr(92), '/').rpartition('/')[2]})"
    return f"{spec.game.__name__}{method}", place


def _words(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return words if len(words) <= _WORDS else f"{words[:_WORDS]}…"


def _file_of(owner: type) -> str | None:
    methods = [f for f in vars(owner).values() if isinstance(f, types.FunctionType)]
    return methods[0].__code__.co_filename if methods else None
