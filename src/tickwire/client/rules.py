"""The rules as a client has them: how rows of its own move. They come from the same file as the server's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tickwire.errors import ContractError
from tickwire.game.entity import Entity
from tickwire.game.spec import GameSpec
from tickwire.replication.schema import Schema

Values = Mapping[str, Any]


class Moved(NamedTuple):
    """A row after one tick, and what it brought into the world in it: rows by their table.

    `over` says that this was its last tick: the server's rules take it away.
    """

    values: Values
    made: Sequence[tuple[str, Values]] = ()
    over: bool = False


Move = Callable[[Values, Any], Moved]


class OtherRules(Exception):
    """The rules that are here are not those of the server."""


class Rules:
    """How a client's own rows move from tick to tick.

    Args:
        predicted: the table whose own row the held keys steer.
        moves: by table, one tick of a row: from its values and the input of the tick to its values after it. Other
            tables than the predicted one are there for what is on its way by itself, such as shots; what those bring
            into the world is not foreseen.
        make: an input as `moves` take it, of its dict.
    """

    def __init__(
        self, predicted: str, moves: Mapping[str, Move], make: Callable[[dict[str, Any]], Any] = lambda input: input
    ) -> None:
        self.predicted = predicted
        self.moves = dict(moves)
        self.make = make

    @staticmethod
    def of_game(spec: GameSpec, described: dict[str, Any]) -> Rules | None:
        """The rules of a game; None if it predicts nothing.

        Args:
            spec: the game as it is here.
            described: the schema that the server sent.

        Raises:
            OtherRules: the server's game has another schema.
        """
        ours = msgspec.json.decode(msgspec.json.encode(Schema.of_game(spec).describe()))
        if ours != msgspec.json.decode(msgspec.json.encode(described)):
            raise OtherRules(
                f"the rules of {spec.name} here are not those of the server, so your own moves are shown when they"
                " come back; give the same file with --rules"
            )
        predicted, input = spec.game.predict, spec.controls.input
        if predicted is None or input is None:
            return None
        moving = [e for e in spec.tables.values() if inspect.isfunction(getattr(e, "move", None))]
        moves = {e.__name__: _move(e, moving) for e in moving}
        return Rules(predicted.__name__, moves, lambda fields: msgspec.convert(fields, input))


def _move(entity: type[Entity], moving: Sequence[type[Entity]]) -> Move:
    def move(values: Values, input: Any) -> Moved:
        row: Any = entity(**values)
        made = row.move(input)
        if made is None or isinstance(made, bool):
            return Moved(_values(row), over=made is False)
        rows = [made] if isinstance(made, Entity) else list(made)
        for each in rows:
            if type(each) not in moving:
                raise ContractError(f"{entity.__name__}.move", f"returned {each!r}, which no client can move")
        return Moved(_values(row), [(type(each).__name__, _values(each)) for each in rows])

    return move


def _values(row: Entity) -> Values:
    return {f.name: getattr(row, f.name) for f in row.fields}
