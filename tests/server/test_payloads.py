from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickwire.accelerator import pure
from tickwire.server.payloads import encode_acks, join_payloads, pack_acks
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.framing import Dialect, frame_native
from tickwire.wire.messages import Ack

MAKERS = pytest.mark.parametrize("join", [join_payloads, pure["join_payloads"]], ids=["in use", "Python"])
frames = st.sampled_from([*(dialect.frame for dialect in Dialect), pure["frame_ws_binary"], pure["frame_native"]])
states = st.one_of(st.just(b""), st.binary(max_size=200), st.integers(65_530, 65_540).map(bytes))


def in_brackets(payload: bytes) -> bytes:
    """A frame that shows."""
    return b"<" + payload + b">"


@MAKERS
def test_an_ack_is_behind_the_messages_and_before_the_state(join: Any) -> None:
    made = join(in_brackets, b"<all>", [b"here", b"there", b""], {1: b"ack"}, b"none")
    assert made == [b"<all><here>", b"<all><ack><there>", b"<all>"]


@MAKERS
def test_an_ack_is_always_followed_by_a_state_be_it_an_empty_one(join: Any) -> None:
    assert join(in_brackets, b"", [b"", b""], {0: b"ack"}, b"none") == [b"<ack><none>", b""]


@MAKERS
def test_a_frame_is_made_for_each_part(join: Any) -> None:
    assert join(frame_native, b"", [b"state"], {0: b"ack"}, b"") == [b"\0\0\0\3ack\0\0\0\5state"]


numbers = st.one_of(st.integers(0, 300), st.integers(0, 2**32 - 1), st.sampled_from([127, 128, 2**16 - 1, 2**16]))
leads = st.one_of(st.integers(-200, 200), st.integers(-(2**40), 2**40))
players = st.integers(1, 8)


@given(
    st.integers(0, 2**40),
    st.dictionaries(players, numbers),
    st.dictionaries(players, leads),
    st.dictionaries(players, st.sampled_from("abcdef")),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9)),
)
def test_acks_are_encoded_for_those_who_are_there(tick: int, acks: Any, early: Any, peers: Any, places: Any) -> None:
    of = {places[p]: player for player, p in peers.items() if player in acks and p in places}
    for encoding in Encoding:
        made = encode_acks(encoding, tick, acks, early, peers, places)
        assert made.keys() == of.keys()
    assert pack_acks(tick, acks, early, peers, places) == encode_acks(
        Encoding.MSGPACK, tick, acks, early, peers, places
    )


@pytest.mark.parametrize("early", [{}, {1: -3}, {1: None}])
def test_an_ack_has_what_a_message_has(early: Any) -> None:
    for pack in (pack_acks, pure["pack_acks"]):
        assert pack(70_000, {1: 300, 2: 5}, early, {1: "me"}, {"me": 4}) == {
            4: encode(Ack(300, 70_000, early.get(1)), Encoding.MSGPACK)
        }
    assert encode_acks(Encoding.JSON, 7, {1: 300}, early, {1: "me"}, {"me": 0}) == {
        0: encode(Ack(300, 7, early.get(1)), Encoding.JSON)
    }


def test_what_is_no_ack_is_refused() -> None:
    for pack in (pack_acks, pure["pack_acks"]):
        nonsense: Any
        for nonsense in ({1: object()}, 5):
            with pytest.raises((TypeError, AttributeError)):
                pack(1, nonsense, {}, {1: "me"}, {"me": 4})


@MAKERS
def test_those_with_the_same_state_share_its_bytes(join: Any) -> None:
    made = join(frame_native, b"", [b"state"] * 3, {1: b"ack"}, b"")
    assert made[0] is made[2]


@given(frames, st.binary(max_size=20), st.lists(states), st.binary(max_size=9), st.data())
def test_payloads_are_joined_alike(frame: Any, messages: bytes, of: list[bytes], empty: bytes, data: Any) -> None:
    acks = data.draw(st.dictionaries(st.integers(0, len(of) - 1), st.binary(max_size=30))) if of else {}
    of = data.draw(st.lists(st.sampled_from(of), min_size=len(of), max_size=len(of))) if of else []
    args = (frame, messages, of, acks, empty)
    assert join_payloads(*args) == pure["join_payloads"](*args)


@MAKERS
@pytest.mark.parametrize(
    ("frame", "states", "acks"),
    [
        (frame_native, ["text"], {}),
        (frame_native, [b""], {0: "text"}),
        (frame_native, [b""], {1: b"ack"}),
        (len, [b"state"], {}),
        (None, [b"state"], {}),
        (frame_native, [b""], {"first": b"ack"}),
    ],
)
def test_what_cannot_be_joined_is_refused(join: Any, frame: Any, states: Any, acks: Any) -> None:
    with pytest.raises((TypeError, IndexError)):
        join(frame, b"", states, acks, b"none")
