"""A small client for every dialect, written from docs/WIRE.md alone: what it needs to know and the page does not say
is a fault of the page. Nothing of tickwire is imported, and nothing that does not come with Python.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import struct
import time
import zlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

Message = dict[str, Any]
Wire = int | str


class WireError(Exception):
    """What came is not what the page says."""


class Ended(Exception):
    """The server closed the connection."""


# --- MessagePack ---


class Reader:
    """Bytes, read from the front."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self.modes: set[int] = set()  # of ints, that were read

    @property
    def at_end(self) -> bool:
        return self.at == len(self.data)

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise WireError(f"{count} bytes wanted at {self.at}, {len(self.data)} there in all")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7


_NUMBERS = dict(zip(range(0xCA, 0xD4), (">f", ">d", ">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q"), strict=True))
_SIZES = {0: ">B", 1: ">H", 2: ">I"}


def unpack(data: bytes) -> Any:
    """The one MessagePack value that these bytes are."""
    reader = Reader(data)
    value = _unpack(reader)
    if not reader.at_end:
        raise WireError("bytes behind the value")
    return value


def _unpack(reader: Reader) -> Any:
    lead: int = reader.take(1)[0]
    if lead < 0x80:
        return lead
    if lead >= 0xE0:
        return lead - 0x100
    if lead in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[lead]
    if lead in _NUMBERS:
        return reader.number(_NUMBERS[lead])
    if lead in (0xC4, 0xC5, 0xC6):
        return reader.take(reader.number(_SIZES[lead - 0xC4]))
    if lead in (0xD9, 0xDA, 0xDB) or 0xA0 <= lead < 0xC0:
        size = lead & 0x1F if lead < 0xC0 else reader.number(_SIZES[lead - 0xD9])
        return reader.take(size).decode()
    if lead in (0xDC, 0xDD) or 0x90 <= lead < 0xA0:
        size = lead & 0x0F if lead < 0xA0 else reader.number(_SIZES[lead - 0xDB])
        return [_unpack(reader) for _ in range(size)]
    if lead in (0xDE, 0xDF) or 0x80 <= lead < 0x90:
        size = lead & 0x0F if lead < 0x90 else reader.number(_SIZES[lead - 0xDD])
        return {_unpack(reader): _unpack(reader) for _ in range(size)}
    raise WireError(f"no MessagePack type {lead:#x} is used")


def pack(value: Any) -> bytes:
    """A value in MessagePack; the short forms where there are any."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        if -32 <= value < 128:
            return struct.pack(">b", value)
        return b"\xce" + struct.pack(">I", value) if 0 <= value < 2**32 else b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    if isinstance(value, str):
        raw = value.encode()
        return (bytes([0xA0 | len(raw)]) if len(raw) < 32 else b"\xdb" + struct.pack(">I", len(raw))) + raw
    if isinstance(value, list):
        lead = bytes([0x90 | len(value)]) if len(value) < 16 else b"\xdd" + struct.pack(">I", len(value))
        return lead + b"".join(map(pack, value))
    if isinstance(value, dict):
        lead = bytes([0x80 | len(value)]) if len(value) < 16 else b"\xdf" + struct.pack(">I", len(value))
        return lead + b"".join(pack(k) + pack(v) for k, v in value.items())
    raise TypeError(type(value).__name__)


# --- 1. Framing: each takes bytes as they come and gives whole messages ---


class Lines:
    """A message is a line of JSON."""

    packed = False

    def __init__(self) -> None:
        self._rest = b""

    def opening(self) -> bytes:
        return b""

    def wrap(self, payload: bytes) -> bytes:
        return payload + b"\n"

    def feed(self, data: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line for line in lines if line]


class Counted:
    """A message is a header that says its length, and as many bytes."""

    packed: bool
    header: int  # bytes

    def __init__(self) -> None:
        self._rest = b""

    def length(self, header: bytes) -> int:
        raise NotImplementedError

    def feed(self, data: bytes) -> list[bytes]:
        self._rest += data
        messages = []
        while len(self._rest) >= self.header:
            end = self.header + self.length(self._rest[: self.header])
            if len(self._rest) < end:
                break
            messages.append(self._rest[self.header : end])
            self._rest = self._rest[end:]
        return messages


class Native(Counted):
    """The length in four bytes, and MessagePack."""

    packed, header = True, 4

    def opening(self) -> bytes:
        return b"TW1"

    def wrap(self, payload: bytes) -> bytes:
        return struct.pack(">I", len(payload)) + payload

    def length(self, header: bytes) -> int:
        return int(struct.unpack(">I", header)[0])


class Header64(Counted):
    """The length in digits, with blanks up to 64 bytes, and JSON."""

    packed, header = False, 64

    def opening(self) -> bytes:
        return b""

    def wrap(self, payload: bytes) -> bytes:
        return str(len(payload)).encode().ljust(64) + payload

    def length(self, header: bytes) -> int:
        return int(header)


class Refused(WireError):
    """The server's answer to the upgrade is not a 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


class WebSocket:
    """A message is one WebSocket message."""

    TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

    def __init__(self, asked: str | None, subprotocol: str | None = None) -> None:
        """`asked`: a subprotocol, or several with commas between; `subprotocol`: which one is to be agreed on then."""
        self.asked = asked
        self.subprotocol = subprotocol or asked
        self.packed = self.subprotocol == "tickwire.msgpack.v1"
        self.open = False  # whether the handshake is done
        self.closing: int | None = None  # the code in the server's close frame
        self.answers: list[bytes] = []  # frames that the protocol itself owes
        self.pongs: list[bytes] = []  # what they carried
        self._key = base64.b64encode(os.urandom(16)).decode()
        self._rest = b""
        self._whole: bytes = b""

    def opening(self) -> bytes:
        asked = f"Sec-WebSocket-Protocol: {self.asked}\r\n" if self.asked else ""
        return (
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {self._key}\r\n{asked}\r\n"
        ).encode()

    def wrap(self, payload: bytes) -> bytes:
        return self.frame(self.BINARY if self.packed else self.TEXT, payload)

    @staticmethod
    def frame(opcode: int, payload: bytes, *, last: bool = True, mask: bytes | None = None) -> bytes:
        """A client's frame: always masked."""
        mask = os.urandom(4) if mask is None else mask
        size = len(payload)
        lead = bytes([opcode | (0x80 if last else 0)])
        if size < 126:
            lead += bytes([0x80 | size])
        elif size < 2**16:
            lead += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            lead += bytes([0x80 | 127]) + struct.pack(">Q", size)
        return lead + mask + _masked(payload, mask)

    def feed(self, data: bytes) -> list[bytes]:
        self._rest += data
        if not self.open:
            head, found, rest = self._rest.partition(b"\r\n\r\n")
            if not found:
                return []
            self._check_answer(head.decode("latin-1"))
            self.open, self._rest = True, rest
        messages: list[bytes] = []
        while self.closing is None and (frame := self._next_frame()) is not None:
            lead, payload = frame
            opcode = lead & 0x0F
            if opcode == self.PING:
                self.answers.append(self.frame(self.PONG, payload))
            elif opcode == self.CLOSE:
                self.closing = int.from_bytes(payload[:2], "big")
                self.answers.append(self.frame(self.CLOSE, payload[:2]))
            elif opcode == self.PONG:
                self.pongs.append(payload)
            else:
                if opcode not in (0, self.BINARY if self.packed else self.TEXT):
                    raise WireError(f"opcode {opcode}")
                self._whole += payload
                if lead & 0x80:
                    messages.append(self._whole)
                    self._whole = b""
        return messages

    def _check_answer(self, head: str) -> None:
        first, *rest = head.split("\r\n")
        status = int(first.split()[1])
        if status != 101:
            raise Refused(status)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        digest = hashlib.sha1((self._key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        if headers.get("sec-websocket-accept") != base64.b64encode(digest).decode():
            raise WireError("the key was not answered")
        if headers.get("sec-websocket-protocol") != self.subprotocol:
            raise WireError(f"subprotocol {headers.get('sec-websocket-protocol')!r}")

    def _next_frame(self) -> tuple[int, bytes] | None:
        """The first byte and the payload of a whole frame, if one is there."""
        reader = Reader(self._rest)
        try:
            lead, size = reader.take(1)[0], reader.take(1)[0]
            if size & 0x80:
                raise Refused(0)  # a server never masks
            if size == 126:
                size = reader.number(">H")
            elif size == 127:
                size = reader.number(">Q")
            payload = reader.take(size)
        except Refused:
            raise WireError("a masked frame from the server") from None
        except WireError:
            return None
        self._rest = self._rest[reader.at :]
        return lead, payload


def _masked(payload: bytes, mask: bytes) -> bytes:
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


Framing = Lines | Native | Header64 | WebSocket

PATIENCE = 60.0  # seconds that a message may take which should come at once: a busy machine needs them
DIALECTS = ("lines", "native", "header64", "ws msgpack", "ws json", "ws")


def framing_of(dialect: str) -> Framing:
    if dialect == "lines":
        return Lines()
    if dialect == "native":
        return Native()
    if dialect == "header64":
        return Header64()
    return WebSocket({"ws msgpack": "tickwire.msgpack.v1", "ws json": "tickwire.json.v1", "ws": None}[dialect])


# --- 3.1 Values and wire values ---


def to_wire(described: Message, value: Any) -> Wire:
    """The wire value of a value in a JSON state."""
    match described["type"]:
        case "fixed":
            steps: float = (value - described["lo"]) / described["step"]
            return round(steps)
        case "f32":
            return int(struct.unpack("<I", struct.pack("<f", value))[0])
        case "text":
            return str(value)
        case _:
            return int(value)


def to_value(described: Message, wire: Wire) -> Any:
    """What a wire value stands for."""
    match described["type"]:
        case "fixed":
            return described["lo"] + int(wire) * described["step"]
        case "f32":
            return struct.unpack("<f", struct.pack("<I", wire))[0]
        case "bool":
            return bool(wire)
        case _:
            return wire


# --- 4.2 Packed states ---


def unzigzag(n: int) -> int:
    return n // 2 if n % 2 == 0 else -(n + 1) // 2


def read_ints(reader: Reader, count: int) -> list[int]:
    """ints(count), in any of its modes."""
    mode = reader.take(1)[0]
    reader.modes.add(mode)
    if mode == 0:
        nibbles = [half for byte in reader.take((count + 1) // 2) for half in (byte >> 4, byte & 0x0F)][:count]
        return [n if n < 15 else 15 + reader.varint() for n in nibbles]
    if mode == 1:
        return [reader.varint() for _ in range(count)]
    if mode == 2:
        bits = reader.take((count + 7) // 8)
        return [reader.varint() if bits[i // 8] >> i % 8 & 1 else 0 for i in range(count)]
    if mode == 3:
        return [reader.varint()] * count
    raise WireError(f"mode {mode}")


def read_ids(reader: Reader) -> list[int]:
    ids: list[int] = []
    for step in read_ints(reader, reader.varint()):
        ids.append(ids[-1] + step + 1 if ids else step)
    return ids


def read_column(reader: Reader, described: Message, count: int) -> list[Wire]:
    """A column: differences for an integer field, wire values for the others."""
    match described["type"]:
        case "f32":
            return [int(reader.number("<I")) for _ in range(count)]
        case "text":
            return [reader.take(reader.varint()).decode() for _ in range(count)]
        case _:
            return [*map(unzigzag, read_ints(reader, count))]


HASH, REMOVED, ADDED, CHANGED, ALL_CHANGED, GROUP, GONE, UNUSED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80

Row = list[Wire]


@dataclass
class Table:
    """One table of the mirror: rows of wire values by id, in their groups."""

    name: str
    fields: list[Message]
    groups: dict[int, dict[int, Row]] = field(default_factory=dict)

    def rows(self) -> dict[int, Row]:
        """The rows of all groups, by ascending id."""
        return dict(sorted((id, list(row)) for group in self.groups.values() for id, row in group.items()))

    def values(self) -> dict[int, Message]:
        """The rows as a game speaks of them."""
        return {
            id: {f["name"]: to_value(f, wire) for f, wire in zip(self.fields, row, strict=True)}
            for id, row in self.rows().items()
        }


def hash_text(rows: dict[int, Row]) -> str:
    """4.3: the text whose CRC is the hash."""
    return "".join(",".join(map(str, (id, *rows[id]))) + "\n" for id in sorted(rows))


def hash_of(rows: dict[int, Row]) -> int:
    return zlib.crc32(hash_text(rows).encode())


class Mirror:
    """A client's copy of the tables."""

    def __init__(self, schema: Message) -> None:
        self.tables = [Table(t["name"], t["fields"]) for t in schema["tables"]]
        self.tick = 0
        self.hashes = 0  # how many were checked
        self.sections: list[int] = []  # the flags of each
        self.modes: set[int] = set()  # of ints, that came

    def table(self, name: str) -> Table:
        return next(t for t in self.tables if t.name == name)

    def rows(self) -> dict[str, dict[int, Row]]:
        return {table.name: table.rows() for table in self.tables}

    def apply(self, state: Message | list[Any]) -> None:
        """Take a state in, of either encoding, and check its hashes."""
        tick, full = (state[0], state[1]) if isinstance(state, list) else (state["tick"], state.get("full", False))
        self.tick = tick
        if full:
            for table in self.tables:
                table.groups.clear()
        hashes = self._apply_sections(state[2]) if isinstance(state, list) else self._apply_json(state)
        for table, group, expected in hashes:
            rows = table.groups.get(group, {})
            if hash_of(rows) != expected:
                raise WireError(f"{table.name}, group {group}: the hash of {hash_text(rows)!r} is not {expected:#x}")
            self.hashes += 1

    def _apply_json(self, state: Message) -> list[tuple[Table, int, int]]:
        for name, ids in state.get("removed", {}).items():
            for id in ids:
                del self.table(name).groups[0][id]
        for name, rows in state.get("tables", {}).items():
            table = self.table(name)
            held = table.groups.setdefault(0, {})
            for key, values in rows.items():
                known = held.get(int(key), [None] * len(table.fields))
                row = [to_wire(f, values[f["name"]]) if f["name"] in values else k
                       for f, k in zip(table.fields, known, strict=True)]  # fmt: skip
                if None in row:
                    raise WireError(f"{name} {key} is new and has not all fields")
                held[int(key)] = [wire for wire in row if wire is not None]
        return [(self.table(name), 0, expected) for name, expected in state.get("hash", {}).items()]

    def _apply_sections(self, sections: bytes) -> list[tuple[Table, int, int]]:
        reader, hashes = Reader(sections), []
        while not reader.at_end:
            table, flags = self.tables[reader.take(1)[0]], reader.take(1)[0]
            self.sections.append(flags)
            if flags & UNUSED:
                raise WireError("flag 0x80 is set")
            group = reader.varint() if flags & GROUP else 0
            if flags & GONE:
                table.groups.pop(group, None)
                continue
            rows = table.groups.setdefault(group, {})
            if flags & REMOVED:
                for id in read_ids(reader):
                    if id in rows:
                        del rows[id]
                    elif id not in table.rows():
                        raise WireError(f"{table.name} has no row {id} to remove")
            if flags & (CHANGED | ALL_CHANGED):
                self._change(reader, table, rows, read_ids(reader) if flags & CHANGED else sorted(rows))
            if flags & ADDED:
                self._add(reader, table, rows)
            if flags & HASH:
                hashes.append((table, group, int(reader.number("<I"))))
        self.modes |= reader.modes
        return hashes

    @staticmethod
    def _change(reader: Reader, table: Table, rows: dict[int, Row], ids: list[int]) -> None:
        changed = reader.varint()
        for i, described in enumerate(table.fields):
            if changed >> i & 1:
                for id, new in zip(ids, read_column(reader, described, len(ids)), strict=True):
                    old = rows[id][i]
                    rows[id][i] = old + new if _is_integer(described) else new  # type: ignore[operator]

    @staticmethod
    def _add(reader: Reader, table: Table, rows: dict[int, Row]) -> None:
        ids = read_ids(reader)
        columns = []
        for described in table.fields:
            column = read_column(reader, described, len(ids))
            if _is_integer(described):
                column = _sums(column)
            columns.append(column)
        for i, id in enumerate(ids):
            for other in table.groups.values():
                other.pop(id, None)
            rows[id] = [column[i] for column in columns]


def _is_integer(described: Message) -> bool:
    return described["type"] not in ("f32", "text")


def _sums(differences: Iterable[Wire]) -> list[Wire]:
    sums: list[Wire] = []
    total = 0
    for difference in differences:
        total += int(difference)
        sums.append(total)
    return sums


# --- A client ---


class Client:
    """A connection in one dialect, and the mirror that it keeps."""

    def __init__(self, host: str, port: int, dialect: str | Framing) -> None:
        self.framing = framing_of(dialect) if isinstance(dialect, str) else dialect
        self.socket = socket.create_connection((host, port), 5)
        self.welcome: Message = {}
        self.mirror = Mirror({"tables": []})
        self._came: deque[Any] = deque()
        self._ended = False
        self.send_bytes(self.framing.opening())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send_bytes(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send(self, type: str, **fields: Any) -> None:
        self.send_value({"type": type, **fields})

    def send_value(self, value: Any) -> None:
        """A message that need not be one of 2.1."""
        payload = pack(value) if self.framing.packed else json.dumps(value).encode()
        self.send_bytes(self.framing.wrap(payload))

    def receive(self, seconds: float = PATIENCE) -> Any:
        """The next message: a map, or the array of a packed state. The mirror has it already.

        Raises:
            Ended: the server closed the connection.
            TimeoutError: nothing came.
        """
        deadline = time.monotonic() + seconds
        while not self._came:
            if self._ended:
                raise Ended
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                data = b""
            self._ended = not data
            for payload in self.framing.feed(data):
                self._came.append(unpack(payload) if self.framing.packed else json.loads(payload))
            if isinstance(self.framing, WebSocket):
                while self.framing.answers:
                    self.socket.sendall(self.framing.answers.pop(0))
        message = self._came.popleft()
        kind = kind_of(message)
        if kind == "welcome":
            if message.get("protocol", 1) != 1:
                raise WireError(f"the server speaks version {message['protocol']}")
            self.welcome, self.mirror = message, Mirror(message["schema"])
        elif kind == "state":
            self.mirror.apply(message)
        return message

    def wait_for(self, kind: str, seconds: float = PATIENCE) -> Any:
        """The next message of this kind; those before it are read and gone."""
        deadline = time.monotonic() + seconds
        while kind_of(message := self.receive(deadline - time.monotonic())) != kind:
            pass
        return message

    def join(self, name: str, **fields: Any) -> Message:
        """Say hello; the welcome."""
        self.send("hello", name=name, **fields)
        welcome: Message = self.receive()
        if kind_of(welcome) != "welcome":
            raise WireError(f"no welcome but {welcome}")
        return welcome


def input_schema(schema: Message, kind: str) -> Message:
    """3.3: the whole JSON Schema of an input, by the schema in `welcome`."""
    made: Message = {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", *schema.get("required", {}).get(kind, [])],
        "properties": {"type": {"const": kind}, **schema["inputs"][kind]},
    }
    return made | ({"$defs": schema["$defs"]} if "$defs" in schema else {})


def kind_of(message: Any) -> str:
    """A message's type: in MessagePack a state is the only array."""
    return "state" if isinstance(message, list) else str(message["type"])


def is_full(state: Message | list[Any]) -> bool:
    return bool(state[1] if isinstance(state, list) else state.get("full", False))
