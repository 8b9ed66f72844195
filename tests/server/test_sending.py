from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from tickwire.server.sending import Group, Outbox


@dataclass
class FakeLink:
    """What a group needs of a link."""

    socket: socket.socket
    rests: list[bytes] = field(default_factory=list)
    aborted: bool = False

    def write_rest(self, rest: bytes) -> None:
        self.rests.append(rest)

    def abort(self) -> None:
        self.aborted = True


@dataclass(eq=False)
class Peer:
    """A peer, and the other end of its connection."""

    link: Any
    end: socket.socket

    def heard(self) -> bytes:
        try:
            return self.end.recv(99)
        except BlockingIOError:
            return b""


@pytest.fixture
def peers() -> Iterator[list[Peer]]:
    with ExitStack() as stack:
        made = []
        for _ in range(5):
            ours, theirs = (stack.enter_context(end) for end in socket.socketpair())
            ours.setblocking(False)
            theirs.setblocking(False)
            made.append(Peer(FakeLink(ours), theirs))
        yield made


def group_of(peers: list[Peer]) -> Group[Any]:
    group: Group[Any] = Group()
    for peer in peers:
        group.add(peer)
    return group


def send(group: Group[Any], payloads: list[bytes]) -> None:
    outbox = Outbox()
    group.put(payloads, outbox)
    outbox.send()
    assert not outbox, "what was sent is sent once"


def test_each_gets_what_stands_at_its_place_whoever_came_and_went(peers: list[Peer]) -> None:
    group = group_of(peers)
    for gone in (peers[1], peers[4], peers[0]):
        group.remove(gone)
        assert gone not in group.places
    group.add(peers[1])
    assert len(group) == 3
    assert {group.places[peer] for peer in group} == {0, 1, 2}
    payloads = [b""] * len(group)
    for name, peer in ((b"one", peers[1]), (b"two", peers[2]), (b"three", peers[3])):
        payloads[group.places[peer]] = name
    send(group, payloads)
    assert [peer.heard() for peer in peers] == [b"", b"one", b"two", b"three", b""]


def test_groups_share_an_outbox_and_what_is_cut_off_is_not_sent(peers: list[Peer]) -> None:
    outbox = Outbox()
    for members, payloads in ((peers[:2], [b"one", b"two"]), (peers[2:3], [b"three"]), (peers[3:], [b"four", b"five"])):
        before = len(outbox)
        group_of(members).put(payloads, outbox)
        if members == peers[2:3]:
            outbox.cut(before)
    assert len(outbox) == 4
    outbox.send()
    assert [peer.heard() for peer in peers] == [b"one", b"two", b"", b"four", b"five"]


def test_a_broken_one_is_closed_and_the_rest_of_a_short_one_waits(peers: list[Peer]) -> None:
    group = group_of(peers[:3])
    peers[0].end.close()
    huge = bytes(range(256)) * 40_000
    send(group, [b"a", huge, b"c"])
    assert [peer.link.aborted for peer in peers[:3]] == [True, False, False]
    (rest,) = peers[1].link.rests
    taken = len(huge) - len(rest)
    assert 0 < taken < len(huge)
    assert rest == huge[taken:]
    assert peers[2].heard() == b"c"


def test_nothing_is_sent_to_a_socket_that_was_closed_and_whose_number_another_has(peers: list[Peer]) -> None:
    group = group_of(peers[:1])
    number = peers[0].link.socket.fileno()
    peers[0].link.socket.close()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert number in (ours.fileno(), theirs.fileno())
        ours.setblocking(False)
        theirs.setblocking(False)
        send(group, [b"not for you"])
        assert peers[0].link.aborted
        for end in (ours, theirs):
            with pytest.raises(BlockingIOError):
                end.recv(9)
