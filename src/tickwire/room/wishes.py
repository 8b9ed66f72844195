"""What bots ask for: an Input or None. Anything else is told once, in the log, or to the author in a trial room."""

from __future__ import annotations

import logging
import typing
from typing import Any

from tickwire.errors import ContractError
from tickwire.game.spec import GameSpec

log = logging.getLogger("tickwire.room")

_SHOWN = 60  # characters of what a bot returned


class Wishes:
    """Tells that a game's `bot` returned what is no input.

    Args:
        spec: the game.
        code: of the room.

    Attributes:
        code: of the room.
        strict: whether to raise, rather than to write into the log.
    """

    def __init__(self, spec: GameSpec, code: str) -> None:
        self.code = code
        self._spec = spec
        self._told = False
        self.strict = False

    def refuse(self, wish: object) -> None:
        """A bot returned something that is neither an Input nor None; the game does not receive it.

        Raises:
            ContractError: `strict` is set.
        """
        if not self.strict and self._told:
            return
        self._told = True
        fault = ContractError(f"{self._spec.game.__name__}.bot", _problem(self._spec.inputs, wish))
        if self.strict:
            raise fault
        log.warning("room %s: %s", self.code, fault)


def _problem(inputs: Any, wish: object) -> str:
    shown = wish.__name__ if isinstance(wish, type) else repr(wish)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    members = typing.get_args(inputs) or (inputs,)
    call = f"{members[0].__name__}({'...' if members[0].__struct_fields__ else ''})"
    return f"returned {shown}, which is no input, so the bot does nothing; return an Input such as {call}, or None"
