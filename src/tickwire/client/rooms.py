"""What a server has to offer: its games and its rooms, as it tells them to anybody at /api/rooms."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import msgspec

from tickwire.client.address import Place, parse_link
from tickwire.client.reach import open_connection
from tickwire.errors import ConnectionLost

TIMEOUT = 4.0  # seconds for the whole answer: bytes that come one by one do not extend it
MAX_ANSWER = 4 * 1024 * 1024  # bytes; a room takes about a hundred of them
_MAX_HEAD = 16 * 1024  # bytes


class ServedGame(msgspec.Struct, frozen=True):
    """A game that the server serves.

    Attributes:
        name: what `connect(game=...)` takes.
        title: one line about it; may be empty.
        seats: of each room.
        tick_rate: ticks a second.
    """

    name: str
    title: str = ""
    seats: int = 0
    tick_rate: float = 0.0


class OpenRoom(msgspec.Struct, frozen=True):
    """A room that can be joined or watched.

    Attributes:
        room: its code.
        game: the name of its game.
        players: who has a seat, bots counted.
        people: who has a seat, bots not counted; bots give way to people.
        seats: how many there are.
        watchers: who looks on.
    """

    room: str
    game: str
    players: int = 0
    people: int = 0
    seats: int = 0
    watchers: int = 0

    @property
    def bots(self) -> int:
        """How many of the players are none."""
        return max(0, self.players - self.people)

    @property
    def full(self) -> bool:
        """Whether people have all the seats."""
        return self.people >= self.seats


class Offer(msgspec.Struct, frozen=True):
    """All that a server offers; the first game is the one that a client gets who asks for none."""

    games: list[ServedGame] = []
    rooms: list[OpenRoom] = []


async def fetch_rooms(address: str, *, timeout: float = TIMEOUT) -> Offer:
    """Ask a server what it offers. Cancelling is safe.

    Args:
        address: as `parse_link` reads it.
        timeout: seconds for everything.

    Raises:
        ConnectionLost: there is no answer, or none that makes sense.
        ValueError: the address is none.
    """
    place = parse_link(address)
    try:
        async with asyncio.timeout(timeout):
            body = await _get(place, "/api/rooms")
    except TimeoutError:
        raise ConnectionLost(f"{place.address} does not answer") from None
    except OSError as error:
        raise ConnectionLost(f"{place.address} broke off its answer ({error.strerror or error})") from None
    try:
        return msgspec.json.decode(body, type=Offer)
    except msgspec.MsgspecError:
        raise _no_tickwire(place) from None


class Asking:
    """An answer that is waited for in the background, for loops that go on painting meanwhile. As `fetch_rooms`."""

    def __init__(self, address: str, *, timeout: float = TIMEOUT) -> None:
        parse_link(address)  # a mistyped one is told here and now
        self.address = address
        self._timeout = timeout
        self._offer: Offer | None = None
        self._error: Exception | None = None
        # A daemon: a window that is closed does not wait for a server that does not answer.
        self._thread = threading.Thread(target=self._run, name=f"rooms of {address}", daemon=True)
        self._thread.start()

    def poll(self) -> Offer | None:
        """The answer if it has come by now, else None.

        Raises:
            ConnectionLost: as `fetch_rooms`.
        """
        if self._error is not None:
            raise self._error.with_traceback(None)
        return self._offer

    def _run(self) -> None:
        try:
            self._offer = asyncio.run(fetch_rooms(self.address, timeout=self._timeout))
        except Exception as error:  # whatever it is: the loop that polls is where somebody sees it
            self._error = error


async def _get(place: Place, path: str) -> bytes:
    """The body of a GET (RFC 9112, as far as our own server goes: a length, or until the connection closes)."""
    reader, writer = await open_connection(place, limit=_MAX_HEAD)
    try:
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {place.address}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
        )
        writer.write(request.encode("ascii", "replace"))
        try:
            status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise _no_tickwire(place) from None
        if status.split(" ")[:2] != ["HTTP/1.1", "200"]:
            raise _no_tickwire(place)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = headers.get("content-length", "")
        if "transfer-encoding" in headers or (length and not length.isdecimal()):
            raise _no_tickwire(place)
        return await _body(reader, place, int(length) if length else None)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _body(reader: asyncio.StreamReader, place: Place, length: int | None) -> bytes:
    if length is not None and length > MAX_ANSWER:
        raise ConnectionLost(f"{place.address} has more to tell than {MAX_ANSWER} bytes")
    body = bytearray()
    while (length is None or len(body) < length) and (data := await reader.read(65_536)):
        body += data
        if len(body) > MAX_ANSWER:
            raise ConnectionLost(f"{place.address} has more to tell than {MAX_ANSWER} bytes")
    return bytes(body)


def _no_tickwire(place: Place) -> ConnectionLost:
    return ConnectionLost(f"what answers at {place.address} has no list of rooms; is it a tickwire server?")
