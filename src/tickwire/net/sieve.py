"""Takes the inputs out of what a WebSocket receives, and lays them into a tray until a tick wants them.

Of what players send nearly all is inputs, each a small binary frame that came whole, and an input counts on the next
tick, not before. So nothing needs to be done when it comes but to lay it aside, and that needs no Python: in C it costs
less than picows's frame object alone. They are looked at together, while the interpreter and the room are warm.

All else goes on to picows, byte for byte, and so does all that a connection receives once it did anything that is out
of the ordinary.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tickwire.accelerator import accelerated
from tickwire.net.connection import Link
from tickwire.wire.codec import INPUT_MARK

READ_SIZE = 16_384  # bytes that are read at once, at most; one buffer for all connections of a server
MANY = 512  # inputs: each time that so many more lie in a tray somebody is told
UNPAID_READS, UNPAID_BYTES = 64, READ_SIZE  # that are counted here until the link is told to pay for them

_END_OF_REQUEST = b"\r\n\r\n"
_BINARY, _CLOSE, _PING, _PONG = 0x82, 0x88, 0x89, 0x8A  # first bytes of frames that are whole messages
_CONTROLS = (_CLOSE, _PING, _PONG)
_MASKED, _SIZE, _TWO_MORE, _EIGHT_MORE = 0x80, 0x7F, 126, 127  # second byte; RFC 6455, section 5.2
_LONGEST_CONTROL = 125  # bytes of payload
_NEEDED = 1 + len(INPUT_MARK)  # bytes of a payload to see whether it is an input


@accelerated
class Intake:
    """What all sieves of a server share.

    Attributes:
        buffer: of READ_SIZE bytes, which connections are read into.
        came: called for an input that was put into a tray, with the link that it came from, unless `quiet`; and
            always when MANY more lie in that tray.
        quiet: nobody need be told of the next one.
    """

    __slots__ = ("buffer", "came", "quiet")

    def __init__(self) -> None:
        self.buffer = bytearray(READ_SIZE)
        self.came: Callable[[Link], None] | None = None
        self.quiet = False


@accelerated
class Sieve:
    """Stands between a transport and picows.

    A connection begins with a request, which is picows's. If it has become a WebSocket, and `begin` was called, with
    the bytes that came first, and these were no more than the request, then what comes next is a frame's first byte,
    and frames are looked at from there on.

    Args:
        inner: the protocol behind.
        intake: what it shares with others.

    What is read is counted for the link, which says when it was too much. Once the link is closing, nothing is parsed.

    Attributes:
        inner: as above; None after `end`.
        reads: how often something came.
    """

    __slots__ = (
        "_held",
        "_intake",
        "_left",
        "_link",
        "_passing",
        "_started",
        "_unpaid_bytes",
        "_unpaid_reads",
        "inner",
        "reads",
    )

    def __init__(self, inner: asyncio.BufferedProtocol, intake: Intake) -> None:
        self.inner: asyncio.BufferedProtocol | None = inner
        self._intake = intake
        self._link: Link | None = None
        self._started = False  # the first bytes have come
        self._passing = False  # all goes on from here
        self._held = b""  # the beginning of a header
        self._left = 0  # bytes of a frame that goes on
        self.reads = self._unpaid_reads = self._unpaid_bytes = 0

    def begin(self, link: Link) -> None:
        """It is a WebSocket whose messages are ours; in binary frames, unless `stop` is called, too."""
        self._link = link

    def stop(self) -> None:
        """Everything that comes goes on to `inner` from now on."""
        self._passing = True

    def end(self) -> None:
        """The connection is gone."""
        self.inner = self._link = None

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where to read to."""
        return self._intake.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes were read."""
        if not self._paid_for(nbytes):
            return
        data = self._held + self._intake.buffer[:nbytes]
        self._held = b""
        if not self._started:
            self._started = True
            alone = data.find(_END_OF_REQUEST) == len(data) - len(_END_OF_REQUEST)
            self._pass(data)
            self._passing = self._passing or self._link is None or not alone
        elif self._passing:
            self._pass(data)
        else:
            self._sift(data)

    def _paid_for(self, nbytes: int) -> bool:
        """Count a read; whether it is to be parsed."""
        self.reads += 1
        link = self._link
        if link is None:
            return True
        self._unpaid_reads += 1
        self._unpaid_bytes += nbytes
        if self._unpaid_reads < UNPAID_READS and self._unpaid_bytes < UNPAID_BYTES:
            return True
        unpaid = self._unpaid_bytes, self._unpaid_reads
        self._unpaid_bytes = self._unpaid_reads = 0
        return link.came(*unpaid)

    def _sift(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._passing:
                self._pass(data[at:])
                return
            if self._left:
                some = data[at : at + self._left]
                self._left -= len(some)
                at += len(some)
                self._pass(some)
                continue
            frame = _look_at(data, at)
            if frame is None:
                self._held = data[at:]
                return
            head, size = frame
            if not head:
                self._passing = True
            elif self._lay(_input_in(data, at, head, size)):
                at += head + size
            else:
                self._left = head + size

    def _lay(self, payload: bytes | None) -> bool:
        """Lay an input into the tray; whether there is one, and an input."""
        link = self._link
        if payload is None or link is None or (tray := link.tray) is None:
            return False
        tray += (link, payload)
        came = self._intake.came
        if came is not None and (not self._intake.quiet or len(tray) % (2 * MANY) == 0):
            came(link)
        return True

    def _pass(self, data: bytes) -> None:
        while data and (inner := self.inner) is not None and not (self._link is not None and self._link.closing):
            to = memoryview(inner.get_buffer(-1))
            n = min(len(to), len(data))
            to[:n] = data[:n]
            to.release()
            inner.buffer_updated(n)
            data = data[n:]


def _look_at(data: bytes, at: int) -> tuple[int, int] | None:
    """The sizes of a frame's header and payload; (0, 0) if it is none that is known here, None if more must come."""
    if len(data) - at < 2:
        return None
    first, second = data[at], data[at + 1]
    head, size = 6, second & _SIZE
    if not second & _MASKED or size == _EIGHT_MORE:
        return 0, 0
    if first != _BINARY and not (first in _CONTROLS and size <= _LONGEST_CONTROL):
        return 0, 0
    if size == _TWO_MORE:
        if len(data) - at < 4:
            return None
        head, size = 8, int.from_bytes(data[at + 2 : at + 4], "big")
        if size < _TWO_MORE:
            return 0, 0
    return (head, size) if len(data) - at >= head else None


def _input_in(data: bytes, at: int, head: int, size: int) -> bytes | None:
    """The message in a frame, if the frame is whole and that is an input."""
    masked = data[at + head : at + head + size]
    if data[at] != _BINARY or len(masked) < size or size < _NEEDED:
        return None
    mask = data[at + head - 4 : at + head]
    payload = bytes([byte ^ mask[i % 4] for i, byte in enumerate(masked)])
    return payload if payload[0] >> 4 == 8 and payload[1:_NEEDED] == INPUT_MARK else None
