from __future__ import annotations

import re
from pathlib import Path

import pytest

from tickwire import errors
from tickwire.errors import (
    BadName,
    BadToken,
    CloseCode,
    ConnectionLost,
    ContractError,
    ErrorCode,
    FieldError,
    JoinRefused,
    LocalProtocolError,
    NoSuchGame,
    NoSuchRoom,
    ProtocolError,
    RemoteProtocolError,
    RoomFull,
    TickwireError,
)

WIRE = Path(__file__).parents[1] / "docs" / "WIRE.md"


def _classes() -> dict[str, type[TickwireError]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, TickwireError)
    }


def test_the_tree_drawn_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^([ │├└─]*)([A-Z]\w+)", line)
        if found is None or found[2] not in _classes():
            continue
        depth = len(found[1])
        while above and above[-1][0] >= depth:
            above.pop()
        drawn[found[2]] = above[-1][1] if above else "Exception"
        above.append((depth, found[2]))
    assert drawn == {name: cls.__bases__[0].__name__ for name, cls in _classes().items()}


def _codes_in_the_document(kind: str) -> set[str]:
    text = WIRE.read_text()
    listed = text[text.index(f"`{kind}` codes:") :].split("\n\n")[0]
    # Words in brackets say more about a code and are none.
    return set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", listed))) - {kind}


def test_every_error_code_stands_in_the_document() -> None:
    assert _codes_in_the_document("error") == {str(c) for c in ErrorCode}


def test_every_close_code_stands_in_the_document() -> None:
    assert _codes_in_the_document("bye") == {str(c) for c in CloseCode}


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (BadName("a name has at least one character"), ErrorCode.BAD_NAME, "a name has at least one character"),
        (BadToken(), ErrorCode.BAD_TOKEN, "this token holds no seat any more; join anew without it"),
        (
            NoSuchGame("chess", ["snake", "swarm"]),
            ErrorCode.NO_SUCH_GAME,
            "there is no game 'chess' here; there is snake, swarm",
        ),
        (NoSuchRoom("K7QX"), ErrorCode.NO_SUCH_ROOM, "there is no room K7QX; it may have ended"),
        (NoSuchRoom("\x1b\u202e"), ErrorCode.NO_SUCH_ROOM, r"there is no room \x1b\u202e; it may have ended"),
        (RoomFull("K7QX", 8), ErrorCode.ROOM_FULL, "room K7QX is full (8 seats); watch it, or join another"),
    ],
)
def test_a_refused_join_has_its_code_and_reads_as_a_sentence(
    error: JoinRefused, code: ErrorCode, sentence: str
) -> None:
    assert error.code is code
    assert str(error) == sentence


def test_errors_hold_their_facts() -> None:
    full = RoomFull(room="K7QX", seats=8)
    assert (full.room, full.seats) == ("K7QX", 8)
    assert NoSuchRoom("K7QX").room == "K7QX"
    assert NoSuchGame("a", ["b"]).served == ["b"]
    broken = ContractError("Snake.seats", "must be more")
    assert (broken.where, broken.problem, str(broken)) == ("Snake.seats", "must be more", "Snake.seats must be more")
    unfit = FieldError("Cell.x", "an integer from 0 to 255", "a")
    assert (unfit.where, unfit.value) == ("Cell.x", "a")
    assert str(unfit) == "Cell.x holds an integer from 0 to 255, not 'a'"


def test_a_lost_connection_has_the_code_of_the_bye_or_none() -> None:
    assert ConnectionLost("gone").code == ""
    assert ConnectionLost("gone", "shutdown").code == "shutdown"


def test_whose_fault_it_is_stands_in_the_type() -> None:
    assert issubclass(LocalProtocolError, ProtocolError)
    assert issubclass(RemoteProtocolError, ProtocolError)
    assert not issubclass(RemoteProtocolError, LocalProtocolError)
