"""Clients of header64: those that speak our JSON in its frames, and the tutorials' own, the *classic* ones.

A classic client knows nothing of messages. Its text goes into the chat, and what it is told is text without frames, as
its `recv(2048)` expects. Each of its messages is answered, by `Msg received` or by why it was not taken: it may well
wait for that before it sends the next.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import partial

import msgspec

from tickwire.errors import CloseCode, RemoteProtocolError
from tickwire.ids import CHAT_CODES
from tickwire.ids.characters import tidy
from tickwire.net.connection import Link
from tickwire.net.limits import Meter
from tickwire.room.output import TickOutput
from tickwire.server.hall import Peer
from tickwire.server.watch import Pulse
from tickwire.wire.codec import DECODE_ERRORS
from tickwire.wire.messages import Bye, Chat, ClientMessage, Error, Hello, Leave, Say, ServerMessage

CHAT = "chat"  # the game that classic clients join
RECEIVED = "Msg received"
GOODBYES = ("!DISCONNECT", "Client Disconnected")

_OURS = {"hello", "input", "chat", "ping", "resync", "leave"}  # what a message of ours may be

Decode = Callable[[bytes], ClientMessage]


class _Tagged(msgspec.Struct):
    """Any message of ours, by its tag alone."""

    type: str


_tag = msgspec.json.Decoder(_Tagged).decode


@dataclass(eq=False, slots=True)
class Header64Peer(Peer):
    """A client of header64; `hear` is set once it is known to be a classic one.

    Attributes:
        header: the bytes of its headers, if these have another length than header64's.
        within_line: the last text that it was sent did not end its line.
        spoken: what it said since the last tick, as the others will read it.
        newcomer: no tick was heard yet.
    """

    header: int = 0
    within_line: bool = False
    newcomer: bool = True
    spoken: list[str] = field(default_factory=list)

    def listen(self, payload: bytes) -> ClientMessage:
        """What a classic client's message comes to in ours."""
        text = payload.decode()
        if text.strip() in GOODBYES:
            return Leave()
        if len(text) <= CHAT_CODES:  # a longer one is refused, and not worth the cleaning
            self.spoken.append(tidy(text).strip())
        return Say(text)

    def send(self, message: ServerMessage) -> None:
        """Send a message that is for this client alone: framed, or as text."""
        match message:
            case Bye(_, words) if self.header:
                self.keep(_behind_header(words, self.header))
            case _ if self.hear is None:
                Peer.send(self, message)  # dataclasses with slots know no super()
            case Bye(CloseCode.LEFT):
                self.said(True)  # the answer to its goodbye
            case Error(_, words) | Bye(_, words):
                self._tell([words])

    def said(self, taken: bool) -> None:
        """A line of its own went into the chat, or was one too many."""
        if self.hear is None:
            return
        if not taken:
            self._tell(["too many lines at once; wait a moment"])
            return
        # Without a line feed, as the tutorials' server has it: some clients compare.
        self.keep(RECEIVED.encode())
        self.within_line = True

    def hear_lines(self, output: TickOutput, now: float) -> None:
        """What a tick has to say, as lines of text."""
        if not self.link.blocked:
            self.kept = 0
        heard = [m for m in (*output.messages, *output.private.get(self.player, ())) if isinstance(m, Chat)]
        told = [m for m in heard if not self._has_said(m)]
        if self.newcomer and len(told) < len(heard) and not any(m.name for m in told):
            # A mere greeting. A client that waits for one answer to each message would be one behind from then on.
            told = []
        if told:
            self._tell([_line(m) for m in told])
        self.newcomer = False
        self.spoken.clear()

    def _has_said(self, chat: Chat) -> bool:
        """Whether it said just this just now. What a game made of its words it may read, and what it said long ago."""
        return chat.player == self.player and chat.text in self.spoken

    def _tell(self, lines: list[str]) -> None:
        """Whole lines, so that those that arrive together can be told apart."""
        text = "".join(f"{tidy(line)}\n" for line in lines)
        self.keep(("\n" * self.within_line + text).encode())
        self.within_line = False


class Header64Clients:
    """Tells the two kinds apart by their first message, and seats the classic ones.

    Args:
        games: the names of those that are served.
        ours: decodes messages of ours from a client that has no seat yet.
        join: gives a client the seat that a hello asks for, or raises RemoteProtocolError.
    """

    def __init__(self, games: Container[str], ours: Decode, join: Callable[[Peer, Hello], None]) -> None:
        self._games = games
        self._ours = ours
        self._join = join
        self._guests = 0

    def peer(self, link: Link, meter: Meter, pulse: Pulse) -> Header64Peer:
        """The peer of a new connection."""
        peer = Header64Peer(link, self._ours, meter, pulse)
        peer.decode = partial(self._first, peer)
        return peer

    def _first(self, peer: Header64Peer, payload: bytes) -> ClientMessage:
        if _is_ours(payload):
            peer.decode = self._ours
            return peer.decode(payload)
        peer.hear = peer.hear_lines
        message = peer.listen(payload)
        if isinstance(message, Say):
            self._seat(peer)
        return message

    def _seat(self, peer: Header64Peer) -> None:
        if CHAT not in self._games:
            raise RemoteProtocolError(
                CloseCode.UNKNOWN_DIALECT, "there is no chat on this server, and text alone plays no other game"
            )
        self._guests += 1
        self._join(peer, Hello(name=f"guest-{self._guests}", game=CHAT))
        peer.decode = peer.listen


def _is_ours(payload: bytes) -> bool:
    try:
        return _tag(payload).type in _OURS
    except DECODE_ERRORS:
        return False


def _behind_header(words: str, width: int) -> bytes:
    """Words for a client with headers of another length, in its own framing; as mere text where they do not fit it."""
    text = words.encode()
    header = b"%-*d" % (width, len(text))
    return header + text if len(header) == width else text + b"\n"


def _line(chat: Chat) -> str:
    return f"[{chat.name}] {chat.text}" if chat.name else chat.text
