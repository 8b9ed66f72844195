from __future__ import annotations

import contextlib
import io

import chess
import chess.pgn
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire.errors import RemoteProtocolError
from tickwire.game.contract import Input
from tickwire.game.loader import load_module
from tickwire.games._chess_rows import next_click, promotions, show_pieces
from tickwire.games.chess import INCREMENT, MINUTES, Chess, Draw, Pick, Rematch, Resign
from tickwire.room.room import Room
from tickwire.wire.messages import Chat, Event

SPEC = load_module("tickwire.games.chess")
RATE = int(Chess.tick_rate)
START = MINUTES * 60 * RATE  # ticks


class Table:
    """Two players at a board, in virtual time; what they were told is kept."""

    def __init__(self, *names: str, bots: int = 0, seed: int = 1) -> None:
        self.room = Room(SPEC, "TEST", seed, now=0.0, bots=bots)
        assert isinstance(self.room.game, Chess)
        self.game = self.room.game
        self.ids: dict[str, int] = {}
        self.told: list[str] = []  # chat to all, as `name: text`
        self.private: dict[str, list[str]] = {}
        self.events: list[Event] = []
        self._seq = 0
        for name in names:
            self.join(name)

    def join(self, name: str) -> None:
        player = self.room.join(name)
        self.ids[name] = player.id
        self.tick()

    def leave(self, name: str) -> None:
        self.room.leave(self.ids.pop(name))
        self.tick()

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            output = self.room.make_tick()
            for message in output.messages:
                if isinstance(message, Chat):
                    self.told.append(f"{message.name}: {message.text}")
                elif isinstance(message, Event):
                    self.events.append(message)
            for name, id in self.ids.items():
                for message in output.private.get(id, []):
                    if isinstance(message, Chat):
                        self.private.setdefault(name, []).append(message.text)

    def say(self, name: str, *lines: str) -> None:
        for line in lines:
            assert self.room.say(self.ids[name], name, line)
            self.tick()

    def send(self, name: str, input: Input) -> None:
        self._seq += 1
        assert self.room.input(self.ids[name], self._seq, input)
        self.tick()

    def click(self, name: str, *squares: str) -> None:
        for square in squares:
            index = chess.parse_square(square)
            self.send(name, Pick(chess.square_file(index), 7 - chess.square_rank(index)))

    def play(self, *moves: str) -> None:
        """Moves by turns, ada's first, whoever has White."""
        for move in moves:
            side = self.position().turn
            self.say(next(n for n, id in self.ids.items() if self.game.sides[id] == side), move)

    def position(self) -> chess.Board:
        return self.game._position()

    def arrange(self, fen: str) -> None:
        """Go on from a position, as if it had come about."""
        board = chess.Board(fen)
        vars(self.game)["_board"] = board
        self.game.moves.clear()
        self.game.pieces.clear()
        show_pieces(self.game.pieces, board, None)

    def seen(self) -> dict[str, str]:
        """The pieces as clients see them, by square."""
        return {
            chess.square_name(chess.square(p.x, 7 - p.y)): ("b" if p.black else "w") + p.sign for p in self.game.pieces
        }

    def hints(self, name: str) -> dict[str, int]:
        return {
            chess.square_name(chess.square(h.x, 7 - h.y)): h.mark for h in self.game.hints if h.player == self.ids[name]
        }

    def choices(self, name: str) -> dict[str, str]:
        """What a player is asked that a pawn becomes, by square."""
        return {
            chess.square_name(chess.square(c.x, 7 - c.y)): ("b" if c.black else "w") + c.sign
            for c in self.game.choices
            if c.player == self.ids[name]
        }

    def captions(self) -> list[str]:
        return [c.words for c in self.game.captions if c.words]

    def pgn(self) -> chess.pgn.Game:
        read = chess.pgn.read_game(io.StringIO(self.events[-1].data["pgn"]))
        assert read is not None
        assert read.errors == []
        return read


@pytest.fixture
def table() -> Table:
    return Table("ada", "bob")


# --- who sits where ---


def test_the_first_has_white_the_second_black_and_then_it_begins() -> None:
    table = Table("ada")
    assert table.captions() == ["waiting for an opponent"]
    table.say("ada", "e4")
    assert table.private["ada"] == ["there is no game"]
    table.join("bob")
    assert table.told[-1] == ": ada has White, bob Black. The clocks start with the first move."
    assert [(s.player, s.black) for s in table.game.seated] == [(1, False), (2, True)]
    assert table.captions() == ["White to move"]
    assert not table.room.has_seat


def test_the_board_as_it_is_seen_is_the_position(table: Table) -> None:
    assert table.seen()["e1"] == "w♚"
    assert table.seen()["d8"] == "b♛"
    assert len(table.seen()) == 32
    assert len(table.game.squares) == 64
    assert {(s.x, s.y): s.dark for s in table.game.squares if s.file + s.rank in ("a1", "h1")} == {
        (0, 7): True,
        (7, 7): False,
    }


# --- moves ---


def test_moves_are_typed_in_either_notation(table: Table) -> None:
    table.play("e2e4", "e5", "Nf3", "nc6", "Bf1-c4", "Nf6", "0-0")
    assert table.game.score == ["e4", "e5", "Nf3", "Nc6", "Bc4", "Nf6", "O-O"]
    assert table.seen()["f1"] == "w♜"
    assert table.seen()["g1"] == "w♚"
    assert "e1" not in table.seen()
    assert table.told == [": ada has White, bob Black. The clocks start with the first move."], "moves are no chat"


def test_talk_is_talk(table: Table) -> None:
    table.say("ada", "good luck", "e4 is best by test", "well")
    assert table.told[-3:] == ["ada: good luck", "ada: e4 is best by test", "ada: well"]


def test_only_legal_moves_are_made_and_only_in_turn(table: Table) -> None:
    table.say("bob", "e5")
    table.say("ada", "e5", "Ke2", "Nd2")
    assert table.game.moves == []
    assert table.private["bob"] == ["it is not your turn"]
    assert table.private["ada"] == ["e5 is not a legal move", "Ke2 is not a legal move", "Nd2 is not a legal move"]


def test_an_ambiguous_move_is_asked_back(table: Table) -> None:
    table.play("Nf3", "a6", "d3", "a5")
    table.say("ada", "Nd2")
    assert table.private["ada"] == ["Nd2 could be several moves; say from where, as in Nbd2 or b1d2"]
    table.say("ada", "Nbd2")
    assert table.game.score[-1] == "Nbd2"


def test_a_click_takes_a_piece_and_shows_where_it_may_go_to_its_player_alone(table: Table) -> None:
    table.click("ada", "g1")
    assert table.hints("ada") == {"g1": 2, "f3": 3, "h3": 3}
    assert table.hints("bob") == {}
    table.click("ada", "g1")
    assert table.hints("ada") == {}
    table.click("ada", "g1", "b1")
    assert table.hints("ada") == {"b1": 2, "a3": 3, "c3": 3}
    table.click("ada", "c3")
    assert table.game.score == ["Nc3"]
    assert table.hints("ada") == {}
    assert {(t.x, t.y, t.mark) for t in table.game.traces} == {(1, 7, 1), (2, 5, 1)}


def test_what_may_be_taken_has_another_mark(table: Table) -> None:
    table.play("e4", "d5")
    table.click("ada", "e4")
    assert table.hints("ada") == {"e4": 2, "e5": 3, "d5": 4}


def test_clicks_out_of_turn_beside_the_board_or_on_nothing_do_nothing(table: Table) -> None:
    table.click("bob", "e7", "e5")
    table.send("ada", Pick(8, 3))
    table.send("ada", Pick(255, 255))
    table.click("ada", "e4", "e7", "e5", "e2", "e5")
    assert table.game.moves == []
    assert table.hints("ada") == table.hints("bob") == {}


def test_a_pawn_that_is_clicked_to_the_end_becomes_what_is_clicked_then(table: Table) -> None:
    table.arrange("8/P6k/8/8/8/8/p6K/8 w - - 0 1")
    table.click("ada", "a7", "a8")
    assert table.game.moves == []
    assert table.choices("ada") == {"a8": "w♛", "a7": "w♞", "a6": "w♜", "a5": "w♝"}
    assert table.choices("bob") == {}
    assert [(s.player, s.x, s.y, s.color) for s in table.game.shelves] == [(table.ids["ada"], 0, 0, -1)]
    assert table.private["ada"][-1] == "click the piece that your pawn becomes"
    table.click("ada", "a7")
    assert table.seen()["a8"] == "w♞"
    assert table.choices("ada") == {}
    assert len(table.game.shelves) == 0
    table.click("bob", "a2", "a1")
    assert table.choices("bob") == {"a1": "b♛", "a2": "b♞", "a3": "b♜", "a4": "b♝"}
    assert [(s.player, s.x, s.y, s.color) for s in table.game.shelves] == [(table.ids["bob"], 0, 4, 0)]
    table.click("bob", "a1")
    assert table.seen()["a1"] == "b♛"


def test_a_pawn_that_is_typed_to_the_end_becomes_what_one_likes(table: Table) -> None:
    table.arrange("8/P6k/8/8/8/8/p6K/8 w - - 0 1")
    table.say("ada", "a8=R")
    table.say("bob", "a1=N")
    assert (table.seen()["a8"], table.seen()["a1"]) == ("w♜", "b♞")


def test_what_a_pawn_may_become_is_painted_over_the_pieces_that_stand_there() -> None:
    order = list(SPEC.tables)
    assert order.index("pieces") < order.index("shelves") < order.index("choices")


def test_who_clicks_elsewhere_is_asked_no_more_what_the_pawn_becomes(table: Table) -> None:
    table.arrange("1n6/P6k/8/8/8/8/7K/8 w - - 0 1")
    table.click("ada", "a7", "a8", "h5")
    assert table.choices("ada") == {}
    assert table.hints("ada") == {}
    table.click("ada", "a7", "a8", "h2")
    assert table.choices("ada") == {}
    assert table.hints("ada")["h2"] == 2
    table.click("ada", "a7", "a8", "b8")  # the other way to be promoted
    assert set(table.choices("ada")) == {"b8", "b7", "b6", "b5"}
    table.click("ada", "b5")
    assert table.game.score == ["axb8=B"]


@pytest.mark.parametrize("ends", ["types", "leaves", "resigns"])
def test_nothing_is_left_of_the_question_when_it_needs_no_answer(table: Table, ends: str) -> None:
    table.arrange("7k/P7/8/8/8/8/8/K7 w - - 0 1")
    table.click("ada", "a7", "a8")
    match ends:
        case "types":
            table.say("ada", "a8=R")
            assert table.seen()["a8"] == "w♜"
        case "leaves":
            table.leave("ada")
        case "resigns":
            table.say("ada", "resign")
            assert table.game.over
    assert len(table.game.shelves) == len(table.game.choices) == len(table.game.hints) == 0
    assert table.game.goal == table.game.chosen == {}


def test_a_bot_clicks_the_piece_that_it_thought_of() -> None:
    move, ends = chess.Move.from_uci("g2h1n"), []
    held: int | None = None
    goal: int | None = None
    for _ in range(3):
        ends.append(chess.square_name(next_click(move, held, goal)))
        held, goal = move.from_square, move.to_square if held is not None else None
    assert ends == ["g2", "h1", "h2"]


def test_a_pawn_taken_in_passing_is_gone(table: Table) -> None:
    table.play("e4", "a6", "e5", "d5", "exd6")
    assert "d5" not in table.seen()
    assert table.seen()["d6"] == "w♟"
    assert len(table.seen()) == 31


def test_a_piece_that_moves_keeps_its_row(table: Table) -> None:
    row = next(p for p in table.game.pieces if (p.x, p.y) == (4, 6))
    table.play("e4", "d5", "exd5")
    assert (row.x, row.y) == (3, 3)
    assert row in table.game.pieces


def test_a_check_is_shown(table: Table) -> None:
    table.play("e4", "f6", "Qh5")
    assert (4, 0, 5) in {(t.x, t.y, t.mark) for t in table.game.traces}
    assert table.captions() == ["Black to move, in check", "1. e4 f6 2. Qh5+"]


# --- clocks ---


def test_the_clocks_stand_until_the_first_move(table: Table) -> None:
    table.tick(100)
    assert table.game.left == [START, START]
    assert [(c.time, c.turn) for c in table.game.clocks] == [("5:00", True), ("5:00", False)]


def test_each_move_brings_the_increment_but_the_first_which_starts_the_clocks(table: Table) -> None:
    table.say("ada", "e4")
    assert table.game.left == [START - 1, START]
    table.tick(99)
    assert table.game.left == [START - 100, START]
    table.say("bob", "e5")
    assert table.game.left == [START - 100 + INCREMENT * RATE, START - 1]


def test_a_clock_shows_seconds_and_near_the_end_tenths(table: Table) -> None:
    table.say("ada", "e4")
    table.tick(9)
    black = table.game.clocks[2]
    assert black.time == "4:59"
    table.tick(RATE)
    assert black.time == "4:58"
    table.game.left[0] = 20 * RATE + 1
    table.tick()
    assert black.time == "0:20"
    table.tick()
    assert black.time == "0:19.9"


def test_whose_time_is_over_loses(table: Table) -> None:
    table.say("ada", "e4")
    table.tick(START - 2)
    assert table.game.result == "*"
    table.tick()
    assert table.game.result == "1-0"
    assert ": Black has no time left: White (ada) wins" in table.told


def test_whose_time_is_over_draws_if_the_other_cannot_win(table: Table) -> None:
    table.arrange("8/8/8/8/8/5k2/4p3/4K3 w - - 0 1")
    table.say("ada", "Kd2")
    table.game.left[0] = 2
    table.tick(2)
    assert table.game.result == "1/2-1/2"


# --- the end ---


def test_fools_mate(table: Table) -> None:
    table.play("f3", "e5", "g4", "Qh4")
    assert table.game.result == "0-1"
    assert ": Checkmate: Black (bob) wins" in table.told
    assert table.captions() == ["Checkmate: Black (bob) wins", "type rematch to play again", "1. f3 e5 2. g4 Qh4#"]
    (event,) = table.events
    assert event.name == "game_over"
    assert (event.data["result"], event.data["reason"]) == ("0-1", "Checkmate")
    game = table.pgn()
    assert [m.uci() for m in game.mainline_moves()] == ["f2f3", "e7e5", "g2g4", "d8h4"]
    assert dict(game.headers) == {
        "Event": "?",
        "Site": "?",
        "Date": "????.??.??",
        "Round": "?",
        "White": "ada",
        "Black": "bob",
        "Result": "0-1",
        "TimeControl": "300+3",
    }
    assert any("1. f3 e5 2. g4 Qh4# 0-1" in line for line in table.told)
    table.say("ada", "a3")
    table.click("ada", "a2", "a3")
    left = list(table.game.left)
    table.tick(50)
    assert len(table.game.moves) == 4
    assert table.game.left == left, "the clocks stand"


def test_stalemate_is_a_draw(table: Table) -> None:
    table.arrange("7k/5Q2/8/6K1/8/8/8/8 w - - 0 1")
    table.say("ada", "Kg6")
    assert table.game.result == "1/2-1/2"
    assert ": Stalemate: draw" in table.told


def test_bare_kings_are_a_draw(table: Table) -> None:
    table.arrange("8/8/8/8/8/8/k3p3/4K3 w - - 0 1")
    table.say("ada", "Kxe2")
    assert ": Insufficient material: draw" in table.told


def test_seventy_five_moves_are_a_draw(table: Table) -> None:
    table.arrange("7k/8/8/8/8/8/R7/K7 w - - 149 100")
    table.say("ada", "Rb2")
    assert ": Seventyfive moves: draw" in table.told


SHUFFLE = ("Nf3", "Nf6", "Ng1", "Ng8")


def test_the_same_position_five_times_is_a_draw_by_itself(table: Table) -> None:
    table.play(*SHUFFLE * 3)
    assert table.game.result == "*", "four times: a draw only for the asking"
    table.play(*SHUFFLE)
    assert ": Fivefold repetition: draw" in table.told


def test_the_same_position_three_times_is_a_draw_for_the_asking_of_who_is_to_move(table: Table) -> None:
    table.play(*SHUFFLE)
    table.say("ada", "draw")
    assert table.game.result == "*", "twice is no claim, so it is an offer"
    table.play(*SHUFFLE)
    table.say("bob", "draw")
    assert table.game.result == "*", "not to move, so it is an offer"
    table.play("Nf3", "Nf6", "Ng1", "Ng8")
    table.say("ada", "draw")
    assert ": Threefold repetition: draw" in table.told


@pytest.mark.parametrize(("before", "result"), [(98, "1/2-1/2"), (97, "*")])
def test_fifty_moves_are_a_draw_for_the_asking(table: Table, before: int, result: str) -> None:
    table.arrange(f"7k/8/8/8/8/8/R7/K7 w - - {before} 100")
    table.play("Rb2", "Kg8")
    table.say("ada", "Draw")
    assert table.game.result == result
    assert (": Fifty moves: draw" in table.told) == (result != "*")


def test_a_draw_may_be_claimed_with_the_move_that_brings_it_about(table: Table) -> None:
    table.arrange("7k/8/8/8/8/8/R7/K7 w - - 99 100")
    table.say("ada", "draw Rb2")
    assert ": Fifty moves: draw" in table.told
    assert table.game.score[-1] == "Rb2"


def test_a_draw_is_offered_and_accepted(table: Table) -> None:
    table.play("e4")
    table.say("ada", "draw")
    assert table.told[-1] == "ada: I offer a draw"
    assert "ada offers a draw" in table.captions()
    table.say("ada", "draw")
    assert table.told.count("ada: I offer a draw") == 1
    table.send("bob", Draw())
    assert ": Agreed: draw" in table.told
    assert table.pgn().headers["Result"] == "1/2-1/2"


def test_an_offer_comes_with_a_move_and_is_declined_by_one(table: Table) -> None:
    table.say("ada", "draw e4")
    assert table.game.score == ["e4"]
    assert table.game.offer == table.ids["ada"]
    table.say("bob", "e5")
    assert table.game.offer == 0
    table.say("bob", "draw")
    assert table.game.result == "*", "the offer is void, so this is another one"


def test_ones_own_move_leaves_ones_offer_open(table: Table) -> None:
    table.say("ada", "draw", "e4")
    table.say("bob", "draw")
    assert table.game.result == "1/2-1/2"


def test_who_resigns_loses(table: Table) -> None:
    table.play("e4")
    table.say("bob", "Resign")
    assert ": bob resigned: White (ada) wins" in table.told
    assert table.game.result == "1-0"


def test_the_button_to_resign_is_pressed_twice(table: Table) -> None:
    table.send("ada", Resign())
    assert table.game.result == "*"
    assert table.private["ada"] == ["once more to resign"]
    table.tick(60)
    table.send("ada", Resign())
    assert table.game.result == "*", "that was too late"
    table.send("ada", Resign())
    assert table.game.result == "0-1"


def test_a_rematch_swaps_colours_when_both_want_it(table: Table) -> None:
    table.say("ada", "rematch")
    assert table.private["ada"] == ["the game is not over"]
    table.play("f3", "e5", "g4", "Qh4")
    table.say("ada", "rematch")
    assert table.game.over
    table.say("ada", "rematch")
    assert table.game.over, "twice is not both"
    table.send("bob", Rematch())
    assert not table.game.over
    assert table.told[-1] == ": bob has White, ada Black. The clocks start with the first move."
    assert [(s.player, s.black) for s in table.game.seated] == [(1, True), (2, False)]
    assert [(c.player, c.black, c.time) for c in table.game.clocks] == [(1, True, "5:00"), (2, False, "5:00")]
    assert len(table.seen()) == 32
    assert len(table.game.traces) == 0
    table.say("ada", "e4")
    assert table.private["ada"][-1] == "it is not your turn"
    table.say("bob", "e4")
    assert table.game.score == ["e4"]


def test_who_leaves_a_game_loses_it(table: Table) -> None:
    table.play("e4", "e5")
    table.leave("ada")
    assert ": ada left: Black (bob) wins" in table.told
    assert table.captions()[:2] == ["ada left: Black (bob) wins", "waiting for an opponent"]
    table.say("bob", "rematch")
    assert table.private["bob"] == ["there is nobody to play with"]


def test_a_game_that_has_hardly_begun_is_nobodys(table: Table) -> None:
    table.play("e4")
    table.leave("bob")
    assert table.game.result == "*"
    assert ": bob left: no result" in table.told


def test_the_next_to_come_gets_the_free_colour_and_a_new_game(table: Table) -> None:
    table.play("e4", "e5")
    table.leave("ada")
    table.join("cy")
    assert table.told[-1] == ": cy has White, bob Black. The clocks start with the first move."
    assert table.game.moves == []
    assert len(table.seen()) == 32


def test_a_names_quotes_do_no_harm_to_the_score() -> None:
    table = Table('a"d\\a', "bob")
    table.play("e4", "e5")
    table.leave("bob")
    assert table.pgn().headers["White"] == r"a\"d\\a", "as it is written; the package does not undo it"


def test_the_score_of_a_long_game_is_told_in_lines_that_the_chat_takes(table: Table) -> None:
    knights = ("Nf3", "Nf6", "Ng1", "Ng8")
    for pawn in "abcdefgh":
        table.play(*knights[:4], f"{pawn}3", f"{pawn}6")
    for pawn in "abcdefgh":
        table.play(*knights[:4], f"{pawn}4", f"{pawn}5")
    table.say("bob", "pgn")
    assert len(table.private["bob"]) > 1
    table.say("ada", "resign")
    told = [line.removeprefix(": ") for line in table.told]
    lines = told[told.index("ada resigned: Black (bob) wins") + 1 : -1]
    assert all(len(line) <= 300 for line in lines)
    assert " ".join(lines).split() == table.events[-1].data["pgn"].split()
    assert len(list(table.pgn().mainline_moves())) == len(table.game.moves) > 60


# --- what is kept ---


def test_a_game_goes_on_from_its_saved_state(table: Table) -> None:
    table.play("e4", "e5", "Nf3")
    saved = {name: msgspec.msgpack.encode(getattr(table.game, name)) for name in SPEC.state}
    del vars(table.game)["_board"]
    for name, hint in SPEC.state.items():
        setattr(table.game, name, msgspec.msgpack.decode(saved[name], type=hint))
    assert table.position().fen() == "rnbqkbnr/pppp1ppp/8/4p3/4P3/5N2/PPPP1PPP/RNBQKB1R b KQkq - 1 2"
    table.play("Nc6")
    assert table.game.score[-1] == "Nc6"


# --- the bot ---


def _until_moved(table: Table, moves: int, patience: int = 60) -> int:
    """How many ticks it took until there were so many moves."""
    for ticks in range(patience):
        if len(table.game.moves) >= moves:
            return ticks
        table.tick()
    raise AssertionError(f"no move in {patience} ticks: {table.captions()}")


def test_a_bot_answers_in_about_the_time_that_people_take() -> None:
    table = Table("ada", bots=1)
    assert 8 <= _until_moved(table, 1) <= 40
    table.say("ada", "e5")
    assert 8 <= _until_moved(table, 3) <= 40


def test_a_bot_hurries_when_its_time_is_short() -> None:
    table = Table("ada", bots=1)
    _until_moved(table, 1)
    table.game.left[1] = 20 * RATE
    table.say("ada", "e5")
    assert _until_moved(table, 3) <= 20


def test_a_bot_thinks_the_same_when_its_thoughts_were_lost() -> None:
    def moves(forgets: bool) -> list[str]:
        table = Table("ada", bots=1, seed=7)
        for answer in ("e5", "Nc6", "Nf6"):
            count = len(table.game.moves)
            while len(table.game.moves) == count:
                if forgets:
                    vars(table.game).pop("_thinker", None)
                    vars(table.game).pop("_board", None)
                table.tick()
            if chess.Move.from_uci(str(table.position().parse_san(answer))) in table.position().legal_moves:
                table.say("ada", answer)
        return table.game.moves

    assert moves(forgets=True) == moves(forgets=False)


def test_a_bot_agrees_to_a_rematch_and_to_a_draw_when_it_is_behind() -> None:
    table = Table("ada", bots=1)
    _until_moved(table, 1)
    table.say("ada", "draw")
    assert table.game.result == "*", "it is not behind"
    table.arrange("6k1/8/8/8/8/8/q7/5K2 b - - 0 1")
    table.game.offer = 0
    table.say("ada", "draw")
    assert table.game.result == "1/2-1/2"
    table.say("ada", "rematch")
    table.tick(2)
    assert table.told[-1].startswith(": ada has White")


def test_a_person_who_comes_takes_a_bots_place_and_nobody_loses() -> None:
    table = Table("ada", bots=1)
    _until_moved(table, 1)
    table.say("ada", "e5")
    table.join("bob")
    assert table.game.result == "*"
    assert table.told[-1] == ": bob has White, ada Black. The clocks start with the first move."


def test_only_who_played_with_a_bot_is_told_that_it_gave_way() -> None:
    table = Table("ada", bots=1)
    bot = next(p.name for p in table.room.game.players.values() if p.bot)
    table.join("bob")
    line = f"{bot} left: no result"
    assert line in table.private["ada"]
    assert line not in table.private.get("bob", [])
    assert f": {line}" not in table.told
    assert table.events == [], "to all"


def test_a_game_of_two_bots_is_announced_to_nobody() -> None:
    table = Table(bots=2)
    table.join("ada")
    assert [line for line in table.told if "has White" in line] == [table.told[-1]]
    assert "ada" in table.told[-1]


def test_two_bots_play_whole_games_one_after_the_other() -> None:
    table = Table(bots=2)
    for _ in range(30_000):
        table.tick()
        if len(table.events) == 2:
            break
    assert len(table.events) == 2
    for event in table.events:
        read = chess.pgn.read_game(io.StringIO(event.data["pgn"]))
        assert read is not None
        assert read.errors == []
        assert read.headers["Result"] in ("1-0", "0-1", "1/2-1/2")


# --- anything that anybody may do ---

_SQUARES = st.integers(0, 9)
_WORDS = st.sampled_from(
    [
        "draw",
        "resign",
        "rematch",
        "pgn",
        "draw e4",
        "draw draw",
        "e4",
        "e5",
        "Nf3",
        "Nc6",
        "O-O",
        "0-0-0",
        "e7e8q",
        "exd8=N",
    ]
) | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
_STEPS = st.one_of(
    st.tuples(st.just("pick"), st.booleans(), _SQUARES, _SQUARES),
    st.tuples(st.just("legal"), st.booleans(), st.integers(0, 200)),
    st.tuples(st.just("say"), st.booleans(), _WORDS),
    st.tuples(st.just("press"), st.booleans(), st.sampled_from([Draw(), Resign(), Rematch()])),
    st.tuples(st.just("leave"), st.booleans()),
    st.tuples(st.just("wait"), st.integers(1, 40)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_STEPS, max_size=60))
def test_whatever_is_clicked_typed_and_pressed_the_position_is_legal_and_seen_as_it_is(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    table = Table("ada", "bob")
    for step in steps:
        match step:
            case ("pick", first, x, y):
                table.send("ada" if first else "bob", Pick(x, y))
            case ("legal", by_click, number):
                moves = list(table.position().legal_moves)
                if not moves or table.game.over:
                    continue
                move = moves[number % len(moves)]
                name = next(n for n, id in table.ids.items() if table.game.sides[id] == table.position().turn)
                if by_click:
                    table.game._let_go(table.ids[name])
                    table.click(name, move.uci()[:2], move.uci()[2:4])
                    if move.promotion is not None:
                        [square] = [s for s, p in promotions(move.to_square).items() if p == move.promotion]
                        table.click(name, chess.square_name(square))
                    assert table.game.moves[-1] == move.uci()
                else:
                    table.say(name, move.uci())
            case ("say", first, text):
                with contextlib.suppress(RemoteProtocolError):  # nothing that can be said
                    table.say("ada" if first else "bob", text)
            case ("press", first, input):
                table.send("ada" if first else "bob", input)
            case ("leave", first):
                table.leave("ada" if first else "bob")
                table.join("ada" if first else "bob")
            case ("wait", ticks):
                table.tick(ticks)
        board = table.position()
        assert board.is_valid()
        wanted = {chess.square_name(s): ("w" if p.color else "b", p.piece_type) for s, p in board.piece_map().items()}
        signs = {chess.UNICODE_PIECE_SYMBOLS[chess.piece_symbol(t)]: t for t in chess.PIECE_TYPES}
        assert {square: (row[0], signs[row[1]]) for square, row in table.seen().items()} == wanted
        assert all(left > 0 or table.game.over for left in table.game.left)
