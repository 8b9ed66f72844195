from __future__ import annotations

from collections.abc import Iterator

import pygame
import pytest
from helpers import ServerProcess, server_process

from tickwire.faces.window.app import WindowFace
from tickwire.faces.window.conversation import Conversation
from tickwire.faces.window.menu import Menu
from tickwire.sync import Client, connect
from window.driving import client_of, frames, playing, press, said, type_text, until


@pytest.fixture(scope="module")
def chat_server() -> Iterator[ServerProcess]:
    with server_process("chat") as process:
        yield process


def sees(face: WindowFace, words: str) -> None:
    until(face, lambda: any(words in line for line in said(face)), f"{words!r} in {said(face)}")


def say(face: WindowFace, text: str) -> None:
    type_text(text)
    press(pygame.K_RETURN)
    frames(face, 1)


def talk_of(face: WindowFace) -> Conversation:
    assert isinstance(face.talk, Conversation)
    return face.talk


def beside(face: WindowFace, server: ServerProcess, name: str = "bob") -> Client:
    return connect(server.address, name=name, room=client_of(face).room)


def test_a_chat_fills_the_window_and_its_line_is_open(chat_server: ServerProcess) -> None:
    with playing(chat_server.address, game="chat") as face:
        sees(face, "you are in #lobby, alone")
        say(face, "hello? q")
        sees(face, "ada  hello? q")
        assert talk_of(face).entry is not None
        assert face.talk.box is not None
        assert face.talk.box.width > 300
        with beside(face, chat_server) as bob:
            sees(face, "bob joined")
            bob.chat("*waves*")
            sees(face, "* bob waves")
            bob.chat("/name robert")
            sees(face, "bob is called robert now")
            until(face, lambda: {s.name for s in face.scene.standings} == {"ada", "robert"})
            say(face, "/join den")
            sees(face, "you are in #den, alone")
            until(face, lambda: {s.name for s in face.scene.standings} == {"ada"})
        sees(face, "robert left")


def test_history_is_read_by_who_comes_later(chat_server: ServerProcess) -> None:
    with connect(chat_server.address, name="bob", game="chat", room="new") as bob:
        bob.chat("said before")
        while not any(getattr(event, "text", "") == "said before" for event in bob.events()):
            bob.poll(1)
        with playing(chat_server.address, room=bob.room) as face:
            sees(face, "bob  said before")
            assert talk_of(face)._unread == 0
            assert not any(" new " in line for line in said(face))


def test_up_brings_back_what_was_said_and_tab_completes(chat_server: ServerProcess) -> None:
    with playing(chat_server.address, game="chat") as face, beside(face, chat_server):
        sees(face, "bob joined")
        say(face, "one")
        say(face, "two")
        type_text("draft")
        press(pygame.K_UP)
        press(pygame.K_UP)
        frames(face, 1)
        entry = talk_of(face).entry
        assert entry is not None
        assert entry.text == "one"
        press(pygame.K_DOWN)
        press(pygame.K_DOWN)
        frames(face, 1)
        assert entry.text == "draft"
        for _ in "draft":
            press(pygame.K_BACKSPACE)
        type_text("b")
        press(pygame.K_TAB)
        frames(face, 1)
        assert entry.text == "bob: "


def test_who_scrolls_up_stays_there_and_is_told_what_is_new(
    chat_server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pygame.key, "get_focused", lambda: True)
    with playing(chat_server.address, game="chat", size=(500, 300)) as face, beside(face, chat_server) as bob:
        sees(face, "bob joined")
        for i in range(19):
            bob.chat(f"line {i} of many, and it is one that is long enough to be wrapped in so small a window")
        sees(face, "line 18")
        talk = talk_of(face)
        press(pygame.K_PAGEUP)
        frames(face, 2)
        back = talk._back
        assert back > 0
        assert talk._unread == 0
        bob.chat("/me is new here")
        sees(face, "* bob is new here")
        frames(face, 1)
        assert talk._unread == 1
        assert talk._back > back
        lines = said(face)
        assert " new " in lines[-2]
        press(pygame.K_END)
        frames(face, 2)
        assert (talk._back, talk._unread) == (0, 0)
        say(face, "seen")
        sees(face, "ada  seen")
        assert not any("─ new ─" in line for line in said(face))


def test_what_comes_while_another_window_has_the_keys_is_marked(
    chat_server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused = False
    monkeypatch.setattr(pygame.key, "get_focused", lambda: focused)
    with playing(chat_server.address, game="chat") as face, beside(face, chat_server) as bob:
        bob.chat("are you there?")
        sees(face, "are you there?")
        assert talk_of(face)._unread == 1
        focused = True
        frames(face, 1)
        assert talk_of(face)._unread == 0
        assert any("─ new ─" in line for line in said(face))


def test_escape_leads_to_the_menu_whose_keys_are_not_typed(chat_server: ServerProcess) -> None:
    with playing(chat_server.address, game="chat") as face:
        sees(face, "you are in #lobby")
        press(pygame.K_ESCAPE)
        frames(face, 2)
        assert isinstance(face.door.menu, Menu)
        type_text("x")
        frames(face, 1)
        press(pygame.K_ESCAPE)
        frames(face, 2)
        entry = talk_of(face).entry
        assert entry is not None
        assert entry.text == ""


def test_a_lost_connection_keeps_the_lines_and_what_was_being_typed(chat_server: ServerProcess) -> None:
    with playing(chat_server.address, game="chat") as face:
        say(face, "before")
        sees(face, "ada  before")
        type_text("half a ")
        frames(face, 1)
        client = client_of(face)
        inner = client._line._client
        assert inner is not None
        client._line._loop.call_soon_threadsafe(inner._writer.transport.abort)
        sees(face, "You are back in your seat.")
        until(face, lambda: client_of(face) is not client)
        type_text("line")
        press(pygame.K_RETURN)
        sees(face, "ada  half a line")
        sees(face, "ada  before")
