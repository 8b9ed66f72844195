"""What each client of a dialect is sent in a tick, in one piece: messages, its ack, its state."""

from __future__ import annotations

from collections.abc import Callable

from tickwire.accelerator import accelerated


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
