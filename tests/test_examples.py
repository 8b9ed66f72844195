"""The examples are as short as they say, and run."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from helpers import PATIENCE, ServerProcess, server_process

from tickwire.errors import ConnectionLost
from tickwire.sync import Client, connect
from tickwire.wire.messages import Error

os.environ["SDL_VIDEODRIVER"] = "dummy"
os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"

import pygame

EXAMPLES = Path(__file__).parents[1] / "examples"
MOST_LINES = {"squares.py": 40, "squares_client.py": 40, "pygame_snake.py": 60}
FRAMES = 30


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with server_process("snake", str(EXAMPLES / "squares.py"), "--seed", "1", "--tick-rate", "100") as process:
        yield process


@pytest.fixture
def quit_pygame() -> Iterator[None]:
    yield
    pygame.quit()


def example(name: str) -> ModuleType:
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(name.removesuffix(".py"), EXAMPLES / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def on_each_frame(monkeypatch: pytest.MonkeyPatch, look: Callable[[pygame.Surface], object]) -> list[int]:
    """Look at every frame that is shown; ask the program to end once `look` was true and FRAMES were shown."""
    shown: list[int] = []
    done: list[object] = []
    deadline = time.monotonic() + PATIENCE

    def flip() -> None:
        screen = pygame.display.get_surface()
        assert screen is not None
        shown.append(1)
        if look(screen):
            done.append(True)
        if done and len(shown) >= FRAMES:
            pygame.event.post(pygame.Event(pygame.QUIT))
        assert time.monotonic() < deadline, "what was looked for did not show"

    monkeypatch.setattr(pygame.display, "flip", flip)
    return shown


@pytest.mark.parametrize("name", MOST_LINES)
def test_an_example_is_as_short_as_it_says(name: str) -> None:
    assert len((EXAMPLES / name).read_text().splitlines()) <= MOST_LINES[name]


def test_a_square_goes_where_its_player_steers_and_stops_at_the_wall(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="squares", room="new") as client:
        _poll(client, lambda: len(client.tables["Square"]))
        (square,) = client.tables["Square"]
        assert (square.x, square.y) == (100, 225)
        client.send({"type": "go", "dx": -1, "dy": -1})
        _poll(client, lambda: (square.x, square.y) == (0, 0))
        client.send({"type": "go", "dx": 1})
        _poll(client, lambda: square.x == 450)
        last = client.tick
        _poll(client, lambda: client.send({"type": "go"}) and client.tick > last)
        assert (square.x, square.y) == (450, 0)


def test_two_squares_are_one_to_each_player(server: ServerProcess) -> None:
    with connect(server.address, name="ada", game="squares", room="new") as ada:
        with connect(server.address, name="bob", room=ada.room) as bob:
            _poll(ada, lambda: len(ada.tables["Square"]) == 2)
            bob.send({"type": "go", "dy": 1})
            _poll(ada, lambda: any(s.player == bob.player and s.y > 225 for s in ada.tables["Square"]))
            assert [s.y for s in ada.tables["Square"] if s.player == ada.player] == [225]
        _poll(ada, lambda: len(ada.tables["Square"]) == 1)


def test_no_client_can_say_where_its_square_is_or_go_faster(server: ServerProcess) -> None:
    with connect(server.address, name="eve", game="squares", room="new") as eve:
        _poll(eve, lambda: len(eve.tables["Square"]))
        for cheat in ({"type": "go", "dx": 9}, {"type": "go", "x": 400}):
            eve._line.call("send", cheat)  # past the client's own check
        codes: list[str] = []

        def refused() -> bool:
            codes.extend(e.code for e in eve.events() if isinstance(e, Error))
            return codes == ["bad_input", "bad_input"]

        _poll(eve, refused)
        assert [(s.x, s.y) for s in eve.tables["Square"]] == [(100, 225)]


@pytest.mark.usefixtures("quit_pygame")
def test_the_squares_client_shows_its_square_and_steers_it(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = example("squares_client.py")
    held: dict[int, bool] = {}
    monkeypatch.setattr(pygame.key, "get_pressed", lambda: _Held(held))

    def look(screen: pygame.Surface) -> bool:
        def shows(x: int, y: int) -> bool:
            return screen.get_at((x, y)) in [pygame.Color(color) for color in program.COLORS]

        if shows(125, 250) or shows(375, 250):  # where squares begin
            held[pygame.K_LEFT] = held[pygame.K_UP] = True
        return bool(held) and shows(25, 25)  # in the corner

    shown = on_each_frame(monkeypatch, look)
    program.main(server.address)
    assert len(shown) >= FRAMES


@pytest.mark.usefixtures("quit_pygame")
def test_the_pygame_snake_shows_its_snake_and_turns_it(server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    program = example("pygame_snake.py")
    acked: list[int] = []
    paint = program.paint

    def watched(screen: pygame.Surface, font: pygame.font.Font, client: Client) -> None:
        paint(screen, font, client)
        acked.append(client.acked)

    def look(screen: pygame.Surface) -> bool:
        white = pygame.mask.from_threshold(screen, pygame.Color("white"), (1, 1, 1, 255))
        mine = white.count() > 4 * program.CELL  # the edges of one's own cells
        if mine:
            pygame.event.post(pygame.Event(pygame.KEYDOWN, key=pygame.K_UP))
            pygame.event.post(pygame.Event(pygame.KEYDOWN, key=pygame.K_RIGHT))
        return mine and acked[-1] > 0

    monkeypatch.setattr(program, "paint", watched)
    shown = on_each_frame(monkeypatch, look)
    program.main(server.address, "ada")
    assert len(shown) >= FRAMES


@pytest.mark.usefixtures("quit_pygame")
@pytest.mark.parametrize("name", ["squares_client.py", "pygame_snake.py"])
def test_an_example_says_in_one_line_that_nobody_listens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConnectionLost, match="nobody listens"):
        example(name).main("127.0.0.1:1")
    monkeypatch.setattr(sys, "argv", [name, "127.0.0.1:1"])
    spec = importlib.util.spec_from_file_location("__main__", EXAMPLES / name)
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(SystemExit, match="nobody listens"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


class _Held:
    """What `pygame.key.get_pressed` gives."""

    def __init__(self, held: dict[int, bool]) -> None:
        self._held = held

    def __getitem__(self, key: int) -> bool:
        return self._held.get(key, False)


def _poll(client: Client, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "this did not come about"
        client.poll(0.05)
