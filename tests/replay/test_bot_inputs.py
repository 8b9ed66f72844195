"""Built-in bots need not think again, where that comes to the same game."""

from __future__ import annotations

import pytest
from room.test_checkpoint import all_of

from replay.rooms import recording
from tickwire import Entity, Game, Input, Player, Table, u16, u32
from tickwire.game.loader import load_module
from tickwire.game.spec import GameSpec, inspect_game
from tickwire.replay import bot_inputs as bot_inputs_module
from tickwire.replay.bot_inputs import gather, pack_parts, unpack_parts
from tickwire.replay.engine import Replay
from tickwire.replay.file import pack_replay, unpack_replay
from tickwire.replay.recording import BotInputs, Recording
from tickwire.room.journal import Journal
from tickwire.room.room import Room

WITH_BOTS = ["snake", "arena", "chess", "swarm"]


class Go(Input):
    """Go on."""

    n: int = 1


class Place(Entity):
    player: u16
    x: u32 = 0


class Walk(Game):
    """Everybody walks."""

    inputs = Go
    places: Table[Place]
    row_of: dict[int, int]

    def join(self, player: Player) -> None:
        self.row_of[player.id] = self.places.add(Place(player.id)).id

    def receive(self, player: Player, go: Go) -> None:
        self.places[self.row_of[player.id]].x += go.n

    def bot(self, player: Player) -> Go | None:
        return Go(self.tick) if self.tick % 3 else None


class Gamble(Walk):
    """The bots of this one ask for chance, of which the rules have less then."""

    def bot(self, player: Player) -> Go:
        return Go(self.random.randrange(9))


def with_bots(spec: GameSpec, ticks: int = 150) -> tuple[Recording, Room]:
    room, journal = Room(spec, "K7QX", 1, 0.0, bots=min(3, spec.seats)), Journal()
    room.keep(journal)
    for tick in range(1, ticks + 1):
        room.make_tick()
        if tick % 60 == 0:
            room.checkpoint()
    return recording(journal.take()), room


def never(game: Game, player: Player) -> None:
    raise AssertionError("a bot thinks again")


@pytest.mark.parametrize("game", WITH_BOTS)
def test_a_replay_without_thinking_comes_to_the_same_room(game: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = load_module(f"tickwire.games.{game}")
    made, room = with_bots(spec)
    made.bot_inputs = gather(made, {game: spec})
    again = unpack_replay(pack_replay(made))
    assert again == made
    if made.bot_inputs is not None:
        monkeypatch.setattr(spec.game, "bot", never)
    replay = Replay(again, {game: spec})
    for tick in (150, 40, 100, 150):
        assert replay.seek(tick) == tick
    assert replay.notes == []
    assert all_of(replay.room) == all_of(room)


def test_bots_of_snake_are_spared() -> None:
    spec = load_module("tickwire.games.snake")
    assert gather(with_bots(spec)[0], {"snake": spec}) is not None


def test_where_thinking_changes_the_game_it_is_done_again() -> None:
    spec = inspect_game(Gamble)
    made, room = with_bots(spec)
    assert gather(made, {spec.name: spec}) is None
    replay = Replay(made, {spec.name: spec})
    replay.seek(150)
    assert all_of(replay.room) == all_of(room)


def test_what_is_missing_is_thought_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_inputs_module, "PART", 10)
    spec = inspect_game(Walk)
    made, room = with_bots(spec)
    made.bot_inputs = gather(made, {spec.name: spec})
    data = pack_replay(made)
    for size in (len(data) - 1, len(data) - 300, len(data) - 900):
        cut = unpack_replay(data[:size])
        assert cut.note == "what its bots asked for is damaged or cut off, so they think again"
        replay = Replay(cut, {spec.name: spec})
        assert replay.seek(150) == 150
        assert all_of(replay.room) == all_of(room)


def test_parts_are_whole_up_to_the_tick_that_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_inputs_module, "PART", 3)
    inputs = BotInputs(9, {tick: {1: b"a", 2: b"b"} for tick in range(1, 6)})
    parts = pack_parts(inputs)
    assert unpack_parts(parts) == inputs
    lasts = [part.last for i in range(1, len(parts)) if (part := unpack_parts(parts[:i])) is not None]
    assert lasts == [1, 2, 4]


@pytest.mark.parametrize("payload", [b"", b"\xc0", b"\x92\x01\x91\x93\x01\x01\xc0", b"\x92\xff\x90", b"x" * (2 << 20)])
def test_parts_that_make_no_sense_are_left_out(payload: bytes) -> None:
    assert unpack_parts([payload]) is None


def test_an_input_of_a_stranger_that_is_none_ends_the_replay_with_a_sentence() -> None:
    spec = inspect_game(Walk)
    made, _ = with_bots(spec)
    made.bot_inputs = BotInputs(150, {50: {1: b"\x81\xa1x\x01"}})
    replay = Replay(made, {spec.name: spec})
    while replay.read(20):
        pass
    assert any("the game broke in tick 50" in note for note in replay.notes)
    assert replay.seek(49) == 49
