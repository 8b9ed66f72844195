"""A stage for a client: with the rules of its game, where they are here."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any, Protocol

from tickwire.client.rules import OtherRules, Rules
from tickwire.client.stage import Stage
from tickwire.errors import TickwireError
from tickwire.faces.clean import clean
from tickwire.game.loader import load_module
from tickwire.game.spec import GameSpec
from tickwire.replication.mirror import MirrorTable
from tickwire.replication.schema import Schema
from tickwire.wire.messages import Welcome


class Staged(Protocol):
    """What both clients have."""

    welcome: Welcome
    schema: Schema
    stage: Stage | None

    @property
    def tables(self) -> dict[str, MirrorTable]:
        """Of the mirror."""

    @property
    def tick(self) -> int:
        """Of the newest state."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A stage, and what is to be told about it, if anything."""

    stage: Stage
    note: str


def set_stage(client: Staged, spec: GameSpec | None, now: float) -> Staging:
    """Give a client its stage, right after it was connected.

    Args:
        client: the seat.
        spec: the game as the player has it; None to look among those that come with tickwire.
        now: seconds, on `time.perf_counter`.
    """
    rules, note = _rules(client.welcome, spec)
    welcome = client.welcome
    stage = client.stage = Stage(client.schema, welcome.player, welcome.tick_rate, rules)
    if client.tick:  # its first state was there before
        stage.state(now, client.tick, client.tables, full=True)
    return Staging(stage, note)


def _rules(welcome: Welcome, spec: GameSpec | None) -> tuple[Rules | None, str]:
    described: dict[str, Any] = welcome.schema
    if not welcome.player or not described.get("predict"):
        return None, ""
    if spec is None and (spec := _built_in(welcome.game)) is None:
        game = clean(welcome.game)
        return None, f"The rules of {game} are not here: your own moves show when the server has them (see --rules)."
    try:
        return Rules.of_game(spec, described), ""
    except OtherRules as other:
        return None, f"{str(other)[:1].upper()}{str(other)[1:]}."


def _built_in(game: str) -> GameSpec | None:
    """The game of that name that comes with tickwire; the name is a server's, so it may be anything."""
    if not game.isidentifier() or game.startswith("_") or importlib.util.find_spec(f"tickwire.games.{game}") is None:
        return None
    try:
        return load_module(f"tickwire.games.{game}")
    except (TickwireError, ImportError):
        return None
