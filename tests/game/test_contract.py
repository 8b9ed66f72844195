# Without `from __future__ import annotations`: the games below are classes inside functions.
import math
import typing
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import pytest

from tickwire import Controls, Entity, Game, Grid, Input, Look, Owner, Player, Table, u8, u16
from tickwire.errors import ContractError
from tickwire.game.contract import Emitted
from tickwire.game.spec import MAX_SEATS, MAX_TICK_RATE, inspect_game
from tickwire.wire.codec import Encoding, ServerMessageDecoder, encode
from tickwire.wire.messages import Event


class Turn(Input):
    heading: Literal["up", "down"]


class Fire(Input):
    pass


class Cell(Entity):
    x: u16
    owner: u16 = 0


class Other(Entity):
    x: u16


def _game(name: str = "Bad", annotations: dict[str, Any] | None = None, **body: Any) -> type[Game]:
    """A game class with this body."""
    return type(name, (Game,), {"__annotations__": annotations or {}, "__module__": __name__, **body})


def _entity(name: str, **annotations: Any) -> type[Entity]:
    """An entity class with these fields."""
    meta: Any = type(Entity)
    made: type[Entity] = meta(name, (Entity,), {"__annotations__": annotations, "__module__": __name__})
    return made


def _with(name: str, value: object) -> type[Game]:
    """A game class with this attribute."""
    return type("Bad", (Game,), {"__module__": __name__, name: value})


def _broken(game: type[Game]) -> ContractError:
    with pytest.raises(ContractError) as caught:
        inspect_game(game)
    assert str(caught.value).startswith(caught.value.where + " ")
    return caught.value


# --- what a spec says ---


class Good(Game):
    """A good game.

    With more to say of it.
    """

    tick_rate, seats, board = 12.5, 4, (60, 40)
    inputs = Turn | Fire
    controls = Controls(keys={"up": Turn("up"), "space": Fire()})
    cells: Table[Cell]
    others: Table[Other]
    score: int
    title_of: dict[int, str]
    history: list[int]
    start_at: float = 1.5
    turn: Literal["white", "black"] = "white"
    winner: int | None
    shared: ClassVar[int] = 3


def test_a_game_that_keeps_the_contract_is_described_by_its_spec() -> None:
    spec = inspect_game(Good)
    assert (spec.name, spec.title) == ("good", "A good game")
    assert (spec.tick_rate, spec.seats, spec.board) == (12.5, 4, (60, 40))
    assert spec.tables == {"cells": Cell, "others": Other}
    assert list(spec.state) == ["score", "title_of", "history", "start_at", "turn", "winner"]
    assert spec.defaults == {
        "score": 0,
        "title_of": {},
        "history": [],
        "start_at": 1.5,
        "turn": "white",
        "winner": None,
    }


def test_a_game_without_a_name_and_words_is_called_by_its_class() -> None:
    spec = inspect_game(_game("Pong"))
    assert (spec.name, spec.title) == ("pong", "Pong")
    assert inspect_game(_game(name="Bad", title="x")).name == "bad"


def test_a_game_may_have_a_name_of_its_own() -> None:
    class Long(Game):
        name = "short"

    assert inspect_game(Long).name == "short"


def test_an_empty_game_keeps_the_contract() -> None:
    game = inspect_game(_game()).create(seed=1)
    game.start()
    game.join(Player(1, "ada"))
    game.receive(Player(1, "ada"), Input())
    game.step()
    game.leave(Player(1, "ada"))
    assert game.focus(Player(1, "ada")) is None
    assert game.bot(Player(2, "bot", True)) is None


def test_a_created_game_starts_with_empty_tables_and_its_defaults() -> None:
    game = inspect_game(Good).create(seed=7)
    assert isinstance(game, Good)
    assert (len(game.cells), game.cells.entity, game.others.entity) == (0, Cell, Other)
    assert (game.score, game.history, game.start_at, game.turn, game.winner) == (0, [], 1.5, "white", None)
    assert (game.tick, game.players) == (0, {})


def test_two_created_games_share_nothing() -> None:
    class Listed(Game):
        numbers: list[list[int]] = [[1]]
        cells: Table[Cell]

    spec = inspect_game(Listed)
    one, two = spec.create(1), spec.create(1)
    assert isinstance(one, Listed)
    assert isinstance(two, Listed)
    one.numbers[0].append(2)
    one.cells.add(Cell(1))
    assert two.numbers == [[1]]
    assert len(two.cells) == 0
    assert isinstance(third := spec.create(1), Listed)
    assert third.numbers == [[1]]


def test_the_chance_of_a_game_follows_from_its_seed() -> None:
    spec = inspect_game(_game())
    assert spec.create(5).random.random() == spec.create(5).random.random()
    assert spec.create(5).random.random() != spec.create(6).random.random()


def test_a_game_inherits_tables_and_state() -> None:
    class Better(Good):
        """Better."""

        more: int

    spec = inspect_game(Better)
    assert list(spec.tables) == ["cells", "others"]
    assert spec.defaults["more"] == 0
    assert spec.defaults["start_at"] == 1.5


# --- what breaks the contract ---


def test_an_init_is_refused_because_rooms_do_not_call_it() -> None:
    def init(self: Game) -> None: ...

    error = _broken(_game(__init__=init))
    assert (error.where, "start(self)" in error.problem) == ("Bad.__init__", True)


@pytest.mark.parametrize("rate", [0, 0.5, -1, MAX_TICK_RATE + 1, math.nan, math.inf, "20", None])
def test_a_tick_rate_that_no_room_can_keep_is_refused(rate: object) -> None:
    error = _broken(_game(tick_rate=rate))
    assert error.where == "Bad.tick_rate"
    assert repr(rate) in error.problem


@pytest.mark.parametrize("rate", [1, 12.5, MAX_TICK_RATE])
def test_a_tick_rate_within_the_limits_is_taken(rate: float) -> None:
    assert inspect_game(_game(tick_rate=rate)).tick_rate == rate


@pytest.mark.parametrize("budget", [0, 99, 1000.5, "1000"])
def test_a_budget_that_pays_for_nothing_is_refused(budget: object) -> None:
    error = _broken(_game(bytes_per_second=budget))
    assert error.where == "Bad.bytes_per_second"
    assert "whole number from 100" in str(error)


def test_a_budget_is_in_the_spec() -> None:
    assert inspect_game(_game(bytes_per_second=8000)).bytes_per_second == 8000
    assert inspect_game(_game()).bytes_per_second is None


@pytest.mark.parametrize("every", [0, -1, 1025, 1.5, "1"])
def test_hashes_come_in_every_so_many_states(every: object) -> None:
    error = _broken(_game(hash_every=every))
    assert error.where == "Bad.hash_every"
    assert "whole number from 1 to 1024" in str(error)
    assert [inspect_game(_game(hash_every=every)).hash_every for every in (None, 1, 1024)] == [None, 1, 1024]


@pytest.mark.parametrize("seats", [0, -1, MAX_SEATS + 1, 1.5, "8", None])
def test_seats_that_are_no_number_of_seats_are_refused(seats: object) -> None:
    error = _broken(_game(seats=seats))
    assert error.where == "Bad.seats"
    assert repr(seats) in error.problem


@pytest.mark.parametrize("seats", [1, MAX_SEATS])
def test_seats_within_the_limits_are_taken(seats: int) -> None:
    assert inspect_game(_game(seats=seats)).seats == seats


@pytest.mark.parametrize(
    "board", [None, 5, (1,), (1, 2, 3), (0, 1), (1, -1), ("a", 1), (math.nan, 1), (math.inf, 1), [1, 2], "ab"]
)
def test_a_board_that_is_no_width_and_height_is_refused(board: object) -> None:
    error = _broken(_game(board=board))
    assert error.where == "Bad.board"
    assert repr(board) in error.problem


def test_a_name_that_is_no_text_is_refused() -> None:
    class Bad(Game):
        name = 5  # type: ignore[assignment]

    assert _broken(Bad).where == "Bad.name"


@pytest.mark.parametrize("method", ["start", "join", "leave", "receive", "step", "bot", "focus"])
def test_a_method_with_the_wrong_parameters_is_refused(method: str) -> None:
    def wrong(self: Game, a: int, b: int, c: int) -> None: ...

    def keyword(self: Game, *, a: int) -> None: ...

    for bad in (wrong, keyword, lambda: None):
        error = _broken(_with(method, bad))
        assert error.where == f"Bad.{method}"
        assert "must take (self" in error.problem


@pytest.mark.parametrize("method", ["start", "join", "leave", "receive", "step", "bot", "focus"])
def test_a_method_that_is_none_is_refused(method: str) -> None:
    error = _broken(_with(method, 5))
    assert (error.where, error.problem) == (f"Bad.{method}", "must be a method")


@pytest.mark.parametrize("method", ["start", "join", "leave", "receive", "step", "bot", "focus"])
def test_an_async_method_is_refused_because_rules_never_wait(method: str) -> None:
    async def wait(self: Game, *arguments: object) -> None: ...

    error = _broken(_with(method, wait))
    assert error.where == f"Bad.{method}"
    assert "drop the async" in error.problem


def test_a_method_may_take_more_than_it_must() -> None:
    def step(self: Game, faster: bool = False) -> None: ...

    def receive(self: Game, *arguments: object) -> None: ...

    inspect_game(_game(step=step, receive=receive))


@pytest.mark.parametrize("inputs", [None, int, "turn", (Turn, Fire), Turn | int, Turn("up"), [Turn]])
def test_inputs_that_are_no_input_classes_are_refused(inputs: object) -> None:
    error = _broken(_game(inputs=inputs))
    assert error.where == "Bad.inputs"
    assert "must be an Input class or a union of some" in error.problem


def test_two_inputs_with_the_same_tag_are_refused() -> None:
    class turn(Input):
        pass

    error = _broken(_game(inputs=Turn | turn))
    assert error.where == "Bad.inputs"
    assert "cannot be decoded" in error.problem


def test_a_union_written_the_old_way_is_a_union_or_a_contract_error() -> None:
    # Python 3.14 makes no difference between the two ways; before it the sentence has to say what to write.
    try:
        inspect_game(_game(inputs=typing.Union[Turn, Fire]))  # noqa: UP007
    except ContractError as error:
        assert "union" in str(error)  # noqa: PT017


@pytest.mark.parametrize("controls", [None, {"up": Turn("up")}, Controls])
def test_controls_that_are_none_are_refused(controls: object) -> None:
    error = _broken(_game(inputs=Turn, controls=controls))
    assert error.where == "Bad.controls"
    assert "Controls(keys={...})" in error.problem


def test_a_key_that_sends_what_is_not_an_input_of_the_game_is_refused() -> None:
    error = _broken(_game(inputs=Turn, controls=Controls(keys={"space": Fire()})))
    assert error.where == "Bad.controls"
    assert "'space'" in error.problem
    assert "Fire()" in error.problem


def test_an_annotation_that_cannot_be_found_is_refused() -> None:
    error = _broken(_game(annotations={"score": "Scroe"}))
    assert error.where == "Bad"
    assert "Scroe" in error.problem


@pytest.mark.parametrize("hint", [Table, Table[int], Table[Any]])  # type: ignore[type-var]
def test_a_table_has_to_say_what_it_holds(hint: Any) -> None:
    error = _broken(_game(annotations={"cells": hint}))
    assert error.where == "Bad.cells"
    assert "Table[Cell]" in error.problem


def test_an_entity_without_fields_is_refused() -> None:
    class Nothing(Entity):
        pass

    error = _broken(_game(annotations={"things": Table[Nothing]}))
    assert error.where == "Bad.things"
    assert "Nothing" in error.problem


def test_a_second_table_of_the_same_entity_is_refused() -> None:
    error = _broken(_game(annotations={"cells": Table[Cell], "more": Table[Cell]}))
    assert error.where in ("Bad.cells", "Bad.more")
    assert "Cell" in error.problem


def test_two_entities_of_the_same_name_are_refused_because_clients_go_by_the_name() -> None:
    namesake = _entity("Cell", x=u8)
    assert "second table of Cell" in _broken(_game(annotations={"a": Table[Cell], "b": Table[namesake]})).problem  # type: ignore[valid-type]


def test_a_look_that_paints_by_a_field_that_is_none_is_refused() -> None:
    class Ship(Entity):
        x: u8
        look = Look.dot(x="x", y="z")

    error = _broken(_game(annotations={"ships": Table[Ship]}))
    assert error.where == "Ship.look"
    assert "y by 'z'" in error.problem


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (Grid(cell=5, window=(10, 10), y="z"), "goes by 'z'"),
        (Grid(cell=5, window=(10, 10), x="left"), "goes by 'left'"),
        (Owner("whose"), "goes by 'whose'"),
        (Grid(cell=0, window=(10, 10)), "larger than 0"),
        (Grid(cell=-1, window=(10, 10)), "larger than 0"),
        (Grid(cell=5, window=(10, 0)), "larger than 0"),
    ],
)
def test_a_view_that_says_nothing_about_who_sees_what_is_refused(view: Any, problem: str) -> None:
    class Ship(Entity):
        x: u8
        y: u8

    Ship.view = view
    error = _broken(_game(annotations={"ships": Table[Ship]}))
    assert error.where == "Ship.view"
    assert problem in error.problem


@pytest.mark.parametrize("hint", [list[int] | tuple[int, ...]])
def test_an_attribute_of_a_type_that_cannot_be_saved_is_refused(hint: Any) -> None:
    error = _broken(_game(annotations={"score": hint}))
    assert error.where == "Bad.score"
    assert "cannot be saved" in error.problem


def test_an_attribute_of_a_class_of_the_authors_own_is_refused_because_it_cannot_be_saved() -> None:
    class Engine:
        pass

    for hint in (Engine, list[Engine], dict[str, Engine], Engine | None):
        error = _broken(_game(annotations={"engine": hint}))
        assert error.where == "Bad.engine"
        assert "cannot be saved" in error.problem


@pytest.mark.parametrize(
    "hint", [Literal["white", "black"], int | str, Any, tuple[int, int], Annotated[int, msgspec.Meta(ge=1)]]
)
def test_an_attribute_without_an_empty_value_needs_one_in_the_class(hint: Any) -> None:
    error = _broken(_game(annotations={"side": hint}))
    assert error.where == "Bad.side"
    assert "give it one in the class" in error.problem


def test_an_entity_that_is_no_class_of_rows_is_seen_before_the_first_tick() -> None:
    # The rest of the entity's own contract is in test_entity.py; here: it is one error for both.
    with pytest.raises(ContractError):
        _entity("Bad", x=int)


# --- events ---


def test_an_event_is_for_everyone_or_for_one_player() -> None:
    game = inspect_game(_game()).create(1)
    ada = Player(3, "ada")
    game.emit("boom", x=1)
    game.emit("hit", to=ada, by="bob")
    assert game.take_said() == [Emitted("boom", {"x": 1}, None), Emitted("hit", {"by": "bob"}, 3)]
    assert game.take_said() == []


def test_an_event_carries_the_same_plain_values_in_both_encodings() -> None:
    game = inspect_game(_game()).create(1)
    mutable = [1]
    game.emit("boom", at=(1, 2.5), when=date(2026, 1, 2), raw=b"hi", by={1: "ada"}, nothing=None, deep=mutable)
    mutable.append(2)  # what was said was said
    (emitted,) = game.take_said()
    assert isinstance(emitted, Emitted)
    plain = {"at": [1, 2.5], "when": "2026-01-02", "raw": "aGk=", "by": {"1": "ada"}, "nothing": None, "deep": [1]}
    assert emitted.data == plain
    for encoding in Encoding:
        sent = encode(Event("boom", emitted.data), encoding)
        assert ServerMessageDecoder().decode(sent, encoding) == Event("boom", plain)


def test_an_event_may_carry_a_field_called_event() -> None:
    game = inspect_game(_game()).create(1)
    game.emit("boom", event="x", self="y")
    assert game.take_said() == [Emitted("boom", {"event": "x", "self": "y"}, None)]


@pytest.mark.parametrize("value", [object(), 2**70, "\ud800", {(1, 2): 3}, 1j])
def test_an_event_that_some_client_could_not_be_told_fails_where_it_is_emitted(value: object) -> None:
    game = inspect_game(_game()).create(1)
    try:
        game.emit("boom", value=value)
    except (TypeError, ValueError, OverflowError):
        assert game.take_said() == []
        return
    # It was taken: then each encoding can carry it.
    (emitted,) = game.take_said()
    assert isinstance(emitted, Emitted)
    for encoding in Encoding:
        encode(Event(emitted.name, emitted.data), encoding)
