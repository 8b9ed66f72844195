from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from at_once import saying, welcome_to
from helpers import run, until
from textual.pilot import Pilot
from textual.widgets import Input

from terminal.screens import lines, silent_client, text
from tickwire.client.client import Client, connect
from tickwire.faces.seat import Wish
from tickwire.faces.terminal import chat_screen, game_screen, play
from tickwire.faces.terminal.app import TerminalFace
from tickwire.faces.terminal.game_screen import GameScreen
from tickwire.faces.terminal.help_screen import HelpScreen
from tickwire.faces.terminal.lobby_screen import LobbyScreen
from tickwire.game.loader import load_module
from tickwire.server.app import Server
from tickwire.server.config import Config
from tickwire.wire.messages import Bye, Chat, Event, Joined, PlayerInfo, State

SOON = (0.05,) * 200


def server(game: str = "snake", *, port: int = 0, bots: int = 3) -> Server:
    return Server(Config(games=[load_module(f"tickwire.games.{game}")], port=port, bots=bots, seed=1))


def address_of(server: Server) -> str:
    return f"127.0.0.1:{server.addresses[0][1]}"


def client_of(face: TerminalFace) -> Client:
    assert face.seat is not None
    assert face.seat.client is not None
    return face.seat.client


async def sees(face: TerminalFace, words: str) -> None:
    """Wait until these words are on the screen."""
    await until(lambda: words in text(face), f"{words!r} on the screen")


async def ended(face: TerminalFace) -> None:
    await until(lambda: face.return_code is not None, "the end")


async def resized(face: TerminalFace, width: int, height: int) -> None:
    await until(lambda: face.size == (width, height), f"{width} by {height}")


async def ticked(face: TerminalFace, ticks: int) -> None:
    """Wait for so many more ticks."""
    end = client_of(face).tick + ticks
    await until(lambda: client_of(face).tick >= end, f"tick {end}")


@asynccontextmanager
async def playing(
    address: str, name: str = "ada", *, size: tuple[int, int] = (80, 24), watch: bool = False
) -> AsyncIterator[tuple[TerminalFace, Pilot[None]]]:
    """A face that shows a game."""
    face = TerminalFace(Wish(address, name, watch=watch), SOON)
    async with face.run_test(size=size) as pilot:
        await until(lambda: isinstance(face.screen, GameScreen), "the game")
        await until(lambda: face.seat is not None and face.seat.client is not None and face.seat.client.tick > 0)
        await pilot.pause()
        yield face, pilot


def test_the_game_shows_board_scoreboard_room_and_ping_in_80_by_24() -> None:
    async def main() -> None:
        async with server() as one, playing(address_of(one)) as (face, _):
            client = client_of(face)
            await sees(face, "▀")
            await sees(face, " ms")
            screen = lines(face)
            assert len(screen) == 24
            assert {len(line) for line in screen} == {80}
            assert screen[0].startswith(f" snake   room {client.room}   {address_of(one)} ")
            assert "▀" in "".join(line[:60] for line in screen[1:21])
            assert "▸ ■ ada" in text(face)
            assert sum("□" in line for line in screen) == 3  # the bots
            assert "You are ■ ada" in text(face)
            assert screen[23].startswith(" Enter chat   ? help   Esc leave   q quit")

    run(main())


@pytest.mark.parametrize("game", ["snake", "chat", "arena"])
def test_lines_that_come_in_the_same_bytes_as_the_welcome_are_shown(game: str) -> None:
    async def main() -> None:
        lines = [Chat(0, "", "Welcome to the game."), Chat(2, "bob", "good luck")]
        with saying(welcome_to(game), *lines, State(1, full=True)) as address:
            face = TerminalFace(Wish(address, "ada", room="K7QX"), SOON)
            async with face.run_test(size=(100, 30)):
                await sees(face, "Welcome to the game.")
                await sees(face, "good luck")

    run(main())


@pytest.mark.parametrize("game", ["snake", "arena"])
def test_an_event_that_comes_in_the_same_bytes_as_the_welcome_is_told(game: str) -> None:
    async def main() -> None:
        with saying(welcome_to(game), Event("began", {"player": 1}), State(1, full=True)) as address:
            face = TerminalFace(Wish(address, "ada", room="K7QX"), SOON)
            async with face.run_test(size=(100, 30)):
                await sees(face, "you began")

    run(main())


def test_what_ended_before_one_sat_down_is_no_news_and_what_happens_to_oneself_is_said_over_the_board(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        players = [PlayerInfo(1, "ada"), PlayerInfo(2, "bob")]
        client = silent_client(players, schema=welcome_to("snake").schema)
        face = TerminalFace(Wish("127.0.0.1:5050", ""))
        async with face.run_test(size=(80, 24)) as pilot:
            await face.joined(client)
            game = face.screen
            assert isinstance(game, GameScreen)
            for came in (Joined(1, "ada"), Event("game_over", {}), State(1, full=True)):
                client._receive(came)
                face.came(came)
            await pilot.pause()
            assert "game over" not in text(face)
            for came in (Event("died", {"player": 2}), State(2), Event("died", {"player": 1})):
                face.came(came)
            await sees(face, "you died")
            flash = game.query_one("#flash")
            await until(lambda: flash.region.height == 3, "the words over the board")
            assert 0 < flash.region.y < 12, "above the middle"
            assert "you died" in "\n".join(lines(face)[1:12])
            loop = asyncio.get_running_loop()
            monkeypatch.setattr(game, "_now", lambda: loop.time() + 3)
            await until(lambda: not flash.display, "the end of the flash")

    run(main())


@pytest.mark.parametrize("game", ["snake", "chat"])
def test_a_bye_that_comes_in_the_same_bytes_as_the_welcome_is_told(game: str) -> None:
    async def main() -> None:
        with saying(welcome_to(game), Bye("shutdown", "bye")) as address:
            face = TerminalFace(Wish(address, "ada", room="K7QX"), (60.0,))
            async with face.run_test(size=(100, 30)):
                await sees(face, "The server was shut down.")

    run(main())


@pytest.mark.parametrize("game", ["snake", "chat"])
def test_a_server_that_falls_silent_is_told_in_place_of_the_ping_until_it_speaks(
    game: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    clock = SimpleNamespace(perf_counter=lambda: now, time=time.time, strftime=time.strftime)
    monkeypatch.setattr(game_screen, "time", clock)
    monkeypatch.setattr(chat_screen, "time", clock)

    async def main() -> None:
        nonlocal now
        client = silent_client([PlayerInfo(1, "ada")], schema=welcome_to(game).schema, state=State(1, full=True))
        client.ping, client._heard_at = 0.012, now
        face = TerminalFace(Wish("127.0.0.1:5050", ""))
        async with face.run_test(size=(80, 24)):
            await face.joined(client)
            now = 102.4
            await sees(face, "12 ms")
            assert "no answer" not in text(face)
            now = 102.6
            await sees(face, "no answer for 3 s")
            assert "12 ms" not in text(face)
            client._heard_at = now
            await sees(face, "12 ms")
            assert "no answer" not in text(face)

    run(main())


def test_a_key_reaches_the_game() -> None:
    async def main() -> None:
        async with server() as one, playing(address_of(one)) as (face, pilot):
            await pilot.press("up")
            await until(lambda: client_of(face).acked == 1)
            await pilot.press("D")  # caps lock
            await until(lambda: client_of(face).acked == 2)
            await pilot.press("x")
            assert client_of(face)._seq == 2

    run(main())


def test_what_is_said_is_seen_by_everyone_and_never_read_as_markup() -> None:
    async def main() -> None:
        async with server() as one, playing(address_of(one)) as (face, pilot):
            async with connect(address_of(one), name="[red]蛇[/]", room=client_of(face).room) as bob:
                await sees(face, "[red]蛇[/] joined")
                await pilot.press("enter", *"wasd q?", "enter")
                await sees(face, "ada  wasd q?")
                assert client_of(face)._seq == 0  # no key of it steered
                bob.chat("[bold]hi[/] @click=app.quit\x1b[2J")
                await sees(face, "[red]蛇[/]  [bold]hi[/] @click=app.quit [2J")
            await sees(face, "[red]蛇[/] left")
            assert isinstance(face.screen, GameScreen)

    run(main())


def test_escape_leaves_the_chat_without_saying_anything() -> None:
    async def main() -> None:
        async with server() as one, playing(address_of(one)) as (face, pilot):
            await pilot.press("enter", "h", "m", "escape")
            await sees(face, "Enter chat")
            await pilot.press("left")
            await until(lambda: client_of(face).acked == 1)
            assert "hm" not in text(face)

    run(main())


def test_help_names_the_games_keys_and_any_key_closes_it() -> None:
    async def main() -> None:
        async with server() as one, playing(address_of(one)) as (face, pilot):
            for key in ("question_mark", "f1"):
                await pilot.press(key)
                await sees(face, "turn up")
                await pilot.press("w")
                await until(lambda: not isinstance(face.screen, HelpScreen))
            assert client_of(face)._seq == 0

    run(main())


def test_a_lost_connection_is_said_and_comes_back_by_itself() -> None:
    async def main() -> None:
        async with server() as one:
            port = one.addresses[0][1]
            face = TerminalFace(Wish(address_of(one), "ada"), SOON)
            playing = face.run_test(size=(80, 24))
            pilot = await playing.__aenter__()
            await until(lambda: isinstance(face.screen, GameScreen))
            await pilot.press("enter", "x")  # an open chat line is closed, so that r and q can be pressed
        await sees(face, "The connection is lost")
        await sees(face, "The server was shut down.")
        await sees(face, "ping lost")
        await pilot.press("up", "x", "enter")
        async with server(port=port):
            await until(lambda: "The connection is lost" not in text(face))
            await pilot.press("up")
            await until(lambda: client_of(face).acked == 1)
            await pilot.press("q")
            await until(lambda: face.return_code is not None)
        await playing.__aexit__(None, None, None)
        assert face.return_code == 0

    run(main())


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_quitting_gives_the_seat_up_at_once(key: str) -> None:
    async def main() -> None:
        async with (
            server(bots=0) as one,
            playing(address_of(one)) as (face, pilot),
            connect(address_of(one), name="bob", room=client_of(face).room, watch=True) as bob,
        ):
            await pilot.press(key)
            await until(lambda: not any(p.name == "ada" for p in bob.players.values()))
            await until(lambda: face.return_code == 0)

    run(main())


def test_a_server_that_is_not_there_is_said_on_the_form_and_can_be_tried_again() -> None:
    async def main() -> None:
        face = TerminalFace(Wish("127.0.0.1:1", "ada"))
        async with face.run_test(size=(80, 24)) as pilot:
            await sees(face, "127.0.0.1:1")
            await sees(face, "obody listens")
            async with server() as one:
                face.screen.query_one("#address", Input).value = address_of(one)
                await pilot.press("enter")
                await until(lambda: isinstance(face.screen, GameScreen))
                await pilot.press("q")
                await until(lambda: face.return_code == 0)

    run(main())


def test_the_exit_code_is_1_if_it_could_never_connect_and_0_if_it_never_tried() -> None:
    async def main() -> None:
        for name, code in (("ada", 1), ("", 0)):
            face = TerminalFace(Wish("127.0.0.1:1", name, game="snake"))
            async with face.run_test(size=(80, 24)) as pilot:
                await sees(face, "obody listens")
                await pilot.press("ctrl+q")
                await ended(face)
            assert face.return_code == code

    run(main())


def test_without_a_name_the_form_asks_and_refuses_what_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "grace")

    async def main() -> None:
        async with server() as one:
            face = TerminalFace(Wish(address_of(one), ""))
            async with face.run_test(size=(80, 24)) as pilot:
                await sees(face, "grace")
                form = face.screen
                assert isinstance(form, LobbyScreen)
                name, room = form.query_one("#name", Input), form.query_one("#code", Input)
                name.value = "  "
                await pilot.press("enter")
                await sees(face, "A name has at least one character")
                name.value, room.value = "grace", "QQQQ"
                await pilot.press("enter")
                await sees(face, "There is no room QQQQ")
                room.value = ""
                await pilot.press("enter")
                await until(lambda: isinstance(face.screen, GameScreen))
                await sees(face, "▸ ■ grace")

    run(main())


def test_every_size_of_terminal_can_be_played_in() -> None:
    async def main() -> None:
        async with server() as one, playing(address_of(one)) as (face, pilot):
            for width, height in [(120, 40), (200, 60), (63, 20), (40, 12), (20, 5), (1, 1), (80, 24)]:
                await pilot.resize_terminal(width, height)
                await resized(face, width, height)
                await ticked(face, 2)
                await pilot.pause()
                screen = lines(face)
                assert len(screen) == height
                assert {len(line) for line in screen} == {width}
            assert "▸ ■ ada" in text(face)

    run(main())


def test_a_watcher_steers_nothing() -> None:
    async def main() -> None:
        async with server() as one, playing(address_of(one), watch=True) as (face, pilot):
            await sees(face, "watching")
            await pilot.press("up", "w")
            assert client_of(face)._seq == 0
            assert "▸" not in text(face)

    run(main())


def test_a_continuous_game_is_shown_and_steered_by_the_same_face() -> None:
    async def main() -> None:
        async with server("swarm", bots=20) as one, playing(address_of(one)) as (face, pilot):
            await sees(face, "▀")
            await pilot.press("right")
            await until(lambda: client_of(face).acked == 1)
            await sees(face, "…")  # of 21 players not all fit

    run(main())


def test_a_pipe_is_no_terminal_and_hears_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert play(Wish("127.0.0.1:1", "ada")) == 1
    assert "needs a terminal" in capsys.readouterr().err


def test_the_form_can_be_left_while_it_joins() -> None:
    async def main() -> None:
        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        deaf = await asyncio.start_server(silence, "127.0.0.1", 0)
        async with deaf:
            face = TerminalFace(Wish(f"127.0.0.1:{deaf.sockets[0].getsockname()[1]}", "ada", game="snake"))
            async with face.run_test(size=(80, 24)) as pilot:
                await sees(face, "Joining")
                await pilot.press("ctrl+q")
                await until(lambda: face.return_code == 1)

    run(main())
