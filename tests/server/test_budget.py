"""A budget of bytes, through a whole server."""

from __future__ import annotations

import pytest
from helpers import Do, Note, serving, until
from virtual_time import run

from tickwire import Entity, Game, Player, Table
from tickwire.wire.codec import encode
from tickwire.wire.framing import Dialect


class Crowd(Game):
    """Far more news than its clients may be sent; one row is urgent to its player."""

    tick_rate, seats, bytes_per_second = 50, 4, 3000
    inputs = Do
    notes: Table[Note]
    hushed: bool

    def start(self) -> None:
        for _ in range(60):
            self.notes.add(Note(""))

    def receive(self, player: Player, do: Do) -> None:
        self.hushed = do.what == "hush"

    def step(self) -> None:
        if not self.hushed:
            for note in self.notes:
                note.words = f"{self.tick}".rjust(40)

    def priority(self, player: Player, row: Entity) -> float:
        return 50.0 if row.id == player.id else 1.0


@pytest.mark.parametrize("dialect", [Dialect.NATIVE, Dialect.WS_JSON])
def test_a_game_may_set_a_budget_and_say_what_is_urgent_within_it(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Crowd) as server:
            ada, bob = await server.join("ada", dialect), await server.join("bob", dialect)
            for caller in (ada, bob):
                await caller.state()
                news = {1: 0, 2: 0}
                sizes = []
                for _ in range(60):
                    before = caller.rows["Note"]
                    state = await caller.state()
                    sizes.append(len(encode(state, dialect.encoding)))
                    for id in news:
                        news[id] += caller.rows["Note"][id] != before[id]
                assert news[caller.player] > 3 * news[3 - caller.player]
                assert sum(sizes[10:]) / len(sizes[10:]) < 2 * Crowd.bytes_per_second / Crowd.tick_rate
            await ada.do(1, "hush")
            room = server.lobby.rooms[ada.room]
            game = room.game
            assert isinstance(game, Crowd)
            await until(lambda: game.hushed)
            true = {row.id: (row.words,) for row in game.notes}
            await ada.state(lambda _: ada.rows["Note"] == true)

    run(main())
