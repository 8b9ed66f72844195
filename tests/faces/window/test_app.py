from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import Any

import pygame
import pytest
from at_once import saying, welcome_to
from helpers import PATIENCE, ServerProcess, server_process

from tickwire.errors import ConnectionLost
from tickwire.faces import palette
from tickwire.faces.seat import Wish
from tickwire.faces.window import play
from tickwire.faces.window.app import WindowFace
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.seat import Phase
from tickwire.faces.window.shapes import rgb
from tickwire.sync import connect
from tickwire.wire.messages import Chat, Event, ServerMessage, State
from window.driving import click, client_of, frames, playing, press, said, type_text, until, window


def colors(face: WindowFace) -> set[int]:
    """Every colour in the window, as 0xRRGGBB."""
    pixels = pygame.image.tobytes(face.window.get_surface(), "RGB")
    return {int.from_bytes(pixels[i : i + 3]) for i in range(0, len(pixels), 3)}


def at(face: WindowFace, x: float, y: float) -> tuple[int, ...]:
    """The colour at a point of the board."""
    assert face.board is not None
    assert face.board.view is not None
    return tuple(face.window.get_surface().get_at([int(n) for n in face.board.view.pixel(x, y)]))[:3]


@pytest.mark.parametrize("game", ["snake", "swarm", "squares"])
@pytest.mark.parametrize("size", [(960, 600), (640, 480), (360, 300), (400, 900)])
def test_any_game_is_shown_in_any_size(server: ServerProcess, game: str, size: tuple[int, int]) -> None:
    with playing(server.address, game=game, size=size) as face:
        frames(face, 5)
        client = client_of(face)
        assert {s.player for s in face.scene.standings} == set(client.players)
        assert f"room {client.room}" in face.window.title
        shown = 1 if game == "swarm" else client.player
        assert palette.color_of(shown) in colors(face)


def test_a_window_that_is_resized_shows_it_all_anew(server: ServerProcess) -> None:
    with playing(server.address, size=(640, 480)) as face:
        assert face.board is not None
        for size in ((1200, 700), (360, 300), (500, 1000)):
            face.window.size = size
            frames(face, 2)
            assert face.window.get_surface().get_size() == size
            assert face.board.view is not None
            clip = face.board.view.clip
            assert clip.x + clip.width <= size[0]
            assert clip.y + clip.height <= size[1]


@pytest.mark.parametrize("game", ["snake", "chat", "arena"])
def test_what_comes_in_the_same_bytes_as_the_welcome_is_told(game: str) -> None:
    behind: list[ServerMessage] = [
        Chat(0, "", "Welcome to the game."),
        Event("began", {"player": 1}),
        State(1, full=True),
    ]
    go = threading.Event()
    with saying(welcome_to(game), *behind, when=go) as address, window(address, room="K7QX") as face:
        until(face, lambda: face.seat._dialling is not None, "a try to join")
        line = face.seat._dialling._line  # type: ignore[union-attr]
        go.set()
        with line._news:  # all of it is there before the next frame asks for the welcome
            assert line._news.wait_for(lambda: len(line._others) == 2 and line._states, PATIENCE)
        until(face, lambda: face.scene._news == "you began", "the event")
        assert face.scene._flash == "you began", "what happens to oneself stands over the board"
        assert any("Welcome to the game." in line for line in said(face))


def test_a_server_that_falls_silent_is_told_in_place_of_the_ping_until_it_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    painted: list[str] = []
    right = Brush.right

    def paint(self: Brush, text: str, *more: Any, **options: Any) -> int:
        painted.append(text)
        return right(self, text, *more, **options)

    monkeypatch.setattr(Brush, "right", paint)

    def header_at(face: WindowFace, now: float) -> str:
        painted.clear()
        face.frame(now)
        return painted[0]

    with saying(welcome_to("snake"), State(1, full=True)) as address, window(address, room="K7QX") as face:
        until(face, lambda: face.board is not None and client_of(face).tick > 0, "the game")
        client = client_of(face)._line._client
        assert client is not None
        client.ping, came = 0.012, client._heard_at
        assert header_at(face, came + 2.4) == "12 ms"
        assert header_at(face, came + 2.6) == "no answer for 3 s"
        client._heard_at = came + 2.5
        assert header_at(face, came + 2.6) == "12 ms"


def test_a_key_reaches_the_game(server: ServerProcess) -> None:
    with playing(server.address, game="squares", room="new") as face:
        client = client_of(face)
        until(face, lambda: len(client.tables["Square"]))
        (mine,) = (s for s in client.tables["Square"] if s.player == client.player)
        x = mine.x
        press(pygame.K_RIGHT)
        until(face, lambda: mine.x > x)
        press(pygame.K_SPACE, " ")
        until(face, lambda: client.acked == 2)
        # The picture follows: one's own square is where the server says.
        until(face, lambda: at(face, mine.x + 25, mine.y + 25) == rgb(palette.color_of(client.player)))


def test_a_thing_glides_between_two_ticks(server: ServerProcess) -> None:
    with playing(server.address, game="squares", room="new") as face:
        client = client_of(face)
        press(pygame.K_DOWN)
        until(face, lambda: client.acked == 1)
        assert face.board is not None
        sprites = face.board.sprites
        (layer,) = sprites.layers
        sprite = layer.sprites[max(layer.sprites)]
        places = {
            round(sprites.place(s, s.moved_at + t / 300).y, 3)
            for s in layer.sprites.values()
            if s.own
            for t in range(11)
        }
        assert sprite.look.kind == "box"
        assert len(places) > 5


def test_chat_is_typed_and_read(server: ServerProcess) -> None:
    with (
        playing(server.address, room="new") as face,
        connect(server.address, name="bob", room=client_of(face).room) as bob,
    ):
        press(pygame.K_RETURN, "\r")
        type_text("héllo")
        pygame.event.post(pygame.Event(pygame.TEXTEDITING, text="wor", start=0, length=3))
        press(pygame.K_RETURN, "\r")  # the input method's: it has not decided yet
        frames(face, 1)
        assert face.talk.entry is not None
        assert face.talk.entry.composing == "wor"
        type_text(" wörld")
        press(pygame.K_RETURN, "\r")
        until(face, lambda: "ada  héllo wörld" in said(face))
        assert face.talk.entry is None
        until(face, lambda: bob.poll() and any(isinstance(e, Chat) and e.text == "héllo wörld" for e in bob.events()))


def test_keys_are_the_chats_while_one_types_and_the_games_after_escape(server: ServerProcess) -> None:
    with playing(server.address, room="new") as face:
        client = client_of(face)
        press(pygame.K_SLASH, "/")
        type_text("/")  # of the same key
        press(pygame.K_w, "w")
        type_text("w")
        frames(face, 1)
        assert face.talk.entry is not None
        assert face.talk.entry.text == "w"
        press(pygame.K_ESCAPE)
        frames(face, 1)
        assert face.talk.entry is None
        assert client._seq == 0
        press(pygame.K_w, "w")
        until(face, lambda: client.acked == 1)


def test_hostile_words_are_filtered(server: ServerProcess) -> None:
    with playing(server.address, room="new") as face:
        client = client_of(face)
        face._came(Chat(2, "e\u202evil\x1b[2J", "one\ntwo\u200bthree"), client)
        assert said(face)[-1] == "evil [2J  one twothree"
        frames(face, 1)


def test_the_help_opens_and_any_key_closes_it(server: ServerProcess) -> None:
    with playing(server.address, room="new") as face:
        for key, typed in ((pygame.K_F1, ""), (pygame.K_SLASH, "?"), (pygame.K_SLASH, "/")):
            press(key, typed, pygame.KMOD_SHIFT)
            frames(face, 1)
            assert face.help_open
            assert face.talk.entry is None, "that is what / opens"
            press(pygame.K_w, "w")
            frames(face, 1)
            assert not face.help_open
        assert client_of(face)._seq == 0


def test_a_click_is_sent_by_a_game_that_knows_clicks(server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(server.address, room="new") as face:
        client, sent = client_of(face), list[object]()
        monkeypatch.setattr(client, "send", sent.append)
        client.schema.controls["click"] = {"type": "go"}
        assert face.board is not None
        assert face.board.view is not None
        click(*face.board.view.pixel(7.5, 3.2))
        click(1, 1)  # beside the board
        frames(face, 1)
        assert sent == [{"type": "go", "x": 7, "y": 3}]


def test_a_click_opens_the_chat_or_copies_the_code(server: ServerProcess) -> None:
    with playing(server.address, room="new") as face:
        chat, chip = face.talk.box, face.scene._header.room_chip
        assert chat is not None
        assert chip is not None
        click(chat.x + 5, chat.y + 5)
        frames(face, 1)
        assert face.talk.entry is not None
        click(chip.x + 5, chip.y + 5)
        frames(face, 1)


def test_a_point_won_rises_and_a_death_puffs(server: ServerProcess) -> None:
    with playing(server.address, room="new") as face:
        board = face.board
        assert board is not None
        until(face, lambda: any(g.way == "puff" for g in board.sprites.ghosts), "a snake that runs into a wall")
        until(face, lambda: board.sprites.leads().get(client_of(face).player))
        board.rise("+1", client_of(face).player, time.perf_counter())
        frames(face, 1)
        assert len(board._rises) == 1
        until(face, lambda: not board._rises)


def test_a_watcher_looks_on(server: ServerProcess) -> None:
    with (
        playing(server.address, room="new") as player,
        window(server.address, "wim", room=client_of(player).room, watch=True) as face,
    ):
        until(face, lambda: face.board is not None)
        press(pygame.K_UP)
        frames(face, 3)
        assert client_of(face).watching
        assert "You are watching." in said(face)


def test_a_lost_connection_is_told_and_comes_back() -> None:
    with server_process("snake") as first, playing(first.address) as face:
        first.end()
        until(face, lambda: face.seat.phase == Phase.LOST)
        press(pygame.K_UP)
        frames(face, 2)
        with server_process("snake", port=first.port):
            until(face, lambda: face.seat.joins == 2)
            until(face, lambda: client_of(face).tick > 0)
            press(pygame.K_UP)
            until(face, lambda: client_of(face).acked == 1)


def test_r_tries_at_once() -> None:
    with server_process("snake") as first, playing(first.address) as face:
        face.seat._rules._backoff = ()
        first.end()
        until(face, lambda: face.seat.phase == Phase.LOST)
        with server_process("snake", port=first.port):
            frames(face, 3)
            assert face.seat.joins == 1
            press(pygame.K_r, "r")
            until(face, lambda: face.seat.joins == 2)


@pytest.mark.parametrize("way", ["close", "quit", "key"])
def test_closing_the_window_gives_the_seat_up(server: ServerProcess, way: str) -> None:
    with connect(server.address, name="bob", game="squares", room="new") as bob:
        face_event = {
            "close": pygame.Event(pygame.WINDOWCLOSE),
            "quit": pygame.Event(pygame.QUIT),
            "key": pygame.Event(pygame.KEYDOWN, key=pygame.K_q, unicode="", mod=pygame.KMOD_LCTRL),
        }[way]
        with playing(server.address, room=bob.room) as face:
            pygame.event.post(face_event)
            frames(face, 1)
            assert face.over
            assert face.run() == 0
            with pytest.raises(ConnectionLost, match="closed"):
                client_of(face).poll()
        deadline = time.monotonic() + 5  # at once, and not when the server has given up waiting
        while any(p.name == "ada" for p in bob.players.values()):
            assert time.monotonic() < deadline
            bob.poll(0.05)


def test_an_input_method_does_not_stand_between_a_key_and_the_game(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[bool] = []
    monkeypatch.setattr(pygame.key, "start_text_input", lambda: states.append(True))
    monkeypatch.setattr(pygame.key, "stop_text_input", lambda: states.append(False))
    with playing(server.address) as face:
        assert states[-1:] == [False]
        press(pygame.K_RETURN, "\r")
        frames(face, 1)
        assert states[-1:] == [True]
        press(pygame.K_ESCAPE)
        frames(face, 1)
        assert states[-1:] == [False]


def test_without_pygame_one_line_says_what_to_install(server: ServerProcess) -> None:
    program = (
        "import sys; sys.modules['pygame'] = None\n"
        "from tickwire.faces.seat import Wish; from tickwire.faces.window import play\n"
        f"sys.exit(play(Wish({server.address!r}, 'ada')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "tickwire: the window needs pygame-ce; install it with: pip install 'tickwire[window]'\n"


def test_without_a_screen_one_line_says_so(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "none such")
    assert play(Wish(server.address, "ada")) == 1
    assert capsys.readouterr().err.startswith("tickwire: no window can be opened here")
