"""docs/WIRE.md against a real server, by a client that was written from that page alone."""

from __future__ import annotations

import json
import re
import select
import subprocess
import sys
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import pytest
from jsonschema import Draft202012Validator
from wire.make_schema import as_json, validator

from tickwire.faces import palette
from tickwire.replication.ints import Reader as RealReader
from tickwire.replication.ints import pack_ints
from tickwire.replication.mirror import Mirror as RealMirror
from tickwire.replication.rows import hash_rows
from tickwire.replication.schema import Schema
from tickwire.wire.codec import ClientMessageDecoder, Encoding, ServerMessageDecoder, encode
from tickwire.wire.framing import NativeReader, frame_ws_binary
from tickwire.wire.messages import Hello, PackedState, State

from .wire_document_decoder import (
    DIALECTS,
    PATIENCE,
    Client,
    Ended,
    Mirror,
    Native,
    Reader,
    Refused,
    Row,
    WebSocket,
    framing_of,
    hash_text,
    input_schema,
    is_full,
    kind_of,
    pack,
    read_ints,
    unpack,
)

PAGE = Path(__file__).parents[2] / "docs" / "WIRE.md"

# All field types, and rows that come into sight and go out of it. Everybody looks at the same place.
EVERY_TYPE = '''
from tickwire import Entity, Game, Grid, Input, Owner, Player, Table, f32, fixed, i8, i16, i32, text, u8, u16, u32


class Wave(Input):
    how: u8 = 0


class Thing(Entity):
    a: u8
    b: u16
    c: u32
    d: i8
    e: i16
    f: i32
    g: bool
    h: f32
    i: text
    j: float = fixed(-5, 5, step=0.1)


class Bird(Entity):
    x: u16
    y: u16
    view = Grid(cell=10, window=(20, 20))


class Card(Entity):
    player: u16
    rank: u8
    view = Owner("player")


class Every(Game):
    """All field types and views."""

    seats, board = 8, (100, 100)
    inputs = Wave
    things: Table[Thing]
    birds: Table[Bird]
    cards: Table[Card]

    def start(self):
        for _ in range(20):
            self.add()
        for _ in range(40):
            self.birds.add(Bird(self.random.randrange(100), self.random.randrange(100)))

    def join(self, player):
        for _ in range(3):
            self.cards.add(Card(player.id, self.random.randrange(13)))

    def leave(self, player):
        for card in [c for c in self.cards if c.player == player.id]:
            self.cards.remove(card)

    def focus(self, player):
        return (self.tick % 100, 50)

    def add(self):
        r = self.random
        self.things.add(Thing(
            r.randrange(2**8), r.randrange(2**16), r.choice((0, 7, 2**32 - 1)), r.randrange(-(2**7), 2**7),
            r.randrange(-(2**15), 2**15), r.randrange(-(2**31), 2**31), r.random() < 0.5,
            r.uniform(-1, 1) * 10 ** r.randrange(-30, 30), self.words(), r.uniform(-5, 5),
        ))

    def words(self):
        return "".join(self.random.choice('a,"\\\\\\n\\0é漢😀') for _ in range(self.random.randrange(5)))

    def step(self):
        r = self.random
        for thing in list(self.things):
            if r.random() < 0.02:
                self.things.remove(thing)
                self.add()
            elif r.random() < 0.3:
                thing.j, thing.h = r.uniform(-5, 5), r.uniform(-1, 1)
            elif r.random() < 0.1:
                thing.c, thing.f, thing.g = 2**32 - 1 - thing.c, r.randrange(-(2**31), 2**31), not thing.g
                thing.i = self.words()
        for bird in self.birds:
            bird.x, bird.y = (bird.x + r.randrange(3)) % 100, (bird.y + 1) % 100
        for card in self.cards:
            if r.random() < 0.1:
                card.rank = r.randrange(13)
'''

INPUTS: dict[str, dict[str, Any]] = {
    "snake": {"type": "turn", "heading": "up"},
    "swarm": {"type": "steer", "heading": 200},
    "every": {"type": "wave"},
}

Address = tuple[str, int]


@contextmanager
def served(log: IO[bytes], *arguments: str) -> Iterator[tuple[Address, subprocess.Popen[bytes]]]:
    """A server process of its own: where it listens, and itself."""
    command = [sys.executable, "-m", "tickwire", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process:
        try:
            assert process.stdout is not None
            found = _first_match(process.stdout, rb"listening on (\S+):(\d+)")
            yield (found[1].decode(), int(found[2])), process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """Where the server listens that most tests share."""
    game = tmp_path_factory.mktemp("game") / "every.py"
    game.write_text(EVERY_TYPE, encoding="utf-8")
    options = ("--bots", "3", "--seed", "7", "--tick-rate", "60")
    with game.with_suffix(".log").open("wb") as log, served(log, "snake", "swarm", str(game), *options) as (found, _):
        yield found


@pytest.fixture(scope="module", autouse=True)
def silent(address: Address) -> Iterator[Client]:
    """A client that connects before all others and says no hello. The last test hears what becomes of it."""
    with Client(*address, "lines") as client:
        client.send("ping", sent=0)
        yield client


def _first_match(output: IO[bytes], pattern: bytes) -> re.Match[bytes]:
    said, deadline = b"", time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if select.select([output], [], [], 0.1)[0]:
            chunk = output.read1(4096)  # type: ignore[attr-defined]
            said += chunk
            if found := re.search(pattern + rb"\s", said):
                return found
            if not chunk:
                break
    raise AssertionError(f"the server did not come up; it said {said!r}")


MOST_VALIDATED = 5  # messages of a kind, for each client: the rest has the same form


class Watched(Client):
    """A client that holds what comes against docs/wire-schema.json and the order of 2.3, and remembers the rows at each
    tick.
    """

    def __init__(self, address: Address, dialect: str) -> None:
        super().__init__(*address, dialect)
        self.rows_at: dict[int, dict[str, dict[int, Row]]] = {}
        self.kinds: list[str] = []
        self._acked: int | None = None  # the tick of an ack that waits for its state
        self._fresh = True

    def receive(self, seconds: float = PATIENCE) -> Any:
        message = super().receive(seconds)
        kind = kind_of(message)
        self.kinds.append(kind)
        if self.kinds.count(kind) <= MOST_VALIDATED:
            validator("server").validate(as_json(message))
        if kind == "welcome":
            self._fresh = True
        elif kind == "ack":
            assert self._acked is None, "an ack behind an ack"
            self._acked = message["tick"]
        elif kind in ("joined", "left", "renamed", "away", "event", "chat", "slip", "behind"):
            assert self._acked is None, f"{kind} between an ack and its state"
        elif kind == "state":
            tick = self.mirror.tick
            assert self._acked in (None, tick), "a state of another tick than its ack"
            assert is_full(message) or not self._fresh, "the first state is not full"
            assert tick > max(self.rows_at, default=-1), "ticks do not grow"
            self._acked, self._fresh = None, False
            self.rows_at[tick] = self.mirror.rows()
        else:
            assert kind in ("pong", "error", "bye"), kind
        return message


@pytest.mark.parametrize("game", INPUTS)
def test_all_dialects_show_the_same_game(address: Address, game: str) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(Watched(address, dialect)) for dialect in DIALECTS]
        room = clients[0].join(DIALECTS[0], game=game, room="new")["room"]
        for dialect, client in zip(DIALECTS[1:], clients[1:], strict=True):
            welcome = client.join(dialect, room=room)
            assert welcome["game"] == game
            assert {"player": welcome["player"], "name": dialect, "bot": False, "away": False} in welcome["players"]
        for client in clients:
            client.send("input", seq=1, input=INPUTS[game])
            client.send("input", seq=3, input=INPUTS[game])
            client.send("input", seq=2, input=INPUTS[game])  # dropped
        until = time.monotonic() + PATIENCE
        while any(len(c.rows_at) < 100 or not c.mirror.hashes for c in clients):
            assert time.monotonic() < until, [(len(c.rows_at), c.mirror.hashes) for c in clients]
            for client in clients:
                message = client.receive()
                if kind_of(message) == "ack":
                    assert message["seq"] == 3 or (message["seq"] == 1 and "ack" not in client.kinds[:-1])
        assert all("ack" in c.kinds for c in clients)
        ticks = set.intersection(*(set(c.rows_at) for c in clients))
        assert len(ticks) >= 50
        for tick in ticks:
            shown = [c.rows_at[tick] for c in clients]
            cards = [rows.pop("Card", {}) for rows in shown]
            assert all(rows == shown[0] for rows in shown), tick
            for client, hand in zip(clients, cards, strict=True):
                assert {row[0] for row in hand.values()} == ({client.welcome["player"]} if hand else set())
        if game == "every":
            birds = [set(rows["Bird"]) for _, rows in sorted(clients[0].rows_at.items())]
            assert any(a - b for a, b in pairwise(birds)), "nothing went out of sight"
            assert len(cards[0]) == 3


@pytest.mark.parametrize("dialect", DIALECTS)
def test_resync_brings_a_full_state(address: Address, dialect: str) -> None:
    with Watched(address, dialect) as client:
        welcome = client.join("lost", game="snake", watch=True)
        assert welcome["player"] == 0
        assert "lost" not in [player["name"] for player in welcome["players"]]
        assert is_full(client.wait_for("state"))
        assert not is_full(client.wait_for("state"))
        client.send("resync", table="Cell")
        for _ in range(30):  # states; it comes with the next tick, but some may be under way
            if is_full(client.wait_for("state")):
                break
        else:
            pytest.fail("no full state")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_coming_back_as_2_5_has_it(address: Address, dialect: str) -> None:
    with ExitStack() as stack:
        other = stack.enter_context(Watched(address, "lines"))
        room = other.join("other", game="snake", room="new")["room"]
        lost = stack.enter_context(Watched(address, dialect))
        first = lost.join("phoenix", room=room)
        assert (first["acked"], first["grace"], first["protocol"]) == (0, 30, 1)
        for seq in (1, 2.0, 3):  # an integral float is an integer
            lost.send("input", seq=seq, input=INPUTS["snake"])
        while lost.wait_for("ack")["seq"] < 3:
            pass
        other.send("chat", text="it heard this")
        assert lost.wait_for("chat")["text"] == "it heard this"
        lost.socket.close()
        away = other.wait_for("away")
        assert (away["player"], away["name"], away["away"]) == (first["player"], "phoenix", True)
        other.send("chat", text="and missed this")
        assert other.wait_for("chat")["text"] == "and missed this"
        # Its answer is not read: the same hello is good once more.
        with Watched(address, dialect) as hasty:
            hasty.send("hello", name="phoenix", token=first["token"], seq=5, heard=1)
            assert not other.wait_for("away")["away"]
        again = stack.enter_context(Watched(address, dialect))
        welcome = again.join("phoenix", token=first["token"], seq=5, heard=1)
        assert (welcome["player"], welcome["acked"]) == (first["player"], 3)
        assert len(again.wait_for("event")["data"]["ago"]) == 1
        assert again.wait_for("chat")["text"] == "and missed this"
        assert again.wait_for("ack")["seq"] == 3
        for seq in (3, 4, 5):
            again.send("input", seq=seq, input=INPUTS["snake"])
        while again.wait_for("ack")["seq"] < 5:
            pass
        again.send("input", seq=6, input={"type": "jump"})
        error = again.wait_for("error")
        assert (error["code"], error["seq"]) == ("bad_input", 6)


def test_a_seat_is_resumed_by_its_token_from_every_dialect(address: Address) -> None:
    with ExitStack() as stack:
        client = stack.enter_context(Watched(address, "ws"))
        first = client.join("  phoenix ", game="snake", room="new")
        assert first["name"] == "phoenix"
        tokens = [first["token"]]
        for dialect in DIALECTS:
            client.send("input", seq=7, input=INPUTS["snake"])
            assert client.wait_for("ack")["seq"] == 7
            other = stack.enter_context(Watched(address, dialect))
            welcome = other.join("any", token=tokens[-1])
            assert {**welcome, "tick": 0, "token": ""} == {**first, "tick": 0, "token": ""}
            assert welcome["token"] not in tokens
            tokens.append(welcome["token"])
            assert client.wait_for("bye")["code"] == "replaced"
            other.send("input", seq=1, input=INPUTS["snake"])  # a seq starts anew with each welcome
            assert other.wait_for("ack")["seq"] == 1
            assert "joined" not in other.kinds
            client = other
        client.socket.close()  # lost
        with Watched(address, "native") as client:
            client.join("any", token=tokens[-1])
            client.send("leave")
            assert client.wait_for("bye")["code"] == "left"
        for token in (tokens[-1], tokens[0], client.welcome["token"]):
            with Watched(address, "lines") as client:
                client.send("hello", name="late", token=token)
                assert client.receive()["code"] == "bad_token"


def test_others_are_told_who_comes_speaks_and_goes(address: Address) -> None:
    with Watched(address, "native") as watcher, Watched(address, "lines") as player:
        room = player.join("ada", game="snake", room="new")["room"]
        watcher.join("eve", room=room.lower(), watch=True)
        with Watched(address, "ws json") as other:
            number = other.join("ada", room=room)["player"]
            assert other.welcome["name"] == "ada 2"
            while watcher.wait_for("joined") != {"type": "joined", "player": number, "name": "ada 2", "bot": False}:
                pass
            other.send("chat", text=" a\nb ")
            watcher.send("chat", text="look")
            said = [player.wait_for("chat") for _ in range(2)]
            assert [watcher.wait_for("chat"), watcher.wait_for("chat")] == said
            assert {(c["player"], c["name"]) for c in said} == {(number, "ada 2"), (0, "eve")}
            assert "\n" not in said[0]["text"] + said[1]["text"]
            other.send("leave")
            assert other.wait_for("bye")["code"] == "left"
        assert player.wait_for("left") == {"type": "left", "player": number, "name": "ada 2"}


HELLO = {"type": "hello", "name": "bad"}
TURN = {"type": "turn", "heading": "up"}

UNSEATED: dict[str, tuple[Any, str]] = {
    "unknown type": ({"type": "nope"}, "bad_message"),
    "no type": ({"name": "bad"}, "bad_message"),
    "wrong field type": ({"type": "hello", "name": 5}, "bad_message"),
    "missing field": ({"type": "hello"}, "bad_message"),
    "missing field, with a token": ({"type": "hello", "token": "x"}, "bad_message"),
    "ping of text": ({"type": "ping", "sent": "now"}, "bad_message"),
    "long name": ({"type": "hello", "name": "x" * 25}, "bad_name"),
    "wide name": ({"type": "hello", "name": "漢" * 13}, "bad_name"),
    "blank name": ({"type": "hello", "name": " "}, "bad_name"),
    "name with a control character": ({"type": "hello", "name": "a\tb"}, "bad_name"),
    "unknown game": ({**HELLO, "game": "chess"}, "no_such_game"),
    "unknown room": ({**HELLO, "room": "----"}, "no_such_room"),
    "unknown token": ({**HELLO, "token": "x"}, "bad_token"),
    "input too early": ({"type": "input", "seq": 1, "input": TURN}, "not_joined"),
    "chat too early": ({"type": "chat", "text": "hi"}, "not_joined"),
    "resync too early": ({"type": "resync"}, "not_joined"),
}

SEATED: dict[str, tuple[Any, str]] = {
    "hello again": (HELLO, "already_joined"),
    "unknown input": ({"type": "input", "seq": 1, "input": {"type": "jump"}}, "bad_input"),
    "wrong input field": ({"type": "input", "seq": 1, "input": {"type": "turn", "heading": "back"}}, "bad_input"),
    "unknown input field": ({"type": "input", "seq": 1, "input": {**TURN, "far": True}}, "bad_input"),
    "negative seq": ({"type": "input", "seq": -1, "input": TURN}, "bad_message"),
    "large seq": ({"type": "input", "seq": 2**32, "input": TURN}, "bad_message"),
    "empty chat": ({"type": "chat", "text": ""}, "bad_chat"),
    "long chat": ({"type": "chat", "text": "x" * 301}, "bad_chat"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_not_taken_is_an_error_and_the_connection_lives_on(address: Address, dialect: str) -> None:
    with Watched(address, dialect) as client:
        client.send("ping", sent=0)  # in header64 the first message has to be one
        assert client.receive()["type"] == "pong"
        for case, (message, code) in UNSEATED.items():
            client.send_value(message)
            answer = client.receive()
            assert (answer["type"], answer.get("code")) == ("error", code), case
            assert validator("client").is_valid(message) == (code != "bad_message"), case
        client.send("ping", sent=1)
        assert client.receive() == {"type": "pong", "sent": 1.0, "tick": 0}
        client.send("hello", name="bad", game="snake", not_known=[1, {"a": None}])
        assert client.receive()["type"] == "welcome"
        for case, (message, code) in SEATED.items():
            client.send_value(message)
            assert client.wait_for("error")["code"] == code, case
            assert validator("client").is_valid(message) == (code != "bad_message"), case
        client.send("leave")
        assert client.wait_for("bye")["code"] == "left"
        with pytest.raises(Ended):
            client.receive()
        if isinstance(client.framing, WebSocket):
            assert client.framing.closing == 1000


def test_a_watcher_has_no_inputs_and_a_full_room_no_seat(address: Address) -> None:
    with ExitStack() as stack:
        players = [stack.enter_context(Watched(address, "native")) for _ in range(9)]
        room = players[0].join("p", game="snake", room="new")["room"]
        for player in players[1:8]:
            player.join("p", room=room)
        assert not any(player["bot"] for player in players[7].welcome["players"])
        assert {players[0].wait_for("left")["name"] for _ in range(3)}.isdisjoint({"p"})  # bots gave way
        players[8].send("hello", name="p", room=room)
        assert players[8].receive()["code"] == "room_full"
        players[8].join("p", room=room, watch=True)
        players[8].send("input", seq=1, input=TURN)
        assert players[8].wait_for("error")["code"] == "watching"
        for player in players:
            player.send("leave")
            player.wait_for("bye")


FRAME = WebSocket.frame
BROKEN_TEXT = FRAME(2, b"\x81\xa4type\xa4\xff\xff\xff\xff")  # a MessagePack message with text that is not UTF-8
LONG = b'{"type":"chat","text":"' + b"x" * 65_536 + b'"}'

# What is sent, in which dialect, and the code of the bye.
BYES: dict[str, tuple[str, bytes, str]] = {
    "long line": ("lines", LONG + b"\n", "too_long"),
    "long line without an end": ("lines", LONG, "too_long"),
    "long native message": ("native", b"\x00\x01\x00\x01", "too_long"),
    "long message of two frames": (
        "ws",
        FRAME(1, LONG[:40_000], last=False) + FRAME(0, LONG[40_000:]),
        "too_long",
    ),
    "line not UTF-8": ("lines", b'{"type":"hello","name":"\xff"}\n', "bad_framing"),
    "text not UTF-8": ("native", b"\0\0\0\x0b\x81\xa4type\xa4\xff\xff\xff\xff", "bad_framing"),
    "no number in a header": ("header64", b"0x10".ljust(64), "bad_framing"),
    "a header that can be none": ("header64", b"1 6", "bad_framing"),
    "long header64 message": ("header64", b"65537".ljust(64), "too_long"),
    "WebSocket text not UTF-8": ("ws", FRAME(1, b"\xff"), "bad_framing"),
    "text for binary": ("ws msgpack", FRAME(1, b"{}"), "bad_framing"),
    "binary for text": ("ws json", FRAME(2, b"{}"), "bad_framing"),
    "nothing to continue": ("ws", FRAME(0, b"{}"), "bad_framing"),
    "flood": ("lines", b'{"type":"ping","sent":1}\n' * 700, "flood"),
}


@pytest.mark.parametrize("case", BYES)
def test_what_breaks_the_framing_ends_the_connection(address: Address, case: str) -> None:
    dialect, sent, code = BYES[case]
    with Watched(address, dialect) as client:
        client.send_bytes(sent)
        assert client.wait_for("bye")["code"] == code
        with pytest.raises(Ended):
            client.receive()


@pytest.mark.parametrize(
    ("sent", "code", "status"),
    [
        (b"\x81\x02{}", "bad_framing", 1002),
        (FRAME(3, b"{}"), "bad_framing", 1002),
        (FRAME(8, b"\0\0"), "bad_framing", 1002),
        (FRAME(0, b"{}"), "bad_framing", 1002),
        (FRAME(2, b"{}"), "bad_framing", 1003),
        (FRAME(1, b"\xff"), "bad_framing", 1007),
        (BROKEN_TEXT, "bad_framing", 1007),
        (FRAME(1, LONG), "too_long", 1009),
        (FRAME(1, b"x", last=False) + FRAME(0, b"x", last=False) * 1_024, "too_long", 1009),
        (FRAME(1, b'{"type":"leave"}'), "left", 1000),
    ],
    ids=lambda value: "frame" if isinstance(value, bytes) else None,  # masks are random; every worker names it the same
)
def test_the_close_frame_says_what_was_wrong(address: Address, sent: bytes, code: str, status: int) -> None:
    packed = sent == BROKEN_TEXT
    with Watched(address, "ws msgpack" if packed else "ws") as client:
        client.send_bytes(sent)
        assert client.wait_for("bye")["code"] == code
        with pytest.raises(Ended):
            client.receive()
        assert isinstance(client.framing, WebSocket)
        assert client.framing.closing == status


@pytest.mark.parametrize("sent", [b"hello\n", b"\n", b' {"type":"hello","name":"x"}\n', b"\x00"])
def test_an_unknown_first_byte_is_answered_on_a_line(address: Address, sent: bytes) -> None:
    with Watched(address, "lines") as client:
        client.send_bytes(sent)
        assert client.receive()["code"] == "unknown_dialect"
        with pytest.raises(Ended):
            client.receive()


def test_only_tw1_is_native(address: Address) -> None:
    with Watched(address, "lines") as client:
        client.send_bytes(b"TW2")
        client.framing = framing_of("native")
        assert client.receive()["code"] == "bad_framing"
        with pytest.raises(Ended):
            client.receive()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_message_of_65536_bytes_is_taken(address: Address, dialect: str) -> None:
    with Watched(address, dialect) as client:
        message = {"type": "ping", "sent": 1, "more": "x" * 60_000}
        size = len(pack(message)) if client.framing.packed else len(json.dumps(message))
        client.send_value({**message, "more": "x" * (60_000 + 65_536 - size)})
        assert client.receive()["type"] == "pong"


def test_a_line_may_be_empty_or_end_in_crlf(address: Address) -> None:
    with Watched(address, "lines") as client:
        client.send_bytes(b'{"type":"ping","sent":1}\r\n\n\r\n{"type":"ping","sent":2.5}\n')
        assert [client.receive()["sent"] for _ in range(2)] == [1, 2.5]


def test_a_websocket_message_may_come_in_several_frames_with_a_ping_between(address: Address) -> None:
    with Watched(address, "ws") as client:
        parts = FRAME(1, b'{"type":"pi', last=False), FRAME(9, b"ping"), FRAME(0, b'ng","sent":1}')
        client.send_bytes(b"".join(parts))
        assert client.receive()["type"] == "pong"
        assert isinstance(client.framing, WebSocket)
        assert client.framing.pongs == [b"ping"]


def test_a_list_of_subprotocols_is_taken_by_the_first_known_and_others_are_refused(address: Address) -> None:
    framing = WebSocket("other, tickwire.json.v1, tickwire.msgpack.v1", "tickwire.json.v1")
    with Client(*address, framing) as client:
        client.join("list", watch=True)
    with Client(*address, WebSocket("other")) as client:
        with pytest.raises(Refused) as refused:
            client.receive()
        assert refused.value.status == 400


def test_http_paths(address: Address) -> None:
    base = f"http://{address[0]}:{address[1]}"
    with urllib.request.urlopen(base + "/healthz", timeout=PATIENCE) as answer:
        assert answer.read().strip() == b"ok"
    with urllib.request.urlopen(base + "/api/rooms", timeout=PATIENCE) as answer:
        listed = json.load(answer)
    assert [set(game) for game in listed["games"]] == [{"name", "title", "seats", "tick_rate"}] * 3
    documented = {"room", "game", "players", "people", "seats", "watchers", "tick"}
    assert all(set(room) == documented for room in listed["rooms"])


# --- 2.4 Rooms, players and colours; 9. Versions ---


def _rooms(address: Address) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"http://{address[0]}:{address[1]}/api/rooms", timeout=PATIENCE) as answer:
        rooms: list[dict[str, Any]] = json.load(answer)["rooms"]
    return rooms


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_server_says_which_version_is_spoken(address: Address, dialect: str) -> None:
    for asked, spoken in (({}, 1), ({"protocol": 1}, 1), ({"protocol": 2}, 1), ({"protocol": 2**32 - 1}, 1)):
        with Watched(address, dialect) as client:
            assert client.join("versed", game="snake", watch=True, **asked)["protocol"] == spoken
    with Watched(address, dialect) as client:
        for none in (0, -1, "1", None):
            client.send("hello", name="versed", protocol=none)
            if client.framing.packed is False and dialect == "header64" and not client.kinds:
                break  # there the first message decides what kind of client it is
            assert client.receive()["code"] == "bad_message"


def test_null_is_the_same_as_leaving_out_where_the_page_says_so(address: Address) -> None:
    with Watched(address, "lines") as client:
        for name in ("watch", "protocol", "name"):
            client.send_value({**HELLO, "name": "nil", name: None})
            assert client.receive()["code"] == "bad_message"
        client.join("nil", game=None, room=None, token=None, seq=None)
        assert client.welcome["game"] == "snake"
        client.send("input", seq=1, input=TURN, tick=None, seen=None)
        assert client.wait_for("ack")["seq"] == 1
        client.send("resync", table=None)
        client.send("input", seq=2, input={"type": "turn", "heading": None})
        assert client.wait_for("error")["code"] == "bad_input"


def test_a_rooms_code_leads_there_whatever_game_is_named(address: Address) -> None:
    with Watched(address, "lines") as first:
        room = first.join("first", game="swarm", room="new")["room"]
        for game in ("swarm", "snake", "no such game", None):
            with Watched(address, "native") as other:
                assert other.join("other", game=game, room=room.lower())["game"] == "swarm"


def test_a_room_ends_when_nobody_is_in_it(address: Address) -> None:
    with Watched(address, "lines") as player, Watched(address, "native") as watcher:
        room = player.join("last", game="swarm", room="new")["room"]
        watcher.join("eve", room=room, watch=True)
        player.send("leave")
        player.wait_for("bye")
        watcher.wait_for("left")  # it lives on for who watches
        watcher.send("leave")
        watcher.wait_for("bye")
    until = time.monotonic() + PATIENCE
    while room in {each["room"] for each in _rooms(address)}:
        assert time.monotonic() < until
        time.sleep(0.05)
    with Watched(address, "lines") as late:
        late.send("hello", name="late", room=room)
        assert late.receive()["code"] == "no_such_room"


def test_a_players_number_may_be_larger_than_the_seats(address: Address) -> None:
    with Watched(address, "native") as first:
        welcome = first.join("first", game="snake", room="new")
        numbers = [player["player"] for player in welcome["players"]]
        for _ in range(8):  # as many as there are seats
            with Watched(address, "native") as other:
                numbers.append(other.join("other", room=welcome["room"])["player"])
                other.send("leave")
                other.wait_for("bye")
        assert len(set(numbers)) == len(numbers)
        assert 8 < max(numbers) <= 65_535


def test_the_colours_are_those_of_the_faces() -> None:
    page = PAGE.read_text(encoding="utf-8")
    colours = re.findall(r"`#([0-9a-f]{6})`", page.partition("| colour |")[2].partition("\n")[0])
    assert [int(c, 16) for c in colours] == [*palette.PLAYER_COLORS, palette.NEUTRAL, palette.SCENERY]
    script = (Path(palette.__file__).parent / "web" / "palette.js").read_text(encoding="utf-8")
    assert re.findall(r'"#([0-9a-f]{6})"', script)[: len(colours)] == colours


# --- 3. The schema ---


def test_the_whole_schema_of_an_input_is_made_of_the_example() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("\n## 3. ")[2].partition("\n## 4. ")[0]
    example, turn = (
        json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    )
    assert input_schema(example, "turn") == turn == Schema.read(example).input_schema("turn")
    assert Schema.read(example).describe() == example
    assert Draft202012Validator(turn).is_valid(TURN)
    assert not Draft202012Validator(turn).is_valid({"type": "turn"})
    assert validator("server").is_valid({"type": "left", "player": 1, "name": "ada"})
    Draft202012Validator({**validator("server").schema, "anyOf": [{"$ref": "#/$defs/schema"}]}).validate(example)


# --- 7. Examples ---

Block = tuple[str, str]  # what stands behind the fence, and what is in the block


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    """The fenced blocks of section 7."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## 7. ")[2].partition("\n## 8. ")[0]
    return re.findall(r"^```(\w.*?)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def _named(blocks: list[Block], name: str) -> list[str]:
    return [text for info, text in blocks if info == name]


def _bytes(block: str) -> bytes:
    return bytes.fromhex("".join(line.partition("#")[0] for line in block.splitlines()))


def test_the_example_of_a_native_hello(blocks: list[Block]) -> None:
    (example,) = map(_bytes, _named(blocks, "hex hello"))
    native = Native()
    message = {"type": "hello", "name": "ada", "game": "snake"}
    assert native.opening() + native.wrap(pack(message)) == example
    assert [unpack(m) for m in native.feed(example[3:])] == [message]
    (payload,) = NativeReader().feed(example)
    assert ClientMessageDecoder().decode(payload, Encoding.MSGPACK) == Hello(name="ada", game="snake")


def test_the_example_of_lines(address: Address, blocks: list[Block]) -> None:
    (example,) = _named(blocks, "lines")
    with Watched(address, "lines") as client:
        for line in example.splitlines():
            message = json.loads(line[2:])
            if line[0] == ">":
                ClientMessageDecoder().decode(line[2:].encode(), Encoding.JSON)
                client.send_value(message)
            else:
                ServerMessageDecoder().decode(line[2:].encode(), Encoding.JSON)
                answer = client.receive()
                assert {**answer, "message": ""} == {**message, "message": ""}


def test_the_example_of_a_masked_frame(address: Address, blocks: list[Block]) -> None:
    (example,) = map(_bytes, _named(blocks, "hex leave"))
    assert WebSocket.frame(1, b'{"type":"leave"}', mask=example[2:6]) == example
    with Watched(address, "ws json") as client:
        client.send_bytes(example)
        assert client.receive()["code"] == "left"


def test_the_example_of_a_header(address: Address, blocks: list[Block]) -> None:
    (example,) = map(_bytes, _named(blocks, "hex header64"))
    assert framing_of("header64").wrap(b'{"type":"leave"}') == example
    with Watched(address, "header64") as client:
        client.send_bytes(example)
        assert client.receive()["code"] == "left"


def test_the_examples_of_ints(blocks: list[Block]) -> None:
    modes = []
    for info, text in blocks:
        if found := re.fullmatch(r"hex (nibbles|varints|sparse|constant)((?: \d+)+)", info):
            expected = [int(n) for n in found[2].split()]
            example = _bytes(text)
            modes.append(example[0])
            reader, real = Reader(example), RealReader(example)
            assert read_ints(reader, len(expected)) == expected == real.ints(len(expected))
            assert reader.at_end
            assert not real
            assert pack_ints(expected) == example
    assert modes == [0, 1, 2, 3]


def test_the_examples_of_states(blocks: list[Block]) -> None:
    described, in_json = (json.loads(text) for text in _named(blocks, "json"))
    examples = [*map(_bytes, _named(blocks, "hex state"))]
    mirror, real, twin = Mirror(described), RealMirror(Schema.read(described)), Mirror(described)
    shown = []
    for example in examples:
        mirror.apply(unpack(example))
        state = ServerMessageDecoder().decode(example, Encoding.MSGPACK)
        assert isinstance(state, PackedState)
        assert encode(state, Encoding.MSGPACK) == example
        assert real.apply(state) == []
        rows = mirror.rows()
        assert {name: {id: tuple(row) for id, row in rows[name].items()} for name in rows} == {
            name: dict(sorted(table.wire_rows().items())) for name, table in real.tables.items()
        }
        shown.append(rows)
    twin.apply(in_json)
    assert twin.rows() == shown[0]
    decoded = ServerMessageDecoder().decode(json.dumps(in_json).encode(), Encoding.JSON)
    assert isinstance(decoded, State)
    assert RealMirror(Schema.read(described)).apply(decoded) == []
    assert [row[0] for row in shown[1]["Cell"].values()] == [14, 15, 41]
    assert shown[1]["Ship"] == {1: [119, 1069547520, "ada!"]}
    assert [sorted(rows["Cell"]) for rows in shown] == [[5, 6, 9], [5, 6, 9], [6, 9], [6, 9], [9]]

    ((info, text),) = [block for block in blocks if block[0].startswith("hash ")]
    assert mirror.hashes == 1
    assert hash_text(shown[2]["Cell"]) == text
    assert zlib.crc32(text.encode()) == int(info.split()[1])
    assert hash_rows((id, *row) for id, row in shown[2]["Cell"].items()) == int(info.split()[1])

    (frame,) = map(_bytes, _named(blocks, "hex frame"))
    assert frame == frame_ws_binary(examples[2])
    assert framing_of_open("tickwire.msgpack.v1").feed(frame) == [examples[2]]


def framing_of_open(subprotocol: str) -> WebSocket:
    """A WebSocket past its handshake."""
    framing = WebSocket(subprotocol)
    framing.open = True
    return framing


# --- what takes its time, last ---


def test_a_server_that_ends_says_so(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log, served(log, "snake") as (address, process), ExitStack() as stack:
        clients = [stack.enter_context(Watched(address, dialect)) for dialect in DIALECTS]
        for client in clients:
            client.join("last", game="snake")
        process.terminate()
        for client in clients:
            assert client.wait_for("bye")["code"] == "shutdown"
            with pytest.raises(Ended):
                client.receive()


def test_without_a_hello_the_connection_ends_after_10_s(silent: Client) -> None:
    assert silent.receive()["type"] == "pong"
    assert silent.receive()["code"] == "no_hello"
    with pytest.raises(Ended):
        silent.receive()
