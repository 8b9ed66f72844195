# Without `from __future__ import annotations`: most games are written so, and classes inside functions need it.
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickwire import Entity, Look, Table, fixed, text, u8, u16
from tickwire.errors import ContractError
from tickwire.game.entity import Changes
from tickwire.game.view import Everyone


class Cell(Entity):
    x: u16
    y: u16
    owner: u16 = 0
    look = Look.cell(x="x", y="y", color="owner")


class Tagged(Cell):
    tag: text = ""
    alive: bool = True


class Coin(Entity):
    x: u16 = 0


def _bad(name: str, annotation: object) -> None:
    """Make an entity class with this field."""
    meta: Any = type(Entity)
    meta("Bad", (Entity,), {"__annotations__": {name: annotation}, "__module__": __name__})


# --- entities ---


def test_fields_are_given_by_place_or_by_name() -> None:
    assert repr(Cell(3, 4)) == "Cell(x=3, y=4, owner=0)"
    assert repr(Cell(y=4, x=3, owner=2)) == "Cell(x=3, y=4, owner=2)"


@pytest.mark.parametrize("arguments", [(), (1,), (1, 2, 3, 4)])
def test_a_row_with_too_few_or_too_many_fields_is_a_type_error(arguments: tuple[int, ...]) -> None:
    with pytest.raises(TypeError):
        Cell(*arguments)


def test_a_misspelt_field_raises() -> None:
    cell = Cell(3, 4)
    with pytest.raises(AttributeError):
        cell.ownr = 5
    with pytest.raises(AttributeError):
        cell.ownr  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(TypeError):
        Cell(3, 4, ownr=5)  # type: ignore[call-arg]


def test_a_row_in_a_table_refuses_a_misspelt_field_and_is_not_marked() -> None:
    table = Table(Cell)
    cell = table.add(Cell(3, 4))
    table.take_changes()
    with pytest.raises(AttributeError):
        cell.ownr = 5
    assert table.take_changes() == Changes({}, [], [])


def test_a_subclass_has_its_parents_fields_first() -> None:
    assert [f.name for f in Tagged.fields] == ["x", "y", "owner", "tag", "alive"]
    tagged = Tagged(1, 2, tag="a")
    assert (tagged.x, tagged.owner, tagged.tag, tagged.alive) == (1, 0, "a", True)
    assert Tagged.look is Cell.look
    with pytest.raises(AttributeError):
        tagged.tga = "b"


def test_a_parent_does_not_get_its_childs_fields() -> None:
    assert [f.name for f in Cell.fields] == ["x", "y", "owner"]


def test_a_subclass_may_give_a_parents_field_another_default() -> None:
    class Big(Cell):
        owner: u16 = 7

    assert repr(Big(1, 2)) == "Big(x=1, y=2, owner=7)"
    assert [f.name for f in Big.fields] == ["x", "y", "owner"]
    assert Cell(1, 2).owner == 0


def test_a_field_without_a_default_behind_one_with_a_default_is_refused_by_name() -> None:
    with pytest.raises(ContractError, match=r"Mixed\.b has no default and stands behind a, which has one"):

        class Mixed(Entity):
            a: u8 = 1
            b: u8  # type: ignore[misc]


def test_a_class_variable_is_no_field() -> None:
    class Cannon(Entity):
        reach: ClassVar[int] = 5
        x: u8

    assert [f.name for f in Cannon.fields] == ["x"]
    assert Cannon(1).reach == 5


def test_methods_and_properties_work_on_a_row() -> None:
    class Door(Entity):
        open: bool = False

        def swing(self) -> None:
            self.open = not self.open

        @property
        def shut(self) -> bool:
            return not self.open

    table = Table(Door)
    door = table.add(Door())
    table.take_changes()
    door.swing()
    assert not door.shut
    assert table.take_changes().touched == [door]


def test_an_entity_that_says_nothing_is_seen_by_everyone_and_not_painted() -> None:
    assert Coin.view == Everyone()
    assert Coin.look == Look.none()


@pytest.mark.parametrize("name", ["id", "look", "view", "fields"])
def test_a_field_with_a_name_that_entity_uses_is_a_contract_error(name: str) -> None:
    with pytest.raises(ContractError, match=rf"^Bad\.{name} .*choose another"):
        _bad(name, u8)


def test_a_private_field_is_a_contract_error() -> None:
    with pytest.raises(ContractError, match=r"^Bad\._x is a field, and so may not begin with _; choose another name"):
        _bad("_x", u8)


def test_an_init_of_its_own_is_a_contract_error() -> None:
    with pytest.raises(ContractError, match=r"^Bad\.__init__ is made of the fields; give these defaults"):

        class Bad(Entity):
            x: u8

            def __init__(self) -> None:
                self.x = 5


@pytest.mark.parametrize("annotation", [int, str, float, list[int], "int"])
def test_a_field_that_is_not_of_a_field_type_is_a_contract_error(annotation: object) -> None:
    with pytest.raises(ContractError, match=r"^Bad\.x needs a field type such as u16"):
        _bad("x", annotation)


def test_fixed_in_the_place_of_the_type_is_a_contract_error_that_shows_how_it_is_written() -> None:
    with pytest.raises(ContractError, match=r"^Bad\.x has fixed.* write x: float = fixed"):
        _bad("x", fixed(0, 9, step=0.5))


def test_a_field_type_that_was_not_imported_is_a_contract_error() -> None:
    with pytest.raises(ContractError, match=r"^Bad\.x has a type that cannot be found .*'u17'.*import it"):
        _bad("x", "u17")


# --- marks ---


def test_setting_a_field_marks_the_row() -> None:
    table = Table(Cell)
    a, b = table.add(Cell(1, 1)), table.add(Cell(2, 2))
    table.take_changes()
    b.x = 3
    assert table.take_changes() == Changes({}, [b], [])
    assert table.take_changes() == Changes({}, [], [])
    a.x = 3
    b.x = 4
    assert table.take_changes().touched == [a, b]


def test_a_row_that_is_in_no_table_may_be_set_freely() -> None:
    cell = Cell(1, 1)
    cell.x = 5
    table = Table(Cell)
    table.add(cell)
    assert table.take_changes() == Changes({1: cell}, [], [])
    table.remove(cell)
    table.take_changes()
    cell.x = 6
    assert table.take_changes() == Changes({}, [], [])


def test_a_row_added_and_set_in_the_same_tick_is_only_added() -> None:
    table = Table(Cell)
    cell = table.add(Cell(1, 1))
    cell.x = 5
    assert table.take_changes() == Changes({1: cell}, [], [])
    cell.x = 6
    assert table.take_changes() == Changes({}, [cell], [])


def test_a_row_added_and_removed_in_the_same_tick_is_nothing() -> None:
    table = Table(Cell)
    cell = table.add(Cell(1, 1))
    cell.x = 5
    table.remove(cell)
    assert table.take_changes() == Changes({}, [], [])


def test_a_row_set_and_removed_in_the_same_tick_is_only_removed() -> None:
    table = Table(Cell)
    cell = table.add(Cell(1, 1))
    table.take_changes()
    cell.x = 5
    table.remove(cell)
    assert table.take_changes() == Changes({}, [], [1])


def test_a_row_that_is_removed_and_added_again_is_a_new_row() -> None:
    table = Table(Cell)
    cell = table.add(Cell(1, 1))
    table.take_changes()
    table.remove(cell)
    table.add(cell)
    assert cell.id == 2
    assert table.take_changes() == Changes({2: cell}, [], [1])


# --- tables ---


def test_ids_are_given_in_order_and_never_again() -> None:
    table = Table(Coin)
    assert [table.add(Coin()).id for _ in range(3)] == [1, 2, 3]
    table.remove(3)
    table.clear()
    assert table.add(Coin()).id == 4


def test_a_table_is_iterated_in_the_order_of_adding_and_may_be_changed_meanwhile() -> None:
    table = Table(Coin)
    for x in range(5):
        table.add(Coin(x))
    seen = []
    for coin in table:
        seen.append(coin.x)
        table.remove(coin)
        table.add(Coin(coin.x + 10))
    assert seen == [0, 1, 2, 3, 4]
    assert [c.x for c in table] == [10, 11, 12, 13, 14]


def test_a_row_is_found_by_its_id() -> None:
    table = Table(Coin)
    coin = table.add(Coin())
    assert table[1] is table.get(1) is coin
    assert coin in table
    assert table.get(2) is None
    with pytest.raises(KeyError):
        table[2]


def test_a_row_of_another_table_is_not_in_this_one() -> None:
    coins, others = Table(Coin), Table(Coin)
    coin, other = coins.add(Coin()), others.add(Coin())
    assert coin.id == other.id
    assert other not in coins
    assert Coin() not in coins
    assert "coin" not in coins


def test_removing_what_is_not_in_the_table_is_a_key_error() -> None:
    table = Table(Coin)
    coin = table.add(Coin())
    table.remove(coin)
    with pytest.raises(KeyError):
        table.remove(coin)
    with pytest.raises(KeyError):
        table.remove(1)
    with pytest.raises(KeyError):
        table.remove(Coin())


def test_removing_a_row_of_another_table_does_not_remove_the_row_that_bears_its_id() -> None:
    coins, others = Table(Coin), Table(Coin)
    coin, other = coins.add(Coin()), others.add(Coin())
    with pytest.raises(KeyError):
        coins.remove(other)
    assert list(coins) == [coin]
    assert list(others) == [other]


def test_a_row_is_in_one_table_at_a_time() -> None:
    table = Table(Coin)
    coin = table.add(Coin())
    with pytest.raises(ValueError, match="in a table already"):
        table.add(coin)
    with pytest.raises(ValueError, match="in a table already"):
        Table(Coin).add(coin)


def test_a_table_holds_one_class_of_rows() -> None:
    with pytest.raises(TypeError, match="holds Coin, not Cell"):
        Table(Coin).add(Cell(1, 1))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="holds Cell, not Tagged"):
        Table(Cell).add(Tagged(1, 1))


def test_ids_can_be_skipped_but_not_gone_back_to() -> None:
    table = Table(Coin)
    table.skip_to(7)
    assert table.add(Coin()).id == 7
    with pytest.raises(ValueError, match="id 7 was used already"):
        table.skip_to(7)
    with pytest.raises(TypeError, match="an id is an integer, not str"):
        table.skip_to("9")  # type: ignore[arg-type]


def test_a_restored_row_has_its_old_id_and_the_next_one_a_higher_one() -> None:
    table = Table(Coin)
    table.restore(7, Coin())
    assert table.add(Coin()).id == 8
    with pytest.raises(ValueError, match="ids ascend"):
        table.restore(3, Coin())


def test_a_table_says_what_it_is() -> None:
    table = Table(Coin)
    table.add(Coin())
    assert repr(table) == "<Table of 1 Coin>"
    assert len(table) == 1


@given(st.lists(st.tuples(st.sampled_from("arstk"), st.integers(0, 9)), max_size=60))
@settings(max_examples=200, deadline=None)
def test_changes_lead_from_what_was_to_what_is(steps: list[tuple[str, int]]) -> None:
    table = Table(Coin)
    known: dict[int, int] = {}
    for what, n in [*steps, ("k", 0)]:
        rows = list(table)
        if what == "a":
            table.add(Coin(n))
        elif what == "r" and rows:
            table.remove(rows[n % len(rows)])
        elif what in "st" and rows:
            rows[n % len(rows)].x += 1
        elif what == "k":
            changes = table.take_changes()
            assert set(changes.removed) <= known.keys()
            for id in changes.removed:
                del known[id]
            assert {row.id for row in changes.touched} <= known.keys()
            known.update({row.id: row.x for row in changes.touched})
            assert not changes.added.keys() & known.keys()
            assert list(changes.added) == sorted(changes.added)
            known.update({id: row.x for id, row in changes.added.items()})
            assert known == {row.id: row.x for row in table}


def test_an_entity_may_have_fixed_fields_with_and_without_defaults() -> None:
    class Dot(Entity):
        x: float = fixed(0, 10, step=1)
        y: float = fixed(0, 10, step=1, default=0)

    assert repr(Dot(3)) == "Dot(x=3, y=0)"
