from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from tickwire import Controls, Entity, Game, Input, Table, fixed, u8, u16
from tickwire.errors import ContractError
from tickwire.game.loader import load_file
from tickwire.game.spec import inspect_game

SPEED = 3
count = 0


class Keys(Input):
    go: bool = False


HOLD = Controls(hold={"up w": "go"}, input=Keys)


def faster(x: int) -> int:
    return x + SPEED


def by_chance(x: int) -> int:
    return x + random.randrange(3)


def told(move: Any, *, controls: Controls = HOLD, predict: Any = None, other: Any = None) -> str:
    """What an author is told whose row moves so; nothing if it is fine."""

    class Car(Entity):
        x: u16
        player: u16

        def helper(self) -> int:
            return self.x

        def chancy(self) -> float:
            return random.random()

    class Bullet(Entity):
        x: u16
        player: u16

    if move is not None:
        Car.move = move  # type: ignore[attr-defined]
    if other is not None:
        Bullet.move = other  # type: ignore[attr-defined]

    class Race(Game):
        inputs = Keys
        cars: Table[Car]
        bullets: Table[Bullet]

    Race.__annotations__ = {"cars": Table[Car], "bullets": Table[Bullet]}
    Race.controls = controls
    Race.predict = predict or Car
    try:
        inspect_game(Race)
    except ContractError as error:
        return str(error)
    return ""


def fine(self: Any, keys: Keys) -> None:
    x = self.x
    for step in range(3):
        x = max(x, step)
    if keys.go:
        self.x = min(faster(x), 100) + sum(n for n in (1, 2)) + self.helper()


def test_a_move_of_the_row_its_input_and_constants_is_fine() -> None:
    assert told(fine) == ""


def uses_random(self: Any, keys: Keys) -> None:
    self.x += random.randrange(3)


def uses_it_further_down(self: Any, keys: Keys) -> None:
    self.x = by_chance(self.x)


def uses_it_in_a_method(self: Any, keys: Keys) -> None:
    self.x = int(self.chancy())


def uses_time(self: Any, keys: Keys) -> None:
    self.x = int(time.time())


def uses_a_file(self: Any, keys: Keys) -> None:
    self.x = len(open("x").read())  # noqa: SIM115


@pytest.mark.parametrize(
    ("move", "what"),
    [
        (uses_random, "random"),
        (uses_it_further_down, "random"),
        (uses_it_in_a_method, "random"),
        (uses_time, "time"),
        (uses_a_file, "open"),
    ],
)
def test_chance_time_and_files_are_told_wherever_they_are_used(move: Callable[..., None], what: str) -> None:
    assert told(move) == f"Car.move uses {what}, of which a client has another one than the server"


def uses_the_game(self: Any, keys: Keys) -> None:
    self.x = self.game.tick


def uses_what_is_not_there(self: Any, keys: Keys) -> None:
    self.x = speed_limit  # type: ignore[name-defined]  # noqa: F821


def counts(self: Any, keys: Keys) -> None:
    global count
    count += 1


def test_what_only_the_server_has_is_told() -> None:
    assert told(uses_the_game) == (
        "Car.move uses self.game, which is not a field: a client has the row and the input, no more"
    )
    assert told(uses_what_is_not_there) == "Car.move uses speed_limit, which is not there"
    assert told(counts) == "Car.move changes count, which clients have another one of; keep it in a field"


def too_few(self: Any) -> None: ...


def test_predict_says_what_is_missing() -> None:
    assert told(None) == "Race.predict needs a method Car.move(self, input) that makes one tick of a row"
    assert told(too_few) == "Car.move must take (self, input)"
    assert "needs controls = Controls(hold=" in told(fine, controls=Controls())
    assert "must be an Entity that one of the tables holds" in told(fine, predict=Keys)


def test_predict_needs_to_know_whose_a_row_is() -> None:
    class Car(Entity):
        x: u8

        def move(self, keys: Keys) -> None: ...

    class Race(Game):
        inputs = Keys
        controls = HOLD
        predict = Car
        cars: Table[Car]

    Race.__annotations__ = {"cars": Table[Car]}
    with pytest.raises(ContractError, match="needs a field `player: u16` in Car"):
        inspect_game(Race)


def test_other_rows_of_the_player_that_move_are_held_to_the_same() -> None:
    assert told(fine, other=uses_the_game).startswith("Bullet.move uses self.game")
    assert told(fine, other=too_few) == "Bullet.move must take (self, input)"


# --- what a move brings into the world ---


class Bullet(Entity):
    x: float = fixed(0, 9, step=1)
    player: u16 = 0

    def move(self, keys: Keys) -> None:
        self.x += 1


class Stranger(Entity):
    x: u8


class Stone(Entity):
    x: float = fixed(0, 9, step=1)
    player: u16 = 0


class Mine(Entity):
    x: u8
    player: u16

    def move(self, keys: Keys) -> None: ...


class Car(Entity):
    x: u16
    player: u16


class Race(Game):
    inputs = Keys
    controls = HOLD
    predict = Car
    cars: Table[Car]
    bullets: Table[Bullet]
    stones: Table[Stone]
    mines: Table[Mine]


def told_of(move: Any) -> str:
    """What an author is told whose car moves so in this race; nothing if it is fine."""
    Car.move = move  # type: ignore[attr-defined]
    try:
        inspect_game(Race)
    except ContractError as error:
        return str(error)
    finally:
        del Car.move  # type: ignore[attr-defined]
    return ""


def fires(self: Any, keys: Keys) -> Bullet | None:
    return Bullet(x=self.x, player=self.player) if keys.go else None


def fires_many(self: Any, keys: Keys) -> list[Bullet]:
    return [Bullet(x=self.x + way, player=self.player) for way in range(2)]


def says_none(self: Any, keys: Keys):  # type: ignore[no-untyped-def]
    if keys.go:
        return
    return


def test_a_move_may_bring_rows_that_move_into_the_world() -> None:
    for move in (fires, fires_many, says_none):
        assert told_of(move) == ""


def does_not_say(self: Any, keys: Keys):  # type: ignore[no-untyped-def]
    return Bullet(x=1)


def yields(self: Any, keys: Keys) -> Iterator[Bullet]:
    yield Bullet(x=1)


def gives_a_number(self: Any, keys: Keys) -> int | None:
    return 5


def gives_a_stranger(self: Any, keys: Keys) -> Stranger | None:
    return Stranger(1)


def gives_a_stone(self: Any, keys: Keys) -> tuple[Bullet | Stone, ...]:
    return (Stone(x=1),)


def gives_a_mine(self: Any, keys: Keys) -> Mine:
    return Mine(1, 1)


def gives_what_nobody_knows(self: Any, keys: Keys) -> Rocket:  # type: ignore[name-defined]  # noqa: F821
    return Bullet(x=1)


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (does_not_say, "returns something and does not say what: write, say, -> Shot | None"),
        (yields, "must return the rows that it brings into the world, and not yield them"),
        (gives_a_number, "returns int, and may return nothing but rows, as in -> Shot | None"),
        (gives_a_stranger, "returns Stranger, which none of the game's tables holds"),
        (
            gives_a_stone,
            "returns Stone, which needs a method Stone.move(self, input) and a field `player: u16`, so that clients can"
            " play it ahead",
        ),
        (gives_a_mine, "returns Mine, which needs a field that blends, such as fixed(...)"),
        (gives_what_nobody_knows, "has an annotation that cannot be found: name 'Rocket' is not defined"),
    ],
)
def test_what_clients_could_not_show_is_told_at_load(move: Callable[..., Any], words: str) -> None:
    assert told_of(move) == f"Car.move {words}"


# --- controls ---


@pytest.mark.parametrize(
    ("controls", "words"),
    [
        (Controls(hold={"up": "go"}), "needs hold={...} and input=... together"),
        (Controls(input=Keys), "needs hold={...} and input=... together"),
        (Controls(hold={"up": "fly"}, input=Keys), "holds 'fly', which is not a bool of Keys"),
        (Controls(hold={"up": "go"}, input=Input), "has input="),
        (Controls(click=Keys), "clicks with Keys, which needs the fields x and y"),
    ],
)
def test_controls_that_cannot_be_sent_are_told(controls: Controls, words: str) -> None:
    assert words in told(fine, controls=controls)


def test_a_file_beside_the_games_own_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "bends.py").write_text("import random\n\ndef kicked(x):\n    return x + random.randrange(3)\n")
    (tmp_path / "race.py").write_text(
        "from tickwire import Controls, Entity, Game, Input, Table, u16\n"
        "from bends import kicked\n"
        "class Keys(Input):\n    go: bool = False\n"
        "class Car(Entity):\n    x: u16\n    player: u16\n"
        "    def move(self, keys: Keys) -> None:\n        self.x = kicked(self.x)\n"
        "class Race(Game):\n"
        "    inputs, predict = Keys, Car\n"
        "    controls = Controls(hold={'up w': 'go'}, input=Keys)\n"
        "    cars: Table[Car]\n"
    )
    with pytest.raises(ContractError, match=r"Car\.move uses random, of which a client has another one"):
        load_file(tmp_path / "race.py")


class Go(Input):
    way: Literal["up", "down"]


class Move(Input):
    by: u8 = 0
    at: float = 0.0


class Raw(Input):
    data: bytes = b""


class Pick(Input):
    x: u8
    y: u8
    kind: u8


def steered(controls: Controls, inputs: Any = Input) -> str:
    """What an author is told whose game has these controls; nothing if they are fine."""
    steering = type("G", (Game,), {"inputs": inputs, "controls": controls})
    try:
        inspect_game(steering)
    except ContractError as error:
        return str(error)
    return ""


def test_controls_whose_inputs_the_game_does_not_name_are_told_what_to_write() -> None:
    words = "which is not one of its inputs; write inputs ="
    assert steered(Controls(keys={"up": Go("up")})) == f"G.controls sends Go(way='up') on 'up', {words} Go in the class"
    both = Controls(keys={"up": Go("up"), "x": Move()})
    assert steered(both) == f"G.controls sends Go(way='up') on 'up', {words} Go | Move in the class"
    assert steered(both, Move) == f"G.controls sends Go(way='up') on 'up', {words} Move | Go in the class"
    assert steered(both, Move | Go) == ""


def test_an_input_that_the_server_would_refuse_is_told_before_anybody_presses_it() -> None:
    words = "which the game does not take"
    north: Any = Go("north")  # type: ignore[arg-type]
    assert steered(Controls(keys={"up": north}), Go) == (
        f"G.controls sends Go(way='north') on 'up', {words}: way must be 'up' or 'down'"
    )
    assert steered(Controls(keys={"up": Move(300)}), Move) == (
        f"G.controls sends Move(by=300, at=0.0) on 'up', {words}: expected `int` <= 255 in by"
    )
    assert f"{words}: expected `int`" in steered(Controls(keys={"x": Move(0.5)}), Move)  # type: ignore[arg-type]
    assert "no finite number" in steered(Controls(keys={"x": Move(at=float("inf"))}), Move)
    assert steered(Controls(keys={"x": Move(5.0, at=2.0)}), Move) == ""  # type: ignore[arg-type]


def test_an_input_is_tried_in_json_and_in_messagepack() -> None:
    # The schema has bytes as base64, and MessagePack takes no text for them.
    assert "expected `bytes`, got `str` in data" in steered(Controls(keys={"x": Raw(b"a")}), Raw)


def test_controls_that_are_not_inputs_say_what_to_write() -> None:
    name: Any = "go"
    assert steered(Controls(keys={"up": Go}), Go) == (  # type: ignore[dict-item]
        "G.controls sends Go on 'up', a class; write Go(...), an input of that class"
    )
    assert steered(Controls(keys={"up": name}, input=Keys), Keys) == (
        "G.controls sends 'go' on 'up' in keys; for a key that is held write hold={...} instead of keys={...}"
    )
    assert "write one, as in Go('up')" in steered(Controls(keys={"up": name}), Keys)
    assert "so its kind needs a default" in steered(Controls(click=Pick), Pick)
