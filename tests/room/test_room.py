from __future__ import annotations

from typing import Any

import pytest

from tickwire import Game, Player
from tickwire.errors import ErrorCode, FieldError, RemoteProtocolError, RoomFull
from tickwire.game.spec import inspect_game
from tickwire.replication.mirror import Mirror
from tickwire.room.inputs import MAX_WAITING
from tickwire.room.lobby import describe_room
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import Away, Chat, Event, Joined, Left, PackedState, PlayerInfo

from .rules import Add, Counters, Shout, counters, counts, new_room, take_calls

# --- time ---


def test_a_room_makes_the_ticks_that_are_due_and_numbers_them() -> None:
    room = new_room(now=100.0)
    assert room.advance(100.05) is None
    assert room.tick == 0
    first = room.advance(100.1)
    assert first is not None
    assert first.tick == 1
    late = room.advance(100.4)
    assert late is not None
    assert late.tick == room.tick == 4


def test_ticks_that_are_made_at_once_say_all_they_have_to_say_with_one_state() -> None:
    room = new_room()
    ada = room.join("ada")
    first = room.make_tick()
    mirror = Mirror(room.schema)
    decode = ServerMessageDecoder().decode
    full = decode(room.states.full(Encoding.MSGPACK), Encoding.MSGPACK)
    assert isinstance(full, PackedState)
    mirror.apply(full)
    room.input(ada.id, 1, Add(2))
    room.input(ada.id, 2, Shout())
    room.say(ada.id, "ada", "hi")
    output = room.make_ticks(3)
    assert output.tick == first.tick + 3
    assert output.acks == {ada.id: 2}
    assert Chat(ada.id, "ada", "hi") in output.messages
    assert any(isinstance(m, Event) for m in output.messages)
    state = decode(room.states.delta(Encoding.MSGPACK), Encoding.MSGPACK)
    assert isinstance(state, PackedState)
    assert state.tick == output.tick
    assert mirror.apply(state) == []
    assert [row.n for row in mirror.tables["Count"]] == [count.n for count in counters(room).counts] == [2]


def test_a_room_may_run_at_another_rate_than_its_game_says() -> None:
    room = Room(inspect_game(Counters), "K7QX", 1, 0.0, tick_rate=100)
    assert room.tick_rate == 100
    assert room.game.tick_rate == 100  # which is what rules count by that have clocks
    assert Counters.tick_rate == 10
    room.advance(0.05)
    assert room.tick == 5


# --- the order of a tick ---


def test_a_tick_drains_what_waits_in_the_order_of_arrival_and_then_steps() -> None:
    room = new_room()
    ada, bob = room.join("ada"), room.join("bob")
    room.input(bob.id, 1, Add(1))
    room.input(ada.id, 1, Add(2))
    room.leave(bob.id)
    room.input(ada.id, 2, Add(3))
    assert take_calls(room) == ["start"]
    room.make_tick()
    assert take_calls(room) == ["join 1", "join 2", "add 2 1", "add 1 2", "leave 2", "add 1 3", "step 1"]
    room.make_tick()
    assert take_calls(room) == ["step 2"]


def test_bots_ask_before_people_and_only_once_the_game_knows_them() -> None:
    room = new_room(bots=1)
    ada = room.join("ada")
    room.make_tick()
    take_calls(room)
    room.input(ada.id, 1, Add(1))
    room.make_tick()
    assert take_calls(room) == ["add 1 100", "add 2 1", "step 2"]


def test_a_state_shows_what_the_step_of_its_tick_made() -> None:
    room = new_room()
    ada = room.join("ada")
    assert room.make_tick().changed
    room.input(ada.id, 1, Add(5))
    assert room.make_tick().changed
    assert room.states.delta(Encoding.JSON) == b'{"type":"state","tick":2,"tables":{"Count":{"1":{"n":5}}}}'
    assert not room.make_tick().changed


def test_messages_come_in_the_order_in_which_they_came_about_and_events_last() -> None:
    room = new_room()
    ada = room.join("ada")
    room.say(ada.id, ada.name, "hi")
    bob = room.join("bob")
    room.input(bob.id, 1, Shout())
    room.leave(ada.id)
    assert room.make_tick().messages == [
        Joined(1, "ada"),
        Chat(1, "ada", "hi"),
        Joined(2, "bob"),
        Left(1, "ada"),
        Event("shout", {"by": 2}),
    ]
    assert room.make_tick().messages == []


# --- acks ---


def test_an_ack_gives_the_highest_input_that_was_applied_and_only_when_it_changed() -> None:
    room = new_room()
    ada, bob = room.join("ada"), room.join("bob")
    for seq in (1, 2, 5):
        assert room.input(ada.id, seq, Add())
    assert room.make_tick().acks == {ada.id: 5}
    assert room.make_tick().acks == {}
    room.input(bob.id, 1, Add())
    assert room.make_tick().acks == {bob.id: 1}


def test_an_input_that_was_dropped_is_not_acknowledged_and_moves_nothing() -> None:
    room = new_room()
    ada = room.join("ada")
    room.input(ada.id, 7, Add(1))
    room.make_tick()
    assert not room.input(ada.id, 7, Add(100))
    assert not room.input(ada.id, 6, Add(100))
    assert room.make_tick().acks == {}
    assert counts(room) == {ada.id: 1}


def test_inputs_that_are_too_many_are_not_acknowledged() -> None:
    room = new_room()
    ada = room.join("ada")
    for seq in range(1, MAX_WAITING + 1):
        room.input(ada.id, seq, Add())
    for seq in range(MAX_WAITING + 1, MAX_WAITING + 5):
        with pytest.raises(RemoteProtocolError, match="wait for their tick"):
            room.input(ada.id, seq, Add())
    assert room.make_tick().acks == {ada.id: MAX_WAITING}
    assert counts(room) == {ada.id: MAX_WAITING}


def test_a_client_that_took_the_seat_back_counts_from_one_again() -> None:
    room = new_room()
    ada = room.join("ada")
    room.input(ada.id, 50, Add())
    room.make_tick()
    room.resume(ada.id)
    assert room.input(ada.id, 1, Add())
    assert room.make_tick().acks == {ada.id: 1}


def test_an_input_from_before_a_resume_is_applied_but_not_acknowledged_to_the_client_that_counts_anew() -> None:
    # It sent nothing yet: an ack of 50 would say that its inputs 1 to 50 are in the state.
    room = new_room()
    ada = room.join("ada")
    room.make_tick()
    room.input(ada.id, 50, Add(3))
    room.resume(ada.id)
    assert room.make_tick().acks == {}
    assert counts(room) == {ada.id: 3}


# --- away, and standing still ---


def test_who_lost_the_line_is_away_on_the_tick_and_back_on_a_later_one() -> None:
    class Watchful(Counters):
        """Writes down who is away."""

        def away_changed(self, player: Player) -> None:
            self.calls.append(f"{player.name} away {player.away}")

    room = Room(inspect_game(Watchful), "K7QX", 1, 0.0)
    ada = room.join("ada")
    room.make_tick()
    take_calls(room)
    room.lose(ada.id)
    room.lose(ada.id)  # which is no news
    assert room.players() == [PlayerInfo(ada.id, "ada", away=True)]
    assert not ada.away, "the game learns of it on the tick"
    assert room.make_tick().messages == [Away(ada.id, "ada", away=True)]
    assert take_calls(room) == ["ada away True", "step 2"]
    room.resume(ada.id)
    room.resume(ada.id)
    assert room.make_tick().messages == [Away(ada.id, "ada", away=False)]
    assert take_calls(room) == ["ada away False", "step 3"]
    room.lose(ada.id)
    room.leave(ada.id)
    assert room.make_tick().messages == [Away(ada.id, "ada", away=True), Left(ada.id, "ada")]


def test_a_room_that_stood_still_makes_its_next_tick_one_period_later_and_skips_none() -> None:
    room = new_room()
    room.join("ada")
    assert room.advance(0.1) is not None
    room.wake(1000.0)
    assert room.clock.next_at == pytest.approx(1000.1)
    assert room.advance(1000.05) is None
    output = room.advance(1000.1)
    assert output is not None
    assert output.tick == 2
    assert room.advance(1000.3) is not None
    assert room.clock.skipped == 0


# --- leaving ---


def test_an_input_before_a_leave_in_the_same_tick_is_applied_and_the_player_is_gone_after_it() -> None:
    room = new_room()
    ada = room.join("ada")
    room.make_tick()
    take_calls(room)
    room.input(ada.id, 1, Add())
    room.leave(ada.id)
    room.make_tick()
    assert take_calls(room) == ["add 1 1", "leave 1", "step 2"]
    assert counts(room) == {}


def test_an_input_of_a_player_who_left_does_not_reach_the_game() -> None:
    room = new_room()
    ada, bob = room.join("ada"), room.join("bob")
    room.make_tick()
    room.leave(ada.id)
    with pytest.raises(KeyError):
        room.input(ada.id, 1, Add(9))
    assert room.make_tick().acks == {}
    assert counts(room) == {bob.id: 0}


def test_a_player_who_comes_and_goes_within_a_tick_is_joined_and_left() -> None:
    room = new_room()
    ada = room.join("ada")
    room.leave(ada.id)
    assert room.make_tick().messages == [Joined(1, "ada"), Left(1, "ada")]
    assert take_calls(room) == ["start", "join 1", "leave 1", "step 1"]


def test_the_number_of_a_player_is_never_given_again() -> None:
    room = new_room()
    room.leave(room.join("ada").id)
    assert room.join("bob").id == 2


# --- seats and names ---


def test_a_room_whose_seats_are_all_held_by_people_is_full() -> None:
    room = new_room()
    for name in ("ada", "bob", "eve"):
        assert room.has_seat
        room.join(name)
    assert not room.has_seat
    with pytest.raises(RoomFull, match=r"room K7QX is full \(3 seats\)"):
        room.join("late")
    assert room.people == 3
    room.leave(1)
    assert room.has_seat
    room.join("late")


def test_a_room_may_have_other_seats_than_its_game_says() -> None:
    room = new_room(seats=1)
    room.join("ada")
    with pytest.raises(RoomFull):
        room.join("bob")


def test_two_players_of_the_same_name_are_told_apart() -> None:
    room = new_room()
    assert [room.join("ada").name for _ in range(3)] == ["ada", "ada 2", "ada 3"]
    room.leave(2)
    assert room.join("ada").name == "ada 2"


def test_who_is_seated_is_listed() -> None:
    room = new_room(bots=1)
    room.join("ada")
    (bot, ada) = room.players()
    assert bot.bot
    assert ada == PlayerInfo(2, "ada")


# --- bots ---


def _bots(room: Room) -> list[str]:
    return [p.name for p in room.players() if p.bot]


def test_bots_fill_the_seats_that_are_asked_for_from_the_start() -> None:
    room = new_room(bots=2)
    assert len(_bots(room)) == 2
    assert len(set(_bots(room))) == 2
    assert (room.people, room.empty, room.has_seat) == (0, True, True)
    assert [m for m in room.make_tick().messages if isinstance(m, Joined) and m.bot] != []


def test_there_are_no_more_bots_than_seats() -> None:
    assert len(_bots(new_room(bots=50))) == 3


def test_a_bot_gives_way_to_a_person_when_there_is_no_free_seat_and_comes_back_after_them() -> None:
    room = new_room(bots=2)
    ada = room.join("ada")
    assert len(_bots(room)) == 2
    bob = room.join("bob")
    assert len(_bots(room)) == 1
    eve = room.join("eve")
    assert len(_bots(room)) == 0
    assert len(room.players()) == 3
    with pytest.raises(RoomFull):
        room.join("late")
    for player, bots in ((ada, 1), (bob, 2), (eve, 2)):
        room.leave(player.id)
        assert len(_bots(room)) == bots
    room.make_tick()
    assert len(counters(room).players) == 2
    assert all(p.bot for p in counters(room).players.values())


def test_a_bot_that_gives_way_leaves_before_the_person_joins() -> None:
    room = new_room(bots=1, seats=1)
    bot = room.players()[0]
    room.make_tick()
    ada = room.join("ada")
    output = room.make_tick()
    assert output.messages == [Left(bot.player, bot.name), Joined(ada.id, "ada")]
    assert list(counts(room)) == [ada.id]


def test_bots_are_told_apart_from_people_of_their_name() -> None:
    room = new_room(bots=1)
    (bot,) = _bots(room)
    assert room.join(bot).name == f"{bot} 2"


def test_more_bots_than_there_are_names_are_told_apart() -> None:
    room = new_room(bots=40, seats=40)
    names = [p.name for p in room.players()]
    assert len(set(names)) == 40


# --- watchers, chat ---


def test_a_room_is_empty_when_nobody_is_here_but_bots() -> None:
    room = new_room(bots=1)
    assert room.empty
    room.watch("eve")
    assert not room.empty
    room.unwatch("eve")
    ada = room.join("ada")
    assert not room.empty
    room.leave(ada.id)
    assert room.empty


def test_a_watcher_may_speak_and_is_player_zero() -> None:
    room = new_room()
    room.say(0, "eve", " hi\x07 ")
    assert room.make_tick().messages == [Chat(0, "eve", "hi")]


def test_a_chat_line_that_cannot_be_shown_is_refused() -> None:
    room = new_room()
    with pytest.raises(RemoteProtocolError) as caught:
        room.say(0, "eve", "\n")
    assert caught.value.code is ErrorCode.BAD_CHAT
    assert room.make_tick().messages == []


def test_a_room_describes_itself() -> None:
    room = new_room(bots=1)
    room.join("ada")
    room.watch("eve")
    room.watch("eva")
    room.make_tick()
    assert describe_room(room) == {
        "room": "K7QX",
        "game": "counters",
        "players": 2,
        "people": 1,  # bots give way to those who come
        "seats": 3,
        "watchers": 2,
        "tick": 1,
    }


# --- where a player looks ---


def test_a_player_looks_where_the_game_says_and_a_watcher_where_the_first_player_does() -> None:
    def focus(self: Game, player: Player) -> tuple[float, float] | None:
        return (player.id, 5) if player.id < 3 else None

    room = Room(inspect_game(_breaking(focus=focus)), "K7QX", 1, 0.0)
    middle = (room.spec.board[0] / 2, room.spec.board[1] / 2)
    assert room.focus(0) == middle
    for name in ("ada", "bob", "eve"):
        room.join(name)
    room.make_tick()
    assert [room.focus(id) for id in (0, 1, 2, 3)] == [(1, 5), (1, 5), (2, 5), middle]


def test_a_player_at_the_corner_of_the_board_looks_at_the_corner() -> None:
    room = Room(inspect_game(_breaking(focus=lambda self, player: (0, 0))), "K7QX", 1, 0.0)
    ada = room.join("ada")
    room.make_tick()
    assert room.focus(ada.id) == (0, 0)


# --- events ---


def test_an_event_for_one_player_goes_to_nobody_else() -> None:
    room = new_room()
    ada, bob = room.join("ada"), room.join("bob")
    room.make_tick()
    room.input(ada.id, 1, Shout(private=True))
    room.input(bob.id, 1, Shout())
    output = room.make_tick()
    assert output.private == {ada.id: [Event("shout", {"by": ada.id})]}
    assert output.messages == [Event("shout", {"by": bob.id})]


def test_an_event_is_told_once() -> None:
    room = new_room()
    ada = room.join("ada")
    room.input(ada.id, 1, Shout())
    assert room.make_tick().messages[-1] == Event("shout", {"by": 1})
    assert room.make_tick().messages == []


# --- games that break ---


def _breaking(**body: Any) -> type[Game]:
    return type("Breaking", (Counters,), {"__module__": __name__, **body})


def _raise(*arguments: object) -> None:
    raise ZeroDivisionError("the game's own fault")


@pytest.mark.parametrize("method", ["join", "receive", "step", "bot", "leave"])
def test_what_a_game_raises_comes_out_of_the_tick(method: str) -> None:
    room = Room(inspect_game(_breaking(**{method: _raise})), "K7QX", 1, 0.0, bots=1)
    ada = room.join("ada")
    room.input(ada.id, 1, Add())
    room.leave(ada.id)
    with pytest.raises(ZeroDivisionError):
        room.advance(0.2)


def test_what_a_game_raises_in_start_comes_out_of_the_room() -> None:
    with pytest.raises(ZeroDivisionError):
        Room(inspect_game(_breaking(start=_raise)), "K7QX", 1, 0.0)


def test_a_value_that_no_client_can_be_told_is_an_error_of_the_game() -> None:
    room = new_room()
    ada = room.join("ada")
    room.input(ada.id, 1, Add(-1))
    with pytest.raises(FieldError, match=r"Count\.n holds an integer from 0"):
        room.advance(0.1)


def test_a_game_that_ends_its_own_iteration_does_not_end_the_room_quietly() -> None:
    def step(self: Game) -> None:
        raise StopIteration

    room = Room(inspect_game(_breaking(step=step)), "K7QX", 1, 0.0)
    with pytest.raises((StopIteration, RuntimeError)):
        room.advance(0.1)


def test_one_rooms_error_is_no_other_rooms() -> None:
    broken = Room(inspect_game(_breaking(step=_raise)), "AAAA", 1, 0.0)
    sound = new_room()
    with pytest.raises(ZeroDivisionError):
        broken.make_tick()
    assert sound.make_tick().tick == 1


def test_a_bot_sees_the_player_it_plays() -> None:
    seen: list[Player] = []

    def bot(self: Game, player: Player) -> None:
        seen.append(player)

    room = Room(inspect_game(_breaking(bot=bot)), "K7QX", 1, 0.0, bots=2)
    room.make_tick()
    room.make_tick()
    assert [p.id for p in seen] == [1, 2]
    assert all(p.bot for p in seen)


def test_a_bot_that_returns_no_input_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[object] = []

    class G(Game):
        inputs = Add | Shout

        def bot(self, player: Player) -> Any:
            return "up" if self.tick < 5 else Add(1)

        def receive(self, player: Player, input: Add | Shout) -> None:
            heard.append(input)

    room = Room(inspect_game(G), "K7QX", 1, 0.0, bots=2)
    room.make_ticks(5)
    words = "which is no input, so the bot does nothing; return an Input such as Add(...), or None"
    assert caplog.messages == [f"room K7QX: G.bot returned 'up', {words}"]
    assert heard == [Add(1), Add(1)]
