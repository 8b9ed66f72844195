"""A server that says everything at once: the welcome and what is behind it come in the same bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from helpers import PATIENCE

from tickwire.game.loader import load_module
from tickwire.replication.schema import Schema
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.framing import frame_native
from tickwire.wire.messages import PlayerInfo, ServerMessage, Welcome


def welcome_to(game: str, schema: dict[str, Any] | None = None) -> Welcome:
    """Player 1, ada, has a seat in a game; one that comes with tickwire if no schema is given."""
    if schema is None:
        schema = Schema.of_game(load_module(f"tickwire.games.{game}")).describe()
    return Welcome(1, "ada", "K7QX", "token", game, 10, 0, [PlayerInfo(1, "ada")], schema)


@contextmanager
def saying(*messages: ServerMessage, when: threading.Event | None = None) -> Iterator[str]:
    """The address of a server that answers the first hello with these, and closes when the other side leaves.

    Args:
        messages: the welcome first.
        when: set, when they may go out; None for at once.
    """
    said = b"".join(frame_native(encode(message, Encoding.MSGPACK)) for message in messages)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()
        thread = threading.Thread(target=_answer, args=(listener, said, when, done), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            done.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes an `accept`
            thread.join()


def _answer(listener: socket.socket, said: bytes, when: threading.Event | None, done: threading.Event) -> None:
    with suppress(OSError):
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            if when is not None:
                when.wait(PATIENCE)
            connection.sendall(said)
            while not done.is_set() and (heard := connection.recv(65_536)):
                if b"leave" in heard:
                    return
