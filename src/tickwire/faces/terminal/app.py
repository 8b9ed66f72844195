"""The terminal face, put together: the lobby, the game, and the seat that they are about."""

from __future__ import annotations

from textual.app import App
from textual.binding import Binding
from textual.worker import Worker

from tickwire.client.client import Client, ClientEvent
from tickwire.errors import ConnectionLost
from tickwire.faces import sentences
from tickwire.faces.lobby import Lobby
from tickwire.faces.seat import BACKOFF, Wish
from tickwire.faces.talk import is_talk
from tickwire.faces.terminal.chat_screen import ChatScreen
from tickwire.faces.terminal.game_screen import GameScreen
from tickwire.faces.terminal.lobby_screen import LobbyScreen
from tickwire.faces.terminal.menu_screen import MenuScreen, Way
from tickwire.faces.terminal.seat import Seat
from tickwire.faces.terminal.theme import THEME
from tickwire.game.spec import GameSpec

_GOODBYE = 1.0  # seconds that a server has to hear that we leave


class TerminalFace(App[None]):
    """One player at one terminal.

    The lobby is always there, below the game: who leaves a game is back in it, with all that was typed.

    Args:
        wish: what to join; the player is asked for what it does not say.
        backoff: seconds before each try to come back after a lost connection.
        rules: the game as the player has it, to play their own moves ahead.
    """

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding("ctrl+q,ctrl+c", "quit", "Quit", priority=True, show=False)]
    TITLE = "tickwire"

    def __init__(self, wish: Wish, backoff: tuple[float, ...] = BACKOFF, rules: GameSpec | None = None) -> None:
        super().__init__()
        self._rules = rules
        self.register_theme(THEME)
        self.theme = THEME.name
        self._backoff = backoff
        self._lobby = Lobby(wish)
        self._lobby_screen = LobbyScreen(self._lobby)
        self._game: GameScreen | ChatScreen | None = None
        self._sitting: Worker[None] | None = None
        self._tried = self._ever_played = False
        self._quitting = False
        self.seat: Seat | None = None

    def on_mount(self) -> None:
        """Ask; the lobby goes straight in if nothing is to be asked."""
        self.push_screen(self._lobby_screen)

    # --- what the player wants ---

    def on_lobby_screen_chosen(self, message: LobbyScreen.Chosen) -> None:
        """Join; a try that is under way gives way."""
        self._stand_up()
        self._tried = True
        self.seat = Seat(message.wish, self, self._backoff)
        self._sitting = self.run_worker(self._sit(self.seat))

    def on_lobby_screen_cancelled(self) -> None:
        """Not any more."""
        self._stand_up()

    async def on_game_screen_asked(self, message: GameScreen.Asked) -> None:
        """Out, or back in."""
        if message.retry and self.seat is not None:
            self.seat.retry()
        else:
            await self.action_quit()

    def on_game_screen_paused(self) -> None:
        """Ask what next; where the connection is lost there is nothing to go back to."""
        if self.seat is None or self.seat.client is None or self.seat.client.ended is not None:
            self._to_lobby()
        else:
            self.push_screen(MenuScreen(self.seat.client, self.seat.address), self._go)

    async def _go(self, way: Way | None) -> None:
        if way is Way.LOBBY:
            self._to_lobby()
        elif way is Way.QUIT:
            await self.action_quit()

    async def action_quit(self) -> None:
        """Give the seat up, so that it is free for others at once, and go."""
        self._quitting = True
        if self.seat is not None and self.seat.leave():
            self.set_timer(_GOODBYE, self._end)  # most servers are quicker: then `_sit` ends it
        else:
            self._end()

    # --- the seat ---

    async def _sit(self, seat: Seat) -> None:
        try:
            await seat.run()
        except ConnectionLost as lost:
            if seat is self.seat:
                self._to_lobby()
                self._lobby_screen.refused(sentences.lost(lost), unreachable=not lost.code)
        else:
            if seat is self.seat:
                if self._quitting:
                    self._end()
                else:
                    self._to_lobby()

    def _stand_up(self) -> None:
        """Give the seat up, so that it is free for others at once; what still comes from it is not heard."""
        seat, self.seat = self.seat, None
        if seat is not None and not seat.leave() and self._sitting is not None:
            self._sitting.cancel()  # it waits for a server that does not answer
        self._sitting = None

    def _to_lobby(self) -> None:
        self._stand_up()
        while len(self.screen_stack) > 1 and self.screen is not self._lobby_screen:
            self.pop_screen()
        if self._game is not None:
            self._game = None
            self._lobby_screen.welcome_back()

    def _end(self) -> None:
        self.exit(return_code=1 if self._tried and not self._ever_played else 0)

    # --- what the seat tells ---

    async def joined(self, client: Client) -> None:
        """The seat is ours. Waits for the game's screen: what came with the welcome has a place to be shown then."""
        self._ever_played = True
        if self._game is None:
            address = self.seat.address if self.seat is not None else self._lobby.address
            self._game = ChatScreen(address) if is_talk(client.schema) else GameScreen(address, self._rules)
            self._game.joined(client)
            await self.push_screen(self._game)
        else:
            self._game.joined(client)

    def came(self, event: ClientEvent) -> None:
        """Something came."""
        if self._game is not None:
            self._game.came(event)

    def lost(self, reason: ConnectionLost, delay: float | None) -> None:
        """The connection is lost."""
        if isinstance(self.screen, MenuScreen):
            self.screen.dismiss(Way.BACK)
        if self._game is not None:
            self._game.lost(reason, delay)
