"""Inputs that are meant for a tick, through real sockets in every dialect."""

from __future__ import annotations

import pytest
from helpers import Quiet, serving
from virtual_time import run

from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Pong, Slip

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))


@EVERY_DIALECT
def test_an_input_waits_for_its_tick_and_the_ack_says_how_early_it_was(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", dialect)
            state = await ada.state()
            for seq, ahead in enumerate((20, 15, 30), 1):
                meant = state.tick + ahead
                await ada.say(type="input", seq=seq, tick=meant, seen=1.5, input={"type": "do", "what": "count"})
                ack = await ada.expect(Ack)
                assert (ack.seq, ack.tick) == (seq, meant)
                assert ack.early is not None
                assert 0 <= ack.early < ahead
                state = await ada.state()
            await ada.say(type="input", seq=9, tick=1, input={"type": "do", "what": "count"})
            ack = await ada.expect(Ack)
            assert (ack.seq, ack.early) == (9, 1 - ack.tick)

    run(main())


@EVERY_DIALECT
def test_a_pong_tells_the_tick_with_its_fraction(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", dialect)
            await ada.state()
            ticks = []
            for n in range(40):
                await ada.say(type="ping", sent=float(n))
                pong = await ada.expect(Pong)
                assert pong.sent == n
                ticks.append(pong.tick)
            assert ticks == sorted(ticks) or any(isinstance(m, Slip) for m in ada.heard)
            assert any(tick % 1 for tick in ticks)

    run(main())
