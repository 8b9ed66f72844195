from __future__ import annotations

import asyncio
import gc
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from helpers import PATIENCE, ServerProcess, server_process

import tickwire.client.sync
import tickwire.sync
from tickwire.client.client import Client as AsyncClient
from tickwire.client.sync import Dialling
from tickwire.errors import ConnectionLost, LocalProtocolError, RemoteProtocolError
from tickwire.faces.staging import set_stage
from tickwire.sync import Client, connect
from tickwire.wire.messages import Bye, Chat, Error, Event, Joined, Left

TURN = {"type": "turn", "heading": "up"}


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("snake", "examples/squares.py", "--seed", "1") as process:
        yield process


def polled(client: Client, condition: Callable[[], object]) -> None:
    """Poll as a game loop does until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "this did not come about"
        client.poll(0.05)


def came(client: Client, wanted: Callable[[Any], object]) -> Any:
    """Poll until an event comes that is wanted. Those before it are gone."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [event for event in client.events() if wanted(event)]
        if found:
            return found[0]
        client.poll(0.05)
    raise AssertionError("it did not come")


def waited(condition: Callable[[], object]) -> None:
    """Wait, without polling, until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "this did not come about"
        time.sleep(0.002)


def test_the_clock_is_set_in_a_room_that_rests(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="squares", room="new") as client:
        polled(client, lambda: client.tick)
        waited(lambda: client.ping is not None)
        client.poll()  # nothing has been pressed: from now on no state comes
        set_stage(client, None, time.perf_counter())
        polled(client, lambda: client.stage is not None and client.stage.clock.ready)


def threads() -> int:
    return sum(t.name.startswith("tickwire ") for t in threading.enumerate())


def wires(client: Client) -> dict[str, Any]:
    return {name: table.wire_rows() for name, table in client.tables.items()}


def test_a_client_has_a_seat_a_schema_and_tables_that_fill(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="snake", room="new") as client:
        assert client.player == 1
        assert client.players[1].name == "ada"
        assert client.schema.board == (60, 40)
        assert not client.watching
        assert len(client.room) == 4
        polled(client, lambda: any(c.owner == 1 for c in client.tables["Cell"]))
        polled(client, lambda: client.ping is not None)
        assert client.tick > 0
        assert client.ended is None


def test_between_two_polls_nothing_changes(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="snake", room="new") as client:
        polled(client, lambda: client.tick > 0)
        tick, rows, players = client.tick, wires(client), dict(client.players)
        with connect(server.address, name="bob", room=client.room) as bob:
            waited(lambda: len(client._line._states) > 3)
            assert (client.tick, wires(client), client.players, client.events()[1:]) == (tick, rows, players, [])
            assert client.poll()
            assert client.tick > tick
            assert wires(client) != rows
            polled(client, lambda: bob.player in client.players)


def test_poll_says_whether_a_state_came(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="squares", room="new") as client:
        polled(client, lambda: client.tick > 0)
        while client.poll():  # nothing moves, so there is an end of it
            pass
        assert not client.poll()
        client.send({"type": "go", "dx": 1})
        assert client.poll(PATIENCE)


def test_an_input_reaches_the_game_and_is_acknowledged_with_the_state_that_has_it(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="squares", room="new") as client:
        polled(client, lambda: len(client.tables["Square"]))
        (square,) = client.tables["Square"]
        assert square.x == 100
        seq = client.send({"type": "go", "dx": 1})
        polled(client, lambda: client.acked >= seq)
        assert square.x > 100
        assert client.send({"type": "go"}) == seq + 1


def test_an_input_is_what_it_was_when_it_was_sent(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="squares", room="new") as client:
        polled(client, lambda: len(client.tables["Square"]))
        (square,) = client.tables["Square"]
        gate = threading.Event()
        client._line._loop.call_soon_threadsafe(gate.wait, PATIENCE)  # the thread sends nothing before that opens
        going = {"type": "go", "dx": 1}
        client.send(going)
        going["dx"] = -1
        gate.set()
        polled(client, lambda: square.x != 100)
        assert square.x > 100


@pytest.mark.parametrize(
    ("input", "words"),
    [
        ({"type": "jump"}, "the game has no input 'jump'; it has turn"),
        ({"type": "turn", "way": "up"}, "the input 'turn' has no 'way'; it has heading"),
        (
            {"type": "turn", "heading": "north"},
            "heading of 'turn' is one of 'up', 'down', 'left', 'right', not 'north'",
        ),
        ({"heading": "up"}, "the game has no input {'heading': 'up'}; it has turn"),
        ({"type": "turn"}, "the input 'turn' needs heading, too"),
    ],
)
def test_an_input_that_the_game_does_not_have_is_told_where_it_is_sent(
    server: ServerProcess, input: dict[str, Any], words: str
) -> None:
    with connect(server.address, name="ada", game="snake") as client:
        with pytest.raises(LocalProtocolError) as caught:
            client.send(input)
        assert str(caught.value) == words
        assert client.send(TURN) == 1


def test_what_cannot_be_encoded_is_told_where_it_is_sent(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="snake") as client, pytest.raises(TypeError):
        client.send({"type": "turn", "heading": object()})


def test_a_watcher_sees_and_sends_no_inputs(server: ServerProcess) -> None:
    with (
        connect(server.address, name="ada", game="snake", room="new") as ada,
        connect(server.address, name="wim", room=ada.room, watch=True) as watcher,
    ):
        polled(watcher, lambda: len(watcher.tables["Cell"]))
        assert watcher.watching
        with pytest.raises(LocalProtocolError):
            watcher.send(TURN)


def test_events_are_given_once_and_hold_no_states(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="snake", room="new") as ada:
        with connect(server.address, name="bob", room=ada.room) as bob:
            assert came(ada, lambda e: isinstance(e, Joined) and e.player == bob.player).name == "bob"
            assert ada.players[bob.player].name == "bob"
            bob.chat("hi")
            assert came(ada, lambda e: isinstance(e, Chat)) == Chat(bob.player, "bob", "hi")
        assert came(ada, lambda e: isinstance(e, Left)).name == "bob"
        assert bob.player not in ada.players
        ada.chat("x" * 1000)
        assert came(ada, lambda e: isinstance(e, Error)).code == "bad_chat"
        died = came(ada, lambda e: isinstance(e, Event) and e.name == "died")  # in a wall
        assert died.data == {"player": ada.player}
        assert ada.events() == []


def test_closing_gives_the_seat_up_at_once(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="snake", room="new") as ada:
        before = threads()
        bob = connect(server.address, name="bob", room=ada.room)
        assert threads() == before + 1
        polled(ada, lambda: len(ada.players) == 2)
        bob.close()
        bob.close()
        assert threads() == before
        polled(ada, lambda: len(ada.players) == 1)
        for call in (bob.poll, lambda: bob.send(TURN), lambda: bob.chat("hi")):
            with pytest.raises(ConnectionLost, match="this client is closed"):
                call()
        assert bob.ended is not None


def test_closing_from_other_threads_is_safe(server: ServerProcess) -> None:
    client = connect(server.address, name="ada", game="snake")
    closers = [threading.Thread(target=client.close) for _ in range(4)]
    for closer in closers:
        closer.start()
    client.close()
    for closer in closers:
        closer.join(PATIENCE)
        assert not closer.is_alive()
    with pytest.raises(ConnectionLost):
        client.poll()


def test_closing_from_its_own_thread_is_safe(server: ServerProcess) -> None:
    client = connect(server.address, name="ada", game="snake")
    client._line._loop.call_soon_threadsafe(client.close)
    client._line._thread.join(PATIENCE)
    assert not client._line._thread.is_alive()


def test_a_forgotten_client_leaves(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="snake", room="new") as ada:
        bob: Client | None = connect(server.address, name="bob", room=ada.room)
        polled(ada, lambda: len(ada.players) == 2)
        del bob
        gc.collect()
        polled(ada, lambda: len(ada.players) == 1)


def test_a_program_that_ends_without_closing_leaves_in_time(server: ServerProcess) -> None:
    program = (
        "import sys; from tickwire.sync import connect; client = connect(sys.argv[1], name='bob', room=sys.argv[2]);"
        "client.poll(1); print(client.player)"
    )
    with connect(server.address, name="ada", game="snake", room="new") as ada:
        command = [sys.executable, "-X", "dev", "-c", program, server.address, ada.room]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
        assert (done.stdout.strip(), done.stderr) == ("2", "")
        assert (
            came(ada, lambda e: isinstance(e, Left)).name == "bob"
        )  # at once, and not when the server has given up waiting for it


def test_nobody_there_is_told_by_connect() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    before = threads()
    with pytest.raises(ConnectionLost, match="nobody listens"):
        connect(f"127.0.0.1:{port}", name="ada")
    assert threads() == before


def test_a_refusal_is_told_by_connect_with_its_code(server: ServerProcess) -> None:
    with pytest.raises(ConnectionLost) as caught:
        connect(server.address, name="ada", room="ZZZZ")
    assert caught.value.code == "no_such_room"


def test_a_mistyped_address_is_told_by_connect() -> None:
    with pytest.raises(ValueError, match="no valid port"):
        connect("localhost:http", name="ada")


def test_a_server_that_is_none_is_told_by_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(1000)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises((ConnectionLost, RemoteProtocolError)):
            connect(f"127.0.0.1:{listening.getsockname()[1]}", name="ada")
        thread.join(PATIENCE)


def test_dialling_does_not_wait_and_can_be_cancelled(server: ServerProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the system accepts, nobody answers
        before = threads()
        dialling = Dialling(f"127.0.0.1:{silent.getsockname()[1]}", name="ada")
        assert dialling.poll() is None
        dialling.cancel()
        assert threads() == before
        with pytest.raises(ConnectionLost, match="closed"):
            dialling.poll()
    dialling = Dialling(server.address, name="ada", game="snake")
    waited(dialling.poll)
    with dialling.wait() as client:
        assert client is dialling.poll()
        polled(client, lambda: client.tick > 0)


def test_the_end_is_told_by_poll_after_what_came_before_it() -> None:
    with server_process("snake") as server:
        client = connect(server.address, name="ada")
        polled(client, lambda: client.tick > 0)
        server.process.terminate()
        waited(lambda: client._line._ended)
        with pytest.raises(ConnectionLost) as caught:
            client.poll()
        assert caught.value.code == "shutdown"
        assert client.ended is caught.value
        assert isinstance(client.events()[-1], Bye)
        assert len(client.tables["Cell"]) > 0
        with pytest.raises(ConnectionLost):
            client.poll()
        client.close()


def test_a_token_takes_the_seat_back(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="snake", room="new") as first:
        first._line._loop.call_soon_threadsafe(_cut, first)
        waited(lambda: first._line._ended)
        with pytest.raises(ConnectionLost):
            first.poll()
        with connect(server.address, name="ada", token=first.token) as second:
            assert (second.room, second.player) == (first.room, first.player)


def _cut(client: Client) -> None:
    asynchronous = client._line._client
    assert asynchronous is not None
    transport = asynchronous._writer.transport
    assert isinstance(transport, asyncio.WriteTransport)
    transport.abort()


def test_a_loop_that_does_not_poll_costs_no_more_memory_and_catches_up(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickwire.client.line.STATES_WAITING", 3)
    resyncs: list[object] = []
    write = AsyncClient._write

    def watched(self: AsyncClient, message: Any) -> None:
        resyncs.extend([message] if type(message).__name__ == "Resync" else [])
        write(self, message)

    monkeypatch.setattr(AsyncClient, "_write", watched)
    with connect(server.address, name="ada", game="snake", room="new") as slow:
        waited(lambda: len(resyncs) >= 3)
        assert len(slow._line._states) <= 3
        with connect(server.address, name="wim", room=slow.room, watch=True) as other:
            polled(slow, lambda: not slow._line._skipping and slow.tick > 0)
            polled(other, lambda: other.tick > 0)
            deadline = time.monotonic() + PATIENCE
            while slow.tick != other.tick:
                assert time.monotonic() < deadline
                (slow if slow.tick < other.tick else other).poll(0.05)
            assert wires(slow) == wires(other)


def test_a_fault_in_the_thread_is_raised_where_the_loop_polls(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: AsyncClient, message: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    with connect(server.address, name="ada", game="snake") as client:
        monkeypatch.setattr(AsyncClient, "_receive", broken)
        waited(lambda: client._line._ended)
        with pytest.raises((ZeroDivisionError, ExceptionGroup)) as caught:
            client.poll()
        assert "a fault of ours" in repr(caught.value)


def test_the_public_name_is_the_same() -> None:
    assert tickwire.sync.connect is tickwire.client.sync.connect
