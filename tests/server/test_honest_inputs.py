"""Inputs as honest clients send them: many at once, with floats for integers, and now and then a wrong one."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from helpers import Caller, run, serving

from tickwire import Entity, Game, Input, Player, Table, f32, i8, u32
from tickwire.room.inputs import MAX_WAITING
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import Ack, Error

BOTH = pytest.mark.parametrize("dialect", [Dialect.LINES, Dialect.NATIVE, Dialect.WS_MSGPACK])


class Go(Input):
    """A step."""


class Aim(Input):
    """Numbers of every kind."""

    heading: i8 = 0
    gear: Literal[1, 2, 3] = 1
    power: f32 = 0.0
    far: float = 0.0
    path: list[int] = []
    at: dict[str, list[float]] = {}


class Dot(Entity):
    """Where somebody is."""

    x: u32 = 0
    power: f32 = 0.0


class Walk(Game):
    """Steps, and what was aimed at."""

    tick_rate, seats = 20, 4
    inputs = Go | Aim
    dots: Table[Dot]
    aimed: list[Any]

    def join(self, player: Player) -> None:
        self.dots.add(Dot())

    def receive(self, player: Player, input: Go | Aim) -> None:
        (dot,) = self.dots
        match input:
            case Go():
                dot.x += 1
            case Aim():
                self.aimed.append(msgspec.structs.asdict(input))
                dot.power = input.far  # a game may well do so


async def seated(server: Any, dialect: Dialect) -> Caller:
    ada: Caller = await server.join("ada", dialect)
    await ada.state()
    return ada


def aimed(server: Any) -> list[Any]:
    (room,) = server.lobby.rooms.values()
    found: list[Any] = room.game.aimed
    return found


@BOTH
def test_a_hundred_steps_in_one_write_are_a_hundred_steps(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Walk) as server:
            ada = await seated(server, dialect)
            await ada.send(b"".join(ada.framed(type="input", seq=n, input={"type": "go"}) for n in range(1, 101)))
            await ada.expect(Ack, lambda ack: ack.seq == 100)
            await ada.state()
            assert ada.rows["Dot"][1][0] == 100
            assert not [m for m in ada.heard if isinstance(m, Error)]

    run(main())


@BOTH
def test_no_ack_passes_an_input_that_was_dropped_without_an_error_that_says_which(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickwire.room.inputs.MAX_WAITING", 64)

    async def main() -> None:
        async with serving(Walk, tick_rate=4) as server:
            ada = await seated(server, dialect)
            await ada.send(b"".join(ada.framed(type="input", seq=n, input={"type": "go"}) for n in range(1, 71)))
            for _ in range(2):  # what was dropped, and after a tick the next
                ack = await ada.expect(Ack)
                await ada.state()
                errors = [m for m in ada.heard if isinstance(m, Error)]
                assert {error.code for error in errors} <= {"too_many_inputs"}
                refused = [error.seq for error in errors if error.seq is not None and error.seq <= ack.seq]
                assert ada.rows["Dot"][1][0] == ack.seq - len(refused)
                await ada.say(type="input", seq=71, input={"type": "go"})
            assert ack.seq == 71
            assert refused == list(range(65, 71))

    run(main())


def test_as_many_may_wait_as_the_document_says() -> None:
    document = (Path(__file__).parents[2] / "docs" / "WIRE.md").read_text()
    assert f"| inputs of one player that wait for their tick | {MAX_WAITING} | `error` `too_many_inputs` |" in document


@BOTH
def test_integral_floats_are_integers(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Walk) as server:
            ada = await seated(server, dialect)
            tick = ada.states[-1].tick
            full = {
                "type": "aim",
                "heading": -5.0,
                "gear": 2.0,
                "power": 1,
                "path": [1.0, 2],
                "at": {"x": [1, 2.5]},
            }
            await ada.say(type="input", seq=1.0, tick=float(tick), seen=tick, input=full)
            await ada.expect(Ack, lambda ack: ack.seq == 1)
            (got,) = aimed(server)
            assert (got["heading"], got["gear"], got["path"]) == (-5, 2, [1, 2])
            assert [type(n) for n in (got["heading"], got["gear"], *got["path"])] == [int] * 4
            assert (got["power"], got["at"]) == (1.0, {"x": [1.0, 2.5]})
            assert type(got["power"]) is float

    run(main())


@BOTH
@pytest.mark.parametrize(
    "input",
    [
        {"heading": 5.5},
        {"heading": 128.0},
        {"heading": "5"},
        {"heading": True},
        {"gear": 4.0},
        {"gear": "1"},
        {"path": [1.0, 2.5]},
        {"path": ["1"]},
        {"power": "1"},
        {"power": 1e39},
        {"far": 1e39},
        {"far": -1e39},
        {"at": {"x": [1.0, 1e300]}},
        {"far": 10**400},
    ],
)
def test_what_is_no_number_of_its_field_is_a_bad_input_with_its_seq(dialect: Dialect, input: dict[str, Any]) -> None:
    if dialect is not Dialect.LINES and input.get("far") == 10**400:
        pytest.skip("MessagePack has no such integer")

    async def main() -> None:
        async with serving(Walk) as server:
            ada = await seated(server, dialect)
            await ada.say(type="input", seq=7, input={"type": "aim", **input})
            error = await ada.expect(Error)
            assert (error.code, error.seq) == ("bad_input", 7)
            # And it does not count: the seq may be used again.
            await ada.say(type="input", seq=7, input={"type": "go"})
            assert (await ada.expect(Ack)).seq == 7
            assert aimed(server) == []

    run(main())


@pytest.mark.parametrize("dialect", [Dialect.NATIVE, Dialect.WS_MSGPACK])
@pytest.mark.parametrize("bits", ["7ff8000000000000", "fff8000000000001", "7ff0000000000000", "fff0000000000000"])
@pytest.mark.parametrize("place", ["power", "far", "at", "seen", "tick", "path"])
def test_nan_and_infinities_are_refused_before_the_game_sees_them(dialect: Dialect, bits: str, place: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    aim: dict[str, Any] = {"type": "aim", "power": number}
    if place == "far":
        aim = {"type": "aim", "far": number}
    elif place == "at":
        aim = {"type": "aim", "at": {"x": [0.0, number]}}
    elif place == "path":
        aim = {"type": "aim", "path": [number]}
    message: dict[str, Any] = {"type": "input", "seq": 3, "input": aim}
    if place in ("seen", "tick"):
        message = {"type": "input", "seq": 3, "input": {"type": "go"}, place: number}

    async def main() -> None:
        async with serving(Walk) as server:
            ada = await seated(server, dialect)
            await ada.say(**message)
            error = await ada.expect(Error)
            assert (error.code, error.seq) == ("bad_input", 3)
            await ada.say(type="ping", sent=number)
            assert (await ada.expect(Error)).code == "bad_message"
            await ada.say(type="input", seq=3, input={"type": "go"})
            assert (await ada.expect(Ack)).seq == 3

    run(main())


@BOTH
def test_a_seq_of_all_ones_does_not_silence_the_player_for_good(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Walk) as server:
            ada = await seated(server, dialect)
            for seq in (2**32 - 1, 1):
                await ada.say(type="input", seq=seq, input={"type": "go"})
            error = await ada.expect(Error)
            assert (error.code, error.seq) == ("bad_input", 2**32 - 1)
            assert (await ada.expect(Ack)).seq == 1

    run(main())


@BOTH
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"input": {"type": "fly"}}, "bad_input"),
        ({"input": {"type": "aim", "more": 1}}, "bad_input"),
        ({"input": 5}, "bad_input"),
        ({"input": {"type": "go"}, "tick": -1}, "bad_input"),
        ({"input": {"type": "go"}, "seen": "now"}, "bad_input"),
        ({}, "bad_message"),
    ],
)
def test_an_error_says_which_input_it_answers(dialect: Dialect, message: dict[str, Any], code: str) -> None:
    async def main() -> None:
        async with serving(Walk) as server:
            ada = await seated(server, dialect)
            await ada.say(type="input", seq=9, **message)
            error = await ada.expect(Error)
            assert (error.code, error.seq) == (code, 9)

    run(main())


@BOTH
def test_errors_of_who_may_not_play_say_the_seq_too(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Walk) as server:
            eve = await server.call(dialect)
            await eve.say(type="input", seq=5, input={"type": "go"})
            error = await eve.expect(Error)
            assert (error.code, error.seq) == ("not_joined", 5)
            await eve.hello("eve", watch=True)
            await eve.say(type="input", seq=6, input={"type": "go"})
            error = await eve.expect(Error)
            assert (error.code, error.seq) == ("watching", 6)
            await eve.say(type="chat", text="")
            error = await eve.expect(Error)
            assert (error.code, error.seq) == ("bad_chat", None)

    run(main())


@BOTH
def test_integral_floats_count_in_every_message(dialect: Dialect) -> None:
    async def main() -> None:
        async with serving(Walk) as server:
            ada = await server.call(dialect)
            await ada.hello("ada", protocol=1.0, seq=0.0)

    run(main())
