from __future__ import annotations

import socket
from collections.abc import Iterator

import pygame
import pytest
from helpers import ServerProcess, server_process

from tickwire.faces.lobby import Act
from tickwire.faces.window import lobby
from tickwire.faces.window.app import WindowFace
from tickwire.faces.window.lobby import LobbyPage
from tickwire.faces.window.seat import Phase
from tickwire.sync import Client, connect
from window.driving import click, client_of, frames, playing, press, type_text, until, window


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lobby looks around more often than people need it to."""
    monkeypatch.setattr(lobby, "REFRESH", 0.05)
    monkeypatch.setattr(lobby, "_SETTLED", 0.02)


@pytest.fixture(scope="module")
def small() -> Iterator[ServerProcess]:
    """Two games, in rooms for one."""
    with server_process("snake", "arena", "--seats", "1", "--seed", "1") as process:
        yield process


def page_of(face: WindowFace) -> LobbyPage:
    assert face.door.in_lobby
    return face.door.page


def listed(face: WindowFace) -> None:
    until(face, lambda: page_of(face).lobby.offer, "the list")
    frames(face, 1)


def spot(face: WindowFace, key: str, act: Act | None = None) -> tuple[float, float]:
    """The middle of a row, or of a button on it."""
    (box,) = (box for box, k, a in page_of(face)._rows._spots if (k, a) == (key, act))
    return box.x + (box.width / 2 if act else 60), box.y + box.height / 2


def hover(x: float, y: float) -> None:
    pygame.event.post(
        pygame.Event(pygame.MOUSEMOTION, pos=(round(x), round(y)), rel=(1, 1), buttons=(0, 0, 0), touch=False)
    )


def clear(face: WindowFace, line: str) -> None:
    """Empty the line that has the keys."""
    assert page_of(face)._focus == line
    for _ in range(210):
        press(pygame.K_BACKSPACE)
    frames(face, 1)


def plays(face: WindowFace) -> Client:
    until(face, lambda: face.board is not None and not face.door.in_lobby, "a game")
    return client_of(face)


def seats_of(server: ServerProcess, room: str) -> int:
    return next((r["people"] for r in server.rooms()["rooms"] if r["room"] == room), 0)


def test_one_enter_leads_a_newcomer_into_a_game(server: ServerProcess) -> None:
    with window(server.address, "") as face:
        frames(face, 1)
        press(pygame.K_RETURN, "\r")
        assert plays(face).welcome.game == "snake"


@pytest.mark.parametrize("size", [(800, 600), (360, 300), (400, 900), (1280, 800)])
def test_the_lobby_fits_every_window(server: ServerProcess, size: tuple[int, int]) -> None:
    with window(server.address, "", size=size) as face:
        listed(face)
        rows = page_of(face).lobby.rows()
        for row in rows:
            until(face, lambda key=row.key: page_of(face).lobby.row().key == key)  # type: ignore[misc]
            frames(face, 1)
            (box, *_) = (box for box, key, act in page_of(face)._rows._spots if key == row.key and act is None)
            assert box.x >= 0
            assert box.x + box.width <= size[0]
            assert box.y + box.height <= size[1]
            assert box.height >= 30, "the chosen row is in sight"
            press(pygame.K_DOWN)
            if row is rows[-1]:
                break


def test_the_name_is_asked_for_and_asked_again(server: ServerProcess) -> None:
    with window(server.address, "") as face:
        clear(face, "name")
        press(pygame.K_RETURN, "\r")
        until(face, lambda: "at least one character" in page_of(face)._message)
        type_text("x" * 40)
        press(pygame.K_RETURN, "\r")
        until(face, lambda: "shorter" in page_of(face)._message)
        for _ in range(38):
            press(pygame.K_BACKSPACE)
        press(pygame.K_RETURN, "\r")
        assert plays(face).welcome.name.startswith("xx")


def test_from_game_to_game_without_starting_anew_and_the_seat_is_free_at_once(server: ServerProcess) -> None:
    with window(server.address, "ada") as face:
        listed(face)
        press(pygame.K_RETURN, "\r")
        first = plays(face)
        assert first.welcome.game == "snake"
        press(pygame.K_ESCAPE)
        frames(face, 1)
        assert face.door.menu is not None
        assert face.door.menu.link == f"http://{server.address}/#{first.room}"
        press(pygame.K_RETURN, "\r")
        frames(face, 1)
        assert page_of(face).lobby.name == "ada"
        assert face.window.title == "tickwire"
        until(face, lambda: seats_of(server, first.room) == 0, "a seat given up")
        listed(face)
        press(pygame.K_DOWN)
        press(pygame.K_DOWN)
        press(pygame.K_n, "n")
        second = plays(face)
        assert second.welcome.game == "swarm"
        press(pygame.K_ESCAPE)
        press(pygame.K_l, "l")
        frames(face, 1)
        press(pygame.K_RETURN, "\r")
        assert plays(face).welcome.game == "snake"


def test_a_room_is_joined_or_watched_by_its_code_or_a_link(server: ServerProcess) -> None:
    with connect(server.address, name="bob", game="squares", room="new") as bob, window(server.address, "") as face:
        listed(face)
        press(pygame.K_TAB, "\t")
        press(pygame.K_TAB, "\t")
        type_text(bob.room.lower())
        press(pygame.K_RETURN, "\r")
        assert plays(face).room == bob.room
        press(pygame.K_ESCAPE)
        press(pygame.K_l, "l")
        frames(face, 1)
        press(pygame.K_TAB, "\t", pygame.KMOD_SHIFT)  # back to the code, which is empty again
        frames(face, 1)
        assert page_of(face)._focus == "code"
        type_text(f"http://{server.address}/#{bob.room}")
        frames(face, 1)
        assert page_of(face).lobby.code == bob.room  # a whole link is taken apart at once
        press(pygame.K_TAB, "\t")
        press(pygame.K_w, "w")
        assert plays(face).watching
        assert client_of(face).room == bob.room


def test_a_link_on_the_command_line_leads_into_its_room(server: ServerProcess) -> None:
    with (
        connect(server.address, name="bob", game="squares", room="new") as bob,
        window(f"http://{server.address}/#{bob.room}", "ada") as face,
    ):
        assert plays(face).room == bob.room


def test_a_room_that_is_not_there_or_full_is_said_and_the_code_can_be_mended(small: ServerProcess) -> None:
    with connect(small.address, name="bob") as bob, window(small.address, "ada", room="QQQQ") as face:
        until(face, lambda: "There is no room QQQQ" in page_of(face)._message)
        press(pygame.K_TAB, "\t")
        press(pygame.K_TAB, "\t")
        frames(face, 1)
        assert page_of(face).lobby.code == "QQQQ"
        clear(face, "code")
        type_text(bob.room)
        press(pygame.K_RETURN, "\r")
        until(face, lambda: "is full" in page_of(face)._message)
        assert (page_of(face).lobby.code, page_of(face).lobby.name) == (bob.room, "ada")
        press(pygame.K_ESCAPE)
        until(face, lambda: [r.room for r in page_of(face).lobby.rows()][3:] == [bob.room])
        for _ in range(3):
            press(pygame.K_DOWN)
        press(pygame.K_RETURN, "\r")  # which watches, for there is no other way in
        assert plays(face).watching


def test_the_mouse_fills_in_chooses_scrolls_and_leaves(server: ServerProcess) -> None:
    with window(server.address, "", size=(800, 600)) as face:
        listed(face)
        box = page_of(face)._boxes["code"]
        click(box.x + 5, box.y + 5)
        frames(face, 1)
        assert page_of(face)._focus == "code"
        hover(*spot(face, "game swarm"))
        frames(face, 2)
        assert page_of(face).lobby.chosen == "first"  # to point is not to choose
        click(*spot(face, "game swarm", Act.NEW))
        game = plays(face)
        assert game.welcome.game == "swarm"
        press(pygame.K_ESCAPE)
        frames(face, 2)
        assert face.door.menu is not None
        assert face.door.menu._dialog is not None
        lobby_box = face.door.menu._dialog.choice_boxes[0]
        click(lobby_box.x + 20, lobby_box.y + 10)
        frames(face, 1)
        listed(face)
        click(*spot(face, "game swarm"))
        assert plays(face).welcome.game == "swarm"
        press(pygame.K_ESCAPE)
        frames(face, 2)
        click(1, 1)  # beside the menu: back to the game
        frames(face, 1)
        assert face.door.menu is None
        assert not face.door.in_lobby


def test_the_list_scrolls_by_the_wheel(server: ServerProcess) -> None:
    with window(server.address, "", size=(360, 300)) as face:
        listed(face)
        before = spot(face, "game snake")
        pygame.event.post(pygame.Event(pygame.MOUSEWHEEL, x=0, y=-1, flipped=False, touch=False))
        frames(face, 2)
        assert spot(face, "game snake")[1] < before[1]
        assert page_of(face).lobby.chosen == "first"


def test_a_server_that_is_away_is_said_and_looked_for_again() -> None:
    with server_process("snake", "arena") as first:
        port = first.port
    with window(f"127.0.0.1:{port}", "ada") as face:
        until(face, lambda: "nobody listens" in page_of(face).lobby.trouble)
        frames(face, 1)
        press(pygame.K_RETURN, "\r")
        until(face, lambda: "Nobody listens" in page_of(face)._message)
        with server_process("snake", "arena", port=port):
            until(face, lambda: page_of(face).lobby.offer)
            assert page_of(face)._message == ""
            press(pygame.K_RETURN, "\r")
            assert plays(face).welcome.game == "snake"


def test_a_lost_game_can_be_left_for_the_lobby() -> None:
    with server_process("snake") as server, playing(server.address) as face:
        face.seat._rules._backoff = (60.0,)
        server.end()
        until(face, lambda: face.seat.phase == Phase.LOST)
        press(pygame.K_ESCAPE)
        frames(face, 1)
        until(face, lambda: "nobody listens" in page_of(face).lobby.trouble)


def test_a_try_that_takes_too_long_is_stopped_by_escape() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        window(f"127.0.0.1:{deaf.getsockname()[1]}", "ada", game="snake") as face,
    ):
        until(face, lambda: face.seat.phase == Phase.JOINING)
        frames(face, 2)
        press(pygame.K_ESCAPE)
        frames(face, 1)
        assert face.seat.phase == Phase.OUT
        assert page_of(face).joining == ""


def test_the_menu_says_who_is_here_and_quits(server: ServerProcess) -> None:
    with playing(server.address, room="new") as face:
        with connect(server.address, name="wim", room=client_of(face).room, watch=True):
            press(pygame.K_ESCAPE)
            frames(face, 1)
            assert face.door.menu is not None
            menu = face.door.menu
            until(face, lambda: "1 watching" in menu.dialog().lines[0])
            assert str(menu.dialog().lines[0]).startswith("Here: ada, ")
        press(pygame.K_q, "q")
        frames(face, 1)
        assert face.over
        assert face.run() == 0
