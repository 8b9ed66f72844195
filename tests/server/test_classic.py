"""The tutorials' clients, which send text behind a header of 64 bytes, in a chat with all the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from helpers import PATIENCE, Caller, Serving, Stage, dial, read_all, run, serving, until, without_limits

from tickwire import Game, Player
from tickwire.games.chat import Chat as BuiltInChat
from tickwire.net import listener as listener_module
from tickwire.net.connection import MAX_BACKLOG
from tickwire.net.limits import MESSAGES
from tickwire.server.watch import STUCK
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Chat, Joined, Left, PackedState, State

HEADER = 64
FLOOD = 100  # lines; 30 kB


class Talk(Game):
    """A room to talk in; /who tells who is there, /shout is told by the game, /flood fills a socket."""

    name, tick_rate, seats = "chat", 100, 50

    def hear(self, player: Player, text: str) -> str | None:
        match text.split():
            case ["/who"]:
                self.say(f"here: {', '.join(p.name for p in self.players.values())}", to=player)
                return None
            case ["/shout", *words]:
                self.say(" ".join(words).upper())
                return None
            case ["/flood"]:
                for _ in range(FLOOD):
                    self.say("x" * 300)
                return None
        return text

    def overhear(self, name: str, text: str) -> str | None:
        return text


class Client:
    """What a tutorial's client does: header and text in two sends, and a `recv(2048)` when it likes."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.got = b""

    async def send(self, text: str) -> None:
        message = text.encode("utf-8")
        length = str(len(message)).encode("utf-8")
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self.sock, length + b" " * (HEADER - len(length)))
        await loop.sock_sendall(self.sock, message)

    async def recv(self) -> str:
        """What the next `recv(2048)` gives."""
        async with asyncio.timeout(PATIENCE):
            data = await asyncio.get_running_loop().sock_recv(self.sock, 2048)
        self.got += data
        return data.decode("utf-8")

    async def until(self, words: str) -> str:
        """Everything so far, once these words are in it."""
        while words.encode() not in self.got:
            if not await self.recv():
                raise AssertionError(f"the server closed, and {words!r} never came: {self.got!r}")
        return self.got.decode()

    async def ask(self, text: str) -> str:
        """Send, and take one answer, as the tutorial's `send` does."""
        await self.send(text)
        return await self.recv()


async def client(server: Serving, *, receive_buffer: int = 0) -> Client:
    sock = await dial(server.port, receive_buffer=receive_buffer)
    server.callers.append(Caller(sock, Dialect.HEADER64))  # so that it is hung up at the end
    return Client(sock)


async def guest_of(server: Serving, *, receive_buffer: int = 0) -> Client:
    """One that has said hi, and so is in the chat."""
    guest = await client(server, receive_buffer=receive_buffer)
    assert await guest.ask("hi") == "Msg received"
    return guest


@asynccontextmanager
async def talking(**config: Any) -> AsyncIterator[Serving]:
    async with serving(Talk, **config) as server:
        yield server


async def a_tick(server: Serving) -> None:
    """Wait until what was said so far is told."""
    (room,) = server.lobby.rooms.values()
    tick = room.tick
    await until(lambda: room.tick > tick)


async def flood(ada: Caller) -> None:
    """Much is said in one tick."""
    await ada.say(type="chat", text="/flood")
    for _ in range(FLOOD):
        await ada.expect(Chat)


def names(server: Serving) -> list[str]:
    return [p.name for room in server.lobby.rooms.values() for p in room.seated.values()]


def test_each_message_is_answered_the_first_one_too() -> None:
    async def main() -> None:
        async with talking() as server:
            ada = await client(server)
            assert await ada.ask("Hello World!") == "Msg received"
            assert await ada.ask("Hello Everyone!") == "Msg received"
            assert await ada.ask("Hello Tim!") == "Msg received"
            assert await ada.ask("!DISCONNECT") == "Msg received"
            assert await ada.recv() == ""
            await until(lambda: server.gateway.connections == 0)

    run(main())


def test_guests_are_counted_and_hear_each_others_lines_but_not_their_own() -> None:
    async def main() -> None:
        async with talking() as server:
            one, two = await client(server), await client(server)
            await one.ask("I am the first")
            await a_tick(server)
            assert await two.ask("and I the second") == "Msg received"
            assert (await one.until("second")).removeprefix("Msg received") == "\n[guest-2] and I the second\n"
            await one.send("nice to meet you")
            assert await two.until("meet you") == "Msg received\n[guest-1] nice to meet you\n"
            await two.send("bye")
            await one.until("[guest-2] bye\n")
            assert "guest-1" not in one.got.decode()
            assert "guest-2" not in two.got.decode()
            assert names(server) == ["guest-1", "guest-2"]

    run(main())


def test_a_number_is_never_given_twice() -> None:
    async def main() -> None:
        async with talking() as server:
            for _ in range(2):
                guest = await guest_of(server)
                await guest.ask("!DISCONNECT")
                await until(lambda: server.gateway.connections == 0)
            await guest_of(server)
            assert names(server) == ["guest-3"]

    run(main())


def test_lines_travel_between_classic_clients_and_all_the_others() -> None:
    async def main() -> None:
        async with talking() as server:
            guest = await client(server)
            await guest.ask("is anybody there?")
            await a_tick(server)
            for dialect in Dialect:
                friend = await server.join(dialect.name.lower(), dialect)
                await friend.say(type="chat", text=f"hello from {dialect.label}")
                await guest.until(f"[{dialect.name.lower()}] hello from {dialect.label}\n")
                await guest.send(f"hello {dialect.label}")
                said = await friend.expect(Chat, lambda m: m.name == "guest-1")
                assert said.text == f"hello {dialect.label}"

    run(main())


def test_who_comes_and_goes_is_seen_by_the_others_as_any_player() -> None:
    async def main() -> None:
        async with talking() as server:
            ada = await server.join("ada")
            guest = await guest_of(server)
            assert (await ada.expect(Joined, lambda m: m.name != "ada")).name == "guest-1"
            guest.sock.close()
            # At once: it has no token to come back with.
            assert (await ada.expect(Left)).name == "guest-1"

    run(main())


def test_a_watchers_line_and_the_games_own_words_are_told_too() -> None:
    async def main() -> None:
        async with talking() as server:
            one, two = await client(server), await client(server)
            await one.ask("hi")
            await two.ask("hi")
            eve = await server.join("eve", watch=True)
            await eve.say(type="chat", text="I only look")
            await one.until("[eve] I only look\n")
            await one.send("/who")
            await one.until("\nhere: guest-1, guest-2\n")
            await one.send("/shout dinner")
            await two.until("\nDINNER\n")
            await one.until("\nDINNER\n")
            assert "here:" not in two.got.decode()

    run(main())


def test_lines_that_come_at_once_can_be_told_apart() -> None:
    async def main() -> None:
        async with talking() as server:
            one = await guest_of(server)
            ada = await server.join("ada")
            for text in ("a", "b", "c"):
                await ada.say(type="chat", text=text)
            await one.until("[ada] c")
            assert one.got == b"Msg received\n[ada] a\n[ada] b\n[ada] c\n"
            await one.ask("again")
            await ada.say(type="chat", text="d")
            await one.until("[ada] d")
            assert one.got.endswith(b"[ada] c\nMsg received\n[ada] d\n")

    run(main())


@pytest.mark.parametrize("words", ["!DISCONNECT", "Client Disconnected"])
@pytest.mark.parametrize("first", [True, False])
def test_either_goodbye_closes_cleanly_and_is_said_to_nobody(words: str, first: bool) -> None:
    async def main() -> None:
        async with talking() as server:
            ada = await server.join("ada")
            guest = await client(server)
            if not first:
                await guest.ask("hi")
                await ada.expect(Chat)
            await guest.send(words)
            assert (await read_all(guest.sock)).startswith(b"Msg received")
            if not first:
                await ada.expect(Left)
            await ada.say(type="chat", text="gone?")
            assert (await ada.expect(Chat)).text == "gone?"
            assert names(server) == ["ada"]

    run(main())


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "a chat line has at least one character\n"),
        (" \t\n ", "a chat line has at least one character\n"),
        ("x" * 301, "a chat line is at most 300 characters long\n"),
        ("x" * 65_536, "a chat line is at most 300 characters long\n"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_line_that_cannot_be_shown_is_answered_with_one_sentence(text: str, answer: str, first: bool) -> None:
    async def main() -> None:
        async with talking() as server:
            ada = await server.join("ada")
            guest = await client(server)
            if not first:
                await guest.ask("hi")
                await ada.expect(Chat)
            assert (await guest.ask(text)).removeprefix("\n") == answer
            assert await guest.ask("sorry") == "Msg received"
            assert (await ada.expect(Chat)).text == "sorry"

    run(main())


@pytest.mark.parametrize("text", ["\x1b[2Jhi", "a\x07b", "one\r\ntwo", "\u202eabc", "\x9b31m", "\u2028"])
def test_nothing_that_a_client_is_told_moves_a_cursor(text: str) -> None:
    async def main() -> None:
        async with talking() as server:
            guest = await guest_of(server)
            other = await client(server)
            await other.send(f"{text} end")
            told = await guest.until(" end\n")
            assert told.replace("\n", "").isprintable()
            ada = await server.join("ada")
            await ada.say(type="chat", text=f"{text} fin")
            assert (await guest.until(" fin\n")).replace("\n", "").isprintable()

    run(main())


def test_every_way_of_cutting_header_and_text_says_the_same() -> None:
    async def main() -> None:
        async with talking() as server:
            ada = await server.join("ada")
            whole = b"8".ljust(HEADER) + "grüße!".encode()
            guest = await client(server)
            loop = asyncio.get_running_loop()
            for byte in whole:
                await loop.sock_sendall(guest.sock, bytes([byte]))
                await asyncio.sleep(0)
            assert (await ada.expect(Chat)).text == "grüße!"
            await loop.sock_sendall(guest.sock, whole * 3)
            for _ in range(3):
                assert (await ada.expect(Chat)).text == "grüße!"

    run(main())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"eleven".rjust(HEADER), "the length of the message in digits"),
        (b"-1".ljust(HEADER), "the length of the message in digits"),
        (b"70000".ljust(HEADER), "at most 65536 bytes"),
        (b"1".ljust(HEADER) + b"\xff", "must be UTF-8"),
    ],
)
def test_bytes_that_break_the_framing_are_answered_with_a_sentence_and_an_end(data: bytes, words: str) -> None:
    async def main() -> None:
        async with talking() as server:
            ada = await server.join("ada")
            guest = await guest_of(server)
            await asyncio.get_running_loop().sock_sendall(guest.sock, data)
            told = (await read_all(guest.sock)).decode()
            assert words in told
            assert told.count("\n") == 2  # one behind Msg received, one at the end
            assert (await ada.expect(Left)).name == "guest-1"

    run(main())


def test_where_no_chat_is_served_a_classic_client_is_told_so_in_one_line() -> None:
    async def main() -> None:
        async with serving(Stage) as server:
            guest = await client(server)
            await guest.send("Hello World!")
            assert await read_all(guest.sock) == (
                b"there is no chat on this server, and text alone plays no other game\n"
            )
            assert server.lobby.rooms == {}

    run(main())


def test_a_hello_in_these_frames_speaks_json_both_ways_on_a_server_of_chat_too() -> None:
    async def main() -> None:
        async with serving(Stage, Talk) as server:
            ada = await server.join("ada", Dialect.HEADER64)
            assert ada.welcome is not None
            assert ada.welcome.game == "stage"
            assert isinstance(await ada.state(), State)
            await guest_of(server)
            assert sorted(names(server)) == ["ada", "guest-1"]

    run(main())


@pytest.mark.parametrize(
    "first", ['{"type":"hallo"}', '{"hello":1}', "[1]", "7", '{"type":7}', '{"type":"hello"', "[" * 5_000]
)
def test_any_other_first_message_is_a_line_be_it_json(first: str) -> None:
    async def main() -> None:
        async with talking() as server:
            guest = await client(server)
            answer = await guest.ask(first)
            assert answer == ("Msg received" if len(first) < 300 else "a chat line is at most 300 characters long\n")
            assert names(server) == ["guest-1"]

    run(main())


def test_a_hello_that_is_refused_does_not_make_a_classic_client() -> None:
    async def main() -> None:
        async with talking() as server:
            ada = await server.call(Dialect.HEADER64)
            await ada.say(type="hello", name="")
            assert await ada.refusal() == "bad_name"
            await ada.say(type="hello")
            assert await ada.refusal() == "bad_message"
            await ada.hello("ada")

    run(main())


def test_no_first_message_in_time_is_bye_no_hello() -> None:
    async def main() -> None:
        async with talking() as server:
            slow = await server.call(Dialect.HEADER64)
            await slow.send(b"5")
            await until(lambda: server.gateway.connections == 1)
            guest = await guest_of(server)
            server.sweep_in(listener_module.HELLO_DEADLINE)
            assert await slow.bye() == "no_hello"
            assert await guest.ask("I stay") == "Msg received"

    run(main())


def test_a_flood_ends_with_a_sentence_and_others_miss_nothing() -> None:
    async def main() -> None:
        async with talking() as server:
            ada = await server.join("ada")
            guest = await client(server)
            for _ in range(int(MESSAGES.first) * 3):
                await guest.send("spam")
            told = await read_all(guest.sock)
            assert told.endswith(b"more than 200 messages a second; send fewer\n")
            await ada.expect(Left)
            await ada.say(type="chat", text="at last")
            await ada.expect(Chat, lambda m: m.text == "at last")

    run(main())


def test_a_client_that_does_not_read_is_given_up_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    without_limits(monkeypatch)

    async def main() -> None:
        async with talking() as server:
            ada = await server.join("ada")
            await guest_of(server, receive_buffer=4096)
            guest_link = server.links[-1]
            most = 0
            while server.gateway.connections == 2:
                await flood(ada)
                most = max(most, guest_link.waiting)
            assert 0 < most <= MAX_BACKLOG + FLOOD * 301  # and no more than one tick's lines beyond
            assert names(server) == ["ada"]

    run(main())


def test_one_that_stays_stuck_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    without_limits(monkeypatch)

    async def main() -> None:
        async with talking() as server:
            ada = await server.join("ada")
            await guest_of(server, receive_buffer=4096)
            link = server.links[-1]
            while not link.blocked:
                await flood(ada)
            server.sweep_in(0)
            server.sweep_in(STUCK + 1)
            await until(lambda: server.gateway.connections == 1)

    run(main())


def test_a_shutdown_is_told_in_words() -> None:
    async def main() -> None:
        async with talking() as server:
            guest = await guest_of(server)
            server.gateway.shutdown()
            assert await read_all(guest.sock) == b"\nthe server is shutting down\n"

    run(main())


def test_no_state_is_made_for_a_room_of_classic_clients_and_others_get_theirs() -> None:
    async def main() -> None:
        async with talking() as server:
            guest = await guest_of(server)
            (room,) = server.lobby.rooms.values()
            hall = server.gateway._halls[room]
            assert hall.peers == {}
            ada = await server.join("ada", Dialect.NATIVE)
            assert isinstance(await ada.state(), PackedState)
            assert list(hall.peers) == [Dialect.NATIVE]
            assert guest.got == b"Msg received"

    run(main())


def test_one_that_is_alone_in_the_built_in_chat_hears_what_the_tutorial_shows_and_no_greeting() -> None:
    async def main() -> None:
        async with serving(BuiltInChat) as server:
            guest = await client(server)
            for text in ("Hello World!", "Hello Everyone!", "Hello Tim!", "!DISCONNECT"):
                assert await guest.ask(text) == "Msg received"
                if text != "!DISCONNECT":
                    await a_tick(server)
            assert await guest.recv() == ""

    run(main())


def test_a_first_message_that_is_a_command_is_answered() -> None:
    async def main() -> None:
        async with serving(BuiltInChat) as server:
            guest = await client(server)
            await guest.ask("/who")
            await guest.until("#lobby, 1 here: guest-1\n")

    run(main())


def test_the_built_in_chat_tells_its_history_to_newcomers_and_knows_rooms() -> None:
    async def main() -> None:
        async with serving(BuiltInChat) as server:
            one = await client(server)
            await one.ask("first line")
            await a_tick(server)
            two = await client(server)
            await two.ask("hello")
            told = await two.until("/help says what you can do\n")
            assert "[guest-1] first line\n" in told
            assert "[guest-2]" not in told
            await one.until("[guest-2] hello\n")
            await two.send("/join cats")
            await two.until("you are in #cats, alone")
            await one.send("are you there?")  # to some alone from now on, and so privately
            await a_tick(server)
            await one.send("/history")
            told = await one.until("--- now ---\n")
            assert told.count("[guest-1] are you there?\n") == 1  # in the history; not when it was said
            assert "are you there" not in two.got.decode()

    run(main())
