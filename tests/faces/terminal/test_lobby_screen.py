from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from helpers import run, until
from textual.pilot import Pilot
from textual.widgets import Input

from terminal.screens import lines, text
from tickwire.client.client import connect
from tickwire.client.rooms import Offer, OpenRoom, ServedGame
from tickwire.faces.seat import Wish
from tickwire.faces.terminal import lobby_screen
from tickwire.faces.terminal.app import TerminalFace
from tickwire.faces.terminal.game_screen import GameScreen
from tickwire.faces.terminal.lobby_screen import LobbyScreen
from tickwire.faces.terminal.menu_screen import MenuScreen
from tickwire.game.loader import load_module
from tickwire.server.app import Server
from tickwire.server.config import Config

SOON = (0.05,) * 200


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lobby looks around more often than people need it to."""
    monkeypatch.setattr(lobby_screen, "REFRESH", 0.1)
    monkeypatch.setattr(lobby_screen, "_SETTLED", 0.05)


def server(*, port: int = 0, bots: int = 2, seats: int | None = None) -> Server:
    games = [load_module(f"tickwire.games.{game}") for game in ("snake", "arena")]
    return Server(Config(games=games, port=port, bots=bots, seats=seats, seed=1))


def address_of(server: Server) -> str:
    return f"127.0.0.1:{server.addresses[0][1]}"


@asynccontextmanager
async def lobby(
    address: str, name: str = "", *, size: tuple[int, int] = (80, 24), **wish: object
) -> AsyncIterator[tuple[TerminalFace, Pilot[None]]]:
    """A face in the lobby, whose list has come."""
    face = TerminalFace(Wish(address, name, **wish), SOON)  # type: ignore[arg-type]
    async with face.run_test(size=size) as pilot:
        await sees(face, "Games")
        yield face, pilot


async def sees(face: TerminalFace, words: str) -> None:
    await until(lambda: words in text(face), f"{words!r} on the screen")


async def plays(face: TerminalFace, game: str) -> str:
    """Wait until a game is on the screen; its room."""
    await until(lambda: isinstance(face.screen, GameScreen) and face.seat and face.seat.client, game)
    await sees(face, f" {game} ")
    assert face.seat is not None
    assert face.seat.client is not None
    assert face.seat.client.welcome.game == game
    return face.seat.client.room


async def in_lobby(face: TerminalFace) -> None:
    await until(lambda: isinstance(face.screen, LobbyScreen), "the lobby")


def field(face: TerminalFace, id: str) -> Input:
    return face.screen.query_one(f"#{id}", Input)


def test_one_enter_leads_a_newcomer_into_a_game() -> None:
    async def main() -> None:
        async with server() as one, lobby(address_of(one)) as (face, pilot):
            await pilot.press("enter")
            await plays(face, "snake")

    run(main())


def test_games_and_rooms_are_listed_and_follow_what_happens() -> None:
    async def main() -> None:
        async with server() as one, lobby(address_of(one)) as (face, pilot):
            assert "Ships that shoot" in text(face)
            assert "Rooms" not in text(face)
            async with connect(address_of(one), name="bob", game="arena") as bob:
                await sees(face, "1 of 16   2 bots")
                (line,) = (line for line in lines(face) if bob.room in line)
                assert "arena" in line
                await pilot.press("down", "down", "down")
                await until(lambda: face._lobby.row().room == bob.room)
                async with connect(address_of(one), name="w", room=bob.room, watch=True):
                    await sees(face, "1 watching")
                    assert face._lobby.row().room == bob.room
                    await pilot.press("enter")
                    assert await plays(face, "arena") == bob.room

    run(main())


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (50, 14), (30, 8)])
def test_the_lobby_fits_every_terminal(size: tuple[int, int]) -> None:
    async def main() -> None:
        async with server() as one, lobby(address_of(one), size=(80, 24)) as (face, pilot):
            await pilot.resize_terminal(*size)
            await until(lambda: face.size == size)
            for _ in range(2):
                await pilot.press("down")

            def fits() -> bool:
                screen = lines(face)
                return len(screen) == size[1] and {len(line) for line in screen} == {size[0]}

            await until(fits)
            if size[1] >= 14:
                await sees(face, "▸ arena")
                await until(lambda: "Enter play" in lines(face)[-1])

    run(main())


def test_from_game_to_game_without_starting_anew_and_the_seat_is_free_at_once() -> None:
    async def main() -> None:
        async with server(bots=0) as one, lobby(address_of(one), "ada") as (face, pilot):
            await pilot.press("enter")
            first = await plays(face, "snake")
            async with connect(address_of(one), name="bob", room=first) as bob:
                await sees(face, "bob joined")
                await pilot.press("escape")
                await until(lambda: isinstance(face.screen, MenuScreen))
                await sees(face, f"http://{address_of(one)}/#{first}")
                await pilot.press("enter")
                await in_lobby(face)
                await until(lambda: [p.name for p in bob.players.values()] == ["bob"], "a seat given up")
                await sees(face, first)
                await pilot.press("down", "down", "n")
                second = await plays(face, "arena")
                assert second != first
                assert face._lobby.name == "ada"
                await pilot.press("escape", "l")
                await in_lobby(face)
                await pilot.press("enter")
                assert await plays(face, "snake") == first
                assert "ada" in [p.name for p in bob.players.values()]

    run(main())


def test_a_room_is_joined_or_watched_by_its_code() -> None:
    async def main() -> None:
        async with (
            server() as one,
            lobby(address_of(one)) as (face, pilot),
            connect(address_of(one), name="bob", game="arena") as bob,
        ):
            await pilot.press("tab", "tab", *bob.room.lower())
            await sees(face, "the room of this code")
            await pilot.press("f2")
            assert await plays(face, "arena") == bob.room
            await sees(face, "watching")
            await pilot.press("escape", "l")
            await in_lobby(face)
            assert field(face, "code").value == ""
            field(face, "code").value = f"http://{address_of(one)}/#{bob.room}"
            await pilot.press("enter")
            assert await plays(face, "arena") == bob.room

    run(main())


def test_a_link_on_the_command_line_leads_into_its_room() -> None:
    async def main() -> None:
        async with server() as one, connect(address_of(one), name="bob", game="arena") as bob:
            for name in ("ada", ""):
                face = TerminalFace(Wish(f"http://{address_of(one)}/#{bob.room}", name), SOON)
                async with face.run_test(size=(80, 24)) as pilot:
                    if not name:
                        await sees(face, bob.room)
                        await pilot.press("enter")
                    assert await plays(face, "arena") == bob.room

    run(main())


def test_a_room_that_is_not_there_or_full_is_said_and_the_code_can_be_mended() -> None:
    async def main() -> None:
        async with (
            server(bots=0, seats=1) as one,
            connect(address_of(one), name="bob", game="arena") as bob,
            lobby(address_of(one), "ada", room="QQQQ") as (face, pilot),
        ):
            await sees(face, "There is no room QQQQ")
            assert field(face, "code").value == "QQQQ"
            field(face, "code").value = bob.room
            await pilot.press("enter")
            await sees(face, f"Room {bob.room} is full (1 seats)")
            assert (field(face, "code").value, field(face, "name").value) == (bob.room, "ada")
            await pilot.press("escape")  # forgets the code
            await until(lambda: field(face, "code").value == "")
            field(face, "name").focus()
            await pilot.press("down", "down", "down")
            await sees(face, "Enter watch")  # there is no other way into a full room
            await pilot.press("enter")
            assert await plays(face, "arena") == bob.room

    run(main())


def test_a_server_that_is_away_is_said_and_looked_for_again() -> None:
    async def main() -> None:
        async with server() as first:
            port = first.addresses[0][1]
        face = TerminalFace(Wish(f"127.0.0.1:{port}", ""), SOON)
        async with face.run_test(size=(80, 24)) as pilot:
            await sees(face, "Nobody listens")
            await sees(face, "Trying again")
            await pilot.press("enter")
            await pilot.pause()
            await in_lobby(face)
            async with server(port=port):
                await sees(face, "Games")
                await until(lambda: "Nobody listens" not in text(face))
                await pilot.press("enter")
                await plays(face, "snake")

    run(main())


def test_another_server_is_looked_at_when_its_address_is_typed() -> None:
    async def main() -> None:
        async with server() as one:
            face = TerminalFace(Wish("127.0.0.1:1", ""), SOON)
            async with face.run_test(size=(80, 24)) as pilot:
                await sees(face, "Nobody listens")
                field(face, "address").value = address_of(one)
                await sees(face, "Games")
                await pilot.press("enter")
                await plays(face, "snake")

    run(main())


def test_a_lost_game_can_be_left_for_the_lobby() -> None:
    async def main() -> None:
        async with server() as one:
            face = TerminalFace(Wish(address_of(one), "ada", game="snake"), (60.0,))
            running = face.run_test(size=(80, 24))
            pilot = await running.__aenter__()
            await plays(face, "snake")
        await sees(face, "Esc lobby")
        await pilot.press("escape")
        await in_lobby(face)
        await sees(face, "Nobody listens")
        await pilot.press("ctrl+q")
        await until(lambda: face.return_code == 0)
        await running.__aexit__(None, None, None)

    run(main())


def test_the_mouse_chooses_joins_and_leaves() -> None:
    async def main() -> None:
        async with server() as one, lobby(address_of(one)) as (face, pilot):
            at = next(y for y, line in enumerate(lines(face)) if "   arena" in line)
            await pilot.click(offset=(20, at))
            await plays(face, "arena")
            await pilot.press("escape")
            await sees(face, "another game or room")
            at = next(y for y, line in enumerate(lines(face)) if "another game or room" in line)
            await pilot.click(offset=(30, at))
            await in_lobby(face)
            at = len(lines(face)) - 1
            await pilot.click(offset=(lines(face)[at].index("new room") + 2, at))
            await plays(face, "snake")

    run(main())


def test_the_menu_says_who_is_here_and_goes_back_or_out() -> None:
    async def main() -> None:
        async with server(bots=1) as one, lobby(address_of(one), "ada") as (face, pilot):
            await pilot.press("enter")
            room = await plays(face, "snake")
            async with connect(address_of(one), name="wim", room=room, watch=True):
                await pilot.press("escape")
                await sees(face, "1 watching")
                await sees(face, "■ ada")
                await pilot.press("escape")
                await until(lambda: isinstance(face.screen, GameScreen))
                assert face.seat is not None
                assert face.seat.client is not None
                assert face.seat.client.ended is None
                await pilot.press("escape", "down", "down", "enter")
                await until(lambda: face.return_code == 0)

    run(main())


def test_a_try_that_takes_too_long_is_stopped_by_escape() -> None:
    async def main() -> None:
        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        deaf = await asyncio.start_server(silence, "127.0.0.1", 0)
        async with deaf:
            face = TerminalFace(Wish(f"127.0.0.1:{deaf.sockets[0].getsockname()[1]}", "ada", game="snake"), SOON)
            async with face.run_test(size=(80, 24)) as pilot:
                await sees(face, "Joining")
                await pilot.press("escape")
                await until(lambda: "Joining" not in text(face))
                assert face.seat is None
                await pilot.press("tab", "tab", "x")
                assert field(face, "code").value == "x"

    run(main())


def test_the_link_is_copied_from_the_menu() -> None:
    async def main() -> None:
        async with server() as one, lobby(address_of(one), "ada") as (face, pilot):
            await pilot.press("enter")
            room = await plays(face, "snake")
            await pilot.press("escape")
            await until(lambda: isinstance(face.screen, MenuScreen))
            await pilot.press("c")
            await sees(face, "copied")
            assert face.clipboard == f"http://{address_of(one)}/#{room}"

    run(main())


def test_hostile_words_of_a_server_are_shown_harmless() -> None:
    async def main() -> None:
        async with server() as one, lobby(address_of(one)) as (face, pilot):
            face.workers.cancel_group(face.screen, "rooms")
            face._lobby.told(
                Offer(
                    [ServedGame("[red]go[/]", "one\x1b[2Jtwo\n\u202ethree @click=app.quit")],
                    [OpenRoom("[b]AAAA", "x" * 500, seats=10**12)],
                )
            )
            await pilot.press("down")
            await sees(face, "[red]go[/]")
            await sees(face, "one [2Jtwo three")
            await sees(face, "[b]AAAA")
            assert {len(line) for line in lines(face)} == {80}

    run(main())
