"""The conformance game, as those who write a client use it, by all the clients that there are."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from helpers import PATIENCE, need
from jsonschema import Draft202012Validator
from wire.make_schema import as_json, validator

from tickwire import sync
from tickwire.game.loader import load_module
from tickwire.replication.schema import Schema

from .test_wire_document import MOST_VALIDATED, Address, served
from .wire_document_decoder import (
    ADDED,
    ALL_CHANGED,
    CHANGED,
    DIALECTS,
    GONE,
    GROUP,
    HASH,
    REMOVED,
    Client,
    Mirror,
    Row,
    input_schema,
    is_full,
    kind_of,
    pack,
)

REPLAY = Path(__file__).parents[1] / "faces" / "web" / "replay.js"

Rows = dict[str, dict[int, Row]]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """Where the game is served, three times as fast as it is."""
    log = tmp_path_factory.mktemp("conformance") / "log"
    with log.open("wb") as out, served(out, "conformance", "--seed", "7", "--tick-rate", "60") as (found, _):
        yield found


def test_the_game_has_every_type_view_blend_look_and_control() -> None:
    schema = Schema.of_game(load_module("tickwire.games.conformance")).describe()
    fields = [field for table in schema["tables"] for field in table["fields"]]
    types = {"u8", "u16", "u32", "i8", "i16", "i32", "bool", "fixed", "f32", "text"}
    assert {field["type"] for field in fields} == types
    assert {table["view"]["kind"] for table in schema["tables"]} == {"everyone", "grid", "owner"}
    assert {field.get("blend", "linear") for field in fields} == {"linear", "angle", "step"}
    assert any("jump" in field for field in fields)
    assert any("every" in field for field in fields)
    looks = "cell dot arrow box text square mark piece score caption seat channel member none"
    assert {table["look"]["kind"] for table in schema["tables"]} == set(looks.split())
    assert schema["controls"].keys() == {"keys", "hold", "input", "click", "text"}
    assert {"up", "down", "right", "space", "enter", "tab", "x", "é"} == schema["controls"]["keys"].keys()
    assert schema["send_every"] == 2


class Watching(Client):
    """Remembers the rows at each tick, and the states themselves."""

    def __init__(self, address: Address, dialect: str) -> None:
        super().__init__(*address, dialect)
        self.rows_at: dict[int, Rows] = {}
        self.states: list[Any] = []
        self.kinds = Counter[str]()

    def receive(self, seconds: float = PATIENCE) -> Any:
        message = super().receive(seconds)
        kind = kind_of(message)
        self.kinds[kind] += 1
        if self.kinds[kind] <= MOST_VALIDATED:
            validator("server").validate(as_json(message))
        if isinstance(message, list) and is_full(message):
            assert len(pack(message)) <= _longest(self.mirror) + 5  # the decoder packs in long forms
        if kind == "state":
            self.rows_at[self.mirror.tick] = self.mirror.rows()
            self.states.append(message)
        return message


def _longest(mirror: Mirror) -> int:
    """Bytes of a full state of these rows at most, as section 1 has it."""
    length = 12
    for table in mirror.tables:
        kinds = [field["type"] for field in table.fields]
        for rows in table.groups.values():
            length += 17 + len(kinds)
            for row in rows.values():
                length += 6
                for kind, wire in zip(kinds, row, strict=True):
                    length += {"f32": 4, "text": 5 + len(str(wire).encode())}.get(kind, 6)
    return length


def _shared(rows: Rows) -> Rows:
    return {name: held for name, held in rows.items() if name not in ("Bird", "Heard")}


def _have_all(clients: list[Watching]) -> bool:
    """Whether everything has come that there is to come."""
    packed = [c for c in clients if c.framing.packed]
    flags = {flag for c in packed for section in c.mirror.sections for flag in _flags(section)}
    modes = set().union(*[c.mirror.modes for c in packed])
    return len(flags) == 7 and modes == {0, 1, 2, 3} and all(len(c.rows_at) >= 120 for c in clients)


def _flags(section: int) -> list[int]:
    return [flag for flag in (HASH, REMOVED, ADDED, CHANGED, ALL_CHANGED, GROUP, GONE) if section & flag]


def test_every_client_holds_the_same_and_every_state_is_checked_by_hashes(address: Address) -> None:
    host, port = address
    with ExitStack() as stack:
        clients = [stack.enter_context(Watching(address, dialect)) for dialect in DIALECTS]
        room = clients[0].join(DIALECTS[0], room="new")["room"]
        for dialect, client in zip(DIALECTS[1:], clients[1:], strict=True):
            client.join(dialect, room=room)
        own = stack.enter_context(sync.connect(f"{host}:{port}", name="own", room=room))
        own_at: dict[int, Rows] = {}
        until = time.monotonic() + 4 * PATIENCE
        while not _have_all(clients):
            assert time.monotonic() < until, [(c.mirror.sections[-5:], c.mirror.modes) for c in clients]
            for client in clients:
                client.receive()
            if own.poll():
                tables = own.tables.items()
                own_at[own.tick] = {name: {id: [*row] for id, row in t.wire_rows().items()} for name, t in tables}

    for client in clients:
        for state in client.states:
            if isinstance(state, dict):
                assert state.get("hash", {}).keys() == {*state.get("tables", {}), *state.get("removed", {})}
        assert all(section & (HASH | GONE) for section in client.mirror.sections)
        assert client.mirror.hashes > 100
    ticks = set.intersection(*(set(c.rows_at) for c in clients))
    assert len(ticks) >= 50
    for tick in ticks:
        birds: dict[int, Row] = {}
        for client in clients:
            assert _shared(client.rows_at[tick]) == _shared(clients[0].rows_at[tick])
            for id, bird in client.rows_at[tick]["Bird"].items():
                assert birds.setdefault(id, bird) == bird
    compared = ticks & own_at.keys()
    assert len(compared) >= 20
    assert all(_shared(own_at[tick]) == _shared(clients[0].rows_at[tick]) for tick in compared)
    for client in clients:
        if client.framing.packed:
            _replay_in_the_page(client)


def _replay_in_the_page(client: Watching) -> None:
    """The page's mirror, given the same bytes, ends with the same rows, and finds all hashes right."""
    states = [[tick, full, sections.hex()] for tick, full, sections in client.states]
    told = json.dumps({"schema": client.welcome["schema"], "states": states})
    done = subprocess.run([need("node"), REPLAY], input=told, capture_output=True, text=True, timeout=60, check=True)
    shown = json.loads(done.stdout)
    assert shown["mismatched"] == []
    for name, table in ((table.name, table) for table in client.mirror.tables):
        assert {int(id): row for id, row in shown["rows"][name].items()} == table.values(), name


@pytest.mark.parametrize("dialect", ["ws msgpack", "lines"])
def test_what_was_sent_is_shown_as_it_was_read(address: Address, dialect: str) -> None:
    with Client(*address, dialect) as client:
        client.join("prober", room="new")
        probe = {"a": 255, "b": -(2**31), "c": 0.5, "flag": True, "word": "é漢😀", "way": "left"}
        more = {"at": {"x": 1}, "path": [{"x": 2, "y": 3}], "pair": [4, True], "side": "black", "either": "both"}
        sent: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"type": "probe", **probe, **more}, {**probe, "way": None, "more": "left 1,-1 2,3 4 True black both"}),
            ({"type": "probe"}, {"a": 0, "word": "", "more": "up 1,-1 0 False None 0"}),
            ({"type": "must", "word": "abc", "n": 2**32 - 1}, {"word": "abc", "more": "4294967295"}),
            ({"type": "keys", "left": True, "fire": True}, {"flag": True, "more": "left"}),
            ({"type": "point", "x": 1.25, "y": 3}, {}),
            ({"type": "step", "dx": 1}, {}),
        ]
        for seq, (input, read) in enumerate(sent, start=1):
            client.send("input", seq=seq, input=input)
            assert client.wait_for("ack")["seq"] == seq
            client.wait_for("state")
            (row,) = client.mirror.table("Heard").values().values()
            assert (row["kind"], row["count"]) == (input["type"], seq)
            assert {name: row[name] for name in read if name != "way"} == {n: v for n, v in read.items() if n != "way"}
        (pointer,) = client.mirror.table("Pointer").values().values()
        assert (pointer["x"], pointer["y"]) == (2.25, 3)


POINT: dict[str, Any] = {"type": "point", "x": 1.5, "y": 2}
MUST: dict[str, Any] = {"type": "must", "word": "abc", "n": 0}
PROBE: dict[str, Any] = {"type": "probe"}

INPUTS: list[tuple[dict[str, Any], bool]] = [
    (POINT, True),
    ({**POINT, "x": 96}, True),
    ({**POINT, "x": 96.5}, False),
    ({**POINT, "x": None}, False),
    ({"type": "point", "x": 1}, False),
    (MUST, True),
    ({**MUST, "word": "ABC"}, False),
    ({**MUST, "word": ""}, False),
    ({**MUST, "n": 2**32}, False),
    ({**MUST, "more": 1}, False),
    (PROBE, True),
    ({**PROBE, "at": {"x": 1, "y": -128}, "path": [{"x": 1}] * 3}, True),
    ({**PROBE, "at": {"y": 1}}, False),
    ({**PROBE, "at": {"x": 1, "z": 1}}, False),
    ({**PROBE, "path": [{"x": 1}] * 4}, False),
    ({**PROBE, "pair": [1]}, False),
    ({**PROBE, "pair": [1, False], "side": None, "either": 5}, True),
    ({**PROBE, "side": "grey"}, False),
    ({**PROBE, "either": 1.5}, False),
    ({**PROBE, "way": "back"}, False),
    ({**PROBE, "c": 1e39}, False),
]


@pytest.mark.parametrize("dialect", ["native", "lines"])
def test_the_server_takes_the_inputs_that_fit_their_schema(address: Address, dialect: str) -> None:
    with Client(*address, dialect) as client:
        schema = client.join("fitting", room="new")["schema"]
        for seq, (input, right) in enumerate(INPUTS, start=1):
            fits = Draft202012Validator(input_schema(schema, input["type"])).is_valid(input)
            assert fits == right, input
            client.send("input", seq=seq, input=input)
            while kind_of(answer := client.receive()) not in ("ack", "error"):
                pass
            assert (answer["type"], answer.get("code")) == (("ack", None) if right else ("error", "bad_input")), input


def test_events_and_lines_are_told(address: Address) -> None:
    with Client(*address, "ws msgpack") as packed, Client(*address, "lines") as lines:
        room = packed.join("packed", room="new")["room"]
        lines.join("lines", room=room)
        beats = []
        for client in (packed, lines):
            while (event := client.wait_for("event"))["name"] != "beat":
                pass
            beats.append(event["data"])
            assert event["data"]["deep"] == {"a": [True, None, "é漢😀"], "b": {"c": -(2**31)}}
            client.send("input", seq=1, input={"type": "step"})
            while (event := client.wait_for("event"))["name"] != "heard":
                pass
            player = client.welcome["player"]
            assert event["data"] == {"player": player, "count": 1, "nothing": None, "list": [1, -1.5]}
            client.send("chat", text="/echo hi")
            assert client.wait_for("chat") == {"type": "chat", "player": 0, "name": "", "text": "hi"}
        packed.send("chat", text="/name other")
        renamed = {"type": "renamed", "player": packed.welcome["player"], "name": "other"}
        assert packed.wait_for("renamed") == lines.wait_for("renamed") == renamed
