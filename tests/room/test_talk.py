"""What is said in a room, and what the game makes of it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tickwire import Entity, Game, Input, Player, Table
from tickwire import text as text_field
from tickwire.errors import RemoteProtocolError
from tickwire.game.spec import inspect_game
from tickwire.ids import CHAT_LINES, check_chat, check_name
from tickwire.room.inputs import MAX_LINES
from tickwire.room.room import Room
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.messages import Chat, Event, Joined, Left, NewName, PlayerInfo


class Wish(Input):
    text: str
    count: int


class Wished(Entity):
    text: text_field


class Parrot(Game):
    """Listens to what is said."""

    seats = 4
    heard: list[str]

    def hear(self, player: Player, text: str) -> str | None:
        self.heard.append(f"{player.name}@{self.tick}: {text}")
        match text.split():
            case ["/name", name]:
                self.heard.append(f"is {self.rename(player, name)}")
            case ["/all", *words]:
                self.say(" ".join(words))
            case ["/me", *words]:
                self.say(" ".join(words), by=player)
            case ["/psst", *words]:
                self.say(" ".join(words), to=player)
            case ["/loud"]:
                return text.upper()
            case ["/long"]:
                return "x" * 400
            case _:
                return text
        return None


def _room() -> tuple[Room, Player, Player, Parrot]:
    room = Room(inspect_game(Parrot), "K7QX", 1, 0.0)
    ada, bob = room.join("ada"), room.join("bob")
    room.make_tick()
    assert isinstance(room.game, Parrot)
    return room, ada, bob, room.game


def test_a_game_hears_a_line_on_the_tick_before_anybody_reads_it() -> None:
    room, ada, _, game = _room()
    assert room.say(ada.id, "ada", "  hi\tthere ")
    assert game.heard == []
    assert room.make_tick().messages == [Chat(ada.id, "ada", "hi there")]
    assert game.heard == ["ada@2: hi there"]


def test_a_game_may_change_a_line_or_keep_it() -> None:
    room, ada, bob, _ = _room()
    room.say(ada.id, "ada", "/loud")
    room.say(bob.id, "bob", "/psst only you")
    output = room.make_tick()
    assert output.messages == [Chat(ada.id, "ada", "/LOUD")]
    assert output.private == {bob.id: [Chat(0, "", "only you")]}


def test_a_game_may_write_lines_of_its_own_and_in_a_players_name() -> None:
    room, ada, _, _ = _room()
    room.say(ada.id, "ada", "/all it rains")
    room.say(ada.id, "ada", "/me waves")
    assert room.make_tick().messages == [Chat(0, "", "it rains"), Chat(ada.id, "ada", "waves")]


def test_lines_joins_and_leaves_come_in_the_order_in_which_they_came_about() -> None:
    room, ada, bob, _ = _room()
    room.say(bob.id, "bob", "bye")
    room.say(bob.id, "bob", "/me waves")
    room.leave(bob.id)
    room.say(ada.id, "ada", "so long")
    eve = room.join("eve")
    assert room.make_tick().messages == [
        Chat(bob.id, "bob", "bye"),
        Chat(bob.id, "bob", "waves"),
        Left(bob.id, "bob"),
        Chat(ada.id, "ada", "so long"),
        Joined(eve.id, "eve", False),
    ]


class Quiz(Game):
    """Who says the answer has it; those who watch may say anything else."""

    seats = 4
    points: dict[int, int]
    heard: list[str]

    def join(self, player: Player) -> None:
        self.points[player.id] = 0

    def hear(self, player: Player, text: str) -> str | None:
        if text != "paris":
            return text
        self.points[player.id] += 1  # a watcher has none: this would be an error
        self.say("that is it", to=[player, self.watchers])
        return None

    def overhear(self, name: str, text: str) -> str | None:
        self.heard.append(f"{name}@{self.tick}: {text}")
        return None if "paris" in text else f"(from outside) {text}"


class Deaf(Game):
    """Does not listen."""


def test_in_a_game_that_does_not_listen_everybody_reads_what_a_watcher_says() -> None:
    room = Room(inspect_game(Deaf), "K7QX", 1, 0.0)
    eve = room.watch("eve")
    assert room.say(0, eve, "go ada")
    assert room.make_tick().messages == [Chat(0, "eve", "go ada")]


def test_in_a_game_that_listens_to_players_alone_those_who_watch_read_each_other_and_nobody_else_does() -> None:
    room, _, _, game = _room()
    assert room.say(0, room.watch("eve"), "it is paris")
    output = room.make_tick()
    assert output.messages == []
    assert output.private == {0: [Chat(0, "eve", "it is paris")]}
    assert game.heard == []


def test_a_game_hears_who_watches_on_the_tick_in_the_order_of_arrival_before_anybody_reads_it() -> None:
    room = Room(inspect_game(Quiz), "K7QX", 1, 0.0)
    assert isinstance(room.game, Quiz)
    ada = room.join("ada")
    room.make_tick()
    eve, kim = room.watch("eve"), room.watch("kim")
    room.say(0, eve, "  it is paris ")
    room.say(0, kim, "hard")
    room.say(ada.id, "ada", "paris")
    assert room.game.heard == []
    output = room.make_tick()
    assert room.game.heard == ["eve@2: it is paris", "kim@2: hard"]
    assert output.messages == [Chat(0, "kim", "(from outside) hard")]
    assert output.private == {number: [Chat(0, "", "that is it")] for number in (ada.id, 0)}
    assert room.game.points == {ada.id: 1}


def test_those_who_watch_are_told_apart_from_players_and_from_each_other() -> None:
    room, ada, _, game = _room()
    assert [room.watch("ada"), room.watch("eve"), room.watch("\u0435ve")] == ["ada 2", "eve", "\u0435ve 2"]
    assert room.join("eve").name == "eve 3"
    assert game.rename(ada, "eve") == "eve 3"
    assert room.watchers == 3
    room.unwatch("eve")
    assert room.watchers == 2
    assert room.watch("Zoe") == "Zoe"


def test_a_watcher_may_not_fill_a_tick() -> None:
    room, _, _, _ = _room()
    eve, kim = room.watch("eve"), room.watch("kim")
    assert [room.say(0, eve, "hi") for _ in range(MAX_LINES + 1)] == [True] * MAX_LINES + [False]
    assert room.say(0, kim, "hi")
    room.make_tick()
    assert room.say(0, eve, "hi")


def test_a_player_who_is_renamed_is_so_for_everybody() -> None:
    room, ada, _, game = _room()
    room.say(ada.id, "ada", "/name lady")
    room.say(ada.id, "ada", "hi")
    output = room.make_tick()
    assert game.heard[1] == "is lady"
    assert output.messages == [NewName(ada.id, "lady"), Chat(ada.id, "lady", "hi")]
    assert room.players()[0] == PlayerInfo(ada.id, "lady", False)
    assert room.join("lady").name == "lady 2"
    assert room.join("ada").name == "ada"


@pytest.mark.parametrize(("wanted", "given"), [("bob", "bob 2"), ("ada", "ada"), ("n" * 60, None), ("\u200b", None)])
def test_a_new_name_is_one_that_a_newcomer_could_have(wanted: str, given: str | None) -> None:
    room, ada, _, game = _room()
    assert game.rename(ada, wanted) == given
    output = room.make_tick()
    assert output.messages == ([NewName(ada.id, given)] if given else [])
    assert ada.name == (given or "ada")


class Team(Game):
    """Puts words of its own before what is said, and repeats it in every other way."""

    seats = 4
    inputs = Wish
    wishes: Table[Wished]

    def hear(self, player: Player, text: str) -> str | None:
        self.say(f"{player.name} says: {text}")
        self.say(f"{text} {text} {text}", to=player)
        self.emit("said", text=text, by=player.name)
        self.rename(player, f"[red] {text}")
        self.wishes.add(Wished(text))
        return f"[red] {text}"

    def receive(self, player: Player, wish: Wish) -> None:
        self.say(wish.text)
        self.emit("wish", to=player, count=wish.count, list=[wish.count], text=wish.text)
        self.rename(player, wish.text)
        self.wishes.add(Wished(wish.text))


HOSTILE = [
    "",
    " ",
    "\n",
    "\x00\x1b[2J\x07",
    "\u3164",
    "\u200d",
    "\u0301" * 50,
    "a" + "\u0301" * 400,
    "\u202e" * 300,
    "x" * 295,
    "x" * 65_000,
    "word " * 59,
    "蛇" * 300,
    "👨\u200d👩\u200d👧" * 300,
    "\ue000",
    "\ufffe",
    "क्" * 500,
    "a\r\nb\u2028c",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t[:9]))
def test_nothing_that_a_client_said_ends_a_room_whatever_the_game_makes_of_it(text: str) -> None:
    room = Room(inspect_game(Team), "K7QX", 1, 0.0)
    ada = room.join("ada")
    room.make_tick()
    with suppress(RemoteProtocolError):
        room.say(ada.id, "ada", text)
    room.input(ada.id, 1, Wish(text, 10**400))
    room.input(ada.id, 2, Wish(text, -(2**64)))
    output = room.make_tick()
    told = [*output.messages, *output.private.get(ada.id, [])]
    for message in told:
        for encoding in Encoding:
            encode(message, encoding)
    lines = [m.text for m in told if isinstance(m, Chat)]
    assert all(check_chat(line) == line for line in lines), "whatever a game says, clients get lines that can be shown"
    assert check_name(ada.name) == ada.name
    room.states.full(Encoding.MSGPACK)
    room.states.full(Encoding.JSON)


def test_what_a_game_puts_before_a_line_makes_it_two_lines_and_loses_nothing() -> None:
    room = Room(inspect_game(Team), "K7QX", 1, 0.0)
    ada = room.join("ada")
    room.make_tick()
    room.say(ada.id, "ada", "x" * 295)
    lines = [m.text for m in room.make_tick().messages if isinstance(m, Chat) and m.player == ada.id]
    assert lines == ["[red] " + "x" * 294, "x"]


def test_what_a_game_says_is_split_between_words_and_at_line_ends_and_ends_somewhere() -> None:
    room, ada, _, game = _room()
    game.say("one\ntwo\r\n\n  three", to=ada)
    game.say("word " * 100)
    game.say("x" * 300 * (CHAT_LINES + 1))
    game.say(" \u3164\n\t", to=ada)
    output = room.make_tick()
    assert output.private == {ada.id: [Chat(0, "", text) for text in ("one", "two", "three")]}
    texts = [m.text for m in output.messages if isinstance(m, Chat)]
    assert texts[:2] == [("word " * 60).strip(), ("word " * 40).strip()]
    assert texts[2:] == ["x" * 300] * (CHAT_LINES - 1) + ["x" * 299 + "…"]


def test_a_game_that_says_what_is_no_text_hears_so_where_it_did() -> None:
    _, ada, _, game = _room()
    with pytest.raises(TypeError, match="a line of chat is a text, not 5"):
        game.say(5, to=ada)  # type: ignore[arg-type]


@pytest.mark.parametrize("hook", ["hear", "overhear"])
def test_a_hook_that_lets_pass_what_is_no_text_is_named(hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    room, ada, _, game = _room()
    monkeypatch.setattr(type(game), hook, lambda *_: 5)
    if hook == "hear":
        room.say(ada.id, "ada", "hi")
    else:
        room.say(0, room.watch("eve"), "hi")
    with pytest.raises(TypeError, match=rf"^{hook}\(\) returns the text that everybody reads, .* it returned 5$"):
        room.make_tick()


def test_a_line_for_many_is_made_once_and_goes_to_each_of_them_once() -> None:
    room, ada, bob, game = _room()
    game.say("hi", to=[ada, bob, ada])
    game.emit("wave", to=(p for p in (ada, bob)))
    output = room.make_tick()
    assert output.messages == []
    assert output.private == {p.id: [Chat(0, "", "hi"), Event("wave", {})] for p in (ada, bob)}
    assert output.private[ada.id][0] is output.private[bob.id][0], "one message, so that it is encoded once"


def test_a_line_that_is_too_long_is_the_senders_error_and_nobody_elses() -> None:
    room, ada, _, _ = _room()
    with pytest.raises(RemoteProtocolError, match="at most 300"):
        room.say(ada.id, "ada", "x" * 301)
    assert room.make_tick().messages == []


def test_lines_beyond_a_number_that_nobody_types_in_a_tick_are_dropped() -> None:
    room, ada, bob, _ = _room()
    assert [room.say(ada.id, "ada", "hi") for _ in range(MAX_LINES + 3)] == [True] * MAX_LINES + [False] * 3
    assert room.say(bob.id, "bob", "hi")
    assert len(room.make_tick().messages) == MAX_LINES + 1
    assert room.say(ada.id, "ada", "hi")
