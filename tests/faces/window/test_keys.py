from __future__ import annotations

import pygame
import pytest

from tickwire.faces.window.keys import click_input, input_of, key_name

JUMP, FIRE = {"type": "jump"}, {"type": "fire"}
CONTROLS = {"keys": {"up": JUMP, "w": JUMP, "space": FIRE, "+": FIRE}}


def pressed(key: int, unicode: str = "", mod: int = 0) -> pygame.Event:
    return pygame.Event(pygame.KEYDOWN, key=key, unicode=unicode, mod=mod)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (pressed(pygame.K_UP), "up"),
        (pressed(pygame.K_SPACE, " "), "space"),
        (pressed(pygame.K_RETURN, "\r"), "enter"),
        (pressed(pygame.K_KP_ENTER, "\r"), "enter"),
        (pressed(pygame.K_w, "w"), "w"),
        (pressed(pygame.K_w), "w"),  # without text input SDL does not say what it types
        (pressed(pygame.K_w, "W", pygame.KMOD_SHIFT), "W"),
        (pressed(pygame.K_SLASH, "", pygame.KMOD_SHIFT), "?"),
        (pressed(pygame.K_SLASH, "/", pygame.KMOD_SHIFT), "?"),  # as SDL tells it on X11
        (pressed(pygame.K_SLASH, "?", pygame.KMOD_SHIFT), "?"),  # with text input
        (pressed(pygame.K_SLASH, "/"), "/"),
        (pressed(0xDF, "ß", pygame.KMOD_SHIFT), "?"),  # German
        (pressed(pygame.K_QUOTE, "'", pygame.KMOD_SHIFT), "?"),  # Spanish
        (pressed(pygame.K_PLUS, "+", pygame.KMOD_SHIFT), "?"),  # Nordic
        (pressed(pygame.K_COMMA, ",", pygame.KMOD_SHIFT), "?"),  # French
        (pressed(pygame.K_COMMA, "<", pygame.KMOD_SHIFT), "<"),
        (pressed(pygame.K_7, "/", pygame.KMOD_SHIFT), "/"),  # German, with text input
        (pressed(pygame.K_7, "7", pygame.KMOD_SHIFT), "7"),
        (pressed(0xDF), ""),
        (pressed(pygame.K_LSHIFT), ""),
        (pressed(pygame.K_F5), ""),
    ],
)
def test_a_key_has_the_name_that_controls_know(event: pygame.Event, name: str) -> None:
    assert key_name(event) == name


@pytest.mark.parametrize(
    ("key", "input"), [("up", JUMP), ("W", JUMP), ("space", FIRE), ("+", FIRE), ("x", None), ("", None)]
)
def test_a_key_sends_what_the_game_says(key: str, input: object) -> None:
    assert input_of(key, CONTROLS) == input


@pytest.mark.parametrize("controls", [{}, {"click": None}, {"click": "go"}, {"click": ["go"]}])
def test_a_click_means_nothing_to_a_game_that_says_nothing_of_it(controls: dict[str, object]) -> None:
    assert click_input(controls, {"go": {}}, 1, 2) is None


def test_a_click_goes_with_the_cell_that_it_hits() -> None:
    controls = {"click": {"type": "go", "hard": True}}
    assert click_input(controls, {}, 3.99, 0.01) == {"type": "go", "hard": True, "x": 3, "y": 0}
    fields = {"x": {"type": "number"}, "y": {"type": "number"}}
    assert click_input(controls, {"go": fields}, 3.5, 0.25) == {"type": "go", "hard": True, "x": 3.5, "y": 0.25}
