"""Arena in the window: held keys, one's own ship at once, and the net graph."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
from helpers import ServerProcess, server_process

from tickwire.client.sync import Client
from tickwire.faces.window.app import WindowFace
from tickwire.game.loader import load_file
from window.driving import client_of, frames, playing, press, said, until

RACE = """
from tickwire import Controls, Entity, Game, Input, Look, Table, fixed, u16

class Keys(Input):
    right: bool = False

class Car(Entity):
    x: float = fixed(0, 100, step=0.125)
    player: u16
    look = Look.arrow(x="x", y=50, angle=0, color="player", player="player")

    def move(self, keys: Keys) -> None:
        self.x = min(100, self.x + SPEED * keys.right)

SPEED = 0.5

class Race(Game):
    tick_rate = 30
    board = (100, 100)
    inputs = Keys
    controls = Controls(hold={"right d": "right"}, input=Keys)
    predict = Car
    cars: Table[Car]
    car_of: dict[int, int]
    held: dict[int, Keys]

    def join(self, player):
        self.car_of[player.id] = self.cars.add(Car(x=10, player=player.id)).id

    def leave(self, player):
        self.cars.remove(self.car_of.pop(player.id))

    def receive(self, player, keys):
        self.held[player.id] = keys

    def step(self):
        for car in self.cars:
            car.move(self.held.get(car.player, Keys()))
"""


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("race") / "race.py"
    file.write_text(RACE)
    return file


@pytest.fixture(scope="module")
def track(race: Path) -> Iterator[ServerProcess]:
    with server_process(str(race), "arena") as process:
        yield process


def lift(key: int) -> None:
    pygame.event.post(pygame.Event(pygame.KEYUP, key=key, unicode="", mod=0, scancode=0))


def own(face: WindowFace) -> float:
    """Where one's own thing is painted."""
    assert face.board is not None
    sprite = face.board.sprites.leads()[client_of(face).player]
    return face.board.sprites.place(sprite, time.perf_counter()).x


def true(client: Client) -> float:
    return float(next(row for row in client.tables["Car"] if row.player == client.player).x)


def test_a_key_that_is_held_moves_until_it_is_let_go(track: ServerProcess) -> None:
    with playing(track.address, game="race") as face:
        client = client_of(face)
        press(pygame.K_RIGHT)
        until(face, lambda: true(client) > 15)
        lift(pygame.K_RIGHT)
        frames(face, 3)
        until(face, lambda: true(client) == own(face))
        stopped = true(client)
        end = time.monotonic() + 0.3
        until(face, lambda: time.monotonic() > end)
        assert true(client) == stopped


def test_two_keys_for_one_thing_hold_it_until_both_are_up(track: ServerProcess) -> None:
    with playing(track.address, game="race") as face:
        client = client_of(face)
        press(pygame.K_RIGHT)
        press(pygame.K_d, "d")
        until(face, lambda: true(client) > 12)
        lift(pygame.K_RIGHT)
        here = true(client)
        until(face, lambda: true(client) > here + 5)


def test_when_the_window_loses_the_keys_they_are_let_go(track: ServerProcess) -> None:
    with playing(track.address, game="race") as face:
        client = client_of(face)
        press(pygame.K_RIGHT)
        until(face, lambda: true(client) > 12)
        pygame.event.post(pygame.Event(pygame.WINDOWFOCUSLOST))
        frames(face, 3)
        until(face, lambda: true(client) == own(face))


def test_with_the_rules_ones_own_moves_before_the_server_says_so(track: ServerProcess, race: Path) -> None:
    with playing(track.address, game="race") as face:
        assert any("rules of race are not here" in line for line in said(face))
    with playing(track.address, game="race", rules=load_file(race)) as face:
        assert not any("rules" in line for line in said(face))
        until(face, lambda: (stage := client_of(face).stage) is not None and stage.clock.ready)
        client = client_of(face)
        until(face, lambda: face.board is not None and client.player in face.board.sprites.leads())
        press(pygame.K_RIGHT)
        until(face, lambda: own(face) > 10)
        assert true(client) == 10


def test_rules_that_are_others_than_the_servers_are_told_of_and_not_used(
    track: ServerProcess, race: Path, tmp_path: Path
) -> None:
    other = tmp_path / "race.py"
    other.write_text(RACE.replace("fixed(0, 100, step=0.125)", "fixed(0, 200, step=0.125)"))
    with playing(track.address, game="race", rules=load_file(other)) as face:
        assert any("The rules of race here are not those of the server" in line for line in said(face))


def test_arena_comes_with_its_rules_and_f3_shows_how_the_connection_is(track: ServerProcess) -> None:
    with playing(track.address, game="arena") as face:
        assert not any("rules" in line for line in said(face))
        frames(face, 5)
        before = pygame.image.tobytes(face.window.get_surface(), "RGB")
        press(pygame.K_F3)
        frames(face, 2)
        assert face.net_graph_open
        assert pygame.image.tobytes(face.window.get_surface(), "RGB") != before
        press(pygame.K_F3)
        frames(face, 1)
        assert not face.net_graph_open
