"""The terminal face: any game, painted in half blocks and steered by keys, from its schema alone.

`lobby_screen` is where one chooses, `app` leads from there into a game and back.

The way of a state: `seat` takes it from the client, `app` hands it to `game_screen`, `raster` paints the rows into
pixels, `lines` makes terminal lines of them, and `board` shows the lines that changed.
"""

from __future__ import annotations

import sys

from tickwire.game.spec import GameSpec


def play(
    address: str,
    *,
    name: str = "",
    game: str | None = None,
    room: str | None = None,
    watch: bool = False,
    rules: GameSpec | None = None,
) -> int:
    """Join a server and play in this terminal until the player quits.

    Args:
        address: `host`, `host:port` or `[v6]:port`, or a link to a room.
        name: what others see; asked for if empty.
        game: which game, if not the server's first.
        room: a room's code, or "new"; None for any room with a free seat.
        watch: look on without a seat.
        rules: the game as the player has it, to play their own moves ahead; None for those that come with tickwire.

    Returns:
        The exit code: 0, or 1 if it was never connected though it tried.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("tickwire: the terminal face needs a terminal, not a pipe or a file", file=sys.stderr)
        return 1
    from tickwire.faces.seat import Wish
    from tickwire.faces.terminal.app import TerminalFace  # here, because Textual takes a quarter of a second to import

    app = TerminalFace(Wish(address, name, game=game, room=room, watch=watch), rules=rules)
    app.run()
    return app.return_code or 0
