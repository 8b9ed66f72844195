"""The terminal face: any game, painted in half blocks and steered by keys, from its schema alone.

`lobby_screen` is where one chooses, `app` leads from there into a game and back.

The way of a state: `seat` takes it from the client, `app` hands it to `game_screen`, `raster` paints the rows into
pixels, `lines` makes terminal lines of them, and `board` shows the lines that changed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from tickwire.faces.seat import Wish
from tickwire.game.spec import GameSpec
from tickwire.replay.engine import Replay


def play(wish: Wish, rules: GameSpec | None = None) -> int:
    """Join a server and play in this terminal until the player quits.

    Args:
        wish: what to join; the player is asked for what it does not say.
        rules: the game as the player has it, to play their own moves ahead; None for those that come with tickwire.

    Returns:
        The exit code: 0, or 1 if it was never connected though it tried.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("tickwire: the terminal face needs a terminal, not a pipe or a file", file=sys.stderr)
        return 1
    from tickwire.faces.terminal.app import TerminalFace  # here, because Textual takes a quarter of a second to import

    app = TerminalFace(wish, rules=rules)
    app.run()
    return app.return_code or 0


def watch(
    replay: Replay, guard: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext, player: int = 0
) -> None:
    """Show a replay in this terminal until whoever watches quits.

    Args:
        replay: what is shown.
        guard: is entered while rules run; it may raise an exception in rules that do not come back.
        player: through whose eyes at first; 0 for a watcher's.

    Raises:
        CannotRestore: not even its first tick can be shown.
    """
    from tickwire.faces.terminal.replay_screen import ReplayFace

    ReplayFace(replay, guard, player).run()
