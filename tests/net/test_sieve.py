from __future__ import annotations

import gc
import random
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from helpers import BINARY, CLOSE, CONTINUATION, PING, TEXT, Caller, run, until, ws_frame, ws_request
from hypothesis import given
from hypothesis import strategies as st

from net.recorder import listening
from tickwire.accelerator import pure
from tickwire.net import sieve as module
from tickwire.net.sieve import MANY, READ_SIZE, UNPAID_BYTES, UNPAID_READS
from tickwire.wire.codec import Encoding, encode
from tickwire.wire.framing import Dialect
from tickwire.wire.messages import InputMessage, Say

REQUEST = ws_request()
EITHER = pytest.mark.parametrize(
    ("sieve_type", "intake_type"),
    [(module.Sieve, module.Intake), (pure["Sieve"], pure["Intake"])],
    ids=["in use", "pure"],
)


def an_input(seq: int) -> bytes:
    return encode(InputMessage(seq, "up"), Encoding.MSGPACK)


class Link:
    """What a sieve wants of one."""

    def __init__(self) -> None:
        self.tray: list[Any] | None = []
        self.closing = False
        self.paid: list[tuple[int, int]] = []

    def came(self, nbytes: int, reads: int) -> bool:
        self.paid.append((nbytes, reads))
        return not self.closing


class Inner:
    """Writes down what comes through, and has little room."""

    def __init__(self, room: int = 1000) -> None:
        self.room = bytearray(room)
        self.got = b""
        self.then: Callable[[], None] = lambda: None

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self.room)

    def buffer_updated(self, nbytes: int) -> None:
        self.got += self.room[:nbytes]
        self.then()


class Stand:
    """A sieve between a test and its inner protocol, upgraded with its first bytes unless said otherwise."""

    def __init__(self, sieve_type: Any, intake_type: Any, first: bytes | None = REQUEST, room: int = 1000) -> None:
        self.intake = intake_type()
        self.inner = Inner(room)
        self.link = Link()
        self.sieve = sieve_type(self.inner, self.intake)
        if first is not None:
            self.inner.then = lambda: self.sieve.begin(self.link)
            self.feed(first)
            self.inner.then = lambda: None
            self.inner.got = b""

    def feed(self, data: bytes) -> None:
        for at in range(0, len(data), READ_SIZE):
            some = data[at : at + READ_SIZE]
            self.sieve.get_buffer(-1)[: len(some)] = some
            self.sieve.buffer_updated(len(some))

    @property
    def inputs(self) -> list[bytes]:
        tray = self.link.tray or []
        assert all(link is self.link for link in tray[::2])
        return tray[1::2]


@EITHER
def test_whole_inputs_are_laid_into_the_tray_and_all_else_goes_on(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)
    chat, ping = ws_frame(BINARY, encode(Say("hello"), Encoding.MSGPACK)), ws_frame(PING, b"?")
    stand.feed(ws_frame(BINARY, an_input(1)) + chat + ws_frame(BINARY, an_input(2)) + ping)
    stand.feed(ws_frame(BINARY, an_input(3)))
    assert stand.inputs == [an_input(1), an_input(2), an_input(3)]
    assert stand.inner.got == chat + ping


@EITHER
@pytest.mark.parametrize("size", [100, 126, 5000])
def test_an_input_may_be_long(sieve_type: Any, intake_type: Any, size: int) -> None:
    stand = Stand(sieve_type, intake_type)
    long = encode(InputMessage(1, "x" * size), Encoding.MSGPACK)
    stand.feed(ws_frame(BINARY, long))
    assert stand.inputs == [long]


@EITHER
def test_an_input_in_two_pieces_goes_on_and_the_next_one_is_laid_aside(sieve_type: Any, intake_type: Any) -> None:
    frame = ws_frame(BINARY, an_input(1))
    for cut in range(1, len(frame)):
        stand = Stand(sieve_type, intake_type, room=5)
        stand.feed(frame[:cut])
        stand.feed(frame[cut:] + ws_frame(BINARY, an_input(2)))
        # A cut in the header is no harm: the few bytes are kept.
        assert stand.inputs == ([an_input(1)] if cut < 6 else []) + [an_input(2)], cut
        assert stand.inner.got == (b"" if cut < 6 else frame), cut


@EITHER
@pytest.mark.parametrize(
    "strange",
    [
        ws_frame(TEXT, b"{}"),
        ws_frame(BINARY, an_input(9), reserved=4),
        ws_frame(BINARY, an_input(9), fin=False),
        ws_frame(CONTINUATION, an_input(9)),
        ws_frame(PING, b"x" * 126),
        bytes((0x82, 5)) + b"hello",  # not masked
        bytes((0x82, 0x80 | 126, 0, 20)) + b"\0" * 24,  # a length in more bytes than it needs
        bytes((0x82, 0x80 | 127)) + (70_000).to_bytes(8, "big") + b"\0" * 4,
    ],
)
def test_behind_anything_strange_everything_goes_on(sieve_type: Any, intake_type: Any, strange: bytes) -> None:
    stand = Stand(sieve_type, intake_type)
    behind = ws_frame(BINARY, an_input(2))
    stand.feed(ws_frame(BINARY, an_input(1)) + strange + behind)
    stand.feed(behind)
    assert stand.inputs == [an_input(1)]
    assert stand.inner.got == strange + behind + behind


@EITHER
def test_behind_stop_everything_goes_on(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)
    ping, behind = ws_frame(PING, b"?"), ws_frame(BINARY, an_input(2))
    stand.inner.then = stand.sieve.stop
    stand.feed(ping + behind)
    assert (stand.inputs, stand.inner.got) == ([], ping + behind)


@EITHER
@pytest.mark.parametrize(
    "first",
    [
        REQUEST[:30],  # the rest came later
        REQUEST + ws_frame(BINARY, an_input(1)),
        REQUEST + ws_frame(BINARY, b"\r\n\r\n", mask=bytes(4)),
        REQUEST + b"\x82",
    ],
)
def test_who_begins_with_more_or_less_than_a_request_is_not_sieved(
    sieve_type: Any, intake_type: Any, first: bytes
) -> None:
    stand = Stand(sieve_type, intake_type, first)
    stand.feed(ws_frame(BINARY, an_input(2)))
    assert (stand.inputs, stand.inner.got) == ([], ws_frame(BINARY, an_input(2)))


@EITHER
def test_what_is_not_upgraded_or_has_no_tray_goes_on(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type, None)
    stand.feed(REQUEST)
    stand.feed(ws_frame(BINARY, an_input(1)))
    assert (stand.inputs, stand.inner.got) == ([], REQUEST + ws_frame(BINARY, an_input(1)))

    stand = Stand(sieve_type, intake_type)
    tray, stand.link.tray = stand.link.tray, None
    stand.feed(ws_frame(BINARY, an_input(1)))
    stand.link.tray = tray
    stand.feed(ws_frame(BINARY, an_input(2)))
    assert (stand.inputs, stand.inner.got) == ([an_input(2)], ws_frame(BINARY, an_input(1)))


@EITHER
def test_somebody_is_told_of_inputs_unless_it_is_quiet_and_always_of_many(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)
    told: list[int] = []

    def came(link: Any) -> None:
        assert link is stand.link
        told.append(len(stand.inputs))

    stand.intake.came = came
    stand.feed(ws_frame(BINARY, an_input(1)) * 3)
    stand.intake.quiet = True
    stand.feed(ws_frame(BINARY, an_input(1)) * (2 * MANY))
    assert told == [1, 2, 3, MANY, 2 * MANY]


@EITHER
def test_what_is_read_is_paid_for_after_64_reads_or_16_kilobytes(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)
    first = stand.sieve.reads
    assert first == 1  # the request
    frame = ws_frame(BINARY, an_input(1))
    for _ in range(UNPAID_READS - 1):
        stand.feed(frame)
    assert stand.link.paid == []
    stand.feed(frame)
    assert stand.link.paid == [(UNPAID_READS * len(frame), UNPAID_READS)]
    many = frame * (UNPAID_BYTES // len(frame) - 1)
    stand.feed(many)
    stand.feed(frame * 2)
    assert stand.link.paid[1:] == [(len(many) + 2 * len(frame), 2)]
    assert stand.sieve.reads == first + UNPAID_READS + 2


@EITHER
def test_what_cannot_be_paid_for_is_not_parsed(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)
    stand.link.came = lambda nbytes, reads: False  # type: ignore[method-assign]
    stand.feed((ws_frame(BINARY, an_input(1)) + ws_frame(PING, b"?")) * UNPAID_BYTES)
    assert (stand.inputs, stand.inner.got) == ([], b"")


@EITHER
def test_nothing_of_a_closing_connection_is_parsed(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)

    def ends() -> None:
        stand.link.closing, stand.link.tray = True, None

    stand.inner.then = ends
    stand.feed(ws_frame(PING, b"?") + ws_frame(PING, b"!") + ws_frame(BINARY, an_input(1)))
    stand.feed(ws_frame(PING, b"?"))
    assert stand.inner.got == ws_frame(PING, b"?")


@EITHER
def test_an_error_of_the_link_comes_out(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)

    def broken(nbytes: int, reads: int) -> bool:
        raise OSError("broken")

    stand.link.came = broken  # type: ignore[method-assign]
    with pytest.raises(OSError, match="broken"):
        stand.feed(b"x" * UNPAID_BYTES)


@EITHER
def test_an_error_of_whoever_is_told_comes_out_and_the_input_is_there(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)

    def came(link: Any) -> None:
        raise OSError("broken")

    stand.intake.came = came
    with pytest.raises(OSError, match="broken"):
        stand.feed(ws_frame(BINARY, an_input(1)))
    assert stand.inputs == [an_input(1)]


@EITHER
def test_after_its_end_nothing_goes_anywhere_and_nothing_is_kept_alive(sieve_type: Any, intake_type: Any) -> None:
    stand = Stand(sieve_type, intake_type)
    stand.sieve.end()
    stand.feed(ws_frame(BINARY, an_input(1)) + ws_frame(PING, b"?"))
    assert (stand.inputs, stand.inner.got, stand.sieve.inner) == ([], b"", None)
    gone = weakref.ref(stand.inner)
    gc.disable()
    try:
        del stand.inner
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.skipif(module.Sieve is pure["Sieve"], reason="what only C can be given")
def test_what_makes_no_sense_is_refused() -> None:
    intake = module.Intake()
    with pytest.raises(TypeError):
        module.Sieve(Inner(), object())  # type: ignore[arg-type]
    sieve: Any = module.Sieve(Inner(), intake)  # type: ignore[arg-type]
    for size in (-1, READ_SIZE + 1):
        with pytest.raises(ValueError, match="more than the buffer holds"):
            sieve.buffer_updated(size)
    intake.buffer.clear()
    with pytest.raises(ValueError, match="more than the buffer holds"):
        sieve.buffer_updated(1)


payloads = st.one_of(
    st.integers(0, 2**32).map(an_input),
    st.integers(0, 300).map(lambda n: encode(InputMessage(n, "x" * n), Encoding.MSGPACK)),
    st.binary(max_size=30),
    st.binary(max_size=12).map(lambda end: b"\x83\xa4type\xa5input" + end),
    st.binary(min_size=120, max_size=140),
)
frames = st.builds(
    ws_frame,
    st.sampled_from([BINARY] * 12 + [PING, TEXT, CONTINUATION, CLOSE]),
    payloads,
    mask=st.binary(min_size=4, max_size=4),
)
streams = st.lists(st.one_of(frames, frames, frames, st.binary(max_size=8)), max_size=12).map(b"".join)


def note(stand: Stand, log: list[object], link: object = None) -> None:
    log.append((link is stand.link, stand.inner.got, stand.inputs))


@given(streams, st.randoms(use_true_random=False), st.integers(1, 40))
def test_both_sieves_do_the_same_and_lose_no_byte(stream: bytes, chance: random.Random, room: int) -> None:
    stands = [Stand(module.Sieve, module.Intake, room=room), Stand(pure["Sieve"], pure["Intake"], room=room)]
    logs: list[list[object]] = [[], []]
    for stand, log in zip(stands, logs, strict=True):
        stand.inner.then = partial(note, stand, log)
        stand.intake.came = partial(note, stand, log)
    at = 0
    while at < len(stream):
        some = stream[at : at + chance.choice([1, 2, 7, 30, 1000])]
        at += len(some)
        for stand in stands:
            stand.feed(some)
    assert logs[0] == logs[1]
    assert (stands[0].link.paid, stands[0].sieve.reads) == (stands[1].link.paid, stands[1].sieve.reads)
    assert stands[0].inputs == stands[1].inputs
    sizes = len(stands[0].inner.got) + sum(len(ws_frame(BINARY, payload)) for payload in stands[0].inputs)
    assert len(stream) - 7 <= sizes <= len(stream)  # the beginning of a header may be held


# --- over a real connection -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_what_is_heard_is_the_same_as_without_a_sieve(seed: int) -> None:
    chance = random.Random(seed)
    messages = [an_input(n) if chance.random() < 0.7 else encode(Say(str(n)), Encoding.MSGPACK) for n in range(300)]
    stream = b"".join(
        ws_frame(BINARY, message) + (ws_frame(PING, b"!") if chance.random() < 0.1 else b"") for message in messages
    )
    if seed % 2:  # fragments: from there on nothing is sieved
        stream += ws_frame(BINARY, an_input(1)[:5], fin=False) + ws_frame(CONTINUATION, an_input(1)[5:])
        messages.append(an_input(1))

    async def main() -> None:
        async with listening(sieved=True) as here:
            caller = await Caller.call(here.port, Dialect.WS_MSGPACK)
            at = 0
            while at < len(stream):
                some = stream[at : at + chance.choice([3, 50, 700, 4000])]
                at += len(some)
                await caller.send(some)
            await until(lambda: len(here.heard.all_messages()) == len(messages))
            assert here.heard.all_messages() == messages
            assert here.heard.sieved > 50  # they did not all take the way around
            caller.close()
            await until(lambda: here.heard.gone)

    run(main())


def test_a_bad_frame_between_inputs_ends_the_connection_as_without_a_sieve() -> None:
    async def main() -> None:
        async with listening(sieved=True) as here:
            caller = await Caller.call(here.port, Dialect.WS_MSGPACK)
            bad = ws_frame(PING, b"x" * 126)
            await caller.send(ws_frame(BINARY, an_input(1)) + bad + ws_frame(BINARY, an_input(2)))
            await caller.ended()
            assert here.heard.all_messages() == [an_input(1)]
            assert here.heard.codes == ["bad_framing"]
            assert caller.close_frame is not None
            caller.close()

    run(main())
