"""The trial room: what breaks at once breaks before anybody comes, in one sentence with the method and the line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tickwire.errors import ContractError
from tickwire.game.loader import load_file, load_module
from tickwire.game.spec import GameSpec
from tickwire.loading import BUILT_IN, rehearse
from tickwire.room.trial import try_out

RULES = """
import asyncio
from tickwire import Controls, Entity, Game, Input, Player, Table, u8

class Push(Input):
    pass

class Cell(Entity):
    x: u8

class Pong(Game):
    inputs = Push
    controls = Controls(keys={"space": Push()})
    cells: Table[Cell]
    seen: list[str]

"""


def pong(folder: Path, *lines: str) -> GameSpec:
    path = folder / "pong.py"
    path.write_text(RULES + "".join(f"    {line}\n" for line in lines))
    return load_file(path)


def refused(spec: GameSpec) -> str:
    with pytest.raises(ContractError) as caught:
        try_out(spec)
    assert "\n" not in str(caught.value)
    return str(caught.value)


METHODS = {
    "start": ("start(self)", "as it started"),
    "join": ("join(self, player)", "after ada joined"),
    "leave": ("leave(self, player)", "after ada left"),
    "receive": ("receive(self, player, push)", "after ada sent Push()"),
    "hear": ("hear(self, player, text)", "after ada said hello"),
    "step": ("step(self)", "with nobody in it"),
    "bot": ("bot(self, player)", "with a bot in it"),
    "focus": ("focus(self, player)", "after bob joined"),
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_raises_is_told_with_its_line(tmp_path: Path, method: str) -> None:
    spec = pong(tmp_path, f"def {METHODS[method][0]}:", "    return 1 // 0")
    words = refused(spec)
    place = f"(line {RULES.count(chr(10)) + 2} of pong.py)"
    error = "ZeroDivisionError: integer division or modulo by zero"
    assert words == f"Pong.{method} broke in a trial room {METHODS[method][1]}: {error} {place}"


@pytest.mark.parametrize(
    "error", ["SystemExit", "GeneratorExit", "asyncio.CancelledError", "RecursionError", "MemoryError"]
)
def test_whatever_it_raises_is_told(tmp_path: Path, error: str) -> None:
    words = refused(pong(tmp_path, "def start(self):", f"    raise {error}('a\\nb')"))
    assert words.startswith("Pong.start broke in a trial room as it started: ")
    assert error.rpartition(".")[2] in words


def test_ctrl_c_during_a_trial_is_ctrl_c(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        try_out(pong(tmp_path, "def start(self):", "    raise KeyboardInterrupt"))


@pytest.mark.parametrize(
    ("lines", "method", "when", "value", "line"),
    [
        (["def start(self):", "    self.cells.add(Cell(300))"], "start", "with nobody in it", "300", 2),
        (
            [
                "def join(self, player): self.put(player)",
                "def put(self, player):",
                "    self.cells.add(Cell(player))",
            ],
            "join",
            "after ada joined",
            "a Player",
            3,
        ),
        (
            [
                "def start(self):",
                "    self.cells.add(Cell(1))",
                "def receive(self, player, push):",
                "    for cell in self.cells:",
                "        cell.x += 1000  # which is put right in the next line",
                "        cell.x -= 1002",
            ],
            "receive",
            "after ada sent Push()",
            "-1",
            6,
        ),
        (
            [
                "def start(self): self.cells.add(Cell(0))",
                "def step(self):",
                "    for cell in self.cells: cell.x += 0.5",
            ],
            "step",
            "with nobody in it",
            "1.5",
            3,
        ),
    ],
    ids=["made", "by a helper", "set again", "float"],
)
def test_a_value_that_a_field_cannot_hold_is_told_with_the_line_that_set_it(
    tmp_path: Path, lines: list[str], method: str, when: str, value: str, line: int
) -> None:
    spec = pong(tmp_path, *lines)
    hints = {"a Player": "; write player.id", "1.5": "; round it, or declare the field with fixed(...)"}
    place = f"(line {RULES.count(chr(10)) + line} of pong.py){hints.get(value, '')}"
    wanted = f"Pong.{method} broke in a trial room {when}: Cell.x holds an integer from 0 to 255, not {value} {place}"
    assert refused(spec) == wanted
    assert refused(spec) == wanted  # the rows are again as they were


def test_a_row_that_is_made_with_too_little_names_its_entity(tmp_path: Path) -> None:
    words = refused(pong(tmp_path, "def start(self):", "    self.cells.add(Cell())"))
    assert "TypeError: Cell.__init__() missing 1 required positional argument: 'x' (line" in words


def test_a_bot_that_returns_no_input_is_told_what_to_return(tmp_path: Path) -> None:
    words = refused(pong(tmp_path, "def bot(self, player): return 'up'"))
    assert words == (
        "Pong.bot returned 'up', which is no input, so the bot does nothing; return an Input such as Push(), or None"
    )


def test_an_attribute_that_is_set_by_other_ways_and_not_declared_is_refused(tmp_path: Path) -> None:
    words = refused(pong(tmp_path, "def step(self):", "    setattr(self, 'round', 3)"))
    assert words == "Pong.round is set in the rules and not declared in the class; write round: int"


def test_bots_come_only_to_games_that_say_what_they_do_or_where_they_are_asked_for(tmp_path: Path) -> None:
    spec = pong(tmp_path, "def join(self, player):", "    assert not player.bot")
    try_out(spec)
    with pytest.raises(ContractError, match=r"Pong\.join broke"):
        try_out(spec, bots=True)
    spec = pong(tmp_path, "def join(self, player):", "    assert not player.bot", "def bot(self, player): return None")
    assert "Pong.join broke" in refused(spec)


def test_a_cached_property_is_no_state(tmp_path: Path) -> None:
    lines = ["from functools import cached_property", "@cached_property", "def ways(self): return [1]"]
    try_out(pong(tmp_path, *lines, "def step(self):", "    assert self.ways == [1]"))


def test_what_begins_with_an_underscore_and_is_no_state_is_left_alone(tmp_path: Path) -> None:
    try_out(pong(tmp_path, "def step(self):", "    vars(self)['_cache'] = object()"))


def test_a_list_of_the_class_that_is_changed_by_other_ways_is_refused(tmp_path: Path) -> None:
    lines = ["heard = [0]", "def step(self):", "    mine = self.heard", "    mine.append(1)"]
    assert "Pong.heard is one list that all rooms share" in refused(pong(tmp_path, *lines))


def test_a_trial_has_bots_people_keys_and_talk(tmp_path: Path) -> None:
    lines = [
        "def start(self): print('start')",
        "def join(self, player): print('join', player.name, player.bot)",
        "def receive(self, player, push): print('receive', player.name, push)",
        "def hear(self, player, text): print('hear', text)",
        "def leave(self, player): print('leave', player.name)",
    ]
    spec = pong(tmp_path, *lines)
    from contextlib import redirect_stdout
    from io import StringIO

    told = StringIO()
    with redirect_stdout(told):
        try_out(spec, bots=True)
    words = told.getvalue().splitlines()
    assert words[:4] == ["start", "join Ziggy True", "join ada False", "join bob False"]
    assert words[4:] == ["receive ada Push()", "hear hello", "leave ada", "leave bob"]


def test_a_trial_ends_early_when_it_is_told_to_but_not_before_somebody_came(tmp_path: Path) -> None:
    spec = pong(tmp_path, "def join(self, player):", "    if player.name == 'ada': 1 // 0")
    with pytest.raises(ContractError, match=r"Pong\.join"):
        try_out(spec, enough=lambda: True)
    try_out(pong(tmp_path, "def leave(self, player):", "    1 // 0"), enough=lambda: True)


def test_a_trial_has_the_seats_and_the_rate_of_the_server(tmp_path: Path) -> None:
    spec = pong(tmp_path, "def step(self):", "    assert self.tick_rate == 7", "    assert len(self.players) < 2")
    try_out(spec, seats=1, tick_rate=7)


def test_rules_that_do_not_come_back_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickwire.loading.NEVER", 0.2)
    lines = ["def step(self):", "    while True:", "        try: pass", "        except Exception: pass"]
    with pytest.raises(ContractError) as caught:
        rehearse([pong(tmp_path, *lines)])
    words = str(caught.value)
    assert words.startswith("Pong.step does not come back: it was still running after 0.2 s (line ")
    assert words.endswith(" of pong.py); rules must not wait")


def test_what_a_game_prints_in_its_trial_is_not_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rehearse([pong(tmp_path, "def start(self):", "    print('begun')")])
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "begun\n")


def test_the_trials_of_all_built_in_games_take_no_time_to_speak_of() -> None:
    specs = [load_module(f"tickwire.games.{game}") for game in BUILT_IN]
    rehearse(specs)  # what is imported and compiled once
    taken = []
    for _ in range(3):
        begun = time.process_time()
        rehearse(specs)
        taken.append(time.process_time() - begun)
    assert min(taken) < 0.1, "seconds of CPU; 0.013 where this was written"


def test_a_trial_leaves_no_trace_in_the_room_that_follows() -> None:
    from tickwire.room.room import Room

    spec = load_module("tickwire.games.snake")

    def played() -> list[tuple[int, int]]:
        room = Room(spec, "ROOM", 7, 0.0, bots=3)
        room.make_ticks(50)
        return [(c.x, c.y) for c in room.game.cells]  # type: ignore[attr-defined]

    before = played()
    try_out(spec)
    assert played() == before
