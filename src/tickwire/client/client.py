"""The Python client: asyncio, the native dialect, and a mirror of the room's tables."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tickwire.client.address import parse_link
from tickwire.client.reach import open_connection
from tickwire.client.seated import Claim, Seated, is_empty, show
from tickwire.errors import ConnectionLost, LocalProtocolError, RemoteProtocolError, UnknownMessage
from tickwire.game.contract import Input
from tickwire.wire.codec import Encoding, ServerMessageDecoder, encode
from tickwire.wire.framing import NATIVE_GREETING, NativeReader, frame_native
from tickwire.wire.messages import (
    PROTOCOL,
    Ack,
    Away,
    Behind,
    Bye,
    Chat,
    Error,
    Event,
    Hello,
    InputMessage,
    Joined,
    Leave,
    Left,
    NewName,
    PackedState,
    Ping,
    PlayerInfo,
    Pong,
    Resync,
    Say,
    ServerMessage,
    Slip,
    State,
    Welcome,
)

PING_EVERY = 1.0  # seconds
_LEAVE_TIMEOUT = 1.0  # seconds that the server gets to say bye
_FIRST_PINGS = (0.1,) * 5  # seconds; one round trip alone says little about the server's clock
SILENCE = 10.0  # seconds without a word, not even a pong: the connection is dead, though nobody said so
MAX_SERVER_MESSAGE = 64 * 1024 * 1024  # bytes; a full state of a large world is far below
_CONNECT_TIMEOUT = 10.0  # seconds for the connection and the welcome together
_EVENTS_KEPT = 1000  # events that nobody asked for; the oldest go first
_UNACKED_KEPT = 1024  # inputs; more than a server lets wait
_PINGS_COUNTED = 5  # the ping shown is the median of so many

log = logging.getLogger("tickwire.client")

ClientEvent = Welcome | State | PackedState | Joined | Left | NewName | Away | Event | Chat | Error | Bye


class Client(Seated):
    """A seat in a room, and a mirror of the room's state. Made by `connect`.

    The tables change while an `await` is under way, and only then.

    Attributes:
        ping: the round trip in seconds, or None until it was measured.
        record: if it is set, what a stage in another thread needs is put there, with the time at which it came.
        traffic: bytes received, and sent.
    """

    def __init__(self, welcome: Welcome, writer: asyncio.StreamWriter) -> None:
        super().__init__(welcome)
        self._unacked: deque[tuple[int, bytes]] = deque(maxlen=_UNACKED_KEPT)  # each behind its seq
        self._heard = 0  # lines of chat
        self.ping: float | None = None
        self.record: deque[tuple[float, ServerMessage]] | None = None
        self.traffic = [0, 0]
        self._writer = writer
        self._events: deque[ClientEvent] = deque(maxlen=_EVENTS_KEPT)
        self._news = asyncio.Event()
        self._pings: deque[float] = deque(maxlen=_PINGS_COUNTED)
        self._ended: ConnectionLost | None = None
        self._heard_at = time.perf_counter()

    @property
    def claim(self) -> Claim:
        """Takes this seat back, by `connect(..., resume=client.claim)`, after the connection was lost.

        Inputs that the server did not take are sent again then, each of them counts once, and lines of chat that were
        missed are heard.
        """
        return Claim(self.token, self._seq, tuple(self._unacked), self._heard)

    @property
    def ended(self) -> ConnectionLost | None:
        """Why the connection is over, or None while it lives."""
        return self._ended

    def silence(self, now: float) -> float:
        """Seconds since the server said anything; where all is well less than 2, because each ping is answered.

        Args:
            now: seconds, on `time.perf_counter`.
        """
        return max(0.0, now - self._heard_at)

    def send(self, input: Input | dict[str, Any], tick: int | None = None, seen: float | None = None) -> int:
        """Ask the game for something; returns the input's `seq`. Does not wait.

        Args:
            input: one of the game's inputs, or the same as a dict with its `type`.
            tick: the one that it is meant for; None for the next.
            seen: the tick that is on the screen, with its fraction, for games that judge by it.

        Raises:
            LocalProtocolError: we are watching.
            ConnectionLost: the connection is over.
        """
        if self.watching:
            raise LocalProtocolError("a watcher sends no inputs; connect without watch=True to play")
        seq = self._seq + 1
        self._write(InputMessage(seq, input, tick, seen))
        self._keep(seq, input)
        if self.stage is not None and tick is not None:
            self.stage.sent(self._seq, tick)
        return self._seq

    def keep_unsent(self, input: Input | dict[str, Any]) -> None:
        """An input that could not be sent any more: it is part of `claim`, and so sent when the seat is taken back."""
        self._keep(self._seq + 1, input)

    def _keep(self, seq: int, input: Input | dict[str, Any]) -> None:
        # Without the ticks that it spoke of: they are over when it is sent again.
        self._seq = seq
        self._unacked.append((seq, frame_native(encode(InputMessage(seq, input), Encoding.MSGPACK))))

    def chat(self, text: str) -> None:
        """Say something to the room. Does not wait."""
        self._write(Say(text))

    def resync(self, table: str | None = None) -> None:
        """Ask for a full state, because the mirror went wrong, in this table or somewhere. Does not wait.

        The client does so by itself when a hash says so; this is for who keeps a mirror of their own.
        """
        self._write(Resync(table))

    def leave(self) -> None:
        """Give the seat up. Does not wait; the server answers with a bye."""
        self._write(Leave())

    async def events(self) -> AsyncIterator[ClientEvent]:
        """What comes, as it comes: states (already applied to the mirror), who joins and leaves, chat, events, errors.

        Ends after a bye. Cancelling is safe: nothing is lost.

        Raises:
            ConnectionLost: the connection broke without a bye.
        """
        while True:
            while self._events:
                yield self._events.popleft()
            if self._ended:
                if not self._ended.code:
                    raise self._ended
                return
            self._news.clear()
            await self._news.wait()

    def take_events(self) -> list[ClientEvent]:
        """What came since the last call. Does not wait."""
        events = list(self._events)
        self._events.clear()
        return events

    async def wait_state(self) -> int:
        """Wait for the next state; returns its tick. Other events stay for `events`. Cancelling is safe.

        Raises:
            ConnectionLost: the connection is over.
        """
        while True:
            for i, event in enumerate(self._events):
                if isinstance(event, State | PackedState):
                    del self._events[i]
                    return event.tick
            if self._ended:
                raise self._ended
            self._news.clear()
            await self._news.wait()

    def _go_on(self, claim: Claim) -> None:
        """Count on from where the connection was lost, and send again what the server did not take."""
        self._seq = claim.seq
        for seq, framed in claim.unacked:
            if seq > self.welcome.acked:
                self._unacked.append((seq, framed))
                self._put(framed)

    # --- what comes ---

    def _receive(self, message: ServerMessage) -> None:
        now = self._heard_at = time.perf_counter()
        if self.record is not None and isinstance(message, PackedState | State | Ack | Pong | Slip | Behind | Event):
            self.record.append((now, message))
        if self.stage is not None:
            show(self.stage, now, message)
        match message:
            case PackedState() | State():
                self._apply(now, message)
            case Ack(seq):
                self.acked = seq
                while self._unacked and self._unacked[0][0] <= seq:
                    self._unacked.popleft()
            case Pong(sent):
                self._pings.append(now - sent)
                self.ping = sorted(self._pings)[len(self._pings) // 2]
            case Joined(player, name, bot):
                self.players[player] = PlayerInfo(player, name, bot)
            case Left(player):
                self.players.pop(player, None)
            case NewName(player, name):
                if known := self.players.get(player):
                    self.players[player] = PlayerInfo(player, name, known.bot, known.away)
            case Away(player, name, away):
                if known := self.players.get(player):
                    self.players[player] = PlayerInfo(player, name, known.bot, away)
            case Bye(code, words):
                self._end(ConnectionLost(words, code))
            case Error(seq=int(seq)):  # not taken, and it would not be the next time either
                self._unacked = deque((each for each in self._unacked if each[0] != seq), _UNACKED_KEPT)
            case Chat():
                self._heard += 1
        if isinstance(message, ClientEvent):
            self._events.append(message)
        self._news.set()

    def _apply(self, now: float, state: State | PackedState) -> None:
        try:
            drifted = self._mirror.apply(state)
        except RemoteProtocolError as error:
            log.warning("the mirror cannot follow (%s); asking for a full state", error)
            self.resync()
            return
        if self.stage is not None:
            self.stage.state(now, state.tick, self._mirror.tables, full=state.full, empty=is_empty(state))
        for table in drifted:
            log.warning("the mirror of %s drifted; asking for a full state", table)
            self.resync(table)

    def _end(self, reason: ConnectionLost) -> None:
        if self._ended is None:
            self._ended = reason
        self._news.set()

    def _write(self, message: Any) -> None:
        if self._ended:
            raise self._ended
        if self._writer.is_closing():  # cut off, and `_read` has not heard of it yet; uvloop would raise its own error
            raise ConnectionLost("the connection was lost")
        self._put(frame_native(encode(message, Encoding.MSGPACK)))

    def _put(self, framed: bytes) -> None:
        self.traffic[1] += len(framed)
        self._writer.write(framed)


@asynccontextmanager
async def connect(
    address: str,
    *,
    name: str,
    game: str | None = None,
    room: str | None = None,
    token: str | None = None,
    watch: bool = False,
    resume: Claim | None = None,
) -> AsyncIterator[Client]:
    """Take a seat on a server; leave it at the end of the block.

    Args:
        address: `host`, `host:port` or `[v6]:port`, or a link to a room, `http://host:port/#K7QX`.
        name: what others see.
        game: which game, if not the server's first.
        room: a room's code, or "new"; None for the link's, else for any room with a free seat.
        token: of a seat to take back; its inputs are counted from 1 again then.
        watch: look on without a seat.
        resume: the `claim` of a client that lost its connection, in place of a token: to go on where it stopped.

    Raises:
        ConnectionLost: nobody listens there, no answer came in time, or the server refused: then with its code.
        ValueError: the address is none.
    """
    place = parse_link(address)
    hello = Hello(name=name, game=game, room=room or place.room, token=token or None, watch=watch)
    if resume is not None:
        hello = msgspec.structs.replace(hello, token=resume.token, seq=resume.seq, heard=resume.heard)
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT):
            reader, writer = await open_connection(place)
    except TimeoutError:
        raise ConnectionLost(f"no answer from {place.address} within {_CONNECT_TIMEOUT:g} s") from None
    try:
        writer.write(NATIVE_GREETING + frame_native(encode(hello, Encoding.MSGPACK)))
        messages = _messages(reader, traffic := [0, 0])
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT):
                client = Client(await _welcome(messages), writer)
                client.traffic = traffic
                if resume is not None:
                    client._go_on(resume)
        except TimeoutError:
            raise ConnectionLost(f"{place.address} gave no welcome within {_CONNECT_TIMEOUT:g} s") from None
        except asyncio.CancelledError:  # the seat may be ours already
            writer.write(frame_native(encode(Leave(), Encoding.MSGPACK)))
            raise
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read(client, messages))
            pinging = tasks.create_task(_ping(client))
            try:
                yield client
            finally:
                # Whatever ended the block. The bye is waited for: to close over bytes that were not read would reset
                # the connection, and the leave with it.
                with contextlib.suppress(TimeoutError, ConnectionLost):
                    client.leave()
                    async with asyncio.timeout(_LEAVE_TIMEOUT):
                        await asyncio.shield(reading)
                reading.cancel()
                pinging.cancel()
    except BaseExceptionGroup as group:
        # The block's own exception, as it was raised: the tasks of this group raise none.
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from group.exceptions[0].__cause__
        raise
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _messages(reader: asyncio.StreamReader, traffic: list[int]) -> AsyncIterator[ServerMessage]:
    """What the server sends, until it closes."""
    framing, decoder = NativeReader(greeting=b"", limit=MAX_SERVER_MESSAGE), ServerMessageDecoder()
    while data := await reader.read(65_536):
        traffic[0] += len(data)
        for payload in framing.feed(data):
            try:
                message = decoder.decode(payload, Encoding.MSGPACK)
            except UnknownMessage:
                continue  # a later server may say more than we understand
            yield message


async def _welcome(messages: AsyncIterator[ServerMessage]) -> Welcome:
    try:
        async for message in messages:
            match message:
                case Welcome(protocol=spoken) if spoken != PROTOCOL:
                    raise ConnectionLost(
                        f"the server speaks version {spoken} of the protocol, and this client {PROTOCOL}"
                    )
                case Welcome():
                    return message
                case Error(code, words) | Bye(code, words):
                    raise ConnectionLost(words, code)
    except OSError as error:
        raise ConnectionLost(f"the connection broke: {error}") from None
    except RemoteProtocolError:
        raise ConnectionLost("what answers there does not speak tickwire; is it a tickwire server?") from None
    raise ConnectionLost("the server closed the connection without a welcome; is it a tickwire server?")


async def _read(client: Client, messages: AsyncIterator[ServerMessage]) -> None:
    try:
        async for message in messages:
            client._receive(message)
    except (OSError, RemoteProtocolError) as error:
        client._end(ConnectionLost(f"the connection broke: {error}"))
    else:
        client._end(ConnectionLost("the server closed the connection"))


async def _ping(client: Client) -> None:
    pauses = iter(_FIRST_PINGS)
    while client.ended is None:
        if time.perf_counter() - client._heard_at > SILENCE:
            client._end(ConnectionLost(f"the server has said nothing for {SILENCE:g} s"))
            return
        with contextlib.suppress(ConnectionLost):  # whoever reads is told why
            client._write(Ping(time.perf_counter()))
        await asyncio.sleep(next(pauses, PING_EVERY))
