"""Everything that can go wrong, in one tree.

    TickwireError
    ├── ContractError           a game breaks the game contract (told at load time)
    │   └── NotDeterministic    its rules would come out differently when they are played again
    ├── FieldError              a game put a value into a field that the field cannot hold
    ├── CannotRestore           a saved room does not fit the game as it is today
    ├── DataUnusable            a data folder that another server has, or that cannot be written
    ├── GameNotFound            no such built-in game, no such file, no Game in the file
    ├── JoinRefused             a hello that cannot be granted; the connection lives
    │   ├── BadName
    │   ├── BadToken
    │   ├── NoSuchGame
    │   ├── NoSuchRoom
    │   ├── RoomFull
    │   ├── TooManyRooms
    │   └── ServerBusy
    ├── ProtocolError
    │   ├── LocalProtocolError  we (or the code that uses us) did what the protocol forbids
    │   └── RemoteProtocolError the other side did
    │       ├── OtherHeader     a header64 client whose header has another length
    │       └── UnknownMessage  a message of a type that this version does not know
    └── ConnectionLost          a client's connection ended, with the server's reason if it gave one

Each holds the facts and reads as one sentence that says what to do.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Codes of an `error` message: something was not taken, the connection lives."""

    BAD_MESSAGE = "bad_message"
    BAD_INPUT = "bad_input"
    BAD_NAME = "bad_name"
    BAD_CHAT = "bad_chat"
    NOT_JOINED = "not_joined"
    ALREADY_JOINED = "already_joined"
    WATCHING = "watching"
    NO_SUCH_GAME = "no_such_game"
    NO_SUCH_ROOM = "no_such_room"
    ROOM_FULL = "room_full"
    BAD_TOKEN = "bad_token"
    TOO_MANY_INPUTS = "too_many_inputs"
    TOO_MUCH_CHAT = "too_much_chat"
    TOO_MANY_ROOMS = "too_many_rooms"


class CloseCode(StrEnum):
    """Codes of a `bye` message: the connection is about to be closed."""

    LEFT = "left"
    SHUTDOWN = "shutdown"
    NO_HELLO = "no_hello"
    TOO_LONG = "too_long"
    BAD_FRAMING = "bad_framing"
    FLOOD = "flood"
    STUCK = "stuck"
    REPLACED = "replaced"
    GAME_ERROR = "game_error"
    FULL = "full"
    UNKNOWN_DIALECT = "unknown_dialect"


class TickwireError(Exception):
    """The root of the tree."""


class ContractError(TickwireError):
    """A game breaks the contract.

    >>> str(ContractError("Snake.tick_rate", "must be from 1 to 240 Hz, not 0"))
    'Snake.tick_rate must be from 1 to 240 Hz, not 0'
    """

    def __init__(self, where: str, problem: str) -> None:
        self.where = where
        self.problem = problem
        super().__init__(f"{where} {problem}")


class NotDeterministic(ContractError):
    """Rules go by something else than their room, so that the same game would be another when it is played again."""


class FieldError(TickwireError):
    """A game put a value into a field that the field cannot hold."""

    def __init__(self, where: str, holds: str, value: object) -> None:
        self.where = where
        self.value = value
        super().__init__(f"{where} holds {holds}, not {value!r}")


class CannotRestore(TickwireError):
    """A saved room does not fit the game as it is today."""


class DataUnusable(TickwireError):
    """A data folder that another server has, or that cannot be written."""


class GameNotFound(TickwireError):
    """There is no game where the user said there is one."""


class JoinRefused(TickwireError):
    """A `hello` that cannot be granted."""

    code: ErrorCode


class BadName(JoinRefused):
    """A name that nobody should have to look at."""

    code = ErrorCode.BAD_NAME


class BadToken(JoinRefused):
    """A token that holds no seat."""

    code = ErrorCode.BAD_TOKEN

    def __init__(self) -> None:
        super().__init__("this token holds no seat any more; join anew without it")


class NoSuchGame(JoinRefused):
    """A game that this server does not serve."""

    code = ErrorCode.NO_SUCH_GAME

    def __init__(self, game: str, served: list[str]) -> None:
        self.game = game
        self.served = served
        super().__init__(f"there is no game {game!r} here; there is {', '.join(served)}")


class NoSuchRoom(JoinRefused):
    """A room code that no room has."""

    code = ErrorCode.NO_SUCH_ROOM

    def __init__(self, room: str) -> None:
        self.room = room
        super().__init__(f"there is no room {repr(room)[1:-1]}; it may have ended")


class RoomFull(JoinRefused):
    """Every seat is taken.

    >>> str(RoomFull(room="K7QX", seats=8))
    'room K7QX is full (8 seats); watch it, or join another'
    """

    code = ErrorCode.ROOM_FULL

    def __init__(self, room: str, seats: int) -> None:
        self.room = room
        self.seats = seats
        super().__init__(f"room {room} is full ({seats} seats); watch it, or join another")


class TooManyRooms(JoinRefused):
    """There are as many rooms as there may be.

    >>> str(TooManyRooms(most=500, address="192.0.2.7"))
    '192.0.2.7 has opened 500 rooms, as many as an address may; join one of them, or wait until one ends'
    """

    code = ErrorCode.TOO_MANY_ROOMS

    def __init__(self, most: int, address: str = "") -> None:
        self.most = most
        self.address = address
        super().__init__(
            f"{address} has opened {most} rooms, as many as an address may; join one of them, or wait until one ends"
            if address
            else f"this server has {most} rooms, as many as it may; join one of them, or come back later"
        )


class ServerBusy(JoinRefused):
    """The rooms that there are take nearly all of the server's time; one more would be to the cost of them all."""

    code = ErrorCode.TOO_MANY_ROOMS

    def __init__(self) -> None:
        super().__init__("this server is too busy for one more room; join one that is there, or try again in a moment")


class ProtocolError(TickwireError):
    """The protocol was broken."""


class LocalProtocolError(ProtocolError):
    """We did what the protocol forbids: a fault in the program, not in the peer."""


class RemoteProtocolError(ProtocolError):
    """The peer did what the protocol forbids; a `CloseCode` says that the connection cannot live on.

    `seq` is that of the input that was not taken, if it was one and its `seq` could be read.
    """

    def __init__(self, code: ErrorCode | CloseCode, message: str, seq: int | None = None) -> None:
        self.code = code
        self.seq = seq
        super().__init__(message)


class OtherHeader(RemoteProtocolError):
    """A client frames its messages as header64 does, but with a header of another length: `width` bytes."""

    def __init__(self, width: int, expected: int) -> None:
        self.width = width
        super().__init__(
            CloseCode.BAD_FRAMING,
            f"a header is {expected} bytes here, the length of a message in digits and then blanks; yours has {width}",
        )


class UnknownMessage(RemoteProtocolError):
    """A message of a type that this version does not know; a client passes it over."""


class ConnectionLost(TickwireError):
    """A client's connection ended.

    `code` is the server's `bye` code, or "" if the connection broke without a word.
    """

    def __init__(self, message: str, code: str = "") -> None:
        self.code = code
        super().__init__(message)
