"""Every message that travels, one struct each; docs/WIRE.md says the same in words.

This file does not know which side of the connection it is on. What protocol 1 may still gain, and what would need
protocol 2, stands in docs/WIRE.md, "How this protocol grows".
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta, Struct

LARGEST = 2**53 - 1  # of a count: JSON's numbers are exact up to here, and no room lives long enough for more
Count = Annotated[int, Meta(ge=0, le=LARGEST)]
U32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Version = Annotated[int, Meta(ge=1, le=2**32 - 1)]
_DOUBLE_MAX = 1.7976931348623157e308
Finite = Annotated[float, Meta(ge=-_DOUBLE_MAX, le=_DOUBLE_MAX)]  # its limits keep NaN out, too
PROTOCOL = 1  # what hello and welcome say that they speak
Short = Annotated[str, Meta(max_length=200)]  # what is longer is not worth a better error
InputT = TypeVar("InputT")


# --- client to server -------------------------------------------------------------------------------


class Hello(Struct, tag="hello", frozen=True, omit_defaults=True):
    """Take a seat, take a seat back (`token`), or look on (`watch`).

    `seq`, with `token`: the highest `seq` that this client has sent for the seat. It counts on from there, and the
    welcome's `acked` says which of its inputs to send again. Without it inputs are counted from 1 again.
    `heard`, with `token`: how many `chat` messages came since the welcome that gave it. Those that were missed follow.

    `protocol`: the newest version that this client speaks. The welcome says which one is spoken from there on.
    """

    name: Short
    game: Short | None = None
    room: Short | None = None
    token: Short | None = None
    watch: bool = False
    seq: U32 | None = None
    heard: Count | None = None
    protocol: Version = PROTOCOL


class InputMessage(Struct, Generic[InputT], tag="input", frozen=True, omit_defaults=True, gc=False):
    """Ask the game for something. Generic, so that the game's own inputs are decoded and checked in one go.

    There are thousands a second, and none is ever part of a ring, so the collector need not know them.

    `tick` is the one that it is meant for, without which it is the next; `seen` is the tick that is on the player's
    screen, with its fraction.
    """

    seq: U32
    input: InputT
    tick: Count | None = None
    seen: Finite | None = None


class Say(Struct, tag="chat", frozen=True):
    """Say something to the room."""

    text: str


class Ping(Struct, tag="ping", frozen=True):
    """Answered at once by `Pong`."""

    sent: Finite


class Resync(Struct, tag="resync", frozen=True, omit_defaults=True):
    """My mirror went wrong: send me a full state."""

    table: Short | None = None


class Leave(Struct, tag="leave", frozen=True):
    """Give up the seat."""


ClientMessage = Hello | InputMessage[Any] | Say | Ping | Resync | Leave


# --- server to client -------------------------------------------------------------------------------


class PlayerInfo(Struct, frozen=True):
    """One line of the list of players; `away` while its connection is lost and its seat is kept."""

    player: int
    name: str
    bot: bool = False
    away: bool = False


class Welcome(Struct, tag="welcome", frozen=True):
    """The seat is yours.

    `acked`: all inputs of this seat up to this `seq` were taken; those that this client sent behind it were lost.
    `grace`: seconds for which the seat is kept when the connection is lost.
    `protocol`: the version that is spoken from here on; never above that of the hello.
    """

    player: int
    name: str
    room: str
    token: str
    game: str
    tick_rate: float
    tick: int
    players: list[PlayerInfo]
    schema: dict[str, Any]
    acked: int = 0
    grace: float = 30.0
    protocol: int = PROTOCOL


class Ack(Struct, tag="ack", frozen=True, omit_defaults=True):
    """All your inputs up to `seq` are in the state of `tick`.

    If they were meant for a tick, the latest of them was there `early` ticks before it had to be; below 0 it was late.
    """

    seq: int
    tick: int
    early: int | None = None


class State(Struct, tag="state", frozen=True, omit_defaults=True):
    """The tables, or what changed in them, as JSON has it: values by table, row id and field."""

    tick: int
    full: bool = False
    tables: dict[str, dict[int, dict[str, Any]]] = {}
    removed: dict[str, list[int]] = {}
    hash: dict[str, int] = {}


class PackedState(Struct, array_like=True, frozen=True):
    """The same as MessagePack has it: an array of three, the only message that is one."""

    tick: int
    full: bool
    sections: bytes


class Joined(Struct, tag="joined", frozen=True):
    """Somebody took a seat."""

    player: int
    name: str
    bot: bool = False


class Left(Struct, tag="left", frozen=True):
    """Somebody gave a seat up."""

    player: int
    name: str


class NewName(Struct, tag="renamed", frozen=True):
    """Somebody is called something else from now on."""

    player: int
    name: str


class Away(Struct, tag="away", frozen=True):
    """A player's connection was lost (`away`), or is back."""

    player: int
    name: str
    away: bool


class Slip(Struct, tag="slip", frozen=True):
    """The server was held up, and its timeline moved: tick n is due `ticks` periods later than clients thought."""

    ticks: float


class Behind(Struct, tag="behind", frozen=True):
    """In a game with a budget of bytes: states from now on leave out some of what changed (`behind`), or tell all."""

    behind: bool


class Event(Struct, tag="event", frozen=True):
    """Something happened in the game; what, is the game's own."""

    name: str
    data: dict[str, Any]


class Chat(Struct, tag="chat", frozen=True):
    """Somebody said something; `player` 0 is a watcher, and with an empty `name` the game itself."""

    player: int
    name: str
    text: str


class Pong(Struct, tag="pong", frozen=True):
    """The answer to a ping; `sent` as it came, and the tick with the fraction of it that has passed."""

    sent: float
    tick: float


class Error(Struct, tag="error", frozen=True, omit_defaults=True):
    """What you sent was not taken; the connection lives on. `seq`: of the input that it answers, if it answers one."""

    code: str
    message: str
    seq: int | None = None


class Bye(Struct, tag="bye", frozen=True):
    """The last message."""

    code: str
    message: str


MapMessage = Welcome | Ack | State | Joined | Left | NewName | Away | Slip | Behind | Event | Chat | Pong | Error | Bye
ServerMessage = MapMessage | PackedState
