"""The window face: any game in a window of its own, painted and steered from its schema alone, with pygame.

The way of a state: `seat` takes it from the client, `sprites` makes of it what the eye shall see between two ticks,
`board`, `looks` and `shapes` paint that, `panels` paints what is around the board, and `app` holds them together,
frame by frame.
"""

from __future__ import annotations

import sys

from tickwire.faces.seat import Wish
from tickwire.game.spec import GameSpec


def play(wish: Wish, rules: GameSpec | None = None) -> int:
    """Join a server and play in a window until the player closes it.

    Args:
        wish: what to join; the player is asked for what it does not say.
        rules: the game as the player has it, to play their own moves ahead; None for those that come with tickwire.

    Returns:
        The exit code: 0, or 1 if there could be no window or it was never connected though it tried.
    """
    try:
        import pygame
    except ImportError:
        print("tickwire: the window needs pygame-ce; install it with: pip install 'tickwire[window]'", file=sys.stderr)
        return 1
    # Here, because all of these import pygame.
    from tickwire.faces.window.app import WindowFace

    try:
        face = WindowFace(wish, rules=rules)
    except pygame.error as error:
        print(f"tickwire: no window can be opened here ({error}); try the terminal: tickwire join", file=sys.stderr)
        return 1
    return face.run()
