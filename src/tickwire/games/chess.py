"""Chess for two, by FIDE's laws: https://handbook.fide.com/chapter/E012023. The package `chess` knows the moves."""

import chess

from tickwire import Controls, Game, Input, Player, Table, u8
from tickwire.games._chess_bot import Thinker, evaluate
from tickwire.games._chess_rows import (
    CHOSEN,
    GO,
    TAKE,
    Caption,
    Choice,
    Clock,
    Hint,
    Piece,
    Seat,
    Shelf,
    Square,
    Trace,
    forget,
    next_click,
    place,
    promotions,
    show_pieces,
    show_promotions,
    show_traces,
    square_row,
)
from tickwire.games._chess_text import clock, lines_of, looks_like_a_move, numbered, pgn, typed_move

MINUTES, INCREMENT = 5, 3  # minutes for each, and seconds for each move
SURE = 5  # seconds in which the button is to be pressed again to resign
COLORS = ("Black", "White")  # by chess.BLACK, chess.WHITE
WINS = ("0-1", "1-0")
DRAW, NO_RESULT = "1/2-1/2", "*"


class Pick(Input):
    """A click on a square."""

    x: u8
    y: u8


class Draw(Input):
    """Offer a draw, accept one, or claim one."""


class Resign(Input):
    """Give up; twice, to be sure."""


class Rematch(Input):
    """Play again, with colours swapped."""


class Chess(Game):
    """Chess for two, with a clock."""

    tick_rate, seats, board = 10, 2, (8, 8)
    inputs = Pick | Draw | Resign | Rematch
    controls = Controls(click=Pick, text="a move such as e2e4 or Nf3, or: draw, resign, rematch")

    squares: Table[Square]
    traces: Table[Trace]
    hints: Table[Hint]
    pieces: Table[Piece]
    shelves: Table[Shelf]
    choices: Table[Choice]
    clocks: Table[Clock]
    seated: Table[Seat]
    captions: Table[Caption]
    sides: dict[int, bool]  # by player; White is True, as the package has it
    names: list[str]  # of Black and White, in this game
    moves: list[str]  # of this game, as e2e4
    score: list[str]  # the same, as Nf3
    left: list[int]  # ticks that Black and White have left
    result: str = NO_RESULT
    verdict: str  # the result in words
    over: bool = True
    ended_at: int
    offer: int  # the player who offers a draw, or 0
    again: list[int]  # who wants a rematch
    chosen: dict[int, int]  # the square of the piece that a player has in the hand
    goal: dict[int, int]  # where it goes, if it is a pawn and the player is still to say what it becomes
    sure_until: dict[int, int]  # the tick until which a second Resign counts
    thought: int  # ticks that a bot has thought about this move
    move_at: int  # the tick before which it does not move
    mood: int  # so that it does not always play the same

    def start(self) -> None:
        """The board, and nobody at it."""
        for square in chess.SQUARES:
            self.squares.add(square_row(square))
        for _ in range(3):
            self.captions.add(Caption())
        self._set_up()

    def join(self, player: Player) -> None:
        """White is the first, Black the second; then it begins."""
        side = chess.WHITE not in self.sides.values()
        self.sides[player.id] = side
        self.clocks.add(Clock(player.id, not side))
        self.seated.add(Seat(player.id, not side))
        if len(self.sides) == 2:
            self._begin()
        else:
            self._show()

    def leave(self, player: Player) -> None:
        """Who leaves loses, unless it has hardly begun. A bot that gives way does not, and who comes is not told."""
        side = self.sides.pop(player.id)
        self.clocks.remove(next(row for row in self.clocks if row.player == player.id))
        self.seated.remove(next(row for row in self.seated if row.player == player.id))
        self._let_go(player.id)
        self.again = [p for p in self.again if p != player.id]
        if not self.over:
            result = WINS[not side] if len(self.moves) >= 2 and not player.bot else NO_RESULT
            self._end(result, f"{player.name} left", list(self.players.values()) if player.bot else None)
        self._show()

    def receive(self, player: Player, input: Pick | Draw | Resign | Rematch) -> None:
        """A click, or a button."""
        match input:
            case Pick(x, y) if x < 8 and y < 8:
                self._pick(player, chess.square(x, 7 - y))
            case Draw():
                self._draw(player)
            case Resign() if not self.over and self.sure_until.get(player.id, 0) < self.tick:
                self.sure_until[player.id] = self.tick + round(SURE * self.tick_rate)
                self.say("once more to resign", to=player)
            case Resign():
                self._resign(player)
            case Rematch():
                self._rematch(player)

    def hear(self, player: Player, text: str) -> str | None:
        """A move or a command; what is neither is talk."""
        words = text.split()
        match [words[0].lower(), *words[1:]]:
            case ["draw"]:
                self._draw(player)
            case ["draw", move] if looks_like_a_move(move):
                self._draw(player, move)
            case ["resign"]:
                self._resign(player)
            case ["rematch"]:
                self._rematch(player)
            case ["pgn"]:
                self._tell_score(player)
            case [_] if looks_like_a_move(words[0]):
                if (legal := self._typed(player, words[0])) is not None:
                    self._play(legal)
            case _:
                return text
        return None

    def step(self) -> None:
        """The clock of whoever is to move runs, from the first move on."""
        if not self.over and self.moves:
            side = self._position().turn
            self.left[side] -= 1
            if self.left[side] <= 0:
                can_win = not self._position().has_insufficient_material(not side)
                self._end(WINS[not side] if can_win else DRAW, f"{COLORS[side]} has no time left")
        for row in self.clocks:
            side = self.sides[row.player]
            time, turn = clock(self.left[side] / self.tick_rate), not self.over and self._position().turn == side
            if (row.time, row.turn) != (time, turn):
                row.time, row.turn = time, turn

    # --- a game ---

    def _position(self) -> chess.Board:
        """The position. It is made of the moves where it is not at hand."""
        board: chess.Board | None = vars(self).get("_board")
        if board is None or len(board.move_stack) != len(self.moves):
            board = chess.Board()
            for move in self.moves:
                board.push_uci(move)
            vars(self)["_board"] = board
        return board

    def _set_up(self) -> None:
        self.moves, self.score, self.offer, self.again = [], [], 0, []
        self.result, self.verdict = NO_RESULT, ""
        self.left = [round(MINUTES * 60 * self.tick_rate)] * 2
        for held in (self.traces, self.pieces, self.sure_until):
            held.clear()
        show_pieces(self.pieces, self._position(), None)

    def _begin(self) -> None:
        self._set_up()
        self.over, self.names = False, [self.players[p].name for p, _ in sorted(self.sides.items(), key=lambda s: s[1])]
        if not all(self.players[p].bot for p in self.sides):
            self.say(f"{self.names[1]} has White, {self.names[0]} Black. The clocks start with the first move.")
        self._wake_bot()
        self._show()

    def _end(self, result: str, why: str, to: list[Player] | None = None) -> None:
        self.over, self.result, self.offer, self.ended_at = True, result, 0, self.tick
        for player in self.sides:
            self._let_go(player)
        self.verdict = f"{why}: {self._outcome()}"
        self.say(self.verdict, to=to)
        if result != NO_RESULT:
            self._tell_score(None)
        self.emit("game_over", to=to, result=result, reason=why, pgn=self._pgn())
        if len(self.sides) == 2:
            self.say("rematch plays again, with colours swapped")
        self._show()

    def _outcome(self) -> str:
        if self.result in WINS:
            side = WINS.index(self.result)
            return f"{COLORS[side]} ({self.names[side]}) wins"
        return "draw" if self.result == DRAW else "no result"

    def _play(self, move: chess.Move) -> None:
        """Make a legal move."""
        board = self._position()
        side = board.turn
        self.score.append(board.san(move))
        board.push(move)
        self.moves.append(move.uci())
        if len(self.moves) > 1:
            self.left[side] += round(INCREMENT * self.tick_rate)
        if self.sides.get(self.offer) != side:
            self.offer = 0  # a move declines what the other offered
        for player in self.sides:
            self._let_go(player)
        show_pieces(self.pieces, board, move)
        show_traces(self.traces, board, move)
        self._wake_bot()
        if (outcome := board.outcome()) is not None:
            self._end(outcome.result(), outcome.termination.name.replace("_", " ").capitalize())
        self._show()

    def _typed(self, player: Player, move: str) -> chess.Move | None:
        """What a player typed, as a legal move; None with a word to them if it is none."""
        if not self._may_move(player):
            self.say("there is no game" if self.over else "it is not your turn", to=player)
            return None
        legal = typed_move(self._position(), move)
        if isinstance(legal, chess.Move):
            return legal
        self.say(legal, to=player)
        return None

    def _may_move(self, player: Player) -> bool:
        return not self.over and self.sides[player.id] == self._position().turn

    def _pick(self, player: Player, square: int) -> None:
        """Take a piece into the hand, put it down, or say what a pawn becomes."""
        if not self._may_move(player):
            return
        board = self._position()
        held, goal = self.chosen.get(player.id), self.goal.get(player.id)
        self._let_go(player.id)
        if held is not None and goal is not None and square in promotions(goal):
            self._play(chess.Move(held, goal, promotions(goal)[square]))
        elif board.color_at(square) == board.turn:
            if square != held:
                self._take(player.id, square)
        elif held is not None:
            moves = [m for m in board.legal_moves if m.from_square == held and m.to_square == square]
            if len(moves) > 1:
                self._ask(player, held, square)
            elif moves:
                self._play(moves[0])

    def _draw(self, player: Player, move: str = "") -> None:
        """Accept a draw, claim one, or offer one; with a move, claim by it or offer one along with it."""
        other = self._other(player)
        if self.over or other is None:
            self.say("there is no game", to=player)
        elif self.offer == other.id:
            self._end(DRAW, "Agreed")
        elif move:
            if (legal := self._typed(player, move)) is not None:
                self._play(legal)
                if not self.over and not self._claim():
                    self._offer(player, other)
        elif not (self._may_move(player) and self._claim()) and self.offer != player.id:
            self._offer(player, other)

    def _offer(self, player: Player, other: Player) -> None:
        self.offer = player.id
        self.say("I offer a draw", by=player)
        if other.bot and self._content(other):
            self._end(DRAW, "Agreed")
        self._show()

    def _claim(self) -> bool:
        """End the game if the position is a draw for the asking."""
        board = self._position()
        fifty = board.is_fifty_moves()
        if fifty or board.is_repetition(3):
            self._end(DRAW, "Fifty moves" if fifty else "Threefold repetition")
        return self.over

    def _resign(self, player: Player) -> None:
        if self.over:
            self.say("there is no game", to=player)
        else:
            self._end(WINS[not self.sides[player.id]], f"{player.name} resigned")

    def _rematch(self, player: Player) -> None:
        other = self._other(player)
        if not self.over or other is None:
            self.say("the game is not over" if other else "there is nobody to play with", to=player)
        elif player.id not in self.again:
            self.again.append(player.id)
            if len(self.again) == 1:
                self.say("I would like a rematch", by=player)
            else:
                self._swap()

    def _swap(self) -> None:
        for player, side in self.sides.items():
            self.sides[player] = not side
        for row in (*self.clocks, *self.seated):
            row.black = not row.black
        self._begin()

    def _other(self, player: Player) -> Player | None:
        return next((self.players[p] for p in self.sides if p != player.id), None)

    # --- what is seen ---

    def _take(self, player: int, square: int) -> None:
        board = self._position()
        self.chosen[player] = square
        self.hints.add(Hint(player, *place(square), CHOSEN))
        for end in sorted({m.to_square for m in board.legal_moves if m.from_square == square}):
            self.hints.add(Hint(player, *place(end), TAKE if board.color_at(end) is not None else GO))

    def _ask(self, player: Player, pawn: int, goal: int) -> None:
        """What shall it become? A click says so."""
        self.chosen[player.id], self.goal[player.id] = pawn, goal
        self.hints.add(Hint(player.id, *place(pawn), CHOSEN))
        show_promotions(self.shelves, self.choices, player.id, goal)
        self.say("click the piece that your pawn becomes", to=player)

    def _let_go(self, player: int) -> None:
        self.chosen.pop(player, None)
        self.goal.pop(player, None)
        forget(self.hints, player)
        forget(self.shelves, player)
        forget(self.choices, player)

    def _show(self) -> None:
        """How it stands, in words."""
        stands, why, moves = self.captions
        board = self._position()
        if not self.over:
            side = board.turn
            stands.words = f"{COLORS[side]} to move" + (", in check" if board.is_check() else "")
            why.words = f"{self.players[self.offer].name} offers a draw" if self.offer else ""
        else:
            next_step = "type rematch to play again" if len(self.sides) == 2 else "waiting for an opponent"
            stands.words, why.words = self.verdict or next_step, next_step if self.verdict else ""
        moves.words = " ".join(numbered(self.score)[-2:])

    def _pgn(self) -> str:
        return pgn(self.names[1], self.names[0], self.score, self.result, f"{MINUTES * 60}+{INCREMENT}")

    def _tell_score(self, to: Player | None) -> None:
        for line in lines_of(self._pgn()) if self.names else []:
            self.say(line, to=to)

    # --- the bot ---

    def bot(self, player: Player) -> Pick | Rematch | None:
        """It thinks for a second or two, and moves by clicks as people do."""
        if self.over:
            other = self._other(player)
            asked = other is not None and (other.id in self.again or other.bot)
            waited = self.tick - self.ended_at > 10 * self.tick_rate or (other is not None and not other.bot)
            return Rematch() if asked and waited and player.id not in self.again else None
        if not self._may_move(player):
            return None
        self.thought += 1
        thinker = vars(self).setdefault("_thinker", Thinker())
        move = thinker.thought(self._position(), len(self.moves), self.mood, self.thought)
        if move is None or self.tick < self.move_at:
            return None
        return Pick(*place(next_click(move, self.chosen.get(player.id), self.goal.get(player.id))))

    def _wake_bot(self) -> None:
        hurry = self.left[self._position().turn] < 30 * self.tick_rate
        self.thought = 0
        self.move_at = self.tick + (3 if hurry else self.random.randrange(8, 25))
        self.mood = self.random.randrange(1 << 16)

    def _content(self, player: Player) -> bool:
        """Whether a bot takes a draw: when it is behind, or nothing happens."""
        board = self._position()
        ahead = evaluate(board) * (1 if board.turn == self.sides[player.id] else -1)
        return ahead < -150 or (board.halfmove_clock > 30 and ahead < 150)
