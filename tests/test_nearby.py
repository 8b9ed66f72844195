"""`tickwire join` without an address: who is there, how it is told, and how one is picked."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket

import pytest
from helpers import PATIENCE, run, serving

from tickwire.nearby import Choice, ask, listing, look_around, probe
from tickwire.net.discovery import Announced, announce

HERE = ["127.0.0.1"]
ADA = Choice("ada-laptop", "192.168.1.5:5050", 0.0123, ("snake", "arena"), 3)
BOB = Choice("bob", "192.168.1.7:5050", 0.0002, ("pong",), 1)
MUTE = Announced("mute", ("192.168.1.9",), 5050, ("chess",), "1.0")


async def _announced(port: int, name: str) -> asyncio.Task[None]:
    return asyncio.create_task(announce(port, ["stage"], "1.0", HERE, name=name, interfaces=HERE))


async def _looked(port: int, name: str) -> tuple[list[Choice], list[Announced]]:
    """What was found here of this name and of this machine; others may be testing on the same loopback."""
    choices, silent = await look_around(HERE, port)
    return [c for c in choices if c.name in (name, "this machine")], [s for s in silent if s.name == name]


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


# --- looking ---


def test_a_server_tells_its_games_its_people_and_how_far_it_is() -> None:
    async def main() -> None:
        async with serving(bots=2) as here:
            await here.join("ada")
            await here.join("bob")
            choice = await probe("it", "127.0.0.1", here.port)
            assert choice is not None
            assert (choice.name, choice.address) == ("it", f"127.0.0.1:{here.port}")
            assert (choice.games, choice.people) == (("stage",), 2)
            assert 0 < choice.ping < PATIENCE

    run(main())


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n\r\nno json", None])
def test_what_is_no_tickwire_is_no_choice(answer: bytes | None) -> None:
    """None: it says nothing at all."""

    async def main() -> None:
        async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if answer is None:
                await reader.read()
            writer.write(answer or b"")
            writer.close()

        async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
            assert await probe("it", *server.sockets[0].getsockname()) is None

    run(main(), loop=asyncio.new_event_loop)


def test_where_nobody_listens_is_no_choice() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert run(probe("it", *unused.getsockname())) is None


def test_a_server_that_is_announced_and_on_this_machine_is_there_once() -> None:
    name = f"test-{secrets.token_hex(4)}"

    async def main() -> None:
        async with serving() as here:
            choices, silent = await _looked(here.port, name)
            assert [c.name for c in choices] == ["this machine"]  # found though it is not announced
            task = await _announced(here.port, name)
            while [c.name for c in choices] != [name]:
                choices, silent = await _looked(here.port, name)
            assert choices[0].address == f"127.0.0.1:{here.port}"
            assert silent == []
            await _ended(task)

    run(main())


def test_a_server_that_is_announced_and_does_not_answer_is_told_apart() -> None:
    name = f"test-{secrets.token_hex(4)}"

    async def main() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            task = await _announced(port, name)
            silent: list[Announced] = []
            while not silent:
                choices, silent = await _looked(port, name)
                assert choices == []
            assert silent == [Announced(name, ("127.0.0.1",), port, ("stage",), "1.0")]
            await _ended(task)

    run(main())


# --- telling ---


def test_the_list_has_a_line_for_each_with_game_players_ping_and_address() -> None:
    lines = listing([BOB, ADA], [MUTE]).strip("\n").splitlines()
    assert lines == [
        "   1  bob                   pong                        1 player    <1 ms  192.168.1.7:5050",
        "   2  ada-laptop            snake, arena               3 players    12 ms  192.168.1.5:5050",
        "   -  mute                  does not answer at 192.168.1.9:5050; its firewall may be shut",
    ]


def test_what_strangers_call_themselves_cannot_move_the_cursor() -> None:
    evil = "\x1b[2J\r\n" + "x" * 99
    shown = listing([Choice(evil, "192.168.1.6:5050", 0.1, (evil,), 0)], [Announced(evil, (evil,), 1, (), evil)])
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert len(shown.splitlines()) == 3


# --- picking ---


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [([""], BOB), (["1"], BOB), (["2"], ADA), (["y"], BOB), (["0", "3", "x", "-1", "²", " 2 "], ADA), (["q"], None)],
    ids=str,
)
def test_a_number_picks_enter_takes_the_nearest_and_q_leaves(
    typed: list[str], chosen: Choice | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = iter(typed)
    monkeypatch.setattr("builtins.input", lambda prompt: next(said))
    assert ask([BOB, ADA]) == chosen
    assert list(said) == []
