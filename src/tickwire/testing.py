"""For the tests of games: rooms in virtual time, without a server, a socket or a wait."""

from __future__ import annotations

from tickwire.game.contract import Game
from tickwire.game.spec import inspect_game
from tickwire.room.room import Room

__all__ = ["Room", "room_of"]


def room_of(game: type[Game], *, seed: int = 1, bots: int = 0, seats: int | None = None) -> Room:
    """A room of a game that has made no tick yet; `make_tick` makes one, and `make_ticks(100)` a hundred.

    Args:
        game: its class.
        seed: of its chance.
        bots: how many seats bots fill.
        seats: how many there are, if not as many as the game says.

    Raises:
        ContractError: the game breaks the contract.

    >>> from tickwire import Game, Player
    >>> class Greeter(Game):
    ...     greeted: int
    ...     def join(self, player: Player) -> None:
    ...         self.greeted += 1
    ...         self.say(f"welcome, {player.name}")
    >>> room = room_of(Greeter)
    >>> ada = room.join("ada")
    >>> output = room.make_tick()
    >>> room.game.greeted, output.messages[-1].text
    (1, 'welcome, ada')
    """
    return Room(inspect_game(game), "TEST", seed, 0.0, bots=bots, seats=seats)
