"""What each client of a dialect is sent in a tick, in one piece: messages, its ack, its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tickwire.accelerator import accelerated
from tickwire.wire.codec import Encoding, ack_encoder


def encode_acks(
    encoding: Encoding,
    tick: int,
    acks: Mapping[int, int],
    early: Mapping[int, int],
    peers: Mapping[int, Any],
    places: Mapping[Any, int],
) -> dict[int, bytes]:
    """The acks of a tick, by the places of those who get them.

    Args:
        encoding: of them.
        tick: of the state that they come with.
        acks: by player the `seq`.
        early: of those whose inputs were meant for a tick, by how many ticks they were early.
        peers: by player who is to hear of it, if anybody is.
        places: where of these each is that has this encoding.
    """
    by_place, ack = {}, ack_encoder(tick, encoding)
    for player, seq in acks.items():
        peer = peers.get(player)
        if peer is not None and (place := places.get(peer)) is not None:
            by_place[place] = ack(seq, early.get(player))
    return by_place


@accelerated
def pack_acks(
    tick: int, acks: dict[int, int], early: dict[int, int], peers: dict[int, Any], places: dict[Any, int]
) -> dict[int, bytes]:
    """`encode_acks` in MessagePack."""
    return encode_acks(Encoding.MSGPACK, tick, acks, early, peers, places)


@accelerated
def join_payloads(
    frame: Callable[[bytes], bytes], messages: bytes, states: list[bytes], acks: dict[int, bytes], empty: bytes
) -> list[bytes]:
    """For each client its payload, ready for the socket. Those with the same one share it, where that is easy to see.

    Args:
        frame: makes a frame of the dialect.
        messages: what goes to all, framed already.
        states: for each client its state; empty if there is none.
        acks: by a client's place in that list its ack.
        empty: the state that says that nothing changed: it follows an ack where there is no other.
    """
    framed = {state: messages + frame(state) if state else messages for state in set(states)}
    payloads = [framed[state] for state in states]
    for place, ack in acks.items():
        payloads[place] = messages + frame(ack) + frame(states[place] or empty)
    return payloads
