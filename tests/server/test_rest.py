"""What a server tells of time: that it was held up, that nothing moves any more, that states leave something out."""

from __future__ import annotations

import pytest
from helpers import Do, Quiet, run, serving, until

from tickwire import Entity, Game, Grid, Player, Table, fixed
from tickwire.client.seated import is_empty
from tickwire.net.connection import Link
from tickwire.server.watch import ROUNDS
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Behind, PackedState, Pong, Slip, State

EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
GOES = 5  # ticks that a puck goes


class Puck(Entity):
    """Slides."""

    x: float = fixed(0, 1000, step=0.5, default=0)
    y: float = fixed(0, 1000, step=0.5, default=0)


class SeenPuck(Puck):
    """The same, for those who are near."""

    view = Grid(cell=100, window=(1000, 1000))


class Target(Puck):
    """Is shot at."""

    rewind = True


class Slides(Game):
    """A puck goes for a few ticks after it was pushed."""

    tick_rate, seats, board = 50, 4, (1000, 1000)
    inputs = Do
    pucks: Table[Puck]
    left: int

    def start(self) -> None:
        for _ in range(30):
            self.pucks.add(Puck())

    def receive(self, player: Player, do: Do) -> None:
        self.left = GOES

    def step(self) -> None:
        for puck in self.pucks if self.left else ():
            puck.x += 1
        self.left = max(0, self.left - 1)


class Seen(Game):
    """The same, where each sees what is near."""

    tick_rate, seats, board = 50, 4, (1000, 1000)
    inputs = Do
    pucks: Table[SeenPuck]
    left: int

    def start(self) -> None:
        self.pucks.add(SeenPuck())

    def receive(self, player: Player, do: Do) -> None:
        self.left = GOES

    def step(self) -> None:
        for puck in self.pucks if self.left else ():
            puck.x += 1
        self.left = max(0, self.left - 1)


class Rationed(Slides):
    """The same, with too few bytes: each puck goes its own way."""

    bytes_per_second = 400

    def step(self) -> None:
        for puck in self.pucks if self.left else ():
            puck.x, puck.y = self.random.randrange(1000), self.random.randrange(1000)
        self.left = max(0, self.left - 1)


@EVERY_DIALECT
@pytest.mark.parametrize("game", [Slides, Seen, Rationed])
def test_when_nothing_changes_any_more_one_empty_state_says_so(game: type[Game], dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(game) as server:
            ada = await server.join("ada", dialect)
            assert (await ada.state()).full
            assert is_empty(await ada.state()), "behind a full one, too"
            await ada.do(1)
            await ada.expect(Ack)
            last = await ada.state(lambda state: not is_empty(state))
            while not is_empty(state := await ada.state()):
                last = state
            assert last.tick < state.tick <= last.tick + 5, "with the next tick, or those that are made with it"
            room = server.lobby.rooms[ada.room]
            await until(lambda: room.tick > state.tick + 10)
            await ada.say(type="ping", sent=1.0)
            while not isinstance(message := await ada.next(), Pong):
                assert isinstance(message, Slip), "and then there is none"

    run(main())


@EVERY_DIALECT
def test_a_client_is_told_when_states_leave_out_what_changed_and_when_they_tell_all_again(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Rationed) as server:
            ada = await server.join("ada", dialect)
            await ada.state()
            await ada.do(1)
            assert (await ada.expect(Behind)).behind
            kinds = [type(await ada.next()), type(await ada.next())]
            assert kinds[0] in (Ack, State, PackedState)
            assert not (await ada.expect(Behind)).behind
            await ada.state()
            true = {row.id: (row.x, row.y) for row in server.lobby.rooms[ada.room].game.pucks}  # type: ignore[attr-defined]
            assert {id: tuple(w * 0.5 for w in wires) for id, wires in ada.rows["Puck"].items()} == true

    run(main())


@EVERY_DIALECT
def test_a_server_that_was_held_up_says_by_how_much_its_timeline_moved(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Quiet) as server:
            ada = await server.join("ada", dialect)
            before = (await ada.state()).tick
            await ada.do(1, "block")  # for 0.3 s, which are 30 ticks
            slip = await ada.expect(Slip, lambda slip: slip.ticks >= 20)
            assert slip.ticks <= server.lobby.rooms[ada.room].clock.skipped
            await ada.do(2)
            assert (await ada.expect(Ack)).tick > before

    run(main())


class Judge(Game):
    """Notes how far behind what its players saw was, in ticks."""

    tick_rate, seats, board = 50, 4, (1000, 1000)
    inputs = Do
    targets: Table[Target]
    lags: list[float]

    def receive(self, player: Player, do: Do) -> None:
        self.lags.append(player.lag)


@EVERY_DIALECT
def test_what_a_client_saw_is_believed_as_far_as_the_round_trip_that_was_measured_explains(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "measure", lambda link: None)  # the test says what was measured

    async def main() -> None:
        async with serving(Judge) as server:
            ada = await server.join("ada", dialect)
            (link,) = server.links
            for seq, (round_trip, most) in enumerate(((None, 0.25), (0.0004, 0.0904), (0.06, 0.15), (1.0, 0.25)), 1):
                link.round_trip = round_trip
                for _ in range(ROUNDS):
                    server.sweep_in(0)
                await ada.say(type="input", seq=seq, seen=-1000.0, input={"type": "do", "what": "count"})
                await ada.expect(Ack)
                game = server.lobby.rooms[ada.room].game
                assert isinstance(game, Judge)
                assert game.lags[-1] / 50 == pytest.approx(most)

    run(main())
