from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tickwire.errors import ContractError, GameNotFound
from tickwire.game.loader import load_file, load_module
from tickwire.game.spec import GameSpec
from tickwire.loading import load

GAME = """
    from tickwire import Entity, Game, Table, u16

    class Dot(Entity):
        {field}: u16

    class Mine(Game):
        dots: Table[Dot]
"""


@pytest.fixture(autouse=True)
def _modules() -> Iterator[None]:
    """The modules as they were: a loaded file stays in sys.modules."""
    before = dict(sys.modules)
    yield
    for name in sys.modules.keys() - before.keys():
        del sys.modules[name]
    sys.modules.update(before)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text))
    return path


def _fields(spec: GameSpec) -> list[str]:
    return [f.name for entity in spec.tables.values() for f in entity.fields]


def test_the_game_in_a_file_is_found(tmp_path: Path) -> None:
    spec = load_file(_write(tmp_path / "mine_a.py", GAME.format(field="x")))
    assert (spec.name, _fields(spec)) == ("mine", ["x"])


def test_the_game_in_a_module_is_found() -> None:
    assert load_module("tickwire.games.snake").name == "snake"


def test_a_file_that_is_missing_is_not_found(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.py", tmp_path):
        with pytest.raises(GameNotFound, match="there is no file"):
            load_file(path)


def test_a_file_that_is_no_python_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(GameNotFound, match=r"ends in \.py"):
        load_file(_write(tmp_path / "mine.txt", GAME.format(field="x")))


def test_a_file_without_a_game_says_what_it_needs(tmp_path: Path) -> None:
    path = _write(tmp_path / "empty.py", "from tickwire import Game\nprint\n")
    with pytest.raises(GameNotFound, match=r"no game in .*empty\.py.*tickwire\.Game"):
        load_file(path)


def test_a_file_with_two_games_names_them(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "two.py",
        """
        from tickwire import Game
        class One(Game): pass
        class Two(Game): pass
        """,
    )
    with pytest.raises(GameNotFound, match=r"One, Two"):
        load_file(path)


def test_a_game_that_is_only_imported_does_not_count(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "better.py",
        """
        from tickwire.games.snake import Snake
        class Better(Snake):
            tick_rate = 20
        """,
    )
    assert load_file(path).name == "better"


def test_a_game_may_import_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "seats_of_this_game.py").write_text("SEATS = 3\n")
    path = tmp_path / "tag.py"
    path.write_text(
        "from seats_of_this_game import SEATS\nfrom tickwire import Game\nclass Tag(Game):\n    seats = SEATS\n"
    )
    assert load_file(path).seats == 3


def test_a_file_beside_it_takes_no_real_modules_place(tmp_path: Path) -> None:
    (tmp_path / "wave.py").write_text("raise RuntimeError('not this one')\n")
    path = tmp_path / "tag.py"
    path.write_text("import wave\nfrom tickwire import Game\nclass Tag(Game):\n    pass\n")
    assert load_file(path).name == "tag"


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path / "typo.py", "from tickwire import Game\n\nclass Typo(Game)\n    pass\n")
    with pytest.raises(ContractError, match=r"typo\.py:3 does not run: SyntaxError") as caught:
        load_file(path)
    assert isinstance(caught.value.__cause__, SyntaxError)


def test_an_error_while_the_file_runs_is_told_with_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path / "breaks.py", "from tickwire import Game\n\nboard = 1 / 0\n")
    with pytest.raises(ContractError, match=r"breaks\.py:3 does not run: ZeroDivisionError"):
        load_file(path)


def test_an_error_below_the_file_is_told_with_the_line_that_led_there(tmp_path: Path) -> None:
    path = _write(tmp_path / "parses.py", "import json\n\ndef parse():\n    json.loads('{')\n\nparse()\n")
    with pytest.raises(ContractError, match=r"parses\.py:4 does not run: JSONDecodeError"):
        load_file(path)


def test_an_error_is_told_with_its_line_for_a_path_from_here_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The usual way to name a file: `tickwire serve mygame.py`.
    _write(tmp_path / "near.py", "\n\nboard = 1 / 0\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ContractError, match=r"^near\.py:3 does not run"):
        load_file(Path("near.py"))


def test_a_syntax_error_in_an_imported_file_is_told_with_the_line_of_the_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path / "lib" / "helper_with_typo.py", "\n\n\n\n\n\nx = (\n")
    path = _write(tmp_path / "uses.py", "\nimport helper_with_typo\n")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    with pytest.raises(ContractError, match=r"uses\.py:2 does not run: SyntaxError"):
        load_file(path)


def test_a_game_that_breaks_the_contract_says_so_itself(tmp_path: Path) -> None:
    path = _write(tmp_path / "breaks_it.py", "from tickwire import Game\n\nclass Mine(Game):\n    seats = 0\n")
    with pytest.raises(ContractError, match=r"^Mine\.seats must be"):
        load_file(path)


def test_an_entity_that_breaks_the_contract_says_so_itself(tmp_path: Path) -> None:
    path = _write(tmp_path / "entity.py", "from tickwire import Entity\n\nclass Cell(Entity):\n    x: int\n")
    with pytest.raises(ContractError, match=r"^Cell\.x needs a field type"):
        load_file(path)


def test_a_game_may_be_written_with_postponed_annotations(tmp_path: Path) -> None:
    text = "from __future__ import annotations\n" + dedent(GAME.format(field="x"))
    assert _fields(load_file(_write(tmp_path / "later.py", text))) == ["x"]


def test_a_file_with_the_name_of_another_module_does_not_take_its_place(tmp_path: Path) -> None:
    import json

    assert _fields(load_file(_write(tmp_path / "json.py", GAME.format(field="x")))) == ["x"]
    assert sys.modules["json"] is json


@pytest.mark.parametrize("name", ["json.py", "random.py", "tickwire.py"])
def test_a_file_with_the_name_of_another_module_may_postpone_its_annotations(tmp_path: Path, name: str) -> None:
    text = "from __future__ import annotations\n" + dedent(GAME.format(field="x"))
    assert _fields(load_file(_write(tmp_path / name, text))) == ["x"]


def test_two_files_of_the_same_name_are_two_games(tmp_path: Path) -> None:
    text = "from __future__ import annotations\n" + dedent(GAME)
    one = load_file(_write(tmp_path / "one" / "game.py", text.format(field="x")))
    two = load_file(_write(tmp_path / "two" / "game.py", text.format(field="y")))
    assert (_fields(one), _fields(two)) == (["x"], ["y"])


def test_a_file_that_did_not_run_can_be_loaded_once_it_is_mended(tmp_path: Path) -> None:
    text = "from __future__ import annotations\n" + dedent(GAME)
    path = _write(tmp_path / "a" / "mended.py", text.format(field="x") + "1 / 0\n")
    with pytest.raises(ContractError):
        load_file(path)
    assert _fields(load_file(_write(tmp_path / "b" / "mended.py", text.format(field="y")))) == ["y"]


def test_a_file_that_ends_the_program_is_a_file_that_does_not_run(tmp_path: Path) -> None:
    path = _write(tmp_path / "exits.py", "import sys\n\nsys.exit('bye')\n")
    with pytest.raises(ContractError, match=r"exits\.py:3 does not run: SystemExit: bye"):
        load_file(path)


def test_a_class_that_another_game_of_the_file_derives_from_is_no_game_to_serve(tmp_path: Path) -> None:
    base = GAME.format(field="x") + "\n    class Yours(Mine):\n        pass\n\n    Default = Yours\n"
    assert load_file(_write(tmp_path / "a.py", base)).game.__name__ == "Yours"
    two = base + "\n    class Theirs(Mine):\n        pass\n"
    with pytest.raises(GameNotFound, match=r"several games in .* \(Yours, Theirs\); keep one in a file"):
        load_file(_write(tmp_path / "b.py", two))


def test_a_name_that_is_no_built_in_game_leads_to_the_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GameNotFound, match=r"there is no built-in game 'pong'; there is snake, .* or give a .py file"):
        load(["pong"])
    _write(tmp_path / "pong.py", GAME.format(field="x"))
    with pytest.raises(GameNotFound, match=r"'pong'; for the file that is here write `tickwire serve pong.py`"):
        load(["pong"])
