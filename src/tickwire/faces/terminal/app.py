"""The terminal face, put together: the form, the game, and the seat that they are about."""

from __future__ import annotations

from textual.app import App
from textual.binding import Binding

from tickwire.client.client import Client, ClientEvent
from tickwire.errors import ConnectionLost
from tickwire.faces.terminal.game_screen import GameScreen
from tickwire.faces.terminal.join_screen import JoinScreen
from tickwire.faces.terminal.seat import BACKOFF, Seat, Wish
from tickwire.faces.terminal.theme import THEME

_GOODBYE = 1.0  # seconds that a server has to hear that we leave


class TerminalFace(App[None]):
    """One player at one terminal.

    Args:
        wish: what to join; without a name the player is asked.
        backoff: seconds before each try to come back after a lost connection.
    """

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding("ctrl+q,ctrl+c", "quit", "Quit", priority=True, show=False)]
    TITLE = "tickwire"

    def __init__(self, wish: Wish, backoff: tuple[float, ...] = BACKOFF) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self._wish = wish
        self._backoff = backoff
        self._form = JoinScreen(wish)
        self._game: GameScreen | None = None
        self.seat: Seat | None = None

    def on_mount(self) -> None:
        """Ask, or go straight in."""
        self.push_screen(self._form)
        if self._wish.name:
            self.call_after_refresh(self._form.submit)

    def on_join_screen_chosen(self, message: JoinScreen.Chosen) -> None:
        """Join; a try that is under way gives way."""
        self._wish = message.wish
        self.seat = Seat(message.wish, self, self._backoff)
        self.run_worker(self._sit(self.seat), group="seat", exclusive=True)

    async def on_game_screen_asked(self, message: GameScreen.Asked) -> None:
        """Out, or back in."""
        if message.retry and self.seat is not None:
            self.seat.retry()
        else:
            await self.action_quit()

    async def action_quit(self) -> None:
        """Give the seat up, so that it is free for others at once, and go."""
        if self.seat is not None and self.seat.leave():
            self.set_timer(_GOODBYE, self._end)  # most servers are quicker: then `_sit` ends it
        else:
            self._end()

    async def _sit(self, seat: Seat) -> None:
        try:
            await seat.run()
        except ConnectionLost as lost:
            self._form.refused(str(lost))
        else:
            self._end()

    def _end(self) -> None:
        tried_in_vain = self.seat is not None and self._game is None
        self.exit(return_code=1 if tried_in_vain else 0)

    # --- what the seat tells ---

    def joined(self, client: Client) -> None:
        """The seat is ours."""
        if self._game is None:
            self._game = GameScreen(self._wish.address)
            self._game.joined(client)
            self.switch_screen(self._game)
        else:
            self._game.joined(client)

    def came(self, event: ClientEvent) -> None:
        """Something came."""
        if self._game is not None and self._game.is_mounted:
            self._game.came(event)

    def lost(self, reason: ConnectionLost, delay: float | None) -> None:
        """The connection is lost."""
        if self._game is not None and self._game.is_mounted:
            self._game.lost(reason, delay)
