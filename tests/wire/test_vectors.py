"""docs/wire-vectors.json: it is what the script makes, and all mirrors agree with it. The page's is tested in JS."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from end_to_end.wire_document_decoder import Mirror, Reader, hash_of, hash_text, read_ints, unpack

from tickwire.replication.ints import Reader as RealReader
from tickwire.replication.ints import pack_ints
from tickwire.replication.mirror import Mirror as RealMirror
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import Schema
from tickwire.wire.codec import Encoding, ServerMessageDecoder
from tickwire.wire.messages import PackedState, State

from .make_vectors import ADDED, ALL_CHANGED, CHANGED, GONE, GROUP, HASH, PLACE, REMOVED, make, text_of

FILE: dict[str, Any] = json.loads(PLACE.read_text(encoding="utf-8"))


def test_the_file_is_what_the_script_makes() -> None:
    made = text_of(make()) + "\n"
    assert PLACE.read_text(encoding="utf-8") == made, (
        "make it anew: cd tests && ../.venv/bin/python -m wire.make_vectors"
    )


@pytest.mark.parametrize("ints", FILE["ints"], ids=lambda ints: ints["bytes"])
def test_ints_are_read(ints: dict[str, Any]) -> None:
    data, expected = bytes.fromhex(ints["bytes"]), ints["integers"]
    assert data[0] == ints["mode"]
    reader, real = Reader(data), RealReader(data)
    assert read_ints(reader, len(expected)) == real.ints(len(expected)) == expected
    assert reader.at_end
    assert not real
    assert RealReader(pack_ints(expected)).ints(len(expected)) == expected


@pytest.mark.parametrize("case", FILE["hashes"], ids=lambda case: repr(case["text"]))
def test_hashes_are_of_their_texts(case: dict[str, Any]) -> None:
    assert zlib.crc32(case["text"].encode()) == case["hash"]


def _rows(by_table: dict[str, Any]) -> dict[str, dict[int, list[Any]]]:
    return {name: {int(id): row for id, row in rows.items()} for name, rows in by_table.items()}


@pytest.mark.parametrize("vector", FILE["vectors"], ids=lambda vector: vector["name"])
def test_every_mirror_holds_what_the_file_says_after_each_state(vector: dict[str, Any]) -> None:
    schema = vector["schema"]
    packed, values = Mirror(schema), Mirror(schema)
    real, real_values = RealMirror(Schema.read(schema)), RealMirror(Schema.read(schema))
    decoder = ServerMessageDecoder()
    for state in vector["states"]:
        data, expected = bytes.fromhex(state["bytes"]), _rows(state["rows"])
        packed.apply(unpack(data))
        assert packed.rows() == expected
        groups = {t.name: {str(g): sorted(rows) for g, rows in sorted(t.groups.items()) if rows} for t in packed.tables}
        assert groups == state["groups"]
        values.apply(state["json"])
        assert values.rows() == expected
        assert {name: hash_of(rows) for name, rows in expected.items()} == state["hash"]
        assert all(zlib.crc32(hash_text(expected[n]).encode()) == state["hash"][n] for n in expected)

        message = decoder.decode(data, Encoding.MSGPACK)
        assert isinstance(message, PackedState)
        assert (message.tick, message.full) == (state["tick"], state["full"])
        assert real.apply(message) == []
        in_json = decoder.decode(json.dumps(state["json"]).encode(), Encoding.JSON)
        assert isinstance(in_json, State)
        assert real_values.apply(in_json) == []
        for mirror in (real, real_values):
            held = {name: {id: [*row] for id, row in t.wire_rows().items()} for name, t in mirror.tables.items()}
            assert held == expected
            assert {n: hash_rows((i, *row) for i, row in rows.items()) for n, rows in held.items()} == state["hash"]


def test_the_file_has_every_form_that_there_is() -> None:
    flags, modes, types, hashes = set[int](), set[int](), set[str](), 0
    for vector in FILE["vectors"]:
        mirror = Mirror(vector["schema"])
        for state in vector["states"]:
            mirror.apply(unpack(bytes.fromhex(state["bytes"])))
        flags.update(mirror.sections)
        modes |= mirror.modes
        hashes += mirror.hashes
        types.update(f["type"] for t in vector["schema"]["tables"] for f in t["fields"])
    single = {
        flag for flag in (HASH, REMOVED, ADDED, CHANGED, ALL_CHANGED, GROUP, GONE) if any(f & flag for f in flags)
    }
    assert len(single) == 7
    assert modes == {0, 1, 2, 3}
    assert types == {"u8", "u16", "u32", "i8", "i16", "i32", "bool", "fixed", "f32", "text"}
    assert hashes >= 15
