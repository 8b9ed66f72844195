from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from helpers import run, serving, until
from rich.cells import cell_len
from textual import events
from textual.pilot import Pilot

from terminal.screens import lines, text
from tickwire import Entity, Game, Look, Player, Table, u16, u32
from tickwire import text as words
from tickwire.client.client import Client, connect
from tickwire.faces.seat import Wish
from tickwire.faces.talk import Kind, Line
from tickwire.faces.terminal import chat_log
from tickwire.faces.terminal.app import TerminalFace
from tickwire.faces.terminal.chat_log import ChatLog, wrapped
from tickwire.faces.terminal.chat_screen import ChatScreen
from tickwire.faces.terminal.help_screen import HelpScreen
from tickwire.faces.terminal.lobby_screen import LobbyScreen
from tickwire.faces.terminal.menu_screen import MenuScreen
from tickwire.games.chat import Chat

SOON = (0.05,) * 200


class Sign(Entity):
    """What stands above the lines."""

    shown: words = ""
    look = Look.caption(text="shown")


class Score(Entity):
    """A player's points."""

    player: u16
    points: u32 = 0
    look = Look.score(player="player", value="points")


class Quiz(Game):
    """A game of captions, scores and chat; what is said becomes the question."""

    tick_rate, seats = 50, 4
    signs: Table[Sign]
    scores: Table[Score]
    sign: int

    def start(self) -> None:
        self.sign = self.signs.add(Sign("Capital of France?")).id
        self.signs.add(Sign("20 s"))

    def join(self, player: Player) -> None:
        self.scores.add(Score(player.id, 7042))

    def hear(self, player: Player, text: str) -> str | None:
        self.signs[self.sign].shown = text
        return None


@asynccontextmanager
async def chatting(
    port: int, name: str = "ada", *, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[TerminalFace, Pilot[None]]]:
    """A face that shows the chat."""
    face = TerminalFace(Wish(f"127.0.0.1:{port}", name, game="chat"), SOON)
    async with face.run_test(size=size) as pilot:
        await until(lambda: isinstance(face.screen, ChatScreen), "the chat")
        await sees(face, "you are in #lobby")
        await pilot.pause()
        yield face, pilot


@asynccontextmanager
async def chatting_with_bob() -> AsyncIterator[tuple[TerminalFace, Pilot[None], Client]]:
    """A face that shows the chat of a server, and somebody else who is there."""
    async with (
        serving(Chat) as server,
        chatting(server.port) as (face, pilot),
        connect(f"127.0.0.1:{server.port}", name="bob", game="chat") as bob,
    ):
        yield face, pilot, bob


async def sees(face: TerminalFace, words: str) -> None:
    await until(lambda: words in text(face), f"{words!r} on the screen")


def log_of(face: TerminalFace) -> ChatLog:
    return face.screen.query_one(ChatLog)


def shown(face: TerminalFace) -> list[str]:
    """The rows of the log, without its scrollbar."""
    return [line[:-1] for line in lines(face)[2:20]]


async def filled(face: TerminalFace, client: Client, count: int) -> None:
    """So many lines of somebody else, faster than the chat would take them."""
    log, now = log_of(face), 1_000_000.0
    for i in range(count):
        log.say(Line(Kind.SAID, f"line {i}", now + i, 7, "eve"))
    await until(lambda: log.at_end, "the end of the log")


def test_a_chat_is_typed_read_and_obeyed() -> None:
    async def main() -> None:
        async with chatting_with_bob() as (face, pilot, bob):
            await sees(face, "bob joined")
            await pilot.press(*"hi all q?", "enter")
            await sees(face, "ada ▏ hi all q?")
            bob.chat("*waves*")
            await sees(face, "*   bob waves")
            bob.chat("/topic cats")
            await sees(face, "#lobby   2 here   cats")
            bob.chat("/name robert")
            await sees(face, "bob is called robert now")
            await pilot.press(*"/me nods", "enter")
            await sees(face, "* ▏ ada nods")
            await pilot.press(*"/join den", "enter")
            await sees(face, "#den   1 here")
            screen = lines(face)
            assert len(screen) == 24
            assert {cell_len(line) for line in screen} == {80}

    run(main())


def test_the_line_recalls_completes_and_is_emptied_only_by_what_went_out() -> None:
    async def main() -> None:
        async with serving(Chat) as server, chatting(server.port) as (face, pilot):
            entry = face.screen.query_one("#chat")
            async with connect(f"127.0.0.1:{server.port}", name="bob", game="chat"):
                await sees(face, "bob joined")
                await pilot.press(*"one", "enter", *"two", "enter")
                await sees(face, "ada ▏ two")
                await pilot.press(*"dra", "up", "up")
                assert entry.value == "one"  # type: ignore[attr-defined]
                await pilot.press("down", "down")
                assert entry.value == "dra"  # type: ignore[attr-defined]
                await pilot.press("ctrl+u", "b", "tab")
                assert entry.value == "bob: "  # type: ignore[attr-defined]
                await pilot.press("ctrl+u", *"/hi", "tab")
                assert entry.value == "/history "  # type: ignore[attr-defined]
                await pilot.press("ctrl+u")
                entry.post_message(events.Paste("one\ntwo\x1b[2J"))
                await until(lambda: entry.value == "one two [2J", "the paste")  # type: ignore[attr-defined]

    run(main())


def test_who_scrolls_up_stays_there_and_sees_what_is_new() -> None:
    async def main() -> None:
        async with chatting_with_bob() as (face, pilot, bob):
            await sees(face, "bob joined")
            await filled(face, bob, 100)
            await pilot.press("pageup")
            await sees(face, "End ↓")
            before = shown(face)
            bob.chat("first")
            bob.chat("second")
            await sees(face, "2 new  End ↓")
            assert shown(face) == before
            await pilot.press("end")
            await sees(face, "─ new ─")
            assert "2 new" not in text(face)
            rows = lines(face)
            mark = next(i for i, row in enumerate(rows) if "─ new ─" in row)
            assert "first" in rows[mark + 1]
            await pilot.press(*"seen", "enter")
            await sees(face, "ada ▏ seen")
            assert "─ new ─" not in text(face)

    run(main())


def test_the_wheel_and_the_keys_scroll() -> None:
    async def main() -> None:
        async with chatting_with_bob() as (face, pilot, bob):
            await filled(face, bob, 100)
            log = log_of(face)
            await pilot._post_mouse_events([events.MouseScrollUp], log)
            await until(lambda: not log.at_end, "the wheel")
            await pilot.press("ctrl+home")
            await until(lambda: log.scroll_offset.y == 0, "the oldest line")
            await pilot.press("escape")
            await until(lambda: log.at_end, "the newest line")
            assert isinstance(face.screen, ChatScreen)

    run(main())


def test_what_comes_while_the_terminal_is_not_looked_at_is_marked() -> None:
    async def main() -> None:
        async with chatting_with_bob() as (face, pilot, bob):
            await sees(face, "bob joined")
            face.post_message(events.AppBlur())
            await until(lambda: log_of(face).away, "nobody is looking")
            bob.chat("are you there?")
            await sees(face, "1 new")
            await sees(face, "─ new ─")
            face.post_message(events.AppFocus())
            await until(lambda: log_of(face).unread == 0, "it is read")
            await sees(face, "─ new ─")  # until the next time, or an answer
            await pilot.press(*"yes", "enter")
            await sees(face, "ada ▏ yes")
            assert "─ new ─" not in text(face)

    run(main())


def test_history_is_shown_and_is_no_news() -> None:
    async def main() -> None:
        async with serving(Chat) as server, connect(f"127.0.0.1:{server.port}", name="bob", game="chat") as bob:
            bob.chat("said long ago")
            await until(lambda: any(getattr(e, "text", "") == "said long ago" for e in bob.take_events()))
            async with chatting(server.port) as (face, _):
                await sees(face, "bob   said long ago")
                (line,) = [line for line in log_of(face).lines if line.text == "said long ago"]
                assert line.old
                assert log_of(face).unread == 0
                assert "─ new ─" not in text(face)

    run(main())


def test_our_name_is_lit_and_rings_only_if_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with serving(Chat) as server, chatting(server.port) as (face, pilot):
            rung: list[bool] = []
            monkeypatch.setattr(face, "bell", lambda: rung.append(True))
            async with connect(f"127.0.0.1:{server.port}", name="bob", game="chat") as bob:
                bob.chat("hi ada")
                await sees(face, "bob ▏ hi ada")
                assert not rung
                await pilot.press("f3")
                await sees(face, "bell on")
                bob.chat("ada?")
                await sees(face, "bob ▏ ada?")
                assert rung == [True]

    run(main())


def test_people_are_shown_where_there_is_room_or_when_asked_for() -> None:
    async def main() -> None:
        async with serving(Chat) as server:
            async with chatting(server.port, size=(100, 30)) as (face, pilot):
                await sees(face, "▸ ■ ada")
                await pilot.press("f2")
                await until(lambda: "▸ ■ ada" not in text(face))
            async with chatting(server.port, size=(60, 20)) as (face, pilot):
                assert "▸ ■" not in text(face)
                await pilot.press("f2")
                await sees(face, "▸ ■ ada")

    run(main())


def test_escape_leads_to_the_menu_and_f1_to_the_help() -> None:
    async def main() -> None:
        async with serving(Chat) as server, chatting(server.port) as (face, pilot):
            await pilot.press("f1")
            await until(lambda: isinstance(face.screen, HelpScreen))
            await pilot.press("x")
            await until(lambda: isinstance(face.screen, ChatScreen))
            await pilot.press("escape")
            await until(lambda: isinstance(face.screen, MenuScreen))
            await pilot.press("escape")
            await until(lambda: isinstance(face.screen, ChatScreen))
            await pilot.press(*"back", "enter")
            await sees(face, "ada ▏ back")
            await pilot.press("escape", "l")
            await until(lambda: isinstance(face.screen, LobbyScreen))

    run(main())


def test_a_lost_connection_keeps_the_log_and_what_was_being_typed() -> None:
    async def main() -> None:
        async with serving(Chat) as server, chatting(server.port) as (face, pilot):
            await pilot.press(*"before", "enter")
            await sees(face, "ada ▏ before")
            await pilot.press(*"half a li")
            assert face.seat is not None
            assert face.seat.client is not None
            before = face.seat.client
            server.links[0].abort()
            await sees(face, "You are back.")
            assert face.seat.client is not before
            await sees(face, "ada ▏ before")
            await pilot.press(*"ne", "enter")
            await sees(face, "ada ▏ half a line")

    run(main())


def test_the_log_is_bounded_and_what_is_read_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_log, "LINES_KEPT", 200)

    async def main() -> None:
        async with chatting_with_bob() as (face, pilot, bob):
            await filled(face, bob, 250)
            log = log_of(face)
            assert len(log._entries) == 200
            await pilot.press("pageup", "pageup")
            await pilot.pause()
            before = shown(face)
            for i in range(20):
                log.say(Line(Kind.SAID, f"more {i}", 0.0, 7, "eve"))
            await pilot.pause()
            assert shown(face) == before
            assert len(log._rows) <= 201

    run(main())


@pytest.mark.parametrize("size", [(200, 50), (80, 24), (63, 20), (30, 10)])
def test_every_row_is_as_wide_as_the_screen(size: tuple[int, int]) -> None:
    async def main() -> None:
        async with serving(Chat) as server, chatting(server.port, size=(80, 24)) as (face, pilot):
            log = log_of(face)
            for text in ("蛇" * 60, "👋 hi " * 30, "https://example.org/" + "x" * 250, "e\u0301" * 100, "short"):
                for kind in Kind:
                    log.say(Line(kind, text, 0.0, 3, "somebody with 長い name"))
            await pilot.resize_terminal(*size)
            await until(lambda: face.size == size)
            await pilot.pause()
            assert {cell_len(line) for line in lines(face)} == {size[0]}
            await until(lambda: log.at_end)

    run(main())


def test_words_are_broken_only_where_they_must_be() -> None:
    assert wrapped("", 5, 5) == [""]
    assert wrapped("see https://example.org/ now", 12, 30) == ["see", "https://example.org/ now"]
    assert wrapped("x" * 11, 5, 4) == ["xxxxx", "xxxx", "xx"]
    assert wrapped("ab  cd", 3, 3) == ["ab", "cd"]


def test_a_lost_server_is_told_and_what_is_said_meanwhile_stays_typed() -> None:
    async def main() -> None:
        async with serving(Chat) as server:
            face = TerminalFace(Wish(f"127.0.0.1:{server.port}", "ada", game="chat"), (30.0,))
            async with face.run_test(size=(80, 24)) as pilot:
                await sees(face, "you are in #lobby")
                server.links[0].abort()
                await sees(face, "Trying again in")
                await pilot.press(*"hello?", "enter")
                await sees(face, "There is no connection now, so that was not said.")
                assert face.screen.query_one("#chat").value == "hello?"  # type: ignore[attr-defined]

    run(main())


def test_a_character_that_is_wider_than_a_row_does_not_keep_the_log_for_ever() -> None:
    wide = "\u1100" * 6 + "\u1161"  # letters of a syllable that no font joins: one character of a dozen cells
    assert wrapped(f"{wide}ab", 2, 2)[0] == wide


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (64, 12)])
def test_captions_stand_above_the_lines_and_scores_beside_them(size: tuple[int, int]) -> None:
    async def main() -> None:
        async with serving(Quiz) as server:
            face = TerminalFace(Wish(f"127.0.0.1:{server.port}", "ada", room="new"), SOON)
            async with face.run_test(size=size) as pilot:
                await sees(face, "Capital of France?")
                await sees(face, "7042")
                assert lines(face)[1].strip() == "Capital of France?"
                assert lines(face)[2].strip() == "20 s"
                await pilot.press(*("why " * 19), "enter")  # longer than a row of 64
                await sees(face, "why why")
                assert len(lines(face)) == size[1]

    run(main())


def test_captions_are_shown_where_nothing_else_has_room() -> None:
    async def main() -> None:
        async with serving(Quiz) as server:
            face = TerminalFace(Wish(f"127.0.0.1:{server.port}", "ada", room="new"), SOON)
            async with face.run_test(size=(40, 8)) as pilot:
                await sees(face, "Capital of France?")
                await pilot.press(*"ok?", "enter")
                await until(lambda: "Capital" not in text(face) and "ok?" in lines(face)[1])

    run(main())
