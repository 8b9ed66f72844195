"""tickwire: online multiplayer games from one file of rules.

What a game's author imports, and nothing else.
"""

from tickwire.game.contract import Game, Input, Player
from tickwire.game.entity import Entity, Table
from tickwire.game.fields import f32, fixed, i8, i16, i32, text, u8, u16, u32
from tickwire.game.look import Controls, Look
from tickwire.game.view import Everyone, Grid, Owner

__all__ = [
    "Controls",
    "Entity",
    "Everyone",
    "Game",
    "Grid",
    "Input",
    "Look",
    "Owner",
    "Player",
    "Table",
    "f32",
    "fixed",
    "i8",
    "i16",
    "i32",
    "text",
    "u8",
    "u16",
    "u32",
]

__version__ = "0.1.0"
