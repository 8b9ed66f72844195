"""Every message that travels, one struct each; docs/WIRE.md says the same in words.

This file does not know which side of the connection it is on.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta, Struct

U32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Short = Annotated[str, Meta(max_length=200)]  # what is longer is not worth a better error
InputT = TypeVar("InputT")


# --- client to server -------------------------------------------------------------------------------


class Hello(Struct, tag="hello", frozen=True, omit_defaults=True):
    """Take a seat, take a seat back (`token`), or look on (`watch`)."""

    name: Short
    game: Short | None = None
    room: Short | None = None
    token: Short | None = None
    watch: bool = False


class InputMessage(Struct, Generic[InputT], tag="input", frozen=True):
    """Ask the game for something. Generic, so that the game's own inputs are decoded and checked in one go."""

    seq: U32
    input: InputT


class Say(Struct, tag="chat", frozen=True):
    """Say something to the room."""

    text: str


class Ping(Struct, tag="ping", frozen=True):
    """Answered at once by `Pong`."""

    sent: float


class Resync(Struct, tag="resync", frozen=True, omit_defaults=True):
    """My mirror went wrong: send me a full state."""

    table: Short | None = None


class Leave(Struct, tag="leave", frozen=True):
    """Give up the seat."""


ClientMessage = Hello | InputMessage[Any] | Say | Ping | Resync | Leave


# --- server to client -------------------------------------------------------------------------------


class PlayerInfo(Struct, frozen=True):
    """One line of the list of players."""

    player: int
    name: str
    bot: bool = False


class Welcome(Struct, tag="welcome", frozen=True):
    """The seat is yours."""

    player: int
    name: str
    room: str
    token: str
    game: str
    tick_rate: float
    tick: int
    players: list[PlayerInfo]
    schema: dict[str, Any]


class Ack(Struct, tag="ack", frozen=True):
    """All your inputs up to `seq` are in the state of `tick`."""

    seq: int
    tick: int


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


class Event(Struct, tag="event", frozen=True):
    """Something happened in the game; what, is the game's own."""

    name: str
    data: dict[str, Any]


class Chat(Struct, tag="chat", frozen=True):
    """Somebody said something; `player` 0 is a watcher."""

    player: int
    name: str
    text: str


class Pong(Struct, tag="pong", frozen=True):
    """The answer to a ping; `sent` as it came."""

    sent: float
    tick: int


class Error(Struct, tag="error", frozen=True):
    """What you sent was not taken; the connection lives on."""

    code: str
    message: str


class Bye(Struct, tag="bye", frozen=True):
    """The last message."""

    code: str
    message: str


ServerMessage = Welcome | Ack | State | PackedState | Joined | Left | Event | Chat | Pong | Error | Bye
MapMessage = Welcome | Ack | State | Joined | Left | Event | Chat | Pong | Error | Bye
