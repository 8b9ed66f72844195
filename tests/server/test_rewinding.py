"""A game that outlives what breaks its rules, in a real server: its players see it, and their states are right."""

from __future__ import annotations

import pytest
from helpers import Stage, run, serving

from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Chat


class Sturdy(Stage):
    """A sturdy stage."""

    on_error = "rewind"


@pytest.mark.parametrize("dialect", [Dialect.LINES, Dialect.WS_MSGPACK])
def test_players_are_told_and_play_on(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Sturdy) as server:
            ada, bob = await server.join("ada", dialect), await server.join("bob", dialect)
            await ada.do(1)
            await bob.do(1, "raise")
            said = await ada.expect(Chat)
            assert said.text == "A sturdy stage broke at what bob did; it goes on without that"
            await bob.do(2)
            while True:
                await ada.state()
                counts = {row[0]: row[1] for row in ada.rows["Mark"].values()}
                if counts == {ada.player: 1, bob.player: 1}:
                    break
            [room] = server.lobby.rooms.values()
            assert len(room.game.marks) == len(ada.rows["Mark"]) == 2  # type: ignore[attr-defined]

    run(main())
