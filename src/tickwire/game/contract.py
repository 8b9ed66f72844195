"""The game contract: what an author writes.

Rules are deterministic: the same seed, joins, leaves and inputs give the same state. A game's only chance is
`self.random`, its only time `self.tick`.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from tickwire.errors import BadName
from tickwire.game.entity import Entity, EntityT, Table
from tickwire.game.history import History
from tickwire.game.look import Controls
from tickwire.ids import WATCHER, chat_lines, check_name, distinct_name


class Input(msgspec.Struct, tag=str.lower, tag_field="type", forbid_unknown_fields=True):
    """What a client may ask of a game. Its fields are typed, so what reaches the game has been checked.

    >>> from typing import Literal
    >>> from tickwire import Input
    >>> class Turn(Input):
    ...     heading: Literal["up", "down", "left", "right"]
    >>> Turn("up")
    Turn(heading='up')
    """


@dataclass(eq=False, slots=True)
class Player:
    """A seat in a room.

    Attributes:
        id: its number, from 1.
        name: what the room shows.
        bot: whether a bot plays it.
        lag: how far behind the game the player's screen was when the input was made that came last, in ticks; at most
            what its connection explains, and a quarter of a second, whatever the client says.
        away: whether its connection is lost and the seat is kept for its return; see `Game.away_changed`.

    >>> from tickwire import Player
    >>> Player(1, "ada").name
    'ada'
    """

    id: int
    name: str
    bot: bool = False
    lag: float = 0.0
    away: bool = False


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event that a game sent off in this tick; `to` is a player's number, or those of some, or None for all."""

    name: str
    data: dict[str, Any]
    to: int | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Said:
    """A line of chat that a game wrote; `player` is 0 and `name` empty where nobody said it."""

    text: str
    player: int
    name: str
    to: int | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Renamed:
    """A player has another name from now on."""

    player: int
    name: str


class Game:
    """The rules of a game, one class. A room makes one instance and calls it; everything below may be overridden.

    Annotated attributes are the game's state: tables that clients see, and plain ones (numbers, texts, lists, dicts of
    these) that they do not. They start empty, or at the value they are given in the class. Use `start` where another
    class would use `__init__`.

    >>> from tickwire import Game, Input, Player
    >>> class Push(Input):
    ...     pass
    >>> class Button(Game):
    ...     inputs = Push
    ...     pushed: int
    ...     def receive(self, player: Player, push: Push) -> None:
    ...         self.pushed += 1
    """

    # --- what a game says about itself ---
    name: ClassVar[str] = ""  # how clients call it; the class's name in small letters if empty
    tick_rate: ClassVar[float] = 20  # ticks a second
    send_rate: ClassVar[float | None] = None  # states a second, if not one each tick
    bytes_per_second: ClassVar[int | None] = None  # of states to each client; None for as many as there are
    hash_every: ClassVar[int | None] = None  # states from one hash of the tables to the next; None for 64
    seats: ClassVar[int] = 8
    grace: ClassVar[float] = 30  # seconds for which the seat of a lost connection is kept
    board: ClassVar[tuple[float, float]] = (80, 48)  # width and height of the world
    inputs: ClassVar[Any] = Input  # an Input class, or a union of some: Turn | Stop
    controls: ClassVar[Controls] = Controls()
    predict: ClassVar[type[Entity] | None] = None  # whose `move` clients run ahead for their own rows
    rollback: ClassVar[bool] = False  # whether inputs that came late count from their tick, for what `predict` names

    on_error: ClassVar[str] = "end"  # what an exception in the rules does: "end" the room, or "rewind" it by that tick

    watchers: ClassVar[Player] = Player(WATCHER, "")  # all who look on, as `to` of `say` and `emit`

    # --- what the room gives it ---
    players: dict[int, Player]  # who is in, by number
    random: random.Random  # the game's only chance
    tick: int  # the game's only time
    _said: list[Emitted | Said | Renamed]
    _watching: Collection[str] = ()  # the names of those who look on
    _history: History

    def start(self) -> None:
        """Called once, before the first tick: set the board up."""

    def join(self, player: Player) -> None:
        """A player took a seat. Called between ticks."""

    def leave(self, player: Player) -> None:
        """A player gave the seat up. Called between ticks; the player is not in `self.players` any more."""

    def away_changed(self, player: Player) -> None:
        """A player's connection was lost, and the seat is kept (`player.away` is true now), or it is back.

        Called between ticks. Who does not come back within `grace` seconds leaves, as by `leave`.
        """

    def receive(self, player: Player, input: Any) -> None:
        """A player asks for something. Called on the tick, in the order of arrival, before `step`."""

    def step(self) -> None:
        """One tick."""

    def focus(self, player: Player) -> tuple[float, float] | None:
        """The middle of what a player sees, for tables with a Grid view; None for the middle of the board."""
        return None

    def priority(self, player: Player, row: Entity) -> float:
        """How urgent a row of a table that everyone sees is for a player whose `bytes_per_second` do not suffice.

        Above 0; twice as much comes twice as often. What is seen by a Grid goes by how near it is.
        """
        return 1.0

    def belated(self, player: Player, row: Any, ticks: int) -> None:
        """A row that the predicted `move` would have returned earlier, if its player's input had not come late.

        Only with `rollback`. Called before `step`; `player.lag` is that of the screen, as if the input were in time.
        Left as it is, the row is new in this tick.

        Args:
            player: whose input came late.
            row: as `move` returned it; it is in no table yet.
            ticks: how many ticks ago that should have been; 1 for the last one.
        """
        tables = (each for each in vars(self).values() if isinstance(each, Table))
        next(table for table in tables if table.entity is type(row)).add(row)

    def bot(self, player: Player) -> Input | None:
        """What a bot in this seat asks for in this tick, or None."""
        return None

    def emit(self, event: str, /, *, to: Player | Iterable[Player] | None = None, **data: Any) -> None:
        """Tell clients that something happened that the state does not show: a sound, a hit.

        Args:
            event: its name.
            to: the only player or players to be told, or None for everyone in the room.
            data: plain values that go with it: what JSON can hold. Integers of more than 64 bits become floats.

        Raises:
            TypeError: the data cannot be put into JSON.
        """
        # Here, so that the traceback points at the caller; and as JSON has it, so that both encodings carry the same.
        plain = msgspec.json.decode(msgspec.json.encode(data))
        try:
            msgspec.msgpack.encode(plain)
        except OverflowError:  # JSON takes integers of any size, and a client may have sent one
            plain = _of_64_bits(plain)
        self._said.append(Emitted(event, plain, _numbers(to)))

    def hear(self, player: Player, text: str) -> str | None:
        """A player says something in the chat. Called on the tick, in the order of arrival, as `receive` is.

        Args:
            player: who says it.
            text: one line, fit to be shown.

        Returns:
            What the others are to read, or None to keep it from them: because it was a command, or a move. What is too
            long for a line is split, as by `say`.
        """
        return text

    def overhear(self, name: str, text: str) -> str | None:
        """Somebody who only watches says something in the chat. Called on the tick, as `hear` is.

        Unless it is overridden, everyone reads it in a game that has no `hear` of its own. In one that has, only
        those who watch do: what players may not say, nobody may tell them.

        Args:
            name: who says it; no player and nobody else who watches has this name.
            text: one line, fit to be shown.

        Returns:
            What everyone is to read, or None to keep it from them.
        """
        if type(self).hear is Game.hear:
            return text
        self.say(text, by=Player(WATCHER, name), to=Game.watchers)
        return None

    def say(self, text: str, *, by: Player | None = None, to: Player | Iterable[Player] | None = None) -> None:
        """Write a line into the chat, or several.

        Args:
            text: what a client could not say is not an error here. Each line of it is a line of chat, one that is too
                long goes on in the next, and after 16 lines it ends. What nobody can see is left out; without anything
                else nothing is said.
            by: who says it; None for the game itself.
            to: the only player or players to read it, or None for everyone in the room; `self.watchers` for all who
                look on.
        """
        player, name, to_numbers = (by.id, by.name, _numbers(to)) if by else (0, "", _numbers(to))
        self._said += [Said(line, player, name, to_numbers) for line in chat_lines(text)]

    def rename(self, player: Player, name: str) -> str | None:
        """Give a player another name; returns the one that it is, told apart from the others', or None if it is none.

        >>> from tickwire import Game, Player
        >>> class Talk(Game):
        ...     def hear(self, player: Player, text: str) -> str | None:
        ...         if not text.startswith("/name "):
        ...             return text
        ...         if not self.rename(player, text.removeprefix("/name ")):
        ...             self.say("that is no name", to=player)
        ...         return None
        """
        try:
            name = check_name(name)
        except BadName:
            return None
        player.name = distinct_name(
            name, {p.name for p in self.players.values() if p is not player} | {*self._watching}
        )
        self._said.append(Renamed(player.id, player.name))
        return player.name

    def rewound(self, by: Player | float, table: Table[EntityT]) -> list[EntityT]:
        """Copies of a table's rows as they were on a player's screen: to judge a shot by what the shooter saw.

        Only for tables whose entity says `rewind = True`. A row that is not there any more may still be among them;
        `table.get(copy.id)` finds the real one, or None.

        Args:
            by: whose screen, or how many ticks ago: the `lag` that a player had when a shot was fired, say.
            table: one of the game's own.

        Source: Yahn W. Bernier, Latency Compensating Methods in Client/Server In-game Protocol Design and
        Optimization, 2001, "Lag compensation".
        """
        lag = by.lag if isinstance(by, Player) else by
        # From the last tick on: that of now is not over yet.
        return self._history.rows(table, self._history.clamp(lag) - 1)

    def take_said(self) -> list[Emitted | Said | Renamed]:
        """The events, lines and names since the last call; for the room."""
        said, self._said = self._said, []
        return said


def _numbers(to: Player | Iterable[Player] | None) -> int | tuple[int, ...] | None:
    if to is None:
        return None
    return to.id if isinstance(to, Player) else tuple(dict.fromkeys([player.id for player in to]))


def _of_64_bits(value: Any) -> Any:
    """Plain values, with floats in the place of integers that MessagePack cannot hold."""
    match value:
        case dict():
            return {key: _of_64_bits(each) for key, each in value.items()}
        case list() | tuple() | set():
            return [_of_64_bits(each) for each in value]
        case int() if not -(2**63) <= value < 2**64:
            return float(value) if abs(value) < 2**1023 else math.copysign(sys.float_info.max, 1 if value > 0 else -1)
    return value
