"""A game that says on_error = "rewind" outlives what breaks its rules, as if that had not been done."""

from __future__ import annotations

import logging
import random
from typing import Any

import pytest

from room.rules import Count
from room.test_checkpoint import all_of
from tickwire import Controls, Entity, Game, Input, Player, Table, fixed, u8, u16
from tickwire.errors import ContractError, FieldError
from tickwire.game.spec import inspect_game
from tickwire.room.journal import Journal, Record, pack_commit, unpack_commit
from tickwire.room.proof import Prover
from tickwire.room.recovery import Stories, rebuild
from tickwire.room.rewinding import MOST
from tickwire.room.room import Room
from tickwire.room.strict import StrictRoom
from tickwire.room.trial import try_out
from tickwire.wire.codec import Encoding
from tickwire.wire.messages import Chat


class Do(Input):
    """What the game is to do."""

    what: str = "add"
    n: int = 1


class Trace(Entity):
    n: u8 = 0


class Sturdy(Game):
    """A sturdy game."""

    on_error = "rewind"
    tick_rate, seats = 20, 4
    inputs = Do
    counts: Table[Count]
    traces: Table[Trace]
    row_of: dict[int, int]
    poisoned: bool

    def join(self, player: Player) -> None:
        self.row_of[player.id] = self.counts.add(Count(player.id)).id

    def leave(self, player: Player) -> None:
        self.counts.remove(self.row_of.pop(player.id))

    def receive(self, player: Player, do: Do) -> None:
        row = self.counts[self.row_of[player.id]]
        match do.what:
            case "add":
                row.n += do.n
                self.random.random()
            case "break":
                # Whatever was done by then is to be undone: rows, chance, names, what was said.
                row.n += 1000
                self.counts.remove(self.row_of[player.id])
                self.traces.add(Trace(1))
                self.random.random()
                self.rename(player, "broken")
                self.say("half of it")
                self.emit("half")
                raise ValueError("in the middle of it")
            case "poison":
                self.poisoned = True
            case "misfit":
                self.traces.add(Trace(do.n))

    def hear(self, player: Player, text: str) -> str | None:
        if text == "break":
            raise KeyError(text)
        self.rename(player, text)
        return text

    def step(self) -> None:
        if self.poisoned:
            raise RuntimeError("poisoned")


SPEC = inspect_game(Sturdy)


def new_room(journal: Journal | None = None) -> tuple[Room, int, int]:
    """A room with ada and bob in it, after its first tick."""
    room = Room(SPEC, "K7QX", 1, 0.0)
    if journal is not None:
        room.keep(journal)
    ada, bob = room.join("ada").id, room.join("bob").id
    room.make_tick()
    return room, ada, bob


def counts(room: Room) -> dict[int, int]:
    assert isinstance(room.game, Sturdy)
    return {row.player: row.n for row in room.game.counts}


def test_a_tick_is_made_without_the_input_that_broke_it() -> None:
    room, ada, bob = new_room()
    twin, _, _ = new_room()
    room.input(ada, 1, Do(n=5))
    room.input(bob, 1, Do("break"))
    room.input(ada, 2, Do(n=7))
    room.input(bob, 2, Do(n=9))
    twin.input(ada, 1, Do(n=5))
    twin.input(ada, 2, Do(n=7))
    twin.input(bob, 2, Do(n=9))
    output, same = room.make_tick(), twin.make_tick()
    assert counts(room) == {ada: 12, bob: 9}
    assert output.messages == [
        *same.messages,
        Chat(0, "", "A sturdy game broke at what bob did; it goes on without that"),
    ]
    assert (output.private, output.acks, output.tick) == (same.private, same.acks, same.tick)
    assert [player.name for player in room.players()] == ["ada", "bob"]
    for each in (room, twin):
        each.input(ada, 3, Do(n=1))
        each.make_tick()
    assert all_of(room) == all_of(twin), "as if it had not been sent"


def test_what_was_left_out_is_acknowledged() -> None:
    room, _, bob = new_room()
    room.input(bob, 1, Do("break"))
    assert room.make_tick().acks == {bob: 1}
    assert room.make_tick().acks == {}


def test_clients_get_all_rows_with_the_state_behind_it() -> None:
    room, ada, _ = new_room()
    before = room.states
    room.input(ada, 1, Do("break"))
    room.make_tick()
    assert room.states is not before
    assert b'"full":true' in room.states.full(Encoding.JSON)
    assert room.states.tables == [room.game.counts, room.game.traces]  # type: ignore[attr-defined]


def test_a_line_of_chat_that_breaks_the_rules_is_left_out_and_those_before_and_behind_it_are_not() -> None:
    room, ada, bob = new_room()
    room.say(ada, "ada", "lovelace")
    room.say(bob, "bob", "break")
    room.say(bob, "bob", "babbage")
    output = room.make_tick()
    assert [m.text for m in output.messages if isinstance(m, Chat)] == [
        "lovelace",
        "babbage",
        "A sturdy game broke at what babbage did; it goes on without that",
    ]
    assert [player.name for player in room.players()] == ["lovelace", "babbage"]


def test_where_no_single_input_broke_it_all_of_the_tick_are_left_out() -> None:
    room, ada, bob = new_room()
    room.input(ada, 1, Do(n=5))
    room.make_tick()
    room.input(ada, 2, Do("poison"))
    room.input(bob, 1, Do(n=1))
    output = room.make_tick()
    assert counts(room) == {ada: 5, bob: 0}
    assert output.acks == {ada: 2, bob: 1}
    assert output.messages == [Chat(0, "", "A sturdy game broke at what somebody did; it goes on without that")]


def test_a_value_that_its_field_cannot_hold_is_found_before_clients_are_told() -> None:
    room, ada, _ = new_room()
    room.input(ada, 1, Do("misfit", 300))
    room.make_tick()
    assert len(room.game.traces) == 0  # type: ignore[attr-defined]
    room.input(ada, 2, Do("misfit", 255))
    room.make_tick()
    assert [row.n for row in room.game.traces] == [255]  # type: ignore[attr-defined]


def test_rules_that_break_by_themselves_end_the_room() -> None:
    class Hopeless(Sturdy):
        def step(self) -> None:
            if self.tick == 3:
                raise RuntimeError("at three")

    room = Room(inspect_game(Hopeless), "K7QX", 1, 0.0)
    room.make_ticks(2)
    with pytest.raises(RuntimeError, match="at three"):
        room.make_tick()


def test_a_bot_whose_wish_breaks_the_rules_has_none_in_that_tick() -> None:
    class Bots(Sturdy):
        def bot(self, player: Player) -> Do:
            return Do("break" if self.tick == 5 else "add")

    room = Room(inspect_game(Bots), "K7QX", 1, 0.0, bots=1)
    for _ in range(10):
        room.make_tick()
    assert list(counts(room).values()) == [8], "from its second tick on, without the fifth"


def test_who_comes_or_goes_in_that_tick_does_so_all_the_same() -> None:
    room, ada, bob = new_room()
    room.input(bob, 1, Do("break"))
    cleo = room.join("cleo").id
    room.leave(ada)
    room.lose(bob)
    output = room.make_tick()
    assert counts(room) == {bob: 0, cleo: 0}
    assert [type(m).__name__ for m in output.messages] == ["Joined", "Left", "Away", "Chat"]
    assert room.game.players == room.seated
    assert room.seated[bob].away


def play(room: Room, chance: random.Random, people: list[int], seqs: dict[int, int]) -> None:
    """A tick in which much breaks."""
    for player in people:
        for _ in range(chance.randrange(3)):
            seqs[player] = seqs.get(player, 0) + 1
            what = chance.choice(["add", "add", "add", "break", "misfit"])
            room.input(player, seqs[player], Do(what, chance.choice([1, 2, 300])), chance.choice([None, room.tick + 3]))
        if chance.random() < 0.2:
            room.say(player, "somebody", chance.choice(["break", "ada", "bob"]))
    room.make_tick()


@pytest.mark.parametrize("seed", range(5))
def test_a_journal_plays_it_again_to_the_same_room(seed: int) -> None:
    journal, chance, seqs = Journal(), random.Random(seed), dict[int, int]()
    room, ada, bob = new_room(journal)
    records: list[Record] = []
    for tick in range(60):
        play(room, chance, [ada, bob], seqs)
        if tick % 25 == 24:
            assert room.checkpoint()
        records += journal.take()
    stories, prover = Stories(), Prover({"sturdy": SPEC})
    stories.tell(1, unpack_commit(pack_commit(records)))
    prover.tell(records)
    [story] = stories.open.values()
    assert all_of(rebuild(story, {"sturdy": SPEC}, 0.0)) == all_of(room)
    [verdict] = prover.verdicts
    assert (verdict.problem, verdict.ticks) == ("", 61)


def test_it_is_the_same_twice() -> None:
    chance, seqs = random.Random(1), dict[int, int]()
    room = StrictRoom(SPEC, "K7QX", 1, 0.0)
    people = [room.join("ada").id, room.join("bob").id]
    for _ in range(40):
        play(room, chance, people, seqs)


class Held(Input):
    left: bool = False
    bad: bool = False


class Ship(Entity):
    player: u16
    x: float = fixed(0, 100, step=1)
    rewind = True

    def move(self, held: Held) -> None:
        self.x = self.x - 1 if held.left else self.x + 1


class Ships(Game):
    on_error, tick_rate, predict, rollback = "rewind", 20, Ship, True
    inputs = Held
    controls = Controls(hold={"left": "left", "b": "bad"}, input=Held)
    ships: Table[Ship]
    held: dict[int, Held]

    def join(self, player: Player) -> None:
        self.ships.add(Ship(player.id, 50))

    def receive(self, player: Player, held: Held) -> None:
        self.held[player.id] = held
        if held.bad:
            raise ValueError("bad")

    def step(self) -> None:
        for ship in self.ships:
            ship.move(self.held.get(ship.player, Held()))


def test_late_inputs_and_what_is_remembered_of_rows_go_on_as_without_it() -> None:
    spec = inspect_game(Ships)
    rooms: list[Any] = [Room(spec, "K7QX", 1, 0.0) for _ in range(2)]
    for room in rooms:
        room.join("ada")
        room.make_ticks(5)
    rooms[0].input(1, 1, Held(bad=True), 3)
    rooms[0].make_tick()
    rooms[1].make_tick()
    for seq, room in ((2, rooms[0]), (1, rooms[1])):
        room.input(1, seq, Held(left=True), room.tick - 2)
        room.make_ticks(3)
    assert [ship.x for ship in rooms[0].game.ships] == [ship.x for ship in rooms[1].game.ships]
    first, second = (room.save() for room in rooms)
    assert (first.game, first.rollback) == (second.game, second.rollback)


def test_who_sends_hundreds_that_break_the_rules_holds_nobody_up() -> None:
    class Counted(Sturdy):
        def receive(self, player: Player, do: Do) -> None:
            MADE.append(do.what)
            super().receive(player, do)

    MADE: list[str] = []  # noqa: N806  # as a global of the game's file would be
    room = Room(inspect_game(Counted), "K7QX", 1, 0.0)
    ada = room.join("ada").id
    for seq in range(1, 401):
        room.input(ada, seq, Do("break"))
    output = room.make_tick()
    assert len(MADE) == MOST + 1
    assert output.acks == {ada: 400}
    assert counts(room) == {ada: 0}


def test_players_are_told_once_in_a_while() -> None:
    room, ada, _ = new_room()
    said = []
    for seq in range(1, 251):
        room.input(ada, seq, Do("break"))
        said += [room.tick for message in room.make_tick().messages if isinstance(message, Chat)]
    assert said == [2, 102, 202]


def test_the_log_says_what_broke(caplog: pytest.LogCaptureFixture) -> None:
    room, ada, _ = new_room()
    room.input(ada, 1, Do("break"))
    with caplog.at_level(logging.ERROR, "tickwire.room"):
        room.make_tick()
    assert "room K7QX: sturdy broke in tick 2; it goes on without what ada asked for" in caplog.text
    assert "ValueError: in the middle of it" in caplog.text


def test_a_trial_tells_the_author_all_the_same() -> None:
    class Bad(Sturdy):
        def join(self, player: Player) -> None:
            raise ValueError("nobody may come")

    with pytest.raises(ContractError, match=r"Bad\.join broke in a trial room after ada joined"):
        try_out(inspect_game(Bad))


def test_a_game_that_does_not_ask_for_it_ends() -> None:
    class Plain(Sturdy):
        on_error = "end"

    room = Room(inspect_game(Plain), "K7QX", 1, 0.0)
    ada = room.join("ada").id
    room.input(ada, 1, Do("misfit", 300))
    with pytest.raises(FieldError):
        room.make_tick()


def test_another_word_is_refused() -> None:
    class Odd(Game):
        on_error = "ignore"

    with pytest.raises(ContractError, match=r'Odd\.on_error must be "end" or "rewind", not \'ignore\''):
        inspect_game(Odd)
