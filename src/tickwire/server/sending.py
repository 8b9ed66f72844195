"""The send loop: every client its payload, each by one system call.

Between two system calls, which leave the caches and the branch predictor cold, a few instructions of Python cost more
than a microsecond. So the loop holds no Python: it runs in the accelerator, or else in the C of `map`. For the same
reason the payloads of several rooms are made one after the other, and only then sent: an `Outbox` holds them.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from operator import call
from typing import Generic, Protocol, TypeVar

from tickwire.accelerator import accelerated
from tickwire.net.connection import Link

BROKEN = -1  # instead of a number of bytes sent: the connection is gone


class Linked(Protocol):
    """Whoever has a link."""

    @property
    def link(self) -> Link:
        """The writing side of its connection."""


@accelerated
def send_all(sockets: list[socket.socket], payloads: list[bytes]) -> list[tuple[int, int]] | None:
    """Send each socket its payload, nothing if it is empty, and wait for none.

    Returns:
        Of those that did not take the whole of it, the place in the list and how many bytes they took, or BROKEN;
        None if all took all.
    """
    wanted = [i for i, payload in enumerate(payloads) if payload]
    sent: list[int] = []
    sending = map(call, [sockets[i].send for i in wanted], [payloads[i] for i in wanted])
    while len(sent) < len(wanted):
        try:
            sent.extend(sending)
        except BlockingIOError:
            sent.append(0)
        except OSError:
            sent.append(BROKEN)
    return [(i, n) for i, n in zip(wanted, sent, strict=True) if n != len(payloads[i])] or None


PeerT = TypeVar("PeerT", bound=Linked)


class Group(Generic[PeerT]):
    """The peers of one dialect, in an order that a list of payloads can follow.

    The lists that the loop needs are kept from tick to tick.
    """

    __slots__ = ("_peers", "_sockets", "places")

    def __init__(self) -> None:
        self.places: dict[PeerT, int] = {}
        self._peers: list[PeerT] = []
        self._sockets: list[socket.socket] = []

    def __len__(self) -> int:
        return len(self._peers)

    def __iter__(self) -> Iterator[PeerT]:
        return iter(self._peers)

    def add(self, peer: PeerT) -> None:
        """Put a peer at the end."""
        self.places[peer] = len(self._peers)
        self._peers.append(peer)
        self._sockets.append(peer.link.socket)

    def remove(self, peer: PeerT) -> None:
        """Take a peer out; the last one gets its place."""
        place = self.places.pop(peer)
        last, last_socket = self._peers.pop(), self._sockets.pop()
        if last is not peer:
            self.places[last] = place
            self._peers[place], self._sockets[place] = last, last_socket

    def put(self, payloads: list[bytes], outbox: Outbox) -> None:
        """Have each peer sent the payload at its place; nothing if it is empty. None of them has bytes waiting."""
        outbox.peers += self._peers
        outbox.sockets += self._sockets
        outbox.payloads += payloads


class Outbox:
    """What is about to be sent, and to whom. Between the first `put` and `send` nothing else is written to them.

    If that cannot be promised, `send_late` is for it.
    """

    __slots__ = ("payloads", "peers", "sockets")

    def __init__(self) -> None:
        self.peers: list[Linked] = []
        self.sockets: list[socket.socket] = []
        self.payloads: list[bytes] = []

    def __len__(self) -> int:
        return len(self.payloads)

    def cut(self, length: int) -> None:
        """Forget what was put in since it was as long as that."""
        del self.peers[length:], self.sockets[length:], self.payloads[length:]

    def send_late(self) -> None:
        """Send it all, some time after it was put in. Where bytes wait by now, it goes behind them."""
        for place, peer in enumerate(self.peers):
            link = peer.link
            if link.blocked or link.closing:
                link.write(self.payloads[place])
                self.payloads[place] = b""
        self.send()

    def send(self) -> None:
        """Send it all."""
        peers, payloads = self.peers, self.payloads
        short = send_all(self.sockets, payloads)
        self.peers, self.sockets, self.payloads = [], [], []
        for place, n in short or ():
            link = peers[place].link
            if n == BROKEN:
                link.abort()
            else:
                link.write_rest(payloads[place][n:])
