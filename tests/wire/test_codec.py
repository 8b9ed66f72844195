from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickwire import Input, f32, u8, u16
from tickwire.errors import CloseCode, ErrorCode, RemoteProtocolError
from tickwire.wire.codec import ClientMessageDecoder, Encoding, ServerMessageDecoder, ack_encoder, encode
from tickwire.wire.messages import (
    Ack,
    Bye,
    Chat,
    ClientMessage,
    Error,
    Event,
    Hello,
    InputMessage,
    Joined,
    Leave,
    Left,
    NewName,
    PackedState,
    Ping,
    PlayerInfo,
    Pong,
    Resync,
    Say,
    ServerMessage,
    State,
    Welcome,
)


class Turn(Input):
    heading: Literal["up", "down", "left", "right"]


class Aim(Input):
    at: u16
    power: f32 = 0.0
    words: Annotated[str, msgspec.Meta(max_length=20)] = ""


class Fire(Input):
    pass


encodings = st.sampled_from(list(Encoding))
both = pytest.mark.parametrize("encoding", list(Encoding))
u32 = st.integers(0, 2**32 - 1)
whole = st.integers(-(2**63), 2**63 - 1)
finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(max_size=30)
short = st.text(max_size=200)
plain = st.recursive(
    st.none() | st.booleans() | whole | finite | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=8,
)
objects = st.dictionaries(words, plain, max_size=4)

map_messages: st.SearchStrategy[ServerMessage] = st.one_of(
    st.builds(
        Welcome,
        whole,
        words,
        words,
        words,
        words,
        finite,
        whole,
        st.lists(st.builds(PlayerInfo, whole, words, st.booleans()), max_size=3),
        objects,
    ),
    st.builds(Ack, whole, whole, st.none() | st.integers(-1000, 1000)),
    st.builds(
        State,
        whole,
        st.booleans(),
        st.dictionaries(words, st.dictionaries(u32, objects, max_size=3), max_size=3),
        st.dictionaries(words, st.lists(u32, max_size=3), max_size=3),
        st.dictionaries(words, u32, max_size=3),
    ),
    st.builds(Joined, whole, words, st.booleans()),
    st.builds(Left, whole, words),
    st.builds(Event, words, objects),
    st.builds(Chat, whole, words, words),
    st.builds(NewName, whole, words),
    st.builds(Pong, finite, finite),
    st.builds(Error, words, words),
    st.builds(Bye, words, words),
)
inputs: st.SearchStrategy[Input] = st.one_of(
    st.builds(Turn, st.sampled_from(["up", "down", "left", "right"])),
    st.builds(Aim, st.integers(0, 2**16 - 1), st.floats(-1e30, 1e30), st.text(max_size=20)),
    st.builds(Fire),
)
client_messages: st.SearchStrategy[ClientMessage] = st.one_of(
    st.builds(Hello, short, st.none() | short, st.none() | short, st.none() | short, st.booleans()),
    st.builds(InputMessage, u32, inputs, st.none() | u32, st.none() | finite),
    st.builds(Say, words),
    st.builds(Ping, finite),
    st.builds(Resync, st.none() | short),
    st.builds(Leave),
)

typed = ClientMessageDecoder(Turn | Aim | Fire)
untyped = ClientMessageDecoder()
server = ServerMessageDecoder()


@given(map_messages, encodings)
@settings(max_examples=300, deadline=None)
def test_what_a_server_sends_decodes_to_itself(message: ServerMessage, encoding: Encoding) -> None:
    assert server.decode(encode(message, encoding), encoding) == message


@given(st.builds(PackedState, u32, st.booleans(), st.binary()))
@settings(max_examples=100, deadline=None)
def test_a_packed_state_decodes_to_itself(state: PackedState) -> None:
    assert server.decode(encode(state, Encoding.MSGPACK), Encoding.MSGPACK) == state


@given(client_messages, encodings)
@settings(max_examples=300, deadline=None)
def test_what_a_client_sends_decodes_to_itself_with_its_inputs_typed(
    message: ClientMessage, encoding: Encoding
) -> None:
    decoded = typed.decode(encode(message, encoding), encoding)
    assert decoded == message
    if isinstance(message, InputMessage) and isinstance(decoded, InputMessage):
        assert type(decoded.input) is type(message.input)


@given(u32, plain, encodings)
@settings(max_examples=100, deadline=None)
def test_before_the_game_is_known_an_input_decodes_to_plain_values(seq: int, value: object, encoding: Encoding) -> None:
    decoded = untyped.decode(encode(InputMessage(seq, value), encoding), encoding)
    assert decoded == InputMessage(seq, value)


def test_one_input_class_serves_as_well_as_a_union() -> None:
    decoder = ClientMessageDecoder(Turn)
    data = b'{"type":"input","seq":1,"input":{"type":"turn","heading":"up"}}'
    assert decoder.decode(data, Encoding.JSON) == InputMessage(1, Turn("up"))


def _refused(message: object, encoding: Encoding, decoder: ClientMessageDecoder = typed) -> RemoteProtocolError:
    packed = msgspec.json.encode(message) if encoding is Encoding.JSON else msgspec.msgpack.encode(message)
    with pytest.raises(RemoteProtocolError) as caught:
        decoder.decode(packed, encoding)
    return caught.value


def _input(**fields: object) -> dict[str, object]:
    return {"type": "input", "seq": 1, "input": fields}


@both
@pytest.mark.parametrize(
    "message",
    [
        _input(type="turn", heading="backwards"),
        _input(type="turn", heading=3),
        _input(type="turn"),
        _input(type="turn", heading="up", speed=3),
        _input(type="aim", at=-1),
        _input(type="aim", at=2**16),
        _input(type="aim", at=1.5),
        _input(type="aim", at=True),
        _input(type="aim", at="3"),
        _input(type="aim", at=1, power=1e39),
        _input(type="aim", at=1, words="x" * 21),
        _input(type="jump"),
        _input(heading="up"),
        {"type": "input", "seq": 1, "input": None},
        {"type": "input", "seq": 1, "input": [1]},
        {"type": "input", "seq": 1, "input": "turn"},
    ],
)
def test_an_input_that_the_game_does_not_know_is_a_bad_input(message: object, encoding: Encoding) -> None:
    error = _refused(message, encoding)
    assert error.code is ErrorCode.BAD_INPUT


@both
@pytest.mark.parametrize(
    "message",
    [
        None,
        5,
        "hello",
        [],
        [1, 2, 3],
        {},
        {"type": "fly"},
        {"type": None},
        {"type": ["hello"]},
        {"name": "ada"},
        {"type": "hello"},
        {"type": "hello", "name": 3},
        {"type": "hello", "name": None},
        {"type": "hello", "name": "x" * 201},
        {"type": "hello", "name": "ada", "watch": 1},
        {"type": "hello", "name": "ada", "room": 5},
        {"type": "input", "seq": 1},
        {"type": "input", "input": {"type": "fire"}},
        {"type": "input", "seq": -1, "input": {"type": "fire"}},
        {"type": "input", "seq": 2**32, "input": {"type": "fire"}},
        {"type": "input", "seq": 1.5, "input": {"type": "fire"}},
        {"type": "input", "seq": "1", "input": {"type": "fire"}},
        {"type": "chat"},
        {"type": "chat", "text": 5},
        {"type": "ping"},
        {"type": "ping", "sent": "now"},
        {"type": "ping", "sent": None},
        {"type": "resync", "table": 3},
        # What only a server says, a client may not.
        {"type": "welcome"},
        {"type": "bye", "code": "left", "message": ""},
    ],
)
def test_what_is_no_message_of_a_client_is_a_bad_message(message: object, encoding: Encoding) -> None:
    error = _refused(message, encoding)
    assert error.code is ErrorCode.BAD_MESSAGE


@both
def test_a_field_that_is_not_known_is_ignored_outside_of_inputs(encoding: Encoding) -> None:
    message = {"type": "hello", "name": "ada", "colour": "red"}
    data = msgspec.json.encode(message) if encoding is Encoding.JSON else msgspec.msgpack.encode(message)
    assert typed.decode(data, encoding) == Hello("ada")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{}x", b'{"type"', b"\x00", b'{"type":"leave"}}', b"nan", b'{"type":leave}']
)
def test_json_that_cannot_be_parsed_is_a_bad_message(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        typed.decode(data, Encoding.JSON)
    assert caught.value.code is ErrorCode.BAD_MESSAGE


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"\x81", b"\x81\xa4type", b"\x81\xa4type\xa5leave\x00", b"\xdf\xff\xff\xff\xff"]
)
def test_messagepack_that_cannot_be_parsed_is_a_bad_message(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        typed.decode(data, Encoding.MSGPACK)
    assert caught.value.code is ErrorCode.BAD_MESSAGE


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b'{"type":"chat","text":"\xff"}', Encoding.JSON),
        (b'{"type":"chat","text":"\xed\xa0\x80"}', Encoding.JSON),
        (b"\x82\xa4type\xa4chat\xa4text\xa1\xff", Encoding.MSGPACK),
        (b"\x82\xa4type\xa4chat\xa4text\xa3\xed\xa0\x80", Encoding.MSGPACK),
    ],
)
def test_text_that_is_not_utf_8_ends_the_connection(data: bytes, encoding: Encoding) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        typed.decode(data, encoding)
    assert caught.value.code is CloseCode.BAD_FRAMING


def test_a_lone_surrogate_written_as_an_escape_does_not_get_in() -> None:
    with pytest.raises(RemoteProtocolError):
        typed.decode(b'{"type":"hello","name":"\\ud800"}', Encoding.JSON)


@pytest.mark.parametrize("sent", [b"1e999", b"-1e999", b"9" * 400])
def test_a_number_that_no_float_holds_does_not_get_in(sent: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        typed.decode(b'{"type":"ping","sent":' + sent + b"}", Encoding.JSON)
    assert caught.value.code is ErrorCode.BAD_MESSAGE


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_messagepack_does_not_bring_a_number_that_is_none_into_a_game(value: float) -> None:
    assert _refused(_input(type="aim", at=1, power=value), Encoding.MSGPACK).code is ErrorCode.BAD_INPUT


@pytest.mark.parametrize("decoder", [typed, untyped])
@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b'{"type":"input","seq":1,"input":' + b"[" * 60_000, Encoding.JSON),
        (b'{"type":"input","seq":1,"input":' + b'{"a":' * 12_000, Encoding.JSON),
        (b'{"type":"leave","more":' + b"[" * 60_000, Encoding.JSON),
        (b"\x83\xa4type\xa5input\xa3seq\x01\xa5input" + b"\x91" * 60_000, Encoding.MSGPACK),
        (b"\x83\xa4type\xa5input\xa3seq\x01\xa5input" + b"\x81\xa1a" * 20_000, Encoding.MSGPACK),
        (b"\x82\xa4type\xa5leave\xa4more" + b"\x91" * 60_000, Encoding.MSGPACK),
    ],
)
def test_deep_nesting_is_a_bad_message_and_not_a_crash(
    decoder: ClientMessageDecoder, data: bytes, encoding: Encoding
) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decoder.decode(data, encoding)
    assert isinstance(caught.value.code, ErrorCode)


def test_an_error_speaks_of_fields_without_path_syntax() -> None:
    error = _refused(_input(type="turn", heading="sideways"), Encoding.JSON)
    assert "`input.heading`" in str(error)
    assert "$" not in str(error)


@given(st.binary(max_size=200), encodings)
@settings(max_examples=500, deadline=None)
def test_no_bytes_make_a_decoder_raise_anything_but_a_protocol_error(data: bytes, encoding: Encoding) -> None:
    for decode in (typed.decode, untyped.decode, server.decode):
        with suppress(RemoteProtocolError):
            decode(data, encoding)


@given(client_messages | map_messages, encodings, st.data())
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_damage_to_a_message_makes_a_decoder_raise_anything_but_a_protocol_error(
    message: Any, encoding: Encoding, data: st.DataObject
) -> None:
    damaged = bytearray(encode(message, encoding))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(1, len(damaged))) :]
    for decode in (typed.decode, untyped.decode, server.decode):
        with suppress(RemoteProtocolError):
            decode(bytes(damaged), encoding)


@pytest.mark.parametrize(
    "data", [b"\x93", b"\x93\x01\x02\x03", b"\x93\x01\xc3\xa1a", b"\x94\x01\xc3\xc4\x00\x00", b"\x92\x01\xc3", b"{}"]
)
def test_an_array_that_is_no_packed_state_is_a_bad_message(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        server.decode(data, Encoding.MSGPACK)
    assert caught.value.code is ErrorCode.BAD_MESSAGE


def test_a_client_ignores_fields_that_it_does_not_know() -> None:
    assert server.decode(b'{"type":"ack","seq":1,"tick":2,"more":[1]}', Encoding.JSON) == Ack(1, 2)


def test_the_limits_of_an_input_field_are_those_of_its_field_type() -> None:
    class Small(Input):
        n: u8

    decoder = ClientMessageDecoder(Small)
    data = b'{"type":"input","seq":1,"input":{"type":"small","n":%d}}'
    assert decoder.decode(data % 255, Encoding.JSON) == InputMessage(1, Small(255))
    with pytest.raises(RemoteProtocolError):
        decoder.decode(data % 256, Encoding.JSON)


u32s = st.integers(0, 2**32 - 1)


@given(u32s, u32s, st.none() | st.integers(-(2**33), 2**33), st.sampled_from(list(Encoding)))
def test_the_acks_of_a_tick_are_encoded_as_any_message_is(
    seq: int, tick: int, early: int | None, encoding: Encoding
) -> None:
    assert ack_encoder(tick, encoding)(seq, early) == encode(Ack(seq, tick, early), encoding)
