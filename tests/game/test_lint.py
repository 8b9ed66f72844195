"""What would be served without a word, and do nothing: refused with what was probably meant."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import pytest

from tickwire.errors import ContractError
from tickwire.game.contract import Game
from tickwire.game.loader import load_file, load_module
from tickwire.game.look import NAMED_KEYS, key_fault
from tickwire.game.spec import GameSpec, inspect_game

HEAD = """
from collections import deque
from tickwire import Controls, Entity, Game, Grid, Input, Look, Owner, Player, Table, fixed, text, u8, u16

class Turn(Input):
    way: int = 0

class Cell(Entity):
    x: u16
    y: u16 = 0

"""


def load(folder: Path, body: str) -> GameSpec:
    path = folder / "pong.py"
    path.write_text(HEAD + body)
    return load_file(path)


def refused(folder: Path, body: str) -> str:
    """The sentence with which a file is refused: one, that begins with a class and an attribute."""
    with pytest.raises(ContractError) as caught:
        load(folder, body)
    words = str(caught.value)
    assert "\n" not in words
    assert words.startswith(caught.value.where + " ")
    return words


def pong(*lines: str) -> str:
    return "class Pong(Game):\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("recieve", "receive(self, player, input)"),
        ("recive", "receive(self, player, input)"),
        ("Step", "step(self)"),
        ("setp", "step(self)"),
        ("steps", "step(self)"),
        ("on_join", "join(self, player)"),
        ("onJoin", "join(self, player)"),
        ("on_player_join", "join(self, player)"),
        ("joined", "join(self, player)"),
        ("received", "receive(self, player, input)"),
        ("leaves", "leave(self, player)"),
        ("update", "step(self)"),
        ("on_tick", "step(self)"),
        ("on_update", "step(self)"),
        ("fixed_update", "step(self)"),
        ("_process", "step(self)"),
        ("_ready", "start(self)"),
        ("setup", "start(self)"),
        ("onCreate", "start(self)"),
        ("strat", "start(self)"),
        ("on_leave", "leave(self, player)"),
        ("on_disconnect", "leave(self, player)"),
        ("on_message", "receive(self, player, input)"),
        ("handle_input", "receive(self, player, input)"),
        ("on_chat", "hear(self, player, text)"),
        ("bots", "bot(self, player)"),
        ("Focus", "focus(self, player)"),
        ("priorty", "priority(self, player, row)"),
    ],
)
def test_a_misspelt_hook_is_refused_with_the_one_that_was_meant(tmp_path: Path, written: str, meant: str) -> None:
    words = refused(tmp_path, pong(f"def {written}(self, *given): pass"))
    private = "" if written.startswith("_") else f", name it _{written}"
    otherwise = f"If not, call it from a rule{private} or delete it"
    assert words == f"Pong.{written} is called by nobody; did you mean {meant}? {otherwise}"


@pytest.mark.parametrize("kind", ["async def recieve(self, player, input): pass", "recieve = staticmethod(len)"])
def test_a_misspelt_hook_is_refused_whatever_kind_of_method_it_is(tmp_path: Path, kind: str) -> None:
    assert "receive(self, player, input)" in refused(tmp_path, pong(kind))


def test_a_misspelt_hook_of_a_base_class_is_refused_too(tmp_path: Path) -> None:
    base = "class Base:\n    def recieve(self, player, turn): pass\n\n"
    assert refused(tmp_path, base + "class Pong(Base, Game):\n    pass\n").startswith("Pong.recieve ")


def test_a_method_that_paints_is_told_who_paints(tmp_path: Path) -> None:
    words = refused(tmp_path, pong("def draw(self, screen): pass"))
    assert words == "Pong.draw is called by nobody: a game paints nothing itself; give its entities a look"


@pytest.mark.parametrize(
    "lines",
    [
        ["def step(self):", "    self.update()", "def update(self): pass"],
        ["def step(self):", "    Pong.update(self)", "def update(self): pass"],
        [
            "def step(self):",
            "    for act in (self.update, self.tack): act()",
            "def tack(self): pass",
            "def update(self): pass",
        ],
        ["def update(self): pass", "step = update"],
        ["def step(self):", "    getattr(self, 'update')()", "def update(self): pass"],
        ["def receive(self, player, turn):", "    self.handle_input(turn)", "def handle_input(self, turn): pass"],
        ["def restart(self): pass", "def moves_of(self, player): pass", "def _steps(self): pass"],
        ["def score(self): pass", "def strike(self, row): pass", "def coin(self): pass", "def stop(self): pass"],
        ["@property", "def steps(self): return 3"],
        ["class Update:", "    pass"],
    ],
    ids=["self", "class", "table", "alias", "getattr", "receive", "other words", "near words", "property", "class"],
)
def test_an_authors_own_helpers_are_no_misspelt_hooks(tmp_path: Path, lines: list[str]) -> None:
    load(tmp_path, pong(*lines))


def test_a_helper_that_a_file_beside_calls_is_no_misspelt_hook(tmp_path: Path) -> None:
    (tmp_path / "pong_physics.py").write_text("def move(game):\n    game.update()\n")
    body = pong("def step(self):", "    move(self)", "def update(self): pass", "def on_tick(self): pass")
    with pytest.raises(ContractError, match=r"Pong\.on_tick is called by nobody"):
        load(tmp_path, "from pong_physics import move\n" + body)


def test_state_that_no_rule_uses_yet_may_be_called_anything(tmp_path: Path) -> None:
    load(tmp_path, pong("names: dict[int, str]", "boards: Table[Cell]", "seat: int"))


def test_a_dicts_update_is_no_call_of_the_games(tmp_path: Path) -> None:
    lines = ["scores: dict[int, int]", "def step(self):", "    self.scores.update({1: 2})", "def update(self): pass"]
    assert "did you mean step(self)?" in refused(tmp_path, pong(*lines))


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("tickrate = 30", "tick_rate"),
        ("TICK_RATE = 30", "tick_rate"),
        ("fps = 60", "tick_rate"),
        ("max_players = 4", "seats"),
        ("seat: int = 4", "seats"),
        ("Board = (3, 3)", "board"),
        ("input = Turn", "inputs"),
        ("control = Controls()", "controls"),
        ("byte_per_second = 9000", "bytes_per_second"),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_one_that_was_meant(tmp_path: Path, line: str, meant: str) -> None:
    name = line.partition(" ")[0].rstrip(":")
    assert refused(tmp_path, pong(line)) == f"Pong.{name} is read by nobody; did you mean {meant}?"


def test_a_constant_that_the_rules_use_may_be_called_anything(tmp_path: Path) -> None:
    load(tmp_path, pong("fps = 60", "seat = 4", "def step(self):", "    print(self.fps, self.seat)"))


@pytest.mark.parametrize(
    "lines",
    [
        ["NAMES = ('a', 'b')", "SEAT = 4", "BOARDS = 3"],
        ["NAMES: ClassVar[list[str]] = ['a']", "names: ClassVar[list[str]] = ['a']"],
        ["LIMIT: Final = 5", "def step(self):", "    print(self.LIMIT)"],
        ["seat: Final[int] = 5", "BOARD: Final = (3, 3)", "lock: Final = object()"],
        ["queue: ClassVar[deque] = deque([1])", "WAYS: Final[dict[str, int]] = {'up': 1}"],
    ],
)
def test_a_constant_is_neither_a_misspelt_setting_nor_state(tmp_path: Path, lines: list[str]) -> None:
    assert load(tmp_path, "from typing import ClassVar, Final\n" + pong(*lines)).state == {}


def test_a_constant_that_the_rules_change_is_refused(tmp_path: Path) -> None:
    head, step = "from typing import ClassVar, Final\n", "def step(self):"
    assert "is one list that all rooms share" in refused(
        tmp_path, head + pong("SEEN: Final = [1]", step, "    self.SEEN.append(2)")
    )
    assert "is set in step, and a ClassVar or Final belongs to all rooms" in refused(
        tmp_path, head + pong("round: ClassVar[int] = 1", step, "    self.round += 1")
    )


@pytest.mark.parametrize("value", ["{}", "[]", "set()", "dict()", "bytearray()", "deque()"])
def test_an_empty_collection_that_all_rooms_share_is_refused(tmp_path: Path, value: str) -> None:
    words = refused(tmp_path, pong(f"scores = {value}"))
    assert words.startswith("Pong.scores is one ")
    assert "that all rooms share; write scores: " in words


@pytest.mark.parametrize(
    "change",
    [
        "self.scores[3] = 4",
        "self.scores[3] += 4",
        "self.scores[1][2] = 4",
        "del self.scores[1]",
        "self.scores.update({3: 4})",
        "self.scores[1].append(3)",
        "Pong.scores[3] = 4",
        "Pong.scores = {}",
    ],
)
def test_a_collection_of_the_class_that_the_rules_change_is_refused(tmp_path: Path, change: str) -> None:
    words = refused(tmp_path, pong("scores = {1: [2]}", "def step(self):", f"    {change}"))
    wanted = "that all rooms share; write scores: dict[int, int] to give each room its own"
    assert words == f"Pong.scores is one dict {wanted}"


def test_a_collection_of_the_class_that_is_only_read_is_a_constant(tmp_path: Path) -> None:
    lines = [
        "ways = {'up': (0, -1)}",
        "colors = ['red']",
        "def step(self):",
        "    print(self.ways['up'], self.colors[0])",
    ]
    load(tmp_path, pong(*lines))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["def start(self):", "    self.round = 1"], "start and not declared in the class; write round: int"),
        (["def step(self):", "    self.round += 1"], "step and not declared in the class; write round: int"),
        (
            ["round = 0", "def step(self):", "    self.round += 1"],
            "step and not declared in the class; write round: int",
        ),
        (
            ["def join(game, player):", "    game.last = player.id"],
            "join and not declared in the class; write last: its",
        ),
        (["def step(self):", "    for self.i in (1, 2): pass"], "step and not declared in the class; write i: its"),
        (["def step(self):", "    self.a, self._b = 1, 2"], "step and not declared in the class; write a: its"),
        (
            ["def _help(self):", "    self.names = []"],
            "_help and not declared in the class; write names: list[int], say",
        ),
        (
            ["scores: dict[int, int]", "def step(self):", "    self.socres = {}"],
            "step and not declared in the class; was scores meant? If not, write socres: dict[int, int], say",
        ),
    ],
)
def test_an_attribute_that_is_set_and_not_declared_is_refused(tmp_path: Path, lines: list[str], words: str) -> None:
    assert f" is set in {words}" in refused(tmp_path, pong(*lines))


def test_what_is_set_is_found_without_the_text_of_the_rules_too() -> None:
    scope: dict[str, Any] = {"Game": Game, "__name__": __name__}
    exec(pong("seen: int", "def step(self):", "    self.seen, self.round = 1, 2"), scope)
    with pytest.raises(ContractError, match=r"Pong\.round is set in step and not declared in the class"):
        inspect_game(scope["Pong"])
    exec(pong("seen: int", "def step(self):", "    self.seen += 1", "    other = self", "    other.seen = 3"), scope)
    inspect_game(scope["Pong"])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            ["cells: Table[Cell]", "def start(self):", "    self.cells = []"],
            "Pong.cells is set in start, but it is the room's",
        ),
        (["def start(self):", "    self.tick = 0"], "Pong.tick is set in start, but the room gives it"),
        (["def start(self):", "    self.players = {}"], "Pong.players is set in start, but the room gives it"),
        (["def start(self):", "    self.seats = 3"], "Pong.seats is set in start, when the room has read it already"),
        (
            ["def tick(self): pass"],
            "Pong.tick cannot be a method: the room gives tick, the number of the tick; what is done",
        ),
        (["players: Table[Cell]"], "Pong.players cannot be declared: the room gives players"),
        (["tick: int = 7"], "Pong.tick cannot be declared: the room gives tick"),
        (["cells = Table(Cell)"], "write cells: Table[Cell]"),
        (["cells = Table[Cell]"], "Pong.cells has a type as its value; declare it with a colon: cells: Table[Cell]"),
        (["scores = dict[int, int]"], "declare it with a colon: scores: dict[int, int]"),
        (["round = int"], "declare it with a colon: round: int"),
        (["round: 5"], "Pong.round has a type that cannot be saved"),
        (["round: 'Ronud'"], "Pong has an annotation that cannot be found: name 'Ronud'"),
    ],
)
def test_what_is_the_rooms_or_a_type_by_mistake_is_refused(tmp_path: Path, lines: list[str], words: str) -> None:
    assert words in refused(tmp_path, pong(*lines))


@pytest.mark.parametrize(
    "lines", [["tick: int", "players: dict[int, Player]"], ["round: int", "def step(self):", "    self.round += 1"]]
)
def test_what_is_declared_as_it_is_may_stand_there(tmp_path: Path, lines: list[str]) -> None:
    load(tmp_path, pong(*lines))


@pytest.mark.parametrize("hint", ["Player", "Player | None", "list[Player]", "dict[int, Player]", "tuple[Player, int]"])
def test_a_player_in_state_is_refused(tmp_path: Path, hint: str) -> None:
    words = refused(tmp_path, pong(f"turn: {hint}"))
    assert words.startswith("Pong.turn holds a Player, who may leave; keep the number, player.id")


def test_a_player_within_a_dataclass_in_state_is_refused(tmp_path: Path) -> None:
    hand = "from dataclasses import dataclass\n@dataclass\nclass Hand:\n    of: Player\n\n"
    assert "Pong.hands holds a Player" in refused(tmp_path, hand + pong("hands: list[Hand]"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("looks = Look.cell(x='x', y='y')", "Row.looks is a Look by which nothing is painted; call it look"),
        ("views = Grid(cell=3, window=(3, 3))", "Row.views is a view by which nobody sees; call it view"),
        ("y = u16", "Row.y has a type as its value, and so is no field; write y: u16"),
        ("alive = bool", "Row.alive has a type as its value, and so is no field; write alive: bool"),
        ("z = fixed(0, 9, step=1)", "Row.z has no type, and so is no field; write z: float = fixed(...)"),
    ],
)
def test_what_an_entity_says_in_vain_is_refused(tmp_path: Path, line: str, words: str) -> None:
    row = f"class Row(Entity):\n    x: u16\n    {line}\n\n"
    assert words in refused(tmp_path, row + pong("rows: Table[Row]"))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("Left", "did you mean left?"),
        ("ArrowUp", "did you mean up?"),
        ("Down", "did you mean down?"),
        ("Space", "did you mean space?"),
        ("UP", "did you mean up?"),
        ("K_LEFT", "did you mean left?"),
        ("K_w", "did you mean w?"),
        ("KeyW", "did you mean w?"),
        ("up_arrow", "did you mean up?"),
        ("Return", "did you mean enter?"),
        ("spacebar", "did you mean space?"),
        ("rigth", "did you mean right?"),
        ("esc", "leads out of every game; choose another"),
        ("Escape", "leads out of every game; choose another"),
        ("F5", "a key is down, enter, left, right, space, tab, up or the one character that it types"),
        ("ctrl", "a key is down,"),
    ],
)
def test_a_key_that_no_face_knows_is_refused(tmp_path: Path, key: str, words: str) -> None:
    told = refused(tmp_path, pong("inputs = Turn", f"controls = Controls(keys={{'{key} x': Turn()}})"))
    assert told.startswith(f"Pong.controls has the key {key!r}, which ")
    assert words in told
    hold = "class Held(Input):\n    on: bool = False\n\n"
    lines = ["inputs = Held", f"controls = Controls(hold={{'{key}': 'on'}}, input=Held)"]
    assert words in refused(tmp_path, hold + pong(*lines))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("{' ': Turn()}", "the key ' '; did you mean space?"),
        ("{'': Turn()}", "the key ''; name a key"),
        ("{'up w': Turn(1), 'w s': Turn(2)}", "the key 'w' twice; a key does one thing"),
    ],
)
def test_keys_that_say_nothing_or_two_things_are_refused(tmp_path: Path, keys: str, words: str) -> None:
    assert words in refused(tmp_path, pong("inputs = Turn", f"controls = Controls(keys={keys})"))


def test_every_key_that_faces_know_is_one() -> None:
    assert [key_fault(key) for key in (*NAMED_KEYS, "w", "W", "?", "é", "1")] == [None] * (len(NAMED_KEYS) + 5)


def test_a_field_without_a_default_behind_one_with_a_default_is_named(tmp_path: Path) -> None:
    row = "class Row(Entity):\n    kind: u8\n    lives: u8 = 0\n    motto: text\n\n"
    words = refused(tmp_path, row + pong("rows: Table[Row]"))
    assert words.startswith("Row.motto has no default and stands behind lives, which has one;")


def test_the_built_in_games_are_served() -> None:
    names = ("snake", "arena", "swarm", "chess", "chat", "echo")
    counted = collections.Counter(load_module(f"tickwire.games.{name}").name for name in names)
    assert counted == dict.fromkeys(names, 1)


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        ("deque[str]", "has a type that cannot be saved (deque is a class of its own); write, say, held: list[str]"),
        ("deque", "has a type that cannot be saved (deque is a class of its own); write, say, held: list[int]"),
        (
            "defaultdict[int, str]",
            "has a type that cannot be saved (defaultdict is a class of its own); write, say, held: dict[int, str]",
        ),
        (
            "Counter[str]",
            "has a type that cannot be saved (Counter is a class of its own); write, say, held: dict[str, int]",
        ),
        (
            "dict[int, deque[int]]",
            "has a type that cannot be saved (deque is a class of its own); write, say, list[int] in its place",
        ),
        ("Random", "is a source of chance of its own; use self.random, which each room has, and delete it"),
        ("Cell", "holds a row, Cell; keep its id, as in held: int, and ask the table for the row by get(id)"),
        (
            "list[Cell]",
            "holds a row, Cell; keep their ids, as in held: list[int], and ask the table for the row by get(id)",
        ),
    ],
)
def test_state_that_cannot_be_saved_is_refused_with_what_can(tmp_path: Path, hint: str, words: str) -> None:
    head = "from collections import Counter, defaultdict\nfrom random import Random\n"
    assert refused(tmp_path, head + pong(f"held: {hint}")) == f"Pong.held {words}"
